"""Pages about one's own data: they work for whose data it is, and nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from echo_sessions.people import service as people_service
from echo_sessions.privacy import service
from echo_sessions.privacy.models import Consent, DataRequest, RetentionPeriod, RetentionRun
from echo_sessions.privacy.rules import RequestState, RunState


@pytest.fixture
def grace(make):
    make.hub()
    return make.person("Grace Okoro", registration="RN-778899")


def test_my_data_says_what_is_kept_and_why(make, client, grace):
    page = client.as_(grace).get_page("/me/data")
    assert "To invite, to give credit to the right person" in page.text()
    assert "Ask for a copy" in page.text() and "See what would go" in page.text()


def test_i_ask_for_a_copy_and_fetch_it(make, client, grace, app):
    mine = client.as_(grace)
    page = mine.submit("/me/data", action="/me/data/copy")
    assert "Being made" in page.text()
    worker.work_off(app)
    page = mine.get_page("/me/data")
    [link] = [href for href in page.links() if href.endswith("/copy.zip")]
    answer = mine.get(link)
    assert (
        answer.status_code == 200
        and answer.data.startswith(b"PK")
        and "attachment" in answer.headers["Content-Disposition"]
    )
    assert client.as_(make.person()).get(link).status_code == 404
    assert client.as_(make.coordinator()).get(link).status_code == 404
    assert client.as_().get(link).status_code == 302


def test_i_agree_and_take_it_back(client, grace):
    mine = client.as_(grace)
    page = mine.submit("/me/data", action="/me/data/consents/story")
    assert "You agree to this now" in page.text()
    page = mine.submit("/me/data", action="/me/data/consents/story")
    assert "You have taken it back" in page.text()
    assert [row.given for row in db.session.scalars(select(Consent).order_by(Consent.id))] == [True, False]
    token = mine.get_page("/me/data").fields()["csrf_token"]
    assert mine.post("/me/data/consents/everything", data={"csrf_token": token}).status_code == 404


def test_i_see_what_goes_and_call_it_off(client, grace):
    mine = client.as_(grace)
    page = mine.get_page("/me/data/erase")
    assert "Deleted" in page.text() and "Emptied" in page.text()
    assert "Tick this" in mine.submit("/me/data/erase", status=422).text()
    page = mine.submit("/me/data/erase", sure="y")
    assert "will be erased on" in page.text()
    [asked] = db.session.scalars(select(DataRequest)).unique()
    page = mine.submit("/me/data", action=f"/data-requests/{asked.code}/call-off")
    assert "Called off" in page.text()
    assert db.session.get_one(DataRequest, asked.id).state is RequestState.CALLED_OFF


def test_others_neither_see_requests_nor_call_them_off(make, client, grace):
    with transaction():
        asked = service.ask_erasure(grace, by=grace, now=make.now)
    stranger = client.as_(make.person())
    assert stranger.get("/data-requests").status_code == 404
    token = stranger.get_page("/me/data").fields()["csrf_token"]
    assert stranger.post(f"/data-requests/{asked.code}/call-off", data={"csrf_token": token}).status_code == 404
    page = client.as_(make.coordinator()).get_page("/data-requests")
    assert "Grace Okoro" in page.text() and "To be erased" in page.text()


def test_the_hub_erases_somebody_who_asked_it(make, client, grace):
    hers = client.as_(make.coordinator())
    assert "Erase the record of Grace Okoro?" in hers.get_page(f"/people/{grace.code}/erase").text()
    page = hers.submit(f"/people/{grace.code}/erase", sure="y")
    assert "can be called off" in page.text()
    assert hers.get("/people/P-00000000/erase").status_code == 404
    assert client.as_(make.person()).get(f"/people/{grace.code}/erase").status_code == 404


def test_periods_are_set_within_what_law_allows(make, client, grace):
    hers = client.as_(make.coordinator())
    assert "at least 2192 days" in hers.submit("/retention/evidence", status=422, days="10").text()
    assert "How many days" in hers.submit("/retention/links", status=422, days="").text()
    page = hers.submit("/retention/links", days="12")
    assert "Saved" in page.text() and db.session.scalars(select(RetentionPeriod)).one().days == 12
    assert hers.get("/retention/everything").status_code == 404
    assert client.as_(grace).get("/retention").status_code == 404


def test_a_clearing_out_is_held_and_let_go(make, client, grace, app):
    with transaction():
        people_service.make_link(grace, purpose="sign-in", now=make.now - timedelta(days=400))
        run = service.prepare_run(now=make.now)
    hers = client.as_(make.coordinator())
    assert "One-time links that have ended: 1 row" in hers.get_page("/retention").text()
    assert "Held back" in hers.submit("/retention", action=f"/retention/runs/{run.code}/hold").text()
    hers.submit("/retention", action=f"/retention/runs/{run.code}/go")
    worker.work_off(app)
    assert db.session.get_one(RetentionRun, run.id).state is RunState.DONE
    assert "Nothing is past its time" in hers.get_page("/retention").text()
