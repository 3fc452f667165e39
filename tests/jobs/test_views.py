"""The page of background work."""

import pytest

from echo_sessions.database import db, transaction
from echo_sessions.jobs import queries, service
from echo_sessions.jobs.rules import JobState
from tests.conftest import NOON


@pytest.fixture
def hers(make, client):
    return client.as_(make.coordinator())


def job(name="test.nothing", *, failed: str | None = None, done: bool = False):
    with transaction():
        queued = service.queue(name, {}, now=NOON)
        if failed or done:
            token = service.claim(queued.id, NOON)
        if failed:
            service.fail(queued.id, token, NOON, words=failed, final=True)
        if done:
            service.finish(queued.id, token, NOON)
    return queued


def test_failed_jobs_come_first_with_what_was_said(hers):
    job("test.waits")
    job("test.failed", failed="No such room")
    job("test.done", done=True)
    text = hers.get_page("/jobs").text()
    assert text.index("test.failed") < text.index("test.waits") < text.index("test.done")
    assert "No such room" in text
    assert queries.failed_count() == 1


def test_a_failed_job_is_tried_again_by_a_button(hers):
    failed = job(failed="No such room")
    page = hers.submit("/jobs", action="/again")
    assert "in line again" in page.text()
    db.session.refresh(failed)
    assert failed.state is JobState.WAITING


def test_deliveries_of_letters_are_shown_only_when_asked_for(hers):
    job("mail.deliver", failed="550 No")
    assert "mail.deliver" not in hers.get_page("/jobs").text()
    assert "mail.deliver" in hers.get_page("/jobs?q=mail.").text()
    assert queries.failed_count() == 0
    assert queries.counts(NOON) == queries.Counts(failed=0, due=0, later=0)


def test_a_long_job_says_how_far_it_is(hers):
    long = job()
    with transaction():
        service.note_progress(long.id, 30, 120)
    assert "30 of 120" in hers.get_page("/jobs").text()


def test_what_waits_is_counted(hers):
    job()
    with transaction():
        service.queue("test.later", {}, now=NOON, at=NOON.replace(year=2027))
        service.claim(service.queue("test.held", {}, now=NOON).id, NOON)
    assert queries.counts(NOON) == queries.Counts(failed=0, due=2, later=1)


def test_background_work_is_the_hubs_alone(make, client):
    failed = job(failed="No")
    assert client.as_().get("/jobs").status_code == 302
    other = client.as_(make.person())
    other.get_page("/jobs", status=404)
    token = other.get_page("/me/settings").fields()["csrf_token"]
    assert other.post(f"/jobs/{failed.id}/again", data={"csrf_token": token}).status_code == 404
