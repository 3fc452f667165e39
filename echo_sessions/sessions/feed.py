"""One person's calendar subscription: what is in it, whether it has changed, and its bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db
from echo_sessions.people.models import Hub, Person
from echo_sessions.programs.models import Enrolment, Program, Series
from echo_sessions.sessions import emails, invites, queries, updates
from echo_sessions.sessions.models import Duty, Session

FORMAT = "1"


@dataclass(frozen=True)
class Standing:
    """What the feed is made of at this moment: enough to answer 304 without rendering anything."""

    ids: tuple[int, ...]
    etag: str
    modified: datetime


def standing(person: Person, now: datetime) -> Standing:
    """Which sessions are in the feed, and the ETag and date that go with exactly this content."""
    columns = (
        Session.id, Session.code, Session.state, Session.starts_at, Session.changed_at, Session.sequence,
        Series.version, Program.version, Hub.version, Series.code, Program.code, Hub.code,
    )  # fmt: skip
    joined = (
        queries.mine(person.id)
        .join(Series, Series.id == Session.series_id)
        .join(Program, Program.id == Series.program_id)
        .join(Hub, Hub.id == Program.hub_id)
        .where(Session.starts_at >= now - updates.FEED_LOOKS_BACK)
        .with_only_columns(*columns)
    )
    rows = [row for row in db.session.execute(joined) if updates.in_feed(row[2], row[3], row[4], now)]
    pairs = [(row[1], int(row[4].timestamp()) * 10_000 + row[5]) for row in rows]
    above = sorted(
        {(row[9], row[6]) for row in rows} | {(row[10], row[7]) for row in rows} | {(row[11], row[8]) for row in rows}
    )
    version = f"{FORMAT} {person.version} {above}"
    return Standing(
        ids=tuple(row[0] for row in rows),
        etag=invites.feed_etag(pairs, person.code, version),
        modified=_modified(
            person, [row[4] for row in rows], {str(code) for row in rows for code in (row[9], row[10], row[11])}
        ),
    )


def written(person: Person, ids: Sequence[int]) -> bytes:
    """The feed's bytes; the same for the same standing."""
    sessions = db.session.scalars(select(Session).where(Session.id.in_(ids))).unique()
    with force_locale(person.language):
        return invites.feed(
            [emails.event(session, person) for session in sessions],
            name=_("ECHO sessions of %(name)s", name=person.name),
            cancelled_title=_("Cancelled: %(title)s"),
        )


def download(person: Person, ids: Sequence[int]) -> bytes:
    """The same dates as one file to import once."""
    sessions = db.session.scalars(select(Session).where(Session.id.in_(ids))).unique()
    with force_locale(person.language):
        return invites.download(emails.event(session, person) for session in sessions)


def _modified(person: Person, changes: list[datetime], things: set[str]) -> datetime:
    """The last moment at which anything could have changed what the feed shows: a session, who belongs to it, a name
    or zone. A date too early would keep a calendar from seeing a change."""
    deeds = select(Entry.at).where(Entry.thing.in_({person.code, *things})).order_by(Entry.at.desc()).limit(1)
    parts = select(Enrolment.since).where(Enrolment.person_id == person.id).order_by(Enrolment.since.desc()).limit(1)
    duties = select(Duty.answered_at).where(Duty.person_id == person.id, Duty.answered_at.is_not(None))
    duties = duties.order_by(Duty.answered_at.desc()).limit(1)
    withdrawn = select(Entry.at).join(Duty, Duty.code == Entry.thing).where(Duty.person_id == person.id)
    withdrawn = withdrawn.order_by(Entry.at.desc()).limit(1)
    found = [db.session.scalar(chosen) for chosen in (deeds, parts, duties, withdrawn)]
    known = [moment for moment in (*changes, *found, person.created_at) if moment is not None]
    return max(known).astimezone(UTC).replace(microsecond=0)
