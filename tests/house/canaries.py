"""Secrets planted in private fields of the small hub, and by hand: who may find each, and on which pages.

Whoever adds a private field adds its canary here, with a line that says who may see it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from echo_sessions.attendance.models import StayRow
from echo_sessions.cases.models import Case, Draft, Hit, Recommendation, Review
from echo_sessions.cases.rules import CaseState
from echo_sessions.conduct.models import Incident, IncidentStep
from echo_sessions.database import db, transaction
from echo_sessions.meetings.models import MeetingLink
from echo_sessions.people.models import Absence, Account, Address, OneTimeLink, Person
from echo_sessions.sessions.models import Session
from echo_sessions.verification.models import Verification
from tests.house.cast import Cast
from tests.house.world import World


@dataclass(frozen=True)
class Canary:
    """A word that stands in one private field and nowhere else. `pages`: endpoints on which each role may find it; a star
    for any page whose row in the matrix lets the role in."""

    word: str
    field: str
    pages: dict[str, frozenset[str]]


def may(roles: str, *pages: str) -> dict[str, frozenset[str]]:
    """These roles, on these pages."""
    return {role: frozenset(pages) for role in roles.split()}


RUN = "coordinator director hub owner"
READ = "participant author observer expert scribe facilitator coordinator director hub owner"
CASE = (
    "cases.show",
    "cases.review",
    "cases.edit",
    "cases.settle",
    "cases.recommend",
    "cases.approve",
    "cases.other_text",
)
PERSON = ("programs.show_person", "programs.change_person", "merging.merge", "merging.show_merge")

CANARIES = (
    Canary("canary-story-7q", "cases.answers", may(READ, *CASE)),
    Canary("canary-draft-7q", "case_drafts.answers", may("author", "cases.edit", "cases.settle", "cases.show", "cases.other_text", "cases.new")),
    Canary("canary-advice-7q", "recommendations.text", may(READ, "cases.show", "cases.recommend", "cases.approve")),
    Canary("canary-review-7q", "reviews.note", may("author coordinator director hub owner", *CASE)),
    # Those with nobody behind them are shown to nobody as this hub stands: where one turns up, somebody decides who may see it.
    Canary("canary-kept-7q", "hits.reason", {}),
    Canary("canary-licence-7q", "people.registration", may("author", "people.settings", "verification.mine") | may(RUN + " auditor", *PERSON, "programs.export_people", "attendance.register_csv")),
    Canary("canary-access-7q", "people.access_needs", may("author", "people.settings") | may(RUN, *PERSON)),
    Canary("canary-checked-7q", "verifications.number", may("newcomer", "verification.mine") | may(RUN, "verification.show", "verification.list_waiting")),
    Canary("canary-verifier-7q", "verifications.note", {}),
    Canary("canary-phone-7q", "stays.phone", {}),
    Canary("canary-mailbox-7q", "addresses.email", may("author", "people.settings", "people.addresses") | may(RUN + " auditor", "*")),
    Canary("canary-incident-7q", "incidents.text", may(RUN, "conduct.show") | may("author", "conduct.receipt")),
    Canary("canary-conduct-7q", "incident_steps.note", may(RUN, "conduct.show")),
    Canary("canary-meeting-7q", "sessions.meeting_url", may(RUN + " facilitator", "sessions.show", "sessions.link", "sessions.edit")),
    Canary("canary-link-7q", "meeting_links.url", {}),
    Canary("canary-away-7q", "absences.note", {}),
    Canary("canary-password-7q", "accounts.password", {}),
    Canary("canary-onetime-7q", "one_time_links.hash", {}),
    Canary("canary-seed-7q", "accounts.totp_secret", {}),
)  # fmt: skip


def plant(it: World, who: Cast) -> None:
    """Put each word into its field."""
    words = {canary.field: canary.word for canary in CANARIES}
    author = who.people["author"].id
    with transaction():
        for case in db.session.scalars(select(Case)).unique():
            case.answers = {
                **case.answers,
                "main_question": f"{case.answers.get('main_question', '')} {words['cases.answers']}",
            }
        draft = db.session.get_one(Case, it.case_draft.id)
        assert draft.state is CaseState.DRAFT
        db.session.add(
            Draft(case_id=draft.id, answers={"main_question": words["case_drafts.answers"]}, saved_at=draft.created_at)
        )
        db.session.execute(update(Recommendation).values(text=words["recommendations.text"]))
        db.session.add(
            Review(case_id=it.case.id, at=draft.created_at, came_from=CaseState.SUBMITTED, went_to=CaseState.IN_REVIEW, note=words["reviews.note"])
        )  # fmt: skip
        db.session.add(
            Hit(case_id=it.case.id, field="main_question", text_hash="x" * 64, start=0, end=3, kind="name", tier=2, rule="r", engine="e", decision="kept", reason=words["hits.reason"])
        )  # fmt: skip
        person = db.session.get_one(Person, author)
        person.registration, person.access_needs = words["people.registration"], words["people.access_needs"]
        db.session.add(
            Address(person_id=author, email=f"{words['addresses.email']}@home.test", normal=f"{words['addresses.email']}@home.test", created_at=person.created_at)
        )  # fmt: skip
        for check in db.session.scalars(
            select(Verification).where(Verification.person_id == who.people["newcomer"].id)
        ):
            check.number, check.note = words["verifications.number"], words["verifications.note"]
        db.session.execute(update(StayRow).values(phone=words["stays.phone"]))
        for incident in db.session.scalars(select(Incident)):
            incident.text = words["incidents.text"]
        for step in db.session.scalars(select(IncidentStep)):
            step.note = words["incident_steps.note"]
        for link in db.session.scalars(select(MeetingLink)):
            link.url = f"https://zoom.test/w/1?tk={words['meeting_links.url']}"
        db.session.execute(update(Session).values(meeting_url=f"https://meet.test/{words['sessions.meeting_url']}"))
        db.session.add(
            Absence(person_id=it.coordinator.id, deputy_id=who.people["coordinator"].id, starts_at=draft.created_at, ends_at=draft.created_at + timedelta(days=30), note=words["absences.note"], made_at=draft.created_at)
        )  # fmt: skip
        for account in db.session.scalars(select(Account)):
            account.password = f"{words['accounts.password']}-{account.id}"
        first = db.session.scalars(select(OneTimeLink)).first()
        assert first is not None
        first.hash = words["one_time_links.hash"]


def found_in(body: Any) -> list[Canary]:
    """The canaries in what was answered: bytes or text."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return [canary for canary in CANARIES if canary.word in text]


def out_of_place(canary: Canary, role: str, endpoint: str) -> bool:
    """Whether this role must not find it on this page."""
    pages = canary.pages.get(role, frozenset())
    return endpoint not in pages and "*" not in pages
