"""A small season for stories: a series with people, sessions that are announced, and workers whose turn it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from echo_sessions.meetings import looking
from echo_sessions.meetings.models import Meeting, MeetingLink, Trouble
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.sessions import service
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Season:
    """`season.announce(…)` publishes sessions, `season.work()` lets workers do what is due, `season.wait(…)` lets time pass
    and them work meanwhile."""

    def __init__(self, app: Any, make: Any, server: Any) -> None:
        self.app, self.make, self.server = app, make, server
        make.texts()
        self.hub: Person = make.coordinator()
        self.series = make.series(invite_days=365)

    @property
    def now(self) -> datetime:
        return clock.now()

    def people(self, count: int) -> list[Person]:
        return [self.make.enrol(self.series) for _ in range(count)]

    def people_of(self) -> list[Person]:
        """Who takes part in the series."""
        return [enrolment.person for enrolment in programs.active_enrolments(self.series.id)]

    def draft(self, *, days: float = 7, minutes: int = 90, **values: Any) -> Session:
        at = (self.make.now + days * DAY).replace(microsecond=0)
        session: Session = self.make.session(
            self.series, starts_at=at, minutes=minutes, state=SessionState.DRAFT, **values
        )
        return session

    def announce(self, *days: float, minutes: int = 90, **values: Any) -> list[Session]:
        """Sessions in so many days, published at once."""
        sessions = [self.draft(days=day, minutes=minutes, **values) for day in days or (7,)]
        with transaction():
            for session in sessions:
                service.schedule(session, by=self.hub, now=self.now)
        return sessions

    def work(self) -> int:
        """The workers' turn, now."""
        ran = worker.work_off(self.app, now=self.now)
        db.session.rollback()
        return ran

    def wait(self, *, minutes: float = 0, hours: float = 0) -> None:
        """Time passes, and workers do what becomes due when it is; at the end they sweep."""
        end = self.now + timedelta(minutes=minutes, hours=hours)
        while True:
            self.work()
            due = worker.next_due(self.app)
            db.session.rollback()
            if due is None or due > end:
                break
            self.server.hands.set(max(due, self.now))
        self.server.hands.set(max(end, self.now))
        looking.sweep(self.now)
        self.work()

    def settle_down(self, *, most: int = 60) -> None:
        """Time passes until there is nothing left to be done for any meeting."""
        for _ in range(most):
            self.work()
            if not self.busy():
                return
            self.wait(minutes=5)
        raise AssertionError(f"still busy: {self.busy()}")

    def busy(self) -> list[str]:
        chosen = select(Meeting.code).where(Meeting.next_try_at.is_not(None) | Meeting.links_next_at.is_not(None))
        return list(db.session.scalars(chosen))

    def links(self, session: Session) -> dict[LinkState, int]:
        found: dict[LinkState, int] = {}
        chosen = select(MeetingLink.state).where(MeetingLink.meeting_id == session.meeting_id)
        for state in db.session.scalars(chosen):
            found[state] = found.get(state, 0) + 1
        return found

    def troubles(self, session: Session) -> list[tuple[str, str]]:
        chosen = select(Trouble).where(Trouble.meeting_id == session.meeting_id, Trouble.over_at.is_(None))
        return [(trouble.kind.value, trouble.about) for trouble in db.session.scalars(chosen.order_by(Trouble.id))]

    def refs(self) -> Sequence[str | None]:
        """The numbers of the meetings that we know to be there."""
        return list(db.session.scalars(select(Meeting.ref).where(Meeting.state != MeetingState.REMOVED)))

    def all_is_well(self) -> None:
        """Nothing was made twice or forgotten, and no contract broken."""
        assert [str(violation) for violation in self.server.violations] == []
        assert self.server.duplicates() == []
        assert self.server.orphans(self.refs()) == []
        overlapping = [meeting.id for meeting in self.server.live() if self.server.overlapping(meeting)]
        assert overlapping == []
