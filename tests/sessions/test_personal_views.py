"""Pages behind links in letters, the feed, and both as files. A crawler that opens every link twice changes nothing."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from sqlalchemy import select
from werkzeug.http import http_date

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import BadInput
from echo_sessions.people import queries as people
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions import export, feed, letters, queries, service, ways
from echo_sessions.sessions.models import Visit
from echo_sessions.sessions.rules import Answer, SessionState
from tests.make import Make
from tests.sessions.calendars import plain
from tests.sessions.test_letters import counted

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MEETING = "https://zoom.us/j/998877?pwd=s3cret"


@pytest.fixture
def make(app):
    """Things made a month ago by the clock that pages read."""
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
def ana(make, series):
    return make.enrol(series, make.person("Ana Abeyta", zone="Africa/Nairobi"))


def published(make, series, at, **values):
    given = dict(uid=f"{at:%Y%m%d%H%M%S}@echo.test", organizer="hub@echo.test", meeting_url=MEETING)
    changed_at = values.pop("changed_at", None)
    session = make.session(series, starts_at=at, **{**given, **values})
    with transaction():
        session.changed_at = changed_at or at - 30 * DAY
    return session


def path(url):
    return urlsplit(url).path


def post_anyway(visitor, url, make, series, person, **data):
    """Send a form that the page does not offer, with a token from a page that has one."""
    other = published(make, series, clock.now() + 9 * DAY)
    token = visitor.get_page(path(ways.rsvp_url(other, person))).fields()["csrf_token"]
    return visitor.post(url, data={"csrf_token": token, **data})


def end(series, person, state=EnrolmentState.LEFT):
    with transaction():
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).unique().one()
        enrolment.state, enrolment.since = state, clock.now()


# The way in


def test_before_the_door_opens_it_says_when_and_never_where(make, client, series, ana, now):
    session = published(make, series, now + 2 * HOUR)
    way = path(ways.join_url(session, ana))
    page = client.as_().get_page(way)
    opens = session.starts_at - timedelta(minutes=20)
    assert f"{opens.astimezone(ZoneInfo('Africa/Nairobi')):%H:%M} Nairobi, 20 minutes before" in page.text()
    answer = post_anyway(client.as_(), way, make, series, ana)
    for said in (page.body, answer.get_data(as_text=True), str(answer.headers), str(page.answer.headers)):
        assert "zoom" not in said and "998877" not in said
    assert answer.status_code == 200 and db.session.scalars(select(Visit.id)).all() == []


@pytest.mark.parametrize("starts_in", [timedelta(minutes=19), -HOUR / 2, -timedelta(minutes=100)])
def test_an_open_door_leads_in_by_its_button_and_leaves_no_trace_elsewhere(make, client, series, ana, now, starts_in):
    session = published(make, series, now + starts_in)
    visitor, way = client.as_(), path(ways.join_url(session, ana))
    page = visitor.get_page(way)
    assert "Join as Ana Abeyta" in page.text() and "998877" not in page.body
    answer = visitor.post(way, data=page.fields())
    assert answer.status_code == 303 and answer.headers["Location"] == MEETING
    assert answer.headers["Referrer-Policy"] == "no-referrer" and "no-store" in answer.headers["Cache-Control"]
    assert "form-action 'self' https:" in page.answer.headers["Content-Security-Policy"]
    [visit] = db.session.scalars(select(Visit))
    assert (visit.session_id, visit.person_id) == (session.id, ana.id)


def test_without_a_link_it_says_whom_to_write_to(make, client, series, ana, now):
    session = published(make, series, now - HOUR / 2, meeting_url=None)
    page = client.as_().get_page(path(ways.join_url(session, ana)))
    assert "The meeting has no link yet" in page.text() and "hub@echo.test" in page.text()
    assert post_anyway(client.as_(), path(ways.join_url(session, ana)), make, series, ana).status_code == 200


def test_what_is_over_says_so_and_names_the_next_one(make, client, series, ana, now):
    over = published(make, series, now - 3 * HOUR)
    ahead = published(make, series, now + 7 * DAY)
    page = client.as_().get_page(path(ways.join_url(over, ana)))
    assert (
        "This session is over" in page.text()
        and ways.join_url(ahead, ana) in page.links()
        and "998877" not in page.body
    )


def test_a_cancelled_one_gives_the_reason(make, client, series, ana, now):
    session = published(make, series, now, state=SessionState.CANCELLED, cancel_reason="Snow.")
    page = client.as_().get_page(path(ways.join_url(session, ana)))
    assert "This session is cancelled. Snow." in page.text() and "998877" not in page.body


def test_a_moved_one_keeps_its_link_and_says_that_it_moved(make, client, series, hub, ana, now):
    session = published(make, series, now + DAY)
    way = path(ways.join_url(session, ana))
    with transaction():
        service.change(session, title="", starts_at=now + 3 * DAY, minutes=90, by=hub, now=now)
    assert "It was moved" in client.as_().get_page(way).text()


def test_an_unpublished_date_is_not_settled(make, client, series, ana, now):
    session = make.session(series, starts_at=now, state=SessionState.DRAFT, meeting_url=MEETING)
    page = client.as_().get_page(path(ways.join_url(session, ana)))
    assert "not settled yet" in page.text() and "998877" not in page.body


def test_who_no_longer_belongs_gets_a_plain_sentence(make, client, series, ana, now):
    session = published(make, series, now)
    end(series, ana)
    for url in (ways.join_url(session, ana), ways.rsvp_url(session, ana)):
        page = client.as_().get_page(path(url), status=403)
        assert "does not take part in it at present" in page.text() and "998877" not in page.body


def test_a_coordinator_has_a_way_in_without_taking_part(make, client, series, hub, now):
    session = published(make, series, now)
    assert "Join as" in client.as_().get_page(path(ways.join_url(session, hub))).text()


@pytest.mark.parametrize("kind", ["join", "rsvp", "calendar"])
def test_forged_revoked_and_borrowed_links_tell_nothing(make, client, series, ana, now, kind):
    session = published(make, series, now)
    made = {
        "join": ways.join_url(session, ana),
        "rsvp": ways.rsvp_url(session, ana),
        "calendar": ways.calendar_url(ana),
    }
    good = path(made[kind])
    token = good.rsplit("/", 1)[1]
    other = path(made["rsvp" if kind == "join" else "join"]).rsplit("/", 1)[1]
    for bad in (token[:-1] + ("a" if token[-1] != "a" else "b"), other, "x", "S-00000000.1.P-00000000." + "a" * 24):
        page = client.as_().get_page(f"/{kind}/{bad}", status=404)
        assert "This link does not work" in page.text() and "Ana" not in page.text()
    client.as_().get_page(good)
    with transaction():
        ana.link_generation += 1
    client.as_().get_page(good, status=404)


# The answer


def test_an_answer_is_preselected_by_the_link_stored_by_the_button_and_may_change(make, client, series, ana, now):
    session = published(make, series, now + DAY)
    way, visitor = path(ways.rsvp_url(session, ana)), client.as_()
    page = visitor.get_page(f"{way}?answer=declined")
    assert page.fields()["answer"] == "declined" and queries.invitation(session.id, ana.id) is None
    page = visitor.submit(way, answer="accepted")
    assert "Thank you" in page.text() and "You said: Yes, I will come." in page.text() and "Nairobi" in page.text()
    page = visitor.submit(way, answer="declined")
    assert "You said: No, I cannot come." in page.text()
    assert queries.invitation(session.id, ana.id).answer is Answer.DECLINED


def test_an_answer_that_is_none_is_asked_again(make, client, series, ana, now):
    session = published(make, series, now + DAY)
    page = client.as_().submit(path(ways.rsvp_url(session, ana)), status=422, answer="maybe not")
    assert "Choose one of the answers" in page.text()


@pytest.mark.parametrize(
    ("starts_in", "state", "words"),
    [(-DAY, SessionState.SCHEDULED, "is over"), (DAY, SessionState.CANCELLED, "is cancelled")],
)
def test_no_answer_is_needed_any_more(make, client, series, ana, now, starts_in, state, words):
    session = published(make, series, now + starts_in, state=state)
    way = path(ways.rsvp_url(session, ana))
    assert words in client.as_().get_page(way).text()
    assert words in post_anyway(client.as_(), way, make, series, ana, answer="accepted").get_data(as_text=True)
    assert queries.invitation(session.id, ana.id) is None


def test_all_dates_are_answered_on_one_page(make, client, series, ana, now):
    one, two, three = (published(make, series, now + day * DAY) for day in (1, 2, 3))
    way, visitor = path(ways.calendar_url(ana)), client.as_()
    page = visitor.submit(way, **{one.code: "accepted", two.code: "declined"})
    assert "your answers are kept" in page.text()
    answers = queries.answers_by(ana.id, [one.id, two.id, three.id])
    assert answers == {one.id: Answer.ACCEPTED, two.id: Answer.DECLINED}
    assert "Nothing was different" in visitor.submit(way).text()
    assert ways.feed_url(ana) in page.body


def test_a_page_without_dates_says_so(client, ana):
    assert "no session ahead" in client.as_().get_page(path(ways.calendar_url(ana))).text()


def test_public_pages_are_light(make, client, series, ana, now):
    session = published(make, series, now)
    for day in range(1, 13):
        published(make, series, now + day * DAY)
    for url in (ways.join_url(session, ana), ways.rsvp_url(session, ana), ways.calendar_url(ana)):
        assert len(client.as_().get(path(url)).data) < 10_000


def test_opening_every_link_of_every_letter_twice_changes_nothing(make, client, series, ana, hub, now, post):
    session = make.session(series, starts_at=now + 3 * DAY, state=SessionState.DRAFT)
    with transaction():
        service.schedule(session, by=hub, now=now)
        service.tell(series.id, now=now)
    post.run(clock.now())
    found = {url for letter in post.to(ana) for url in re.findall(r"https://echo\.test(/[^\s\"<>)]+)", plain(letter))}
    assert {url.split("/")[1] for url in found} >= {"join", "rsvp", "feeds", "calendar"}

    def everything():
        db.session.rollback()
        return [
            [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in db.metadata.sorted_tables
            if table.name != "rate_counts"  # how often somebody knocks is counted, whoever it is
        ]

    visitors = (client.as_(), client.as_(ana))
    before = everything()
    for url in sorted(found) * 2:
        for visitor in visitors:
            assert visitor.get(url).status_code == 200, url
            assert visitor.head(url).status_code == 200, url
            visitor.get(f"{url}?answer=declined")
    assert everything() == before


# The feed


def get_feed(client, person, **headers):
    return client.as_().get(path(ways.feed_url(person)), headers=headers)


def test_a_feed_holds_what_is_ahead_and_what_was_lately(make, client, series, ana, now):
    ahead = published(make, series, now + 200 * DAY)
    lately = published(make, series, now - 50 * DAY)
    published(make, series, now - 70 * DAY)
    gone = published(make, series, now + DAY, state=SessionState.CANCELLED, changed_at=now - 3 * DAY)
    published(make, series, now + 2 * DAY, state=SessionState.CANCELLED, changed_at=now - 40 * DAY)
    make.session(series, starts_at=now + 3 * DAY, state=SessionState.DRAFT)
    answer = get_feed(client, ana)
    assert answer.mimetype == "text/calendar" and answer.headers["Cache-Control"] == "private, max-age=900"
    events = {str(event["UID"]): event for event in icalendar.Calendar.from_ical(answer.data).walk("VEVENT")}
    assert set(events) == {ahead.uid, lately.uid, gone.uid}
    assert events[gone.uid]["STATUS"] == "CANCELLED" and str(events[gone.uid]["SUMMARY"]).startswith("Cancelled: ")
    assert b"METHOD" not in answer.data and b"ATTENDEE" not in answer.data and b"998877" not in answer.data
    assert len(list(vobject.readOne(answer.data.decode()).vevent_list)) == 3


def test_the_same_feed_is_the_same_bytes_and_304_until_something_shown_has_changed(make, client, series, hub, ana, now):
    session = published(make, series, now + 5 * DAY, changed_at=now - DAY)
    first, again = get_feed(client, ana), get_feed(client, ana)
    assert first.data == again.data
    tag = first.headers["ETag"]
    with counted() as looks:
        answer = get_feed(client, ana, **{"If-None-Match": tag})
    assert answer.status_code == 304 and answer.data == b"" and answer.headers["ETag"] == tag and len(looks) < 14
    seen = {tag}
    changes = [
        lambda: service.change(session, title="New", starts_at=session.starts_at, minutes=90, by=hub, now=clock.now()),
        lambda: service.change(
            session, title="New", starts_at=session.starts_at + DAY, minutes=90, by=hub, now=clock.now()
        ),
        lambda: service.cancel(session, reason="", by=hub, now=clock.now()),
        lambda: service.restore(session, by=hub, now=clock.now()),
        lambda: setattr(ana, "zone", "Europe/London"),
        lambda: setattr(series.program, "name", "Hepatitis"),
    ]
    for change in changes:
        with transaction():
            change()
        answer = get_feed(client, ana, **{"If-None-Match": tag})
        assert answer.status_code == 200
        tag = answer.headers["ETag"]
        assert tag not in seen
        seen.add(tag)


def test_the_date_counts_only_without_an_etag_and_an_unreadable_one_not_at_all(make, client, series, hub, ana, now):
    session = published(make, series, now + 5 * DAY, changed_at=now - DAY)
    first = get_feed(client, ana)
    date = first.headers["Last-Modified"]
    assert get_feed(client, ana, **{"If-Modified-Since": date}).status_code == 304
    assert get_feed(client, ana, **{"If-Modified-Since": "last tuesday"}).status_code == 200
    assert get_feed(client, ana, **{"If-Modified-Since": date, "If-None-Match": '"other"'}).status_code == 200
    later = clock.now() + timedelta(seconds=2)
    with transaction():
        service.change(session, title="New", starts_at=session.starts_at, minutes=90, by=hub, now=later)
    assert get_feed(client, ana, **{"If-Modified-Since": date}).status_code == 200
    assert get_feed(client, ana, **{"If-Modified-Since": http_date(later.replace(microsecond=0))}).status_code == 304


def test_who_leaves_has_another_feed_by_either_measure(make, client, series, ana, now):
    published(make, series, now + 5 * DAY, changed_at=now - DAY)
    first = get_feed(client, ana)
    with transaction():
        enrolment = db.session.scalars(select(Enrolment)).unique().one()
        enrolment.state, enrolment.since = EnrolmentState.LEFT, datetime.now(UTC) + timedelta(days=30)
    for header, value in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        answer = get_feed(client, ana, **{header: first.headers[value]})
        assert answer.status_code == 200 and b"VEVENT" not in answer.data


def test_a_void_feed_is_404_and_says_nothing_else(make, client, series, ana, now):
    published(make, series, now + DAY)
    way = path(ways.feed_url(ana))
    with transaction():
        ana.link_generation += 1
    answer = client.as_().get(way)
    assert answer.status_code == 404 and b"Ana" not in answer.data
    assert client.as_().get("/feeds/nothing.ics").status_code == 404


def test_a_feed_takes_as_many_queries_for_forty_sessions_as_for_two(make, series, ana, now):
    series_code = series.code
    code = ana.code

    def looks():
        db.session.rollback()
        db.session.expunge_all()
        with counted() as said:
            person = people.by_code(code)
            feed.written(person, feed.standing(person, now).ids)
        return len(said)

    published(make, series, now + HOUR), published(make, series, now + 2 * HOUR)
    two = looks()
    series = programs.series_by_code(series_code)
    for day in range(1, 39):
        published(make, series, now + day * DAY)
    assert looks() == two


def test_the_file_to_import_has_the_dates_without_a_promise(make, client, series, ana, now):
    session = published(make, series, now + DAY)
    answer = client.as_().get(f"{path(ways.calendar_url(ana))}.ics")
    assert session.uid.encode() in answer.data and b"REFRESH" not in answer.data
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.as_().get("/calendar/nothing.ics").status_code == 404


# As files


def test_a_persons_calendar_letters_as_files_in_order_of_sending(make, series, hub, ana, now, post, tmp_path):
    session = make.session(series, starts_at=now + 5 * DAY, state=SessionState.DRAFT)
    with transaction():
        service.schedule(session, by=hub, now=now)
        service.tell(series.id, now=now)
    post.run(clock.now())
    with transaction():
        service.cancel(session, reason="", by=hub, now=clock.now())
    post.run(clock.now())
    with transaction():
        service.restore(session, by=hub, now=clock.now())
    letters.tell(session.id, now=clock.now())

    assert export.export(tmp_path / "ana", email=ana.address.upper()) == 2
    names = sorted(file.name for file in Path(tmp_path / "ana").iterdir())
    assert names == ["001-request.eml", "002-cancel.eml", "feed.ics"], "the third waits, so no calendar knows of it"
    assert b'method="CANCEL"' in (tmp_path / "ana" / "002-cancel.eml").read_bytes().replace(
        b"method=CANCEL", b'method="CANCEL"'
    )
    assert session.uid.encode() in (tmp_path / "ana" / "feed.ics").read_bytes()
    with pytest.raises(BadInput, match="holds letters already"):
        export.export(tmp_path / "ana", email=ana.address)


def test_an_unknown_address_has_no_letters_to_export(make, hub, tmp_path):
    with pytest.raises(BadInput, match="Nobody has the address"):
        export.export(tmp_path, email="nobody@clinic.test")
    with pytest.raises(BadInput, match="not an e-mail address"):
        export.export(tmp_path, email="nobody")


def test_links_of_different_kinds_and_people_never_open_each_other(make, series, ana, now):
    ben, session = make.person("Ben"), published(make, series, now)
    tokens = {
        url.rsplit("/", 1)[1]
        for url in (ways.join_url(session, ana), ways.join_url(session, ben), ways.rsvp_url(session, ana))
    }
    assert len(tokens) == 3
    assert ways.read_personal(ways.JOIN, ways.join_url(session, ben).rsplit("/", 1)[1]) == (session, ben)
