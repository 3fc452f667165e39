"""The audit's page: by thing, person, deed and days; as a file; for auditors only what was done in their programs."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from echo_sessions import clock
from echo_sessions.audit import service, views
from echo_sessions.audit.models import Entry, Look
from echo_sessions.database import db, transaction
from echo_sessions.programs.rules import Role
from tests.conftest import NOON


def note(person_id, deed, thing, at=NOON, **facts):
    with transaction():
        service.record(person_id, deed, thing, at=at, **facts)


def test_deeds_are_listed_with_who_and_when_last_first(make, client):
    ana = make.coordinator("Ana Ruiz")
    note(ana.id, "session moved", "S-7K3Q29FM", sequence=2)
    note(None, "reminder sent", "S-00000000")
    text = client.as_(ana).get_page("/audit").text()
    assert text.index("reminder sent") < text.index("session moved")
    assert "the house itself" in text and "Ana Ruiz" in text and "sequence: 2" in text


def test_a_decision_is_shown_before_and_after(make, client):
    ana = make.coordinator("Ana Ruiz")
    note(ana.id, "case accepted", "HCV-7K3Q29FM", was="in review", became="accepted")
    note(ana.id, "attendance corrected", "S-7K3Q29FM", was={"minutes": 80}, became={"minutes": 90})
    text = client.as_(ana).get_page("/audit").text()
    assert "changed: in review → accepted" in text and "changed: minutes: 80 → 90" in text


@pytest.fixture
def three(make):
    """Three deeds: of two people, at three things, on three days."""
    ana, ben = make.coordinator("Ana Ruiz"), make.person("Ben Okoro")
    note(ana.id, "session moved", "S-7K3Q29FM", at=NOON - timedelta(days=2))
    note(ben.id, "answer given", "D-1234ABCD", at=NOON - timedelta(days=1))
    note(None, "reminder sent", "S-00000000", at=NOON)
    return ana, ben


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("q=s-7k3", {"session moved"}, id="a thing by the beginning of its code"),
        pytest.param("by=okoro", {"answer given"}, id="a person by name"),
        pytest.param("by=BEN", {"answer given"}, id="a person by code"),
        pytest.param("deed=SENT", {"reminder sent"}, id="a deed by its words"),
        pytest.param("since=2026-11-24", {"answer given", "reminder sent"}, id="from a day on"),
        pytest.param("until=2026-11-24", {"session moved", "answer given"}, id="to a day, that day too"),
        pytest.param("since=2026-11-24&until=2026-11-24", {"answer given"}, id="one day by the reader's clock"),
        pytest.param("q=S-&by=ana", {"session moved"}, id="all together"),
        pytest.param("since=nonsense", {"session moved", "answer given", "reminder sent"}, id="what is no day"),
        pytest.param("by=P-NOBODY00", set(), id="nobody"),
    ],
)
def test_deeds_are_found(three, client, asked, found):
    ana, ben = three
    text = client.as_(ana).get_page("/audit?" + asked.replace("BEN", ben.code)).text()
    assert {deed for deed in ("session moved", "answer given", "reminder sent") if deed in text} == found
    assert ("Nothing is known" in text) == (not found)


def test_a_code_leads_to_its_page_where_there_is_one(make, client):
    ana = make.coordinator("Ana Ruiz")
    session = make.session()
    for thing in (session.code, ana.code, "E-00000000", "HCV-NOTTHERE"):
        note(ana.id, "looked after", thing)
    links = client.as_(ana).get_page("/audit").links()
    assert f"/sessions/{session.code}" in links and f"/people/{ana.code}" in links
    assert not any(link.endswith(("/E-00000000", "/HCV-NOTTHERE")) for link in links)


def test_the_audit_is_the_hubs_alone(make, client):
    for url in ("/audit", "/audit.csv"):
        assert client.as_().get(url).status_code == 302
        client.as_(make.person()).get_page(url, status=404)
        client.as_(make.member(make.program(), Role.COORDINATOR)).get_page(url, status=404)


def test_an_auditor_sees_what_was_done_in_the_program_and_nothing_else(make, client):
    program, other = make.program(), make.program("HIV", label="HIV")
    series = make.series(program)
    session, elsewhere = make.session(series), make.session(make.series(other))
    end = clock.now() + timedelta(days=30)
    auditor = make.member(program, Role.AUDITOR, make.person("Ada Auditor"), ends_at=end)
    for thing in (program.code, series.code, session.code):
        note(None, "inside", thing)
    for thing in (other.code, elsewhere.code, auditor.code):
        note(None, "outside", thing)
    theirs = client.as_(auditor)
    text = theirs.get_page("/audit").text()
    assert text.count("inside") == 3 and "outside" not in text and "the programs you audit" in text
    rows = table(theirs.get("/audit.csv").text)
    assert {row[4] for row in rows[1:]} == {"inside"}
    with transaction():
        from echo_sessions.programs.models import Membership

        db.session.scalars(select(Membership).where(Membership.person_id == auditor.id)).one().ends_at = clock.now()
    theirs.get_page("/audit", status=404)


def table(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_whole_range_is_exported_with_its_seals_and_safely(make, client, monkeypatch):
    monkeypatch.setattr(views, "AT_ONCE", 3)
    ana = make.coordinator("=cmd()|Ana")
    for number in range(10):
        note(ana.id, "+counted", f"T-{number}", was=number, became=number + 1)
    answer = client.as_(ana).get("/audit.csv?q=T-")
    rows = table(answer.text)
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert [row[5] for row in rows[1:]] == [f"T-{number}" for number in reversed(range(10))]
    assert rows[1][3].startswith("'=") and rows[1][4].startswith("'+") and rows[1][6] == "changed: 9 → 10"
    newest = db.session.scalars(select(Entry).where(Entry.thing == "T-9")).one()
    assert rows[1][8] == newest.hash and rows[1][7] == newest.previous


def test_the_export_itself_is_noted_with_its_rows(make, client):
    ana = make.coordinator("Ana Ruiz")
    for number in range(4):
        note(ana.id, "counted", f"T-{number}")
    client.as_(ana).get("/audit.csv?q=T-")
    [look] = db.session.scalars(select(Look))
    assert (look.what, look.thing, look.rows) == ("export", "audit", 4)


def test_an_export_asks_as_often_for_each_thousand_rows_and_no_more(make, client, monkeypatch):
    monkeypatch.setattr(views, "AT_ONCE", 50)
    ana = make.coordinator("Ana Ruiz")
    with transaction():
        for number in range(200):
            service.record(ana.id, "counted", f"T-{number}", at=NOON)
    asked: list[str] = []
    listen = lambda _c, _k, statement, *_rest: asked.append(statement)  # noqa: E731  # taken away again below
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        rows = table(client.as_(ana).get("/audit.csv?q=T-").text)
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    assert len(rows) == 201
    assert len([one for one in asked if "FROM audit " in one.replace("\n", " ") and "LIMIT" in one]) <= 6


def test_everybody_sees_who_opened_the_own_record_as_what_and_when(make, client):
    ana, ben = make.coordinator("Ana Ruiz"), make.person("Ben Okoro")
    assert "Nobody has opened your record" in client.as_(ben).get_page("/me/trace").text()
    for _ in range(2):
        client.as_(ana).get_page(f"/people/{ben.code}")
    text = client.as_(ben).get_page("/me/trace").text()
    assert "Ana Ruiz" in text and "Staff of the hub" in text and "2 times" in text
    assert "person added" in text
    assert "Ana Ruiz" not in client.as_(make.person()).get_page("/me/trace").text()


def test_the_own_record_is_opened_without_a_trace(make, client):
    ana = make.coordinator("Ana Ruiz")
    client.as_(ana).get_page(f"/people/{ana.code}")
    assert "Nobody has opened your record" in client.as_(ana).get_page("/me/trace").text()


def test_a_stranger_has_no_record_to_see(client, make):
    make.hub()
    assert client.as_().get("/me/trace").status_code == 302
