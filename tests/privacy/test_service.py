"""A copy of one's data, being erased, agreeing, and clearing out what is past its time."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.audit import service as audit
from echo_sessions.audit.models import Entry, Look
from echo_sessions.cases import service as cases
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState
from echo_sessions.certificates import service as certificates
from echo_sessions.certificates.models import Certificate
from echo_sessions.credit.models import Award
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.files.models import File
from echo_sessions.jobs import worker
from echo_sessions.mail import service as mail
from echo_sessions.mail.rules import Message
from echo_sessions.people import queries as people
from echo_sessions.people import service as people_service
from echo_sessions.people.models import Absence, Address, Handover, OneTimeLink, Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.privacy import erasing, jobs, queries, retention, service
from echo_sessions.privacy.models import DataRequest, RetentionRun
from echo_sessions.privacy.rules import ConsentKind, RequestState, RunState
from echo_sessions.programs import queries as programs
from echo_sessions.programs.rules import EnrolmentState, Role

DAY = timedelta(days=1)


@pytest.fixture
def grace(make):
    """A nurse with a licence, in a series, with credit for one session."""
    make.hub()
    person = make.person("Grace Okoro", email="grace@clinic.test", profession="Nurse", registration="RN-778899")
    series = make.series()
    make.enrol(series, person, site=make.site("Clinic of the Valley"))
    held = make.session(series, starts_in=-7 * DAY)
    make.policy(series.program)
    make.awarded(held, {person: 85})
    by = make.coordinator()
    with transaction():
        certificates.issue(certificates.due(held), by=by, now=make.now)
    return person


def copy_of(person, make, app):
    with transaction():
        asked = service.ask_copy(person, by=person, now=make.now)
    jobs.make_copy({"request": asked.id}, make.now)
    asked = db.session.get_one(DataRequest, asked.id)
    data = app.extensions["storage"].get(asked.file.key)
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        return asked, {name: zipped.read(name) for name in zipped.namelist()}


def test_a_copy_holds_what_the_hub_knows_for_people_and_for_machines(make, app, grace, outbox):
    asked, parts = copy_of(grace, make, app)
    tables = json.loads(parts["data.json"])["tables"]
    assert tables["people"][0]["name"] == "Grace Okoro" and tables["people"][0]["registration"] == "RN-778899"
    assert tables["addresses"][0]["email"] == "grace@clinic.test"
    assert tables["awards"][0]["minutes"] == 85
    page = parts["data.html"].decode()
    assert "RN-778899" in page and "licence or registration number" in page
    assert asked.state is RequestState.READY and asked.facts["people"] == 1
    [letter] = outbox("privacy/copy_ready")
    assert "RN-778899" not in letter.text and "/me/data" in letter.text


def test_a_copy_holds_no_password_and_nobody_else(make, app, grace):
    other = make.person("Peter Mwangi", email="peter@clinic.test", registration="RN-112233")
    _, parts = copy_of(grace, make, app)
    whole = b"".join(parts.values())
    assert b"correct horse" not in whole and grace.account.fs_uniquifier.encode() not in whole
    assert b"Peter" not in whole and b"RN-112233" not in whole and other.address.encode() not in whole


def test_a_copy_holds_no_story_of_a_patient(make, app, grace):
    program = programs.enrolments_of([grace.id])[0].series.program
    with transaction():
        case = cases.start(program, author=grace, now=make.now)
        case.answers = {"story": "CANARY a cough of six weeks"}
    _, parts = copy_of(grace, make, app)
    assert case.code.encode() in parts["data.json"] and b"CANARY" not in b"".join(parts.values())


def test_asking_twice_is_asking_once_and_the_copy_goes_after_a_week(make, app, grace):
    asked, _ = copy_of(grace, make, app)
    key = asked.file.key
    jobs.make_copy({"request": asked.id}, make.now)
    jobs.keep_promises({}, make.now + 6 * DAY)
    assert db.session.get_one(DataRequest, asked.id).file is not None
    jobs.keep_promises({}, make.now + 7 * DAY)
    gone = db.session.get_one(DataRequest, asked.id)
    assert gone.state is RequestState.DONE and gone.file_id is None
    assert db.session.scalars(select(File).where(File.key == key)).first() is None


def erased(person, make):
    with transaction():
        service.ask_erasure(person, by=person, now=make.now)
    jobs.keep_promises({}, make.now + 7 * DAY)
    db.session.expire_all()


def test_an_erased_person_is_nowhere_but_where_it_must_stay(make, app, grace, outbox):
    number, registered = grace.id, db.session.scalars(select(Certificate)).one().code
    erased(grace, make)
    person = db.session.get_one(Person, number)
    assert person.erased_at == make.now + 7 * DAY
    assert (person.name, person.profession, person.registration, person.address) == ("Erased person", None, None, None)
    assert people.by_address("grace@clinic.test") is None and queries.account_is_open(number) is False
    assert {row.state for row in programs.enrolments_of([number])} == {EnrolmentState.LEFT}
    assert db.session.scalars(select(Award).where(Award.person_id == number)).one().minutes == 85
    certificate = db.session.scalars(select(Certificate)).one()
    assert certificate.code == registered and "Grace Okoro" in json.dumps(certificate.snapshot)
    [letter] = outbox("privacy/erased")
    assert letter.to_address == "grace@clinic.test" and "Grace" not in letter.text and letter.person_id is None


def test_letters_to_the_erased_lose_their_words_and_those_unsent_never_leave(make, grace, outbox):
    with transaction():
        mail.queue(
            Message(kind="test/x", to="grace@clinic.test", to_name="Grace Okoro", subject="S", text="T\n", html="<p>T</p>", person_id=grace.id),
            now=make.now, from_name="Mountain Hub",
        )  # fmt: skip
    erased(grace, make)
    assert [letter.kind for letter in outbox() if letter.kind == "test/x"] == []
    assert all(letter.text == "" for letter in outbox() if letter.person_id == grace.id)


def test_cases_nobody_has_heard_are_taken_back_and_their_text_goes(make, grace):
    program = programs.enrolments_of([grace.id])[0].series.program
    with transaction():
        draft, waiting, heard = (cases.start(program, author=grace, now=make.now) for _ in range(3))
        for case, state in ((waiting, CaseState.SUBMITTED), (heard, CaseState.PRESENTED)):
            case.state, case.submitted_at, case.answers = state, make.now, {"story": "a cough"}
    draft_id, waiting_id, heard_id = draft.id, waiting.id, heard.id
    erased(grace, make)
    assert db.session.get(Case, draft_id) is None
    waiting, heard = db.session.get_one(Case, waiting_id), db.session.get_one(Case, heard_id)
    assert (waiting.state, waiting.answers) == (CaseState.WITHDRAWN, {})
    assert (heard.state, heard.answers, heard.author.name) == (
        CaseState.PRESENTED,
        {"story": "a cough"},
        "Erased person",
    )


def test_an_erasure_can_be_called_off_for_a_week(make, grace):
    with transaction():
        asked = service.ask_erasure(grace, by=grace, now=make.now)
        service.call_off(asked, by=grace, now=make.now + 6 * DAY)
    jobs.keep_promises({}, make.now + 8 * DAY)
    assert db.session.get_one(Person, grace.id).erased_at is None
    with pytest.raises(Refused, match="nothing to call off"), transaction():
        service.call_off(db.session.get_one(DataRequest, asked.id), by=grace, now=make.now + 8 * DAY)


def test_the_last_owner_and_the_last_who_runs_a_program_stay(make):
    hub, owner = make.hub(), make.person("Olga")
    with transaction():
        people_service.appoint(owner, hub, StaffRole.OWNER, now=make.now)
    with pytest.raises(Refused, match="needs an owner"), transaction():
        service.ask_erasure(owner, by=owner, now=make.now)
    program = make.program("Diabetes")
    runner = make.member(program, Role.DIRECTOR)
    with pytest.raises(Refused, match="Diabetes needs somebody"), transaction():
        service.ask_erasure(runner, by=runner, now=make.now)
    make.member(program, Role.COORDINATOR)
    with transaction():
        service.ask_erasure(runner, by=runner, now=make.now)


def test_erasing_twice_is_refused_and_carrying_out_twice_does_nothing(make, grace):
    erased(grace, make)
    deeds = len(db.session.scalars(select(Entry).where(Entry.deed == "person erased")).all())
    jobs.keep_promises({}, make.now + 9 * DAY)
    assert deeds == 1 == len(db.session.scalars(select(Entry).where(Entry.deed == "person erased")).all())
    with pytest.raises(Refused, match="has been erased"):
        erasing.check(db.session.get_one(Person, grace.id))


def test_what_was_agreed_can_be_taken_back_and_both_stay_on_record(make, grace):
    with transaction():
        service.say(grace, ConsentKind.STORY, given=True, now=make.now)
        service.say(grace, ConsentKind.STORY, given=True, now=make.now)
    assert queries.has_consented(grace.id, ConsentKind.STORY)
    with transaction():
        service.say(grace, ConsentKind.STORY, given=False, now=make.now + DAY)
    assert not queries.has_consented(grace.id, ConsentKind.STORY)
    assert [row.given for row in queries.consent_history(grace.id)] == [False, True]


def old_link(person, make, days):
    with transaction():
        people_service.make_link(person, purpose="sign-in", now=make.now - timedelta(days=days))


def test_what_is_past_its_time_is_shown_for_a_week_and_then_goes(make, grace, outbox):
    hub, owner = people.hub(), make.person("Olga")
    with transaction():
        people_service.appoint(owner, hub, StaffRole.OWNER, now=make.now)
    old_link(grace, make, 40)
    old_link(grace, make, 29)
    jobs.show_old({}, make.now)
    [letter] = outbox("privacy/clearing_out")
    assert letter.to_address == owner.address and "Grace" not in letter.text
    jobs.show_old({}, make.now + 6 * DAY)
    assert len(db.session.scalars(select(OneTimeLink)).all()) == 2
    jobs.show_old({}, make.now + 7 * DAY)
    run = db.session.scalars(select(RetentionRun)).one()
    assert run.state is RunState.DONE and run.counts["links"]["cleared"] == 1
    assert len(db.session.scalars(select(OneTimeLink)).all()) == 1, "what grew old since waits to be shown"


def test_a_clearing_out_that_is_held_back_waits_until_somebody_lets_it_go(make, grace, app):
    ana = make.coordinator()
    old_link(grace, make, 40)
    jobs.show_old({}, make.now)
    run = db.session.scalars(select(RetentionRun)).one()
    with transaction():
        service.hold(run, by=ana, now=make.now)
    jobs.show_old({}, make.now + 30 * DAY)
    assert db.session.scalars(select(RetentionRun)).one().state is RunState.HELD
    with transaction():
        service.let_go(db.session.get_one(RetentionRun, run.id), by=ana, now=make.now + 31 * DAY)
    worker.work_off(app, now=make.now + 31 * DAY)
    assert db.session.scalars(select(OneTimeLink)).all() == []


def test_nothing_old_means_nothing_to_show(make, grace, outbox):
    jobs.show_old({}, make.now)
    assert db.session.scalars(select(RetentionRun)).all() == [] and outbox("privacy/clearing_out") == []


def test_a_period_below_the_accreditors_is_refused(make, grace):
    ana = make.coordinator()
    with pytest.raises(Refused, match="accreditors ask for it"), transaction():
        service.set_period("evidence", 365, by=ana, now=make.now)
    with transaction():
        service.set_period("links", 10, by=ana, now=make.now)
    assert retention.periods()["links"] == 10
    old_link(grace, make, 11)
    assert retention.old(make.now)["links"][0] == 1


def test_evidence_of_six_years_ago_loses_its_names_and_the_minutes_stay(make, grace):
    later = make.now + timedelta(days=6 * 365 + 30)
    assert retention.old(make.now).get("evidence") is None
    with transaction():
        count = retention.clear("evidence", later - timedelta(days=6 * 365 + 2), now=later)
    assert count == 1 and "evidence" not in retention.old(later)
    assert db.session.scalars(select(Award)).one().minutes == 85


def test_looks_and_absences_of_two_years_ago_go_with_what_was_taken_over(make, grace):
    away, deputy = make.coordinator(), make.coordinator()
    with transaction():
        gone = Absence(person=away, deputy=deputy, starts_at=make.now, ends_at=make.now + DAY, made_at=make.now)
        db.session.add_all([gone, Handover(absence=gone, deputy=deputy, thing="C-1", at=make.now)])
        audit.saw(away.id, "profile", grace.code, at=make.now)
    later = make.now + 732 * DAY
    assert {"looks", "absences"} <= retention.old(later).keys() and not {"looks", "absences"} & retention.old(
        make.now
    ).keys()
    with transaction():
        assert retention.clear("absences", later - 730 * DAY, now=later) == 1
        assert retention.clear("looks", later - 730 * DAY, now=later) == 1
    assert not db.session.scalars(select(Handover)).all() and not db.session.scalars(select(Look)).all()


def test_people_without_a_trace_for_six_years_are_erased_and_those_with_one_stay(make, grace):
    later = make.now + timedelta(days=6 * 365 + 30)
    before = later - timedelta(days=6 * 365 + 2)
    active = make.person("Active Ada")
    make.now += timedelta(days=365)
    make.enrol(make.series(), active)
    with transaction():
        retention.clear("people", before, now=later)
    assert db.session.get_one(Person, grace.id).erased_at == later
    assert db.session.get_one(Person, active.id).name == "Active Ada"
    assert db.session.scalars(select(Address).where(Address.person_id == grace.id)).all() == []


def test_somebody_erased_stays_erased_when_an_older_database_is_restored(make, grace):
    erased(grace, make)
    with transaction():
        person = db.session.get_one(Person, grace.id)
        person.name, person.erased_at = "Grace Okoro", None
        people_service.add_address(person, "grace@clinic.test", now=make.now)
    jobs.erase_again({}, make.now + 10 * DAY)
    db.session.expire_all()
    person = db.session.get_one(Person, grace.id)
    assert (person.name, person.address, person.erased_at) == ("Erased person", None, make.now + 10 * DAY)
    assert erasing.restored() == []
