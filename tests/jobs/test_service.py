"""A job's life: queued, held, renewed, finished, failed, tried again. Only the holder of the token may note anything."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs import service
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import LEASE, MOST_ATTEMPTS, JobState
from tests.conftest import NOON

SECOND = timedelta(seconds=1)


def queued(**values) -> Job:
    with transaction():
        return service.queue("test.nothing", {"id": 1}, now=NOON, **values)


def test_a_key_is_asked_for_once(app):
    assert queued(key="reminder:7") is not None
    assert queued(key="reminder:7") is None
    assert db.session.scalar(select(func.count()).select_from(Job)) == 1


def test_a_job_goes_to_the_queue_only_when_it_is_committed(app, monkeypatch):
    huey = app.extensions["carrier"]["huey"]
    huey.flush()
    with pytest.raises(ZeroDivisionError), transaction():
        service.queue("test.nothing", {}, now=NOON)
        raise ZeroDivisionError
    assert huey.pending_count() == 0
    queued()
    assert huey.pending_count() == 1


def test_one_for_later_goes_to_the_queue_when_it_is_due(app):
    huey = app.extensions["carrier"]["huey"]
    huey.flush()
    job = queued(at=NOON + timedelta(hours=1))
    assert huey.pending_count() == 0
    assert service.due(NOON) == []
    assert service.due(NOON + timedelta(hours=1)) == [job.id]


def test_what_was_handed_over_is_handed_again_only_when_it_seems_lost(app):
    job = queued()
    assert service.due(NOON) == []
    assert service.due(NOON + LEASE / 2) == []
    assert service.due(NOON + LEASE / 2 + SECOND) == [job.id]


def test_a_held_job_falls_due_by_itself_when_its_lease_ends(app):
    job = queued()
    with transaction():
        assert service.claim(job.id, NOON)
    assert service.due(NOON + LEASE - SECOND) == []
    assert service.due(NOON + LEASE) == [job.id]


def test_a_failed_job_can_be_tried_again_and_another_cannot(app):
    job = queued()
    with pytest.raises(Refused, match="only a failed one"), transaction():
        service.try_again(job, now=NOON)
    with transaction():
        token = service.claim(job.id, NOON)
        assert service.fail(job.id, token, NOON, words="No such room", final=True) is JobState.FAILED
    with transaction():
        service.try_again(job, now=NOON)
    assert (job.state, job.attempts, job.run_at) == (JobState.WAITING, 0, NOON)
    assert job.last_error == "No such room"


def test_only_done_jobs_of_the_schedule_are_cleared(app):
    for key in ("a", "b", "c"):
        queued(key=key)
    first, second, _ = db.session.scalars(select(Job).order_by(Job.id))
    for job, at in ((first, NOON), (second, NOON + timedelta(days=3))):
        with transaction():
            service.finish(job.id, service.claim(job.id, at), at)
    with transaction():
        assert service.clear(["test.other"], before=NOON + timedelta(days=9)) == 0
        assert service.clear(["test.nothing"], before=NOON + timedelta(days=1)) == 1
    assert list(db.session.scalars(select(Job.key).order_by(Job.id))) == ["b", "c"]


class OneJob(RuleBasedStateMachine):
    """One job between workers who claim, renew, finish and fail it at any moment, with tokens old and new."""

    def __init__(self):
        super().__init__()
        self.now = NOON
        with transaction():
            self.number = service.queue("test.nothing", {}, now=NOON).id
        self.state, self.due, self.holder, self.attempts = JobState.WAITING, NOON, None, 0
        self.tokens = ["never given"]

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds):
        self.now += seconds * SECOND

    @rule()
    def until_it_is_due(self):
        self.now = max(self.now, self.due)

    @rule()
    def claim(self):
        with transaction():
            token = service.claim(self.number, self.now)
        assert (token is not None) == (self.state is JobState.WAITING and self.due <= self.now)
        if token:
            self.tokens.append(token)
            self.holder, self.due, self.attempts = token, self.now + LEASE, self.attempts + 1

    @rule(which=st.integers(0, 3))
    def renew(self, which):
        token = self.tokens[-1 - which % len(self.tokens)]
        with transaction():
            assert service.renew(self.number, token, self.now) == (token == self.holder)
        if token == self.holder:
            self.due = self.now + LEASE

    @rule(which=st.integers(0, 3))
    def finish(self, which):
        token = self.tokens[-1 - which % len(self.tokens)]
        with transaction():
            assert service.finish(self.number, token, self.now) == (token == self.holder)
        if token == self.holder:
            self.state, self.holder = JobState.DONE, None

    @rule(which=st.integers(0, 3), final=st.booleans())
    def fail(self, which, final):
        token = self.tokens[-1 - which % len(self.tokens)]
        with transaction():
            became = service.fail(self.number, token, self.now, words="no", final=final)
        if token != self.holder:
            assert became is None
            return
        self.holder = None
        self.state = JobState.FAILED if final or self.attempts >= MOST_ATTEMPTS else JobState.WAITING
        assert became is self.state
        if self.state is JobState.WAITING:
            self.due = self.row().run_at
            delay = (self.due - self.now).total_seconds() / (30 * 2 ** (self.attempts - 1))
            assert 1 <= delay <= 1.5

    @precondition(lambda self: self.state is JobState.FAILED)
    @rule()
    def try_again(self):
        with transaction():
            service.try_again(self.row(), now=self.now)
        self.state, self.due, self.attempts = JobState.WAITING, self.now, 0

    @invariant()
    def the_row_says_the_same(self):
        row = self.row()
        assert (row.state, row.lease_token, row.attempts) == (self.state, self.holder, self.attempts)
        if self.state is JobState.WAITING:
            assert row.run_at == self.due
        db.session.rollback()

    def row(self) -> Job:
        return db.session.get_one(Job, self.number)


def test_whatever_workers_do_only_the_holder_is_heard(app):
    patient = settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(OneJob, settings=patient)
