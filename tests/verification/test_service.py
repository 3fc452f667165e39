"""Stories of people who are checked: asked, decided, vouched, renewed, taken back, undone, told in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.programs.models import Membership
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.verification import jobs, queries, rules, service
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import Standing, Verdict, VerificationState, Way

DAY = timedelta(days=1)


def ask(place, make, way=Way.REGISTER, **values):
    given = {"body": "Board of nursing", "number": "RN-77123"} if way is Way.REGISTER else {}
    with transaction():
        return service.ask(place.new, program=place.program, way=way, now=make.now, **{**given, **values})


def stands(place, now):
    return queries.stands(queries.of_person(place.new.id), now)


def test_asked_checked_and_verified_for_two_years(place, make, outbox):
    row = ask(place, make)
    assert (row.state, row.due_at) == (VerificationState.WAITING, make.now + timedelta(days=5))
    assert not queries.is_verified(place.new.id, make.now)
    later = make.now + DAY
    with transaction():
        service.decide(row, verdict=Verdict.VERIFIED, by=place.coordinator, now=later, note="Page 3 of the register")
    assert (row.verifier_id, row.decided_at, row.expires_at) == (place.coordinator.id, later, rules.expires(later))
    assert queries.is_verified(place.new.id, later)
    [letter] = outbox("verification/verified")
    assert letter.person_id == place.new.id and "until" in letter.subject and "Page 3" not in letter.text


def test_nobody_decides_or_vouches_for_themselves(place, make):
    program = place.program
    boss = make.member(program, Role.DIRECTOR, make.person("Boss", verified=False))
    with transaction():
        row = service.ask(boss, program=program, way=Way.DIRECTOR, now=make.now)
    with pytest.raises(Refused, match="Nobody verifies"), transaction():
        service.decide(row, verdict=Verdict.VERIFIED, by=boss, now=make.now)
    with pytest.raises(Refused, match="Nobody verifies"), transaction():
        service.vouch(boss, program=program, by=boss, way=Way.DIRECTOR, now=make.now)
    assert not queries.is_verified(boss.id, make.now)
    assert boss.id not in {one.id for one in queries.checkers_of(row)}


def test_asking_again_fills_the_same_request(place, make):
    first = ask(place, make)
    make.now += DAY
    second = ask(place, make, Way.DIRECTOR)
    assert (first.id, second.way, second.number, second.due_at) == (second.id, Way.DIRECTOR, None, make.now + timedelta(days=5))  # fmt: skip
    assert db.session.scalars(select(Verification.id).where(Verification.person_id == place.new.id)).all() == [first.id]


@pytest.mark.parametrize(
    ("way", "given"),
    [(Way.REGISTER, {"number": " "}), (Way.LETTER, {})],
    ids=["a register without a number", "a letter without the letter"],
)
def test_what_cannot_be_checked_is_not_taken(place, make, way, given):
    with pytest.raises(Refused):
        ask(place, make, way, **given)
    assert queries.of_person(place.new.id) == []


def test_refused_with_the_reason_told_and_asked_again(place, make, outbox):
    row = ask(place, make)
    with pytest.raises(Refused, match="what the person is told"), transaction():
        service.decide(row, verdict=Verdict.REFUSED, by=place.coordinator, now=make.now, reason=" ")
    with transaction():
        service.decide(row, verdict=Verdict.REFUSED, by=place.coordinator, now=make.now, reason="Not in the register.")
    assert stands(place, make.now) is Standing.REFUSED
    [letter] = outbox("verification/refused")
    assert "Not in the register." in letter.text and "RN-77123" not in letter.text
    again = ask(place, make, Way.DIRECTOR)
    assert again.id != row.id and stands(place, make.now) is Standing.WAITING


def test_asked_for_more_and_given(place, make, outbox):
    row = ask(place, make)
    with transaction():
        service.decide(row, verdict=Verdict.MORE, by=place.coordinator, now=make.now, reason="Which state?")
    assert stands(place, make.now) is Standing.MORE and row.verifier_id is None
    assert "Which state?" in outbox("verification/more")[0].text
    again = ask(place, make, body="Board of nursing of Colorado")
    assert (again.id, again.state, again.reason) == (row.id, VerificationState.WAITING, None)


def test_two_verifiers_decide_once(place, make):
    row = ask(place, make)
    with transaction():
        service.decide(row, verdict=Verdict.VERIFIED, by=place.coordinator, now=make.now)
    with pytest.raises(Refused, match="decided already"), transaction():
        service.decide(row, verdict=Verdict.REFUSED, by=place.director, now=make.now, reason="No")
    with pytest.raises(Refused, match="decided already"), transaction():
        service.vouch(place.new, program=place.program, row=row, by=place.lead, way=Way.SITE_LEAD, now=make.now)


def test_only_who_was_asked_says_yes_to_a_vouching(place, make, outbox):
    row = ask(place, make, Way.SITE_LEAD)
    assert [letter.person_id for letter in outbox("verification/vouch")] == [place.lead.id]
    with pytest.raises(Refused, match="Only the lead"), transaction():
        service.decide(row, verdict=Verdict.VERIFIED, by=place.coordinator, now=make.now)
    with transaction():
        service.vouch(place.new, program=place.program, row=row, by=place.lead, way=Way.SITE_LEAD, now=make.now)
    assert (row.state, row.way, row.verifier_id) == (VerificationState.VERIFIED, Way.SITE_LEAD, place.lead.id)
    assert queries.is_verified(place.new.id, make.now)


def test_a_lead_who_does_not_know_them_passes_it_on_to_the_director(place, make, outbox):
    row = ask(place, make, Way.SITE_LEAD)
    with transaction():
        service.pass_on(row, by=place.lead, now=make.now)
    assert row.way is Way.DIRECTOR
    assert [letter.person_id for letter in outbox("verification/vouch")] == [place.lead.id, place.director.id]


def test_a_site_without_a_lead_asks_the_director(place, make, outbox):
    elsewhere = make.person("Otieno", verified=False)
    make.enrol(place.series, elsewhere, site=make.site("Kisumu"))
    with transaction():
        service.ask(elsewhere, program=place.program, way=Way.SITE_LEAD, now=make.now)
    assert [letter.person_id for letter in outbox("verification/vouch")] == [place.director.id]


def test_a_program_without_a_director_is_vouched_for_by_who_runs_it(make):
    program = make.program("Diabetes")
    runner = make.member(program, Role.COORDINATOR)
    new = make.enrol(make.series(program), make.person(verified=False))
    with transaction():
        row = service.ask(new, program=program, way=Way.DIRECTOR, now=make.now)
    assert [one.id for one in queries.checkers_of(row)] == [runner.id]


@pytest.mark.parametrize("role", Role)
def test_an_appointment_vouches_for_who_works_with_cases(place, make, outbox, role):
    new = make.person(verified=False)
    with transaction():
        ends_at = make.now + 9 * DAY if role is Role.AUDITOR else None
        service.appoint_and_vouch(place.program, new, role, by=place.director, now=make.now, ends_at=ends_at)
    assert queries.is_verified(new.id, make.now) == (role in service.VOUCHED_BY_ROLE)
    assert len(outbox("verification/verified")) == 0 and len(outbox("programs/appointed")) == 1
    if role in service.VOUCHED_BY_ROLE:
        [row] = queries.of_person(new.id)
        assert (row.way, row.verifier_id, row.program_id) == (Way.DIRECTOR, place.director.id, place.program.id)


def test_an_appointment_of_a_verified_person_or_of_oneself_vouches_for_nobody(place, make):
    known, oneself = make.person(), make.member(place.program, Role.COORDINATOR, make.person(verified=False))
    with transaction():
        service.appoint_and_vouch(place.program, known, Role.EXPERT, by=place.director, now=make.now)
        service.appoint_and_vouch(place.program, oneself, Role.DIRECTOR, by=oneself, now=make.now)
    assert len(queries.of_person(known.id)) == 1 and queries.of_person(oneself.id) == []
    assert {m.role for m in db.session.scalars(select(Membership).where(Membership.person_id == oneself.id))} == {
        Role.COORDINATOR,
        Role.DIRECTOR,
    }


def test_an_appointment_answers_a_request_that_waits(place, make):
    row = ask(place, make)
    with transaction():
        service.appoint_and_vouch(place.program, place.new, Role.EXPERT, by=place.director, now=make.now)
    assert row.state is VerificationState.VERIFIED and len(queries.of_person(place.new.id)) == 1


def test_taken_back_with_a_reason_and_given_back_as_it_was(place, make, outbox):
    row = ask(place, make)
    with transaction():
        service.decide(row, verdict=Verdict.VERIFIED, by=place.coordinator, now=make.now)
    ends, later = row.expires_at, make.now + 9 * DAY
    with pytest.raises(Refused, match="Write why"), transaction():
        service.revoke(row, reason=" ", by=place.director, now=later)
    with transaction():
        service.revoke(row, reason="The licence was suspended.", by=place.director, now=later)
    assert not queries.is_verified(place.new.id, later) and stands(place, later) is Standing.ENDED
    assert "The licence was suspended." in outbox("verification/ended")[0].text
    with pytest.raises(Refused, match="does not hold"), transaction():
        service.revoke(row, reason="Again", by=place.director, now=later)
    with transaction():
        service.undo(row, by=place.director, now=later + DAY)
    assert (row.state, row.expires_at, row.reason) == (VerificationState.VERIFIED, ends, None)


def test_taking_back_ends_everything_that_holds(place, make):
    make.verification(place.new, state=VerificationState.VERIFIED, expires_at=make.now + 30 * DAY)
    row = make.verification(place.new, state=VerificationState.VERIFIED, expires_at=make.now + 300 * DAY)
    with transaction():
        service.revoke(row, reason="Not them.", by=place.director, now=make.now)
    assert not queries.is_verified(place.new.id, make.now)


@pytest.mark.parametrize("verdict", [Verdict.VERIFIED, Verdict.REFUSED])
def test_a_mistaken_decision_is_undone_and_told(place, make, outbox, verdict):
    row = ask(place, make)
    with transaction():
        service.decide(row, verdict=verdict, by=place.coordinator, now=make.now, reason="Wrong row")
    later = make.now + 3 * DAY
    with transaction():
        service.undo(row, by=place.coordinator, now=later)
    assert (row.state, row.verifier_id, row.expires_at, row.reason, row.due_at) == (
        VerificationState.WAITING, None, None, None, later + timedelta(days=5),
    )  # fmt: skip
    assert not queries.is_verified(place.new.id, later) and len(outbox("verification/reopened")) == 1
    said = [e.deed for e in db.session.scalars(select(Entry).where(Entry.thing == row.code).order_by(Entry.id))]
    assert said == ["verification asked for", f"verification {verdict}", "verification decision undone"]


def test_what_was_asked_anew_is_not_mixed_up_by_an_undo(place, make):
    row = ask(place, make)
    with pytest.raises(Refused, match="nothing to undo"), transaction():
        service.undo(row, by=place.coordinator, now=make.now)
    with transaction():
        service.decide(row, verdict=Verdict.REFUSED, by=place.coordinator, now=make.now, reason="No")
    ask(place, make, Way.DIRECTOR)
    with pytest.raises(Refused, match="asked anew"), transaction():
        service.undo(row, by=place.coordinator, now=make.now)


def test_who_is_verified_for_long_need_not_ask_and_who_ends_soon_renews(place, make):
    held = make.verification(place.new, state=VerificationState.VERIFIED, expires_at=make.now + 100 * DAY)
    assert ask(place, make).id == held.id
    make.now += 50 * DAY
    renewal = ask(place, make)
    assert renewal.id != held.id and queries.is_verified(place.new.id, make.now), "the old one holds meanwhile"
    with transaction():
        service.decide(renewal, verdict=Verdict.VERIFIED, by=place.coordinator, now=make.now)
    held_now = queries.holding(place.new.id, make.now)
    assert held_now is not None and held_now.id == renewal.id


def test_the_end_is_told_sixty_and_fourteen_days_before_and_on_the_day(place, make, outbox):
    ends = make.now + 100 * DAY
    make.verification(place.new, state=VerificationState.VERIFIED, expires_at=ends)
    told = []
    for day in range(120):
        jobs.daily({}, make.now + day * DAY)
        jobs.daily({}, make.now + day * DAY)
        kinds = [letter.kind for letter in outbox() if letter.person_id == place.new.id]
        if len(kinds) > len(told):
            told.append((100 - day, kinds[-1]))
    assert told == [(60, "verification/expiring"), (14, "verification/expiring"), (0, "verification/expired")]


def test_who_renews_is_not_reminded_and_hears_on_the_day_that_it_is_being_checked(place, make, outbox):
    make.verification(place.new, state=VerificationState.VERIFIED, expires_at=make.now + 40 * DAY)
    ask(place, make)
    jobs.daily({}, make.now + 30 * DAY)
    assert [letter for letter in outbox() if letter.person_id == place.new.id] == []
    jobs.daily({}, make.now + 40 * DAY)
    [letter] = outbox("verification/expired")
    assert "being checked" in letter.text


def test_who_left_and_who_holds_another_check_hears_nothing(place, make, outbox):
    left = make.enrol(place.series, make.person(verified=False), state=EnrolmentState.LEFT)
    for person in (left, place.new):
        make.verification(person, state=VerificationState.VERIFIED, expires_at=make.now + 5 * DAY)
    make.verification(place.new, state=VerificationState.VERIFIED, expires_at=make.now + 500 * DAY)
    jobs.daily({}, make.now)
    assert outbox() == []


def test_who_checks_gets_one_letter_a_day_for_all_that_is_new(place, make, outbox):
    ask(place, make)
    second = make.enrol(place.series, make.person(verified=False))
    with transaction():
        service.ask(second, program=place.program, way=Way.REGISTER, body="Board", number="RN-2", now=make.now)
    jobs.daily({}, make.now + DAY)
    letters = outbox("verification/asked")
    assert {letter.person_id for letter in letters} == {place.coordinator.id, place.director.id}
    assert all("2 people wait" in letter.subject and "RN-" not in letter.text + letter.html for letter in letters)
    jobs.daily({}, make.now + 2 * DAY)
    assert len(outbox("verification/asked")) == 2, "nothing new, so nothing is said again"


def test_no_letter_holds_a_number_or_a_note(place, make, outbox):
    row = ask(place, make)
    with transaction():
        service.decide(row, verdict=Verdict.VERIFIED, by=place.coordinator, now=make.now, note="Called 555-0199")
    with transaction():
        service.undo(row, by=place.coordinator, now=make.now)
    with transaction():
        service.decide(row, verdict=Verdict.REFUSED, by=place.coordinator, now=make.now, reason="No")
    jobs.daily({}, make.now)
    for letter in outbox():
        assert "77123" not in letter.subject + letter.text + letter.html and "555-0199" not in letter.text + letter.html


def test_somebody_without_an_address_is_decided_about_too(place, make, outbox):
    nobody = make.person("Walk-in", email=None, verified=False)
    make.enrol(place.series, nobody)
    with transaction():
        service.vouch(nobody, program=place.program, by=place.director, way=Way.DIRECTOR, now=make.now)
    assert queries.is_verified(nobody.id, make.now) and outbox() == []


def test_the_number_is_sealed_in_the_database(place, make):
    ask(place, make)
    stored = db.session.execute(db.text("SELECT number FROM verifications WHERE number IS NOT NULL")).scalars().all()
    assert stored and not any("77123" in one for one in stored)


def test_who_names_a_register_while_enrolling_has_asked_by_that(place, make):
    with transaction():
        assert service.ask_on_enrolling(place.new, program=place.program, now=make.now) is None
        place.new.registration, place.new.registration_body = "RN-5", "Board"
    with transaction():
        row = service.ask_on_enrolling(place.new, program=place.program, now=make.now)
        assert service.ask_on_enrolling(place.new, program=place.program, now=make.now) is None
    assert row is not None and (row.way, row.number, row.program_id) == (Way.REGISTER, "RN-5", place.program.id)
