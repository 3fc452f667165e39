"""The hub plans and people come: statement, charter, credit, dates, enrolment, calendars."""

from datetime import UTC, datetime
from io import BytesIO

import icalendar

from tests.flows.reader import Reader
from tests.flows.town import calendar_of, link_in, whole, words_of

CHARTER = {
    "name": "Hepatitis C", "label": "HCV", "aim": "Treat it in primary care by 2028.", "audience": "Rural clinicians",
    "scope_in": "Adults with hepatitis C", "scope_out": "Emergencies: call the hub's transfer line",
    "sponsor": "State health department", "measures": "Patients treated, sessions held, cases discussed",
    "contact": "hcv@echo.test",
}  # fmt: skip
POLICY = {
    "credit_type": "AMA PRA Category 1 Credit", "provider": "Mountain University", "approval_number": "MU-HCV-26",
    "approved_on": "2026-08-01", "unit_minutes": "60", "step": "0.25", "minimum": "0.25", "maximum": "1.5",
    "threshold_minutes": "10", "statement": "Claim only the credit commensurate with your participation.",
    "signatory_name": "Prof. Ruth Alvarez", "signatory_role": "Associate Dean",
}  # fmt: skip
SERIES = {
    "name": "Autumn 2026", "first_date": "2026-09-02", "start": "12:30", "minutes": "90", "zone": "America/Denver",
    "repeats": "weekly:2", "ends": "count", "count": "12", "skipped": "2026-11-25\n2026-12-23",
}  # fmt: skip
PEOPLE = """email,name,profession,site,country,zone
grace@clinic.test,Grace Okoro,Nurse practitioner,Kitui Clinic,KE,Africa/Nairobi
maria@clinic.test,Maria Gallegos,Physician,Silver Creek Clinic,US,America/Denver
maria.b@clinic.test,Maria Gallegos,Pharmacist,Red Rock Clinic,US,America/Denver
"""
STARTS = datetime(2026, 9, 3, 18, 30, tzinfo=UTC)
ROOM = "https://zoom.example/j/99887766554"


def a_program_and_its_series(ana: Reader) -> str:
    """Statement, charter, credit, dates; the address of the series."""
    ana.sign_in()
    ana.sees("Ana")
    ana.follow("Programs")
    ana.follow("Found a program")
    ana.press("Found the program", **CHARTER)
    ana.sees("Hepatitis C is founded", "Emergencies")
    program = ana.where
    ana.follow("Credit that it gives")
    ana.follow("Enter a policy")
    ana.press("Offer this credit", **POLICY)
    ana.sees("AMA PRA Category 1 Credit", "1.5")

    ana.open(program)
    ana.follow("Plan a series")
    ana.press("Show the dates", 200, **SERIES)
    ana.sees("Every second Wednesday, 12:30-14:00, America/Denver, 12 sessions", "Wed 3 Mar 2027")
    days = [part.text for part in ana.lines("Denver")]
    assert len(days) == 14 and all("12:30–14:00 Denver" in day for day in days), "the wall clock of Denver holds"
    assert [day for day in days if "Skipped" in day] == [
        "– Wed 25 Nov, 12:30–14:00 Denver Skipped",
        "– Wed 23 Dec, 12:30–14:00 Denver Skipped",
    ]
    [changed] = [day for day in days if "Clock change" in day]
    assert changed.startswith("6 Wed 11 Nov")
    ana.press("Plan 12 sessions")
    ana.sees("12 sessions as drafts. Nobody has been told.")
    series = ana.where
    ana.follow("Write the statement")
    ana.press("Publish it")
    ana.sees("Version 1 is in force")
    ana.open(series)
    ana.follow("See what is missing")
    ana.sees("There is no code of conduct", "There is no privacy notice")
    for text in ("Code of conduct", "Privacy notice"):
        ana.follow(f"Write it: {text}")
        ana.press("Publish it")
        ana.sees("Version 1 is in force")
        ana.open(series)
        if text == "Code of conduct":
            ana.follow("See what is missing")
    return series


def people_enrol(ana: Reader, series: str, ben: Reader) -> None:
    """Three by a file that is wrong at first, one by the link of the series."""
    ana.open(series)
    ana.follow("Import people")
    ana.press("Show what it would do", file=csv(PEOPLE.replace("maria@clinic.test", "maria at clinic")))
    ana.sees("One cell is wrong, so nothing is imported", "Row 3")
    assert ana.line("Row 3").text.startswith("Row 3 email")
    ana.open(series)
    ana.sees("Nobody takes part yet")

    ana.follow("Import people")
    ana.press("Show what it would do", file=csv(PEOPLE))
    ana.sees("Import these people?", "3 new people", "3 new sites")
    ana.press("Import 3 rows")
    ana.sees("Imported: 3 new people", "3 take part", "Kitui Clinic")
    ana.follow("Import people")
    ana.press("Show what it would do", file=csv(PEOPLE))
    ana.sees("Nothing to import", "3 rows with nothing to do")

    ana.open(series)
    ben.open(ana.value("enrol-link"))
    ben.sees("Take part in Hepatitis C", "What we agree on", "The dates are being planned")
    form = {
        "name": "Ben Diaz",
        "email": ben.address,
        "profession": "Physician assistant",
        "site": "Silver Creek Clinic",
        "zone": "Denver",
    }
    ben.press("Send me the letter", 422, **form)
    ben.sees("Without your agreement you cannot take part")
    ben.press("Send me the letter", accept=True)
    ben.sees("Look into your mailbox")
    ana.open(series)
    ana.sees("3 take part")
    ben.follow_letter("Hepatitis C", path="/enrol/confirm/")
    ben.press("Yes, I take part")
    ben.sees("You take part in Autumn 2026")
    ana.open(series)
    ana.sees("4 take part", "Ben Diaz")


def dates_are_published(ana: Reader, series: str, grace: Reader) -> tuple[str, str]:
    """Topic, run sheet and room of the first session, then all dates; the first two sessions."""
    ana.town.until(datetime(2026, 8, 14, 15, 0, tzinfo=UTC))
    ana.line("Wed 2 Sep").follow("Wed 2 Sep")
    first = ana.where
    ana.follow("Topic, date and length")
    ana.press("Save", title="Cirrhosis in primary care")
    ana.follow("Change the run sheet")
    talk = ana.value("minutes-2")
    ana.press("Save the run sheet", 422, **{"minutes-2": "33", "title-2": "Reading a FIB-4"})
    assert ana.value("minutes-2") == "33" and ana.value("title-2") == "Reading a FIB-4", "what was typed is kept"
    ana.press("Save the run sheet", **{"minutes-2": talk})
    ana.sees("The run sheet is saved", "Reading a FIB-4", f"{talk} min")
    ana.follow("Meeting link")
    ana.press("Keep this link", meeting_url=ROOM)
    ana.sees("The meeting link is kept")

    assert grace.letters("Cirrhosis") == [], "nobody has been invited to a draft"
    ana.open("/")
    ana.line("Publish 12 dates of Autumn 2026").follow("Look")
    ana.follow("Publish 12 drafts")
    ana.sees(
        "Publish 12 sessions?",
        "4 invitations leave now",
        "21 days before each",
        "Grace Okoro · Invitation: Hepatitis C, session 1",
    )
    ana.press("Publish 12 sessions")
    ana.sees("12 sessions are published")
    ana.line("Wed 16 Sep").follow("Wed 16 Sep")
    second = ana.where
    return first, second


def calendars_follow(ana: Reader, first: str, second: str, grace: Reader) -> None:
    """Invited, answered, moved, cancelled: what reaches a calendar."""
    letter = grace.letter("Invitation: Hepatitis C")
    method, event = calendar_of(letter)
    assert (method, int(event["SEQUENCE"])) == ("REQUEST", 0) and not isinstance(event["ATTENDEE"], list)
    assert str(event["ATTENDEE"]).casefold() == f"mailto:{grace.address}"
    assert "DTSTART:20260902T183000Z" in whole(letter) and "TZID" not in whole(letter)
    assert "12:30" in words_of(letter) and "Denver" in words_of(letter) and "21:30" in words_of(letter), (
        "her own clock too"
    )
    grace.follow_letter("Invitation", path="/rsvp/")
    grace.press("Send my answer", answer="accepted")
    grace.sees("your answer is kept", "You said")
    ana.open(first)
    ana.sees("1 comes", "6 people take part")

    ana.town.until(datetime(2026, 8, 28, 15, 0, tzinfo=UTC))
    ana.open(first)
    ana.follow("Topic, date and length")
    ana.press("See what changes", 200, day="2026-09-03")
    ana.sees("Change this session?", "Wed 2 Sep", "Thu 3 Sep", "6 letters leave now")
    assert grace.letters("Updated") == [], "a preview tells nobody"
    ana.press("Save and tell 6 people")
    ana.open(second)
    ana.follow("Cancel the session")
    ana.press("Cancel it and tell 4 people", reason="The building is closed that day.")
    ana.sees("The session is cancelled", "The building is closed")

    moved = grace.letter("Updated: Hepatitis C")
    method, event = calendar_of(moved)
    assert (method, int(event["SEQUENCE"]), event["DTSTART"].dt) == ("REQUEST", 1, STARTS)
    assert "moved" in words_of(moved).casefold() and "2 Sep" in words_of(moved)
    off = grace.letter("Cancelled: Hepatitis C")
    method, event = calendar_of(off)
    assert method == "CANCEL" and int(event["SEQUENCE"]) > 0 and "The building is closed" in words_of(off)
    feed = grace.fetch(link_in(grace.letter("Welcome to Hepatitis C"), "/feeds/"))
    events = {
        event["DTSTART"].dt: str(event.get("STATUS", "")) for event in icalendar.Calendar.from_ical(feed).walk("VEVENT")
    }
    assert STARTS in events and events[datetime(2026, 9, 16, 18, 30, tzinfo=UTC)] == "CANCELLED" and len(events) == 12

    grace.follow_letter("Updated", path="/join/")
    grace.sees("20 minutes before the start", "It was moved", "21:10 Nairobi")
    for page in (grace.page.body, feed.decode(), *map(whole, grace.letters())):
        assert "zoom.example" not in page, "the provider's address is told to nobody before the door opens"


def csv(text: str) -> tuple[BytesIO, str]:
    """A file to upload."""
    return BytesIO(text.encode()), "people.csv"
