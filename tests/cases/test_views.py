"""The pages of cases: they work, and each refusal."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from echo_sessions.cases import drafting, queries, rules, service
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db, transaction
from echo_sessions.files import service as files
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.rules import DutyRole
from tests.cases.scene import COMPLETE

STORY = "Hepatitis C, found two years ago."
DATED = "Seen on 14 March 2024, tired."
ALL_18 = list(rules.CHECKLIST_18)


def written(**answers):
    """The form as a browser sends it, complete but for what is changed."""
    given = {name: value for name, value in COMPLETE.items() if name not in {"attestation", "age"}}
    return {**given, "age": "54", "attestation": "yes", **answers}


def path_of(case: Case, page: str = "") -> str:
    return f"/cases/{case.code}" + (f"/{page}" if page else "")


def fresh(case: Case) -> Case:
    db.session.expire_all()
    found = queries.by_code(case.code)
    assert found is not None
    return found


def token(client, url):
    page = client.get_page(url)
    return page.fields()["csrf_token"]


# Beginning


def test_one_program_goes_straight_to_the_question_and_the_question_begins_the_draft(today, client):
    browser = client.as_(today.author)
    page = browser.get_page("/cases/new")
    assert [field.get("name") for field in page.form("").iter("textarea")] == ["question"]
    assert "Not for emergencies" in page.text()
    page = browser.submit("/cases/new", question="Which second medicine?")
    [case] = queries.of_author(today.author.id)
    assert case.state is CaseState.DRAFT and drafting.in_hand(case) == {"main_question": "Which second medicine?"}
    assert page.fields()["main_question"] == "Which second medicine?"


def test_several_programs_are_asked_first(today, client):
    pain = today.make.program("Pain", label="PAIN")
    today.make.enrol(today.make.series(pain), today.author)
    browser = client.as_(today.author)
    page = browser.get_page("/cases/new")
    assert f"/cases/new?program={pain.code}" in page.links()
    browser.submit(f"/cases/new?program={pain.code}", action="", question="How fast may we taper?")
    assert queries.of_author(today.author.id)[0].code.startswith("PAIN-")


def test_a_program_one_does_not_belong_to_is_not_there(today, client):
    other = today.make.program("Pain", label="PAIN")
    assert client.as_(today.author).get(f"/cases/new?program={other.code}").status_code == 404


def test_somebody_without_a_program_reads_how_to_begin(today, client):
    assert "take part in no program yet" in client.as_(today.make.person()).get_page("/cases/new").text()


def test_an_empty_question_is_refused_and_unfinished_drafts_are_offered(today, client):
    case = today.draft({"main_question": "What about her knee?"})
    page = client.as_(today.author).submit("/cases/new", status=422, question=" ")
    assert "one sentence is enough" in page.text() and "What about her knee?" in page.text()
    assert path_of(case, "edit") in page.links()


# Writing


def test_a_draft_saves_itself_and_is_found_in_another_browser(today, client):
    case = today.draft({"main_question": "Why?"})
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "edit")).fields()
    answer = browser.post(
        path_of(case, "draft"), data={**fields, "story": STORY, "age": "93", "medications-0-name": "Metformin"}
    )
    assert answer.status_code == 200
    assert re.fullmatch(r"\d\d:\d\d", answer.json["saved_at"])
    page = client.as_(today.author).get_page(path_of(case, "edit"))
    assert (
        page.fields()["story"] == STORY
        and page.fields()["age"] == "90+"
        and page.fields()["medications-0-name"] == "Metformin"
    )
    again = browser.post(
        path_of(case, "draft"), data={**fields, "version": answer.json["version"], "story": STORY + " Tired."}
    )
    assert again.status_code == 200


def test_a_stale_window_is_told_and_both_texts_are_kept(today, client):
    case = today.draft({"main_question": "Why?"})
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "edit")).fields()
    assert browser.post(path_of(case, "draft"), data={**fields, "story": "First window"}).status_code == 200
    answer = browser.post(path_of(case, "draft"), data={**fields, "story": "Second window"})
    assert answer.status_code == 409 and "Both texts are kept" in answer.json["message"]
    assert "Second" not in answer.json["message"]
    assert drafting.in_hand(fresh(case))["story"] == "First window"
    assert path_of(case, "other-text") in browser.get_page(path_of(case, "edit")).links()
    page = browser.get_page(path_of(case, "other-text"))
    assert "First window" in page.text() and "Second window" in page.text()
    browser.submit(path_of(case, "other-text"), take="1")
    assert drafting.in_hand(fresh(case))["story"] == "Second window"
    browser.submit(path_of(case, "other-text"), drop="1")
    assert "There is no other text" in browser.get_page(path_of(case, "other-text")).text()


def test_sending_the_form_of_a_stale_window_leads_to_both_texts(today, client):
    case = today.draft({"main_question": "Why?"})
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "edit")).fields()
    with transaction():
        drafting.save(case, {"main_question": "Why so tired?"}, now=today.now)
    answer = browser.post(path_of(case, "edit"), data={**fields, "story": "Late", "submit": "1"})
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/other-text")
    assert fresh(case).state is CaseState.DRAFT


def test_what_another_window_types_after_submission_is_kept_too(today, client):
    case = today.draft()
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "edit")).fields()
    with transaction():
        service.submit(case, now=today.now)
    answer = browser.post(path_of(case, "draft"), data={**fields, "story": "One more thing"})
    assert answer.status_code == 409
    assert "One more thing" in browser.get_page(path_of(case, "other-text")).text()


def test_a_text_beyond_all_measure_is_answered_in_words(today, client):
    case = today.draft({"main_question": "Why?"})
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "edit")).fields()
    answer = browser.post(path_of(case, "draft"), data={**fields, "story": "x" * 450_000})
    assert answer.status_code == 422 and "too long" in answer.json["message"]


def test_a_draft_without_the_token_is_refused_only_where_tokens_are_asked(today, client):
    case = today.draft()
    answer = client.as_(today.author).post(path_of(case, "draft"), data={"story": "forged"})
    assert answer.status_code == 400 and drafting.in_hand(fresh(case))["story"] == COMPLETE["story"]


@pytest.mark.parametrize(
    "page", ["", "edit", "marks", "other-text", "withdraw", "review", "place", "recommendations/edit"]
)
def test_nobody_else_learns_of_a_draft(today, client, page):
    case = today.draft()
    for person in (today.coordinator, today.make.coordinator("Tom Begay"), today.make.enrol(today.series)):
        client.as_(person).get_page(path_of(case, page), status=404)
    assert client.as_().get(path_of(case, page)).status_code == 302


@pytest.mark.parametrize("page", ["draft", "screen"])
def test_nobody_else_posts_to_a_draft(today, client, page):
    case = today.draft()
    for person in (today.coordinator, today.make.enrol(today.series)):
        browser = client.as_(person)
        data = {"csrf_token": token(browser, "/cases/new"), "text": "x", "story": "x"}
        assert browser.post(path_of(case, page), data=data).status_code == 404
    assert drafting.in_hand(fresh(case)) == COMPLETE


def test_a_row_is_added_without_script_and_nothing_typed_is_lost(today, client):
    case = today.draft({"main_question": "Why?"})
    browser = client.as_(today.author)
    before = len([name for name in browser.get_page(path_of(case, "edit")).fields() if name.startswith("results-")])
    page = browser.submit(
        path_of(case, "edit"), add_row="results", **{"results-0-name": "ALT", "results-0-value": "62"}
    )
    fields = page.fields()
    assert fields["results-0-name"] == "ALT"
    assert len([name for name in fields if name.startswith("results-")]) > before


def test_save_and_leave_keeps_a_half_written_case(today, client):
    case = today.draft({"main_question": "Why?"})
    page = client.as_(today.author).submit(path_of(case, "edit"), leave="1", story=STORY)
    assert "Only you can see it" in page.text() and STORY in page.text()


def test_enter_in_a_line_of_text_never_submits(today, client):
    """A browser that is told Enter presses the first button of the form."""
    case = today.draft()
    form = client.as_(today.author).get_page(path_of(case, "edit")).form("/edit")
    first = next(button for button in form.iter("button"))
    assert first.get("name") == "keep"


def test_a_button_pressed_twice_does_one_thing(today, client, outbox):
    browser = client.as_(today.author)
    fields = {**browser.get_page("/cases/new").fields(), "question": "Which second medicine?"}
    assert (
        browser.post("/cases/new", data=fields).headers["Location"]
        == browser.post("/cases/new", data=fields).headers["Location"]
    )
    [case] = queries.of_author(today.author.id)
    data = {**browser.get_page(path_of(case, "edit")).fields(), **written(), "submit": "1"}
    for _twice in range(2):
        answer = browser.post(path_of(case, "edit"), data=data)
        assert answer.status_code == 303 and answer.headers["Location"].endswith(path_of(case))
    assert queries.asides_of(case.id) == [] and len(outbox("cases/submitted")) == 1


# Submitting


def test_a_complete_case_is_submitted_in_one_step(today, client, outbox):
    case = today.draft({"main_question": "Why?"})
    page = client.as_(today.author).submit(path_of(case, "edit"), submit="1", **written(story=STORY))
    assert "Nothing left that could identify the patient. Only reviewers see it now." in page.text()
    assert fresh(case).state is CaseState.SUBMITTED
    assert {letter.kind for letter in outbox()} == {"cases/submitted", "cases/received"}


def test_what_is_missing_is_named_beside_the_field_and_in_a_summary_and_the_rest_is_kept(today, client):
    case = today.draft({"main_question": "Why?"})
    page = client.as_(today.author).submit(path_of(case, "edit"), status=422, submit="1", story=STORY, age="old")
    summary = next(div for div in page.all("div") if "errors" in (div.get("class") or ""))
    links = [link.get("href") for link in summary.iter("a")]
    assert links == ["#age", "#sex-0", "#reason-0", "#tried", "#consent-0", "#attestation"]
    ids = {element.get("id") for element in page.tree.iter() if isinstance(element.tag, str)}
    assert {link[1:] for link in links} <= ids
    assert page.fields()["story"] == STORY and page.fields()["age"] == "old"
    assert drafting.in_hand(fresh(case))["story"] == STORY
    assert "Write the age in whole years" in page.text()


def test_marks_are_listed_with_reason_and_three_choices(today, client):
    case = today.draft({"main_question": "Why?"})
    page = client.as_(today.author).submit(
        path_of(case, "edit"), submit="1", **written(story=DATED + " Her daughter Maria Lopez came.")
    )
    assert page.all("h1")[0].text == "2 marks to settle"
    text = page.text()
    assert "A date finer than a year" in text and "14 March 2024" in text
    assert "Keep it, because" in text and "I write it differently" in text
    assert fresh(case).state is CaseState.DRAFT


def test_suggestions_used_submit_the_case(today, client):
    case = today.draft({**COMPLETE, "story": DATED, "tried": "Nothing since 14 March 2024."})
    page = client.as_(today.author).submit(path_of(case, "marks"), **{"way-0": "use"})
    assert "Nothing left that could identify the patient" in page.text()
    case = fresh(case)
    assert case.state is CaseState.SUBMITTED
    assert "March" not in case.answers["story"] + case.answers["tried"], "one choice holds in both places"


def test_a_mark_is_kept_with_a_reason(today, client):
    case = today.draft({**COMPLETE, "story": "Mr. Smith says so."})
    client.as_(today.author).submit(path_of(case, "marks"), **{"way-0": "keep", "reason-0": "not about the patient"})
    case = fresh(case)
    assert case.state is CaseState.SUBMITTED
    assert [(hit.reason, hit.decided_by_id) for hit in case.hits] == [("not about the patient", today.author.id)]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({}, "Choose what to do", id="nothing chosen"),
        pytest.param({"way-0": "keep"}, "Say why this may stay", id="kept without a reason"),
        pytest.param({"way-0": "burn"}, "Choose what to do", id="a fourth way"),
    ],
)
def test_a_mark_needs_a_choice(today, client, sent, words):
    case = today.draft({**COMPLETE, "story": "Mr. Smith says so."})
    page = client.as_(today.author).submit(path_of(case, "marks"), status=422, **sent)
    assert words in page.text() and fresh(case).state is CaseState.DRAFT


def test_a_number_cannot_be_kept_whatever_is_sent(today, client):
    case = today.draft({**COMPLETE, "story": "Call (505) 555-0142 first."})
    browser = client.as_(today.author)
    assert "cannot stay" in browser.get_page(path_of(case, "marks")).text()
    browser.submit(path_of(case, "marks"), status=422, **{"way-0": "keep", "other-0": "it is fine"})
    page = browser.submit(
        path_of(case, "edit"),
        submit="1",
        keep_text="(505) 555-0142",
        keep_reason="it is fine",
        **written(story="Call (505) 555-0142 first."),
    )
    assert page.all("h1")[0].text == "One mark to settle"
    assert fresh(case).state is CaseState.DRAFT


def test_editing_leads_to_the_field(today, client):
    case = today.draft({**COMPLETE, "story": DATED})
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "marks")).fields()
    answer = browser.post(path_of(case, "marks"), data={**fields, "way-0": "edit"})
    assert answer.headers["Location"].endswith("/edit#story")


def test_reasons_given_while_writing_come_with_the_form(today, client):
    case = today.draft({"main_question": "Why?"})
    client.as_(today.author).submit(
        path_of(case, "edit"),
        submit="1",
        keep_text="Mr. Smith",
        keep_reason="not about the patient",
        **written(story="Mr. Smith says so."),
    )
    assert fresh(case).state is CaseState.SUBMITTED


def test_marks_of_another_text_are_not_settled(today, client):
    case = today.draft({**COMPLETE, "story": DATED})
    browser = client.as_(today.author)
    fields = browser.get_page(path_of(case, "marks")).fields()
    with transaction():
        drafting.save(case, {**COMPLETE, "story": "Mr. Smith says so."}, now=today.now)
    answer = browser.post(path_of(case, "marks"), data={**fields, "way-0": "use"})
    assert answer.status_code == 303 and answer.headers["Location"].endswith("/marks")
    assert drafting.in_hand(fresh(case))["story"] == "Mr. Smith says so."


def test_what_was_kept_before_a_return_is_chosen_beforehand(today, client):
    case = today.draft({**COMPLETE, "story": "Mr. Smith says so."})
    browser = client.as_(today.author)
    browser.submit(path_of(case, "marks"), **{"way-0": "keep", "other-0": "the school bus driver"})
    with transaction():
        service.return_to_author(
            fresh(case), field="story", note="Shorter, please.", by=today.coordinator, now=today.now
        )
        drafting.save(case, {**COMPLETE, "story": "Mr. Smith says that it hurts."}, now=today.now)
    fields = browser.get_page(path_of(case, "marks")).fields()
    assert fields["way-0"] == "keep" and fields["other-0"] == "the school bus driver"


# The check while writing


def test_a_text_is_looked_through_for_its_author(today, client):
    case = today.draft()
    browser = client.as_(today.author)
    data = {
        "csrf_token": token(browser, path_of(case, "edit")),
        "field": "story",
        "text": "Call (505) 555-0142. Mr. Smith, Mr. Smith.",
    }
    hits = browser.post(path_of(case, "screen"), data=data).json["hits"]
    assert [(hit["text"], hit["kind"]) for hit in hits] == [
        ("(505) 555-0142", "Telephone number"),
        ("Mr. Smith", "Name"),
        ("Mr. Smith", "Name"),
    ]
    for hit in hits:
        assert data["text"][hit["start"] : hit["end"]] == hit["text"]
        assert hit["reason"] and hit["suggestion"]
    assert hits[0]["keep"] == [] and "not about the patient" in hits[1]["keep"]


def test_a_field_that_is_not_screened_has_no_marks_and_a_text_too_long_is_refused(today, client):
    case = today.draft()
    browser = client.as_(today.author)
    data = {"csrf_token": token(browser, path_of(case, "edit")), "text": "Mr. Smith"}
    assert browser.post(path_of(case, "screen"), data={**data, "field": "earlier_case"}).json["hits"] == []
    assert len(browser.post(path_of(case, "screen"), data={**data, "field": "results-3-name"}).json["hits"]) == 1
    assert len(browser.post(path_of(case, "screen"), data={**data, "field": "unheard of"}).json["hits"]) == 1
    assert browser.post(path_of(case, "screen"), data={**data, "text": "x" * 20_001}).status_code == 422
    assert browser.post(path_of(case, "screen"), data={"text": "x"}).status_code == 400


def test_the_reviewer_may_have_a_text_looked_through_and_a_participant_may_not(today, client):
    case = today.presented()
    data = {"text": "(505) 555-0142", "field": "story"}
    browser = client.as_(today.coordinator)
    hits = browser.post(path_of(case, "screen"), data={**data, "csrf_token": token(browser, "/cases/new")}).json["hits"]
    assert hits[0]["keep"] != [], "reviewers may keep what authors may not"
    browser = client.as_(today.make.enrol(today.series))
    assert (
        browser.post(path_of(case, "screen"), data={**data, "csrf_token": token(browser, "/cases/new")}).status_code
        == 403
    )


# The case


@pytest.mark.parametrize(
    "state",
    [
        "draft",
        "submitted",
        "in_review",
        "returned",
        "accepted",
        "scheduled",
        "presented",
        "recommended",
        "withdrawn",
        "declined",
    ],
)
def test_the_author_always_sees_where_the_case_is(today, client, state):
    case = getattr(today, state)()
    page = client.as_(today.author).get_page(path_of(case))
    line = queries.author_line(case, today.now)
    assert str(line.what_next) in page.text() and str(line.with_whom) in page.text()
    assert COMPLETE["story"] in page.text()


@pytest.mark.parametrize(
    "state", ["submitted", "in_review", "returned", "accepted", "scheduled", "presented", "recommended", "declined"]
)
def test_those_who_run_the_program_read_the_case(today, client, state):
    case = getattr(today, state)()
    assert COMPLETE["story"] in client.as_(today.coordinator).get_page(path_of(case)).text()


def test_a_withdrawn_text_is_its_authors_alone(today, client):
    case = today.withdrawn()
    page = client.as_(today.coordinator).get_page(path_of(case))
    assert COMPLETE["story"] not in page.body and "no longer shown" in page.text()


def test_the_reviewers_note_is_read_by_the_author_and_not_by_the_group(today, client):
    case = today.presented()
    with transaction():
        case.reviews[1].note = "Say the region only."
    assert "Say the region only." in client.as_(today.author).get_page(path_of(case)).text()
    page = client.as_(today.make.enrol(today.series)).get_page(path_of(case))
    assert "region only" not in page.body and today.coordinator.name not in page.text()


def test_the_group_sees_what_the_form_shows_and_the_panel_sees_it_in_time(today, client):
    case = today.scheduled(timedelta(days=2))
    with transaction():
        case.answers = {**case.answers, "for_the_hub": "Not in the first week."}
    participant = today.make.enrol(today.series)
    panel = today.make.duty(case.session, DutyRole.PANEL).person
    client.as_(participant).get_page(path_of(case), status=404)
    page = client.as_(panel).get_page(path_of(case))
    assert COMPLETE["story"] in page.text() and "first week" not in page.body
    with transaction():
        case.session.starts_at = today.now - timedelta(minutes=1)
    page = client.as_(participant).get_page(path_of(case))
    assert COMPLETE["story"] in page.text() and "first week" not in page.body
    assert "first week" in client.as_(today.coordinator).get_page(path_of(case)).text()


@pytest.mark.parametrize(
    "page",
    [
        "",
        "edit",
        "marks",
        "withdraw",
        "review",
        "place",
        "recommendations/edit",
        "recommendations/approve",
        "recommendations.pdf",
    ],
)
def test_a_stranger_finds_nothing_and_a_visitor_is_asked_to_sign_in(today, client, page):
    case = today.presented()
    client.as_(today.make.person()).get_page(path_of(case, page), status=404)
    assert client.as_().get(path_of(case, page)).status_code == 302


@pytest.mark.parametrize(
    "page", ["edit", "marks", "withdraw", "review", "place", "recommendations/edit", "recommendations/approve"]
)
def test_a_participant_reads_and_does_nothing_else(today, client, page):
    case = today.presented()
    participant = today.make.enrol(today.series)
    client.as_(participant).get_page(path_of(case))
    client.as_(participant).get_page(path_of(case, page), status=403)


@pytest.mark.parametrize("page", ["review", "place", "recommendations/edit", "recommendations/approve"])
def test_an_author_does_not_do_the_hubs_work(today, client, page):
    client.as_(today.author).get_page(path_of(today.presented(), page), status=403)


def test_a_case_in_review_is_no_longer_written(today, client):
    case = today.in_review()
    answer = client.as_(today.author).get(path_of(case, "edit"))
    assert answer.status_code == 303 and answer.headers["Location"].endswith(path_of(case))


def test_the_text_forgotten_leaves_a_sentence(today, client):
    case = today.withdrawn()
    with transaction():
        service.forget(case, now=today.now)
    page = client.as_(today.author).get_page(path_of(case))
    assert "was deleted on" in page.text() and COMPLETE["story"] not in page.body


def test_withdrawing_says_what_it_means_and_deleting_a_draft_too(today, client):
    case = today.scheduled()
    browser = client.as_(today.author)
    page = browser.get_page(path_of(case, "withdraw"))
    assert "leaves its session" in page.text() and "deleted after 30 days" in page.text()
    browser.submit(path_of(case, "withdraw"))
    assert fresh(case).state is CaseState.WITHDRAWN
    draft = today.draft()
    code = draft.code
    assert "deleted at once" in browser.get_page(path_of(draft, "withdraw")).text()
    browser.submit(path_of(draft, "withdraw"))
    db.session.expunge_all()
    assert queries.by_code(code) is None


def test_what_the_group_has_heard_is_not_withdrawn(today, client):
    client.as_(today.author).get_page(path_of(today.presented(), "withdraw"), status=403)


def test_an_author_who_cannot_come_says_so(today, client, outbox):
    case = today.scheduled()
    client.as_(today.author).submit(path_of(case, "give-back"))
    assert fresh(case).state is CaseState.ACCEPTED and len(outbox("cases/given_back")) == 1
    client.as_(today.coordinator).get_page(path_of(case, "give-back"), status=403)


# Review


def test_a_reviewer_reads_kept_marks_first_and_signs(today, client, outbox):
    case = today.draft({**COMPLETE, "story": "Mr. Smith says so."})
    client.as_(today.author).submit(path_of(case, "marks"), **{"way-0": "keep", "reason-0": "not about the patient"})
    browser = client.as_(today.coordinator)
    text = browser.get_page(path_of(case, "review")).text()
    assert text.index("Kept: not about the patient") < text.index("Which second medicine")
    assert "Could a neighbour recognise this person?" in text
    page = browser.submit(
        path_of(case, "review"), action="/accept", **{"accept-checked": ALL_18, "accept-neighbour": "no"}
    )
    case = fresh(case)
    assert case.state is CaseState.ACCEPTED and case.reviewer.id == today.coordinator.id
    assert page.all("h1")[0].text == f"A date for case {case.code}"
    assert len(outbox("cases/accepted")) == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param(
            {"accept-checked": ALL_18[:16], "accept-neighbour": "no"},
            "Not ticked yet: 2 of 18",
            id="not everything looked for",
        ),
        pytest.param({"accept-checked": ALL_18}, "Answer this too", id="the neighbour forgotten"),
        pytest.param(
            {"accept-checked": ALL_18, "accept-neighbour": "yes"}, "Return it below", id="a neighbour would know"
        ),
    ],
)
def test_an_acceptance_without_looking_is_refused(today, client, sent, words):
    case = today.submitted()
    page = client.as_(today.coordinator).submit(path_of(case, "review"), status=422, action="/accept", **sent)
    assert words in page.text() and fresh(case).state is CaseState.SUBMITTED


def test_a_return_names_the_question_and_the_author_reads_it_in_the_house(today, client, outbox):
    case = today.submitted()
    by = (today.now + timedelta(days=4)).date().isoformat()
    client.as_(today.coordinator).submit(
        path_of(case, "review"),
        action="/return",
        **{"return-field": "story", "return-note": "Say the region only.", "return-by": by},
    )
    assert fresh(case).state is CaseState.CHANGES_REQUESTED
    assert "region only" not in outbox("cases/returned")[0].text
    page = client.as_(today.author).get_page(path_of(case, "edit"))
    assert "Say the region only." in page.text() and "#story" in page.links()
    assert "attestation" not in page.fields()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({"return-field": "", "return-note": "Why"}, "Choose the answer", id="no field"),
        pytest.param({"return-field": "story", "return-note": " "}, "Say what to change", id="no reason"),
        pytest.param({"return-field": "unheard", "return-note": "Why"}, "Not a valid choice", id="an unknown field"),
    ],
)
def test_a_return_without_field_and_reason_is_refused(today, client, sent, words):
    page = client.as_(today.coordinator).submit(
        path_of(today.submitted(), "review"), status=422, action="/return", **sent
    )
    assert words in page.text()


def test_a_date_that_has_passed_is_refused(today, client):
    sent = {"return-field": "story", "return-note": "Why", "return-by": "2020-01-01"}
    page = client.as_(today.coordinator).submit(
        path_of(today.submitted(), "review"), status=409, action="/return", **sent
    )
    assert "has passed" in page.text()


def test_a_decline_says_why(today, client):
    case = today.submitted()
    browser = client.as_(today.coordinator)
    browser.submit(path_of(case, "review"), status=422, action="/decline", **{"decline-note": ""})
    browser.submit(path_of(case, "review"), action="/decline", **{"decline-note": "For the transplant centre, today."})
    assert fresh(case).state is CaseState.DECLINED
    assert "For the transplant centre, today." in client.as_(today.author).get_page(path_of(case)).text()


def test_a_colleague_takes_over_before_deciding(today, client):
    case = today.in_review()
    browser = client.as_(today.make.coordinator("Tom Begay"))
    page = browser.get_page(path_of(case, "review"))
    assert "Ana Ruiz has this case in hand" in page.text() and "Accept the case" not in page.text()
    page = browser.submit(path_of(case, "review"), action="/take")
    assert "Accept the case" in page.text() and fresh(case).waits_for.name == "Tom Begay"


def test_a_decision_behind_a_colleagues_back_is_refused(today, client):
    case = today.in_review()
    browser = client.as_(today.make.coordinator("Tom Begay"))
    data = {"csrf_token": token(browser, path_of(case, "review")), "decline-note": "No."}
    answer = browser.post(path_of(case, "review/decline"), data=data)
    assert answer.status_code == 409 and fresh(case).state is CaseState.IN_REVIEW


@pytest.mark.parametrize("deed", ["take", "accept", "return", "decline", "keep"])
def test_nobody_decides_about_the_own_case(today, client, deed):
    today.make.member(today.program, Role.COORDINATOR, today.author)
    case = today.submitted()
    browser = client.as_(today.author)
    browser.get_page(path_of(case, "review"), status=403)
    answer = browser.post(path_of(case, f"review/{deed}"), data={"csrf_token": token(browser, "/cases/new")})
    assert answer.status_code == 403 and fresh(case).state is CaseState.SUBMITTED


def test_a_reviewer_keeps_what_became_a_mark_meanwhile(today, client):
    case = today.submitted()
    with transaction():
        case.answers = {**case.answers, "story": "Mr. Smith says so."}
    browser = client.as_(today.coordinator)
    assert "not settled" in browser.get_page(path_of(case, "review")).text()
    page = browser.submit(path_of(case, "review"), action="/keep", reason="")
    assert "Choose why it may stay" in page.text()
    page = browser.submit(path_of(case, "review"), action="/keep", reason="not about the patient")
    assert "Kept: not about the patient" in page.text() and "by a reviewer" in page.text()


def test_a_case_that_is_not_to_be_reviewed_shows_itself_instead(today, client):
    case = today.accepted()
    assert client.as_(today.coordinator).get(path_of(case, "review")).headers["Location"].endswith(path_of(case))


# The slot


def test_a_coordinator_finds_a_slot(today, client, outbox):
    case, session = today.accepted(), today.session()
    browser = client.as_(today.coordinator)
    page = browser.get_page(path_of(case, "place"))
    assert "its author takes part" in page.text()
    data = {**page.fields("/place"), "session": session.code, "position": "2"}
    assert browser.post(path_of(case, "place"), data=data).status_code == 303
    case = fresh(case)
    assert case.state is CaseState.SCHEDULED and case.session.id == session.id
    assert len(outbox("cases/placed")) == 1
    assert "It has a slot in" in browser.get_page(path_of(case, "place")).text()
    browser.submit(path_of(case, "place"), action="/unplace")
    assert fresh(case).state is CaseState.ACCEPTED


def test_a_backup_is_named(today, client):
    case, session = today.accepted(), today.session()
    browser = client.as_(today.coordinator)
    data = {**browser.get_page(path_of(case, "place")).fields("/place"), "session": session.code, "backup": "1"}
    assert browser.post(path_of(case, "place"), data=data).status_code == 303
    assert fresh(case).backup
    assert "It is the backup for" in browser.get_page(path_of(case, "place")).text()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"position": "0"}, "slot is taken", id="no slot of a case"),
        pytest.param({"position": "77"}, "not there any more", id="no such place"),
        pytest.param({"session": "S-NOTHING"}, "not there any more", id="no such session"),
    ],
)
def test_a_slot_that_is_not_free_is_refused(today, client, values, words):
    case, session = today.accepted(), today.session()
    browser = client.as_(today.coordinator)
    data = {
        **browser.get_page(path_of(case, "place")).fields("/place"),
        "session": session.code,
        "position": "2",
        **values,
    }
    answer = browser.post(path_of(case, "place"), data=data)
    assert answer.status_code == 409 and words in answer.get_data(as_text=True)


def test_without_a_session_to_come_the_page_says_what_to_do(today, client):
    assert "No session to come" in client.as_(today.coordinator).get_page(path_of(today.accepted(), "place")).text()


def test_after_the_session_somebody_says_whether_it_was_presented(today, client):
    case = today.scheduled(timedelta(hours=-2))
    browser = client.as_(today.coordinator)
    assert "Did the group discuss it?" in browser.get_page(path_of(case)).text()
    browser.submit(path_of(case), action="/presented")
    assert fresh(case).state is CaseState.PRESENTED
    absent = today.scheduled(timedelta(hours=-2))
    browser.submit(path_of(absent), action="/unplace")
    assert fresh(absent).state is CaseState.ACCEPTED


# Recommendations


def test_recommendations_are_written_quickly_one_after_the_other(today, client):
    case = today.presented()
    scribe = today.make.duty(case.session, DutyRole.SCRIBE).person
    browser = client.as_(scribe)
    page = browser.submit(
        path_of(case, "recommendations/edit"),
        text="Book the county van.",
        category="social",
        said_by="spoke",
        profession="Social worker",
    )
    assert page.fields()["category"] == "social" and page.fields()["said_by"] == "spoke" and page.fields()["text"] == ""
    page = browser.submit(
        path_of(case, "recommendations/edit"), text="Check ferritin.", category="diagnostic", said_by="hub"
    )
    assert [row.text for row in fresh(case).recommendations] == ["Book the county van.", "Check ferritin."]
    assert "Book the county van." in page.text() and "An expert of the panel reads and approves" in page.text()


def test_a_recommendation_is_changed_moved_and_taken_out(today, client):
    case = today.recommended()
    with transaction():
        service.add_recommendation(
            case, text="Rest more.", category="behavioural", said_by="hub", by=today.coordinator, now=today.now
        )
    browser = client.as_(today.coordinator)
    first, second = case.recommendations
    page = browser.get_page(path_of(case, f"recommendations/edit?row={first.id}"))
    assert page.fields()["text"] == first.text
    browser.submit(path_of(case, f"recommendations/edit?row={first.id}"), text="Check ferritin in 4 weeks.")
    data = {"csrf_token": token(browser, path_of(case, "recommendations/edit"))}
    assert (
        browser.post(path_of(case, "recommendations/order"), data={**data, "row": second.id, "up": "1"}).status_code
        == 303
    )
    assert [row.text for row in fresh(case).recommendations] == ["Rest more.", "Check ferritin in 4 weeks."]
    browser.post(path_of(case, "recommendations/order"), data={**data, "row": second.id, "remove": "1"})
    assert [row.text for row in fresh(case).recommendations] == ["Check ferritin in 4 weeks."]
    assert (
        browser.post(path_of(case, "recommendations/order"), data={**data, "row": "999999", "remove": "1"}).status_code
        == 404
    )


def test_a_recommendation_with_a_name_comes_back_with_its_words(today, client):
    case = today.presented()
    page = client.as_(today.coordinator).submit(
        path_of(case, "recommendations/edit"), status=422, text="Ask Mr. Smith.", category="social", said_by="hub"
    )
    assert "may identify somebody" in page.text() and page.fields()["text"] == "Ask Mr. Smith."
    assert fresh(case).recommendations == []


def test_a_recommendation_of_another_case_is_not_there(today, client):
    row = today.recommended().recommendations[0]
    client.as_(today.coordinator).get_page(path_of(today.presented(), f"recommendations/edit?row={row.id}"), status=404)


def test_an_expert_approves_on_one_page_and_the_author_reads_the_document(today, client, app, outbox):
    case = today.recommended()
    expert = today.make.duty(case.session, DutyRole.PANEL).person
    author = client.as_(today.author)
    assert "ferritin" not in author.get_page(path_of(case)).body
    author.get_page(path_of(case, "recommendations.pdf"), status=404)
    page = client.as_(expert).get_page(path_of(case, "recommendations/approve"))
    assert "Check ferritin again in 8 weeks." in page.text() and "Grace Otieno gets them" in page.text()
    client.as_(expert).submit(path_of(case, "recommendations/approve"))
    assert queries.sheet_of(case.id).state is RecommendationState.APPROVED
    stored = app.extensions["storage"].put(b"%PDF-1.7 made up", type="application/pdf")
    with transaction():
        service.record_sent(queries.sheet_of(case.id), file_id=files.keep(stored, now=today.now).id, now=today.now)
    assert "Check ferritin again in 8 weeks." in author.get_page(path_of(case)).text()
    answer = author.get(path_of(case, "recommendations.pdf"))
    assert answer.status_code == 200 and answer.data == b"%PDF-1.7 made up"
    assert answer.headers["Content-Disposition"] == f"inline; filename={case.code}.pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    participant = client.as_(today.make.enrol(today.series))
    assert participant.get(path_of(case, "recommendations.pdf")).status_code == 200
    assert client.as_().get(path_of(case, "recommendations.pdf")).status_code == 302
    app.extensions["storage"].delete(stored.key)
    assert author.get(path_of(case, "recommendations.pdf")).status_code == 404


def test_nothing_written_is_nothing_to_approve(today, client):
    page = client.as_(today.coordinator).get_page(path_of(today.presented(), "recommendations/approve"))
    assert "Nothing to approve yet" in page.text()


def test_a_scribe_does_not_approve(today, client):
    case = today.recommended()
    scribe = today.make.duty(case.session, DutyRole.SCRIBE).person
    client.as_(scribe).get_page(path_of(case, "recommendations/approve"), status=403)


def test_what_was_sent_is_shown_and_no_longer_changed(today, client):
    case = today.recommended()
    with transaction():
        service.approve_recommendations(case, by=today.coordinator, now=today.now)
        service.record_sent(queries.sheet_of(case.id), file_id=None, now=today.now)
    page = client.as_(today.coordinator).get_page(path_of(case, "recommendations/edit"))
    assert "have been sent" in page.text() and not page.all("textarea")
    client.as_(today.coordinator).get_page(path_of(case, "recommendations/approve"))


# The list


def test_authors_list_their_own_and_coordinators_all_but_drafts(today, client):
    draft, case = today.draft(), today.submitted()
    other = today.make.enrol(today.series)
    with transaction():
        theirs = service.start(today.program, author=other, now=today.now)
        service.save(theirs, COMPLETE, now=today.now)
        service.submit(theirs, now=today.now)
    mine = client.as_(today.author).get_page("/cases").text()
    assert draft.code in mine and case.code in mine and theirs.code not in mine
    run = client.as_(today.coordinator).get_page("/cases").text()
    assert draft.code not in run and case.code in run and theirs.code in run


def test_the_list_is_searched_by_echo_id_never_by_words_and_filtered(today, client):
    case, other = today.submitted(), today.accepted()
    browser = client.as_(today.coordinator)
    assert other.code not in browser.get_page(f"/cases?q={case.code[-6:].lower()}").text()
    assert "No case found" in browser.get_page("/cases?q=Tired").text()
    page = browser.get_page("/cases?state=accepted").text()
    assert other.code in page and case.code not in page
    assert "No case found" in browser.get_page("/cases?program=PRG-NONE").text()
    assert case.code in browser.get_page("/cases?state=nonsense").text()


def test_an_empty_list_says_how_to_begin(today, client):
    assert "A case begins with one question" in client.as_(today.author).get_page("/cases").text()
    assert "Cases arrive here" in client.as_(today.make.person()).get_page("/cases").text()


def test_the_list_to_take_away_holds_facts_only(today, client):
    case = today.scheduled()
    answer = client.as_(today.coordinator).get("/cases.csv")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv" and case.code in text and case.session.code in text
    assert not any(word in text for word in ("Tired", "iron", "medicine"))
    assert case.code not in client.as_(today.make.person()).get("/cases.csv").get_data(as_text=True)


def test_a_longer_list_asks_no_more_questions(today, client):
    def count() -> int:
        asked = []
        listen = lambda *rest: asked.append(rest[2])  # noqa: E731  # a one-line ear
        event.listen(db.engine, "before_cursor_execute", listen)
        client.as_(today.coordinator).get_page("/cases")
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(asked)

    counts: list[int] = []
    for _again in range(2):
        for state in ("submitted", "accepted", "scheduled", "recommended", "in_review", "returned"):
            getattr(today, state)()
        counts.append(count())
    assert counts[0] == counts[1]
