"""Who opened a case, and opening it in an emergency: for an hour, with everybody concerned told at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.audit.models import Entry, Look
from echo_sessions.cases import glass, policy
from echo_sessions.cases.models import BrokenGlass
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.mail.models import Letter
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.rules import Role

REASON = "Ward 3 asks now whether to stop the second medicine."


def looks():
    return [
        (look.person_id, look.what, look.thing, look.role, look.count)
        for look in db.session.scalars(select(Look).order_by(Look.id))
    ]


def test_each_look_of_somebody_else_is_noted_once_an_hour_with_its_role(client, today):
    case = today.submitted()
    for _ in range(3):
        client.as_(today.coordinator).get_page(f"/cases/{case.code}")
    client.as_(today.author).get_page(f"/cases/{case.code}")
    assert looks() == [(today.coordinator.id, "case", case.code, "Coordinator", 3)]


def test_review_and_recommendations_are_noted_too(client, today):
    case, other = today.in_review(), today.recommended()
    hers = client.as_(today.coordinator)
    hers.get_page(f"/cases/{case.code}/review")
    hers.get_page(f"/cases/{other.code}/recommendations/edit")
    assert [(what, thing) for _who, what, thing, _role, _count in looks()] == [
        ("case", case.code),
        ("recommendations", other.code),
    ]


def test_who_may_not_read_leaves_no_look(client, today, make):
    case = today.submitted()
    client.as_(make.person()).get_page(f"/cases/{case.code}", status=404)
    assert looks() == []


def test_author_and_coordinator_see_who_opened_it(client, today):
    case = today.submitted()
    client.as_(today.coordinator).get_page(f"/cases/{case.code}")
    page = client.as_(today.author).get_page(f"/cases/{case.code}")
    assert f"/cases/{case.code}/openings" in page.links()
    text = client.as_(today.author).get_page(f"/cases/{case.code}/openings").text()
    assert "Ana Ruiz" in text and "Coordinator" in text and "Tired for 6 weeks" not in text
    client.as_(today.coordinator).get_page(f"/cases/{case.code}/openings")


def test_nobody_else_sees_who_opened_it(client, today, make):
    case = today.scheduled(starts_in=-timedelta(minutes=5))
    colleague = make.enrol(today.series)
    assert f"/cases/{case.code}/openings" not in client.as_(colleague).get_page(f"/cases/{case.code}").links()
    client.as_(colleague).get_page(f"/cases/{case.code}/openings", status=403)
    client.as_(make.person()).get_page(f"/cases/{case.code}/openings", status=404)
    assert client.as_().get(f"/cases/{case.code}/openings").status_code == 302


def test_a_case_that_nobody_opened_says_so(client, today):
    case = today.submitted()
    assert "Nobody has opened it" in client.as_(today.author).get_page(f"/cases/{case.code}/openings").text()


@pytest.fixture
def expert(today, make):
    return make.member(today.program, Role.EXPERT, make.person("Dr Lin Wei"))


def test_an_expert_opens_a_case_before_the_time_and_everybody_concerned_hears_of_it(
    client, today, expert, make, outbox
):
    owner, hub = make.person("Olga Owner"), make.hub()
    with transaction():
        people.appoint(owner, hub, StaffRole.OWNER, now=today.now)
    case = today.scheduled()
    theirs = client.as_(expert)
    theirs.get_page(f"/cases/{case.code}", status=404)
    found = theirs.get_page(f"/cases?q={case.code}")
    assert f"/cases/{case.code}/break-glass" in found.links()
    url = f"/cases/{case.code}/break-glass"
    page = theirs.get_page(url)
    assert "Tired for 6 weeks" not in page.text() and "get a letter with your name at once" in page.text()
    answer = theirs.post(url, data=page.fields() | {"reason": REASON})
    assert answer.status_code == 303
    assert "Tired for 6 weeks" in theirs.get_page(f"/cases/{case.code}").text()
    told = db.session.scalars(select(Letter).where(Letter.kind == "cases/glass_broken")).all()
    assert {letter.person_id for letter in told} == {today.author.id, today.coordinator.id, owner.id}
    for letter in told:
        said = letter.subject + letter.text + (letter.html or "")
        assert "Dr Lin Wei" in said and "Ward 3" not in said and "Tired" not in said
    openings = client.as_(today.author).get_page(f"/cases/{case.code}/openings").text()
    assert "glass broken" in openings and REASON in openings and "by breaking the glass" in openings
    assert "glass broken" in client.as_(today.author).get_page(f"/cases/{case.code}").body
    [entry] = db.session.scalars(select(Entry).where(Entry.deed == "glass broken"))
    assert (entry.person_id, entry.thing) == (expert.id, case.code) and "Ward" not in str(entry.facts)
    stored = db.session.scalar(db.text("SELECT reason FROM broken_glass"))
    assert "Ward" not in stored, "the reason is sealed: it may say more than it should"


def broken(case, person, now):
    with transaction():
        return glass.break_it(case, reason=REASON, by=person, now=now)


def test_the_glass_is_whole_again_after_an_hour(scene, make):
    lin = make.member(scene.program, Role.EXPERT)
    case = scene.scheduled()
    broken(case, lin, scene.now)
    assert policy.may_read_story(lin, case, scene.now + timedelta(minutes=59))
    assert not policy.may_read(lin, case, scene.now + timedelta(minutes=60))


def test_it_opens_one_case_and_for_reading_only(scene, make):
    lin = make.member(scene.program, Role.EXPERT)
    case, other = scene.scheduled(), scene.submitted()
    broken(case, lin, scene.now)
    now = scene.now + timedelta(minutes=1)
    assert policy.may_read(lin, case, now) and not policy.may_read(lin, other, now)
    for may in (policy.may_edit, policy.may_recommend, policy.may_give_back, policy.may_see_openings):
        assert not may(lin, case, now)
    assert not policy.may_review(lin, case) and not policy.may_withdraw(lin, case)


def test_a_case_out_of_view_stays_so(scene, make):
    lin = make.member(scene.program, Role.EXPERT)
    case = scene.scheduled()
    broken(case, lin, scene.now)
    with transaction():
        case.dark_since = scene.now
    now = scene.now + timedelta(minutes=1)
    assert not policy.may_read(lin, case, now)
    assert not policy.may_break_glass(lin, case, now)
    with pytest.raises(Refused):
        broken(case, lin, now)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.EXPERT, True),
        (Role.FACILITATOR, True),
        (Role.OBSERVER, True),
        (Role.EVALUATOR, False),
        (Role.SPONSOR, False),
        pytest.param(Role.COORDINATOR, False, id="who runs it reads it anyhow"),
        pytest.param(Role.DIRECTOR, False, id="and so does its director"),
    ],
)
def test_who_may_break_it_by_role(scene, make, role, may):
    person, case = make.member(scene.program, role), scene.submitted()
    assert policy.may_break_glass(person, case, scene.now) is may


def test_neither_participants_nor_strangers_nor_auditors_nor_the_unverified_may(scene, make):
    case = scene.submitted()
    auditor = make.member(scene.program, Role.AUDITOR, ends_at=scene.now + timedelta(days=30))
    unverified = make.member(scene.program, Role.EXPERT, make.person(verified=False))
    for person in (make.enrol(scene.series), make.person(), auditor, unverified, scene.author, make.coordinator()):
        assert not policy.may_break_glass(person, case, scene.now)


def test_who_runs_another_program_may(scene, make):
    other = make.member(make.program("HIV", label="HIV"), Role.COORDINATOR)
    assert policy.may_break_glass(other, scene.submitted(), scene.now)


def test_neither_drafts_nor_what_was_taken_back_or_declined(scene, make):
    lin = make.member(scene.program, Role.EXPERT)
    for case in (scene.draft(), scene.withdrawn(), scene.declined()):
        assert not policy.may_break_glass(lin, case, scene.now)


def test_without_a_reason_it_stays_closed_and_what_was_typed_stays(client, today, expert):
    case = today.submitted()
    theirs, url = client.as_(expert), f"/cases/{case.code}/break-glass"
    answer = theirs.post(url, data=theirs.get_page(url).fields() | {"reason": "urgent"})
    assert answer.status_code == 422 and "urgent" in answer.text
    assert db.session.scalars(select(BrokenGlass)).all() == []


def test_the_page_is_unknown_to_others_and_sends_readers_on(client, today, make):
    case = today.submitted()
    url = f"/cases/{case.code}/break-glass"
    client.as_(make.person()).get_page(url, status=404)
    client.as_(make.enrol(today.series)).get_page(url, status=404)
    client.as_(today.author).get_page("/cases/HCV-NOTTHERE/break-glass", status=404)
    assert client.as_(today.coordinator).get(url).status_code == 302
    assert client.as_().get(url).status_code == 302


def test_the_moment_is_the_real_one(today, expert):
    """So that the scene of the pages and the clock agree."""
    assert abs(today.now - clock.now()) < timedelta(minutes=5)
