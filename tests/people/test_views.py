"""One's own settings."""

from echo_sessions.database import db


def test_settings_are_kept_and_a_stale_save_shows_both_texts(make, client):
    make.hub()
    person = make.person("Grace Okoro")
    mine = client.as_(person)
    old = mine.get_page("/me/settings").fields()
    mine.submit("/me/settings", name="Grace A. Okoro")
    answer = mine.post("/me/settings", data={**old, "name": "G. Okoro"})
    assert answer.status_code == 422
    words = answer.get_data(as_text=True)
    assert "Stored now: Grace A. Okoro" in words and 'value="G. Okoro"' in words
    db.session.refresh(person)
    assert person.name == "Grace A. Okoro"


def test_strangers_are_sent_to_the_door(client, make):
    make.hub()
    answer = client.as_().get("/me/settings")
    assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
