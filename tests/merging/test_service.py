"""Two records made one, and given back exactly."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from echo_sessions.attendance import service as attendance
from echo_sessions.attendance.models import Attendance, Identification
from echo_sessions.attendance.register import computed
from echo_sessions.certificates import service as certificates
from echo_sessions.credit import queries as credit
from echo_sessions.credit import service as credit_service
from echo_sessions.database import Model, db, transaction
from echo_sessions.errors import Refused
from echo_sessions.merging import journal, service
from echo_sessions.people import queries as people
from echo_sessions.people import service as people_service
from echo_sessions.people.models import Delegate, Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.privacy import erasing
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions import ways
from echo_sessions.sessions.models import Invitation
from echo_sessions.sessions.rules import Answer

TRACES = frozenset({"audit", "audit_head", "figures", "jobs", "letters", "merges", "looks"})


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but the traces that a deed leaves."""
    found = {}
    with db.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            if table.name not in TRACES and "id" in table.c:
                rows = connection.execute(select(table).order_by(table.c.id)).mappings()
                found[table.name] = [{key: journal.packed(value) for key, value in row.items()} for row in rows]
    return found


def merged(kept: Person, gone: Person, by: Person, now: Any) -> Any:
    with transaction():
        return service.merge(kept, gone, by=by, now=now)


@pytest.fixture
def by(make):
    return make.coordinator("Ana Ruiz")


@pytest.fixture
def two(make):
    """Grace with a licence, and Grace again without."""
    return (
        make.person("Grace Okoro", profession="Nurse", registration="RN-77"),
        make.person("Okoro, Grace", email="grace@home.test"),
    )


def test_everything_moves_and_the_other_record_stands_aside(make, by, two):
    kept, gone = two
    series = make.series()
    make.enrol(series, gone, site=make.site())
    make.member(series.program, Role.EXPERT, gone)
    done = merged(kept, gone, by, make.now)
    assert gone.merged_into_id == kept.id and people.kept_of(gone) is kept
    assert [address.email for address in kept.addresses] == [two[0].address, "grace@home.test"]
    assert [address.primary for address in kept.addresses] == [True, False]
    assert programs.is_enrolled(series.id, kept.id)
    assert programs.roles_in(series.program_id, kept.id) == {Role.EXPERT}
    assert people.by_address("grace@home.test") is kept
    assert gone.account is not None and gone.account.active is False
    assert "Both can sign in" in done.said[0][0]


def test_undoing_gives_back_exactly_what_was(make, by, two, app):
    kept, gone = two
    series, session = make.series(), make.session(starts_in=timedelta(days=-3))
    for person in two:
        make.enrol(series, person)
        make.enrol(session.series, person)
        make.member(series.program, Role.EXPERT, person)
    make.policy(session.series.program)
    make.awarded(session, {kept: 40, gone: 80})
    with transaction():
        certificates.issue(certificates.due(session), by=by, now=make.now)
        db.session.add(Delegate(person_id=kept.id, delegate_id=gone.id, since=make.now))
        people_service.make_link(gone, purpose="sign-in", now=make.now)
    before = everything()
    done = merged(kept, gone, by, make.now)
    assert everything() != before
    with transaction():
        lost = service.undo(done, by=by, now=make.now)
    assert lost == []
    assert everything() == before


def test_both_in_one_series_keep_the_place_that_goes_further(make, by, two):
    kept, gone = two
    series, site = make.series(), make.site("Clinic of the Valley")
    make.enrol(series, kept, state=EnrolmentState.LEFT)
    make.enrol(series, gone, site=site)
    done = merged(kept, gone, by, make.now)
    [place] = db.session.scalars(select(Enrolment).where(Enrolment.series_id == series.id)).all()
    assert (place.person_id, place.state, place.site_id) == (kept.id, EnrolmentState.ACTIVE, site.id)
    assert done.said[-1][1]["state"] == "active"


def test_an_answer_of_the_other_counts_and_its_entry_is_left_to_be_taken_back(make, by, two):
    kept, gone = two
    session = make.session()
    with transaction():
        for person, answer in ((kept, Answer.NEEDS_ACTION), (gone, Answer.ACCEPTED)):
            db.session.add(
                Invitation(code=f"I-{person.id}", session_id=session.id, person_id=person.id, address=person.address, answer=answer)
            )  # fmt: skip
    merged(kept, gone, by, make.now)
    answers = {row.person_id: row.answer for row in db.session.scalars(select(Invitation))}
    assert answers == {kept.id: Answer.ACCEPTED, gone.id: Answer.ACCEPTED}


def test_an_open_register_counts_both_once(make, by, two):
    kept, gone = two
    session = make.session(starts_in=timedelta(days=-3))
    for person in two:
        make.enrol(session.series, person)
    make.attended(session, {kept: 40, gone: 80})
    merged(kept, gone, by, make.now)
    [line] = computed(session).lines
    assert (line.person.id, line.minutes) == (kept.id, 80)


def test_in_a_closed_register_the_minutes_become_one_on_record(make, by, two):
    kept, gone = two
    session = make.session(starts_in=timedelta(days=-3))
    for person in two:
        make.enrol(session.series, person)
    make.policy(session.series.program)
    make.awarded(session, {kept: 40, gone: 80})
    done = merged(kept, gone, by, make.now)
    rows = {row.person_id: row for row in db.session.scalars(select(Attendance)).unique()}
    assert (rows[kept.id].minutes, rows[gone.id].minutes) == (80, 0)
    assert [(c.was, c.became) for c in rows[kept.id].corrections] == [(40, 80)]
    assert [(c.was, c.became) for c in rows[gone.id].corrections] == [(80, 0)]
    [award] = credit.of_session(session.id)
    assert (award.person_id, award.minutes) == (kept.id, 80)
    assert "recorded correction" in done.said[-1][0]


def test_certificates_stay_valid_and_say_what_they_said(make, by, two):
    kept, gone = two
    session = make.session(starts_in=timedelta(days=-3))
    make.enrol(session.series, gone)
    make.policy(session.series.program)
    make.awarded(session, {gone: 80})
    with transaction():
        [certificate] = certificates.issue(certificates.due(session), by=by, now=make.now)
    before = certificates.verify(certificate.code)
    merged(kept, gone, by, make.now)
    assert certificates.verify(certificate.code) == before
    assert certificate.person_id == kept.id
    assert certificates.due(session)[0].problem is not None


def test_two_certificates_for_one_activity_are_numbered_on(make, by, two):
    kept, gone = two
    session = make.session(starts_in=timedelta(days=-3))
    for person in two:
        make.enrol(session.series, person)
    make.policy(session.series.program)
    make.awarded(session, {kept: 60, gone: 80})
    with transaction():
        made = certificates.issue(certificates.due(session), by=by, now=make.now)
    merged(kept, gone, by, make.now)
    assert sorted((c.person_id, c.number) for c in made) == [(kept.id, 1), (kept.id, 2)]
    assert {certificates.verify(c.code)["state"] for c in made} == {"valid"}


def test_the_links_of_the_other_lead_to_the_kept_person(make, by, two):
    kept, gone = two
    session = make.session()
    make.enrol(session.series, gone)
    join, feed = (
        url.rsplit("/", 1)[-1].removesuffix(".ics") for url in (ways.join_url(session, gone), ways.feed_url(gone))
    )
    merged(kept, gone, by, make.now)
    assert ways.read_personal(ways.JOIN, join) == (session, kept)
    assert ways.read_own(ways.FEED, feed) is kept
    with transaction():
        gone.link_generation += 1
    assert ways.read_own(ways.FEED, feed) is None


def test_one_time_links_of_the_other_end(make, by, two):
    kept, gone = two
    with transaction():
        token = people_service.make_link(gone, purpose="sign-in", now=make.now)
    merged(kept, gone, by, make.now)
    assert people_service.look_at_link(token, purpose="sign-in", now=make.now) is None


def test_an_account_moves_to_who_has_none_and_signs_in_by_the_primary_address(make, by):
    kept = make.person("Grace Okoro", account=False, email="grace@work.test")
    gone = make.person("Grace Okoro", email="grace@home.test")
    done = merged(kept, gone, by, make.now)
    assert kept.account is not None and kept.account.email == "grace@work.test"
    with transaction():
        service.undo(done, by=by, now=make.now)
    assert gone.account is not None and gone.account.email == "grace@home.test"


def test_a_guest_without_anything_but_attendance_keeps_it(make, by):
    session = make.session(starts_in=timedelta(days=-3))
    guest = make.person("Grace O.", email=None, account=False)
    kept = make.person("Grace Okoro")
    make.attended(session, {guest: 50})
    [seen] = computed(session).waiting
    with transaction():
        attendance.identify(session, seen.key, verdict="person", person=guest, by=by, now=make.now)
    with transaction():
        credit_service.close_and_award(session, by=by, now=make.now)
    merged(kept, guest, by, make.now)
    [row] = db.session.scalars(select(Attendance)).unique()
    assert (row.person_id, row.minutes, row.role) == (kept.id, 50, "guest")


def test_what_is_missing_is_taken_and_what_is_there_stays(make, by):
    kept = make.person("Grace Okoro", profession="Nurse")
    gone = make.person("Grace Okoro", profession="Midwife", registration="RN-77")
    done = merged(kept, gone, by, make.now)
    assert (kept.profession, kept.registration) == ("Nurse", "RN-77")
    assert "RN-77" not in str(done.steps), "a sealed value never lies open in a merge"
    with transaction():
        service.undo(done, by=by, now=make.now)
    assert kept.registration is None


def test_undoing_leaves_alone_what_happened_since(make, by, two):
    kept, gone = two
    series, other = make.series(), make.series()
    make.enrol(series, gone)
    done = merged(kept, gone, by, make.now)
    make.enrol(other, kept)
    with transaction():
        kept.registration = "RN-78"
        people_service.add_address(kept, "new@home.test", now=make.now)
    with transaction():
        service.undo(done, by=by, now=make.now)
    assert programs.is_enrolled(other.id, kept.id) and programs.is_enrolled(series.id, gone.id)
    assert kept.registration == "RN-78"
    assert {a.email for a in kept.addresses} >= {"new@home.test"}


def test_minutes_certified_since_stay_and_are_said(make, by, two):
    kept, gone = two
    session = make.session(starts_in=timedelta(days=-3))
    for person in two:
        make.enrol(session.series, person)
    make.policy(session.series.program)
    make.awarded(session, {kept: 40, gone: 80})
    done = merged(kept, gone, by, make.now)
    with transaction():
        certificates.issue(certificates.due(session), by=by, now=make.now + timedelta(hours=1))
    with transaction():
        lost = service.undo(done, by=by, now=make.now + timedelta(hours=2))
    assert any("stay with" in one.message for one in lost)
    rows = {row.person_id: row.minutes for row in db.session.scalars(select(Attendance)).unique()}
    assert rows == {kept.id: 80, gone.id: 0}


def test_a_primary_address_that_goes_back_leaves_the_next_one(make, by, two):
    kept, gone = two
    own = kept.address
    done = merged(kept, gone, by, make.now)
    with transaction():
        for address in kept.addresses:
            address.primary = address.email == "grace@home.test"
        kept.account.email = "grace@home.test"
    with transaction():
        service.undo(done, by=by, now=make.now)
    assert (kept.address, kept.account.email, gone.address, gone.account.email) == (
        own,
        own,
        "grace@home.test",
        "grace@home.test",
    )


def test_merges_are_undone_in_order(make, by):
    one, two, three = (make.person() for _ in range(3))
    first, second = merged(one, two, by, make.now), merged(one, three, by, make.now)
    with pytest.raises(Refused, match="later"), transaction():
        service.undo(first, by=by, now=make.now)
    with transaction():
        service.undo(second, by=by, now=make.now)
    with transaction():
        service.undo(first, by=by, now=make.now)
    with pytest.raises(Refused, match="already"), transaction():
        service.undo(first, by=by, now=make.now)


def test_a_chain_leads_to_the_last(make, by):
    one, two, three = (make.person() for _ in range(3))
    first, second = merged(two, one, by, make.now), merged(three, two, by, make.now)
    assert people.kept_of(one) is three
    with pytest.raises(Refused, match="since"), transaction():
        service.undo(first, by=by, now=make.now)
    with transaction():
        service.undo(second, by=by, now=make.now)
    assert people.kept_of(one) is two


def test_what_can_never_be_merged(make, by):
    one, two, three = (make.person() for _ in range(3))
    with pytest.raises(Refused, match="same record"), transaction():
        service.merge(one, one, by=by, now=make.now)
    merged(one, two, by, make.now)
    for pair in ((three, two), (two, three)):
        with pytest.raises(Refused, match="merged into another"), transaction():
            service.merge(*pair, by=by, now=make.now)
    with transaction():
        three.erased_at = make.now
    with pytest.raises(Refused, match="erased"), transaction():
        service.merge(one, three, by=by, now=make.now)


def test_two_of_the_staff_are_one_with_the_higher_role(make, by, two):
    kept, gone = two
    hub = make.hub()
    with transaction():
        people_service.appoint(kept, hub, StaffRole.COORDINATOR, now=make.now)
        people_service.appoint(gone, hub, StaffRole.OWNER, now=make.now)
    done = merged(kept, gone, by, make.now)
    assert people.staff_role(kept.id).role is StaffRole.OWNER
    assert people.staff_role(gone.id) is None
    with transaction():
        service.undo(done, by=by, now=make.now)
    assert {row.person_id: row.role for row in db.session.scalars(select(Staff)) if row.person_id != by.id} == {
        kept.id: StaffRole.COORDINATOR, gone.id: StaffRole.OWNER,
    }  # fmt: skip


def test_deeds_stay_with_the_record_they_were_done_under(make, by):
    kept, gone = make.coordinator("Bea"), make.coordinator("Bea again")
    session = make.session(starts_in=timedelta(days=-3))
    visitor = make.person()
    make.attended(session, {visitor: 30})
    with transaction():
        row = db.session.scalars(select(Identification)).one()
        row.by_id = gone.id
    merged(kept, gone, by, make.now)
    assert row.by_id == gone.id


def test_erasing_the_kept_record_forgets_the_other_and_what_was_moved(make, by, two):
    kept, gone = two
    done = merged(kept, gone, by, make.now)
    with transaction():
        erasing.erase(kept, by=by, now=make.now)
    assert gone.erased_at is not None and gone.name == kept.name == "Erased person"
    assert not done.steps and not done.said
    with pytest.raises(Refused, match="erased"), transaction():
        service.undo(done, by=by, now=make.now)
