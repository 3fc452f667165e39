"""Invitations, approval, observers, what is asked once, and what is forgotten when nobody confirms."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people import queries as people
from echo_sessions.people.models import Address, OneTimeLink, Person
from echo_sessions.programs import observing, queries, service, sweeping, ways
from echo_sessions.programs.models import Acceptance, Enrolment, ObserverRequest, Site
from echo_sessions.programs.rules import EnrolmentState, How, ObserverState, Role

GRACE = {
    "name": "Grace Okoro", "email": "grace@clinic.test", "profession": "Nurse", "site": "Kitui Clinic", "zone": "Nairobi", "accept": "y",
}  # fmt: skip


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


@pytest.fixture
def texts(make, ana):
    with transaction():
        service.publish_statement(make.hub(), "We share.", by=ana, now=make.now)
    make.agreed(ana)


@pytest.fixture
def series(make, ana, texts):
    return make.series()


def door(series) -> str:
    return ways.enrol_url(series).removeprefix("https://echo.test")


def link_in(letter) -> str:
    return re.search(r"https://echo\.test(/(?:enrol|observe)/confirm/\S+)", letter.text).group(1)


def state_of(series, person) -> EnrolmentState:
    db.session.expire_all()
    return queries.enrolment_of(series.id, person.id).state


# Invitations


def test_somebody_invited_accepts_with_the_questions_and_takes_part(series, ana, client, outbox):
    page = client.as_(ana).submit(
        f"/series/{series.code}/invite", people="Grace Okoro <grace@clinic.test>\n\nsam@clinic.test"
    )
    assert "2 invitations are on their way" in page.text()
    grace, sam = people.by_address("grace@clinic.test"), people.by_address("sam@clinic.test")
    assert state_of(series, grace) is state_of(series, sam) is EnrolmentState.INVITED and grace.account is None
    letters = outbox("programs/invited")
    assert [letter.secret for letter in letters] == [True, True] and "we would like you to take part" in letters[0].text

    visitor, link = client.as_(), link_in(letters[1])
    page = visitor.get_page(link)
    assert "We share." in page.text() and page.fields()["name"] == ""
    page = visitor.submit(link, status=422, name="Sam Hill", site="Salt Lick", profession="Nurse")
    assert "Without your agreement" in page.text() and page.fields()["site"] == "Salt Lick"
    page = visitor.submit(
        link, name="Sam Hill", site="Salt Lick", profession="Nurse", credentials="RN", prescriber="no", registration="RN 7",
        registration_body="Board of Utah", practising_since="2001", county="Grand", country="United States", interests="Pain",
        language="es", how_heard="A poster", access_needs="Captions", accept="y",
    )  # fmt: skip
    assert "You take part in Autumn 2026" in page.text()
    db.session.expire_all()
    enrolment = queries.enrolment_of(series.id, sam.id)
    assert (enrolment.state, enrolment.how, enrolment.site.name) == (EnrolmentState.ACTIVE, How.INVITATION, "Salt Lick")
    assert (sam.name, sam.credentials, sam.prescriber, sam.registration, sam.practising_since) == (
        "Sam Hill",
        "RN",
        False,
        "RN 7",
        2001,
    )
    assert (sam.county, sam.country, sam.language, sam.access_needs) == (
        "Grand",
        "US",
        "es",
        "Captions",
    ) and sam.asked_at
    assert db.session.scalar(select(func.count()).select_from(Acceptance).where(Acceptance.person_id == sam.id)) == 1


def test_inviting_again_sends_a_new_letter_and_who_has_a_place_keeps_it(series, ana, make, client, outbox):
    grace = make.enrol(series, make.person("Grace"))
    sam = make.person("Sam")
    for hours in (0, 1):
        with transaction():
            service.invite(series, grace, by=ana, now=make.now + timedelta(hours=hours))
            service.invite(series, sam, by=ana, now=make.now + timedelta(hours=hours))
    assert state_of(series, grace) is EnrolmentState.ACTIVE and len(outbox("programs/invited")) == 2


def test_who_was_removed_comes_back_by_invitation_but_not_by_the_link(series, ana, make, client):
    grace = make.enrol(series, make.person("Grace", profession="Nurse"), state=EnrolmentState.REMOVED)
    page = client.as_(grace).submit(door(series), status=409, site="Kitui", accept="y")
    assert "ended by the hub" in page.text()
    with transaction():
        service.invite(series, grace, by=ana, now=make.now)
        service.switch_enrolment(series, open_now=False, by=ana, now=make.now)
    with transaction():
        service.join(series, grace, statement=queries.statement_in_force(make.hub_id()), now=make.now)
    assert state_of(series, grace) is EnrolmentState.ACTIVE, (
        "an invitation opens a closed series for whom it was written to"
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "at least one address"),
        ("grace@clinic.test\nnobody", "Line 2: This is not an e-mail address"),
        ("gr\u0430ce@clinic.test", "two alphabets that look alike"),
        ("\n".join(f"a{n}@b.test" for n in range(51)), "51 lines; at most 50"),
        (f"{'x' * 301} <a@b.test>", "at most 300"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_invited_says_which_line(series, ana, client, typed, words):
    page = client.as_(ana).submit(f"/series/{series.code}/invite", status=422, people=typed)
    assert words in page.text() and db.session.scalar(select(func.count()).select_from(Enrolment)) == 0


# Approval


def test_who_enrols_where_each_is_approved_waits_and_is_told_like_those_who_decide(make, ana, texts, client, outbox):
    series = make.series(by_approval=True)
    client.as_().submit(door(series), **GRACE)
    visitor = client.as_()
    page = visitor.submit(link_in(outbox("programs/confirm_enrolment")[0]))
    assert "say yes to each person" in page.text() and page.answer.request.path.endswith("/place")
    grace = people.by_address("grace@clinic.test")
    assert state_of(series, grace) is EnrolmentState.APPROVAL
    assert [letter.person_id for letter in outbox("programs/waits_for_approval")] == [grace.id]
    assert [letter.person_id for letter in outbox("programs/approval_asked")] == [ana.id]

    mine, url = client.as_(ana), f"/programs/{series.program.code}/approvals"
    assert "Say yes or no to 1 person" in mine.get_page("/").text()
    page = mine.get_page(url)
    code = queries.enrolment_of(series.id, grace.id).code
    approve = f"/enrolments/{code}/approve"
    assert mine.post(approve, data=page.fields(approve)).status_code == 303
    assert state_of(series, grace) is EnrolmentState.ACTIVE and "was approved" in outbox("programs/place_given")[0].text
    assert mine.post(approve, data=page.fields(approve)).status_code == 409, "decided once"
    assert "Nobody waits" in mine.get_page(url).text()


def test_a_no_needs_a_sentence_and_the_letter_carries_it(make, ana, texts, client, outbox):
    series = make.series(by_approval=True)
    grace = make.enrol(series, make.person("Grace", profession="Nurse"), state=EnrolmentState.APPROVAL)
    code = queries.enrolment_of(series.id, grace.id).code
    mine = client.as_(ana)
    assert "carries it" in mine.submit(f"/enrolments/{code}/decline", status=422).text()
    mine.submit(f"/enrolments/{code}/decline", sentence="This series is for Utah; Kenya has its own.")
    assert state_of(series, grace) is EnrolmentState.DECLINED
    [letter] = outbox("programs/declined")
    assert letter.person_id == grace.id and "Kenya has its own" in letter.text and "Kenya has its own" in letter.html
    assert "not accepted" in client.as_(grace).submit(door(series), status=409, site="Kitui", accept="y").text()
    facts = str([entry.facts for entry in db.session.scalars(select(Entry))])
    assert "Kenya" not in facts, "the sentence stands in the letter only"


def test_an_approved_person_waits_where_the_series_is_full(make, ana, texts):
    series = make.series(by_approval=True, capacity=1)
    make.enrol(series)
    grace = make.enrol(series, make.person("Grace"), state=EnrolmentState.APPROVAL)
    with transaction():
        assert (
            service.approve(queries.enrolment_of(series.id, grace.id), by=ana, now=make.now) is EnrolmentState.WAITING
        )


def test_my_place_is_seen_on_my_pages_and_left_by_a_button(make, ana, texts, client):
    series = make.series(capacity=1)
    zoe, yan, xi = (make.person(name) for name in ("Zoe", "Yan", "Xi"))
    for minute, person in enumerate((zoe, yan, xi)):
        with transaction():
            service.enrol(series, person, by=ana, now=make.now + timedelta(minutes=minute))
    hers = client.as_(xi)
    for url in (f"/series/{series.code}/place", "/me"):
        assert "number 2 of 2 on the waiting list" in hers.get_page(url).text(), url
    assert hers.get(f"/series/{series.code}").headers["Location"].endswith("/place")
    assert client.as_(make.person()).get(f"/series/{series.code}/place").status_code == 404
    assert "2 of 2" in client.as_(ana).get_page(f"/series/{series.code}?state=waiting").text()
    assert "taken your wish" in hers.submit(f"/series/{series.code}/leave").text()
    assert state_of(series, xi) is EnrolmentState.LEFT and "number 1 of 1" in client.as_(yan).get_page("/me").text()


def test_out_of_turn_by_the_page(make, ana, texts, client):
    series = make.series(capacity=1)
    for person in (make.person("Zoe"), make.person("Yan")):
        with transaction():
            service.enrol(series, person, by=ana, now=make.now)
    yan = next(e for e in db.session.scalars(queries.enrolments(series.id)).unique() if e.person.name == "Yan")
    url, mine = f"/enrolments/{yan.code}/take-in", client.as_(ana)
    assert "makes one more: 2" in mine.get_page(url).text()
    assert "Say why" in mine.submit(url, status=422).text()
    assert "Yan takes part" in mine.submit(url, reason="The only midwife").text()
    assert mine.get(url).status_code == 404, "not on the list any more"


def test_the_public_page_says_when_all_places_are_taken(make, texts, client):
    series = make.series(capacity=1)
    assert "All places are taken" not in client.as_().get_page(door(series)).text()
    make.enrol(series)
    assert "All places are taken" in client.as_().get_page(door(series)).text()


# What is asked once


def test_who_is_known_is_asked_only_what_is_missing_and_not_twice(make, texts, client):
    grace = make.person("Grace", profession="Nurse", registration="RN 7")
    first, second = make.series(), make.series()
    fields = client.as_(grace).get_page(door(first)).fields()
    assert {"credentials", "county", "access_needs"} <= fields.keys() and not {
        "profession",
        "registration",
        "name",
    } & fields.keys()
    client.as_(grace).submit(door(first), site="Kitui Clinic", county="Kitui", accept="y")
    fields = client.as_(grace).get_page(door(second)).fields()
    assert set(fields) == {"site", "accept", "seen", "csrf_token"} - {"accept"} and fields["site"] == "Kitui Clinic"
    db.session.expire_all()
    assert grace.county == "Kitui" and grace.registration == "RN 7"


def test_the_public_page_asks_no_licence_or_need_of_a_stranger(series, client):
    page = client.as_().get_page(door(series))
    assert not {"registration", "access_needs", "interests"} & page.fields().keys() and len(page.body) < 12_000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"practising_since": "1776"}, "Write a year between"),
        ({"practising_since": "soon"}, "Not a valid integer"),
        ({"country": "Atlantis"}, "No such country"),
        ({"language": "xx"}, "Choose one of the languages"),
        ({"interests": "x" * 2001}, "2000"),
    ],
)
def test_my_settings_say_what_is_wrong_and_keep_the_rest(make, client, wrong, words):
    make.hub()
    page = client.as_(make.person("Grace")).submit("/me/settings", status=422, **{"credentials": "RN", **wrong})
    assert words in page.text() and page.fields()["credentials"] == "RN"


def test_my_settings_show_a_country_by_name_and_keep_its_letters(make, client):
    make.hub()
    grace = make.person("Grace")
    page = client.as_(grace).submit("/me/settings", country="kenya", prescriber="yes", practising_since="2006")
    db.session.expire_all()
    assert (grace.country, grace.prescriber, grace.practising_since) == ("KE", True, 2006)
    assert page.fields()["country"] == "Kenya" and page.fields()["prescriber"] == "yes"


def test_needs_of_access_are_seen_by_the_person_and_those_who_run_their_program_only(make, ana, texts, client):
    series = make.series()
    grace = make.enrol(series, make.person("Grace", profession="Nurse"))
    with transaction():
        grace.access_needs = "Large print"
    runner = make.agreed(make.member(series.program, Role.COORDINATOR))
    for who, seen in ((runner, True), (ana, True)):
        assert ("Large print" in client.as_(who).get_page(f"/people/{grace.code}").text()) is seen
        assert ("access_needs" in client.as_(who).get_page(f"/people/{grace.code}/edit").fields()) is seen
    with transaction():
        service.leave(queries.enrolment_of(series.id, grace.id), by=grace, now=make.now)
    assert "Large print" not in client.as_(runner).get_page(f"/people/{grace.code}").text(), (
        "not in the program any more"
    )
    assert "access_needs" not in client.as_(runner).get_page(f"/people/{grace.code}/edit").fields()


def test_a_coordinator_corrects_a_record_and_the_audit_names_fields_only(make, ana, texts, client):
    grace = make.enrol(make.series(), make.person("Grace"))
    client.as_(ana).submit(
        f"/people/{grace.code}/edit", credentials="MD", registration="Secret 99", practising_since="1999"
    )
    page = client.as_(ana).get_page(f"/people/{grace.code}")
    assert "MD" in page.text() and f"{clock.now().year - 1999} years" in page.text()
    [entry] = db.session.scalars(select(Entry).where(Entry.deed == "profile changed"))
    assert entry.facts["fields"] == ["credentials", "practising_since", "registration"] and "Secret" not in str(
        entry.facts
    )


# Where I work


def test_a_name_that_is_nearly_a_known_site_is_pointed_out_once(series, make, client):
    make.enrol(series, site=make.site("Kitui Health Clinic"))
    page = client.as_().submit(door(series), status=422, **{**GRACE, "site": "Kitui Helth Clinic"})
    assert "Is it Kitui Health Clinic?" in page.text() and page.fields()["site"] == "Kitui Helth Clinic"
    assert page.form().find(".//input[@name='other_site']") is not None
    page = client.as_().submit(door(series), **{**GRACE, "site": "Kitui Helth Clinic", "other_site": "y"})
    assert "Look into your mailbox" in page.text()
    client.as_().submit(door(series), **{**GRACE, "email": "sam@clinic.test", "site": "kitui health clinic"})
    assert sorted(db.session.scalars(select(Site.name))) == ["Kitui Health Clinic", "Kitui Helth Clinic"]


def test_a_new_place_of_work_counts_from_now_on(make, texts, client):
    grace = make.enrol(make.series(), make.person("Grace"), site=make.site("Old Clinic"))
    hers = client.as_(make.agreed(grace))
    hers.submit("/me/sites", site="New Hospital")
    db.session.expire_all()
    [enrolment] = queries.enrolments_of([grace.id])
    assert enrolment.site.name == "New Hospital" and "New Hospital" in hers.get_page("/me/sites").text()


# Observers


def test_an_observer_asks_proves_and_looks_on_only_when_approved(series, ana, client, outbox):
    visitor = client.as_()
    assert "look on as an observer" in visitor.get_page(door(series)).text()
    form = {"name": "Olu Ade", "email": "olu@clinic.test", "zone": "Lagos", "why": "I plan a hub of our own."}
    visitor.submit(door(series) + "/observe", **form)
    olu = people.by_address("olu@clinic.test")
    wish = queries.observer_request_of(series.program_id, olu.id)
    assert wish.state is ObserverState.ASKED and outbox("programs/approval_asked") == []
    page = visitor.submit(link_in(outbox("programs/confirm_observing")[0]), status=200)
    assert "decide" in page.text()
    db.session.expire_all()
    assert wish.state is ObserverState.WAITING and len(outbox("programs/approval_asked")) == 1
    assert queries.membership_of(series.program_id, olu.id, Role.OBSERVER) is None

    mine = client.as_(ana)
    page = mine.get_page(f"/programs/{series.program.code}/approvals")
    assert "I plan a hub of our own." in page.text()
    approve = f"/observers/{wish.code}/approve"
    assert mine.post(approve, data=page.fields(approve)).status_code == 303
    assert queries.membership_of(series.program_id, olu.id, Role.OBSERVER) is not None
    assert "Observer" in outbox("programs/appointed")[0].subject


def test_an_observer_who_is_declined_may_ask_again(series, ana, make, client, outbox):
    olu = make.person("Olu")
    with transaction():
        wish = observing.ask_as(series.program, olu, why="To learn", now=make.now)
        observing.ask_as(series.program, olu, why="To learn", now=make.now)
    mine = client.as_(ana)
    mine.submit(f"/observers/{wish.code}/decline", sentence="We are full.")
    assert "We are full." in outbox("programs/declined")[0].text and "look on" in outbox("programs/declined")[0].text
    with pytest.raises(Refused, match="does not wait"), transaction():
        observing.approve(db.session.get(ObserverRequest, wish.id), by=ana, now=make.now)
    with transaction():
        assert observing.ask_as(series.program, olu, why="Again", now=make.now).state is ObserverState.WAITING
    assert queries.membership_of(series.program_id, olu.id, Role.OBSERVER) is None


# What nobody confirms


def test_what_nobody_confirms_is_forgotten_with_person_and_site(series, client, make):
    client.as_().submit(door(series), **GRACE)
    client.as_().submit(
        door(series) + "/observe", name="Olu", email="olu@clinic.test", zone="Lagos", why="To look"
    )  # fmt: skip
    assert db.session.scalar(select(Site).where(Site.proposed)) is not None
    now = clock.now()
    with transaction():
        assert sweeping.sweep(now=now + timedelta(days=2)) == 0, "the link still works"
    with transaction():
        assert sweeping.sweep(now=now + timedelta(days=3, hours=1)) == 2
    assert people.by_address("grace@clinic.test") is None and people.by_address("olu@clinic.test") is None
    for table in (Enrolment, ObserverRequest, OneTimeLink, Site):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0, table
    assert "Kitui" not in str([entry.facts for entry in db.session.scalars(select(Entry))])


def test_what_was_there_before_the_stranger_stays(series, ana, client, make):
    grace = make.person("Grace", email="grace@clinic.test", account=False, verified=False)
    with transaction():
        db.session.scalars(select(Address).where(Address.person_id == grace.id)).one().verified_at = None
    site = make.site("Kitui Clinic")
    client.as_().submit(door(series), **GRACE)
    with transaction():
        assert sweeping.sweep(now=clock.now() + timedelta(days=4)) == 1
    assert db.session.get(Person, grace.id) is not None and db.session.get(Site, site.id) is not None
    assert queries.enrolment_of(series.id, grace.id) is None


def test_a_letter_asked_for_again_gives_three_more_days(series, make):
    statement = queries.statement_in_force(make.hub_id())
    person = None
    for days in (0, 2):
        with transaction():
            service.ask_to_enrol(
                series, statement, email="a@b.test", name="Ana", profession=None, site=None, zone="UTC", language="en",
                person=person, now=make.now + timedelta(days=days),
            )  # fmt: skip
        person = people.by_address("a@b.test")
    with transaction():
        assert sweeping.sweep(now=make.now + timedelta(days=4)) == 0
        assert sweeping.sweep(now=make.now + timedelta(days=5)) == 1


def test_a_site_that_only_a_stranger_named_is_shown_to_nobody(series, ana, client):
    client.as_().submit(door(series), **GRACE)
    assert "Kitui" not in client.as_().get_page(door(series)).body
    assert "Kitui" not in client.as_(ana).get_page("/sites").body


# Limits


def test_posts_of_one_visitor_are_limited_and_say_nothing_else(series, client, app):
    from echo_sessions.web.limits import limiter

    limiter.reset()
    visitor = client.as_()
    form = {**visitor.get_page(door(series)).fields(), "name": ""}
    answers = [visitor.post(door(series), data=form).status_code for _ in range(32)]
    limiter.reset()
    assert answers[0] == 422 and answers[-1] == 429 and 429 not in answers[:30]


def test_agreeing_is_kept_for_the_version_that_was_shown(series, ana, make, client):
    grace = make.person("Grace", profession="Nurse")
    page = client.as_(grace).get_page(door(series))
    form = {**page.fields(), "site": "Kitui", "accept": "y"}
    with transaction():
        service.publish_statement(make.hub(), "We share everything.", by=ana, now=make.now + timedelta(days=1))
    hers = client.as_(grace)
    token = hers.get_page(door(series)).fields()["csrf_token"]
    assert hers.post(door(series), data={**form, "csrf_token": token}).status_code == 303
    [enrolment] = queries.enrolments_of([grace.id])
    assert enrolment.state is EnrolmentState.ACTIVE and enrolment.statement_id is None
    assert [text.number for text in queries.to_accept(grace.id, make.hub_id())] == [2], "asked for the newer one"
