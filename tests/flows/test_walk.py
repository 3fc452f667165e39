"""The walk: a hub's whole loop as its people live it, over HTTP, with a worker and a real mail server."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import icalendar
from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from tests.flows.town import Reader, Town, calendar_of, link_in, whole, words_of
from tests.make import Make
from tests.outside.reading import needs_poppler, text_of

ANA = "ana@echo.test"
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
DENVER = ZoneInfo("America/Denver")
QUESTION = "Can she be treated here although her spleen is large?"
STORY = "Hepatitis C found at a routine check. Tired, no ascites. Her platelets have fallen to 61."
TRIED = "Interferon long ago, stopped for low mood."
ADVICE = "Elastography once at the hub; treatment need not wait for it."
SECRETS = ("spleen", "platelets", "nterferon", "ascites", "lastography", "regimen", "12 March")
ROOM = "https://zoom.example/j/99887766554"


@needs_poppler
def test_the_walk(town: Town, make: Make) -> None:
    make.now = town.clock.moment
    make.hub()
    make.coordinator("Ana Ruiz", email=ANA)
    ana, grace, ben = town.somebody(ANA), town.somebody("grace@clinic.test"), town.somebody("ben@clinic.test")

    series = a_program_and_its_series(ana)
    people_enrol(ana, series, ben)
    first, second = dates_are_published(ana, series, grace)
    case = a_case_is_written(town, ben, ana)
    a_case_is_reviewed(town, ben, ana, case)
    lin = experts_are_asked(ana, first, case)
    calendars_follow(ana, first, second, grace)
    the_session_is_held(town, ana, ben, grace, lin, case)
    recommendations_reach_the_author(town, ana, ben, grace, lin, case)
    attendance_is_settled(town, ana, first)
    certificates_go_out(town, ana, first, grace)
    nothing_is_left(town, ana, first, case)
    no_word_of_a_patient_left_the_pages(town)


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


def a_case_is_written(town: Town, ben: Reader, ana: Reader) -> str:
    """The question first; what is typed is kept, seen by nobody else, and checked before it is sent."""
    town.until(datetime(2026, 8, 17, 15, 0, tzinfo=UTC))
    ben.open("/")
    ben.follow("Bring a case")
    ben.press("Go on", question=QUESTION)
    case = ben.where.removesuffix("/edit")
    assert ben.value("main_question") == QUESTION
    assert "saved_at" in ben.types(story=STORY, age="58")
    desk = town.somebody(ben.address)
    desk.sign_in()
    desk.open("/me")
    assert "With you" in desk.line(code_in(case)).text
    desk.line(code_in(case)).follow(code_in(case))
    desk.follow("Go on writing")
    assert (desk.value("story"), desk.value("age")) == (STORY, "58"), "what one browser typed stands in the other"
    for path in (case, f"{case}/edit"):
        ana.open(path, 404)
    ana.open("/cases")
    ana.sees_not(code_in(case), "spleen")

    desk.press("Submit the case", 422, tried=TRIED)
    desk.sees("What would you like help with", STORY)
    dated = f"{STORY} Last seen on 12 March 2026."
    desk.press("Submit the case", story=dated, reason=["treatment"], sex="female", consent="yes", attestation=True)
    desk.sees("One mark to settle", "12 March 2026", "Use “")
    desk.press("Settle these and submit", 422)
    desk.sees("Choose what to do with this")
    desk.press("Settle these and submit", **{"way-0": "use"})
    desk.sees("Nothing left that could identify the patient", "With the hub")
    desk.sees_not("12 March 2026")
    assert code_in(case) in str(ben.letter("has arrived")["Subject"])
    return case


def a_case_is_reviewed(town: Town, ben: Reader, ana: Reader, case: str) -> None:
    """Returned with the answer and the reason, changed, sent again, accepted with all eighteen looked for, placed."""
    code = code_in(case)
    ana.open("/")
    ana.line(f"Review case {code}").follow("Review")
    ana.sees(QUESTION, "The check found nothing that was kept")
    note = "Which regimen was it, and for how long?"
    ana.press("Return it to the author", **{"return-field": "tried", "return-note": note})
    ana.open("/")
    ana.sees_not(f"Review case {code}")

    town.until(datetime(2026, 8, 18, 15, 0, tzinfo=UTC))
    ben.follow_letter("Please look at your case", path="/cases/")
    ben.sees("What has been tried", note, "With you")
    ben.follow("Make the changes")
    ben.sees(note)
    ben.press("Submit the case", tried=f"{TRIED} Pegylated, 24 weeks.", attestation=True)
    ben.sees("With the hub")
    ana.open("/")
    ana.line(f"Review case {code}").follow("Review")
    ana.sees("Pegylated, 24 weeks")
    kinds = ana.offers("accept-checked")
    assert len(kinds) == 18
    ana.press("Accept the case", 422, **{"accept-checked": kinds[:17], "accept-neighbour": "no"})
    ana.sees("Not ticked yet: 1 of 18")
    ana.press("Accept the case", **{"accept-checked": kinds, "accept-neighbour": "no"})
    ana.sees("is accepted", "A date for case")
    assert ben.letter("is accepted") is not None
    ben.open("/me")
    assert "finds a session" in ben.line(code).text
    ana.line("Cirrhosis in primary care").press("Slot of")
    ana.sees("has its place")
    assert "Wed 2 Sep, 12:30" in words_of(ben.letter("has a date"))
    ben.open("/me")
    assert "You present it" in ben.line(code).text


def experts_are_asked(ana: Reader, first: str, case: str) -> Reader:
    """One of the program for the session and for the case; she names a colleague for the latter, who is asked in one click."""
    town = ana.town
    lin, raj = town.somebody("lin@uni.test"), town.somebody("raj@uni.test")
    ana.open(first)
    ana.follow("Hepatitis C")
    ana.follow("Give somebody a role")
    ana.press("Give", email=lin.address, name="Mei Lin", role="expert", specialty="Hepatology")
    ana.open(first)
    ana.follow("Ask somebody", to="/ask")
    ana.press("Ask them", person=ana.offers("person")[0])
    ana.sees("Mei Lin has been asked")
    ana.open(case)
    ana.follow("Ask an expert for it")
    ana.press("Ask them", person=ana.offers("person")[0])
    session_letter, case_letter = (letter for letter in lin.fetched() if "Will you help?" in str(letter["Subject"]))
    assert code_in(case) in words_of(case_letter)
    lin.open(link_in(session_letter, "/answer/"))
    lin.press("Send my answer", answer="accepted")
    lin.sees("your answer is kept", "You said yes")
    lin.open(link_in(case_letter, "/answer/"))
    lin.press("Send my answer", answer="declined", note="I am away that week.", name="Raj Patel", email=raj.address)
    lin.sees("You said no", "Raj Patel")
    ana.follow_letter("Mei Lin cannot")
    ana.line("Suggests Raj Patel").press("Ask Raj Patel")
    ana.sees("Raj Patel has been asked")
    raj.follow_letter("Will you help?", path="/answer/")
    raj.sees(code_in(case))
    raj.press("Send my answer", answer="accepted")
    raj.sees("You said yes")
    return lin


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


def the_session_is_held(town: Town, ana: Reader, ben: Reader, grace: Reader, lin: Reader, case: str) -> None:
    """The case opens to the panel three days before, to everybody at the start; the door twenty minutes before."""
    town.until(STARTS - timedelta(days=3, minutes=1))
    lin.sign_in()
    lin.open(case, 404)
    town.until(STARTS - timedelta(days=3) + timedelta(minutes=1))
    lin.open(case)
    lin.sees(QUESTION, STORY)
    grace.sign_in()
    grace.open(case, 404)

    town.until(STARTS - timedelta(minutes=15))
    grace.follow_letter("Updated", path="/join/")
    assert grace.leave("Join as Grace Okoro") == ROOM
    grace.open(case, 404)
    town.until(STARTS + timedelta(minutes=31))
    grace.open(case)
    grace.sees(QUESTION)
    ana.open(case)
    ana.follow("Write or change recommendations")
    ana.press("Add it", text=ADVICE, category="diagnostic", said_by="hub", profession="Hepatologist")
    ana.press("Add it", text="Ask about her mood at each visit.", category="behavioural", said_by="spoke")
    ana.sees(ADVICE, "Ask about her mood")
    town.until(STARTS + timedelta(minutes=95))
    ana.open(case)
    ana.press("Yes, it was presented")
    ben.open("/me")
    assert "sends you the written recommendations" in ben.line(code_in(case)).text


def recommendations_reach_the_author(
    town: Town, ana: Reader, ben: Reader, grace: Reader, lin: Reader, case: str
) -> None:
    """Approved by the expert on her phone, sent as a document behind signing in, and read by nobody else."""
    document = f"{case}/recommendations.pdf"
    grace.fetch(document, 404)
    lin.open("/")
    for words in ("Programs", "Hepatitis C", "Autumn 2026", "Thu 3 Sep", code_in(case)):
        lin.follow(words)
    lin.follow("Read and approve")
    lin.sees(QUESTION, ADVICE)
    lin.press("Approve and send them")
    lin.sees("Approved")
    letter = ben.letter("The recommendations for your case")
    door = town.somebody(ben.address)
    door.open(link_in(letter, "/cases/"))
    assert door.where.startswith("/sign-in"), "the link alone shows nothing"
    door.sign_in()
    door.open(link_in(letter, "/cases/"))
    door.sees("Recommendations", ADVICE)
    said = text_of(door.fetch(document))
    assert ADVICE in said and code_in(case) in said
    ben.open("/me")
    assert "Read the recommendations" in ben.line(code_in(case)).text


def attendance_is_settled(town: Town, ana: Reader, first: str) -> None:
    """What Zoom wrote, taken after a look; the doubtful settled by hand, one of them twice; the register closed."""
    ana.open("/")
    ana.line("Upload the attendance of session 1").follow("Upload")
    ana.press("Read it", 200, files=(BytesIO(zoom_report()), "participants_99887766554.csv"), zone="America/Denver")
    ana.sees("Is this your report?", "Zoom", "9 rows", "8 names")
    ana.press("Take this file")
    ana.sees("5 lines wait for you", "Several people bear this name")
    ana.open("/")
    ana.line("Settle 5 people of session 1").follow("Settle")
    ana.line("Otter Notes").press("Not a participant")
    ana.line("iPhone von Maria").press("Maria Gallegos 1")
    ana.sees("“iPhone von Maria” is Maria Gallegos")
    ana.press("Undo")
    ana.sees("the line waits again")
    ana.line("iPhone von Maria").press("Maria Gallegos 2")
    ana.line("Several people bear this name").press("Maria Gallegos 1")
    ana.line("15055").press("Guest")
    ana.line("Visiting student").follow("Somebody else")
    ana.press("Add them and settle", name="Visiting Student", email="student@uni.test", profession="Student")
    ana.sees("Everybody in the report is somebody now")
    ana.open("/")
    ana.line("Close the register of session 1").follow("Close")
    ana.sees("What closing does", "AMA PRA Category 1 Credit")
    ana.press("Close with 6 people")
    ana.sees("Closed: 6 people were there")
    ana.follow("Look at it", to="/register")
    assert "88" in ana.line("Grace Okoro").text or "87" in ana.line("Grace Okoro").text, (
        "both stays count, the gap does not"
    )


def certificates_go_out(town: Town, ana: Reader, first: str, grace: Reader) -> None:
    """A trial run with reasons, issuing, the letter, the download, the public page before and after revoking."""
    ana.open("/")
    ana.line("certificates of session 1").follow("Look")
    ana.sees("Trial run", "Grace Okoro", "Visiting Student")
    ana.press("Issue")
    letter = grace.letter("Your certificate")
    stranger = town.somebody()
    paper = stranger.fetch(link_in(letter, "/certificates/"))
    assert paper.startswith(b"%PDF") and "Grace Okoro" in text_of(paper)
    grace.open("/me")
    grace.sees("1.5", "AMA PRA Category 1 Credit", "valid")
    assert grace.fetch(next(link for link in grace.page.links() if link.endswith("/download"))) == paper
    stranger.open(link_in(letter, "/verify"))
    stranger.sees("Valid", "Grace Okoro", "Cirrhosis in primary care", "1.5")
    code = stranger.where.rsplit("/", 1)[1]
    certificates = ana.page
    ana.open(first)
    ana.follow("Attendance, credit and certificates")
    ana.sees("Everything about this session is done")
    ana.open("/")
    ana.sees("Nothing waits for you", "All done")

    ana.page = certificates
    ana.line("Grace Okoro").follow("Grace Okoro")
    ana.follow("Take it back")
    ana.press("Take it back", reason=ana.offers("reason")[0])
    stranger.open("/verify")
    stranger.press("Verify", 200, code=code.lower().replace("-", ""))
    stranger.sees("Revoked")
    stranger.fetch(link_in(letter, "/certificates/"), 409)


def nothing_is_left(town: Town, ana: Reader, first: str, case: str) -> None:
    """The coordinator's first page is empty; somebody who was only a guest knows of nothing."""
    ana.open("/")
    ana.sees("Nothing waits for you", "All done")
    student = town.somebody("student@uni.test")
    student.sign_in()
    for path in (case, first):
        student.open(path, 404)
    student.fetch(f"{case}/recommendations.pdf", 404)


def no_word_of_a_patient_left_the_pages(town: Town) -> None:
    """The only look behind the pages: letters as they were delivered, what was recorded, what jobs carried."""
    letters = town.post.delivered()
    assert len(letters) > 40
    rows = [*db.session.scalars(select(Entry)), *db.session.scalars(select(Job))]
    said = [*map(whole, letters), *(str(vars(row)) for row in rows)]
    for text in said:
        for secret in SECRETS:
            assert secret not in text, f"“{secret}” in {text[:400]}"
    assert db.session.scalars(select(Letter).where(Letter.state == LetterState.FAILED)).all() == []
    assert db.session.scalars(select(Job).where(Job.state == JobState.FAILED)).all() == []


def zoom_report() -> bytes:
    """The room as Zoom tells it: rejoins, a namesake without address, a guest, a telephone, a recorder of notes."""

    def line(name: str, email: str, came: int, went: int) -> str:
        start, end = (
            f"{(STARTS + timedelta(minutes=at)).astimezone(DENVER):%m/%d/%Y %I:%M:%S %p}" for at in (came, went)
        )
        return f"{name},{email},{start},{end},{went - came},{'No' if email else 'Yes'},No"

    return (
        b"\xef\xbb\xbf"
        + "\r\n".join(
            [
                "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room",
                line("Ana Ruiz", ANA, -12, 92),
                line("Grace Okoro", "grace@clinic.test", -3, 31),
                line("Grace O. (Grace Okoro)", "grace@clinic.test", 33, 90),
                line("Ben Diaz", "", 2, 88),
                line("Maria Gallegos", "", 0, 90),
                line("iPhone von Maria", "", 5, 80),
                line("15055550142", "", 9, 85),
                line("Visiting student", "", 10, 60),
                line("Otter Notes", "", -1, 91),
            ]
        ).encode()
        + b"\r\n"
    )


def code_in(path: str) -> str:
    """The code of the thing whose page this is."""
    return path.split("/")[2]


def csv(text: str) -> tuple[BytesIO, str]:
    """A file to upload."""
    return BytesIO(text.encode()), "people.csv"
