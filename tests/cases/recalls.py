"""A scene with officers: an owner of the hub and a director of the program; and cases recalled by the real verbs."""

from datetime import datetime, timedelta
from typing import Any

from echo_sessions.cases import recalling
from echo_sessions.cases.models import Case, Recall
from echo_sessions.cases.recall import RecallKind
from echo_sessions.database import transaction
from echo_sessions.jobs import worker
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.rules import Role
from tests.cases.scene import Scene
from tests.make import Make


class Officers(Scene):
    """Besides the scene: `owner` and `director` decide, `participant` raises."""

    def __init__(self, make: Make, now: datetime) -> None:
        super().__init__(make, now)
        self.owner = self.staff(make.person("Tom Begay"), StaffRole.OWNER)
        self.director = make.member(self.program, Role.DIRECTOR, make.person("Ruth Alvarez"))
        self.participant = make.enrol(self.series, make.person("Peter Phiri"))

    def staff(self, person: Person, role: StaffRole) -> Person:
        with transaction():
            people.appoint(person, self.make.hub(), role, now=self.now)
        return person

    def recalled(self, case: Case | None = None, *, by: Person | None = None, **values: Any) -> Recall:
        case = case or self.presented()
        with transaction():
            return recalling.raise_recall(case, by=by or self.participant, now=self.now, **values)

    def consent_ended(self, case: Case | None = None) -> Recall:
        return self.recalled(case, by=self.author, kind=RecallKind.CONSENT)

    def do(self, verb: Any, found: Recall, *, by: Person, **values: Any) -> Any:
        with transaction():
            return verb(found, by=by, now=self.now, **values)

    def sent(self, app: Any) -> Case:
        """A case whose recommendations reached its author."""
        from echo_sessions.cases import recommending

        case = self.recommended()
        with transaction():
            recommending.approve_recommendations(case, by=self.coordinator, now=self.now)
        self.work(app)
        return case

    def work(self, app: Any) -> None:
        worker.work_off(app, now=self.now + timedelta(minutes=1))
