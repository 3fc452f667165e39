"""Somebody keeps a diary: the same entries, told to real little calendars, and nothing more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.mail.models import Letter
from echo_sessions.people import service as people
from echo_sessions.people.models import Account
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions import delegates, letters, queries, service, ways
from echo_sessions.sessions.models import Visit
from echo_sessions.sessions.rules import SessionState
from tests.conftest import NOON
from tests.links import altered
from tests.sessions.calendars import calendar_part, plain
from tests.sessions.test_letters import counted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERSONAL = ("/join/", "/rsvp/", "/calendar/", "/feeds/", "/duty/", "/cases/")


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def series(make, hub):
    return make.series()


@pytest.fixture
def lin(make, series):
    return make.enrol(series, make.person("Dr Lin Wei"))


@pytest.fixture
def session(make, series, hub, lin):
    session = make.session(series, starts_in=10 * DAY, state=SessionState.DRAFT)
    with transaction():
        service.schedule(session, by=hub, now=NOON)
    return session


@pytest.fixture
def dee(make):
    return make.person("Dee Diary", account=False, verified=False)


def name(person, dee, now=NOON, by=None):
    with transaction():
        return delegates.name_delegate(person, name=dee.name, email=dee.address, by=by or person, now=now)


def end(row, by, now):
    with transaction():
        delegates.end_delegation(row, by=by, now=now)


def move(session, hub, now):
    with transaction():
        service.change(
            session, title=session.title, starts_at=session.starts_at + HOUR, minutes=session.minutes, by=hub, now=now
        )


def take_part(series, person, state, now):
    with transaction():
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).unique().one()
        enrolment.state, enrolment.since = state, now
        service.tell(series.id, now=now)


def only(calendar):
    [entry] = calendar.entries.values()
    return entry


def held(post, person):
    return [len(calendar.entries) for calendar in post.calendars(person)]


def test_a_delegate_gets_the_same_entry_under_the_same_uid_and_says_for_whom(post, session, lin, dee):
    name(lin, dee)
    post.run(NOON)
    assert post.told(lin) == post.told(dee) == [("REQUEST", 0)]
    [theirs, _first] = [letter for letter in post.to(dee) if calendar_part(letter)[1]] + [None]
    method, event = calendar_part(theirs)
    assert method == "REQUEST" and str(event["UID"]) == session.uid
    assert event["DTSTART"].dt == session.starts_at
    assert str(event["SUMMARY"]).startswith("For Dr Lin Wei: Hepatitis C") and theirs["Subject"].startswith(
        "For Dr Lin Wei: "
    )
    assert event["ATTENDEE"].params["ROLE"] == "OPT-PARTICIPANT" and event["ATTENDEE"].params["RSVP"] == "FALSE"


def test_what_a_delegate_gets_holds_no_way_in_no_answer_and_no_case(post, session, lin, dee, hub):
    name(lin, dee)
    post.run(NOON)
    move(session, hub, NOON + HOUR)
    post.run(NOON + HOUR)
    with transaction():
        service.cancel(session, reason="The speaker is ill.", by=hub, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    calendar_letters = [letter for letter in post.to(dee) if calendar_part(letter)[1] is not None]
    assert len(calendar_letters) == 3
    for letter in calendar_letters:
        said = (
            plain(letter) + str(letter.get_body(("html",)).get_content()) + calendar_part(letter)[1].to_ical().decode()
        )
        assert not [way for way in PERSONAL if way in said.replace("\r\n ", "")]
        assert "LOCATION" not in calendar_part(letter)[1] and "CONFERENCE" not in calendar_part(letter)[1]
    assert "The speaker is ill." in plain(calendar_letters[-1])


def test_a_delegates_entry_follows_move_and_cancel(post, session, lin, dee, hub):
    name(lin, dee)
    post.run(NOON)
    move(session, hub, NOON + HOUR)
    post.run(NOON + HOUR)
    assert post.told(dee) == [("REQUEST", 0), ("REQUEST", 1)]
    for calendar in post.calendars(dee):
        assert only(calendar).starts == session.starts_at
    assert "Moved from" in plain(post.to(dee)[-1]) and "It was called" not in plain(post.to(dee)[-1])
    with transaction():
        service.cancel(session, reason="", by=hub, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    assert post.told(dee)[-1] == ("CANCEL", 2) and held(post, dee) == [0, 0]


def test_ending_the_delegation_takes_the_entry_out_there_and_nowhere_else(post, session, lin, dee):
    row = name(lin, dee)
    post.run(NOON)
    version = session.version
    end(row, lin, NOON + HOUR)
    post.run(NOON + HOUR)
    assert post.told(dee) == [("REQUEST", 0), ("CANCEL", 1)] and held(post, dee) == [0, 0]
    assert post.told(lin) == [("REQUEST", 0)] and held(post, lin) == [1, 1]
    assert session.version == version, "nobody's open form goes stale"
    assert "diary that you keep for Dr Lin Wei" in plain(post.to(dee)[-1])


def test_when_the_person_leaves_the_delegates_entry_goes_too(post, session, series, lin, dee):
    name(lin, dee)
    post.run(NOON)
    take_part(series, lin, EnrolmentState.LEFT, NOON + HOUR)
    post.run(NOON + HOUR)
    assert held(post, lin) == held(post, dee) == [0, 0]
    take_part(series, lin, EnrolmentState.ACTIVE, NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    assert held(post, lin) == held(post, dee) == [1, 1]


def test_who_keeps_two_diaries_has_one_entry_for_both(make, post, session, series, lin, dee):
    may = make.enrol(series, make.person("Dr May Oduya"))
    name(lin, dee)
    post.run(NOON)
    row = name(may, dee, NOON + HOUR)
    post.run(NOON + HOUR)
    for calendar in post.calendars(dee):
        assert only(calendar).title.startswith("For Dr Lin Wei, Dr May Oduya: ")
    end(row, may, NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    for calendar in post.calendars(dee):
        assert only(calendar).title.startswith("For Dr Lin Wei: ")
    assert all(number == 0 for _, number in post.told(dee)), "words alone raise no number"


def test_who_takes_part_herself_has_her_own_entry_whosever_diary_she_keeps(make, post, session, series, lin, dee):
    name(lin, dee)
    post.run(NOON)
    make.enrol(series, dee)
    with transaction():
        service.tell(series.id, now=NOON + HOUR)
    post.run(NOON + HOUR)
    assert post.told(dee) == [("REQUEST", 0), ("REQUEST", 1)], "the way in is a new place, so the number rises"
    for calendar in post.calendars(dee):
        assert only(calendar).title.startswith("Hepatitis C")
    assert "/join/" in plain(post.to(dee)[-1])
    take_part(series, dee, EnrolmentState.LEFT, NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    for calendar in post.calendars(dee):
        assert only(calendar).title.startswith("For Dr Lin Wei: ")
    assert post.told(dee)[-1] == ("REQUEST", 2) and post.told(lin) == [("REQUEST", 0)]


def test_a_delegate_hears_of_a_person_who_reads_a_feed_instead_of_letters(post, session, lin, dee):
    with transaction():
        lin.wants_invitations = False
    name(lin, dee)
    post.run(NOON)
    assert post.told(lin) == [] and post.told(dee) == [("REQUEST", 0)]


def test_a_delegate_of_a_delegate_gets_nothing(make, post, session, lin, dee):
    name(lin, dee)
    other = make.person("Third Person")
    name(dee, other)
    post.run(NOON)
    assert post.told(other) == []


def test_an_invitation_that_never_left_is_taken_back(post, session, lin, dee):
    post.shut = True
    row = name(lin, dee)
    post.run(NOON)
    end(row, lin, NOON + timedelta(seconds=5))
    letters.tell(session.id, now=NOON + timedelta(seconds=5))
    post.shut = False
    post.run(NOON + HOUR)
    assert post.told(dee) == []


def test_a_welcome_with_its_personal_links_goes_to_no_delegate(post, session, series, lin, dee):
    name(lin, dee)
    with transaction():
        service.tell(series.id, now=NOON)
    post.run(NOON)
    kinds = set(db.session.scalars(select(Letter.kind).where(Letter.to_address == dee.address)))
    assert kinds == {"sessions/delegate_named", "sessions/for_delegate"}


def test_looking_for_who_is_due_takes_as_many_queries_for_one_delegate_as_for_ten(make, session, series):
    def add(number):
        for _ in range(number):
            name(make.enrol(series), make.person(account=False))

    add(1)
    letters.due(session, now=NOON)
    with counted() as few:
        assert len(letters.due(session, now=NOON)) == 3
    add(9)
    db.session.refresh(session)
    letters.due(session, now=NOON)
    with counted() as many:
        assert len(letters.due(session, now=NOON)) == 21
    assert len(many) <= len(few) + 1


@pytest.mark.parametrize(
    ("email", "fault"),
    [
        pytest.param("lin@clinic.test", "somebody else", id="oneself"),
        pytest.param("no address", "not an e-mail address", id="no address"),
        pytest.param("dee@clinic.test", "already", id="twice"),
    ],
)
def test_who_cannot_keep_a_diary(make, email, fault):
    lin = make.person("Lin", email="lin@clinic.test")
    make.hub()
    name(lin, make.person("Dee", email="dee@clinic.test"))
    with pytest.raises(Refused, match=fault), transaction():
        delegates.name_delegate(lin, name="Dee", email=email, by=lin, now=NOON)


def test_at_most_three(make):
    lin = make.coordinator()
    for number in range(3):
        with transaction():
            delegates.name_delegate(lin, name="D", email=f"d{number}@clinic.test", by=lin, now=NOON)
    with pytest.raises(Refused, match="At most 3"), transaction():
        delegates.name_delegate(lin, name="D", email="d4@clinic.test", by=lin, now=NOON)


def test_somebody_new_is_added_without_an_account(make):
    lin = make.coordinator()
    with transaction():
        row = delegates.name_delegate(lin, name="Dee Diary", email="Dee@Office.test", by=lin, now=NOON)
    assert row.delegate.name == "Dee Diary" and row.delegate.address == "Dee@Office.test"
    assert db.session.scalars(select(Account).where(Account.person_id == row.delegate_id)).all() == []


# Pages


@pytest.fixture
def soon(make, series, lin):
    """In three days by the real clock, which pages look at."""
    return make.session(series, starts_at=clock.now() + 3 * DAY)


def test_a_person_names_and_ends_a_delegate_on_the_own_page(client, make, soon, lin):
    hers = client.as_(lin)
    assert "Nobody yet" in hers.get_page("/me/delegates").text()
    page = hers.submit("/me/delegates", name="Dee Diary", email="dee@office.test")
    assert "Dee Diary" in page.text() and "dee@office.test" in page.text()
    row = delegates.of(lin.id)[0]
    page = hers.submit("/me/delegates", action=f"/me/delegates/{row.delegate.code}/end")
    assert "Nobody yet" in page.text() and delegates.of(lin.id) == []


def test_the_page_tells_nothing_about_whoever_has_the_address(client, make, soon, lin):
    with transaction():
        known = people.add_person(name="Prof Secret Name", email="first@x.test", now=NOON)
        people.add_address(known, "second@x.test", now=NOON)
    page = client.as_(lin).submit("/me/delegates", name="My helper", email="second@x.test")
    assert "Secret" not in page.body and "first@x.test" not in page.body
    assert "My helper" in page.text() and "second@x.test" in page.text()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param({"name": "", "email": "d@x.test"}, "Write a name", id="no name"),
        pytest.param({"name": "Dee", "email": "nonsense"}, "not an e-mail address", id="no address"),
    ],
)
def test_a_form_that_fails_keeps_what_was_typed(client, soon, lin, values, sentence):
    page = client.as_(lin).submit("/me/delegates", status=422, **values)
    assert sentence in page.text() and page.fields("")["email"] == values["email"]


def test_who_runs_a_program_names_one_for_its_people_who_are_told(client, make, series, soon, lin):
    ben = make.member(series.program, Role.COORDINATOR, make.person("Ben"))
    client.as_(ben).submit(f"/people/{lin.code}/delegates", name="Dee Diary", email="dee@office.test")
    told = db.session.scalars(select(Letter).where(Letter.kind == "sessions/delegate_named_for")).one()
    assert told.to_address == lin.address and "dee@office.test" in told.text and "Ben" in told.text
    client.as_(ben).submit(f"/people/{lin.code}/delegates", action="/end")
    assert delegates.of(lin.id) == []


def test_others_neither_see_nor_name_delegates_of_somebody(client, make, series, soon, lin, dee):
    name(lin, dee)
    other = make.member(make.program("Pain", label="PN"), Role.COORDINATOR)
    for reader in (make.enrol(series), other, dee_with_account(make)):
        assert client.as_(reader).get(f"/people/{lin.code}/delegates").status_code == 404
    assert client.as_(make.person()).post(f"/people/{lin.code}/delegates/{dee.code}/end").status_code in {400, 404}


def dee_with_account(make):
    return make.person("Dee the second")


def test_a_delegate_who_signs_in_has_no_right_to_any_page_of_the_person(client, make, series, soon, lin, hub):
    dee = make.person("Dee Diary")
    name(lin, dee)
    theirs = client.as_(dee)
    for url in (
        f"/sessions/{soon.code}", f"/series/{series.code}", f"/programs/{series.program.code}", f"/people/{lin.code}",
        f"/people/{lin.code}/delegates",
    ):  # fmt: skip
        assert theirs.get(url).status_code == 404, url
    assert "No session is planned for you" in theirs.get_page("/me").text()
    assert not queries.belongs(dee.id, soon)


def test_a_click_of_a_delegate_is_nobodys_attendance(client, make, series, lin, hub):
    """Even with links made as if they were a participant, nothing opens and no visit is kept."""
    dee = make.person("Dee Diary")
    name(lin, dee)
    now = make.session(series, starts_at=clock.now() + timedelta(minutes=5), meeting_url="https://meet.test/1")
    for url in (ways.join_url(now, dee), ways.rsvp_url(now, dee)):
        assert client.as_().get(url.removeprefix("https://echo.test")).status_code == 403
    assert db.session.scalars(select(Visit)).all() == []


def test_a_delegate_ends_it_with_one_click_and_looking_changes_nothing(client, make, soon, lin, dee):
    name(lin, dee)
    letter = db.session.scalars(select(Letter).where(Letter.kind == "sessions/delegate_named")).one()
    url = f"/delegate/{ways.delegate_token(lin, dee)}"
    assert f"https://echo.test{url}" in letter.text
    visitor = client.as_()
    visitor.get_page(url)
    assert len(delegates.of(lin.id)) == 1
    assert "You get nothing more" in visitor.submit(url).text()
    assert delegates.of(lin.id) == []
    assert "You get nothing more" in visitor.get_page(url).text()


def test_a_forged_or_foreign_link_ends_nothing(client, make, soon, lin, dee):
    name(lin, dee)
    for token in ("nonsense", altered(ways.delegate_token(dee, lin)), ways.join_url(soon, dee).rsplit("/", 1)[1]):
        assert client.as_().get(f"/delegate/{token}").status_code == 404
    client.as_().get_page(f"/delegate/{ways.delegate_token(dee, lin)}")  # genuine, but nobody keeps that diary
    assert len(delegates.of(lin.id)) == 1
