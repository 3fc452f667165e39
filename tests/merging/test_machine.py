"""Random lives of records: enrolled, appointed, present, merged and parted again. Whatever the order, nobody loses a minute,
nobody gains a role, and undoing the last merge gives back exactly what was.

The model knows nothing of tables: for each record the programs' roles, the series and the minutes that are its own.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from echo_sessions.attendance.models import Attendance
from echo_sessions.credit import queries as credit
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.merging import policy, service
from echo_sessions.merging.models import Merge
from echo_sessions.people.models import Address, Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs import service as program_service
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState, Role
from tests.conftest import NOON, _empty
from tests.make import Make
from tests.merging.test_service import everything


@dataclass
class Own:
    """What one record has by itself."""

    roles: set[tuple[int, Role]] = field(default_factory=set)
    series: set[int] = field(default_factory=set)
    minutes: dict[int, int] = field(default_factory=dict)

    def taking(self, other: "Own") -> "Own":
        sessions = self.minutes.keys() | other.minutes.keys()
        together = {one: max(self.minutes.get(one, 0), other.minutes.get(one, 0)) for one in sessions}
        return Own(self.roles | other.roles, self.series | other.series, together)

    def since(self, merged: "Own", before: "Own") -> "Own":
        """This record after parting: what it was before, and what came in the meantime."""
        new = {one: minutes for one, minutes in self.minutes.items() if one not in merged.minutes}
        return Own(
            before.roles | (self.roles - merged.roles),
            before.series | (self.series - merged.series),
            before.minutes | new,
        )


class Lives(RuleBasedStateMachine):
    """One hub, two series in two programs, and records that come together and part."""

    records: Any = Bundle("records")

    happened: Counter[str] = Counter()

    @initialize(target=records)
    def found(self) -> Any:
        db.session.remove()
        _empty()
        self.make = Make(NOON)
        self.by = self.make.coordinator("Ana Ruiz")
        self.series = [self.make.series(self.make.program(name)) for name in ("Hepatitis C", "Pain")]
        for series in self.series:
            self.make.policy(series.program)
        self.own: dict[int, Own] = {}
        self.merges: list[dict[str, Any]] = []
        self.sessions = 0
        self.rows = 0
        first = [self.make.person() for _ in range(3)]
        for person in first:
            self.own[person.id] = Own()
            self.enrol(person.id, 0)
        return multiple(*(person.id for person in first))

    def _root(self, number: int) -> Person:
        person = db.session.get_one(Person, number)
        while person.merged_into_id is not None:
            person = db.session.get_one(Person, person.merged_into_id)
        return person

    def _happened(self) -> None:
        for merge in self.merges:
            merge["quiet"] = False

    @rule(target=records, account=st.booleans(), address=st.booleans())
    def add_person(self, account: bool, address: bool) -> int:
        person = self.make.person(account=account, email="" if address else None)
        self.own[person.id] = Own()
        self._happened()
        return person.id

    @rule(record=records, which=st.integers(0, 1))
    def enrol(self, record: int, which: int) -> None:
        """Into a series; also once more after leaving it."""
        person, series = self._root(record), self.series[which]
        with transaction():
            program_service.enrol(series, person, by=self.by, now=NOON)
        self.own[person.id].series.add(series.id)
        self._happened()

    @rule(record=records, which=st.integers(0, 1))
    def leave(self, record: int, which: int) -> None:
        person = self._root(record)
        enrolment = programs.enrolment_of(self.series[which].id, person.id)
        if enrolment is not None and enrolment.state is EnrolmentState.ACTIVE:
            with transaction():
                program_service.leave(enrolment, by=person, now=NOON)
            self._happened()

    @rule(record=records, which=st.integers(0, 1), role=st.sampled_from([Role.EXPERT, Role.OBSERVER, Role.FACILITATOR]))
    def appoint(self, record: int, which: int, role: Role) -> None:
        person, program = self._root(record), self.series[which].program
        with transaction():
            program_service.appoint(program, person, role, by=self.by, now=NOON, tell=False)
        self.own[person.id].roles.add((program.id, role))
        self._happened()

    @rule(
        some=st.lists(st.tuples(records, st.integers(1, 90)), min_size=2, max_size=4), which=st.sampled_from([0, 0, 1])
    )
    def attend(self, some: list[tuple[int, int]], which: int) -> None:
        """A session that two records of one person may both have come to; its register is closed at once."""
        series = self.series[which]
        minutes: dict[Person, int] = {}
        for record, present in some:
            person = self._root(record)
            if person.address is not None:
                self.enrol(person.id, which)
                minutes[person] = present
        if not minutes:
            return
        self.sessions += 1
        session = self.make.session(series, starts_in=timedelta(days=-100 + self.sessions))
        self.make.awarded(session, minutes)
        for person, present in minutes.items():
            self.own[person.id].minutes[session.id] = present
        self.rows += len(minutes)
        self._happened()

    @rule(one=records, other=records, first=st.integers(1, 90), second=st.integers(1, 90))
    def meet_and_merge(self, one: int, other: int, first: int, second: int) -> None:
        """Both come to one session, then somebody finds out that they are one."""
        self.attend([(one, first), (other, second)], 0)
        self.merge(one, other)

    @rule(one=records, other=records)
    def merge(self, one: int, other: int) -> None:
        kept, gone = db.session.get_one(Person, one), db.session.get_one(Person, other)
        before = everything()
        try:
            with transaction():
                made = service.merge(kept, gone, by=self.by, now=NOON)
        except Refused:
            assert one == other or kept.merged_into_id or gone.merged_into_id
            assert everything() == before, "a refusal changes nothing"
            return
        assert policy.may_merge(self.by, kept, gone)
        Lives.happened.update(
            ["merged", *(["in one register"] if any(step.get("group") for step in made.steps) else [])]
        )
        own = {number: deepcopy(self.own[number]) for number in (one, other)}
        self.own[one] = own[one].taking(own[other])
        self.own[other] = Own()
        self.merges.append(
            {"id": made.id, "kept": one, "gone": other, "before": before, "own": own, "merged": deepcopy(self.own[one]), "quiet": True}
        )  # fmt: skip

    @precondition(lambda self: bool(self.merges))
    @rule()
    def undo(self) -> None:
        last = self.merges.pop()
        Lives.happened.update(["undone at once" if last["quiet"] else "undone later"])
        with transaction():
            lost = service.undo(db.session.get_one(Merge, last["id"]), by=self.by, now=NOON)
        if last["quiet"]:
            assert lost == []
            assert everything() == last["before"], "undone at once, all is exactly as it was"
        self.own[last["kept"]] = self.own[last["kept"]].since(last["merged"], last["own"][last["kept"]])
        self.own[last["gone"]] = last["own"][last["gone"]]

    @rule(one=records, other=records)
    def merge_and_part(self, one: int, other: int) -> None:
        count = len(self.merges)
        self.merge(one, other)
        if len(self.merges) > count:
            self.undo()

    @invariant()
    def nobody_loses_a_minute(self) -> None:
        for number, own in self.own.items():
            rows = db.session.execute(select(Attendance).where(Attendance.person_id == number)).unique().scalars()
            present = {row.register.session_id: row.minutes for row in rows if row.minutes > 0}
            assert present == own.minutes
            credited = {award.session_id: award.minutes for award in credit.of_person(number) if award.minutes > 0}
            assert credited == own.minutes

    @invariant()
    def no_row_of_a_register_comes_or_goes(self) -> None:
        assert db.session.scalar(select(func.count()).select_from(Attendance)) == self.rows

    @invariant()
    def nobody_gains_a_role(self) -> None:
        for number, own in self.own.items():
            held = {
                (series.program_id, role)
                for series in self.series
                for role in programs.roles_in(series.program_id, number)
            }
            assert held == own.roles

    @invariant()
    def one_place_in_each_series(self) -> None:
        for number, own in self.own.items():
            chosen = select(Enrolment.series_id).where(Enrolment.person_id == number)
            places = list(db.session.scalars(chosen))
            assert sorted(places) == sorted(own.series)

    @invariant()
    def one_address_is_the_first_and_the_account_goes_by_it(self) -> None:
        for number in self.own:
            found = db.session.scalars(select(Address).where(Address.person_id == number)).all()
            assert sum(address.primary for address in found) == (1 if found else 0)
            person = db.session.get_one(Person, number)
            if person.account is not None and person.account.active and found:
                assert person.account.email == next(address.normal for address in found if address.primary)
            if person.merged_into_id is not None:
                assert found == [] and not (person.account is not None and person.account.active)


@pytest.mark.once
def test_records_come_together_and_part_in_any_order(app):
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=10,
            stateful_step_count=24,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    kinds = {"merged", "in one register", "undone at once", "undone later"}
    assert {kind for kind in kinds if Lives.happened[kind] == 0} == set(), "the walk has to come by all of these"
