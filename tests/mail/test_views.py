"""The outbox's pages."""

import pytest

from echo_sessions.database import db
from echo_sessions.jobs import worker
from echo_sessions.mail.rules import GONE
from tests.conftest import NOON
from tests.mail.test_delivery import ANA, message, queue


@pytest.fixture
def hers(make, client):
    return client.as_(make.coordinator())


def test_the_outbox_shows_what_went_to_whom(app, hers, smtp_server):
    queue(message("First"))
    smtp_server.refuse(ANA, "550 5.1.1 No such person here")
    worker.work_off(app, now=NOON)
    queue(message("Second"))
    page = hers.get_page("/letters")
    assert "1 letter could not be delivered." in page.text()
    assert page.text().index("Second") < page.text().index("First")
    assert "550 5.1.1 No such person here" in page.text()


def test_an_empty_outbox_says_how_it_fills(hers):
    assert "No letter yet" in hers.get_page("/letters").text()


@pytest.mark.parametrize("words", ["ben@clinic", "BEN", "Hello Ben", "S-7K3Q29FM"])
def test_letters_are_found_by_address_name_subject_and_code(hers, words):
    queue(message("Hello Ben", to="ben@clinic.test"))
    assert "Hello Ben" in hers.get_page(f"/letters?q={words}").text()


def test_what_is_searched_for_is_no_pattern(hers):
    queue(message("Hello"))
    assert "No letter fits" in hers.get_page("/letters?q=%25").text()


def test_letters_are_filtered_by_state_and_an_unknown_one_filters_nothing(app, hers, smtp_server):
    queue(message("Gone"))
    worker.work_off(app, now=NOON)
    queue(message("Here"))
    page = hers.get_page("/letters?state=sent")
    assert "Gone" in page.text() and "Here" not in page.text()
    assert "Here" in hers.get_page("/letters?state=nonsense").text()


def test_the_list_is_paged(hers):
    for number in range(51):
        queue(message(f"Letter {number}"))
    assert "51–51 of 51" in hers.get_page("/letters?page=2").text()


def test_a_letter_is_shown_as_a_mail_program_would(hers):
    letter = queue(message("Session 1", sequence=2))
    page = hers.get_page(f"/letters/{letter.code}")
    for words in (
        "Ana Ruiz <ana@clinic.test>",
        "Mountain Hub <hub@echo.test>",
        letter.message_id,
        "Dear Ana",
        "enter or change it",
        "s1@echo.test",
    ):
        assert words in page.text()
    [frame] = page.all("iframe")
    assert frame.get("sandbox") == ""
    assert "frame-src 'self'" in page.answer.headers["Content-Security-Policy"]


def test_the_html_part_may_do_nothing(hers):
    letter = queue(message())
    answer = hers.get(f"/letters/{letter.code}/html")
    assert answer.get_data(as_text=True) == "<p>Dear Ana</p>"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and policy.endswith("sandbox")
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_one_time_link_is_never_shown(hers):
    letter = queue(message(secret=True))
    page = hers.get_page(f"/letters/{letter.code}")
    assert GONE in page.text()
    assert "echo.test/x" not in page.body
    assert page.all("iframe") == []
    assert hers.get(f"/letters/{letter.code}/html").status_code == 404


def test_a_failed_letter_is_tried_again_by_a_button(app, hers, smtp_server):
    letter = queue(message())
    smtp_server.refuse(ANA, "550 5.1.1 No such person here")
    worker.work_off(app, now=NOON)
    page = hers.submit(f"/letters/{letter.code}", action="/again")
    assert "on its way again" in page.text()
    worker.work_off(app)
    db.session.refresh(letter)
    assert letter.state == "sent"


def test_a_letter_that_is_on_its_way_cannot_be_tried_again(app, hers, smtp_server):
    letter = queue(message())
    smtp_server.refuse(ANA, "550 No")
    worker.work_off(app, now=NOON)
    old = hers.get_page(f"/letters/{letter.code}").fields("/again")
    hers.post(f"/letters/{letter.code}/again", data=old)
    assert hers.post(f"/letters/{letter.code}/again", data=old).status_code == 409


def test_the_outbox_is_the_hubs_alone(make, client):
    letter = queue(message())
    for url in ("/letters", f"/letters/{letter.code}", f"/letters/{letter.code}/html"):
        assert client.as_().get(url).status_code == 302
        client.as_(make.person()).get_page(url, status=404)
    client.as_(make.coordinator()).get_page("/letters/L-00000000", status=404)
