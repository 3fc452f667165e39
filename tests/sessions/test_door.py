"""The door: who is in the room, what is read before going in and when that is kept, and what to do where one is not let in."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.meetings.models import Meeting
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions import door, ways
from echo_sessions.sessions.door import RoomSaid
from echo_sessions.sessions.door_views import left_until
from echo_sessions.sessions.models import Companion, Shown, ShownText, Visit
from echo_sessions.sessions.rules import SessionState
from tests.make import Make

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MEETING = "https://zoom.us/j/998877?pwd=s3cret"
TOLD = "Dr Lin Wei: speaks for Bright Pharma; the talk was reviewed.\nAll others: nothing to disclose."
PHONES = [
    {"country": "US", "city": "Denver", "number": "+1 720 707 2699"},
    {"country": "KE", "city": "Nairobi", "number": "+254 20 764 0128"},
    {"country": "US", "city": "", "number": "+1 253 215 8782"},
]


@pytest.fixture
def make(app):
    return Make(now=clock.now() - 30 * DAY)


@pytest.fixture
def now():
    return clock.now().replace(second=0, microsecond=0)


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def series(make, hub):
    return make.series()


@pytest.fixture
def clinic(make):
    return make.site("Clinic of the Valley", country="KE")


@pytest.fixture
def ana(make, series, clinic):
    return make.enrol(series, make.person("Ana Abeyta", zone="Africa/Nairobi"), site=clinic)


@pytest.fixture
def ben(make, series, clinic):
    return make.enrol(series, make.person("Ben Okoro"), site=clinic)


@pytest.fixture
def session(make, series, now):
    """On since half an hour, at a pasted address."""
    return make.session(series, starts_at=now - HOUR / 2, meeting_url=MEETING)


def path(url):
    return urlsplit(url).path


def way(session, person):
    return path(ways.join_url(session, person))


def press(visitor, url, *, page=None, **data):
    """Send the form of the page as it stands, with what somebody ticked or typed besides."""
    page = page or visitor.get_page(url)
    form = page.form()
    kept = [
        (field.get("name"), field.get("value")) for field in form.iterfind(".//input") if field.get("type") == "hidden"
    ]
    ticked = [
        (field.get("name"), field.get("value"))
        for field in form.iterfind(".//input[@type='checkbox']")
        if field.get("checked") is not None
    ]
    sent: dict[str, list[str]] = {}
    for name, value in [*kept, *ticked]:
        sent.setdefault(name, []).append(value)
    return visitor.post(url, data={**sent, "do": "join", **data})


def others(session, person):
    db.session.rollback()
    return [row.called or row.other.name for row in door.companions_of(session.id, person.id)]


def visits():
    db.session.rollback()
    return [(visit.person_id, visit.let_in) for visit in db.session.scalars(select(Visit).order_by(Visit.id))]


def at_zoom(session, state=MeetingState.MADE, phones=PHONES):
    with transaction():
        meeting = Meeting(
            code=session.code, provider="zoom", topic="Hepatitis C", starts_at=session.starts_at, minutes=90, zone="UTC", state=state,
            ref="81234567890", phones=phones, created_at=session.created_at,
        )  # fmt: skip
        session.meeting, session.meeting_url, session.provider = meeting, None, "zoom"
    return meeting


# Before it opens


def test_early_one_sees_when_it_opens_what_happens_and_how_to_prepare(make, client, series, ana, now):
    session = make.session(series, starts_at=now + DAY + 3 * HOUR, meeting_url=MEETING)
    with transaction():
        case = next(block for block in session.blocks if block.kind == "case")
        case.title = "A man of 54 from the north"
    page = client.as_().get_page(way(session, ana))
    assert "Opens in 1 day, 2 hours" in page.text() and "20 minutes before the start" in page.text()
    assert "by the clock of Nairobi" in page.text() and "Short talk" in page.text() and "Case" in page.text()
    assert "A man of 54" not in page.body, "the words of a case's block are for those who sign in"
    assert f"{way(session, ana)}/test" in page.links() and f"{way(session, ana)}.ics" in page.links()
    assert page.form is not None and 'name="with"' not in page.body
    answer = client.as_().get(f"{way(session, ana)}.ics")
    assert answer.mimetype == "text/calendar" and session.uid.encode() in answer.data and b"zoom" not in answer.data


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        pytest.param(timedelta(seconds=20), "less than a minute", id="almost"),
        pytest.param(MINUTE, "1 minute", id="one minute"),
        pytest.param(HOUR + 5 * MINUTE, "1 hour, 5 minutes", id="the two largest units"),
        pytest.param(2 * HOUR, "2 hours", id="nothing that is nought"),
        pytest.param(2 * DAY + 5 * MINUTE, "2 days", id="days without minutes"),
        pytest.param(3 * DAY + HOUR, "3 days, 1 hour", id="days and hours"),
        pytest.param(-HOUR, "less than a minute", id="never less than nothing"),
    ],
)
def test_how_long_until_it_opens_in_words(app, now, ahead, words):
    assert left_until(now + ahead, now) == words


def test_a_waiting_page_looks_again_when_the_door_opens(make, client, series, ana, now):
    soon, later = (
        make.session(series, starts_at=now + 20 * MINUTE + ahead, meeting_url=MEETING)
        for ahead in (30 * MINUTE, 2 * DAY)
    )
    for session in (soon, later):
        assert 'data-reload="60"' in client.as_().get_page(way(session, ana)).body
    draft = make.session(series, starts_at=now + DAY, state=SessionState.DRAFT)
    assert "data-reload" not in client.as_().get_page(way(draft, ana)).body


def test_what_is_over_says_what_follows(make, client, series, ana, now):
    page = client.as_().get_page(way(make.session(series, starts_at=now - 5 * HOUR), ana))
    assert (
        "What comes next" in page.text()
        and "/me" in page.links()
        and "form" not in [e.tag for e in page.all("main//form")]
    )


# Who else is in the room


def test_alone_is_what_nobody_has_to_say(client, session, ana, ben):
    visitor = client.as_()
    page = visitor.get_page(way(session, ana))
    assert "Nobody ticked: you are alone" in page.text() and "Ben Okoro" in page.text()
    assert press(visitor, way(session, ana)).headers["Location"] == MEETING
    assert others(session, ana) == []


def test_one_tap_notes_a_colleague_and_one_more_takes_them_out_again(client, session, ana, ben):
    visitor, url = client.as_(), way(session, ana)
    assert press(visitor, url, **{"with": [ben.code]}).headers["Location"] == MEETING
    assert others(session, ana) == ["Ben Okoro"]
    page = visitor.get_page(url)
    assert "One person is noted beside you" in page.text()
    answer = press(visitor, url, page=page, **{"with": [], "do": "room"})
    assert answer.status_code == 303 and path(answer.headers["Location"]) == url
    assert "it is noted who is in the room" in visitor.get_page(url).text()
    assert others(session, ana) == []
    [row] = db.session.scalars(select(Companion))
    assert row.undone_at is not None and row.other_id == ben.id, "what was said stays on record"
    assert [let_in for _, let_in in visits()] == [True], "noting the room is no way in"


def test_the_same_said_from_two_devices_is_kept_once(client, session, ana, ben):
    one, two, url = client.as_(), client.as_(), way(session, ana)
    pages = one.get_page(url), two.get_page(url)
    for visitor, page in zip((one, two), pages, strict=True):
        press(visitor, url, page=page, **{"with": [ben.code], "names": "Kofi Mensah"})
    assert others(session, ana) == ["Ben Okoro", "Kofi Mensah"]
    assert len(db.session.scalars(select(Companion)).all()) == 2


def test_a_page_that_was_open_since_before_takes_nobody_out(client, session, ana, ben):
    telephone, laptop, url = client.as_(), client.as_(), way(session, ana)
    stale = telephone.get_page(url)
    press(laptop, url, **{"with": [ben.code]})
    press(telephone, url, page=stale)
    assert others(session, ana) == ["Ben Okoro"]


def test_names_are_typed_for_whom_the_hub_does_not_know(client, session, ana, ben):
    visitor, url = client.as_(), way(session, ana)
    press(visitor, url, names=" Mr  Mensah; nurse Ama,, Ana Abeyta, ben okoro ,mr mensah")
    assert sorted(others(session, ana)) == ["Ben Okoro", "Mr Mensah", "nurse Ama"], (
        "a colleague's name is the colleague; one's own is nobody"
    )
    page = visitor.get_page(url)
    [number] = [str(row.id) for row in db.session.scalars(select(Companion).where(Companion.called == "nurse Ama"))]
    kept = [tick.get("value") for tick in page.all("input[@type='checkbox']") if tick.get("value") != number]
    press(visitor, url, page=page, **{"with": kept})
    assert sorted(others(session, ana)) == ["Ben Okoro", "Mr Mensah"]


@pytest.mark.parametrize(
    "stranger", ["another site", "another series", "somebody who left", "another's claim", "nonsense"]
)
def test_only_colleagues_of_the_own_site_can_be_ticked(make, client, session, series, clinic, ana, ben, stranger):
    who = make.person("Carla Vale")
    if stranger == "another site":
        make.enrol(series, who, site=make.site("Clinic of the Hill"))
    elif stranger == "another series":
        make.enrol(make.series(series.program), who, site=clinic)
    elif stranger == "somebody who left":
        make.enrol(series, who, site=clinic, state=EnrolmentState.LEFT)
    code = who.code
    if stranger == "another's claim":
        press(client.as_(), way(session, ben), names="Carla Vale")
        code = str(db.session.scalars(select(Companion.id)).one())
    elif stranger == "nonsense":
        code = "P-00000000"
    visitor = client.as_()
    page = visitor.get_page(way(session, ana))
    assert "Carla Vale" not in page.text()
    answer = press(visitor, way(session, ana), page=page, **{"with": [ben.code, code], "names": "Kofi"})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Only colleagues of your own site" in body and 'value="Kofi"' in body
    assert others(session, ana) == [] and (ana.id, True) not in visits(), "nothing of it is kept"
    assert MEETING not in str(answer.headers)


def test_too_many_for_a_room_and_names_that_are_none(client, session, ana):
    visitor, url = client.as_(), way(session, ana)
    answer = press(visitor, url, names=",".join(f"Guest {n}" for n in range(41)))
    assert answer.status_code == 422 and "At most 40 people" in answer.get_data(as_text=True)
    answer = press(visitor, url, names="x" * 301)
    assert answer.status_code == 422 and "at most 300 fit" in answer.get_data(as_text=True)
    assert others(session, ana) == []


def test_who_has_no_site_is_asked_for_names_only(make, client, session, series, hub):
    expert = make.enrol(series, make.person("Dr Lin Wei"))
    page = client.as_().get_page(way(session, expert))
    assert page.all("input[@type='checkbox']") == [] and "Somebody else, by name" in page.text()
    assert client.as_().get_page(way(session, hub)).all("input[@type='checkbox']") == []


def test_a_verb_refuses_what_no_page_offers(app, session, ana, now):
    with pytest.raises(Refused, match="own site"), transaction():
        door.keep_room(session, ana, RoomSaid(ticked=frozenset({"P-7K3Q29FM"})), now=now)


# What is read before going in


@pytest.fixture
def credited(make, series, session):
    """Disclosures of the speakers, and an accreditor's statement."""
    make.policy(series.program, approved_on=session.starts_at.date() - timedelta(days=60))
    with transaction():
        session.disclosure = TOLD
    return session


EXACT = (
    f"Disclosures of those who speak\n{TOLD}\n\nCredit: AMA PRA Category 1 Credit\nClaim only what you took part in."
)


def test_what_was_shown_is_kept_word_for_word_with_the_first_moment(client, credited, ana, ben):
    visitor, url = client.as_(), way(credited, ana)
    page = visitor.get_page(url)
    assert TOLD.splitlines()[0] in page.text() and "Claim only what you took part in." in page.text()
    assert db.session.scalars(select(Shown)).all() == [], "a mail scanner that looks was shown nothing"
    assert press(visitor, url).headers["Location"] == MEETING
    [text], [first] = db.session.scalars(select(ShownText)).all(), db.session.scalars(select(Shown)).all()
    assert text.text == EXACT and text.sha256 == hashlib.sha256(EXACT.encode()).hexdigest()
    was = first.at
    press(visitor, url)
    press(client.as_(), way(credited, ben))
    db.session.rollback()
    rows = db.session.scalars(select(Shown).order_by(Shown.id)).all()
    assert [(row.person_id, row.text_id) for row in rows] == [(ana.id, text.id), (ben.id, text.id)] and rows[
        0
    ].at == was
    assert len(db.session.scalars(select(ShownText)).all()) == 1


def test_words_that_changed_meanwhile_are_shown_once_more(client, credited, ana):
    visitor, url = client.as_(), way(credited, ana)
    stale = visitor.get_page(url)
    with transaction():
        credited.disclosure = "Nobody has anything to disclose."
    answer = press(visitor, url, page=stale)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "was changed just now" in body and "Nobody has anything" in body
    assert db.session.scalars(select(Shown)).all() == [] and visits() == []
    assert press(visitor, url).headers["Location"] == MEETING
    assert [text.text.splitlines()[1] for text in db.session.scalars(select(ShownText))] == [
        "Nobody has anything to disclose."
    ]


@pytest.mark.parametrize("forged", ["", "0" * 64, "<script>"])
def test_a_form_that_showed_nothing_keeps_nothing_and_leads_nowhere(client, credited, ana, forged):
    visitor, url = client.as_(), way(credited, ana)
    answer = press(visitor, url, shown=forged)
    assert answer.status_code == 200 and MEETING not in str(answer.headers) + answer.get_data(as_text=True)
    assert db.session.scalars(select(Shown)).all() == [] and visits() == []


def test_nothing_recorded_is_nothing_shown_and_nothing_kept(client, session, ana):
    visitor = client.as_()
    page = visitor.get_page(way(session, ana))
    assert "isclosure" not in page.body and "Before you go in" not in page.body
    assert press(visitor, way(session, ana)).headers["Location"] == MEETING
    assert db.session.scalars(select(ShownText)).all() == []


# Not let in


def test_without_any_way_the_door_says_what_to_do_and_notes_who_stood_there(
    make, client, series, session, hub, ana, ben
):
    with transaction():
        session.meeting_url = None
        series.program.help_phone = "+1 (505) 555-0142"
    visitor, url = client.as_(), way(session, ana)
    page = visitor.get_page(url)
    assert "The meeting has no link yet" in page.text() and "Try again" in page.text() and visits() == []
    assert "tel:+15055550142" in page.links() and "mailto:hub@echo.test" in page.links()
    answer = press(visitor, url)
    assert answer.status_code == 200 and "It is noted that you stand here" in answer.get_data(as_text=True)
    press(visitor, url), press(client.as_(), way(session, ben))
    assert visits() == [(ana.id, False), (ana.id, False), (ben.id, False)]
    hers = client.as_(hub)
    assert "2 people stood at the door and were not let in" in hers.get_page(f"/sessions/{session.code}").text()
    listed = hers.get_page(f"/sessions/{session.code}/door").text()
    assert "Ana Abeyta" in listed and "Ben Okoro" in listed
    with transaction():
        session.meeting_url = MEETING
    assert press(visitor, url).headers["Location"] == MEETING
    assert "One person stood at the door" in hers.get_page(f"/sessions/{session.code}").text()
    assert "Ana Abeyta" not in hers.get_page(f"/sessions/{session.code}/door").text()


def test_who_lost_the_line_and_is_not_let_in_again_counts_once_more(session, ana, now):
    from echo_sessions.sessions import service

    for minutes, let_in in ((0, True), (5, False)):
        with transaction():
            service.record_visit(session, ana, now=now + minutes * MINUTE, let_in=let_in)
    assert [(person.id, at) for person, at in door.shut_out(session.id)] == [(ana.id, now + 5 * MINUTE)]
    assert door.pressed_in(session.id) == 1
    with transaction():
        service.record_visit(session, ana, now=now + 6 * MINUTE)
    assert door.shut_out(session.id) == []


def test_telephone_numbers_stand_under_the_own_country_first_and_never_a_passcode(app, client, session, ana):
    at_zoom(session)
    visitor, url = client.as_(), way(session, ana)
    assert "+254" not in visitor.get_page(url).body, "numbers are for whoever is not let in"
    answer = press(visitor, url)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "tel:+254207640128" in body and "812 3456 7890" in body
    assert body.index("Kenya") < body.index("United States") and body.count("United States") == 1
    assert "passcode: the hub tells it" in body and "zoom.us" not in body


def test_a_pasted_address_is_another_room_so_its_numbers_are_not_given(app, session, ana):
    at_zoom(session)
    assert [each.country for each in door.numbers_of(session, "KE")] == ["KE", "US"]
    with transaction():
        session.meeting_url = MEETING
    assert door.numbers_of(session, "KE") == []


def test_numbers_by_country_however_a_provider_writes_it():
    phones = [
        {"country": "Spain", "city": "", "number": "+34 915550100"}, {"country": "us", "city": "Denver", "number": "+1 720"},
        {"country": "ES", "number": "+34 915550100"}, {"country": "Atlantis", "number": "99"}, {"country": "US", "number": " "},
    ]  # fmt: skip
    found = [(each.country, [dialled for _, dialled, _ in each.numbers]) for each in door.grouped(phones, "us")]
    assert found == [("US", ["+1720"]), ("ES", ["+34915550100"]), ("Atlantis", ["99"])]


@pytest.mark.parametrize(
    ("ref", "written"), [("81234567890", "812 3456 7890"), ("8123456789", "812 345 6789"), ("room-7", ""), (None, "")]
)
def test_a_meetings_number_as_one_types_it(app, session, ref, written):
    meeting = at_zoom(session)
    meeting.ref = ref
    assert door.meeting_number(session) == written
    db.session.rollback()


def test_the_country_is_ones_own_before_that_of_the_site(app, session, ana):
    assert door.country_of(session, ana) == "KE"
    ana.country = "US"
    assert door.country_of(session, ana) == "US"
    db.session.rollback()


# Whose door it is


def test_forged_borrowed_and_revoked_links_have_no_room_no_test_and_no_file(client, session, ana, ben):
    token = way(session, ana).rsplit("/", 1)[1]
    other = path(ways.rsvp_url(session, ana)).rsplit("/", 1)[1]
    for bad in (token[:-1] + ("a" if token[-1] != "a" else "b"), other, "x"):
        for rest in ("", "/test", ".ics", "/sample/small"):
            answer = client.as_().get(f"/join/{bad}{rest}")
            assert answer.status_code == 404 and b"Ana" not in answer.data and b"Ben" not in answer.data, rest
    for rest in ("", "/test", ".ics", "/sample/small"):
        assert client.as_().get(f"/join/{token}{rest}").status_code == 200, rest
    with transaction():
        ana.link_generation += 1
    for rest in ("", "/test", ".ics", "/sample/small"):
        assert client.as_().get(f"/join/{token}{rest}").status_code == 404, rest


def test_who_no_longer_belongs_can_press_nothing(client, session, ana, ben):
    visitor, url = client.as_(), way(session, ana)
    page = visitor.get_page(url)
    with transaction():
        place = db.session.scalars(select(Enrolment).where(Enrolment.person_id == ana.id)).unique().one()
        place.state = EnrolmentState.REMOVED
    answer = press(visitor, url, page=page, **{"with": [ben.code]})
    assert answer.status_code == 403 and others(session, ana) == [] and visits() == []
    assert client.as_().get(f"{url}/test").status_code == 403 and client.as_().get(f"{url}.ics").status_code == 404


def test_a_door_that_is_shut_takes_no_word(make, client, series, ana, ben, now):
    open_now = make.session(series, starts_at=now, meeting_url=MEETING)
    for starts_in, state in (
        (HOUR, SessionState.SCHEDULED),
        (-5 * HOUR, SessionState.SCHEDULED),
        (timedelta(), SessionState.CANCELLED),
    ):
        shut = make.session(series, starts_at=now + starts_in, meeting_url=MEETING, state=state)
        visitor = client.as_()
        page = visitor.get_page(way(open_now, ana))
        answer = press(visitor, way(shut, ana), page=page, **{"with": [ben.code]})
        assert answer.status_code == 200 and MEETING not in str(answer.headers)
        assert others(shut, ana) == [] and visits() == []


def test_looking_again_and_again_changes_nothing(client, credited, ana):
    for rest in ("", "/test", ".ics", "/sample/large", "?do=join"):
        for _ in range(2):
            assert client.as_().get(way(credited, ana) + rest).status_code == 200
            assert client.as_().head(way(credited, ana) + rest).status_code == 200
    assert visits() == [] and db.session.scalars(select(Shown)).all() == []


# The test of the line


def test_camera_and_microphone_may_be_asked_for_on_the_test_page_only(client, session, ana):
    page = client.as_().get_page(f"{way(session, ana)}/test")
    assert "camera=(self), microphone=(self)" in page.answer.headers["Permissions-Policy"]
    assert "Nothing is recorded" in page.text() and "https://zoom.us/test" in page.links() and MEETING not in page.body
    assert "Look for yourself" in page.text(), "what to look at without script"
    for other in (way(session, ana), "/sign-in"):
        assert "camera=(), microphone=()" in client.as_().get(other).headers["Permissions-Policy"]


def test_the_way_to_zooms_own_test_is_shown_where_the_session_is_on_zoom(client, session, ana):
    for url, there in (
        ("https://us02web.zoom.us/j/1", True),
        ("https://meet.example/zoom.us", False),
        ("https://notzoom.us/j/1", False),
    ):
        with transaction():
            session.meeting_url = url
        assert ("https://zoom.us/test" in client.as_().get_page(f"{way(session, ana)}/test").links()) is there, url


def test_samples_are_as_long_as_said_and_never_the_same(client, session, ana):
    small = [client.as_().get(f"{way(session, ana)}/sample/small") for _ in range(2)]
    assert [len(answer.data) for answer in small] == [64, 64] and small[0].data != small[1].data
    assert small[0].headers["Cache-Control"] == "no-store"
    assert len(client.as_().get(f"{way(session, ana)}/sample/large").data) == 300_000
    assert client.as_().get(f"{way(session, ana)}/sample/huge").status_code == 404


# The hub's side


def test_the_hub_records_disclosures_and_sees_who_was_shown_them(client, session, hub, ana):
    hers, page = client.as_(hub), f"/sessions/{session.code}/door"
    assert "No disclosure is recorded for this session" in hers.get_page(page).text()
    told = hers.submit(page, disclosure=TOLD)
    assert "What is read at the door is kept" in told.text() and "Bright Pharma" in told.text()
    press(client.as_(), way(session, ana))
    assert "Ana Abeyta" in hers.get_page(page).text()
    csv = hers.get(f"/sessions/{session.code}/door.csv").get_data(as_text=True)
    assert "Ana Abeyta" in csv and "Bright Pharma" in csv
    hers.submit(page, disclosure="")
    assert "No disclosure is recorded" in hers.get_page(page).text()
    assert "Bright Pharma" in hers.get(f"/sessions/{session.code}/door.csv").get_data(as_text=True), (
        "what was shown stays"
    )


def test_disclosures_too_long_come_back_as_they_were_typed(client, session, hub):
    page = client.as_(hub).submit(f"/sessions/{session.code}/door", status=422, disclosure="x" * 4001)
    assert page.fields()["disclosure"] == "x" * 4001


def test_others_have_no_view_of_the_door(make, client, series, session, ana):
    page, csv = f"/sessions/{session.code}/door", f"/sessions/{session.code}/door.csv"
    for url in (page, csv):
        assert client.as_().get(url).status_code == 302
        assert client.as_(make.agreed(ana)).get(url).status_code == 403
        assert client.as_(make.person()).get(url).status_code == 404
    assert "stood at the door" not in client.as_(ana).get_page(f"/sessions/{session.code}").text()
