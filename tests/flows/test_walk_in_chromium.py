"""The walk's essential path in a real browser: clinicians, experts and participants on a phone, the coordinator at a desk."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import DESK, PHONE, Opens
from tests.flows.afterwards import zoom_report
from tests.flows.case import ADVICE, QUESTION, TRIED
from tests.flows.reader import somebody
from tests.flows.season import CHARTER, STARTS, a_program_and_its_series, dates_are_published, people_enrol
from tests.flows.sitter import Sitter
from tests.flows.town import Town, link_in
from tests.make import Make

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ANA, GRACE, BEN, LIN = "ana@echo.test", "grace@clinic.test", "ben@clinic.test", "lin@uni.test"
BEGINS = STARTS - timedelta(days=1)
"""The first session, which nobody moves here."""
Sits = Callable[..., Sitter]


@pytest.fixture
def sits(town: Town, make: Make, browser_for: Opens) -> Iterator[Sits]:
    """A hub with its first coordinator; `sits(address, PHONE)` is somebody before a window of that size."""
    make.now = town.clock.moment
    make.hub()
    make.coordinator("Ana Ruiz", email=ANA)
    with ExitStack() as windows:
        yield lambda address, size: Sitter(town, address, windows.enter_context(browser_for(viewport=size)))


def test_a_season_is_planned_and_people_come(town: Town, sits: Sits) -> None:
    ana, ben = sits(ANA, DESK), sits(BEN, PHONE)
    ana.sign_in()
    ana.menu("Programs")
    ana.follow("Found a program")
    ana.fill({
        "Name": CHARTER["name"], "Label": CHARTER["label"], "Aim": CHARTER["aim"], "For whom": CHARTER["audience"],
        "In scope": CHARTER["scope_in"], "Out of scope": CHARTER["scope_out"], "Sponsor": CHARTER["sponsor"],
        "How success is measured": CHARTER["measures"],
    })  # fmt: skip
    ana.press("Found the program")
    ana.follow("Plan a series")
    ana.fill(
        {
            "Name of the series": "Autumn 2026",
            "First session": "2026-09-02",
            "Starts at": "12:30",
            "Minutes": "90",
            "Dates to skip": "2026-11-25\n2026-12-23",
        }
    )
    ana.press("Show the dates")
    ana.sees("Every second Wednesday", "Clock change", "Skipped")
    ana.press("Plan 12 sessions")
    series = ana.page.url
    ana.follow("Write the statement")
    ana.press("Publish it")
    for kind in ("conduct", "privacy"):
        ana.open(f"/texts/{kind}/new")
        ana.press("Publish it")

    ana.open(series)
    ben.open(ana.page.get_by_label("Enrolment link").input_value())
    ben.fill(
        {
            "Your name": "Ben Diaz",
            "E-mail address": BEN,
            "Profession": "Physician",
            "Where you work": "Silver Creek",
            "Your time zone": "Denver",
        }
    )
    ben.press("Send me the letter", refused=True)
    ben.sees("Without your agreement")
    ben.tick(["I have read the statement"])
    ben.press("Send me the letter")
    ben.follow_letter("One more step", path="/enrol/confirm/")
    ben.press("Yes, I take part")
    ben.sees("You take part in Autumn 2026")

    town.until(datetime(2026, 8, 14, 15, 0, tzinfo=UTC))
    ana.sign_in()
    ana.open(series)
    ana.follow("Wed 2 Sep")
    ana.follow("Change the run sheet")
    minutes = ana.page.locator("input[data-minute]")
    talk = minutes.nth(1).input_value()
    minutes.nth(1).fill("1")
    ana.sees("left to fill")
    ana.press("Save the run sheet", refused=True)
    ana.page.locator("button[data-down]").nth(1).click()
    assert ana.page.locator("input[data-minute]").nth(2).input_value() == "1", "the row has moved by its button"
    ana.page.locator("input[data-minute]").nth(2).fill(talk)
    ana.sees("as long as the session")
    ana.press("Save the run sheet")
    ana.sees("The run sheet is saved")
    ana.open(series)
    ana.follow("Publish 12 drafts")
    ana.press("Publish 12 sessions")
    ben.follow_letter("Invitation", path="/rsvp/")
    ben.tick(["Yes"])
    ben.press("Send my answer")
    ben.sees("your answer is kept")
    town.until(BEGINS - timedelta(minutes=15))
    ben.follow_letter("session 1", path="/join/")
    ben.sees("The meeting has no link yet")


def test_a_case_from_question_to_recommendations(town: Town, sits: Sits) -> None:
    first = a_hub_with_dates(town)
    ana, ben = sits(ANA, DESK), sits(BEN, PHONE)
    ana.sign_in()
    ben.sign_in()
    ben.menu("Cases")
    ben.follow("Bring a case")
    ben.fill({"What do you want to ask the group?": QUESTION})
    ben.press("Go on")
    case = urlsplit(ben.page.url).path.removesuffix("/edit")
    story = ben.page.get_by_label("What has happened so far?")
    story.press_sequentially("Tired since spring. Seen on 12 March 2026.")
    expect(ben.page.locator(".saved")).to_have_text(re.compile(r"^Saved \d\d?:\d\d"))
    marks = ben.page.locator("ul.hits mark")
    expect(marks).to_have_text("12 March 2026")
    ben.look()
    ben.page.locator("ul.hits").get_by_role("button", name=re.compile("^Use")).click()
    expect(marks).to_have_count(0)
    assert "12 March" not in story.input_value()
    ben.press("Submit the case", refused=True)
    ben.fill({"Age": "58", "What has been tried": TRIED})
    ben.tick(["Treatment", "Female", "Yes", "Nothing here identifies the patient"])
    ben.press("Submit the case")
    ben.sees("Nothing left that could identify the patient", "With the hub")

    ana.open("/")
    ana.follow("Review")
    boxes = ana.page.locator("input[name=accept-checked]")
    for number in range(boxes.count()):
        boxes.nth(number).check()
    ana.page.locator("input[name=accept-neighbour][value=no]").check()
    ana.press("Accept the case")
    ana.press("Slot of", within=ana.line("Cirrhosis in primary care"))
    ana.sees("has its place")
    ben.open("/me")
    ben.sees("You present it")

    lin = sits(LIN, PHONE)
    ana.open(first)
    ana.page.get_by_role("link", name="Ask somebody", exact=True).last.click()
    ana.look()
    ana.fill({"E-mail address": LIN, "Name": "Mei Lin"})
    ana.press("Ask them")
    lin.follow_letter("Will you help?", path="/answer/")
    lin.tick(["Yes, gladly"])
    lin.press("Send my answer")
    lin.sees("You said yes")

    town.until(BEGINS + timedelta(minutes=40))
    ana.sign_in()
    ana.open(case)
    ana.follow("Write or change recommendations")
    ana.fill({"Recommendation": ADVICE})
    ana.press("Add it")
    town.until(BEGINS + timedelta(minutes=95))
    ana.open(case)
    ana.press("Yes, it was presented")
    lin.sign_in()
    lin.open(f"{case}/recommendations/approve")
    lin.sees(QUESTION, ADVICE)
    lin.press("Approve and send them")
    ben.sign_in()
    ben.follow_letter("The recommendations for your case", path="/cases/")
    ben.sees(ADVICE, "As a document")


def test_attendance_and_certificates(town: Town, sits: Sits, tmp_path: Path) -> None:
    a_hub_with_dates(town)
    ana, grace = sits(ANA, DESK), sits(GRACE, PHONE)
    town.until(BEGINS + timedelta(hours=2))
    ana.sign_in()
    ana.follow("Upload")
    report = tmp_path / "participants.csv"
    report.write_bytes(zoom_report(BEGINS))
    ana.page.get_by_label("Report of the meeting").set_input_files(report)
    ana.press("Read it")
    ana.sees("Is this your report?")
    ana.press("Take this file")
    settled = ana.page.get_by_role("progressbar").or_(ana.page.locator("progress")).first
    expect(settled).to_be_visible()
    ana.press("Take this name")
    for words, key in (
        ("Several people", "1"),
        ("iPhone", "2"),
        ("15055", "g"),
        ("Otter Notes", "n"),
        ("Visiting student", "n"),
    ):
        row = ana.page.locator("ol.queue > li").filter(has_text=words).first
        while not row.evaluate("e => e === document.activeElement"):
            ana.page.keyboard.press("j")
        with ana.page.expect_navigation():
            ana.page.keyboard.press(key)
        ana.look()
    ana.sees("Everybody in the report is somebody now")
    ana.follow("Close this session")
    ana.press("Close with 5 people")
    ana.follow("Look who gets one")
    ana.press("Issue 5 certificates")
    ana.sees("5 certificates are issued")
    verify = link_in(grace.letter("Your certificate"), "/verify")
    grace.open(verify)
    grace.sees("Valid", "Grace Okoro", "1.5")
    grace.sign_in()
    grace.menu("My page")
    with grace.page.expect_download() as download:
        grace.page.get_by_role("link", name="Download").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def a_hub_with_dates(town: Town) -> str:
    """What the walk over HTTP does up to the published dates, in the same way; the path of the first session."""
    ana, ben = somebody(town, ANA), somebody(town, BEN)
    series = a_program_and_its_series(ana)
    people_enrol(ana, series, ben)
    first, _second = dates_are_published(ana, series, somebody(town, GRACE))
    return first
