"""A case written on a phone, in a real browser: it saves itself, marks while writing, and is submitted."""

import pytest

from echo_sessions.cases import drafting, queries
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db
from tests.browser import DESK, PHONE, sound
from tests.cases.scene import COMPLETE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_case_is_brought_on_a_phone(today, browser_for):
    with browser_for(today.author, viewport=PHONE) as window:
        page = window.open("/cases/new")
        page.get_by_label("What do you want to ask the group?").fill("Which second medicine would you add?")
        page.get_by_role("button", name="Go on").click()
        page.get_by_label("Age (years)").fill("54")
        page.get_by_label("Female", exact=True).check()
        page.get_by_label("Treatment", exact=True).check()
        story = page.get_by_label("What has happened so far?")
        story.fill("Tired. Mr. Smith drives her. Seen on 14 March 2024, not before 14 March 2024.")
        page.get_by_text("May identify the patient: 2").wait_for()
        page.get_by_text("Saved ").wait_for()
        assert page.title().startswith("(2 to settle)")
        assert sound(window) == []
        page.get_by_role("button", name="in all 2 places").click()
        page.get_by_text("May identify the patient: 1").wait_for()
        assert "March" not in story.input_value()
        page.get_by_role("button", name="Keep because").click()
        page.get_by_label("Why this cannot identify the patient").select_option("not about the patient")
        page.get_by_label("What has been tried, and what came of it?").fill("Rest.")
        page.get_by_label("Yes", exact=True).check()
        page.get_by_label("Nothing here identifies the patient.").check()
        page.get_by_role("button", name="Submit the case").click()
        page.get_by_text("Nothing left that could identify the patient. Only reviewers see it now.").wait_for()
        assert sound(window) == []
    db.session.rollback()
    [case] = queries.of_author(today.author.id)
    assert case.state is CaseState.SUBMITTED
    assert [hit.reason for hit in case.hits] == ["not about the patient"]


def test_two_windows_lose_nothing(today, browser_for):
    case = today.draft({"main_question": "Why so tired?"})
    with browser_for(today.author, viewport=PHONE) as first, browser_for(today.author) as second:
        url = f"/cases/{case.code}/edit"
        one, two = first.open(url), second.open(url)
        one.get_by_label("What has happened so far?").fill("The first window.")
        one.get_by_text("Saved ").wait_for()
        two.get_by_label("What has happened so far?").fill("The second window.")
        two.get_by_text("Both texts are kept").wait_for()
    db.session.rollback()
    assert drafting.in_hand(case)["story"] == "The first window."
    assert [draft.answers["story"] for draft in queries.asides_of(case.id)] == ["The second window."]


@pytest.mark.parametrize(
    ("who", "state", "page"),
    [
        pytest.param("author", "draft", "edit", id="the form"),
        pytest.param("author", "draft", "marks", id="the marks"),
        pytest.param("author", "returned", "edit", id="a returned form"),
        pytest.param("author", "scheduled", "", id="the author's case"),
        pytest.param("coordinator", "in_review", "review", id="the review"),
        pytest.param("coordinator", "accepted", "place", id="the slots"),
        pytest.param("coordinator", "recommended", "recommendations/edit", id="writing recommendations"),
        pytest.param("coordinator", "recommended", "recommendations/approve", id="approving them"),
    ],
)
def test_pages_are_sound_by_phone_and_desk(today, browser_for, who, state, page):
    marked = {
        **COMPLETE,
        "story": "Mr. Smith came on 14 March 2024, call (505) 555-0142.",
        "results": [{"name": "ALT", "value": "62"}],
    }
    case = today.draft(marked) if state == "draft" else getattr(today, state)()
    today.session()
    with browser_for(getattr(today, who)) as window:
        window.open(f"/cases/{case.code}/{page}".rstrip("/")).wait_for_load_state("networkidle")
        for viewport, theme in ((PHONE, "light"), (DESK, "dark")):
            window.wear(viewport, theme)
            assert sound(window) == []
