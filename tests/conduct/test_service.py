"""Stories of reports, told through the verbs."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from echo_sessions.audit.models import Entry
from echo_sessions.conduct import jobs, policy, queries, service
from echo_sessions.conduct.models import Incident
from echo_sessions.conduct.rules import Deed, Desk, IncidentState, Step
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs.models import Job
from echo_sessions.mail.models import Letter
from echo_sessions.people.models import Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Membership
from echo_sessions.programs.rules import EnrolmentState, Role
from tests.conduct.conftest import SECRET
from tests.conftest import NOON

DAY = timedelta(days=1)
TOLD = "XTOLDX please let others finish"


def told(kind):
    """Who got this kind of letter, by name."""
    chosen = select(Letter.to_name).where(Letter.kind == f"conduct/{kind}").order_by(Letter.to_name)
    return list(db.session.scalars(chosen))


def decide(incident, step, by, *, because="", now=NOON + DAY):
    with transaction():
        return service.take_step(
            incident, step, told=TOLD, note="XNOTEX spoke with both", because=because, by=by, now=now
        )


def appeal(incident, person, now=NOON + 2 * DAY):
    with transaction():
        service.appeal(incident, text="XAPPEALX I was provoked", by=person, now=now)


def hear(incident, by, *, uphold, now=NOON + 4 * DAY):
    with transaction():
        service.decide_appeal(incident, uphold=uphold, told="XREASONX I read all of it.", by=by, now=now)


def test_a_report_gets_a_number_and_those_who_run_the_program_are_told(town, sent):
    [incident] = sent(town.marc)
    assert incident.code.startswith("INC-") and incident.desk is Desk.PROGRAM
    assert incident.due_at == NOON + 7 * DAY
    assert told("reported") == ["Ben Coordinator", "Dora Director"]


def test_a_report_without_words_is_refused(town, sent):
    with pytest.raises(Refused, match="what happened"):
        sent(town.marc, text="  ")


def test_nobody_reports_themselves(town, sent):
    with pytest.raises(Refused, match="somebody else"):
        sent(town.grace)


def test_the_accused_moderator_is_out_from_the_first_moment(town, sent):
    [incident] = sent(town.ben)
    assert told("reported") == ["Dora Director"]
    assert not policy.may_read(town.ben, incident) and not policy.may_handle(town.ben, incident)
    assert policy.may_handle(town.dora, incident) and policy.may_handle(town.olga, incident)
    assert list(db.session.scalars(queries.listed(town.ben.id)).unique()) == []
    assert list(db.session.scalars(queries.hidden_from(town.ben.id))) == [incident.code]
    assert queries.waiting_for(town.ben.id) == []


def test_when_all_who_run_the_program_are_accused_the_owners_handle_it(town, sent):
    incidents = sent(town.ben, town.dora)
    assert [incident.accused for incident in incidents] == [town.ben, town.dora]
    assert {incident.desk for incident in incidents} == {Desk.OWNERS}
    assert told("reported") == ["Olga Owner", "Olga Owner"]
    for incident in incidents:
        assert not policy.may_read(town.ben, incident) and not policy.may_read(town.dora, incident)
        assert policy.may_handle(town.olga, incident)
    assert queries.linked(incidents[0], town.olga.id) == [incidents[1]]


def test_staff_that_is_no_owner_stays_out_of_the_owners_business(town, sent, make):
    clerk = make.coordinator("Carl Clerk")
    [incident] = sent(clerk)
    assert incident.desk is Desk.OWNERS and told("reported") == ["Olga Owner"]
    second = make.coordinator("Cora Clerk")
    assert not policy.may_read(second, incident)
    assert not policy.may_read(town.ben, incident)


def test_where_the_only_owner_is_accused_the_rest_of_the_staff_handles_it(town, sent, make):
    clerk = make.coordinator("Carl Clerk")
    [incident] = sent(town.olga)
    assert incident.desk is Desk.STAFF and told("reported") == ["Carl Clerk"]
    assert policy.may_handle(clerk, incident) and not policy.may_read(town.olga, incident)


def test_nobody_is_told_where_everybody_is_accused(town, sent):
    sent(town.olga, program=None)
    assert told("reported") == []


def test_who_reports_does_not_judge(town, sent):
    [incident] = sent(town.marc, reporter=town.ben)
    assert told("reported") == ["Dora Director"]
    assert not policy.may_read(town.ben, incident) and policy.is_reporter(town.ben, incident)


def test_a_typed_name_keeps_away_whoever_it_could_mean_until_somebody_says_who_it_is(town, sent):
    [incident] = sent(who="somebody called Ben")
    assert incident.accused is None and not policy.may_read(town.ben, incident)
    assert told("reported") == ["Dora Director"]
    with transaction():
        service.name_person(incident, town.marc, by=town.dora, now=NOON)
    assert incident.accused is town.marc and policy.may_handle(town.ben, incident)
    with pytest.raises(Refused, match="somebody else"), transaction():
        service.name_person(incident, town.grace, by=town.dora, now=NOON)


def test_who_finds_that_it_is_about_themselves_is_out_and_others_are_told(town, sent):
    [incident] = sent()
    with transaction():
        service.name_person(incident, town.ben, by=town.ben, now=NOON)
    assert not policy.may_read(town.ben, incident)
    assert told("reported").count("Dora Director") == 2


def test_reminder_warning_removal_each_with_words_and_a_letter(town, sent):
    [incident] = sent(town.marc)
    decide(incident, Step.REMINDER, town.ben)
    assert incident.state is IncidentState.REMINDED and incident.due_at is None
    decide(incident, Step.WARNING, town.ben)
    decide(incident, Step.REMOVAL, town.dora)
    assert told("decided") == ["Marc Member"] * 3
    assert [step.deed for step in queries.steps_of(incident.id)][::-1] == [
        Deed.REPORTED, Deed.REMINDER, Deed.WARNING, Deed.REMOVAL,
    ]  # fmt: skip
    assert [step.by for step in queries.steps_of(incident.id)] == [town.dora, town.ben, town.ben, None]


def test_a_step_is_not_skipped_without_a_reason(town, sent):
    [incident] = sent(town.marc)
    with pytest.raises(Refused, match="Reminder comes before this"):
        decide(incident, Step.WARNING, town.ben)
    decide(incident, Step.WARNING, town.ben, because="It was a threat.")
    assert incident.step is Step.WARNING


def test_a_reminder_of_an_earlier_report_counts_for_two_years(town, sent):
    [first] = sent(town.marc)
    decide(first, Step.REMINDER, town.ben)
    [second] = sent(town.marc, now=NOON + 700 * DAY)
    assert queries.linked(second, town.ben.id) == [first]
    decide(second, Step.WARNING, town.ben, now=NOON + 700 * DAY)
    [third] = sent(town.marc, now=NOON + 1500 * DAY)
    with pytest.raises(Refused, match="Reminder comes before"):
        decide(third, Step.WARNING, town.ben, now=NOON + 1500 * DAY)


def test_a_step_that_was_taken_back_counts_no_more(town, sent):
    [first] = sent(town.marc)
    decide(first, Step.REMINDER, town.ben)
    appeal(first, town.marc)
    with transaction():
        service.choose_second(first, town.una, by=town.ben, now=NOON + 3 * DAY)
    hear(first, town.una, uphold=False)
    [second] = sent(town.marc, now=NOON + 9 * DAY)
    with pytest.raises(Refused, match="Reminder comes before"):
        decide(second, Step.WARNING, town.ben, now=NOON + 10 * DAY)


def test_a_step_needs_a_person_and_words_for_them(town, sent):
    [incident] = sent()
    with pytest.raises(Refused, match="whom this report is about"):
        decide(incident, Step.REMINDER, town.ben)
    [incident] = sent(town.marc)
    with pytest.raises(Refused, match="what Marc Member is told"), transaction():
        service.take_step(incident, Step.REMINDER, told=" ", by=town.ben, now=NOON)


def test_nothing_to_do_is_kept_with_its_reason_and_told_to_nobody(town, sent):
    [incident] = sent(town.marc)
    with pytest.raises(Refused, match="Say why"), transaction():
        service.dismiss(incident, note=" ", by=town.ben, now=NOON)
    with transaction():
        service.dismiss(incident, note="A misunderstanding.", by=town.ben, now=NOON)
    assert incident.state is IncidentState.DISMISSED and told("decided") == []
    assert not policy.is_concerned(town.marc, incident)
    with pytest.raises(Refused, match="Nothing to do"):
        decide(incident, Step.REMINDER, town.ben)


def test_a_removal_ends_parts_and_roles_in_the_program_and_nowhere_else(town, sent, make):
    make.member(town.program, Role.EXPERT, town.marc, specialty="Hepatology")
    elsewhere = make.series(make.program("Pain", label="PN"))
    make.enrol(elsewhere, town.marc)
    [incident] = sent(town.marc)
    decide(incident, Step.REMOVAL, town.ben, because="He hurt somebody.")
    assert not programs.is_enrolled(town.series.id, town.marc.id)
    assert programs.roles_in(town.program.id, town.marc.id) == frozenset()
    assert programs.is_enrolled(elsewhere.id, town.marc.id)


def test_a_report_about_the_hub_as_a_whole_ends_everything(town, sent, make):
    elsewhere = make.series(make.program("Pain", label="PN"))
    make.enrol(elsewhere, town.marc)
    clerk = make.coordinator("Carl Clerk")
    [incident] = sent(town.marc, program=None)
    decide(incident, Step.REMOVAL, clerk, because="He hurt somebody.")
    assert not programs.is_enrolled(town.series.id, town.marc.id) and not programs.is_enrolled(
        elsewhere.id, town.marc.id
    )


def test_the_last_who_runs_a_program_and_the_last_owner_are_not_removed(town, sent, make):
    lonely = make.program("Pain", label="PN")
    paul = make.member(lonely, Role.COORDINATOR)
    [incident] = sent(paul, program=lonely)
    with pytest.raises(Refused, match="somebody who runs it"):
        decide(incident, Step.REMOVAL, town.olga, because="Enough.")
    make.coordinator("Carl Clerk")
    [incident] = sent(town.olga)
    with pytest.raises(Refused, match="only owner"):
        decide(incident, Step.REMOVAL, town.dora, because="Enough.")
    assert programs.roles_in(lonely.id, paul.id) == {Role.COORDINATOR}


def test_an_appeal_is_heard_by_somebody_outside_who_took_no_part(town, sent, make):
    expert = make.member(town.program, Role.EXPERT, make.person("Eva Expert"))
    [incident] = sent(town.marc)
    decide(incident, Step.REMINDER, town.ben)
    appeal(incident, town.marc)
    assert told("appealed") == ["Ben Coordinator", "Dora Director"]
    assert incident.due_at == NOON + 7 * DAY
    assert [person.name for person in queries.second_people(incident)] == ["Olga Owner", "Una Outside"]
    for wrong in (town.ben, town.dora, expert, town.grace, town.marc):
        with pytest.raises(Refused, match="Choose somebody from outside"), transaction():
            service.choose_second(incident, wrong, by=town.ben, now=NOON)
    assert not policy.may_read(town.una, incident)
    with transaction():
        service.choose_second(incident, town.una, by=town.ben, now=NOON + 3 * DAY)
    assert told("to_hear") == ["Una Outside"] and policy.may_hear(town.una, incident)
    assert not policy.may_handle(town.una, incident), "who hears it does not handle it"
    for wrong in (town.ben, town.marc, town.olga):
        with pytest.raises(Refused, match="Only the person who was chosen"):
            hear(incident, wrong, uphold=True)
    hear(incident, town.una, uphold=True)
    assert incident.state is IncidentState.UPHELD and told("outcome") == ["Marc Member"]
    with pytest.raises(Refused):
        hear(incident, town.una, uphold=False)
    with pytest.raises(Refused, match="nothing here"):
        appeal(incident, town.marc)


def test_an_owner_who_took_a_step_does_not_hear_the_appeal(town, sent):
    [incident] = sent(town.marc)
    decide(incident, Step.REMINDER, town.olga)
    appeal(incident, town.marc)
    assert [person.name for person in queries.second_people(incident)] == ["Una Outside"]


def test_only_the_person_concerned_appeals_and_only_in_time(town, sent):
    [incident] = sent(town.marc)
    decide(incident, Step.REMINDER, town.ben)
    with pytest.raises(Refused, match="Only the person concerned"):
        appeal(incident, town.grace)
    with pytest.raises(Refused, match="30 days"):
        appeal(incident, town.marc, now=NOON + 32 * DAY)


def test_when_nobody_is_chosen_the_house_gives_it_to_an_owner(town, sent):
    [incident] = sent(town.marc)
    decide(incident, Step.REMINDER, town.ben)
    appeal(incident, town.marc)
    jobs.assign_appeals({}, NOON + 6 * DAY)
    assert incident.second is None
    for _twice in range(2):
        jobs.assign_appeals({}, NOON + 8 * DAY)
    assert incident.second == town.olga and told("to_hear") == ["Olga Owner"]


def test_reversing_a_removal_gives_back_exactly_what_it_ended(town, sent, make):
    make.member(town.program, Role.EXPERT, town.marc, specialty="Hepatology")
    waiting = make.series(town.program)
    make.enrol(waiting, town.marc, state=EnrolmentState.INVITED)
    left = make.series(town.program)
    make.enrol(left, town.marc, state=EnrolmentState.LEFT)
    [incident] = sent(town.marc)
    before = _parts(town.marc)
    decide(incident, Step.REMOVAL, town.ben, because="He hurt somebody.")
    assert _parts(town.marc) != before
    appeal(incident, town.marc)
    with transaction():
        service.choose_second(incident, town.una, by=town.ben, now=NOON + 3 * DAY)
    hear(incident, town.una, uphold=False)
    assert _parts(town.marc) == before
    assert incident.state is IncidentState.REVERSED


def test_a_staff_role_is_ended_and_given_back_too(town, sent, make):
    clerk = make.coordinator("Carl Clerk")
    [incident] = sent(clerk)
    decide(incident, Step.REMOVAL, town.olga, because="He hurt somebody.")
    assert not programs.is_staff(clerk.id)
    appeal(incident, clerk)
    with transaction():
        service.choose_second(incident, town.una, by=town.olga, now=NOON + 3 * DAY)
    hear(incident, town.una, uphold=False)
    assert db.session.scalars(select(Staff.role).where(Staff.person_id == clerk.id)).one() is StaffRole.COORDINATOR


def test_what_was_written_is_in_no_letter_job_or_audit_and_sealed_in_its_own_rows(town, sent):
    [incident] = sent(town.marc, who="XWHOX Marc")
    decide(incident, Step.REMINDER, town.ben)
    decide(incident, Step.REMOVAL, town.ben, because="XBECAUSEX again")
    appeal(incident, town.marc)
    with transaction():
        service.choose_second(incident, town.una, by=town.ben, now=NOON + 3 * DAY)
    hear(incident, town.una, uphold=False)
    for table in (Letter, Entry, Job):
        for row in db.session.execute(select(table.__table__)):
            assert not any(word in str(tuple(row)) for word in _canaries()), table
    for table in ("incidents", "incident_steps", "incident_parties"):
        for row in db.session.execute(text(f"SELECT * FROM {table}")):
            assert not any(word in str(tuple(row)) for word in _canaries()), table
    assert incident.text == SECRET and incident.who == "XWHOX Marc"


def test_neither_letters_to_the_person_concerned_nor_the_audit_name_the_reporter(town, sent):
    [incident] = sent(town.marc)
    decide(incident, Step.REMINDER, town.ben)
    deeds = db.session.execute(select(Entry.person_id).where(Entry.thing == incident.code)).scalars().all()
    assert town.grace.id not in deeds
    letters = db.session.scalars(select(Letter).where(Letter.kind.startswith("conduct/"))).all()
    assert letters and not any("Grace" in letter.text + letter.html + letter.to_name for letter in letters)


def _canaries():
    return ("XCANARYX", "XWHOX", "XTOLDX", "XNOTEX", "XBECAUSEX", "XAPPEALX", "XREASONX")


def _parts(person):
    enrolments = db.session.execute(select(Enrolment.code, Enrolment.state).where(Enrolment.person_id == person.id))
    roles = db.session.execute(
        select(Membership.program_id, Membership.role, Membership.specialty).where(Membership.person_id == person.id)
    )
    return sorted(map(tuple, enrolments)), sorted(map(tuple, roles))


def test_incidents_are_made_in_one_piece(town, sent):
    """A report that is refused leaves nothing behind."""
    with pytest.raises(Refused):
        sent(town.marc, town.grace)
    assert db.session.scalars(select(Incident)).all() == []
