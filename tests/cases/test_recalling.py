"""Recalls as stories: dark at once, decided without the text, undone exactly by two people, kept through a restore."""

import json
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from echo_sessions.audit import service as audit
from echo_sessions.audit import tombstones
from echo_sessions.audit.models import Entry
from echo_sessions.audit.tombstones import Tombstone
from echo_sessions.cases import jobs, policy, queries, recalling, recommending, rules, service
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Case, Draft, Hit, Recall, RecallOfficer, RecallStep, Recommendation, Review
from echo_sessions.cases.recall import Fate, RecallKind, RecallState, Step
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused, Stale
from echo_sessions.files.models import File
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from echo_sessions.people.models import Person
from echo_sessions.people.rules import Law, StaffRole
from echo_sessions.programs.models import Membership
from echo_sessions.sessions import queries as sessions
from tests.cases.recalls import Officers
from tests.cases.scene import COMPLETE
from tests.conftest import NOON, _empty
from tests.make import Make

CANARY = "kingfisher"
STATES = ("submitted", "in_review", "returned", "accepted", "scheduled", "presented", "withdrawn", "declined")


@pytest.fixture
def scene(make):
    return Officers(make, NOON)


def letters(about):
    db.session.expire_all()
    chosen = select(Letter).where(Letter.about == about).order_by(Letter.id)
    return [(letter.kind, letter.to_name) for letter in db.session.scalars(chosen)]


def photograph(case):
    """Everything that is kept of a case, but for what the recall itself writes."""
    db.session.expire_all()

    def row(thing):
        columns = [
            column.key for column in inspect(type(thing)).column_attrs if column.key not in {"version", "state_since"}
        ]
        return {name: getattr(thing, name) for name in columns}

    kept = [row(case), *(row(hit) for hit in case.hits), *(row(step) for step in case.reviews)]
    kept += [row(one) for one in case.recommendations]
    kept += [row(draft) for draft in queries.drafts_of(case.id)]
    sheet = queries.sheet_of(case.id)
    kept += [row(sheet)] if sheet else []
    kept += [row(db.session.get(File, sheet.file_id))] if sheet and sheet.file_id else []
    kept += [row(block) for block in queries.blocks_with(case.id)]
    kept += [
        row(letter)
        for letter in db.session.scalars(select(Letter).where(Letter.about == case.code).order_by(Letter.id))
    ]
    return kept


@pytest.mark.parametrize("state", STATES)
def test_one_press_and_nobody_reads_it(scene, state):
    case = getattr(scene, state)()
    by = scene.participant if state in {"presented"} else scene.coordinator
    assert policy.may_recall(by, case, NOON)
    scene.recalled(case, by=by)
    everybody = (scene.author, scene.coordinator, scene.owner, scene.director, scene.participant)
    for may in (
        policy.may_read,
        policy.may_look,
        policy.may_read_story,
        policy.may_edit,
        policy.may_recall,
        policy.may_give_back,
    ):
        assert [person.name for person in everybody if may(person, case, NOON)] == [], may.__name__
    for may in (policy.may_run, policy.may_review, policy.may_withdraw):
        assert [person.name for person in everybody if may(person, case)] == [], may.__name__
    sheet = queries.sheet_of(case.id)
    assert not any(policy.may_read_recommendations(person, case, sheet, NOON) for person in everybody)
    assert not any(policy.may_recommend(person, case, NOON) for person in everybody)


def test_the_state_the_slot_and_the_dates_are_not_touched(scene):
    case = scene.scheduled()
    slot = queries.blocks_with(case.id)[0].id
    scene.recalled(case, by=scene.coordinator)
    assert (case.state, case.session_id is not None) == (CaseState.SCHEDULED, True)
    assert queries.blocks_with(case.id)[0].id == slot


def test_a_draft_is_seen_by_nobody_and_needs_no_recall(scene):
    case = scene.draft()
    assert not policy.may_recall(scene.author, case, NOON)
    with pytest.raises(Refused), transaction():
        recalling.raise_recall(case, by=scene.author, now=NOON)


def test_no_list_and_no_job_has_it_any_more(scene):
    review, slot, placed, over = scene.in_review(), scene.accepted(), scene.scheduled(), scene.recommended()
    backup = scene.accepted()
    with transaction():
        service.set_backup(backup, placed.session, by=scene.coordinator, now=NOON)
    everything = (review, slot, placed, over, backup)
    for case in everything:
        scene.recalled(case, by=scene.coordinator)
    mine = select(Membership.program_id)
    assert list(queries.waiting_for_review(mine)) == list(queries.waiting_for_a_slot(mine)) == []
    assert list(queries.sheets_open(mine)) == list(queries.sheets_for_expert(scene.coordinator.id)) == []
    assert list(queries.of_author(scene.author.id)) == []
    assert list(queries.of_session(placed.session_id)) == []
    assert queries.of_sessions([placed.session_id, over.session_id]) == {}
    for person in (scene.author, scene.coordinator, scene.owner):
        assert db.session.scalars(queries.seen_by(person.id, now=NOON)).unique().all() == []
    assert list(queries.presented_but_not_marked(NOON + timedelta(days=30))) == []
    facts = sessions.facts_of([placed.session])[placed.session_id]
    assert (facts.accepted_cases, facts.backup_case) == (0, False)


def test_who_is_told_and_that_no_letter_says_what(scene):
    case = scene.submitted({**COMPLETE, "story": f"The {CANARY} of the valley."})
    found = scene.recalled(case, by=scene.coordinator, field="story", identifier="name", note=f"the {CANARY} again")
    assert [officer.person.name for officer in found.officers] == ["Tom Begay", "Ruth Alvarez"]
    assert letters(found.code) == [
        ("cases/recalled_author", "Grace Otieno"), ("cases/recalled", "Tom Begay"), ("cases/recalled", "Ruth Alvarez"),
    ]  # fmt: skip
    said = " ".join(
        f"{letter.subject} {letter.text} {letter.html}"
        for letter in db.session.scalars(select(Letter))
        if letter.about == found.code
    )
    assert CANARY not in said and "A name or initials" not in said
    assert f"/recalls/{found.code}" in said and "Sat 28 Nov" in said


def test_neither_the_author_nor_the_raiser_decides(scene):
    case = scene.submitted()
    scene.staff(scene.author, StaffRole.OWNER)
    found = scene.recalled(case, by=scene.owner)
    assert [officer.person.name for officer in found.officers] == ["Ruth Alvarez", "Ana Ruiz"]
    assert not policy.may_handle(scene.author, found)
    assert policy.may_handle(scene.owner, found) and not policy.may_undo(scene.owner, found)


def test_who_sees_a_recall(scene):
    found = scene.recalled()
    stranger, other = scene.make.person(), scene.make.enrol(scene.series)
    seen = {
        "owner": scene.owner, "director": scene.director, "author": scene.author, "raiser": scene.participant,
        "coordinator": scene.coordinator, "stranger": stranger, "participant": other,
    }  # fmt: skip
    assert {who for who, person in seen.items() if policy.may_see_recall(person, found)} == {
        "owner",
        "director",
        "author",
        "raiser",
    }
    assert {who for who, person in seen.items() if policy.may_handle(person, found)} == {"owner", "director"}


def test_an_officer_who_lost_the_role_lost_the_recall(scene):
    found = scene.recalled()
    with transaction():
        row = db.session.scalars(select(Membership).where(Membership.person_id == scene.director.id)).one()
        db.session.delete(row)
    assert not policy.may_handle(scene.director, found)
    assert not policy.may_see_recall(scene.director, found)
    assert list(recalls.waiting_for(scene.director.id)) == []


def test_two_who_press_at_once_make_one_recall(scene):
    case = scene.presented()
    first = scene.recalled(case)
    second = scene.recalled(case, by=scene.coordinator)
    assert first.id == second.id
    assert db.session.scalars(select(Recall.id)).all() == [first.id]
    assert len([kind for kind, _ in letters(first.code) if kind == "cases/recalled"]) == 2


def test_nothing_is_done_with_a_dark_case(scene):
    placed, review, over = scene.scheduled(), scene.in_review(), scene.recommended()
    session = scene.session()
    for case in (placed, review, over):
        scene.recalled(case, by=scene.coordinator)
    deeds = [
        lambda: service.take_review(review, by=scene.owner, now=NOON),
        lambda: service.accept(review, checked=list(rules.CHECKLIST_18), by=scene.coordinator, now=NOON),
        lambda: service.decline(review, note="No.", by=scene.coordinator, now=NOON),
        lambda: service.withdraw(review, by=scene.author, now=NOON),
        lambda: service.save(placed, {**COMPLETE, "story": "Another."}, now=NOON),
        lambda: service.submit(placed, now=NOON),
        lambda: service.place(placed, scene.slot(session), by=scene.coordinator, now=NOON),
        lambda: service.unplace(placed, by=scene.coordinator, now=NOON),
        lambda: service.set_backup(placed, session, by=scene.coordinator, now=NOON),
        lambda: recommending.approve_recommendations(over, by=scene.coordinator, now=NOON),
        lambda: recommending.remove_recommendation(over.recommendations[0], by=scene.coordinator, now=NOON),
        lambda: recommending.add_recommendation(
            over, text="More.", category="diagnostic", said_by="hub", by=scene.coordinator, now=NOON
        ),
    ]
    for deed in deeds:
        with pytest.raises(Refused, match="out of view"), transaction():
            deed()


def test_letters_that_lead_to_it_wait_and_leave_after_an_undo(scene, app):
    case = scene.accepted()
    waiting = db.session.scalars(
        select(Letter).where(Letter.about == case.code, Letter.state == LetterState.QUEUED)
    ).all()
    assert waiting
    found = scene.recalled(case, by=scene.coordinator)
    db.session.expire_all()
    assert {letter.state for letter in waiting} == {LetterState.HELD}
    sent = []
    real, app.extensions["smtp"] = (
        app.extensions["smtp"],
        type("Post", (), {"send": lambda self, data, **kw: sent.append(kw["to"]) or "250 OK"})(),
    )
    try:
        scene.work(app)
        db.session.expire_all()
        assert {letter.state for letter in waiting} == {LetterState.HELD}, "their jobs came, and left them alone"
        scene.do(recalling.ask_undo, found, by=scene.owner, reason="A name of a drug.")
        scene.do(recalling.agree_undo, found, by=scene.director)
        scene.work(app)
    finally:
        app.extensions["smtp"] = real
    db.session.expire_all()
    assert {letter.state for letter in waiting} == {LetterState.SENT}


@pytest.mark.parametrize("state", STATES)
def test_undoing_brings_everything_back_exactly(scene, state):
    case = getattr(scene, state)()
    before = photograph(case)
    found = scene.recalled(case, by=scene.coordinator)
    scene.do(recalling.ask_undo, found, by=scene.owner, reason="It was the name of a drug.")
    assert case.dark_since is not None, "one alone does not undo it"
    scene.do(recalling.agree_undo, found, by=scene.director)
    assert photograph(case) == before
    assert (found.state, found.closed_at) == (RecallState.UNDONE, NOON)
    assert not tombstones.is_buried(tombstones.RECALL, case.code)
    assert letters(found.code)[-1] == ("cases/recall_undone", "Grace Otieno")


def test_the_document_is_given_to_nobody_and_comes_back(scene, app):
    case = scene.sent(app)
    before = photograph(case)
    found = scene.recalled(case)
    file = db.session.get(File, queries.sheet_of(case.id).file_id)
    assert file.held_at == NOON
    scene.do(recalling.ask_undo, found, by=scene.owner, reason="It was the name of a drug.")
    scene.do(recalling.agree_undo, found, by=scene.director)
    assert file.held_at is None
    assert photograph(case) == before


def test_an_approval_that_went_dark_is_printed_when_it_is_back(scene, app):
    case = scene.recommended()
    with transaction():
        recommending.approve_recommendations(case, by=scene.coordinator, now=NOON)
    found = scene.recalled(case)
    scene.work(app)
    assert queries.sheet_of(case.id).state is RecommendationState.APPROVED, "nothing was printed in the dark"
    scene.do(recalling.ask_undo, found, by=scene.owner, reason="It was the name of a drug.")
    scene.do(recalling.agree_undo, found, by=scene.director)
    scene.work(app)
    db.session.expire_all()
    assert queries.sheet_of(case.id).state is RecommendationState.SENT


@pytest.mark.parametrize(
    ("ask", "agree"),
    [("owner", "owner"), ("coordinator", "director"), ("owner", "coordinator"), ("owner", "author")],
    ids=["alone", "the raiser asks", "the raiser agrees", "the author agrees"],
)
def test_undoing_is_refused_to_one_alone_to_the_raiser_and_to_the_author(scene, ask, agree):
    case = scene.presented()
    found = scene.recalled(case, by=scene.coordinator)
    with pytest.raises(Refused):
        scene.do(recalling.ask_undo, found, by=getattr(scene, ask), reason="A drug.")
        scene.do(recalling.agree_undo, found, by=getattr(scene, agree))
    db.session.expire_all()
    assert case.dark_since == NOON


def test_a_second_officer_may_disagree(scene):
    found = scene.recalled()
    scene.do(recalling.ask_undo, found, by=scene.owner, reason="A drug.")
    assert ("cases/recall_second", "Ruth Alvarez") in letters(found.code)
    scene.do(recalling.refuse_undo, found, by=scene.director, reason="It is a name.")
    with pytest.raises(Refused, match="Nobody has asked"):
        scene.do(recalling.agree_undo, found, by=scene.director)
    assert found.case.dark_since is not None


def test_given_back_only_its_author_sees_it_and_marks_are_void(scene):
    case = scene.accepted()
    found = scene.recalled(case, by=scene.coordinator, field="story")
    scene.do(
        recalling.give_back, found, by=scene.owner, words="Take the name out of the second sentence.", strike=False
    )
    assert (case.state, case.back_with_author, case.accepted_hash) == (CaseState.CHANGES_REQUESTED, True, None)
    assert policy.may_read(scene.author, case, NOON) and policy.may_edit(scene.author, case, NOON)
    assert not any(policy.may_read(person, case, NOON) for person in (scene.coordinator, scene.owner, scene.director))
    assert not policy.may_withdraw(scene.author, case)
    assert [one.code for one in queries.of_author(scene.author.id)] == [case.code]
    assert case.reviews[-1].note == "Take the name out of the second sentence."
    assert letters(found.code)[-1] == ("cases/recall_returned", "Grace Otieno")
    with transaction():
        service.save(case, {**COMPLETE, "story": "Tired for weeks."}, now=NOON)
        service.submit(case, now=NOON)
    assert (case.state, case.dark_since, case.back_with_author) == (CaseState.SUBMITTED, None, False)
    assert policy.may_review(scene.coordinator, case)
    assert [row.step for row in found.steps] == [Step.RETURNED, Step.SENT_AGAIN]


def test_a_corrected_case_that_the_group_had_heard_goes_back_to_where_it_was(scene, app):
    case = scene.sent(app)
    session = case.session_id
    found = scene.recalled(case)
    scene.do(recalling.give_back, found, by=scene.owner, words="The town.", strike=False)
    with transaction():
        service.save(case, {**COMPLETE, "story": "Tired for weeks."}, now=NOON)
        service.submit(case, now=NOON)
        service.accept(case, checked=list(rules.CHECKLIST_18), by=scene.coordinator, now=NOON)
    assert (case.state, case.session_id) == (CaseState.PRESENTED, session)
    assert policy.may_read(scene.participant, case, NOON)
    assert queries.sheet_of(case.id).state is RecommendationState.SENT
    assert policy.may_read_recommendations(scene.author, case, queries.sheet_of(case.id), NOON)


def test_struck_recommendations_are_gone_and_can_be_written_anew(scene, app):
    case = scene.sent(app)
    key = db.session.get(File, queries.sheet_of(case.id).file_id).key
    found = scene.recalled(case, field="recommendations")
    scene.do(recalling.give_back, found, by=scene.owner, words="In the advice.", strike=True)
    scene.work(app)
    db.session.expire_all()
    sheet = queries.sheet_of(case.id)
    assert (case.recommendations, sheet.state, sheet.file_id, sheet.sent_at) == (
        [],
        RecommendationState.DRAFT,
        None,
        None,
    )
    assert not app.extensions["storage"].exists(key)
    assert db.session.scalars(select(File.id)).all() == []


@pytest.mark.parametrize("state", ["withdrawn", "declined"])
def test_what_was_over_is_not_corrected(scene, state):
    found = scene.recalled(getattr(scene, state)(), by=scene.coordinator)
    with pytest.raises(Refused, match="not shared again"):
        scene.do(recalling.give_back, found, by=scene.owner, words="x", strike=False)


def test_a_destroyed_text_is_nowhere(scene, app):
    case = scene.sent(app)
    with transaction():
        case.answers = {**case.answers, "story": CANARY}
        case.recommendations[0].text = CANARY
        db.session.add(Review(case=case, at=NOON, came_from=case.state, went_to=case.state, note=CANARY))
        db.session.add(Draft(case_id=case.id, answers={"story": CANARY}, saved_at=NOON))
        db.session.add(
            Hit(
                case=case,
                field="story",
                text_hash="x",
                start=0,
                end=1,
                kind="name",
                tier=1,
                rule="r",
                engine="e",
                reason=CANARY,
            )
        )
        queries.blocks_with(case.id)[0].title = CANARY
    key = db.session.get(File, queries.sheet_of(case.id).file_id).key
    found = scene.recalled(case)
    scene.do(recalling.destroy, found, by=scene.owner, reason="The family asked for it.")
    scene.work(app)
    db.session.expire_all()
    assert (case.answers, case.forgotten_at, case.state, found.fate) == ({}, NOON, CaseState.PRESENTED, Fate.DESTROYED)
    assert not app.extensions["storage"].exists(key)
    with db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                assert CANARY not in json.dumps([str(value) for value in row]).lower(), table.name
    assert letters(found.code)[-1] == ("cases/recall_destroyed", "Grace Otieno")
    assert tombstones.is_buried(tombstones.DESTROYED, case.code)


def test_a_destroyed_case_nobody_had_heard_leaves_its_slot(scene):
    case = scene.scheduled()
    found = scene.recalled(case, by=scene.coordinator)
    scene.do(recalling.destroy, found, by=scene.owner, reason="x")
    assert (case.state, case.session, queries.blocks_with(case.id)) == (CaseState.WITHDRAWN, None, [])
    assert case.dark_since is not None
    assert policy.knew_of(scene.coordinator, case, NOON)


def test_it_is_closed_when_everything_is_decided(scene):
    found = scene.recalled()
    with pytest.raises(Refused, match="what becomes of the text"):
        scene.do(recalling.close, found, by=scene.owner, note="Done.")
    scene.do(recalling.decide_authority, found, by=scene.owner, tell=False, reason="Nobody could know who it is.")
    scene.do(recalling.destroy, found, by=scene.owner, reason="Not needed any more.")
    scene.do(recalling.decide_people, found, by=scene.director, tell=False, reason="Nobody opened it.")
    with pytest.raises(Refused, match="Say why"):
        scene.do(recalling.close, found, by=scene.owner, note=" ")
    scene.do(recalling.close, found, by=scene.owner, note="The author was called.")
    assert (found.state, found.closed_at) == (RecallState.CLOSED, NOON)
    assert found.case.dark_since is not None
    assert [row.step for row in found.steps] == [Step.AUTHORITY_NO, Step.DESTROYED, Step.PEOPLE_NO, Step.CLOSED]
    with pytest.raises(Refused, match="settled"):
        scene.do(recalling.decide_authority, found, by=scene.owner, tell=True, reason="x")


def test_those_who_opened_it_are_told_once_without_a_word_of_it(scene):
    case = scene.presented()
    with transaction():
        for person in (scene.participant, scene.participant, scene.owner, scene.author):
            audit.saw(person.id, "case", case.code, at=NOON)
    found = scene.recalled(case, by=scene.coordinator)
    assert {person.name: look.count for look, person in recalls.openings(case)} == {
        "Peter Phiri": 2, "Tom Begay": 1, "Grace Otieno": 1,
    }  # fmt: skip
    told = scene.do(recalling.decide_people, found, by=scene.director, tell=True, reason="They may have kept it.")
    assert told == 1
    assert [line for line in letters(found.code) if line[0] == "cases/recall_told"] == [
        ("cases/recall_told", "Peter Phiri")
    ]


def test_a_patient_who_no_longer_agrees_is_no_incident(scene):
    case = scene.presented()
    found = scene.consent_ended(case)
    assert (found.kind, found.due_at, found.law) == (RecallKind.CONSENT, None, None)
    assert policy.may_say_consent_ended(scene.author, scene.presented(), NOON)
    assert not policy.may_say_consent_ended(scene.participant, scene.presented(), NOON)
    with pytest.raises(Refused, match="no incident"):
        scene.do(recalling.decide_authority, found, by=scene.owner, tell=True, reason="x")
    with pytest.raises(Refused, match="nothing to correct"):
        scene.do(recalling.give_back, found, by=scene.owner, words="x", strike=False)
    scene.do(recalling.destroy, found, by=scene.owner, reason="The patient asked.")
    scene.do(recalling.close, found, by=scene.owner, note="Done.")
    assert found.state is RecallState.CLOSED


def test_the_hubs_law_and_that_open_recalls_keep_their_clock(scene):
    before = scene.recalled()
    hub = scene.make.hub()
    with transaction():
        recalling.set_law(hub, law=Law.HIPAA, name="", hours=None, by=scene.owner, now=NOON)
    after = scene.recalled(scene.presented())
    assert (before.due_at, after.due_at) == (NOON + timedelta(hours=72), NOON + timedelta(days=60))
    for name, hours in (("", 4), ("LGPD", None), ("LGPD", 0), ("LGPD", 10_000)):
        with pytest.raises(Refused), transaction():
            recalling.set_law(hub, law=Law.OTHER, name=name, hours=hours, by=scene.owner, now=NOON)


def test_the_audit_has_the_steps_and_no_words(scene):
    case = scene.submitted({**COMPLETE, "story": f"The {CANARY}."})
    found = scene.recalled(case, by=scene.coordinator, note=CANARY)
    scene.do(recalling.decide_authority, found, by=scene.owner, tell=False, reason=CANARY)
    scene.do(recalling.destroy, found, by=scene.owner, reason=CANARY)
    deeds = db.session.scalars(select(Entry)).all()
    assert {"case taken out of view", "case text deleted", "recall: authority no", "recall: destroyed"} <= {
        e.deed for e in deeds
    }
    assert not [entry for entry in deeds if CANARY in json.dumps(entry.facts) + entry.deed]
    with db.engine.connect() as connection:
        for table in (Recall.__table__, RecallStep.__table__):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}"):
                assert CANARY not in str(row), "notes and reasons are sealed"


def test_an_author_who_is_erased_takes_the_text_of_a_dark_case_along(scene):
    case = scene.scheduled()
    found = scene.recalled(case, by=scene.coordinator)
    with transaction():
        recalling.end_with_author(case, now=NOON)
    assert (case.answers, case.state, found.fate) == ({}, CaseState.WITHDRAWN, Fate.DESTROYED)
    assert case.dark_since is not None


def test_two_presses_of_two_processes_make_one_recall(scene, app):
    """Both have looked at the case before either presses; each has a connection of its own."""
    case = scene.presented()
    number, people = case.id, [scene.participant.id, scene.coordinator.id]
    db.session.rollback()
    gate, faults = threading.Barrier(2), []

    def press(person):
        with app.app_context(), app.test_request_context(base_url="https://echo.test"):
            seen, by = db.session.get_one(Case, number), db.session.get_one(Person, person)
            assert seen.dark_since is None
            gate.wait()
            try:
                with transaction():
                    recalling.raise_recall(seen, by=by, now=NOON)
            except Stale:
                pass  # the page would be shown again, dark
            except Exception as fault:
                faults.append(fault)

    threads = [threading.Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    db.session.expire_all()
    assert len(db.session.scalars(select(Recall)).unique().all()) == 1
    assert case.dark_since == NOON


# After a restore


def forget_recalls(case):
    """As a database would be that was put back from before: the case in view with its text, no recall, no tombstone."""
    with transaction():
        for table in (RecallStep, RecallOfficer, Recall, Tombstone):
            db.session.execute(table.__table__.delete())
        case.dark_since, case.back_with_author, case.forgotten_at = None, False, None
    db.session.expire_all()


def test_an_older_database_is_made_dark_again(scene, app):
    storage = app.extensions["storage"]
    case = scene.presented()
    scene.recalled(case)
    scene.work(app)
    forget_recalls(case)
    assert policy.may_read(scene.participant, case, NOON), "the backup shows it"
    done = jobs.replay(storage, now=NOON)
    assert done["darkened"] == 1
    assert not policy.may_read(scene.participant, case, NOON)
    found = recalls.open_of(case.id)
    assert (found.raised_by, found.raised_at, [row.step for row in found.steps]) == (None, NOON, [Step.REPLAYED])
    assert ("cases/recalled", "Tom Begay") in letters(found.code)
    assert jobs.replay(storage, now=NOON) == {"tombstones": 0, "darkened": 0, "destroyed": 0}
    scene.do(recalling.ask_undo, found, by=scene.owner, reason="x")
    scene.do(recalling.agree_undo, found, by=scene.director)
    scene.work(app)
    forget_recalls(case)
    assert jobs.replay(storage, now=NOON)["darkened"] == 0, "a recall that was undone is not replayed"


def test_an_older_database_has_the_text_deleted_again(scene, app):
    storage = app.extensions["storage"]
    case = scene.recommended()
    answers = dict(case.answers)
    found = scene.recalled(case)
    scene.do(recalling.destroy, found, by=scene.owner, reason="x")
    scene.work(app)
    forget_recalls(case)
    with transaction():
        case.answers = answers
        db.session.add(
            Recommendation(case=case, position=0, category="social", text=CANARY, said_by="hub", written_at=NOON)
        )
    done = jobs.replay(storage, now=NOON)
    db.session.expire_all()
    assert (done["destroyed"], case.answers, case.recommendations) == (1, {}, [])
    assert case.dark_since is not None and case.forgotten_at is not None


def test_a_text_from_before_its_correction_is_dark_again_and_the_corrected_one_is_not(scene, app):
    storage = app.extensions["storage"]
    case = scene.presented()
    old = dict(case.answers)
    found = scene.recalled(case)
    scene.do(recalling.give_back, found, by=scene.owner, words="The town.", strike=False)
    with transaction():
        service.save(case, {**COMPLETE, "story": "Tired for weeks."}, now=NOON)
        service.submit(case, now=NOON)
    scene.work(app)
    assert jobs.replay(storage, now=NOON)["darkened"] == 0
    assert case.dark_since is None
    forget_recalls(case)
    with transaction():
        case.answers = old
    assert jobs.replay(storage, now=NOON)["darkened"] == 1


def test_a_tombstone_names_nobody(scene, app):
    case = scene.presented()
    scene.recalled(case)
    scene.work(app)
    [(kind, value)] = app.extensions["storage"].tombstones()
    assert kind == "recall" and case.code not in value
    assert case.code.encode() not in app.extensions["storage"].inscription(kind, value)
    assert tombstones.hash_of("recall", case.code, key=b"another" * 8) != value


@pytest.fixture(autouse=True)
def empty_graveyard(app):
    storage = app.extensions["storage"]
    for kind, value in list(storage.tombstones()):
        storage.dig_up(kind, value)


def test_a_corrected_case_whose_text_is_deleted_after_all_is_out_of_sight_again(scene):
    case = scene.presented()
    found = scene.recalled(case)
    for move, by in (("back", scene.owner), ("send", scene.author), ("destroy", scene.owner)):
        assert (case.dark_since is None) == (move == "destroy")
        with transaction():
            play(scene, case, found, move, by)
    assert case.dark_since is not None and case.answers == {} and case.forgotten_at is not None
    assert not any(policy.may_read(person, case, NOON) for person in (scene.author, scene.owner, scene.participant))


# Any order of moves


MOVES = ("authority", "people", "back", "send", "destroy", "ask", "agree", "refuse", "close", "raise")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_order_nobody_reads_it_until_two_agree_or_it_was_corrected(app, data):
    db.session.rollback()
    _empty()
    scene = Officers(Make(NOON), NOON)
    case = scene.presented()
    scene.recalled(case, by=scene.coordinator)
    who = (scene.owner, scene.director, scene.coordinator, scene.author)
    for _turn in range(data.draw(st.integers(1, 8))):
        move, by = data.draw(st.sampled_from(MOVES)), data.draw(st.sampled_from(who))
        found = recalls.last_of(case.id)
        lit_before, proposer = case.dark_since is None, found.proposed_by_id
        try:
            with transaction():
                play(scene, case, found, move, by)
        except Refused:
            db.session.expire_all()
            assert (case.dark_since is None) == lit_before
            continue
        if case.dark_since is None and not lit_before:
            assert move in {"agree", "send"}
            if move == "agree":
                assert len({by.id, proposer, scene.coordinator.id, scene.author.id}) == 4
        readers = {person.id for person in who if policy.may_read(person, case, NOON)}
        if case.dark_since is not None:
            assert readers <= ({scene.author.id} if case.back_with_author else set())
        if case.forgotten_at is not None:
            assert case.answers == {} and readers == set()


def play(scene, case, found, move, by):
    if move == "raise":
        if not policy.may_recall(by, case, NOON):
            raise Refused("no")
        recalling.raise_recall(case, by=by, now=NOON)
    elif move == "send":
        service.save(case, {**COMPLETE, "story": "Tired for weeks."}, now=NOON)
        service.submit(case, now=NOON)
    else:
        verbs = {
            "authority": lambda: recalling.decide_authority(found, tell=True, reason="x", by=by, now=NOON),
            "people": lambda: recalling.decide_people(found, tell=True, reason="x", by=by, now=NOON),
            "back": lambda: recalling.give_back(found, words="x", strike=True, by=by, now=NOON),
            "destroy": lambda: recalling.destroy(found, reason="x", by=by, now=NOON),
            "ask": lambda: recalling.ask_undo(found, reason="x", by=by, now=NOON),
            "agree": lambda: recalling.agree_undo(found, by=by, now=NOON),
            "refuse": lambda: recalling.refuse_undo(found, reason="x", by=by, now=NOON),
            "close": lambda: recalling.close(found, note="x", by=by, now=NOON),
        }
        verbs[move]()
