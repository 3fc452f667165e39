"""Ordinary things for tests, made through the real verbs where there are some. Arguments say what a test is about."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.database import db, transaction
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.models import Acceptance, Enrolment, Membership, Program, Series, Site, Statement
from echo_sessions.programs.rules import ACCEPTED_KINDS, EnrolmentState, Role, TextKind
from echo_sessions.sessions.models import Block, Duty, Session
from echo_sessions.sessions.rules import BlockKind, DutyRole, DutyState, SessionState
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import VerificationState, Way


class Make:
    """Each call makes one thing and commits it; what is not given is ordinary."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._count = 0
        self._texts: list[Statement] = []

    def _next(self) -> int:
        self._count += 1
        return self._count

    @contextmanager
    def _writing(self):
        with transaction():
            yield

    def hub(self, **values: Any) -> Hub:
        from sqlalchemy import select

        hub = db.session.scalars(select(Hub)).first()
        if hub is not None:
            return hub
        with transaction():
            return people.found_hub(
                name=values.get("name", "Mountain Hub"),
                zone=values.get("zone", "America/Denver"),
                contact_name="Ana Ruiz",
                contact_address="hub@echo.test",
                now=self.now,
            )

    def person(
        self,
        name: str | None = None,
        *,
        email: str | None = "",
        account: bool = True,
        verified: bool = True,
        **values: Any,
    ) -> Person:
        """Somebody verified with an address and an account; `email=None` for somebody without."""
        number = self._next()
        name = name or f"Person {number}"
        address = f"person{number}@clinic.test" if email == "" else email
        values.setdefault("zone", "America/Denver")
        with transaction():
            person = people.add_person(name=name, email=address, verified=True, now=self.now, **values)
            if account and address:
                people.open_account(person, now=self.now, password_hash="correct horse")
            if verified:
                self._verify(person)
        return person

    def _verify(self, person: Person) -> None:
        """A check that holds for the next two years, by a register."""
        row = Verification(
            code=ids.code("V"), person_id=person.id, state=VerificationState.VERIFIED, way=Way.REGISTER,
            body="State board of nursing", number="RN-1234", asked_at=self.now, due_at=self.now, decided_at=self.now,
            expires_at=self.now + timedelta(days=730),
        )  # fmt: skip
        db.session.add(row)

    def verification(self, person: Person, **values: Any) -> Verification:
        """A check that somebody waits for, asked today, unless `values` say otherwise."""
        given = dict(
            state=VerificationState.WAITING, way=Way.REGISTER, body="State board of nursing", number="RN-1234",
            asked_at=self.now, due_at=self.now + timedelta(days=5),
        )  # fmt: skip
        with transaction():
            row = Verification(code=ids.code("V"), person_id=person.id, **{**given, **values})
            db.session.add(row)
        return row

    def coordinator(self, name: str = "Ana Ruiz", **values: Any) -> Person:
        """A coordinator of the hub."""
        hub = self.hub()
        person = self.person(name, **values)
        with transaction():
            people.appoint(person, hub, StaffRole.COORDINATOR, now=self.now)
        return person

    def site(self, name: str | None = None, **values: Any) -> Site:
        hub = self.hub()
        name = name or f"Clinic {self._next()}"
        with transaction():
            site = Site(code=ids.code("SITE", 6), hub_id=hub.id, name=name, normal=name.casefold(), **values)
            db.session.add(site)
        return site

    def program(self, name: str = "Hepatitis C", **values: Any) -> Program:
        hub = self.hub()
        given = dict(
            label="HCV",
            aim="Treat in primary care.",
            audience="Rural clinicians",
            scope_in="Adults",
            scope_out="Emergencies",
            sponsor="State health department",
            measures="Patients treated",
            contact="hub@echo.test",
        )
        with transaction():
            program = Program(
                code=ids.code("PRG"), hub_id=hub.id, name=name, created_at=self.now, **{**given, **values}
            )
            db.session.add(program)
        return program

    def member(self, program: Program, role: Role, person: Person | None = None, **values: Any) -> Person:
        person = person or self.person()
        with transaction():
            db.session.add(Membership(program_id=program.id, person_id=person.id, role=role, since=self.now, **values))
            self._agrees(person.id)
        return person

    def series(self, program: Program | None = None, **values: Any) -> Series:
        program = program or self.program()
        given = dict(
            name="Autumn 2026",
            zone="America/Denver",
            kind="weekly",
            interval=2,
            weekday=2,
            nth=None,
            start=time(12, 30),
            minutes=90,
            first_date=date(2026, 9, 2),
            count=12,
            until=None,
            skipped=[],
        )
        with transaction():
            series = Series(code=ids.code("SER"), program_id=program.id, created_at=self.now, **{**given, **values})
            db.session.add(series)
        return series

    def session(
        self,
        series: Series | None = None,
        *,
        starts_in: timedelta = timedelta(days=7),
        blocks: bool = True,
        **values: Any,
    ) -> Session:
        """A scheduled session, in a week unless `starts_in` says otherwise, 12:30 Denver in spirit."""
        series = series or self.series()
        starts_at = values.pop("starts_at", self.now + starts_in)
        given = dict(title="Cirrhosis in primary care", minutes=90, state=SessionState.SCHEDULED, number=self._next())
        with transaction():
            code = ids.code("S")
            if values.get("state") is not SessionState.DRAFT:
                given |= {"uid": f"{code.lower()}@echo.test", "organizer": "hub@echo.test"}
            session = Session(
                code=code,
                series_id=series.id,
                starts_at=starts_at,
                created_at=self.now,
                changed_at=self.now,
                **{**given, **values},
            )
            db.session.add(session)
            if blocks:
                for position, (kind, minutes) in enumerate(
                    [
                        (BlockKind.WELCOME, 10),
                        (BlockKind.DIDACTIC, 20),
                        (BlockKind.CASE, 25),
                        (BlockKind.CASE, 25),
                        (BlockKind.CLOSING, 10),
                    ]
                ):
                    session.blocks.append(
                        Block(position=position, kind=kind, minutes=minutes, recorded=kind is BlockKind.DIDACTIC)
                    )
        return session

    def enrol(
        self,
        series: Series,
        person: Person | None = None,
        *,
        site: Site | None = None,
        state: EnrolmentState = EnrolmentState.ACTIVE,
    ) -> Person:
        person = person or self.person()
        with transaction():
            db.session.add(
                Enrolment(
                    code=ids.code("E"),
                    series_id=series.id,
                    person_id=person.id,
                    site_id=site.id if site else None,
                    state=state,
                    since=self.now,
                )
            )
            self._agrees(person.id)
        return person

    def agreed(self, person: Person) -> Person:
        """Somebody who has accepted the hub's texts in force, as members must before their next page."""
        from echo_sessions.programs import agreements, queries
        from echo_sessions.programs.rules import ACCEPTED_KINDS

        with transaction():
            for kind in ACCEPTED_KINDS:
                if text := queries.statement_in_force(self.hub_id(), kind):
                    agreements.accept(person, text, now=self.now)
        return person

    def hub_id(self) -> int:
        from sqlalchemy import select

        return db.session.scalars(select(Hub.id)).one()

    def duty(
        self, session: Session, role: DutyRole, person: Person | None = None, state: DutyState = DutyState.ACCEPTED
    ) -> Duty:
        person = person or self.person()
        with transaction():
            duty = Duty(
                code=ids.code("D"),
                session_id=session.id,
                person_id=person.id,
                role=role,
                state=state,
                asked_at=self.now,
            )
            db.session.add(duty)
        return duty

    def texts(self) -> None:
        """The hub's three texts, published long ago and accepted by whoever is a member now or becomes one by `make`."""
        if self._texts:
            return
        hub = self.hub()
        with transaction():
            for kind in TextKind:
                text = Statement(
                    hub_id=hub.id, kind=kind, number=1, text=f"The {kind} of the hub.\n\nWe keep to it.",
                    published_at=self.now - timedelta(days=300),
                )  # fmt: skip
                db.session.add(text)
                self._texts += [text] if kind in ACCEPTED_KINDS else []
            db.session.flush()
            members = {
                *db.session.scalars(select(Enrolment.person_id)),
                *db.session.scalars(select(Membership.person_id)),
            }
            for number in members:
                self._agrees(number)

    def _agrees(self, person_id: int) -> None:
        for text in self._texts:
            known = select(Acceptance.id).where(Acceptance.person_id == person_id, Acceptance.statement_id == text.id)
            if db.session.scalar(known) is None:
                db.session.add(Acceptance(person_id=person_id, statement_id=text.id, at=self.now))
                db.session.flush()

    def policy(self, program: Program, **values: Any) -> Any:
        """An accreditor's rule: one credit an hour, in quarters, at most 1.5, approved on 1 September 2026."""
        from echo_sessions.credit import service as credit

        given = dict(
            credit_type="AMA PRA Category 1 Credit",
            provider="Mountain University",
            approved_on=date(2026, 9, 1),
            maximum=Decimal("1.5"),
            statement="Claim only what you took part in.",
            signatory_name="Prof. Ruth Alvarez",
            signatory_role="Associate Dean",
        )
        by = self.coordinator(f"Dean {self._next()}")
        with transaction():
            return credit.add_policy(program, **{**given, **values}, by=by, now=self.now)

    def attended(self, session: Session, minutes: dict[Person, int]) -> None:
        """A report that Zoom could have written: these people, from the start, for so many minutes. Whoever has no address
        is taken by name, where only one expected person bears it."""
        from flask import current_app

        from echo_sessions.attendance import naming
        from echo_sessions.attendance import service as attendance
        from echo_sessions.attendance.imports import read
        from echo_sessions.files import service as files

        lines = ["Name (original name),Email,Join time,Leave time,Duration (minutes),Guest"]
        for person, present in minutes.items():
            start, end = (
                f"{at:%m/%d/%Y %I:%M:%S %p}"
                for at in (session.starts_at, session.starts_at + timedelta(minutes=present))
            )
            lines.append(f"{person.name},{person.address or ''},{start},{end},{present},No")
        data = "\n".join(lines).encode()
        reading = read(data, filename="report.csv", timezone="UTC", day=session.starts_at.date())
        stored = current_app.extensions["storage"].put(data, type="text/csv")
        by, at = self.coordinator(f"Coordinator {self._next()}"), session.ends_at + timedelta(hours=1)
        with transaction():
            attendance.take_upload(
                session,
                file=files.keep(stored, now=at),
                file_name="report.csv",
                reading=reading,
                zone="UTC",
                by=by,
                now=at,
            )
        names = [(name.seen.stay_id, name.person.code) for name in naming.waiting_names(session)]
        if names:
            with transaction():
                naming.take_names(session, names, by=by, now=at)

    def awarded(self, session: Session, minutes: dict[Person, int]) -> None:
        """The same, with the register closed and everybody's award written."""
        from echo_sessions.credit import service as credit

        self.attended(session, minutes)
        by = self.coordinator(f"Closer {self._next()}")
        with transaction():
            credit.close_and_award(session, by=by, now=session.ends_at + timedelta(hours=2))


def denver(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment by the clock of Denver, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("America/Denver")).astimezone(UTC)
