"""Meetings, hosts and troubles as rows, for tests of pages: as jobs leave them, whatever brought them there."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.meetings.models import Host, HostSlot, Meeting, MeetingLink, Recording, Trouble
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.outside.meetings import Capabilities, LinkState, Way
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session

START = "https://zoom.test/s/81234567890?zak=only-for-the-host"


class StandIn:
    """Stands where Zoom stands: it is set up, has hosts, and gives the host's link, or fails as it is told to."""

    name, title = "zoom", "Zoom"
    capabilities = Capabilities(
        creates=True, updates=True, personal_links=True, hooks=True, reports=True, recordings=True, hosts=True
    )

    def __init__(self) -> None:
        self.fault: TryLater | GaveUp | None = None
        self.asked: list[Any] = []

    def configured(self) -> bool:
        return True

    def host_start_link(self, meeting: Any) -> Way:
        self.asked.append(meeting)
        if self.fault is not None:
            raise self.fault
        return Way(START)


def host(name: str = "Echo Room 1", *, address: str | None = None, **values: Any) -> Host:
    """A licensed account in the pool."""
    number = ids.code("", 6).strip("-").lower()
    with transaction():
        row = Host(
            code=ids.code("H"), provider="zoom", ref=f"u-{number}", address=address or f"room-{number}@hub.test", name=name,
            **{"licensed": True, "in_pool": True, "at_once": 1, "seen_at": values.pop("now"), **values},
        )  # fmt: skip
        db.session.add(row)
    return row


def meeting(session: Session, at: Host | None = None, **values: Any) -> Meeting:
    """The meeting of a session: made three days ago by this host, unless `values` say otherwise."""
    given: dict[str, Any] = {
        "state": MeetingState.MADE, "ref": f"8{session.id:010}", "made_at": session.created_at, "created_at": session.created_at,
        "provider": "zoom", "topic": f"Hepatitis C · session {session.number}", "starts_at": session.starts_at,
        "minutes": session.minutes, "zone": session.zone, "code": session.code,
    }  # fmt: skip
    with transaction():
        session = db.session.merge(session)
        row = Meeting(**{**given, **values}, host_id=at.id if at else None)
        db.session.add(row)
        db.session.flush()
        session.meeting, session.provider = row, row.provider
        if at is not None:
            db.session.add(HostSlot(host_id=at.id, meeting_id=row.id, starts_at=row.starts_at, ends_at=row.ends_at))
    return row


def trouble(row: Meeting, kind: TroubleKind, *, about: str = "", **values: Any) -> Trouble:
    """Something wrong with it, for two hours; `over_at` for what has passed."""
    over_at = values.pop("over_at", None)
    since = values.pop("since", row.created_at)
    with transaction():
        found = Trouble(
            meeting_id=row.id, kind=kind, about=about, values=values, since=since, seen_at=since + timedelta(hours=2), over_at=over_at
        )  # fmt: skip
        db.session.add(found)
    return found


def link(row: Meeting, person: Person, state: LinkState = LinkState.MADE, **values: Any) -> MeetingLink:
    """Somebody's own way into it."""
    with transaction():
        found = MeetingLink(
            meeting_id=row.id, person_id=person.id, state=state, address=person.address or "l-x@echo.test",
            registrant=f"r-{person.code}", url=f"https://zoom.test/w/{person.code}?tk=secret-of-{person.code}&pwd=1234",
            made_at=row.created_at, **values,
        )  # fmt: skip
        db.session.add(found)
    return found


def recording(session: Session, since: int, until: int, **values: Any) -> Recording:
    """A file that was recorded in a meeting which the session had before, from one minute of it until another."""
    now = session.created_at
    with transaction():
        row = db.session.scalars(select(Meeting).where(Meeting.code == f"{session.code}/0")).first()
        if row is None:
            row = Meeting(
                code=f"{session.code}/0", provider="zoom", topic="Hepatitis C", starts_at=session.starts_at, minutes=session.minutes,
                zone=session.zone, state=MeetingState.REMOVED, created_at=now, ref="81234500000",
            )  # fmt: skip
            db.session.add(row)
            db.session.flush()
        given: dict[str, Any] = {
            "kind": "shared_screen_with_speaker_view", "ref": ids.code("f"), "bytes": 70_000_000, "keep_until": session.ends_at + timedelta(days=90),
        }  # fmt: skip
        found = Recording(
            code=ids.code("RF"), meeting_id=row.id, instance="one", seen_at=now,
            starts_at=session.starts_at + timedelta(minutes=since), ends_at=session.starts_at + timedelta(minutes=until),
            **{**given, **values},
        )  # fmt: skip
        db.session.add(found)
    return found
