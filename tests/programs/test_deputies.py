"""Being away: who may stand in, what goes to them meanwhile, and what comes back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.cases import service as cases
from echo_sessions.cases.common_form import common_core
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.experts import service as experts
from echo_sessions.mail.models import Letter
from echo_sessions.people import queries as people
from echo_sessions.people.models import Handover
from echo_sessions.programs import deputies, queries
from echo_sessions.programs.models import Membership
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.rules import DutyRole, DutyState
from tests.conftest import NOON
from tests.make import Make

DAY = timedelta(days=1)


@pytest.fixture
def program(make):
    make.hub()
    return make.program()


@pytest.fixture
def ana(make, program):
    return make.member(program, Role.COORDINATOR, make.person("Ana Ruiz"))


@pytest.fixture
def ben(make, program, ana):
    return make.member(program, Role.DIRECTOR, make.person("Ben Stand-In"))


def go(person, deputy, *, now=NOON, first=timedelta(0), days=7, note=""):
    with transaction():
        return deputies.go_away(
            person,
            starts_at=now + first,
            ends_at=now + first + days * DAY,
            deputy=deputy,
            note=note,
            by=person,
            now=now,
        )


def back(absence, now):
    with transaction():
        deputies.come_back(absence, by=absence.person, now=now)


def told(kind):
    return list(db.session.scalars(select(Letter.to_name).where(Letter.kind == kind)))


def test_days_are_those_of_the_persons_own_calendar():
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    starts, ends = deputies.span_of(date(2026, 12, 1), date(2026, 12, 3), "America/Denver", now)
    assert starts == datetime(2026, 12, 1, 7, 0, tzinfo=UTC) and ends == datetime(2026, 12, 4, 7, 0, tzinfo=UTC)
    starts, _ = deputies.span_of(date(2026, 11, 25), date(2026, 11, 25), "America/Denver", now)
    assert starts == now, "today begins now"


def test_a_deputy_stands_in_from_the_first_moment_to_the_last(ana, ben):
    go(ana, ben, first=DAY, days=7)
    for later, standing in ((0, []), (1, [ben]), (7, [ben]), (8, [])):
        assert people.deputies_of(ana.id, NOON + later * DAY) == standing
        assert [each.person for each in people.standing_in_for(ben.id, NOON + later * DAY)] == (
            [ana] if standing else []
        )


def test_being_back_ends_it_at_once_and_the_deputy_is_told(ana, ben):
    absence = go(ana, ben, note="The files are in the blue folder.")
    assert told("programs/standing_in") == ["Ben Stand-In"]
    back(absence, NOON + DAY)
    assert people.deputies_of(ana.id, NOON + DAY) == [] and told("programs/is_back") == ["Ben Stand-In"]
    with pytest.raises(Refused, match="ended already"):
        back(absence, NOON + DAY)


def test_letters_go_to_the_deputy_meanwhile_and_to_nobody_twice(make, program, ana, ben):
    carl = make.member(program, Role.COORDINATOR, make.person("Carl"))
    assert {person.name for person in queries.to_tell(program.id, NOON)} == {"Ana Ruiz", "Ben Stand-In", "Carl"}
    absence = go(ana, ben)
    assert {person.name for person in queries.to_tell(program.id, NOON)} == {"Ben Stand-In", "Carl"}
    back(absence, NOON + DAY)
    go(carl, None, now=NOON + DAY)
    assert {person.name for person in queries.to_tell(program.id, NOON + DAY)} == {"Ana Ruiz", "Ben Stand-In", "Carl"}


def test_staff_stands_in_by_letter_too(make, program, ana):
    clerk = make.coordinator("Carl Clerk")
    go(ana, clerk)
    assert [person.name for person in queries.to_tell(program.id, NOON)] == ["Carl Clerk"]


def test_a_deputy_who_goes_away_too_stands_in_for_nobody(program, ana, ben):
    go(ana, ben)
    go(ben, ana, first=8 * DAY, days=2)
    assert people.deputies_of(ana.id, NOON) == [ben]
    go(ben, None, first=DAY, days=2)
    assert people.deputies_of(ana.id, NOON + DAY) == [] and people.standing_in_for(ben.id, NOON + DAY) == []
    assert {person.name for person in queries.to_tell(program.id, NOON + DAY)} == {"Ana Ruiz", "Ben Stand-In"}


def test_a_deputy_who_lost_the_role_meanwhile_gets_no_letters(make, program, ana, ben):
    carl = make.member(program, Role.COORDINATOR, make.person("Carl"))
    go(ana, carl)
    with transaction():
        db.session.delete(db.session.scalars(select(Membership).where(Membership.person_id == carl.id)).one())
    assert {person.name for person in queries.to_tell(program.id, NOON)} == {"Ana Ruiz", "Ben Stand-In"}


@pytest.mark.parametrize(
    ("role", "deputy_role", "able"),
    [
        pytest.param(Role.COORDINATOR, Role.DIRECTOR, True, id="one who runs it for another who runs it"),
        pytest.param(Role.DIRECTOR, Role.EXPERT, False, id="an expert does not run it"),
        pytest.param(Role.DIRECTOR, Role.FACILITATOR, False, id="nor does a facilitator"),
        pytest.param(Role.EXPERT, Role.EXPERT, True, id="an expert for an expert"),
        pytest.param(Role.EXPERT, Role.FACILITATOR, True, id="a facilitator for an expert"),
        pytest.param(Role.EXPERT, Role.COORDINATOR, True, id="a coordinator for an expert"),
        pytest.param(Role.EXPERT, Role.OBSERVER, False, id="an observer looks on"),
        pytest.param(Role.FACILITATOR, None, False, id="somebody without any role"),
    ],
)
def test_only_who_could_do_it_anyway_stands_in(make, program, ana, role, deputy_role, able):
    person, deputy = make.member(program, role, make.person("Dora")), make.person("Eve")
    if deputy_role:
        make.member(program, deputy_role, deputy)
    assert (deputy in deputies.candidates(person)) is able
    if able:
        go(person, deputy)
    else:
        with pytest.raises(Refused, match="Eve has no role in Hepatitis C that could take over"):
            go(person, deputy)


def test_a_deputy_covers_all_programs_of_the_person(make, program, ana, ben):
    other = make.program("Pain", label="PN")
    make.member(other, Role.COORDINATOR, ana)
    with pytest.raises(Refused, match="no role in Pain"):
        go(ana, ben)
    make.member(other, Role.COORDINATOR, ben)
    go(ana, ben)


def test_only_staff_stands_in_for_staff(make, program, ben):
    clerk = make.coordinator("Carl Clerk")
    with pytest.raises(Refused, match="no role in Mountain Hub"):
        go(clerk, ben)
    go(clerk, make.coordinator("Cora Clerk"))


@pytest.mark.parametrize(
    ("first", "days", "fault"),
    [
        pytest.param(-3, 2, "in the past", id="over already"),
        pytest.param(0, 0, "must not lie before", id="no time at all"),
        pytest.param(0, 400, "at most a year", id="longer than a year"),
    ],
)
def test_absences_that_make_no_sense_are_refused(ana, first, days, fault):
    with pytest.raises(Refused, match=fault):
        go(ana, None, first=first * DAY, days=days)


def test_two_absences_do_not_overlap(ana, ben):
    go(ana, ben)
    with pytest.raises(Refused, match="already that you are away"):
        go(ana, ben, first=3 * DAY)
    go(ana, ben, first=8 * DAY)


def test_who_is_away_cannot_stand_in(ana, ben):
    go(ben, None)
    with pytest.raises(Refused, match="is away in that time too"):
        go(ana, ben, first=3 * DAY)


def test_nobody_stands_in_for_themselves_or_for_somebody_without_a_role(make, program, ana):
    with pytest.raises(Refused, match="Somebody else"):
        go(ana, ana)
    with pytest.raises(Refused, match="You have no role"):
        go(make.enrol(make.series(program)), ana)


def test_a_deputy_for_all_absences_need_not_be_chosen_each_time(ana, ben):
    with transaction():
        deputies.name_deputy(ana, ben, by=ana, now=NOON)
    assert people.deputies_of(ana.id, NOON) == [], "while she is there nobody stands in"
    assert go(ana, None).deputy is ben
    with transaction():
        deputies.name_deputy(ana, None, by=ana, now=NOON)
    assert people.standing_deputy(ana.id) is None


# Pages, by the real clock


@pytest.fixture
def now():
    return clock.now().replace(microsecond=0)


@pytest.fixture
def case(app, now, program, ana):
    """In review with Ana."""
    make = Make(now=now)
    author = make.enrol(make.series(program), make.person("Author", email="author@clinic.test"))
    with transaction():
        cases.publish_form(name="common-core", schema=common_core(), now=now)
        case = cases.start(program, author=author, now=now)
        case.state, case.submitted_at, case.due_at = CaseState.SUBMITTED, now, now + DAY
        cases.take_review(case, by=ana, now=now)
    return case


def test_saying_that_one_is_away_and_back_on_the_page(client, ana, ben, now):
    hers = client.as_(ana)
    today = now.astimezone(ZoneInfo(ana.zone)).date()  # what her calendar says
    page = hers.submit(
        "/me/away", first=str(today), last=str(today + 7 * DAY), deputy=ben.code, note="Blue folder.", action=""
    )
    assert "Ben Stand-In" in page.text() and "Blue folder." in page.text()
    assert "You are away until" in hers.get_page("/").text()
    assert "You stand in for Ana Ruiz" in client.as_(ben).get_page("/").text()
    page = hers.submit("/me/away", action="/me/away/back")
    assert "Say that I am away" in page.text() and people.deputies_of(ana.id, clock.now()) == []


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        pytest.param("", "", "Give a day", id="no days"),
        pytest.param(10, 3, "must not lie before", id="the wrong way round"),
        pytest.param(-10, -3, "nor in the past", id="over already"),
    ],
)
def test_a_form_that_cannot_be_kept_comes_back(client, ana, ben, now, first, last, sentence):
    days = [str(now.astimezone(ZoneInfo(ana.zone)).date() + each * DAY) if each != "" else "" for each in (first, last)]
    page = client.as_(ana).submit(
        "/me/away", status=422, first=days[0], last=days[1], deputy=ben.code, note="Blue folder.", action=""
    )
    assert sentence in page.text() and page.fields("")["note"] == "Blue folder."


def test_only_who_may_stand_in_is_offered(client, make, program, ana, ben):
    make.member(program, Role.EXPERT, make.person("Eve Expert"))
    page = client.as_(ana).get_page("/me/away").text()
    assert "Ben Stand-In" in page and "Eve Expert" not in page
    member = make.enrol(make.series(program))
    assert "you need no deputy" in client.as_(member).get_page("/me/away").text()


def test_what_waits_for_somebody_who_is_away_stands_on_the_deputys_page_with_the_name(client, case, ana, ben, now):
    before = client.as_(ben).get_page("/").text()
    assert f"Review case {case.code}" in before and "For Ana Ruiz" not in before
    go(ana, ben, now=now)
    text = client.as_(ben).get_page("/").text()
    assert f"Review case {case.code}" in text and "For Ana Ruiz, who is away until" in text


def test_staff_sees_who_has_it_while_the_first_coordinator_is_away(client, make, program, ana, ben, now, case):
    clerk = make.coordinator("Carl Clerk")
    assert "with Ana Ruiz" in client.as_(clerk).get_page("/").text()
    go(ana, clerk, now=now)
    assert "For Ana Ruiz, who is away until" in client.as_(clerk).get_page("/").text()


def test_what_was_not_taken_over_is_the_persons_again(client, case, ana, ben, now):
    absence = go(ana, ben, now=now)
    back(absence, clock.now())
    assert "For Ana Ruiz" not in client.as_(ben).get_page("/").text()
    assert case.waits_for_id == ana.id and "Taken over" not in client.as_(ana).get_page("/me/away").text()


def test_what_was_taken_over_is_seen_and_comes_back_where_it_is_ticked(client, case, ana, ben, now):
    go(ana, ben, now=now)
    with transaction():
        cases.take_review(case, by=ben, now=clock.now())
    page = client.as_(ana).get_page("/me/away")
    assert f"{case.code}, in review with Ben Stand-In" in page.text()
    client.as_(ana).submit("/me/away", action="/me/away/back", back=case.code)
    db.session.refresh(case)
    assert case.waits_for_id == ana.id
    assert db.session.scalars(select(Handover.returned_at)).one() is not None


def test_what_is_left_unticked_stays_with_the_deputy_and_can_be_taken_back_later(client, case, ana, ben, now):
    go(ana, ben, now=now)
    with transaction():
        cases.take_review(case, by=ben, now=clock.now())
    page = client.as_(ana).submit("/me/away", action="/me/away/back", back=None)
    assert "stays with Ben Stand-In" in page.text()
    client.as_(ana).submit("/me/away", action="/me/away/take-back")
    db.session.refresh(case)
    assert case.waits_for_id == ana.id
    assert client.as_(ben).get_page("/me/away").text().count(case.code) == 0


def test_taking_a_review_while_everybody_is_there_is_no_handover(case, ana, ben, now):
    with transaction():
        cases.take_review(case, by=ben, now=now)
    assert db.session.scalars(select(Handover)).all() == []


def test_nothing_of_others_is_taken_back(client, make, case, ana, ben, now):
    go(ana, ben, now=now)
    with transaction():
        cases.take_review(case, by=ben, now=clock.now())
    his = client.as_(ben)
    token = his.get_page("/me/away").fields("")["csrf_token"]
    answer = his.post("/me/away/take-back", data={"thing": case.code, "csrf_token": token})
    assert answer.status_code == 404


def test_the_programs_page_says_who_is_away_to_those_who_run_it(client, make, program, ana, ben, now):
    go(ana, ben, now=now)
    assert "Ben Stand-In stands in" in client.as_(ben).get_page(f"/programs/{program.code}").text()
    member = make.enrol(make.series(program))
    assert "stands in" not in client.as_(member).get_page(f"/programs/{program.code}").text()


def test_a_letter_about_a_declined_part_goes_to_the_deputy_of_who_asked(make, program, ana, ben):
    session, lin = make.session(make.series(program), starts_in=10 * DAY), make.person("Dr Lin")
    with transaction():
        duty = experts.ask(session=session, person=lin, role=DutyRole.PANEL, by=ana, now=NOON)
    go(ana, ben)
    with transaction():
        experts.answer(duty, DutyState.DECLINED, now=NOON + DAY)
    assert told("experts/declined") == ["Ben Stand-In"]
