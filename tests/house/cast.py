"""One person of each role in the small hub of `world.py`, and the address of every endpoint in it, for the matrix."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from echo_sessions.attendance.models import Identification, Upload
from echo_sessions.cases import recalling, recommending
from echo_sessions.cases import service as cases
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState, RecommendationCategory, RecommendationState
from echo_sessions.credit.models import Policy
from echo_sessions.database import db, transaction
from echo_sessions.files import service as files
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState
from echo_sessions.people import service as people
from echo_sessions.people.models import Delegate, Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.privacy.rules import KINDS
from echo_sessions.programs.models import Enrolment, Site, SiteLead
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import ways as session_ways
from echo_sessions.sessions.rules import DutyRole
from echo_sessions.verification.models import Verification
from tests.conftest import signed_in
from tests.house.routes import Route
from tests.house.world import World
from tests.make import Make

ROLES = (
    "stranger", "outsider", "delegate", "newcomer", "participant", "author", "lead", "sponsor", "evaluator", "observer",
    "expert", "presenter", "scribe", "facilitator", "auditor", "coordinator", "director", "other", "hub", "owner",
)  # fmt: skip
STORY = "A canary in the mine of the patient"
"""What the patient of every case told, which no auditor reads."""


@dataclass(frozen=True)
class Cast:
    """The people by role and what their browsers hold (nothing for the stranger), and what stands in addresses besides the world's."""

    cookies: dict[str, dict[str, Any]]
    people: dict[str, Person]
    about: dict[str, dict[str, str]]
    places: dict[str, dict[str, Any]]
    data: dict[str, dict[str, str]]


def cast(make: Make, it: World, storage: Any) -> Cast:
    """Make one of each. `about`: by a word, what other thing an address is about. `data`: what a form needs to begin."""
    site = db.session.scalars(select(Site)).first()
    assert site is not None
    series = db.session.merge(it.series)
    found = {
        "outsider": make.person("Olga Out"), "delegate": make.person("Dora Diary"), "newcomer": make.person("Nia New", verified=False),
        "participant": make.person("Paul Part"), "author": it.participant, "lead": make.person("Lena Lead"),
    }  # fmt: skip
    make.enrol(series, found["newcomer"])
    make.enrol(series, found["participant"], site=site)
    for name, role in (
        ("sponsor", Role.SPONSOR), ("evaluator", Role.EVALUATOR), ("observer", Role.OBSERVER), ("expert", Role.EXPERT),
        ("facilitator", Role.FACILITATOR), ("coordinator", Role.COORDINATOR), ("director", Role.DIRECTOR),
    ):  # fmt: skip
        found[name] = make.member(it.program, role, make.person(f"Somebody {name}"))
    found["auditor"] = make.member(
        it.program, Role.AUDITOR, make.person("Aud Itor"), ends_at=make.now + timedelta(days=60)
    )
    found["presenter"], found["scribe"] = make.person("Pria Present"), make.person("Sam Scribe")
    for session in (it.coming, it.held):
        make.duty(session, DutyRole.PANEL, found["expert"])
        make.duty(session, DutyRole.PRESENTER, found["presenter"])
        make.duty(session, DutyRole.SCRIBE, found["scribe"])
    elsewhere = make.program("Diabetes in schools", label="DIA")
    found["other"] = make.member(elsewhere, Role.COORDINATOR, make.person("Otto Other"))
    found["hub"] = make.coordinator("Hanna Hub")
    found["owner"] = make.person("Wilma Owner")
    with transaction():
        people.appoint(found["owner"], make.hub(), StaffRole.OWNER, now=make.now)
        db.session.add(SiteLead(site_id=site.id, person_id=found["lead"].id, since=make.now))
        db.session.add(Delegate(person_id=found["expert"].id, delegate_id=found["delegate"].id, since=make.now))
    sent = _sent(make, it, storage)
    recalled, recall = _recalled(make, it, found["participant"])
    with transaction():
        for case in db.session.scalars(select(Case)):
            case.answers = {"main_question": STORY}
    _print(it, storage)
    numbers = {
        "job": db.session.scalars(select(Job.id).where(Job.state == JobState.FAILED)).first(),
        "upload": db.session.scalars(select(Upload.id).where(Upload.session_id == it.unsettled.id)).first(),
        "decision": db.session.scalars(
            select(Identification.id).where(Identification.session_id == it.unsettled.id)
        ).first(),
    }
    unsettled = {"code": it.unsettled.code}
    program = it.program.code
    file = {**unsettled, "number": numbers["upload"]}
    asked = db.session.scalars(select(Enrolment.code).where(Enrolment.state == "asked")).first()
    waiting = (
        db.session.scalars(select(Verification.code).where(Verification.person_id == found["newcomer"].id)).first()
        or make.verification(found["newcomer"], program_id=it.program.id).code
    )
    about = {
        "draft": {"code": it.case_draft.code, "session": it.draft.code}, "placed": {"code": it.case_placed.code},
        "presented": {"code": it.case_presented.code}, "sent": {"code": sent}, "cancelled": {"code": it.cancelled.code},
        "held": {"code": it.held.code}, "a recording": {"code": it.recording}, "a recording of a case": {"code": it.recording_case}, "draft session": {"code": it.draft.code}, "unsettled": unsettled, "asked": {"code": asked},
        "in review": {"code": it.case.code}, "recalled": {"code": recalled}, "a recall": {"code": recall, "what": "authority"}, "draft, nothing set aside": {"code": it.case_draft.code},
    }  # fmt: skip
    places: dict[str, dict[str, Any]] = {
        "attendance.undo": {**unsettled, "number": numbers["decision"]}, "attendance.withdraw": file, "attendance.restore": file,
        "attendance.download": file, "attendance.match": unsettled, "attendance.register_csv": unsettled, "attendance.take": unsettled,
        "attendance.settle_companion": {**unsettled, "number": it.said_at_door},
        "attendance.take_claims": unsettled, "jobs.try_again": {"number": numbers["job"]},
        "credit.retire": {"code": db.session.scalars(select(Policy.code)).first()},
        "oversight.dismiss_staff": {"code": found["hub"].code}, "programs.remove_lead": {"code": site.code, "person_code": found["lead"].code},
        "programs.dismiss": {"code": program, "person_code": found["expert"].code, "role": "expert"},
        "verification": {"code": waiting}, "sessions.end_delegation_of": {"code": found["expert"].code, "delegate_code": found["delegate"].code},
        "privacy.say": {"kind": "photo"}, "privacy.set_period": {"kind": KINDS[0].name}, "programs.show_site": {"code": site.code}, "programs.edit_site": {"code": site.code}, "programs.add_lead": {"code": site.code},
        "programs.show_room": {"code": site.code},
    }  # fmt: skip
    row = db.session.get_one(Case, it.case_presented.id).recommendations[0].id
    token = session_ways.delegate_token(found["expert"], found["delegate"])
    places["sessions.no_delegate"] = {"token": token}
    data = {
        "attendance.settle_companion": {"choice": "dismiss"},
        "merging.dismiss": {"other": found["participant"].code},
        "cases.order": {"row": str(row), "up": "1"},
    }
    cookies = {name: signed_in(someone) for name, someone in found.items()}
    return Cast({"stranger": {}, **cookies}, found, about, places, data)


def _sent(make: Make, it: World, storage: Any) -> str:
    """A case whose recommendations have reached their author."""
    stored = storage.put(b"%PDF-1.7 advice", type="application/pdf")
    with transaction():
        case = cases.start(db.session.merge(it.program), author=db.session.merge(it.participant), now=make.now)
        case.state, case.submitted_at, case.session = CaseState.PRESENTED, make.now, db.session.merge(it.held)
        db.session.flush()
        recommending.add_recommendation(
            case, text="Go on.", category=next(iter(RecommendationCategory)), said_by="hub", profession=None, evidence=None,
            by=db.session.merge(it.coordinator), now=make.now,
        )  # fmt: skip
        sheet = recommending.sheet_for(case)
        sheet.state, sheet.sent_at, sheet.file_id = (
            RecommendationState.SENT,
            make.now,
            files.keep(stored, now=make.now).id,
        )
        return case.code


def _recalled(make: Make, it: World, by: Person) -> tuple[str, str]:
    """A case that a participant took out of view, and its recall, which the owner and the director decide about."""
    with transaction():
        case = cases.start(db.session.merge(it.program), author=db.session.merge(it.participant), now=make.now)
        case.state, case.submitted_at, case.session = CaseState.PRESENTED, make.now, db.session.merge(it.held)
        db.session.flush()
        return case.code, recalling.raise_recall(case, by=by, now=make.now).code


def _print(it: World, storage: Any) -> None:
    """The certificate as a file, so that nobody waits for the printer."""
    stored = storage.put(b"%PDF-1.7 certificate", type="application/pdf")
    with transaction():
        certificate = db.session.merge(it.certificate)
        certificate.file_id, certificate.held_because = files.keep(stored, now=certificate.issued_at).id, None


def address(route: Route, it: World, who: Cast, about: str, whole: dict[str, str], known: dict[str, Any]) -> str | None:
    """The address of an endpoint in this hub; None where nobody has said yet what stands in it."""
    if route.endpoint in who.places:
        return route.url(**who.places[route.endpoint])
    feature = route.endpoint.split(".")[0]
    if feature in who.places and "code" in route.rule.arguments and route.rule.rule.startswith(f"/{feature}/"):
        return route.url(**who.places[feature])
    if about in who.about:
        return route.url(**{**_lasting(route, known), **who.about[about]})
    if route.endpoint in whole and not about:
        return whole[route.endpoint]
    if not route.rule.arguments:
        return str(route.rule)
    return route.url(**_lasting(route, known))


def _lasting(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    """What the world knows to put in the first place of this pattern."""
    pattern = route.rule.rule
    starts = [start for start in known if pattern == start or pattern.startswith((start + "/", start + "."))]
    if not starts:
        return {}
    start = max(starts, key=len)
    place = start.partition("<")[2].rstrip(">").rpartition(":")[2]
    return {place: known[start]}
