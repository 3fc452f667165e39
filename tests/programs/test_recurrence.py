"""When the sessions of a series are: tables for what people ask for, another program's dates for all the rest."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import BadInput, Refused
from echo_sessions.programs.recurrence import Kind, Rule, dates, in_words, read_dates, remarks

WEDNESDAY = 2


def rule(**changes):
    """Twelve fortnightly Wednesdays at 12:30 in Denver; a test says what is different."""
    ordinary = {
        "kind": Kind.WEEKLY,
        "interval": 2,
        "weekdays": (WEDNESDAY,),
        "start": time(12, 30),
        "minutes": 90,
        "zone": "America/Denver",
        "first": date(2026, 1, 7),
        "count": 12,
    }
    return Rule(**(ordinary | changes))


def monthly(**changes):
    return rule(**({"kind": Kind.MONTHLY, "interval": 1, "nth": 2, "count": 3} | changes))


def days(of):
    return [occurrence.date.isoformat() for occurrence in dates(of)]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(rule(count=3), ["2026-01-07", "2026-01-21", "2026-02-04"], id="every second Wednesday"),
        pytest.param(rule(count=2, interval=1), ["2026-01-07", "2026-01-14"], id="every Wednesday"),
        pytest.param(rule(count=1), ["2026-01-07"], id="once"),
        pytest.param(
            rule(count=None, until=date(2026, 2, 4)),
            ["2026-01-07", "2026-01-21", "2026-02-04"],
            id="the last day counts",
        ),
        pytest.param(
            rule(count=None, until=date(2026, 2, 3)), ["2026-01-07", "2026-01-21"], id="the day after the end does not"
        ),
        pytest.param(rule(count=2, first=date(2026, 1, 8)), ["2026-01-14", "2026-01-28"], id="first is a Thursday"),
        pytest.param(
            rule(count=5, weekdays=(0, 3), first=date(2026, 1, 6)),
            ["2026-01-08", "2026-01-19", "2026-01-22", "2026-02-02", "2026-02-05"],
            id="Mondays and Thursdays of every second week, from a Tuesday",
        ),
        pytest.param(
            rule(count=3, skipped=frozenset({date(2026, 1, 21)})),
            ["2026-01-07", "2026-02-04", "2026-02-18"],
            id="a left-out date is made up for at the end",
        ),
        pytest.param(
            rule(count=2, skipped=frozenset({date(2026, 1, 7)})),
            ["2026-01-21", "2026-02-04"],
            id="the first one left out: the rhythm stays",
        ),
        pytest.param(
            rule(count=None, until=date(2026, 2, 4), skipped=frozenset({date(2026, 1, 21)})),
            ["2026-01-07", "2026-02-04"],
            id="with an end date nothing is made up for",
        ),
        pytest.param(monthly(), ["2026-01-14", "2026-02-11", "2026-03-11"], id="second Wednesdays"),
        pytest.param(monthly(nth=-1), ["2026-01-28", "2026-02-25", "2026-03-25"], id="last Wednesdays"),
        pytest.param(
            monthly(first=date(2026, 1, 14), count=2), ["2026-01-14", "2026-02-11"], id="first is the second Wednesday"
        ),
        pytest.param(monthly(nth=4, interval=2, count=2), ["2026-01-28", "2026-03-25"], id="every second month"),
        pytest.param(
            monthly(nth=1, first=date(2026, 1, 8), count=2),
            ["2026-02-04", "2026-03-04"],
            id="the first Wednesday of January has gone by",
        ),
        pytest.param(
            monthly(nth=-1, first=date(2026, 11, 30), count=2),
            ["2026-12-30", "2027-01-27"],
            id="over the turn of the year",
        ),
    ],
)
def test_dates(of, expected):
    assert days(of) == expected


WEEKLY_RULES = st.builds(
    rule,
    interval=st.integers(1, 6),
    weekdays=st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True).map(tuple),
    first=st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    count=st.integers(1, 25),
)
MONTHLY_RULES = st.builds(
    monthly,
    interval=st.integers(1, 3),
    weekdays=st.tuples(st.integers(0, 6)),
    nth=st.sampled_from([1, 2, 3, 4, -1]),
    first=st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    count=st.integers(1, 12),
)


def by_dateutil(of):
    """The same rule as an RRULE, worked out by dateutil; RFC 5545 wants its DTSTART to be a date of the rule."""
    by_day = [rrule.weekday(day, of.nth) for day in of.weekdays]
    frequency = rrule.WEEKLY if of.kind is Kind.WEEKLY else rrule.MONTHLY
    first = rrule.rrule(frequency, dtstart=datetime.combine(of.first, time()), byweekday=by_day, count=1)[0]
    found = rrule.rrule(frequency, dtstart=first, interval=of.interval, byweekday=by_day, count=of.count, wkst=rrule.MO)
    return [moment.date() for moment in found]


@given(WEEKLY_RULES | MONTHLY_RULES)
def test_the_days_are_those_of_the_rrule(of):
    assert [occurrence.date for occurrence in dates(of)] == by_dateutil(of)


@given(WEEKLY_RULES, st.sets(st.integers(0, 30), max_size=8))
def test_a_count_is_kept_whatever_is_left_out(of, left_out):
    plain = [occurrence.date for occurrence in dates(rule(first=of.first, weekdays=of.weekdays, interval=1, count=31))]
    skipped = frozenset(plain[number] for number in left_out)

    kept = [
        occurrence.date
        for occurrence in dates(rule(first=of.first, weekdays=of.weekdays, interval=1, count=20, skipped=skipped))
    ]

    assert len(kept) == 20
    assert not skipped & set(kept)
    assert kept[: 31 - len(left_out)] == [day for day in plain if day not in skipped][:20]


# Clocks

ZONES = ["America/Denver", "America/Phoenix", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "Africa/Cairo"]


@pytest.mark.parametrize("zone", ZONES)
def test_the_wall_clock_stays_over_both_changes_of_the_year(zone):
    occurrences = dates(rule(zone=zone, count=26))

    for occurrence in occurrences:
        local = occurrence.starts_at.astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (occurrence.date, time(12, 30))
        assert occurrence.starts_at.tzinfo is UTC
        assert occurrence.ends_at - occurrence.starts_at == timedelta(minutes=90)
        assert occurrence.note is None


@pytest.mark.parametrize(
    ("zone", "offsets"),
    [
        pytest.param("America/Denver", {18, 19}, id="Denver changes"),
        pytest.param("America/Phoenix", {19}, id="Phoenix does not"),
        pytest.param("Asia/Kolkata", {7}, id="nor Kolkata"),
        pytest.param("Africa/Cairo", {9, 10}, id="Cairo does, on its own days"),
    ],
)
def test_the_moment_moves_instead(zone, offsets):
    assert {occurrence.starts_at.hour for occurrence in dates(rule(zone=zone, count=26))} == offsets


@pytest.mark.parametrize(
    ("first", "start", "minutes", "zone", "starts_at", "note"),
    [
        pytest.param(
            date(2026, 3, 8), time(2, 30), 60, "America/Denver", "2026-03-08T09:30",
            "The clocks in America/Denver leap over 02:30 on 2026-03-08; this session starts at 03:30.",
            id="a time that does not exist is shifted forward",
        ),
        pytest.param(
            date(2026, 11, 1), time(1, 30), 30, "America/Denver", "2026-11-01T07:30",
            "01:30 comes twice on 2026-11-01 in America/Denver; the first is meant.",
            id="a time that comes twice is the first",
        ),
        pytest.param(
            date(2026, 3, 8), time(1, 30), 60, "America/Denver", "2026-03-08T08:30",
            "The clocks in America/Denver change during this session; it ends at 03:30.",
            id="the clocks leap while it lasts",
        ),
        pytest.param(
            date(2026, 3, 29), time(1, 0), 60, "Europe/London", "2026-03-29T01:00",
            "The clocks in Europe/London leap over 01:00 on 2026-03-29; this session starts at 02:00.",
            id="on the very hour, in London",
        ),
        pytest.param(
            date(2026, 10, 4), time(2, 15), 60, "Australia/Lord_Howe", "2026-10-03T15:45",
            "The clocks in Australia/Lord_Howe leap over 02:15 on 2026-10-04; this session starts at 02:45.",
            id="a leap of half an hour",
        ),
        pytest.param(date(2026, 3, 8), time(3, 0), 60, "America/Denver", "2026-03-08T09:00", None, id="just after"),
        pytest.param(date(2026, 3, 8), time(2, 30), 60, "America/Phoenix", "2026-03-08T09:30", None, id="not in Phoenix"),
    ],
)  # fmt: skip
def test_what_a_change_of_clocks_does_is_said(first, start, minutes, zone, starts_at, note):
    [occurrence] = dates(rule(first=first, weekdays=(6,), start=start, minutes=minutes, zone=zone, count=1))

    assert occurrence.date == first
    assert occurrence.starts_at == datetime.fromisoformat(starts_at).replace(tzinfo=UTC)
    assert occurrence.ends_at - occurrence.starts_at == timedelta(minutes=minutes)
    assert (str(occurrence.note) if occurrence.note else None) == note


@given(
    zone=st.sampled_from([*ZONES, "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]),
    first=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    start=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
)
def test_a_session_without_a_note_is_at_its_time_and_in_its_order(zone, first, start):
    occurrences = dates(rule(zone=zone, first=first, weekdays=(0, 1, 2, 3, 4, 5, 6), interval=1, start=start, count=60))

    moments = [occurrence.starts_at for occurrence in occurrences]
    assert moments == sorted(set(moments))
    for occurrence in occurrences:
        local = occurrence.starts_at.astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (occurrence.date, start) or occurrence.note is not None


# Words


@pytest.mark.parametrize(
    ("of", "words"),
    [
        pytest.param(rule(), "Every second Wednesday, 12:30-14:00, America/Denver, 12 sessions", id="as announced"),
        pytest.param(
            rule(interval=1, count=1), "Every Wednesday, 12:30-14:00, America/Denver, one session", id="a single one"
        ),
        pytest.param(
            rule(interval=3, start=time(23, 30)),
            "Every 3 weeks on Wednesday, 23:30-01:00, America/Denver, 12 sessions",
            id="past midnight",
        ),
        pytest.param(
            rule(interval=1, weekdays=(4, 0, 2), count=None, until=date(2026, 6, 30)),
            "Every Monday, Wednesday and Friday, 12:30-14:00, America/Denver, until 2026-06-30",
            id="three days a week, to a date",
        ),
        pytest.param(
            rule(weekdays=(0, 2)),
            "Every 2 weeks on Monday and Wednesday, 12:30-14:00, America/Denver, 12 sessions",
            id="two days of every second week",
        ),
        pytest.param(
            monthly(), "The second Wednesday of every month, 12:30-14:00, America/Denver, 3 sessions", id="monthly"
        ),
        pytest.param(
            monthly(nth=-1, interval=2),
            "The last Wednesday of every second month, 12:30-14:00, America/Denver, 3 sessions",
            id="every second month",
        ),
        pytest.param(
            monthly(interval=3),
            "The second Wednesday of every 3 months, 12:30-14:00, America/Denver, 3 sessions",
            id="every quarter",
        ),
    ],
)
def test_in_words(of, words):
    assert str(in_words(of)) == words


def test_the_words_can_be_translated_inside_out():
    german = {
        "%(pattern)s, %(starts)s-%(ends)s, %(zone)s, %(count)s sessions": "%(pattern)s, %(starts)s-%(ends)s, %(count)s Termine",
        "Every second %(days)s": "Jeden zweiten %(days)s",
        "Wednesday": "Mittwoch",
    }

    assert in_words(rule()).through(german.__getitem__) == "Jeden zweiten Mittwoch, 12:30-14:00, 12 Termine"


@pytest.mark.parametrize(
    ("of", "said"),
    [
        pytest.param(rule(), [], id="nothing to say"),
        pytest.param(
            rule(first=date(2026, 1, 8)),
            ["2026-01-08 is a Thursday; the series begins on 2026-01-14, its first matching date."],
            id="first is on another day",
        ),
        pytest.param(
            monthly(first=date(2026, 1, 7)),
            ["2026-01-07 is a Wednesday; the series begins on 2026-01-14, its first matching date."],
            id="first is the right day of the wrong week",
        ),
        pytest.param(rule(skipped=frozenset({date(2026, 1, 21)})), [], id="a date that leaves one out"),
        pytest.param(
            rule(skipped=frozenset({date(2026, 1, 22), date(2026, 1, 14), date(2030, 1, 2), date(2026, 1, 21)})),
            ["No session falls on these dates, so nothing is left out: 2026-01-14, 2026-01-22, 2030-01-02."],
            id="dates that leave nothing out",
        ),
    ],
)
def test_remarks(of, said):
    assert [str(remark) for remark in remarks(of)] == said


# Refusals


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"weekdays": ()}, "day of the week", id="no weekday"),
        pytest.param({"weekdays": (7,)}, "day of the week", id="an eighth weekday"),
        pytest.param({"weekdays": (2, 2)}, "day of the week", id="one weekday twice"),
        pytest.param({"interval": 0}, "1 to 12", id="never moving on"),
        pytest.param({"interval": 13}, "1 to 12", id="too seldom"),
        pytest.param({"kind": Kind.MONTHLY}, "first, second, third", id="monthly, but which"),
        pytest.param(
            {"kind": Kind.MONTHLY, "nth": 5}, "first, second, third", id="a fifth Wednesday is not in each month"
        ),
        pytest.param({"kind": Kind.MONTHLY, "nth": 0}, "first, second, third", id="the noughth"),
        pytest.param({"kind": Kind.MONTHLY, "nth": 1, "weekdays": (0, 2)}, "on one day", id="two days a month"),
        pytest.param({"nth": 1}, "make it monthly", id="weekly on the first Wednesday"),
        pytest.param({"minutes": 4}, "5 to 720", id="too short"),
        pytest.param({"minutes": 721}, "5 to 720", id="too long"),
        pytest.param({"zone": "America/Springfield"}, "America/Springfield is no time zone", id="an unknown zone"),
        pytest.param({"zone": "../../etc/passwd"}, "no time zone", id="a path"),
        pytest.param({"zone": "localtime"}, "no time zone", id="whatever this machine thinks"),
        pytest.param({"zone": ""}, "no time zone", id="no zone"),
        pytest.param({"count": None}, "Say either", id="without end"),
        pytest.param({"until": date(2026, 6, 1)}, "Say either", id="with two ends"),
        pytest.param({"count": 0}, "1 to 200", id="none at all"),
        pytest.param({"count": 201}, "1 to 200", id="too many"),
        pytest.param({"count": None, "until": date(2026, 1, 6)}, "before it begins", id="ends before it begins"),
        pytest.param({"first": date(26, 1, 7)}, "not of this time", id="a year of two figures"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(changes, why):
    with pytest.raises(Refused, match=why):
        rule(**changes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"count": 100}, "more than 3 years", id="a hundred fortnights"),
        pytest.param(
            {"count": None, "until": date(2026, 12, 31), "interval": 1, "weekdays": (0, 1, 2, 3, 4)},
            "more than 200 sessions",
            id="every working day of a year",
        ),
        pytest.param(
            {"count": None, "until": date(2026, 1, 7), "skipped": frozenset({date(2026, 1, 7)})},
            "no session between",
            id="the only one left out",
        ),
        pytest.param(
            {"count": None, "until": date(2026, 1, 12), "first": date(2026, 1, 8)},
            "no session between",
            id="no Wednesday",
        ),
    ],
)
def test_a_series_that_is_too_much_or_nothing_is_refused(changes, why):
    with pytest.raises(Refused, match=why):
        dates(rule(**changes))


def test_the_limits_themselves_are_allowed():
    daily = {"interval": 1, "weekdays": (0, 1, 2, 3, 4, 5, 6)}
    last = date(2026, 1, 7) + timedelta(days=199)

    assert len(dates(rule(**daily, count=200))) == len(dates(rule(**daily, count=None, until=last))) == 200
    assert dates(rule(count=None, until=date(2029, 1, 7)))[-1].date == date(2029, 1, 3)
    assert dates(rule(weekdays=(6,), interval=12, count=14))[-1].date == date(2029, 1, 7), "three years to the day"


def test_three_years_from_a_leap_day_are_three_years():
    with pytest.raises(Refused, match="2031-02-28"):
        dates(monthly(first=date(2028, 2, 29), count=60))


# Dates as people type them


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("2026-12-25", {date(2026, 12, 25)}, id="one"),
        pytest.param(
            "2026-12-25\r\n2027-01-01, 2026-12-25;2026-7-4 ",
            {date(2026, 12, 25), date(2027, 1, 1), date(2026, 7, 4)},
            id="lines, commas, one twice, one without its noughts",
        ),
    ],
)
def test_read_dates(text, expected):
    assert read_dates(text) == expected


@given(st.sets(st.dates(), max_size=20), st.sampled_from([", ", "\n", "\r\n", ";", " "]))
def test_dates_written_are_read_the_same(some, between):
    assert read_dates(between.join(day.isoformat() for day in sorted(some))) == some


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("25.12.2026", "25.12.2026", id="the German way"),
        pytest.param("2026-12-25, 12/31/2026, 2027-02-30", "12/31/2026, 2027-02-30", id="all bad ones and no good one"),
        pytest.param("2026-12-25 Christmas", "Christmas", id="words"),
        pytest.param("20261225", "20261225", id="without hyphens"),
        pytest.param("0000-01-01", "0000-01-01", id="the year nought"),
    ],
)
def test_what_is_no_date_is_named(text, named):
    with pytest.raises(BadInput) as refusal:
        read_dates(text)

    assert f"not dates: {named}. Write" in str(refusal.value)
