"""Counts that betray nobody, who may do what and why, the hub's staff, and what an auditor is shown."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.audit.models import Entry
from echo_sessions.cases import service as cases
from echo_sessions.cases.common_form import common_core
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.people import service as people
from echo_sessions.people.models import Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.models import Enrolment, Membership, SiteLead
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.rules import DutyRole

STORY = "A canary of fifty-four years"


@pytest.fixture
def held(make):
    """A session that nine nurses of one clinic and one teacher from elsewhere came to."""
    program = make.program()
    series = make.series(program)
    valley, school = make.site("Clinic of the Valley"), make.site("School on the Hill")
    nurses = [make.enrol(series, make.person(profession="Nurse"), site=valley) for _ in range(9)]
    teacher = make.enrol(series, make.person("Tess Teacher", profession="Teacher"), site=school)
    session = make.session(series, starts_in=timedelta(days=-7))
    make.policy(program)
    make.awarded(session, dict.fromkeys([*nurses, teacher], 80))
    return program, session, valley, teacher


def a_case(make, program, session=None, state=CaseState.IN_REVIEW):
    author = make.person("Grace Okoro")
    with transaction():
        cases.publish_form(name="common-core", schema=common_core(), now=make.now)
        case = cases.start(program, author=author, now=make.now)
        case.state, case.submitted_at, case.session = state, make.now, session
        case.answers = {"main_question": STORY}
    return case


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.EVALUATOR], ids=str)
def test_a_sponsor_sees_counts_and_cannot_work_out_the_one_teacher(make, client, held, role):
    program, *_ = held
    page = client.as_(make.member(program, role)).get_page(f"/programs/{program.code}/counts")
    words = page.text()
    assert "10 Attendances" in words and "Tess" not in words
    rows = [" ".join("".join(row.itertext()).split()) for row in page.all("tr")]
    [teachers] = [row for row in rows if row.startswith("Teacher")]
    [nurses] = [row for row in rows if row.startswith("Nurse")]
    assert "9" not in nurses, "ten less nine would be the teacher"
    assert not any(character.isdigit() for character in teachers.replace("fewer than 5", ""))


def test_the_lead_of_a_site_that_takes_part_sees_counts_and_nothing_else(make, client, held):
    program, session, valley, teacher = held
    lead = make.person("Lena Lead")
    with transaction():
        db.session.add(SiteLead(site_id=valley.id, person_id=lead.id, since=make.now))
    theirs = client.as_(lead)
    theirs.get_page(f"/programs/{program.code}/counts")
    for url in (f"/sessions/{session.code}", f"/sessions/{session.code}/register", f"/people/{teacher.code}"):
        theirs.get_page(url, 404)


def test_who_leaves_an_employer_takes_record_and_certificates_along_and_the_former_lead_sees_them_no_more(make, client):
    program = make.program()
    series = make.series(program)
    old, new = make.site("Old employer"), make.site("New employer")
    nurse = make.enrol(series, make.person("Nora Nurse"), site=old)
    make.policy(program)
    make.session(series, starts_at=clock.now() + timedelta(days=5))
    held = make.session(series, starts_in=timedelta(days=-7))
    make.awarded(held, {nurse: 80})
    lead = make.person("Lena Lead")
    with transaction():
        db.session.add(SiteLead(site_id=old.id, person_id=lead.id, since=make.now))
    assert "Nora Nurse" in client.as_(lead).get_page(f"/sites/{old.code}/room").text()
    with transaction():
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == nurse.id)).one()
        enrolment.site_id = new.id
    assert "Nora Nurse" not in client.as_(lead).get_page(f"/sites/{old.code}/room").text()
    assert "80" in client.as_(nurse).get_page("/me").text(), "the own record stays"


def test_an_auditor_reads_the_records_of_a_program_until_the_last_day(make, client, held):
    program, session, *_ = held
    auditor = make.member(program, Role.AUDITOR, ends_at=clock.now() + timedelta(hours=1))
    theirs = client.as_(auditor)
    for url in (
        f"/programs/{program.code}", f"/sessions/{session.code}", f"/sessions/{session.code}/register", f"/sessions/{session.code}/close",
        f"/sessions/{session.code}/attendance", f"/programs/{program.code}/credit", f"/programs/{program.code}/roles", "/certificates", "/people",
    ):  # fmt: skip
        page = theirs.get_page(url)
        main = page.tree.find(".//main")
        assert not [form for form in main.iter("form") if (form.get("method") or "get") == "post"], (
            f"{url} has a button"
        )
    with transaction():
        row = db.session.scalars(select(Membership).where(Membership.person_id == auditor.id)).one()
        row.ends_at = clock.now() - timedelta(seconds=1)
    theirs.get_page(f"/programs/{program.code}", 404)
    theirs.get_page(f"/sessions/{session.code}/register", 404)


def test_the_auditor_sees_that_a_case_is_there_and_not_one_word_of_it(make, client):
    program = make.program()
    case = a_case(make, program)
    auditor = make.member(program, Role.AUDITOR, ends_at=clock.now() + timedelta(days=3))
    page = client.as_(auditor).get_page(f"/cases/{case.code}")
    assert "Blacked out for the auditor." in page.text() and STORY not in page.body
    assert STORY in client.as_(make.coordinator()).get_page(f"/cases/{case.code}").body


def test_every_page_that_an_auditor_is_shown_is_in_the_audit(make, client, held):
    program, session, *_ = held
    auditor = make.member(program, Role.AUDITOR, ends_at=clock.now() + timedelta(days=3))
    theirs = client.as_(auditor)
    theirs.get_page(f"/sessions/{session.code}/register")
    theirs.get_page("/programs")
    theirs.get_page(f"/sessions/{session.code}/register/add", 403)
    noted = db.session.scalars(select(Entry).where(Entry.deed == "audited page", Entry.person_id == auditor.id)).all()
    assert [(entry.thing, entry.facts["page"]) for entry in noted] == [
        (session.code, "attendance.register"),
        ("-", "programs.list_programs"),
    ]


def test_an_auditor_needs_an_end_and_does_not_audit_the_own_work(make, client):
    program, owner = make.program(), make.coordinator()
    runs = make.member(program, Role.DIRECTOR, make.person("Dina Director"))
    hers = client.as_(owner)
    url = f"/programs/{program.code}/team/new"
    page = hers.submit(url, 422, email="a@audit.test", name="Aud Itor", role="auditor")
    assert "for a time only" in page.text() and page.fields()["email"] == "a@audit.test"
    far = (clock.now() + timedelta(days=500)).date().isoformat()
    hers.submit(url, 422, email="a@audit.test", name="Aud Itor", role="auditor", last_day=far)
    soon = (clock.now() + timedelta(days=30)).date().isoformat()
    assert "runs this program" in hers.submit(url, 422, email=runs.address, role="auditor", last_day=soon).text()
    hers.submit(url, email="a@audit.test", name="Aud Itor", role="auditor", last_day=soon)
    assert db.session.scalars(select(Membership.ends_at).where(Membership.role == Role.AUDITOR)).one() is not None


def test_the_roles_page_says_who_may_do_what_and_from_which_row(make, client):
    program, boss = make.program(), make.coordinator()
    client.as_(boss).submit(
        f"/programs/{program.code}/team/new", email="f@hub.test", name="Femi Facilitator", role="facilitator"
    )
    session = make.session(make.series(program), title="Cirrhosis")
    make.duty(session, DutyRole.PANEL, make.person("Lin Wei", verified=False))
    page = client.as_(boss).get_page(f"/programs/{program.code}/roles")
    rows = {next(iter(row.itertext())): " ".join(" ".join(row.itertext()).split()) for row in page.all("tbody/tr")}
    text = " ".join(rows.values())
    assert "Femi Facilitator" in text and "appointed by Ana Ruiz" in text
    assert "On the panel · Cirrhosis" in text and "not verified" in text
    only = client.as_(boss).get_page(f"/programs/{program.code}/roles?right=recommend").text()
    assert "Lin Wei" in only and "Femi" not in only
    assert "Nobody found" in client.as_(boss).get_page(f"/programs/{program.code}/roles?q=zzz").text()
    client.as_(make.member(program, Role.EXPERT)).get_page(f"/programs/{program.code}/roles", 404)


def test_who_may_read_a_case_is_told_as_the_house_would_answer(make, client):
    program, boss = make.program(), make.coordinator("Ana Ruiz")
    session = make.session(make.series(program), starts_at=clock.now() + timedelta(days=1))
    case = a_case(make, program, session, CaseState.SCHEDULED)
    make.duty(session, DutyRole.PANEL, make.person("Known Expert"))
    make.duty(session, DutyRole.PANEL, make.person("New Expert", verified=False))
    make.enrol(session.series, make.person("Pat Participant"))
    page = client.as_(boss).get_page(f"/cases/{case.code}/readers")
    rows = {row.find("th").text: " ".join(" ".join(row.find("td").itertext()).split()) for row in page.all("tbody/tr")}
    assert rows["Ana Ruiz"].startswith("Reads it") and rows["Known Expert"].startswith("Reads it")
    assert rows["New Expert"].startswith("Not verified") and rows["Pat Participant"].startswith("Later")
    assert rows["Grace Okoro"].startswith("Reads it wrote it")


def owner_of(make):
    owner, hub = make.person("Wilma Owner"), make.hub()
    with transaction():
        people.appoint(owner, hub, StaffRole.OWNER, now=make.now)
    return owner


def test_owners_alone_appoint_who_works_for_the_hub(make, client, outbox):
    owner, other = owner_of(make), make.coordinator("Hanna Hub")
    client.as_(other).get_page("/staff", 403)
    client.as_(make.person()).get_page("/staff", 404)
    hers = client.as_(owner)
    assert "Hanna Hub" in hers.get_page("/staff").text()
    assert "write the name too" in hers.submit("/staff/new", 422, email="new@hub.test", role="coordinator").text()
    hers.submit("/staff/new", email="new@hub.test", name="Nina New", role="coordinator")
    assert "oversight/staff_appointed" in [letter.kind for letter in outbox()]
    hers.submit(f"/staff/{other.code}/dismiss")
    assert db.session.scalar(select(Staff.id).where(Staff.person_id == other.id)) is None
    client.as_(other).get_page("/letters", 404)


def test_the_last_owner_stays(make, client):
    owner = owner_of(make)
    page = client.as_(owner).submit(f"/staff/{owner.code}/dismiss", 409)
    assert "The hub needs an owner" in page.text()
    hers = client.as_(owner)
    assert "needs an owner" in hers.submit("/staff/new", 422, email=owner.address, role="coordinator").text()


def test_the_hubs_room_shows_each_reader_the_doors_that_open(make, client):
    hers = client.as_(make.coordinator())
    page = hers.get_page("/hub")
    assert "Who has agreed" in page.text() and "The law of recalls" not in page.text()
    inside = [
        link for link in page.links() if link in {"/audit", "/letters", "/retention", "/verification", "/texts/conduct"}
    ]
    assert len(set(inside)) == 5
    for link in set(inside):
        hers.get_page(link)
    runs = make.member(make.program(), Role.COORDINATOR)
    page = client.as_(runs).get_page("/hub")
    assert "Checks" in page.text() and "Letters" not in page.text()
    assert client.as_(make.person()).get("/hub").status_code == 404
