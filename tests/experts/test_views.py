"""Asking somebody, the answer by a link, and what a coordinator sees of it."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.cases.models import Case, CaseForm
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.experts import queries, service, ways
from echo_sessions.people import queries as people
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.models import Duty
from echo_sessions.sessions.rules import DutyRole, DutyState
from tests.links import altered
from tests.make import Make
from tests.sessions.test_letters import counted

DAY = timedelta(days=1)
SECRET = "forty-year-old welder with jaundice"


@pytest.fixture
def make(app):
    return Make(now=clock.now() - 30 * DAY)


@pytest.fixture
def now():
    return clock.now().replace(second=0, microsecond=0)


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def session(make, hub, now):
    return make.session(make.series(), starts_at=now + 10 * DAY, uid="u@echo.test", organizer="hub@echo.test")


@pytest.fixture
def program(session):
    return session.series.program


@pytest.fixture
def grace(make, program):
    return make.member(program, Role.EXPERT, make.person("Grace Okoro", zone="Africa/Nairobi"), specialty="Hepatology")


@pytest.fixture
def case(make, program, session, now):
    author = make.enrol(session.series, make.person("Author"), site=make.site("Clinic A"))
    with transaction():
        form = CaseForm(name="Common", number=1, schema={}, published_at=now)
        db.session.add(form)
        db.session.flush()
        case = Case(
            code="HCV-7K3Q29", program_id=program.id, author_id=author.id, form_id=form.id, created_at=now, state_since=now,
            state=CaseState.ACCEPTED, answers={"question": SECRET}, site_id=queries.programs.enrolments_of([author.id])[0].site_id,
        )  # fmt: skip
        db.session.add(case)
    return case


def asked(session, person, by, now, role=DutyRole.PANEL, **more):
    with transaction():
        return service.ask(session=session, person=person, role=role, by=by, now=now, **more)


def path(duty):
    return urlsplit(ways.answer_url(duty)).path


def the_duty():
    db.session.expire_all()
    return db.session.scalars(select(Duty).order_by(Duty.id.desc())).unique().first()


# Asking


def test_somebody_from_the_list_is_asked_by_a_letter_with_one_link(client, hub, session, grace, outbox):
    page = client.as_(hub).get_page(f"/sessions/{session.code}/ask")
    assert "Grace Okoro, Hepatology" in page.text() and "not asked for in the last 90 days" in page.text()
    page = client.as_(hub).submit(f"/sessions/{session.code}/ask", person=grace.code)
    assert "Grace Okoro has been asked." in page.text() and "No answer yet" in page.text()
    [letter] = outbox("experts/asked")
    assert letter.to_address == grace.address and letter.subject.startswith("Will you help? Expert on the panel")
    assert (
        ways.answer_url(the_duty()) in letter.text and "Nairobi" in letter.text and "Ana Ruiz asks you" in letter.text
    )


@pytest.mark.parametrize("role", ["facilitator", "presenter", "panel", "scribe"])
def test_each_part_can_be_asked_for(client, hub, session, grace, role):
    client.as_(hub).submit(f"/sessions/{session.code}/ask?role={role}", person=grace.code)
    assert the_duty().role.value == role


def test_somebody_new_is_added_and_somebody_known_is_found(make, client, hub, session, outbox):
    url = f"/sessions/{session.code}/ask"
    page = client.as_(hub).submit(url, status=422, email="ben@new.test")
    assert "give the name too" in page.text() and 'value="ben@new.test"' in page.body
    client.as_(hub).submit(url, email="ben@new.test", name="Ben Diaz")
    assert the_duty().person.name == "Ben Diaz"
    known = make.person("Carla")
    client.as_(hub).submit(url, email=known.address.upper())
    assert the_duty().person_id == known.id and len(outbox("experts/asked")) == 2


def test_nobody_chosen_is_said_at_the_head_of_the_form(client, hub, session, grace):
    assert "Choose somebody from the list" in client.as_(hub).submit(f"/sessions/{session.code}/ask", status=422).text()


def test_load_clash_and_site_are_said_and_who_is_elsewhere_cannot_be_asked(
    make, client, hub, session, program, grace, case, now
):
    with transaction():
        case.session_id = session.id
    near = make.member(program, Role.EXPERT, make.person("Near Colleague"))
    make.enrol(session.series, near, site=case.author and queries.programs.site_by_name(program.hub_id, "Clinic A"))
    busy = make.member(program, Role.EXPERT, make.person("Busy Elsewhere"))
    other = make.session(session.series, starts_at=session.starts_at)
    make.duty(other, DutyRole.PANEL, busy)
    for days in (20, 40, 200):
        make.duty(make.session(session.series, starts_at=now - days * DAY), DutyRole.PANEL, grace)
    words = client.as_(hub).get_page(f"/sessions/{session.code}/ask").text()
    assert "2 times in the last 90 days, 0 ahead" in words and "works at Clinic A, where the case comes from" in words
    assert f"Has agreed to be in {other.code} at that time." in words
    assert words.index("Grace Okoro") < words.index("Near Colleague") < words.index("Busy Elsewhere")
    page = client.as_(hub).submit(f"/sessions/{session.code}/ask", status=422, person=busy.code)
    assert f"has agreed to another session at that time: {other.code}" in page.text()


def test_the_list_takes_as_many_queries_for_twenty_as_for_one(make, hub, session, program, grace, now):
    def looks():
        db.session.rollback()
        with counted() as said:
            queries.candidates(program, session, None, DutyRole.PANEL, now)
        return len(said)

    looks()
    one = looks()
    for _ in range(19):
        make.member(program, Role.EXPERT)
    assert looks() - one <= 1


def test_an_expert_for_a_case_is_told_its_echo_id_and_nothing_else(client, hub, session, grace, case, outbox):
    client.as_(hub).submit(f"/cases/{case.code}/ask", person=grace.code, follow=False)
    [letter] = outbox("experts/asked")
    assert (
        "HCV-7K3Q29" in letter.text
        and "Hepatitis C" in letter.text
        and "welder" not in letter.text + letter.html + letter.subject
    )
    assert the_duty().session_id is None and the_duty().role is DutyRole.CASE_EXPERT
    page = client.as_().get_page(path(the_duty()))
    assert "HCV-7K3Q29" in page.text() and "welder" not in page.body


def test_who_brings_a_case_is_not_its_expert(hub, case, now):
    with pytest.raises(Refused, match="brings this case"):
        asked(None, case.author, hub, now, role=DutyRole.CASE_EXPERT, case=case)


def test_a_part_fits_what_it_is_in(hub, session, grace, case, now):
    with pytest.raises(Refused, match="asked for one case"):
        asked(session, grace, hub, now, role=DutyRole.CASE_EXPERT)
    with pytest.raises(Refused, match="asked for one case"):
        asked(session, grace, hub, now, case=case)


def test_nobody_without_an_address_is_asked(make, hub, session, now):
    with pytest.raises(Refused, match="no e-mail address"):
        asked(session, make.person("Paper", email=None), hub, now)


@pytest.mark.parametrize("path_", ["/sessions/{s}/ask", "/cases/{c}/ask"])
def test_only_who_runs_the_program_asks(make, client, session, case, grace, path_):
    url = path_.format(s=session.code, c=case.code)
    client.as_(make.person()).get_page(url, status=404)
    assert client.as_().get(url).status_code == 302
    client.as_(case.author).get_page(url, status=403)


def test_a_case_of_another_session_is_not_there(make, client, hub, session, case):
    client.as_(hub).get_page(f"/sessions/{session.code}/ask?case={case.code}", status=404)
    client.as_(hub).get_page(f"/sessions/{session.code}/ask?case=NO", status=404)


# Answering


def test_looking_changes_nothing_and_the_answer_of_the_link_is_preselected(client, hub, session, grace, now):
    duty = asked(session, grace, hub, now)
    before = duty.version
    for _ in range(2):
        page = client.as_().get_page(f"{path(duty)}?answer=declined")
        assert page.fields()["answer"] == "declined"
        client.as_().head(path(duty))
    assert "answer" not in client.as_().get_page(path(duty)).fields()
    assert the_duty().state is DutyState.OFFERED and the_duty().version == before


def test_a_yes_is_thanked_for_and_comes_into_the_calendar_and_the_coordinator_hears_nothing(
    client, hub, session, grace, now, outbox
):
    duty = asked(session, grace, hub, now)
    page = client.as_().submit(path(duty), answer="accepted", note="Glad to")
    assert "You said yes." in page.text() and the_duty().state is DutyState.ACCEPTED and the_duty().note == "Glad to"
    assert (
        len(outbox("experts/thanks")) == 1 and [letter for letter in outbox() if letter.to_address == hub.address] == []
    )
    from echo_sessions.sessions import letters

    assert letters.tell(session.id, now=clock.now()) == 1


def test_a_no_with_a_colleague_reaches_who_asked_and_one_click_asks_them(client, hub, session, grace, now, outbox):
    duty = asked(session, grace, hub, now)
    client.as_().submit(path(duty), answer="declined", note="On leave", name="Ben Diaz", email="ben@new.test")
    [letter] = outbox("experts/declined")
    assert letter.to_address == hub.address and "On leave" in letter.text and "Ben Diaz" in letter.text
    page = client.as_(hub).get_page(f"/sessions/{session.code}")
    assert "Suggests Ben Diaz" in page.text()
    page = client.as_(hub).submit(f"/sessions/{session.code}", action="/ask-suggested")
    assert "Ben Diaz has been asked." in page.text()
    assert the_duty().person.id == people.by_address("ben@new.test").id and the_duty().role is DutyRole.PANEL
    assert "Suggests" not in page.text()


def test_a_no_to_a_coordinator_who_left_no_address_reaches_all_who_run_it(
    make, client, session, grace, program, now, outbox
):
    asker = make.person("No mail", email=None)
    runner = make.member(program, Role.COORDINATOR)
    duty = asked(session, grace, asker, now)
    client.as_().submit(path(duty), answer="declined")
    assert [letter.to_address for letter in outbox("experts/declined")] == [runner.address]


def test_the_same_no_twice_is_one_letter(client, hub, session, grace, now, outbox):
    duty = asked(session, grace, hub, now)
    for _ in range(2):
        client.as_().submit(path(duty), answer="declined")
    assert len(outbox("experts/declined")) == 1


def test_an_answer_may_change_until_the_session(client, hub, session, grace, now):
    duty = asked(session, grace, hub, now)
    for given in ("accepted", "declined", "accepted"):
        client.as_().submit(path(duty), answer=given)
        assert the_duty().state.value == given
    with transaction():
        session.starts_at = now - timedelta(minutes=1)
    assert "has begun" in client.as_().get_page(path(duty)).text()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param({"answer": None}, "Choose yes or no", id="no answer"),
        pytest.param({"answer": "perhaps"}, "Choose yes or no|Not a valid choice", id="another word"),
        pytest.param({"answer": "declined", "name": "Ben"}, "both the name and the e-mail", id="half a colleague"),
        pytest.param({"answer": "declined", "name": "Ben", "email": "ben"}, "not an e-mail address", id="no address"),
        pytest.param({"answer": "accepted", "note": "x" * 1001}, "1000", id="too long a note"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_asked_again(client, hub, session, grace, now, typed, words):
    duty = asked(session, grace, hub, now)
    page = client.as_().submit(path(duty), status=422, **{"answer": "accepted", **typed})
    assert re.search(words, page.text()) and the_duty().state is DutyState.OFFERED


def test_of_two_yeses_for_one_time_the_second_is_refused_kindly(make, client, hub, session, grace, now):
    other = make.session(session.series, starts_at=session.starts_at)
    first, second = asked(session, grace, hub, now), asked(other, grace, hub, now)
    client.as_().submit(path(first), answer="accepted")
    page = client.as_().submit(path(second), status=409, answer="accepted")
    assert "You have agreed to another session at that time" in page.text()


def test_a_link_is_void_once_another_letter_was_sent_and_a_forged_one_too(client, hub, session, grace, now):
    duty = asked(session, grace, hub, now)
    old = path(duty)
    with transaction():
        service.answer(duty, DutyState.DECLINED, now=now)
    asked(session, grace, hub, now)
    for bad in (old, altered(old), "/answer/x"):
        page = client.as_().get_page(bad, status=404)
        assert "This link does not work" in page.text() and "Grace" not in page.text()


# Taking back, and what waits


def test_taking_back_tells_them_and_closes_the_link(client, hub, session, grace, now, outbox):
    duty = asked(session, grace, hub, now)
    page = client.as_(hub).get_page(f"/duties/{duty.code}/withdraw")
    assert "They have not answered yet." in page.text() and the_duty().state is DutyState.OFFERED
    client.as_(hub).submit(f"/duties/{duty.code}/withdraw")
    assert the_duty().state is DutyState.WITHDRAWN and len(outbox("experts/withdrawn")) == 1
    assert "taken this question back" in client.as_().get_page(path(duty)).text()


def test_others_neither_take_back_nor_ask_on(make, client, hub, session, grace, now):
    duty = asked(session, grace, hub, now)
    client.as_(make.person()).get_page(f"/duties/{duty.code}/withdraw", status=404)
    client.as_(grace).get_page(f"/duties/{duty.code}/withdraw", status=404)
    with pytest.raises(Refused, match="Nobody was suggested"), transaction():
        service.ask_suggested(duty, by=hub, now=now)


def test_what_waits_is_listed_overdue_first(make, client, hub, session, grace, now):
    late = make.person("Late Answerer")
    asked(session, grace, hub, now)
    asked(session, late, hub, now - 8 * DAY, answer_by=now - DAY)
    page = client.as_(hub).get_page("/duties")
    words = page.text()
    assert "Overdue" in words and words.index("Late Answerer") < words.index("Grace Okoro")


def test_an_expert_sees_what_they_are_asked_and_nothing_of_others(make, client, hub, session, grace, now):
    duty = asked(session, grace, hub, now)
    asked(session, make.person("Somebody Else"), hub, now)
    page = client.as_(grace).get_page("/duties")
    assert (
        "You are asked" in page.text() and ways.answer_url(duty) in page.links() and "Somebody Else" not in page.text()
    )
    assert "Nobody is waited for" in client.as_(make.person()).get_page("/duties").text()


def test_the_list_of_what_waits_takes_as_many_queries_for_thirty_as_for_one(make, client, hub, session, now):
    asked(session, make.person(), hub, now)
    visitor = client.as_(hub)
    visitor.get_page("/duties")
    with counted() as one:
        visitor.get_page("/duties")
    for number in range(30):
        asked(make.session(session.series, starts_at=now + (number + 20) * DAY), make.person(), hub, now)
    with counted() as many:
        visitor.get_page("/duties")
    assert len(many) == len(one)


def test_a_cancelled_session_waits_for_nobody(client, hub, session, grace, now):
    asked(session, grace, hub, now)
    with transaction():
        sessions.cancel(session, reason="", by=hub, now=now)
    assert "Nobody is waited for" in client.as_(hub).get_page("/duties").text()
    assert "is cancelled" in client.as_().get_page(path(the_duty())).text()


def test_public_answer_page_is_light(client, hub, session, grace, now):
    assert len(client.as_().get(path(asked(session, grace, hub, now))).data) < 10_000
