"""Who may do what with a case, in every state, at every moment that matters. The answers are written down by hand."""

from datetime import timedelta

import pytest

from echo_sessions.cases import policy, queries, service
from echo_sessions.database import transaction
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState
from tests.conftest import NOON

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
STATES = ("draft", "submitted", "in_review", "returned", "accepted", "scheduled", "presented", "withdrawn", "declined")


@pytest.fixture
def cast(scene):
    """Everybody who could ask, by the part they have."""
    make = scene.make
    other = make.program("Pain", label="PAIN")
    left = make.person("Somebody who left")
    make.enrol(scene.series, left, state=EnrolmentState.LEFT)
    return {
        "author": scene.author,
        "coordinator": scene.coordinator,
        "staff": make.coordinator("Tom Begay"),
        "expert of the program": make.member(scene.program, Role.EXPERT),
        "participant": make.enrol(scene.series),
        "participant of another series": make.enrol(make.series(scene.program, name="Spring")),
        "somebody who left": left,
        "coordinator of another program": make.member(other, Role.COORDINATOR),
        "stranger": make.person("A stranger"),
    }


READERS = {
    "draft": {"author"},
    "submitted": {"author", "coordinator", "staff"},
    "in_review": {"author", "coordinator", "staff"},
    "returned": {"author", "coordinator", "staff"},
    "accepted": {"author", "coordinator", "staff"},
    "scheduled": {"author", "coordinator", "staff"},
    "presented": {"author", "coordinator", "staff", "participant"},
    "withdrawn": {"author", "coordinator", "staff"},
    "declined": {"author", "coordinator", "staff"},
}


@pytest.mark.parametrize("state", STATES)
def test_who_reads_a_case(scene, cast, state):
    case = getattr(scene, state)()
    assert {who for who, person in cast.items() if policy.may_read(person, case, NOON)} == READERS[state]


@pytest.mark.parametrize("state", STATES)
def test_what_its_author_took_back_nobody_else_reads(scene, cast, state):
    case = getattr(scene, state)()
    readers = {"author"} if state == "withdrawn" else READERS[state]
    assert {who for who, person in cast.items() if policy.may_read_story(person, case, NOON)} == readers


@pytest.mark.parametrize("state", STATES)
def test_only_the_author_writes_and_only_while_the_text_may_change(scene, cast, state):
    case = getattr(scene, state)()
    expected = {"author"} if state in {"draft", "returned", "accepted", "scheduled"} else set()
    assert {who for who, person in cast.items() if policy.may_edit(person, case, NOON)} == expected


@pytest.mark.parametrize("state", STATES)
def test_only_the_author_takes_it_back_until_the_group_has_heard_it(scene, cast, state):
    case = getattr(scene, state)()
    expected = set() if state in {"presented", "withdrawn", "declined"} else {"author"}
    assert {who for who, person in cast.items() if policy.may_withdraw(person, case)} == expected


@pytest.mark.parametrize("state", STATES)
def test_who_reviews(scene, cast, state):
    case = getattr(scene, state)()
    expected = set() if state == "draft" else {"coordinator", "staff"}
    assert {who for who, person in cast.items() if policy.may_review(person, case)} == expected


def test_a_coordinator_does_not_review_the_own_case(scene):
    scene.author = scene.make.enrol(scene.series, scene.coordinator)
    case = scene.submitted()
    assert not policy.may_review(scene.coordinator, case)
    assert policy.may_run(scene.coordinator, case)


@pytest.mark.parametrize("state", STATES)
def test_who_recommends_once_the_session_has_begun(scene, cast, state):
    case = getattr(scene, state)()
    expected = {"coordinator", "staff"} if state == "presented" else set()
    assert {who for who, person in cast.items() if policy.may_recommend(person, case, NOON)} == expected


# The embargo: (starts in, who reads beside author and those who run the program)

MOMENTS = [
    pytest.param(7 * DAY, set(), id="a week before"),
    pytest.param(3 * DAY + MINUTE, set(), id="a minute before the panel's three days"),
    pytest.param(3 * DAY, {"panel"}, id="three days before, to the minute"),
    pytest.param(DAY, {"panel"}, id="the day before"),
    pytest.param(MINUTE, {"panel"}, id="a minute before it begins"),
    pytest.param(0 * DAY, {"panel", "participant"}, id="as it begins"),
    pytest.param(-MINUTE, {"panel", "participant"}, id="while it runs"),
    pytest.param(-30 * DAY, {"panel", "participant"}, id="a month later"),
]


@pytest.mark.parametrize(("starts_in", "readers"), MOMENTS)
@pytest.mark.parametrize("role", [DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT, DutyRole.SCRIBE])
def test_the_embargo(scene, role, starts_in, readers):
    case = scene.scheduled(starts_in)
    panel = scene.make.duty(case.session, role).person
    participant = scene.make.enrol(scene.series)
    seen = {
        who
        for who, person in {"panel": panel, "participant": participant}.items()
        if policy.may_read(person, case, NOON)
    }
    assert seen == readers


@pytest.mark.parametrize("state", [DutyState.OFFERED, DutyState.DECLINED, DutyState.WITHDRAWN])
def test_only_who_agreed_sits_on_the_panel(scene, state):
    case = scene.scheduled(DAY)
    assert not policy.may_read(scene.make.duty(case.session, DutyRole.PANEL, state=state).person, case, NOON)


def test_the_didactic_presenter_is_no_panel(scene):
    case = scene.scheduled(DAY)
    assert not policy.may_read(scene.make.duty(case.session, DutyRole.PRESENTER).person, case, NOON)


def test_the_panel_of_another_session_reads_nothing(scene):
    case, other = scene.scheduled(DAY), scene.session(DAY)
    assert not policy.may_read(scene.make.duty(other, DutyRole.PANEL).person, case, NOON)


def test_an_expert_for_one_case_reads_that_case_only(scene):
    mine, other = scene.scheduled(DAY), scene.accepted()
    with transaction():
        service.place(other, scene.slot(mine.session), by=scene.coordinator, now=NOON)
    duty = scene.make.duty(mine.session, DutyRole.CASE_EXPERT)
    with transaction():
        duty.case_id = mine.id
    assert policy.may_read(duty.person, mine, NOON)
    assert not policy.may_read(duty.person, other, NOON)


def test_an_expert_asked_for_a_case_before_it_had_a_session_reads_it_in_time(scene):
    case = scene.accepted()
    duty = scene.make.duty(scene.session(), DutyRole.CASE_EXPERT)
    with transaction():
        duty.session_id, duty.case_id = None, case.id
    assert not policy.may_read(duty.person, case, NOON)
    session = scene.session(DAY)
    with transaction():
        service.place(case, scene.slot(session), by=scene.coordinator, now=NOON)
    assert policy.may_read(duty.person, case, NOON)


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param(
            lambda case: setattr(case.session, "state", SessionState.CANCELLED), id="the session is cancelled"
        ),
        pytest.param(lambda case: setattr(case, "backup", True), id="it is only the backup"),
        pytest.param(lambda case: setattr(case, "session", None), id="it lost its session"),
    ],
)
def test_nobody_of_the_group_reads_it_when(scene, hide):
    case = scene.scheduled(-MINUTE)
    panel, participant = scene.make.duty(case.session, DutyRole.PANEL).person, scene.make.enrol(scene.series)
    assert policy.may_read(panel, case, NOON) and policy.may_read(participant, case, NOON)
    with transaction():
        hide(case)
    assert not policy.may_read(panel, case, NOON) and not policy.may_read(participant, case, NOON)


def test_a_changed_text_is_hidden_from_the_group_until_it_is_reviewed(scene):
    case = scene.scheduled(DAY)
    panel = scene.make.duty(case.session, DutyRole.PANEL).person
    with transaction():
        service.save(case, {**case.answers, "story": "Tired for 8 weeks."}, now=NOON)
    assert policy.may_read(panel, case, NOON), "what is still being written changes nothing"
    with transaction():
        service.submit(case, now=NOON)
    assert not policy.may_read(panel, case, NOON)


# Recommendations


def test_who_writes_and_who_approves(scene, cast):
    case = scene.recommended()
    session = case.session
    people = {
        **cast,
        "facilitator": scene.make.duty(session, DutyRole.FACILITATOR).person,
        "panel": scene.make.duty(session, DutyRole.PANEL).person,
        "scribe": scene.make.duty(session, DutyRole.SCRIBE).person,
        "presenter": scene.make.duty(session, DutyRole.PRESENTER).person,
    }
    sheet = queries.sheet_of(case.id)
    writes = {who for who, person in people.items() if policy.may_recommend(person, case, NOON)}
    approves = {who for who, person in people.items() if policy.may_approve(person, case, sheet, NOON)}
    reads = {who for who, person in people.items() if policy.may_read_recommendations(person, case, sheet, NOON)}
    assert writes == {"coordinator", "staff", "facilitator", "panel", "scribe"}
    assert approves == {"coordinator", "staff", "facilitator", "panel"}
    assert reads == writes
    with transaction():
        service.approve_recommendations(case, by=scene.coordinator, now=NOON)
        service.record_sent(sheet, file_id=None, now=NOON)
    reads = {who for who, person in people.items() if policy.may_read_recommendations(person, case, sheet, NOON)}
    assert reads == writes | {"author", "participant"}


def test_an_author_who_runs_the_program_waits_for_the_recommendations_like_any_other(scene):
    scene.make.member(scene.program, Role.DIRECTOR, scene.author)
    case = scene.recommended()
    sheet = queries.sheet_of(case.id)
    assert not policy.may_recommend(scene.author, case, NOON)
    assert not policy.may_approve(scene.author, case, sheet, NOON)
    assert not policy.may_read_recommendations(scene.author, case, sheet, NOON)


@pytest.mark.parametrize(
    ("starts_in", "may"),
    [(MINUTE, True), (0 * DAY, False), (-MINUTE, False)],
    ids=["before it begins", "as it begins", "while it runs"],
)
def test_the_slot_is_given_back_and_the_text_changed_until_the_session_begins(scene, starts_in, may):
    case = scene.scheduled(starts_in)
    assert policy.may_give_back(scene.author, case, NOON) is may
    assert policy.may_edit(scene.author, case, NOON) is may
    assert not policy.may_give_back(scene.coordinator, case, NOON)


def test_cases_are_brought_to_a_group_one_belongs_to(scene, cast):
    may = {who for who, person in cast.items() if policy.may_submit_to(person, scene.program)}
    assert may == {"author", "coordinator", "expert of the program", "participant", "participant of another series"}
