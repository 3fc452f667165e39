"""What happens to a case, told through the verbs."""

from datetime import timedelta

import pytest

from echo_sessions.cases import drafting, marks, queries, recommending, rules, service
from echo_sessions.cases.form_schema import common_core
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from tests.cases.scene import COMPLETE, Scene
from tests.conftest import NOON

ALL_18 = list(rules.CHECKLIST_18)
LATER = NOON + timedelta(hours=1)


def refused(words, act, *args, **kwargs):
    with pytest.raises(Refused, match=words), transaction():
        act(*args, **kwargs)


# Writing


def test_a_new_case_has_a_random_echo_id_of_its_program_and_only_its_author_has_its_text(scene, outbox):
    case = scene.draft({"main_question": "Why so tired?"})
    assert case.code.startswith("HCV-") and len(case.code) == 12
    assert case.state is CaseState.DRAFT
    assert case.answers == {}, "what others read holds nothing before it is submitted"
    assert drafting.in_hand(case) == {"main_question": "Why so tired?"}
    assert outbox() == []


def test_a_draft_is_kept_half_written_and_found_again(scene):
    case = scene.draft({"story": "It began", "age": "abc"})
    with transaction():
        assert service.save(case, {"story": "It began 6 weeks ago"}, now=LATER)
    db.session.expire_all()
    assert drafting.in_hand(case) == {"story": "It began 6 weeks ago"}
    assert queries.draft_of(case.id).saved_at == LATER


def test_a_stale_save_overwrites_nothing_and_both_texts_are_kept(scene):
    case = scene.draft({"story": "One"})
    seen = drafting.mark_of(drafting.in_hand(case))
    with transaction():
        assert service.save(case, {"story": "Two, in the first window"}, now=NOON, since=seen)
    with transaction():
        assert not service.save(case, {"story": "Two, in the second window"}, now=LATER, since=seen)
    assert drafting.in_hand(case) == {"story": "Two, in the first window"}
    [aside] = queries.asides_of(case.id)
    assert aside.answers == {"story": "Two, in the second window"}
    with transaction():
        drafting.take_aside(case, aside, now=LATER)
    assert drafting.in_hand(case) == {"story": "Two, in the second window"}
    assert [draft.answers for draft in queries.asides_of(case.id)] == [{"story": "Two, in the first window"}]
    with transaction():
        drafting.drop_aside(queries.asides_of(case.id)[0])
    assert queries.asides_of(case.id) == []


def test_the_same_text_from_a_stale_window_is_no_conflict(scene):
    case = scene.draft({"story": "One"})
    with transaction():
        assert service.save(case, {"story": "Two"}, now=NOON)
        assert service.save(case, {"story": "Two"}, now=LATER, since="an older mark")
    assert queries.asides_of(case.id) == []


def test_only_the_newest_texts_are_kept_aside(scene):
    case = scene.draft({"story": "One"})
    for number in range(8):
        with transaction():
            service.save(case, {"story": f"Window {number}"}, now=NOON + timedelta(minutes=number), since="stale")
    assert [draft.answers["story"] for draft in queries.asides_of(case.id)] == [f"Window {n}" for n in (7, 6, 5, 4, 3)]


def test_what_was_still_typed_while_the_case_was_submitted_elsewhere_is_kept(scene):
    case = scene.submitted()
    with transaction():
        assert not service.save(case, {**COMPLETE, "story": "And one more thing."}, now=LATER, since="stale")
    assert case.answers["story"] == COMPLETE["story"]
    assert queries.asides_of(case.id)[0].answers["story"] == "And one more thing."


def test_a_text_beyond_all_measure_is_refused(scene):
    case = scene.draft({})
    refused("too long", service.save, case, {"story": "x" * 500_000}, now=NOON)


def test_a_deleted_draft_leaves_nothing(scene):
    case = scene.draft()
    number, code = case.id, case.code
    with transaction():
        service.delete_draft(case, by=scene.author, now=NOON)
    assert queries.by_code(code) is None
    assert queries.drafts_of(number) == []


def test_a_submitted_case_is_withdrawn_not_deleted(scene):
    case = scene.submitted()
    refused("withdraw it instead", service.delete_draft, case, by=scene.author, now=NOON)
    draft = scene.draft()
    refused("delete it instead", service.withdraw, draft, by=scene.author, now=NOON)


# Submitting


def test_submitting_hands_the_text_over_and_tells_both_sides(scene, outbox):
    case = scene.submitted()
    assert case.state is CaseState.SUBMITTED
    assert case.answers == COMPLETE and case.attested
    assert queries.drafts_of(case.id) == []
    assert (case.profession, case.site.name, case.region, case.rural) == ("Nurse", "Turkana Clinic", "Turkana", True)
    assert case.due_at == rules.working_days_after(NOON, 2)
    assert {(letter.kind, letter.to_address) for letter in outbox()} == {
        ("cases/submitted", scene.coordinator.address),
        ("cases/received", scene.author.address),
    }


@pytest.mark.parametrize(
    "without",
    [pytest.param(name, id=f"without {name}") for name in ("main_question", "story", "consent", "attestation")],
)
def test_an_incomplete_case_is_refused_and_stays_a_draft(scene, outbox, without):
    case = scene.draft({name: value for name, value in COMPLETE.items() if name != without})
    refused("missing", service.submit, case, now=NOON)
    assert case.state is CaseState.DRAFT and case.answers == {} and outbox() == []


def test_an_identifier_blocks_and_the_refusal_does_not_repeat_it(scene):
    case = scene.draft({**COMPLETE, "story": "Seen on 14 March 2024, tired."})
    with pytest.raises(Refused) as refusal, transaction():
        service.submit(case, now=NOON)
    assert "March" not in str(refusal.value) and "March" not in repr(refusal.value)
    assert case.state is CaseState.DRAFT


def test_the_names_the_house_knows_are_found(scene):
    scene.make.enrol(scene.series, scene.make.person("Wanjiru Achieng"), site=scene.site)
    case = scene.draft({**COMPLETE, "story": "achieng saw her in Lodwar before I did."})
    found = marks.open_in(case, drafting.in_hand(case))
    assert [span.kind for span in found["story"]] == ["name", "geo"]


def test_nobody_submits_twice(scene):
    case = scene.submitted()
    refused("submitted and cannot be changed", service.submit, case, now=NOON)


def test_a_form_needs_its_question_and_its_statement(scene):
    schema = common_core()
    for name in ("main_question", "attestation"):
        lacking = {**schema, "required": [field for field in schema["required"] if field != name]}
        refused("needs its main question", service.publish_form, name="own", schema=lacking, now=NOON)


def test_a_program_with_a_form_of_its_own_asks_it(scene):
    scene.draft()
    with transaction():
        own = service.publish_form(name="hcv", schema=common_core(), now=NOON, program=scene.program)
        newer = service.publish_form(name="hcv", schema=common_core(), now=LATER, program=scene.program)
    assert (own.number, newer.number) == (1, 2)
    assert queries.form_in_force(scene.program.id) is newer
    assert queries.form_in_force(scene.make.program("Pain", label="PAIN").id).program_id is None


# Marks


def test_a_suggestion_is_put_in_place_and_a_reason_belongs_to_the_text_as_it_then_is(scene):
    case = scene.draft(
        {**COMPLETE, "story": "Her neighbour Maria Lopez says so. Seen on 14 March 2024 and by Mr. Smith."}
    )
    answers = drafting.in_hand(case)
    found = marks.gathered(case, answers, marks.open_in(case, answers), by_author=True)
    choices = [
        marks.Choice(mark.kind, mark.passage, use=mark.kind == "date", reason="not about the patient") for mark in found
    ]
    with transaction():
        settled = marks.settle(case, answers, choices, by=scene.author, now=NOON)
        service.save(case, settled, now=NOON)
    assert "14 March" not in settled["story"] and "Smith" in settled["story"]
    assert marks.open_in(case, drafting.in_hand(case)) == {}
    kept = marks.kept_in(case, drafting.in_hand(case))
    assert {passage for _, passage, _ in kept} == {"Maria Lopez", "Mr. Smith"}
    with transaction():
        service.submit(case, now=NOON)
    assert case.state is CaseState.SUBMITTED


def test_any_edit_of_the_field_voids_what_was_decided_about_it(scene):
    case = scene.draft({**COMPLETE, "story": "Mr. Smith says so."})
    with transaction():
        marks.keep(
            case,
            drafting.in_hand(case),
            [marks.Choice("name", "Mr. Smith", reason="not about the patient")],
            by=scene.author,
            now=NOON,
        )
    assert marks.open_in(case, drafting.in_hand(case)) == {}
    assert marks.open_in(case, {**COMPLETE, "story": "Mr. Smith says so!"}) != {}


def test_a_choice_holds_wherever_the_same_passage_stands(scene):
    row = {"name": "ALT", "value": "60", "when": "March 2024"}
    case = scene.draft(
        {**COMPLETE, "story": "Jaundice in March 2024.", "results": [row], "tried": "Nothing until March 2024."}
    )
    answers = drafting.in_hand(case)
    [mark] = marks.gathered(case, answers, marks.open_in(case, answers), by_author=True)
    assert len(mark.places) == 3
    with transaction():
        settled = marks.settle(case, answers, [marks.Choice("date", mark.passage, use=True)], by=scene.author, now=NOON)
    assert "March" not in str(settled)
    assert settled["results"][0]["value"] == "60"


def test_an_author_cannot_keep_a_number(scene):
    case = scene.draft({**COMPLETE, "story": "Call (505) 555-0142 first."})
    answers = drafting.in_hand(case)
    [mark] = marks.gathered(case, answers, marks.open_in(case, answers), by_author=True)
    assert mark.reasons == ()
    refused(
        "cannot stay",
        marks.keep,
        case,
        answers,
        [marks.Choice(mark.kind, mark.passage, reason="public")],
        by=scene.author,
        now=NOON,
    )
    assert marks.kept_passages(case, answers, {mark.passage: "public"}) == []


def test_a_capital_where_the_sentence_begins():
    assert marks.fitted("the daughter", "Well. Maria came", 6) == "The daughter"
    assert marks.fitted("the daughter", "and Maria came", 4) == "the daughter"
    assert marks.fitted("the daughter", "Maria came", 0) == "The daughter"


# Review


def test_nobody_reviews_the_own_case(scene):
    case = scene.submitted()
    for act, more in (
        (service.take_review, {}),
        (service.accept, {"checked": ALL_18}),
        (service.decline, {"note": "no"}),
        (service.return_to_author, {"field": "story", "note": "no"}),
    ):
        refused("you wrote it", act, case, by=scene.author, now=NOON, **more)


def test_a_review_is_taken_in_hand_and_taken_over_with_the_promise_kept(scene):
    case = scene.submitted()
    promised, other = case.due_at, scene.make.coordinator("Tom Begay")
    with transaction():
        service.take_review(case, by=scene.coordinator, now=LATER)
    assert (case.state, case.waits_for, case.due_at) == (CaseState.IN_REVIEW, scene.coordinator, promised)
    refused("Ana Ruiz is reviewing", service.accept, case, checked=ALL_18, by=other, now=LATER)
    with transaction():
        service.take_review(case, by=other, now=LATER)
        service.accept(case, checked=ALL_18, by=other, now=LATER)
    assert case.state is CaseState.ACCEPTED and case.reviewer is other


def test_a_return_names_field_and_reason_and_the_letter_holds_neither(scene, outbox):
    case = scene.returned(note="Lodwar is too small a place.")
    assert case.state is CaseState.CHANGES_REQUESTED
    [letter] = outbox("cases/returned")
    assert "Lodwar" not in letter.subject + letter.text + letter.html
    assert case.reviews[-1].note == "Lodwar is too small a place." and case.reviews[-1].field == "story"


@pytest.mark.parametrize(("field", "note"), [("", "why"), ("story", "  ")])
def test_a_return_without_field_or_reason_is_refused(scene, field, note):
    refused(
        "Name the question",
        service.return_to_author,
        scene.submitted(),
        field=field,
        note=note,
        by=scene.coordinator,
        now=NOON,
    )


def test_a_return_date_lies_ahead(scene):
    refused(
        "has passed",
        service.return_to_author,
        scene.submitted(),
        field="story",
        note="why",
        by=scene.coordinator,
        now=NOON,
        due_at=NOON,
    )


def test_after_a_return_the_author_ticks_again_and_sends_again(scene):
    case = scene.returned()
    assert "attestation" not in drafting.in_hand(case), "the tick was about the text as it was"
    with transaction():
        service.save(case, {**COMPLETE, "story": "Tired for 8 weeks."}, now=LATER)
    assert case.answers["story"] == COMPLETE["story"], "reviewers do not read over the author's shoulder"
    with transaction():
        service.submit(case, now=LATER)
    assert case.state is CaseState.SUBMITTED and case.answers["story"] == "Tired for 8 weeks."


@pytest.mark.parametrize("count", [0, 17])
def test_every_kind_must_be_looked_for(scene, count):
    refused(
        f"{18 - count} of the 18",
        service.accept,
        scene.submitted(),
        checked=ALL_18[:count],
        by=scene.coordinator,
        now=NOON,
    )


def test_a_case_a_neighbour_recognises_is_not_accepted(scene):
    refused(
        "neighbour",
        service.accept,
        scene.submitted(),
        checked=ALL_18,
        recognisable=True,
        by=scene.coordinator,
        now=NOON,
    )


def test_a_name_that_became_known_meanwhile_blocks_until_the_reviewer_keeps_it(scene):
    case = scene.submitted({**COMPLETE, "story": "Oriented to person and place by bellows and lamp."})
    scene.make.enrol(scene.series, scene.make.person("Bellows Keita"), site=scene.site)
    with transaction():
        case.answers = {**case.answers, "story": "Bellows came along."}
    refused("not settled", service.accept, case, checked=ALL_18, by=scene.coordinator, now=NOON)
    with transaction():
        marks.keep(
            case,
            case.answers,
            [marks.Choice("name", "Bellows", reason="an everyday word")],
            by=scene.coordinator,
            now=NOON,
        )
        service.accept(case, checked=ALL_18, by=scene.coordinator, now=NOON)
    assert case.state is CaseState.ACCEPTED


def test_a_decline_keeps_its_reason_for_the_author(scene, outbox):
    case = scene.declined()
    assert case.state is CaseState.DECLINED and case.reviews[-1].note == "This is for the transplant centre."
    assert "transplant" not in outbox("cases/declined")[0].text
    refused("Say why", service.decline, scene.submitted(), note=" ", by=scene.coordinator, now=NOON)


# Changing what was accepted


def test_a_changed_case_returns_to_review_and_keeps_its_slot(scene, outbox):
    case = scene.scheduled()
    session, block = case.session, queries.blocks_with(case.id)[0]
    with transaction():
        service.save(case, {**COMPLETE, "story": "Tired for 8 weeks."}, now=LATER)
    assert case.state is CaseState.SCHEDULED, "writing changes nothing yet"
    with transaction():
        service.submit(case, now=LATER)
    assert case.state is CaseState.IN_REVIEW and case.waits_for is None
    assert len(outbox("cases/changed")) == 1
    with transaction():
        service.accept(case, checked=ALL_18, by=scene.coordinator, now=LATER)
    assert (case.state, case.session, queries.blocks_with(case.id)) == (CaseState.SCHEDULED, session, [block])
    assert case.due_at == session.starts_at
    assert "keeps its place" in outbox("cases/accepted")[-1].text


def test_sending_the_same_text_again_disturbs_nobody(scene, outbox):
    case = scene.scheduled()
    before = len(outbox())
    with transaction():
        service.save(case, COMPLETE, now=LATER)
        service.submit(case, now=LATER)
    assert case.state is CaseState.SCHEDULED and len(outbox()) == before


def test_a_change_of_an_answer_without_text_is_reviewed_too(scene):
    case = scene.accepted()
    with transaction():
        service.save(case, {**COMPLETE, "consent": "no"}, now=LATER)
        service.submit(case, now=LATER)
    assert case.state is CaseState.IN_REVIEW


def test_once_the_session_has_begun_the_text_stays(scene):
    case = scene.scheduled(starts_in=timedelta(minutes=-1))
    refused("has begun", service.save, case, {**COMPLETE, "story": "Other."}, now=NOON)
    refused("has begun", service.submit, case, now=NOON)


def test_a_review_that_comes_after_the_session_leaves_the_case_without_one(scene):
    case = scene.scheduled()
    with transaction():
        service.save(case, {**COMPLETE, "story": "Tired for 8 weeks."}, now=LATER)
        service.submit(case, now=LATER)
    after = NOON + timedelta(days=8)
    with transaction():
        service.accept(case, checked=ALL_18, by=scene.coordinator, now=after)
    assert case.state is CaseState.ACCEPTED and case.session is None and queries.blocks_with(case.id) == []


# The slot


def test_an_accepted_case_takes_a_free_slot_and_its_author_hears_the_hour(scene, outbox):
    case, session = scene.accepted(), scene.session()
    block = scene.slot(session)
    with transaction():
        service.place(case, block, by=scene.coordinator, now=NOON)
    assert case.state is CaseState.SCHEDULED and block.case_id == case.id and case.due_at == session.starts_at
    [letter] = outbox("cases/placed")
    assert "Denver" in letter.text


def test_a_slot_holds_one_case(scene):
    first, second, session = scene.accepted(), scene.accepted(), scene.session()
    block = scene.slot(session)
    with transaction():
        service.place(first, block, by=scene.coordinator, now=NOON)
    refused("slot is taken", service.place, second, block, by=scene.coordinator, now=NOON)


def test_a_case_moves_to_another_slot_and_leaves_the_first_free(scene):
    case, other = scene.scheduled(), scene.session(timedelta(days=21))
    old = queries.blocks_with(case.id)[0]
    with transaction():
        service.place(case, scene.slot(other), by=scene.coordinator, now=NOON)
    assert old.case_id is None and case.session is other and case.state is CaseState.SCHEDULED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"starts_in": timedelta(hours=-3)}, "over", id="over"),
        pytest.param({"state": "cancelled"}, "over, cancelled", id="cancelled"),
        pytest.param({"state": "draft"}, "not published", id="never announced"),
    ],
)
def test_a_case_is_placed_only_in_a_session_to_come(scene, values, words):
    session = scene.session(**values)
    refused(words, service.place, scene.accepted(), scene.slot(session), by=scene.coordinator, now=NOON)


def test_a_case_stays_in_its_program(scene):
    other = scene.make.session(
        scene.make.series(scene.make.program("Pain", label="PAIN")), starts_at=NOON + timedelta(days=3)
    )
    refused("another program", service.place, scene.accepted(), scene.slot(other), by=scene.coordinator, now=NOON)


def test_only_what_was_accepted_is_placed(scene):
    refused("submitted", service.place, scene.submitted(), scene.slot(scene.session()), by=scene.coordinator, now=NOON)


def test_a_backup_stays_free_and_steps_in(scene, outbox):
    case, session = scene.accepted(), scene.session()
    with transaction():
        service.set_backup(case, session, by=scene.coordinator, now=NOON)
    assert case.state is CaseState.ACCEPTED and case.backup and len(outbox("cases/backup")) == 1
    with transaction():
        service.place(case, scene.slot(session), by=scene.coordinator, now=NOON)
    assert case.state is CaseState.SCHEDULED and not case.backup


def test_a_backup_that_is_changed_and_accepted_again_is_still_a_backup(scene):
    case, session = scene.accepted(), scene.session()
    with transaction():
        service.set_backup(case, session, by=scene.coordinator, now=NOON)
        service.save(case, {**COMPLETE, "story": "Tired for 8 weeks."}, now=LATER)
        service.submit(case, now=LATER)
        service.accept(case, checked=ALL_18, by=scene.coordinator, now=LATER)
    assert case.state is CaseState.ACCEPTED and case.backup and case.session is session


def test_a_coordinator_takes_a_case_out_and_the_author_hears_it(scene, outbox):
    case = scene.scheduled()
    with transaction():
        service.unplace(case, by=scene.coordinator, now=NOON)
    assert case.state is CaseState.ACCEPTED and case.session is None and queries.blocks_with(case.id) == []
    assert len(outbox("cases/unplaced")) == 1 and outbox("cases/given_back") == []


def test_an_author_who_cannot_come_gives_the_slot_back_and_the_coordinators_hear_it(scene, outbox):
    case = scene.scheduled()
    with transaction():
        service.unplace(case, by=scene.author, now=NOON)
    assert case.state is CaseState.ACCEPTED
    assert [letter.to_address for letter in outbox("cases/given_back")] == [scene.coordinator.address]
    begun = scene.scheduled(starts_in=timedelta(minutes=-1))
    refused("has begun", service.unplace, begun, by=scene.author, now=NOON)


def test_a_presenter_who_did_not_come_keeps_the_case_for_another_day(scene):
    case = scene.scheduled(starts_in=timedelta(minutes=-30))
    refused("did not come", service.place, case, scene.slot(scene.session()), by=scene.coordinator, now=NOON)
    with transaction():
        service.unplace(case, by=scene.coordinator, now=NOON)
    assert case.state is CaseState.ACCEPTED


# Taken back, and forgotten


def test_a_withdrawn_case_leaves_its_slot_and_the_coordinators_hear_it(scene, outbox):
    case = scene.scheduled()
    with transaction():
        service.withdraw(case, by=scene.author, now=NOON)
    assert case.state is CaseState.WITHDRAWN and case.session is None and queries.blocks_with(case.id) == []
    assert len(outbox("cases/withdrawn")) == 1


def test_what_the_group_has_heard_cannot_be_taken_back(scene):
    refused("presented cannot become withdrawn", service.withdraw, scene.presented(), by=scene.author, now=NOON)


def test_the_text_of_a_finished_case_is_forgotten_in_time(scene):
    case, fresh = scene.withdrawn(), scene.submitted()
    assert list(queries.to_forget(NOON + timedelta(days=29) - service.FORGOTTEN_AFTER)) == []
    assert list(queries.to_forget(NOON + timedelta(days=31) - service.FORGOTTEN_AFTER)) == [case]
    with transaction():
        service.forget(case, now=LATER)
    assert case.answers == {} and case.hits == [] and case.forgotten_at == LATER
    refused("Only a withdrawn", service.forget, fresh, now=LATER)
    assert list(queries.to_forget(NOON + timedelta(days=31))) == []


# Presented, and recommendations


def test_a_case_is_presented_once_its_session_has_begun(scene):
    case = scene.scheduled()
    refused("has not begun", service.present, case, now=NOON)
    case = scene.presented(ended=timedelta(hours=1))
    sheet = queries.sheet_of(case.id)
    assert case.state is CaseState.PRESENTED and sheet.state is RecommendationState.DRAFT
    assert case.due_at == sheet.due_at == case.session.ends_at + timedelta(hours=48)


def test_the_program_decides_by_when_recommendations_are_out(scene):
    with transaction():
        scene.program.recommendations_due_hours = 24
    case = scene.presented()
    assert case.due_at == case.session.ends_at + timedelta(hours=24)


def test_recommendations_keep_their_order_and_can_change_it(scene):
    case = scene.presented()
    for text in ("First thing.", "Second thing.", "Third thing."):
        with transaction():
            service.add_recommendation(
                case, text=text, category="social", said_by="spoke", by=scene.coordinator, now=NOON
            )
    with transaction():
        recommending.move_recommendation(case.recommendations[2], up=True, by=scene.coordinator, now=NOON)
        recommending.move_recommendation(case.recommendations[0], up=True, by=scene.coordinator, now=NOON)
        service.remove_recommendation(case.recommendations[0], by=scene.coordinator, now=NOON)
    assert [row.text for row in case.recommendations] == ["Third thing.", "Second thing."]
    with transaction():
        service.add_recommendation(
            case, text="Fourth thing.", category="social", said_by="spoke", by=scene.coordinator, now=NOON
        )
    db.session.expire_all()
    assert [row.text for row in case.recommendations] == ["Third thing.", "Second thing.", "Fourth thing."]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"text": " "}, "Write the recommendation", id="empty"),
        pytest.param({"text": "Ask Mr. Smith about it."}, "may identify", id="a name in the text"),
        pytest.param({"evidence": "call (505) 555-0142"}, "may identify", id="a number in the evidence"),
        pytest.param({"category": "gossip"}, "what it is about", id="an unknown category"),
        pytest.param({"said_by": "me"}, "what it is about", id="neither hub nor spoke"),
    ],
)
def test_a_recommendation_is_refused(scene, values, words):
    given = {"text": "Check ferritin.", "category": "diagnostic", "said_by": "hub", **values}
    case = scene.presented()
    with pytest.raises(Refused, match=words) as refusal, transaction():
        service.add_recommendation(case, by=scene.coordinator, now=NOON, **given)
    assert "Smith" not in str(refusal.value) and "0142" not in str(refusal.value)


def test_a_change_takes_the_approval_back(scene):
    case = scene.recommended()
    with transaction():
        service.approve_recommendations(case, by=scene.coordinator, now=NOON)
        service.change_recommendation(
            case.recommendations[0],
            text="Check it in 4 weeks.",
            category="diagnostic",
            said_by="hub",
            by=scene.coordinator,
            now=NOON,
        )
    sheet = queries.sheet_of(case.id)
    assert sheet.state is RecommendationState.DRAFT and sheet.approver is None


def test_nothing_is_approved_that_is_not_there_and_nobody_approves_for_themselves(scene):
    refused("no recommendation", service.approve_recommendations, scene.presented(), by=scene.coordinator, now=NOON)
    refused("your own case", service.approve_recommendations, scene.recommended(), by=scene.author, now=NOON)


def test_what_was_sent_stays(scene, outbox):
    case = scene.recommended()
    with transaction():
        sheet = service.approve_recommendations(case, by=scene.coordinator, now=NOON)
        service.record_sent(sheet, file_id=None, now=NOON)
    assert sheet.state is RecommendationState.SENT and case.due_at == rules.follow_up_due(case.session.ends_at)
    [letter] = outbox("cases/recommendations")
    assert "ferritin" not in letter.text + letter.html
    refused(
        "have been sent",
        service.add_recommendation,
        case,
        text="More.",
        category="social",
        said_by="hub",
        by=scene.coordinator,
        now=NOON,
    )
    refused("have been sent", service.remove_recommendation, case.recommendations[0], by=scene.coordinator, now=NOON)


def test_the_line_of_the_author_follows_the_case(scene):
    cases: list[Case] = [
        scene.draft(),
        scene.submitted(),
        scene.in_review(),
        scene.returned(),
        scene.scheduled(),
        scene.presented(),
        scene.withdrawn(),
    ]
    lines = queries.author_lines(cases, NOON)
    assert [str(lines[case.id].with_whom) for case in cases] == [
        "With you", "With the hub", "With Ana Ruiz", "With you", "With you", "With the hub", "Finished",
    ]  # fmt: skip
    over = scene.scheduled(starts_in=timedelta(hours=-2))
    line = queries.author_line(over, NOON)
    assert (
        str(line.what_next) == "The hub sends you the written recommendations." and line.since == over.session.ends_at
    )


def test_the_scene_is_ordinary(scene: Scene):
    assert scene.author.address and scene.coordinator.address
