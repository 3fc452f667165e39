"""A hub with a program, a spoke clinician and a coordinator, and cases brought to any state by the real verbs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from echo_sessions.cases import rules, service
from echo_sessions.cases.models import Case
from echo_sessions.database import db, transaction
from echo_sessions.people.models import Person
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Block, Session
from echo_sessions.sessions.rules import BlockKind
from tests.make import Make

COMPLETE: dict[str, Any] = {
    "main_question": "Which second medicine would you add?",
    "reason": ["treatment"],
    "age": 54,
    "sex": "female",
    "story": "Tired for 6 weeks, otherwise well.",
    "tried": "Rest and iron.",
    "consent": "yes",
    "attestation": True,
}


class Scene:
    """`author` works at a site and takes part in `series`; `coordinator` runs `program`. `now` is the moment of all deeds."""

    def __init__(self, make: Make, now: datetime) -> None:
        self.make, self.now = make, now
        self.program = make.program()
        self.series = make.series(self.program)
        self.site = make.site("Turkana Clinic", place="Lodwar", region="Turkana", rural=True)
        self.author = make.enrol(self.series, make.person("Grace Otieno", profession="Nurse"), site=self.site)
        self.coordinator = make.member(self.program, Role.COORDINATOR, make.person("Ana Ruiz"))

    def draft(self, answers: Mapping[str, Any] | None = None) -> Case:
        with transaction():
            case = service.start(self.program, author=self.author, now=self.now)
            service.save(case, COMPLETE if answers is None else answers, now=self.now)
        return case

    def submitted(self, answers: Mapping[str, Any] | None = None) -> Case:
        case = self.draft(answers)
        with transaction():
            service.submit(case, now=self.now)
        return case

    def in_review(self) -> Case:
        case = self.submitted()
        with transaction():
            service.take_review(case, by=self.coordinator, now=self.now)
        return case

    def returned(self, note: str = "Say the region only.", field: str = "story") -> Case:
        case = self.submitted()
        with transaction():
            service.return_to_author(case, field=field, note=note, by=self.coordinator, now=self.now)
        return case

    def accepted(self, answers: Mapping[str, Any] | None = None) -> Case:
        case = self.submitted(answers)
        with transaction():
            service.accept(case, checked=list(rules.CHECKLIST_18), by=self.coordinator, now=self.now)
        return case

    def declined(self) -> Case:
        case = self.submitted()
        with transaction():
            service.decline(case, note="This is for the transplant centre.", by=self.coordinator, now=self.now)
        return case

    def withdrawn(self) -> Case:
        case = self.submitted()
        with transaction():
            service.withdraw(case, by=self.author, now=self.now)
        return case

    def session(self, starts_in: timedelta = timedelta(days=7), **values: Any) -> Session:
        return self.make.session(self.series, starts_at=self.now + starts_in, **values)

    def slot(self, session: Session) -> Block:
        chosen = select(Block).where(
            Block.session_id == session.id, Block.kind == BlockKind.CASE, Block.case_id.is_(None)
        )
        return db.session.scalars(chosen.order_by(Block.position)).first()

    def scheduled(self, starts_in: timedelta = timedelta(days=7)) -> Case:
        """A case with its slot; a session that has begun already is moved there afterwards, as the clock would."""
        case, session = self.accepted(), self.session()
        with transaction():
            service.place(case, self.slot(session), by=self.coordinator, now=self.now)
        with transaction():
            session.starts_at = self.now + starts_in
        return case

    def presented(self, ended: timedelta = timedelta(hours=1)) -> Case:
        case = self.scheduled(starts_in=-ended - timedelta(minutes=90))
        with transaction():
            service.present(case, by=self.coordinator, now=self.now)
        return case

    def recommended(self, by: Person | None = None) -> Case:
        case = self.presented()
        with transaction():
            service.add_recommendation(
                case, text="Check ferritin again in 8 weeks.", category="diagnostic", said_by="hub", profession="Hepatologist",
                by=by or self.coordinator, now=self.now,
            )  # fmt: skip
        return case
