"""Error pages: a sentence, a status, nothing of what was typed."""

import pytest
from flask_babel import force_locale
from sqlalchemy import text

from echo_sessions.errors import Refused, Stale
from echo_sessions.jobs.rules import JobState
from echo_sessions.web.faults import words_of
from echo_sessions.words import Said
from tests.client import Page


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Refused("A name is needed."), "A name is needed."),
        (Refused("This job is %(state)s.", state=JobState.WAITING), "This job is waiting."),
        (Refused("It is %(when)s.", when=Said("on %(day)s", {"day": Said("Monday")})), "It is on Monday."),
        (Refused("100 % sure"), "100 % sure"),
    ],
)
def test_a_refusal_is_its_sentence(app, fault, words):
    with force_locale("en"):
        assert words_of(fault) == words


@pytest.fixture
def failing(app, client, monkeypatch):
    """`failing(fault)` makes the page of the sign-in link raise it, and opens that page as a stranger."""

    def opened(act):
        def view():
            raise act() if callable(act) else act

        view.__guard__ = "open_to_all"
        monkeypatch.setitem(app.view_functions, "people.link_sent", view)
        return Page(client.as_().get("/sign-in/link-sent"))

    return opened


def test_a_rule_that_says_no_is_answered_with_409(failing):
    page = failing(Refused("It is over."))
    assert (page.status, "It is over." in page.text()) == (409, True)
    assert "Somebody else was quicker" in failing(Stale("Look again.")).text()


def test_a_fault_of_ours_shows_a_code_and_logs_no_words(failing, logged):
    page = failing(ValueError("Mrs Banda of Lusaka"))
    [line] = logged()
    assert page.status == 500
    assert "Banda" not in page.body + str(line)
    assert (line["event"], line["fault"]) == ("page_failed", "ValueError")
    assert line["code"] in page.text()


def test_a_fault_leaves_a_page_even_when_the_database_is_away(failing, monkeypatch):
    from echo_sessions.people import queries

    def away():
        raise RuntimeError("no database")

    monkeypatch.setattr(queries, "hub", away)
    page = failing(ValueError())
    assert page.status == 500
    assert "Something went wrong on our side" in page.text()


def test_a_broken_query_does_not_break_the_error_page(failing):
    from echo_sessions.database import db

    page = failing(lambda: db.session.execute(text("SELECT no_such_column FROM people")))
    assert "Something went wrong on our side" in page.text()


@pytest.mark.parametrize("path", ["/sign-in", "/verify", "/csp-reports", "/webhooks/zoom", "/nowhere"])
@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "[1, 2]", '"text"', "{"], ids=lambda body: body[:5])
def test_a_body_that_is_no_sensible_json_breaks_no_page(client, path, body):
    """Nested a hundred thousand deep, or another thing than expected: the sender's fault, not ours."""
    answer = client.as_().post(path, data=body.encode(), content_type="application/json")
    assert 200 <= answer.status_code < 500
