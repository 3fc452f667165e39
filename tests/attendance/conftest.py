"""A session that is just over, and files about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from echo_sessions import clock
from echo_sessions.attendance import naming, queries, service
from echo_sessions.attendance.imports import read
from echo_sessions.attendance.models import Identification, Upload
from echo_sessions.attendance.register import Computed, Line, computed
from echo_sessions.database import transaction
from echo_sessions.files import service as files
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Series
from echo_sessions.sessions.models import Session
from tests.attendance import reports
from tests.make import Make

LASTS = 90


@dataclass
class Over:
    """A session of 90 minutes that began two hours ago, in a series with its coordinator."""

    app: Flask
    make: Make
    series: Series
    session: Session
    coordinator: Person
    now: datetime

    def stay(self, name: str, came: float = 0, went: float = LASTS, email: str = "", **more: str) -> dict[str, Any]:
        return reports.stay(self.session.starts_at, name, came, went, email, **more)

    def take(
        self,
        *stays: dict[str, Any],
        data: bytes | None = None,
        session: Session | None = None,
        zone: str = "America/Denver",
        names: bool = True,
        **more: Any,
    ) -> Upload:
        """Upload a file as the pages do: bytes first, then all of it in one transaction; then, with `names`, the button
        for those names that one expected person bears."""
        session = session or self.session
        data = reports.zoom(stays, registrants=any("registrant" in one for one in stays)) if data is None else data
        stored = self.app.extensions["storage"].put(data, type="text/csv")
        reading = read(data, filename="participants.csv", timezone=zone, date_order=more.pop("date_order", None))
        with transaction():
            file = files.keep(stored, now=self.now)
            upload = service.take_upload(
                session,
                file=file,
                file_name="participants.csv",
                reading=reading,
                zone=zone,
                by=self.coordinator,
                now=self.now,
                **more,
            )
        if names:
            self.take_names(session)
        return upload

    def take_names(self, session: Session | None = None) -> int:
        """Press the button for the names that one expected person bears; how many there were."""
        session = session or self.session
        shown = [(name.seen.stay_id, name.person.code) for name in naming.waiting_names(session)]
        if shown:
            with transaction():
                naming.take_names(session, shown, by=self.coordinator, now=self.now)
        return len(shown)

    def register(self, session: Session | None = None) -> Computed:
        return computed(session or self.session)

    def line(self, person: Person, session: Session | None = None) -> Line:
        return next(line for line in self.register(session).lines if line.person.id == person.id)

    def minutes(self, person: Person) -> int:
        return self.line(person).minutes

    def waiting(self, session: Session | None = None) -> list[str]:
        return [seen.name for seen in self.register(session).waiting]

    def key(self, name: str, session: Session | None = None) -> str:
        return next(seen.key for seen in self.register(session).seen.values() if seen.name == name)

    def identify(
        self,
        name: str,
        person: Person | None = None,
        verdict: str = "person",
        session: Session | None = None,
        **more: Any,
    ) -> Identification:
        session = session or self.session
        key = self.key(name, session)
        with transaction():
            return service.identify(
                session, key, verdict=verdict, person=person, by=self.coordinator, now=self.now, **more
            )

    def undo(self, decision: Identification) -> None:
        with transaction():
            service.undo(decision, by=self.coordinator, now=self.now)

    def close(self, session: Session | None = None) -> Any:
        with transaction():
            return service.close(session or self.session, by=self.coordinator, now=self.now)

    def status(self, session: Session | None = None) -> queries.RegisterStatus:
        number = (session or self.session).id
        return queries.status_of([number])[number]

    def another_session(self, starts_in: timedelta = timedelta(hours=-3)) -> Session:
        return self.make.session(self.series, starts_in=starts_in)


@pytest.fixture
def over(app: Flask) -> Over:
    """The pages ask the clock, so this session is over by the clock, in whole minutes as the files have them."""
    make = Make(now=clock.now().replace(second=0, microsecond=0))
    coordinator = make.coordinator("Ana Ruiz")
    series = make.series()
    session = make.session(series, starts_in=timedelta(hours=-2))
    return Over(app, make, series, session, coordinator, make.now)


Counting = Callable[[Callable[[], Any]], int]


@pytest.fixture
def statements(app: Flask) -> Counting:
    """How many statements an act sends to the database."""
    from sqlalchemy import event

    from echo_sessions import clock
    from echo_sessions.database import db

    def count(act: Callable[[], Any]) -> int:
        seen: list[str] = []
        app.extensions["audit_anchored_at"] = (
            clock.now()
        )  # the anchor of the audit, every ten seconds, is not the act's

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    return count
