"""Calendar bytes, looked at octet by octet and read back by three programs that others wrote."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from echo_sessions.mail.message import build
from echo_sessions.sessions.invites import (
    Attendee,
    Event,
    EventStatus,
    cancel,
    download,
    feed,
    feed_etag,
    fragment,
    joined,
    request,
)
from echo_sessions.sessions.rules import Answer

NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
START = datetime(2026, 12, 2, 19, 30, tzinfo=UTC)
LINK = "https://echo.example/join/S-7K3Q29FM.1.P-0A1B2C3D.abcdefghijklmnopqrstuvwx"
EVENT = Event(
    uid="s-7k3q29fm@echo.example",
    sequence=2,
    summary="Hepatitis C in primary care",
    description="12:30 in Denver.\nAnswer on the page.",
    starts_at=START,
    ends_at=START + timedelta(minutes=90),
    location_url=LINK,
    organizer_email="hub@echo.example",
    organizer_name="Hub of the North",
    created_at=datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
    changed_at=datetime(2026, 11, 20, 8, 15, tzinfo=UTC),
)
ANNA = Attendee("anna@clinic.example", "Anna Okoro")
CANCELLED = replace(EVENT, status=EventStatus.CANCELLED, sequence=3)

AWKWARD = [
    'Liver, kidney; "both": \\ and more',
    "C:\\New \\N \\n \\\\n \\, \\; end\\",
    "two\nlines\r\nand\rmore",
    "🩺👩🏽‍⚕️ " * 60,
    "é" * 300,
    "中" * 300,
    "a" * 300,
    "^n ^' ^^ x^y %2C %0A ",
    "BEGIN:VEVENT\nEND:VCALENDAR\nATTENDEE:mailto:eve@evil.example",
    "tab\there \x00\x07\x1f\x7f\x85\x9f\u2028\u2029\ufeff end",
]
WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=320) | st.text(
    'ab,;:"\\\n^nN 🩺é', max_size=320
)


def all_kinds(event=EVENT, attendee=ANNA):
    """One session in each of the forms that leave the house."""
    return {
        "request": request(event, attendee, NOW),
        "cancel": cancel(event, attendee, NOW, whole=True),
        "un-invite": cancel(event, attendee, NOW, whole=False),
        "feed": feed([event], name="My sessions", refresh=timedelta(hours=1)),
        "download": download([event]),
    }


KINDS = list(all_kinds())


def unfolded(data):
    """The content lines, by the rules of RFC 5545 alone."""
    return data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def values(data, name):
    return [line.partition(":")[2] for line in unfolded(data) if re.split("[;:]", line, maxsplit=1)[0] == name]


def read(data):
    """The one VEVENT as icalendar reads it, without a fault anywhere."""
    calendar = icalendar.Calendar.from_ical(data)
    [event] = calendar.walk("VEVENT")
    assert calendar.errors == event.errors == []
    return event


def read_by_vobject(data):
    return vobject.readOne(data.decode()).vevent


def as_kept(text):
    """What is left of a text: one kind of line break, no control characters but tabs."""
    kept = re.sub(r"\r\n|[\r\n\x85\u2028\u2029]", "\n", text)
    return "".join(c for c in kept if c in "\n\t" or not (c < " " or "\x7f" <= c <= "\x9f" or c == "\ufeff"))


def as_name(text):
    return " ".join(as_kept(text).replace('"', "'").split()).rstrip("\\ ")


# Bytes


def check_octets(data):
    assert data.endswith(b"END:VCALENDAR\r\n") and data.startswith(b"BEGIN:VCALENDAR\r\n"), "no BOM"
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= 75
        text = line.decode()  # a split character would not decode
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text)


@settings(deadline=None)
@given(title=WORDS, description=WORDS, name=WORDS)
@example(AWKWARD[0], AWKWARD[1], AWKWARD[2])
@example(AWKWARD[3], AWKWARD[4], AWKWARD[5])
@example(AWKWARD[6], AWKWARD[7], AWKWARD[8])
@example(AWKWARD[9], "\r", "\ud800")
def test_lines_end_in_crlf_and_hold_at_most_75_octets_of_whole_characters(title, description, name):
    event = replace(EVENT, summary=title, description=description, organizer_name=name)

    for data in all_kinds(event, replace(ANNA, name=name)).values():
        check_octets(data)


@settings(deadline=None)
@given(WORDS)
@example(AWKWARD[0])
@example(AWKWARD[1])
@example(AWKWARD[3])
@example(AWKWARD[4])
@example(AWKWARD[7])
@example(AWKWARD[8])
@example(AWKWARD[9])
def test_a_title_comes_back_the_same_from_two_readers(title):
    for data in all_kinds(replace(EVENT, summary=title)).values():
        assert str(read(data)["SUMMARY"]) == as_kept(title)
        assert read_by_vobject(data).summary.value == as_kept(title)


@pytest.mark.parametrize("awkward", AWKWARD)
def test_a_description_comes_back_the_same_with_the_link_after_it(awkward):
    for data in all_kinds(replace(EVENT, description=awkward)).values():
        assert str(read(data)["DESCRIPTION"]) == as_kept(awkward.rstrip()) + f"\n\n{LINK}"


NAMES = WORDS.filter(lambda name: as_name(name) and not re.search(r'\\["\',;:\\]', name))


@settings(deadline=None)
@given(NAMES)
@example('Ann "Nan" O\'Neil, MD; hub: north \\ south')
@example("Okoro\nMD 🩺")
@example("Nguyễn " * 50)
@example("ends in a backslash\\")
@example("x^y ^n ^^ ^'")
def test_a_name_comes_back_the_same_with_apostrophes_for_quotes(name):
    event = read(request(EVENT, replace(ANNA, name=name), NOW))

    assert event["ATTENDEE"].params["CN"] == as_name(name)
    assert event["ATTENDEE"] == "mailto:anna@clinic.example"


@settings(deadline=None)
@given(WORDS)
@example("a\\,b\\;c\\:d\\\\e\\")
@example('\\"')
def test_no_name_leaves_its_place(name):
    """A backslash before a mark of punctuation is read in different ways, but never as the end of the name."""
    data = request(EVENT, replace(ANNA, name=name), NOW)

    [line] = [line for line in unfolded(data) if line.startswith("ATTENDEE;")]
    assert re.fullmatch(
        r'ATTENDEE;CN=("[^"]+"|[^";:,]+);ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:anna@clinic.example',
        line,
    )
    assert read(data)["ATTENDEE"] == "mailto:anna@clinic.example"
    assert read_by_vobject(data).attendee.value == "mailto:anna@clinic.example"


@pytest.mark.parametrize("name", ["", " ", "\n", "\x1b", "\\"])
def test_who_has_no_name_is_called_by_the_address(name):
    assert read(request(EVENT, replace(ANNA, name=name), NOW))["ATTENDEE"].params["CN"] == "anna@clinic.example"


@pytest.mark.parametrize("kind", KINDS)
def test_a_round_trip_keeps_every_property(kind):
    def properties(data):
        return sorted(
            (name, str(value.to_ical()), sorted(value.params.items()))
            for name, value in icalendar.Calendar.from_ical(data).property_items()
            if name not in {"BEGIN", "END"}
        )

    data = all_kinds()[kind]

    assert properties(icalendar.Calendar.from_ical(data).to_ical()) == properties(data)
    assert len(properties(data)) == len([line for line in unfolded(data) if line[:4] not in {"BEGI", "END:"}])


# Content


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_has_the_same_uid_number_organizer_and_no_alarm(kind):
    data = all_kinds()[kind]
    event = read(data)

    assert values(data, "UID") == ["s-7k3q29fm@echo.example"]
    assert values(data, "SEQUENCE") == ["2"]
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:hub@echo.example", "Hub of the North")
    assert values(data, "TRANSP") == ["OPAQUE"]
    assert values(data, "X-MICROSOFT-DISALLOW-COUNTER") == ["TRUE"]
    assert values(data, "BEGIN") == ["VCALENDAR", "VEVENT"], "neither VALARM nor VTIMEZONE"
    assert values(data, "VERSION") == ["2.0"]
    assert len(values(data, "PRODID")) == 1


@pytest.mark.parametrize(
    ("kind", "method", "status"),
    [
        pytest.param("request", ["REQUEST"], ["CONFIRMED"], id="an invitation"),
        pytest.param("cancel", ["CANCEL"], ["CANCELLED"], id="a session that is off"),
        pytest.param("un-invite", ["CANCEL"], [], id="one person is out: no status for the others"),
        pytest.param("feed", [], ["CONFIRMED"], id="a feed has no method"),
        pytest.param("download", [], ["CONFIRMED"], id="nor has a file"),
    ],
)
def test_method_and_status(kind, method, status):
    data = all_kinds()[kind]

    assert values(data, "METHOD") == method
    assert values(data, "STATUS") == status


def test_a_tentative_session_is_requested_as_such():
    data = request(replace(EVENT, status=EventStatus.TENTATIVE), ANNA, NOW)

    assert values(data, "STATUS") == ["TENTATIVE"]


def test_a_cancelled_session_is_never_a_request():
    with pytest.raises(ValueError, match="CANCEL"):
        request(CANCELLED, ANNA, NOW)


@pytest.mark.parametrize("kind", ["request", "cancel", "un-invite"])
def test_the_stamp_of_a_letter_is_the_time_of_sending(kind):
    assert values(all_kinds()[kind], "DTSTAMP") == ["20261122T173000Z"]


def test_the_stamp_of_a_feed_is_the_last_change():
    data = all_kinds()["feed"]

    assert values(data, "DTSTAMP") == values(data, "LAST-MODIFIED") == ["20261120T081500Z"]
    assert values(data, "CREATED") == ["20260901T080000Z"]


@pytest.mark.parametrize("kind", ["request", "cancel", "un-invite"])
def test_a_letter_names_nobody_but_its_reader_and_the_hub(kind):
    data = all_kinds()[kind]

    assert len(values(data, "ATTENDEE")) == 1
    assert set(re.findall(r"[\w.-]+@[\w.]+", data.replace(b"\r\n ", b"").decode())) == {
        "anna@clinic.example",
        "hub@echo.example",
        "s-7k3q29fm@echo.example",
    }


@pytest.mark.parametrize("kind", ["feed", "download"])
def test_a_feed_and_a_file_name_no_attendee(kind):
    assert values(all_kinds()[kind], "ATTENDEE") == []


@pytest.mark.parametrize(
    ("answer", "partstat"),
    [
        (Answer.NEEDS_ACTION, "NEEDS-ACTION"),
        (Answer.ACCEPTED, "ACCEPTED"),
        (Answer.DECLINED, "DECLINED"),
        (Answer.TENTATIVE, "TENTATIVE"),
    ],
)
def test_an_invitation_says_what_we_know_of_the_answer(answer, partstat):
    parameters = read(request(EVENT, replace(ANNA, answer=answer), NOW))["ATTENDEE"].params

    assert dict(parameters) == {"CN": "Anna Okoro", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": partstat, "RSVP": "TRUE"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_way_in_stands_where_any_program_may_look(kind):
    event = read(all_kinds()[kind])

    assert str(event["LOCATION"]) == LINK
    assert str(event["DESCRIPTION"]).endswith(LINK)
    assert event["CONFERENCE"] == LINK
    assert event["CONFERENCE"].params["VALUE"] == "URI"


def test_a_link_that_the_description_has_is_not_said_twice():
    data = request(replace(EVENT, description=f"Join: {LINK}\nBye."), ANNA, NOW)

    assert str(read(data)["DESCRIPTION"]) == f"Join: {LINK}\nBye."


def test_a_session_without_a_link_has_no_place():
    data = request(replace(EVENT, location_url=""), ANNA, NOW)

    assert values(data, "LOCATION") == values(data, "CONFERENCE") == []


@pytest.mark.parametrize(
    "faulty",
    [
        pytest.param({"location_url": "https://x.example/\r\nATTENDEE:mailto:eve@evil.example"}, id="a broken link"),
        pytest.param({"organizer_email": "hub@echo.example\r\nX:Y"}, id="a broken address"),
    ],
)
def test_an_address_with_a_line_break_is_not_written(faulty):
    with pytest.raises(ValueError, match="control characters"):
        request(replace(EVENT, **faulty), ANNA, NOW)


@pytest.mark.parametrize(
    "faulty",
    [
        pytest.param({"ends_at": START}, id="no length"),
        pytest.param({"uid": ""}, id="no UID"),
        pytest.param({"sequence": -1}, id="a number below nought"),
    ],
)
def test_an_event_that_cannot_be(faulty):
    with pytest.raises(ValueError):
        replace(EVENT, **faulty)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        request(EVENT, ANNA, datetime(2026, 11, 22, 17, 30))


# Instants

ZONES = ["America/Denver", "America/Phoenix", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "Africa/Cairo"]


@pytest.mark.parametrize("zone", ZONES)
def test_the_instants_are_the_sessions_own_over_both_clock_changes(zone):
    """A year of fortnights at 12:30 there, read back by three readers."""
    starts = [
        datetime.combine(date(2026, 1, 7) + timedelta(days=14 * number), time(12, 30), ZoneInfo(zone)).astimezone(UTC)
        for number in range(26)
    ]
    events = [
        replace(EVENT, uid=f"{number}@echo.example", starts_at=start, ends_at=start + timedelta(minutes=60))
        for number, start in enumerate(starts)
    ]
    expected = [(start, start + timedelta(minutes=60)) for start in starts]
    data = feed(events, name="A year", refresh=timedelta(hours=1))

    calendar = icalendar.Calendar.from_ical(data)
    assert [(event.start, event.end) for event in calendar.walk("VEVENT")] == expected
    expanded = recurring_ical_events.of(calendar).between(date(2025, 1, 1), date(2028, 1, 1))
    assert sorted((event.start, event.end) for event in expanded) == expected
    by_vobject = vobject.readOne(data.decode()).vevent_list
    assert [(event.dtstart.value, event.dtend.value) for event in by_vobject] == expected
    for event, (start, end) in zip(events, expected, strict=True):
        invited = read(request(event, ANNA, NOW))
        assert (invited.start, invited.end) == (start, end)
    assert all(line.endswith("Z") for line in unfolded(data) if line.startswith(("DTSTART", "DTEND", "DTSTAMP")))


def test_a_time_given_in_another_zone_is_the_same_instant():
    there = replace(EVENT, starts_at=START.astimezone(timezone(timedelta(hours=5, minutes=30))))

    assert request(there, ANNA, NOW) == request(EVENT, ANNA, NOW)


# The mail around it


@pytest.mark.parametrize(("kind", "method"), [("request", "REQUEST"), ("cancel", "CANCEL"), ("un-invite", "CANCEL")])
def test_in_a_letter_the_bytes_arrive_as_they_were_made(kind, method):
    awkward = replace(EVENT, summary=AWKWARD[3], description=AWKWARD[0])
    data = all_kinds(awkward)[kind]
    letter = message_from_bytes(
        build(
            sender="hub@echo.example",
            sender_name="Hub of the North",
            to="anna@clinic.example",
            to_name="Anna Okoro",
            subject="Invitation: Hepatitis C",
            text="Come.",
            html="<p>Come.</p>",
            message_id="<1@echo.example>",
            date=NOW,
            calendar=data,
            method=method,
        ),
        policy=policy.default,
    )

    plain, html, calendar = letter.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert calendar.get_payload(decode=True) == data
    assert calendar.get_param("method") == method == values(data, "METHOD")[0]
    organizer = read(data)["ORGANIZER"]
    assert letter["From"].addresses[0].addr_spec == organizer.removeprefix("mailto:")


# Feeds


def test_a_feed_tells_its_name_and_how_often_it_likes_to_be_read():
    data = feed([EVENT], name="Anna's sessions, hub; north", refresh=timedelta(hours=1))
    calendar = icalendar.Calendar.from_ical(data)

    assert values(data, "NAME") == values(data, "X-WR-CALNAME") == ["Anna's sessions\\, hub\\; north"]
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert values(data, "X-PUBLISHED-TTL") == ["PT1H"]


def test_a_download_promises_no_news():
    data = download([EVENT])

    assert values(data, "REFRESH-INTERVAL") == values(data, "X-PUBLISHED-TTL") == []


def test_two_fetches_without_change_are_the_same_bytes_whatever_the_order():
    other = replace(EVENT, uid="a@echo.example")

    assert feed([EVENT, other], name="x", refresh=timedelta(hours=1)) == feed(
        [other, EVENT], name="x", refresh=timedelta(hours=1)
    )


def test_a_feed_is_its_kept_pieces_joined():
    pieces = [fragment(EVENT), fragment(replace(CANCELLED, starts_at=START + timedelta(minutes=1)))]
    events = [replace(CANCELLED, starts_at=START + timedelta(minutes=1)), EVENT]

    assert joined(pieces, "x", timedelta(hours=1)) == feed(events, name="x", refresh=timedelta(hours=1))


def test_a_cancelled_session_is_marked_in_title_and_status():
    event = read(feed([CANCELLED], name="x", cancelled_title="Abgesagt: %(title)s"))

    assert (event["STATUS"], event["SUMMARY"]) == ("CANCELLED", "Abgesagt: Hepatitis C in primary care")
    assert read(feed([CANCELLED], name="x"))["SUMMARY"] == "Cancelled: Hepatitis C in primary care"


def test_a_feed_without_sessions_is_still_a_calendar():
    data = feed([], name="x", refresh=timedelta(hours=1))

    check_octets(data)
    assert icalendar.Calendar.from_ical(data).walk("VEVENT") == []


PAIRS = [("S-1", 1), ("S-2", 7)]


@pytest.mark.parametrize(
    ("pairs", "person", "version", "same"),
    [
        pytest.param(PAIRS, "P-1", "1", True, id="nothing changed"),
        pytest.param(PAIRS[::-1], "P-1", "1", True, id="another order"),
        pytest.param([("S-1", 2), ("S-2", 7)], "P-1", "1", False, id="a session changed"),
        pytest.param(PAIRS[:1], "P-1", "1", False, id="a session left"),
        pytest.param([*PAIRS, ("S-3", 0)], "P-1", "1", False, id="a session came"),
        pytest.param(PAIRS, "P-2", "1", False, id="another person"),
        pytest.param(PAIRS, "P-1", "2", False, id="another format or language"),
        pytest.param([("S-11", 1), ("S-2", 7)], "P-1", "1", False, id="codes do not run together"),
    ],
)
def test_feed_etag(pairs, person, version, same):
    assert (feed_etag(pairs, person, version) == feed_etag(PAIRS, "P-1", "1")) is same
    assert re.fullmatch(r"[0-9a-f]{32}", feed_etag(pairs, person, version))
