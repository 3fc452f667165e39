"""The pages about one person and one record: who meets what."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.attendance import service as attendance
from echo_sessions.attendance.models import Attendance
from echo_sessions.attendance.presence import Verdict
from echo_sessions.attendance.register import computed
from echo_sessions.credit import queries as credit_queries
from echo_sessions.credit import service as credit
from echo_sessions.database import db, transaction
from echo_sessions.merging import policy, service
from echo_sessions.merging.models import Merge, NotSame
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.rules import EnrolmentState, Role
from tests.attendance.test_guests import Written


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


@pytest.fixture
def two(make):
    return make.person("Grace Okoro", profession="Nurse"), make.person("Okoro, Grace", email="grace@home.test")


def test_from_the_pair_to_the_merge_and_back(make, ana, two, client):
    kept, gone = two
    series = make.series()
    make.enrol(series, gone)
    hers = client.as_(ana)
    page = hers.get_page("/people/duplicates")
    assert "The same name" in page.text()
    [link] = {link for link in page.links() if "with=" in link}
    page = hers.get_page(link)
    assert "grace@home.test" in page.text() and "Enrolments: 1" in page.text() and "Both can sign in" in page.text()
    assert db.session.scalars(select(Merge)).all() == [], "a preview changes nothing"
    page = hers.submit(link, action="")
    assert "Done" in page.text() and "Enrolments: 1" in page.text()
    merge = db.session.scalars(select(Merge)).unique().one()
    assert merge.kept_id == kept.id, "the older record is the one that is kept"
    assert hers.get(f"/people/{gone.code}").headers["Location"].endswith(f"/people/{kept.code}")
    assert "was merged into this record" in hers.get_page(f"/people/{kept.code}").text()
    assert gone.name not in hers.get_page("/people").text()
    assert "just as they were" in hers.get_page(f"/merges/{merge.code}/undo").text()
    page = hers.submit(f"/merges/{merge.code}/undo")
    assert "two records again" in page.body
    assert hers.get_page(f"/people/{gone.code}").status == 200
    assert "Undone" in hers.get_page("/people/merges").text()


def test_a_pair_that_is_two_people_is_shown_no_more(make, ana, two, client):
    hers = client.as_(ana)
    hers.submit("/people/duplicates", action="/not-the-same")
    assert len(db.session.scalars(select(NotSame)).all()) == 1
    assert "No two records look alike" in hers.get_page("/people/duplicates").text()
    page = hers.get_page(f"/people/{two[0].code}/merge?with={two[1].code}")
    assert "different people" in page.text(), "whoever merges them all the same is told"


def test_looking_for_the_other_record(make, ana, two, client):
    hers, other = client.as_(ana), make.person("Zodwa")
    page = hers.get_page(f"/people/{two[0].code}/merge")
    assert "Okoro, Grace" in page.text()
    assert "Zodwa" in hers.get_page(f"/people/{two[0].code}/merge?q=zod").text()
    assert hers.get(f"/people/{other.code}/merge?with=P-00000000").status_code == 404
    assert "same record" in hers.get_page(f"/people/{two[0].code}/merge?with={two[0].code}", status=409).text()


def test_what_speaks_against_it_is_said_before(make, ana, client):
    one = make.person("Grace Okoro", profession="Nurse", registration="RN-1")
    other = make.person("Grace Okoro", profession="Physician", registration="MD-2")
    session = make.session(starts_in=timedelta(days=-3))
    for person in (one, other):
        make.enrol(session.series, person)
    make.attended(session, {one: 40, other: 80})
    page = client.as_(ana).get_page(f"/people/{one.code}/merge?with={other.code}")
    assert "licence numbers are different" in page.text() and "professions are different" in page.text()
    assert "both were there at once for 40 minutes" in page.text()


class TestWhoMayMerge:
    """Nobody gives by a merge what they could not give otherwise."""

    def test_who_runs_a_program_both_are_tied_to_and_to_no_other(self, make, ana, two):
        runner, series = make.person("Runa"), make.series()
        make.member(series.program, Role.COORDINATOR, runner)
        for person in two:
            make.enrol(series, person, state=EnrolmentState.LEFT)
        assert policy.may_merge(runner, *two)
        make.enrol(make.series(), two[1])
        assert not policy.may_merge(runner, *two) and policy.may_merge(ana, *two)

    def test_nobody_who_shares_no_program_with_them(self, make, two):
        runner, series = make.person("Runa"), make.series()
        make.member(series.program, Role.COORDINATOR, runner)
        make.enrol(series, two[0])
        assert not policy.may_merge(runner, *two)

    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.DIRECTOR])
    def test_who_runs_something_is_merged_by_staff_only(self, make, ana, two, role):
        runner, series = make.person("Runa"), make.series()
        make.member(series.program, Role.DIRECTOR, runner)
        make.member(series.program, role, two[0])
        make.enrol(series, two[1])
        assert not policy.may_merge(runner, *two) and policy.may_merge(ana, *two)

    def test_staff_of_the_hub_are_merged_by_an_owner_only(self, make, ana, two):
        other, owner = make.coordinator("Bea"), make.person("Olu")
        with transaction():
            people.appoint(owner, make.hub(), StaffRole.OWNER, now=make.now)
        assert not policy.may_merge(ana, other, two[0]) and policy.may_merge(owner, other, two[0])

    def test_nobody_merges_a_record_of_their_own(self, make, ana, two):
        assert not policy.may_merge(ana, ana, two[0]) and not policy.may_merge(ana, two[0], ana)

    def test_the_pages_refuse_the_same(self, make, two, client):
        runner, series = make.person("Runa"), make.series()
        make.member(series.program, Role.COORDINATOR, runner)
        for person in two:
            make.enrol(series, person)
        make.enrol(make.series(), two[1])
        url = f"/people/{two[0].code}/merge?with={two[1].code}"
        assert client.as_(runner).get(url).status_code == 403
        assert client.as_(make.person("Pia")).get(url).status_code == 404
        assert client.as_(two[0]).get(f"/people/{two[0].code}/merge").status_code == 404
        for address in ("/people/duplicates", "/people/merges"):
            assert client.as_(two[0]).get(address).status_code == 404

    def test_undoing_asks_the_same(self, make, ana, two, client):
        runner = make.person("Runa")
        series = make.series()
        make.member(series.program, Role.COORDINATOR, runner)
        for person in two:
            make.enrol(series, person)
        with transaction():
            merge = service.merge(*two, by=runner, now=make.now)
        assert client.as_(runner).get(f"/merges/{merge.code}/undo").status_code == 200
        make.enrol(make.series(), two[0])
        assert client.as_(runner).get(f"/merges/{merge.code}").status_code == 200
        assert client.as_(runner).get(f"/merges/{merge.code}/undo").status_code == 403
        assert client.as_(ana).get(f"/merges/{merge.code}/undo").status_code == 200
        assert client.as_(make.person("Pia")).get(f"/merges/{merge.code}").status_code == 404


def test_a_role_lost_between_looking_and_pressing_does_nothing(make, two, client):
    runner, series = make.person("Runa"), make.series()
    make.member(series.program, Role.COORDINATOR, runner)
    make.member(series.program, Role.DIRECTOR)
    for person in two:
        make.enrol(series, person)
    hers, url = client.as_(runner), f"/people/{two[0].code}/merge?with={two[1].code}"
    data = hers.get_page(url).fields("")
    with transaction():
        from echo_sessions.programs.models import Membership

        db.session.delete(db.session.scalars(select(Membership).where(Membership.person_id == runner.id)).one())
    assert hers.post(url, data=data).status_code == 404
    assert two[1].merged_into_id is None


def test_a_known_name_that_is_not_theirs_is_forgotten(make, ana, two, client):
    kept, gone = two
    with transaction():
        service.merge(kept, gone, by=ana, now=make.now)
    hers = client.as_(ana)
    assert "Known in attendance reports as" in hers.get_page(f"/people/{kept.code}").text()
    page = hers.submit(f"/people/{kept.code}", action="/forget")
    assert "Known in attendance reports as" not in page.text()


class TestThisGuestWas:
    """A guest without a name turns out to be somebody."""

    @pytest.fixture
    def session(self, make, ana):
        session = make.session(starts_in=timedelta(days=-3))
        make.policy(session.series.program)
        member = make.enrol(session.series)
        make.attended(session, {member: 80, Written("G. O. (tablet)"): 50})
        [seen] = computed(session).waiting
        with transaction():
            attendance.identify(session, seen.key, verdict=Verdict.GUEST, person=None, by=ana, now=make.now)
        return session

    def test_while_the_register_is_open(self, make, ana, session, client):
        grace = make.person("Grace Okoro")
        url = f"/sessions/{session.code}/attendance/guests"
        hers = client.as_(ana)
        [link] = [link for link in hers.get_page(url).links() if "line=" in link]
        page = hers.submit(f"{link}&q=grace", action="/guests")
        assert "No guest without a name" in page.text()
        assert {line.person.id: line.minutes for line in computed(session).lines}[grace.id] == 50

    def test_after_it_is_closed_it_is_a_correction_with_its_award(self, make, ana, session, client):
        grace = make.person("Grace Okoro")
        with transaction():
            credit.close_and_award(session, by=ana, now=make.now)
        hers = client.as_(ana)
        assert "Say who a guest was" in hers.get_page(f"/sessions/{session.code}/register").text()
        [link] = [
            link for link in hers.get_page(f"/sessions/{session.code}/attendance/guests").links() if "line=" in link
        ]
        hers.submit(f"{link}&q=grace", action="/guests")
        row = db.session.scalars(select(Attendance).where(Attendance.person_id == grace.id)).unique().one()
        assert (row.minutes, [(c.was, c.became) for c in row.corrections]) == (50, [(0, 50)])
        assert [award.minutes for award in credit_queries.of_person(grace.id)] == [50]

    def test_who_is_there_already_gets_the_moments_of_both_once(self, make, ana, session, client):
        [member] = [line.person for line in computed(session).lines]
        with transaction():
            credit.close_and_award(session, by=ana, now=make.now)
        hers = client.as_(ana)
        [link] = [
            link for link in hers.get_page(f"/sessions/{session.code}/attendance/guests").links() if "line=" in link
        ]
        hers.submit(f"{link}&q={member.name.split()[-1]}", action="/guests")
        row = db.session.scalars(select(Attendance)).unique().one()
        assert row.minutes == 80

    def test_only_who_settles_attendance(self, make, session, client):
        assert client.as_(make.person()).get(f"/sessions/{session.code}/attendance/guests").status_code == 404


def test_who_is_added_and_looks_like_somebody_known_is_pointed_out(make, ana, client):
    series = make.series()
    make.person("Grace Okoro")
    hers = client.as_(ana)
    page = hers.submit(f"/series/{series.code}/people/new", email="grace@new.test", name="Okoro, Grace")
    assert "look like one person" in page.body
    page = hers.submit(f"/series/{series.code}/people/new", email="zodwa@new.test", name="Zodwa Ndlovu")
    assert "look like one person" not in page.body
    assert db.session.scalars(select(Merge)).all() == []
