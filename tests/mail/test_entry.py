"""What a calendar part says."""

from datetime import UTC, datetime

from echo_sessions.mail.entry import entries

INVITATION = b"\r\n".join(
    (
        b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:-//x//y", b"METHOD:CANCEL", b"BEGIN:VEVENT", b"UID:s1@echo.test", b"SEQUENCE:4",
        b"STATUS:CANCELLED", b"SUMMARY:Cirrhosis", b"DTSTAMP:20261101T000000Z", b"DTSTART:20261125T193000Z", b"DTEND:20261125T210000Z",
        b"ORGANIZER;CN=Hub:mailto:hub@echo.test", b"END:VEVENT", b"END:VCALENDAR", b"",
    )
)  # fmt: skip


def test_it_says_what_is_when_and_who_asks():
    [entry] = entries(INVITATION)
    assert (entry.method, entry.uid, entry.sequence, entry.status, entry.summary) == (
        "CANCEL",
        "s1@echo.test",
        4,
        "CANCELLED",
        "Cirrhosis",
    )
    assert entry.starts_at == datetime(2026, 11, 25, 19, 30, tzinfo=UTC)
    assert entry.ends_at == datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
    assert entry.organizer == "hub@echo.test"


def test_what_it_does_not_say_is_empty():
    [entry] = entries(
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART;VALUE=DATE:20261125\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert (entry.method, entry.sequence, entry.summary, entry.starts_at, entry.ends_at, entry.organizer) == (
        "",
        0,
        "",
        None,
        None,
        "",
    )


def test_what_is_no_calendar_says_nothing():
    assert entries(b"hello") == []
    assert entries(b"") == []
