"""The audit's page."""

from echo_sessions.audit import service
from echo_sessions.database import transaction
from tests.conftest import NOON


def note(person_id, deed, thing, **facts):
    with transaction():
        service.record(person_id, deed, thing, at=NOON, **facts)


def test_deeds_are_listed_with_who_and_when_last_first(make, client):
    ana = make.coordinator("Ana Ruiz")
    note(ana.id, "session moved", "S-7K3Q29FM", sequence=2)
    note(None, "reminder sent", "S-00000000")
    text = client.as_(ana).get_page("/audit").text()
    assert text.index("reminder sent") < text.index("session moved")
    assert "the house itself" in text and "Ana Ruiz" in text and "sequence: 2" in text


def test_deeds_are_found_by_thing_and_by_person(make, client):
    ana, ben = make.coordinator("Ana Ruiz"), make.person("Ben Okoro")
    note(ana.id, "session moved", "S-7K3Q29FM")
    note(ben.id, "answer given", "D-1234ABCD")
    hers = client.as_(ana)
    assert "session moved" in hers.get_page("/audit?q=s-7k3").text()
    assert "answer given" not in hers.get_page("/audit?q=s-7k3").text()
    text = hers.get_page(f"/audit?by={ben.code}").text()
    assert "answer given" in text and "session moved" not in text
    assert "Nothing is known" in hers.get_page("/audit?by=P-NOBODY00").text()


def test_the_audit_is_the_hubs_alone(make, client):
    assert client.as_().get("/audit").status_code == 302
    client.as_(make.person()).get_page("/audit", status=404)
