"""Signing in by link and by password, and one's own settings."""

import re

from echo_sessions.database import db
from echo_sessions.jobs import worker


def test_a_link_signs_in_once_and_only_by_its_button(make, outbox, client, app):
    make.hub()
    person = make.person("Grace Okoro")
    visitor = client.as_()
    visitor.submit("/sign-in", action="/sign-in/link", email=person.address)
    [letter] = outbox("people/sign_in_link")
    link = re.search(r"https://echo\.test(/sign-in/\S+)", letter.text).group(1)

    visitor.get_page(link)
    assert visitor.get("/me/settings").status_code == 302
    assert visitor.submit(link, follow=False).status == 303
    visitor.get_page("/me/settings")
    assert "has been used" in client.as_().get_page(link, status=409).text()


def test_an_unknown_address_gets_the_same_answer_and_no_letter(make, outbox, client):
    make.hub()
    page = client.as_().submit("/sign-in", action="/sign-in/link", email="nobody@clinic.test")
    assert "If we know the address" in page.text()
    assert outbox() == []


def test_a_password_signs_in_and_a_wrong_one_says_so(make, client):
    make.hub()
    person = make.person("Grace Okoro")
    page = client.as_().submit("/sign-in", action="/sign-in", status=200, email=person.address, password="wrong")
    assert "do not belong together" in page.text()
    visitor = client.as_()
    visitor.submit(
        "/sign-in", action="/sign-in", follow=False, email=person.address, password="correct horse"
    )
    visitor.get_page("/me/settings")


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


def test_the_letters_secret_is_dropped_once_sent(make, outbox, client, app):
    make.hub()
    person = make.person()
    client.as_().submit("/sign-in", action="/sign-in/link", email=person.address)
    sent = []
    app.extensions["smtp"], real = (
        type("Kept", (), {"send": lambda self, data, sender, to: sent.append(data) or "250 ok"})(),
        app.extensions["smtp"],
    )
    try:
        worker.work_off(app)
    finally:
        app.extensions["smtp"] = real
    [letter] = outbox()
    db.session.refresh(letter)
    assert len(sent) == 1 and letter.state == "sent" and "/sign-in/" not in letter.text + letter.html
