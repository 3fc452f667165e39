"""Places and the list of those who wait: never more than there are, in order, and nobody lost."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused, Stale
from echo_sessions.jobs.models import Job
from echo_sessions.people import service as people
from echo_sessions.programs import queries, rules, service, sweeping, waiting
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions import letters

ON_THE_WAY = {EnrolmentState.ASKED, EnrolmentState.INVITED, EnrolmentState.APPROVAL}


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


def enrol(series, *people_, make, after=0):
    for number, person in enumerate(people_):
        with transaction():
            service.enrol(series, person, by=None, now=make.now + timedelta(minutes=after + number))


def states(series) -> dict[str, str]:
    db.session.expire_all()
    return {e.person.name: str(e.state) for e in db.session.scalars(queries.enrolments(series.id)).unique()}


def line(series) -> list[str]:
    db.session.expire_all()
    return [e.person.name for e in waiting.queue_of(series.id)]


def test_who_comes_to_a_full_series_waits_in_order_and_is_told(ana, make, outbox):
    series = make.series(capacity=1)
    enrol(series, *(make.person(name) for name in ("Zoe", "Yan", "Xi")), make=make)
    assert states(series) == {"Zoe": "active", "Yan": "waiting", "Xi": "waiting"} and line(series) == ["Yan", "Xi"]
    subjects = [letter.subject for letter in outbox("programs/waits_for_place")]
    assert [subject.split(": ")[1] for subject in subjects] == ["place 1 of 1", "place 2 of 2"]


def test_a_place_that_frees_is_the_first_ones_with_a_letter_and_invitations(ana, make, outbox):
    series = make.series(capacity=1)
    zoe, yan, xi = (make.person(name) for name in ("Zoe", "Yan", "Xi"))
    enrol(series, zoe, yan, xi, make=make)
    with transaction():
        service.leave(queries.enrolment_of(series.id, zoe.id), by=zoe, now=make.now + timedelta(hours=1))
    assert states(series) == {"Zoe": "left", "Yan": "active", "Xi": "waiting"}
    [letter] = outbox("programs/place_given")
    assert letter.person_id == yan.id and "a place has become free" in letter.text
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.name == "sessions.tell_series")) == 1
    with transaction():
        service.remove(queries.enrolment_of(series.id, yan.id), by=ana, now=make.now + timedelta(hours=2))
    assert states(series)["Xi"] == "active" and line(series) == []


def test_who_leaves_the_line_frees_no_place(ana, make, outbox):
    series = make.series(capacity=1)
    zoe, yan, xi = (make.person(name) for name in ("Zoe", "Yan", "Xi"))
    enrol(series, zoe, yan, xi, make=make)
    with transaction():
        service.leave(queries.enrolment_of(series.id, yan.id), by=yan, now=make.now + timedelta(hours=1))
    assert line(series) == ["Xi"] and outbox("programs/place_given") == []
    enrol(series, yan, make=make, after=90)
    assert line(series) == ["Xi", "Yan"], "who comes back is the last"


def test_more_places_are_given_at_once_and_fewer_than_people_refused(ana, make):
    series = make.series(capacity=1)
    enrol(series, *(make.person(name) for name in "DCBA"), make=make)
    with transaction():
        up = service.change_capacity(series, 3, by=ana, now=make.now + timedelta(hours=1))
        assert [e.person.name for e in up] == ["C", "B"]
    with pytest.raises(Refused, match="3 people take part"), transaction():
        service.change_capacity(series, 2, by=ana, now=make.now)
    with transaction():
        service.change_capacity(series, None, by=ana, now=make.now + timedelta(hours=2))
    assert set(states(series).values()) == {"active"} and waiting.free_places(series) is None


def test_out_of_turn_needs_a_reason_makes_a_place_and_the_audit_keeps_it(ana, make, outbox):
    series = make.series(capacity=1)
    zoe, yan, xi = (make.person(name) for name in ("Zoe", "Yan", "Xi"))
    enrol(series, zoe, yan, xi, make=make)
    with pytest.raises(Refused, match="Say why"), transaction():
        service.take_in(queries.enrolment_of(series.id, xi.id), reason="  ", by=ana, now=make.now)
    with transaction():
        service.take_in(queries.enrolment_of(series.id, xi.id), reason="Only pharmacist", by=ana, now=make.now)
    db.session.expire_all()
    assert states(series) == {"Zoe": "active", "Yan": "waiting", "Xi": "active"} and series.capacity == 2
    [entry] = db.session.scalars(select(Entry).where(Entry.deed == "taken in out of turn"))
    assert entry.facts["reason"] == "Only pharmacist"
    assert (entry.facts["was"]["places"], entry.facts["became"]["places"]) == (1, 2)
    assert "made a place for you" in outbox("programs/place_given")[-1].text
    with pytest.raises(Refused, match="not on the waiting list"), transaction():
        service.take_in(queries.enrolment_of(series.id, xi.id), reason="again", by=ana, now=make.now)


def test_the_waiting_get_no_invitation(ana, make, outbox):
    series = make.series(capacity=1)
    zoe, yan = make.person("Zoe"), make.person("Yan")
    enrol(series, zoe, yan, make=make)
    session = make.session(series)
    letters.tell(session.id, now=make.now)
    assert {letter.person_id for letter in outbox() if letter.uid} == {zoe.id}


def test_standings_of_many_lines_are_one_query(ana, make, queries_of):
    series = [make.series(capacity=1) for _ in range(3)]
    for each in series:
        enrol(each, make.person(), make.person(), make.person(), make=make)
    found, numbers = {}, [each.id for each in series]
    one = queries_of(lambda: waiting.standings(numbers[:1]))
    assert queries_of(lambda: found.update(waiting.standings(numbers))) == one
    assert sorted((s.position, s.total) for s in found.values()) == [(1, 2)] * 3 + [(2, 2)] * 3


def test_ten_at_once_get_three_places(app, make):
    """Each in a thread of its own, as web workers are."""
    series = make.series(capacity=3)
    number = series.id
    crowd = [make.person().id for _ in range(10)]
    db.session.remove()
    ready, faults = threading.Barrier(len(crowd)), []

    def come(person_id: int) -> None:
        from echo_sessions.people.models import Person
        from echo_sessions.programs.models import Series

        with app.test_request_context(base_url="https://echo.test"):
            ready.wait(timeout=30)
            for _ in range(5):
                try:
                    with transaction():
                        service.enrol(
                            db.session.get(Series, number), db.session.get(Person, person_id), by=None, now=make.now
                        )
                    break
                except Stale:
                    continue
                except BaseException as fault:  # whatever it is, the main thread must see it
                    faults.append(fault)
                    break
            db.session.remove()

    threads = [threading.Thread(target=come, args=(person_id,)) for person_id in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    counts = queries.counts_by_state(number)
    assert counts == {EnrolmentState.ACTIVE: 3, EnrolmentState.WAITING: 7}


def machine(make, ana):
    """Everything that can happen to the enrolments of one series, in any order, with the real verbs and tables."""

    class Series(RuleBasedStateMachine):
        @initialize(capacity=st.integers(1, 3), by_approval=st.booleans())
        def begin(self, capacity, by_approval):
            self.series = make.series(capacity=capacity, by_approval=by_approval)
            self.hub = self.series.program.hub
            self.statement = queries.statement_in_force(self.hub.id)
            self.people = [make.person(account=False, verified=False) for _ in range(6)]
            self.ever, self.order, self.minute = set(), [], 0

        def do(self, act):
            """One verb in its transaction; a refusal is an answer too."""
            self.minute += 11
            now = make.now + timedelta(minutes=self.minute)
            try:
                with transaction():
                    act(now)
            except Refused:
                db.session.rollback()
            self.note()

        def note(self):
            """The order in which people joined the line, as an onlooker writes it down."""
            rows = {e.person_id: e.state for e in self.rows()}
            self.order = [p for p in self.order if rows.get(p) is EnrolmentState.WAITING]
            self.order += [p for p, state in rows.items() if state is EnrolmentState.WAITING and p not in self.order]
            self.ever |= {p for p, state in rows.items() if state is not EnrolmentState.ASKED}

        def rows(self):
            db.session.expire_all()
            return db.session.scalars(select(Enrolment).where(Enrolment.series_id == self.series.id)).unique().all()

        def row(self, who):
            return queries.enrolment_of(self.series.id, self.people[who].id)

        @rule(who=st.integers(0, 5), confirmed=st.booleans())
        def by_link(self, who, confirmed):
            person = self.people[who]
            self.do(lambda now: service.ask_to_enrol(
                self.series, self.statement, email=person.address, name="X", profession=None, site=None, zone="UTC",
                language="en", person=person, now=now,
            ))  # fmt: skip
            if confirmed:
                self.confirm(who)

        @rule(who=st.integers(0, 5))
        def confirm(self, who):
            row = self.row(who)
            if row is not None:
                self.do(lambda now: service.confirm(
                    people.make_link(row.person, purpose=rules.CONFIRM_PURPOSE, now=now, about=row.code), now=now,
                    statement=self.statement,
                ))  # fmt: skip

        @rule(who=st.integers(0, 5))
        def signed_in(self, who):
            self.do(lambda now: service.join(self.series, self.people[who], statement=self.statement, now=now))

        @rule(who=st.integers(0, 5))
        def by_hand(self, who):
            self.do(lambda now: service.enrol(self.series, self.people[who], by=ana, now=now))

        @rule(who=st.integers(0, 5))
        def invited(self, who):
            self.do(lambda now: service.invite(self.series, self.people[who], by=ana, now=now))

        @rule(who=st.integers(0, 5), yes=st.booleans())
        def decided(self, who, yes):
            row = self.row(who)
            if row is not None and yes:
                self.do(lambda now: service.approve(row, by=ana, now=now))
            elif row is not None:
                self.do(lambda now: service.decline(row, sentence="No room for this.", by=ana, now=now))

        @rule(who=st.integers(0, 5), theirs=st.booleans())
        def gone(self, who, theirs):
            row = self.row(who)
            if row is not None:
                end = service.leave if theirs else service.remove
                self.do(lambda now: end(row, by=self.people[who] if theirs else ana, now=now))

        @rule(who=st.integers(0, 5))
        def out_of_turn(self, who):
            row = self.row(who)
            if row is not None:
                self.do(lambda now: service.take_in(row, reason="Needed", by=ana, now=now))

        @rule(capacity=st.one_of(st.none(), st.integers(0, 6)))
        def places(self, capacity):
            self.do(lambda now: service.change_capacity(self.series, capacity, by=ana, now=now))

        @precondition(lambda self: self.minute)
        @rule()
        def four_days(self):
            self.minute += 4 * 24 * 60
            self.do(lambda now: sweeping.sweep(now=now))

        @invariant()
        def never_more_than_places(self):
            if self.series.capacity is not None:
                assert sum(e.state is EnrolmentState.ACTIVE for e in self.rows()) <= self.series.capacity

        @invariant()
        def nobody_waits_beside_a_free_place(self):
            rows = self.rows()
            if any(e.state is EnrolmentState.WAITING for e in rows):
                assert self.series.capacity is not None
                assert sum(e.state is EnrolmentState.ACTIVE for e in rows) == self.series.capacity

        @invariant()
        def the_order_is_that_of_coming(self):
            assert [e.person_id for e in waiting.queue_of(self.series.id)] == self.order

        @invariant()
        def positions_are_one_to_n(self):
            lined = waiting.standings([self.series.id])
            assert sorted(s.position for s in lined.values()) == list(range(1, len(self.order) + 1))
            assert {s.total for s in lined.values()} <= {len(self.order)}
            assert all((e.queued_at is not None) == (e.state is EnrolmentState.WAITING) for e in self.rows())

        @invariant()
        def nobody_is_lost(self):
            there = {e.person_id for e in self.rows()}
            assert self.ever <= there and len(there) == len(self.rows())

    return Series


def test_whatever_happens_places_order_and_people_are_kept(app, ana, make):
    with transaction():
        service.publish_statement(make.hub(), "We share.", by=ana, now=make.now)
    run_state_machine_as_test(
        machine(make, ana),
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )  # fmt: skip
