"""What a member may do while nobody has checked yet: an own case and the talks, and no case of others."""

from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.cases import service as cases
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.sessions import ways
from echo_sessions.sessions.rules import DutyRole
from echo_sessions.verification import service
from echo_sessions.verification.rules import VerificationState, Way
from tests.cases.conftest import today  # noqa: F401  # the scene of cases, at the real moment
from tests.cases.scene import COMPLETE

DAY = timedelta(days=1)


@pytest.fixture
def waiting(make, today):  # noqa: F811  # the fixture above
    """Somebody who takes part, has asked, and waits."""
    person = make.enrol(today.series, make.person("Joan Petersen", verified=False), site=today.site)
    with transaction():
        service.ask(person, program=today.program, way=Way.REGISTER, body="Board", number="RN-9", now=clock.now())
    return person


@pytest.fixture
def shown(make, today):  # noqa: F811  # the fixture above
    """A case of somebody else, in a session that has begun."""
    case = today.submitted()
    session = make.session(today.series, starts_at=clock.now() - timedelta(minutes=30))
    with transaction():
        case.state, case.session = CaseState.SCHEDULED, session
    return case


def test_the_case_of_another_is_refused_with_who_checks_and_by_when(client, waiting, shown):
    page = client.as_(waiting).get_page(f"/cases/{shown.code}", status=403)
    assert "Ana Ruiz checks who you are, by" in page.text() and "An own case and the talks are open" in page.text()
    assert "/me/verification" in page.links()
    for secret in (COMPLETE["story"], COMPLETE["main_question"], "Grace Otieno"):
        assert secret not in page.body


def test_it_opens_with_the_check_and_closes_with_its_end(client, make, waiting, shown, today):  # noqa: F811  # as above
    hers = client.as_(waiting)
    with transaction():
        row = service.vouch(waiting, program=today.program, by=today.coordinator, way=Way.DIRECTOR, now=clock.now())
    assert hers.get(f"/cases/{shown.code}").status_code == 200
    with transaction():
        row.expires_at = clock.now() - timedelta(seconds=1)
    assert "Your verification ended on" in hers.get_page(f"/cases/{shown.code}", status=403).text()


def test_who_never_asked_is_told_to(client, make, today, shown):  # noqa: F811  # as above
    person = make.enrol(today.series, make.person(verified=False))
    assert (
        "Nobody has checked yet who you are" in client.as_(person).get_page(f"/cases/{shown.code}", status=403).text()
    )


def test_the_panel_must_be_verified_too(client, make, today, shown):  # noqa: F811  # as above
    expert = make.person(verified=False)
    make.duty(shown.session, DutyRole.PANEL, expert)
    assert client.as_(expert).get(f"/cases/{shown.code}").status_code == 403
    assert client.as_(expert).get(f"/cases/{shown.code}/recommendations/edit").status_code == 403


def test_whoever_would_not_read_it_anyhow_learns_nothing(client, make, waiting, shown):
    stranger = make.enrol(make.series(make.program("Diabetes")), make.person(verified=False))
    assert client.as_(stranger).get(f"/cases/{shown.code}").status_code == 404
    later = shown.session
    with transaction():
        later.starts_at = clock.now() + DAY
    assert client.as_(waiting).get(f"/cases/{shown.code}").status_code == 404, "before its session nobody knows of it"
    with transaction():
        later.starts_at, shown.state = clock.now() - DAY, CaseState.DRAFT
    assert client.as_(waiting).get(f"/cases/{shown.code}").status_code == 404


def test_meanwhile_one_writes_and_submits_an_own_case(client, waiting, today):  # noqa: F811  # as above
    page = client.as_(waiting).get_page("/cases/new")
    assert page.status == 200
    with transaction():
        case = cases.start(today.program, author=waiting, now=clock.now())
        cases.save(case, COMPLETE, now=clock.now())
    hers = client.as_(waiting)
    assert hers.get_page(f"/cases/{case.code}/edit").status == 200
    with transaction():
        cases.submit(case, now=clock.now())
    assert COMPLETE["story"] in hers.get_page(f"/cases/{case.code}").text()
    db.session.expire_all()
    assert case.state is CaseState.SUBMITTED


def test_meanwhile_one_comes_to_sessions(client, make, waiting, shown):
    hers, session = client.as_(waiting), shown.session
    assert shown.session.series.name and hers.get_page(f"/sessions/{session.code}").status == 200
    assert hers.get(ways.join_url(session, waiting)).status_code in {200, 302, 303}
    page = hers.get_page("/me")
    assert "How you are verified" in page.text() and "checks who you are, by" in page.text()


def test_the_page_of_today_says_in_one_line_who_waits(client, waiting, today):  # noqa: F811  # as above
    page = client.as_(today.coordinator).get_page("/")
    assert "1 person waits to be verified, since" in page.text() and "/verification" in page.links()


def test_a_lead_sees_on_the_own_page_that_a_word_is_wanted(client, make, today, waiting):  # noqa: F811  # as above
    from echo_sessions.programs.models import SiteLead

    lead = make.enrol(today.series, site=today.site)
    with transaction():
        db.session.add(SiteLead(site_id=today.site.id, person_id=lead.id, since=make.now))
    assert "1 person of your site waits to be verified" in client.as_(lead).get_page("/me").text()


def test_whoever_is_verified_hears_nothing_of_it(client, make, today):  # noqa: F811  # as above
    person = make.enrol(today.series)
    assert "How you are verified" not in client.as_(person).get_page("/me").text()
    ending = make.enrol(today.series, make.person(verified=False))
    make.verification(ending, state=VerificationState.VERIFIED, expires_at=clock.now() + 10 * DAY)
    assert "Renew it now" in client.as_(ending).get_page("/me").text()
