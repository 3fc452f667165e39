"""A small hub with one of each thing, and the address of every page in it.

New pages under known addresses come in by themselves. A page with a place in its address that is not known here fails
`test_axe.py` with a sentence that says what to add.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.alarms import service as alarms
from echo_sessions.alarms.models import Alarm
from echo_sessions.alarms.rules import CASES
from echo_sessions.attendance.models import StayRow
from echo_sessions.audit import service as audit
from echo_sessions.audit.rules import Seen
from echo_sessions.cases import recalling, recommending
from echo_sessions.cases import service as cases
from echo_sessions.cases.common_form import common_core
from echo_sessions.cases.models import Case, Recall
from echo_sessions.cases.rules import CaseState, RecommendationCategory
from echo_sessions.certificates import service as certificates
from echo_sessions.certificates import ways as certificate_ways
from echo_sessions.certificates.models import Certificate
from echo_sessions.credit.models import Award
from echo_sessions.database import db, transaction
from echo_sessions.experts import ways as expert_ways
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import Message
from echo_sessions.meetings.rules import TroubleKind
from echo_sessions.merging import recovery
from echo_sessions.merging import service as merging
from echo_sessions.merging.models import Merge, Recovery
from echo_sessions.people import addresses
from echo_sessions.people import service as people
from echo_sessions.people.models import Delegate, Person, WantedAddress
from echo_sessions.programs import enrolling, observing
from echo_sessions.programs import ways as program_ways
from echo_sessions.programs.models import Enrolment, ObserverRequest, Program, Series
from echo_sessions.programs.rules import CONFIRM_PURPOSE, OBSERVE_PURPOSE, EnrolmentState, Role
from echo_sessions.sessions import door, ways
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState
from echo_sessions.verification.models import Verification
from tests.house.incidents import incidents
from tests.house.routes import Route, routes
from tests.make import Make
from tests.meetings import rows


@dataclass(frozen=True)
class Guest:
    """A name in an attendance file."""

    name: str
    address: str | None = None


@dataclass(frozen=True)
class World:
    """One of each."""

    coordinator: Person
    participant: Person
    program: Program
    series: Series
    coming: Session
    held: Session
    unsettled: Session
    draft: Session
    cancelled: Session
    unknown_line: int
    enrolment: Enrolment
    duty: Duty
    case: Case
    case_draft: Case
    case_placed: Case
    case_presented: Case
    recall: Recall
    letter: Letter
    award: Award
    certificate: Certificate
    alarm: Alarm
    sign_in_token: str
    verification: Verification
    enrolment_token: str
    merge: Merge
    recovery: Recovery
    address_token: str
    place: Enrolment
    wish: ObserverRequest
    looking: str
    incidents: dict[str, str]
    diary: str
    said_at_door: int
    recording: str
    recording_case: str


def world(make: Make) -> World:
    """Make it, mostly by the verbs that people use."""
    coordinator, participant = make.coordinator("Ana Ruiz"), make.person("Grace Okoro", profession="Nurse")
    program = make.program("Hepatitis C in primary care")
    make.member(program, Role.COORDINATOR, coordinator)
    series = make.series(program)
    make.enrol(series, participant, site=make.site("Clinic of the Valley"))
    coming, held = make.session(series), make.session(series, starts_in=timedelta(days=-14), title="Who to treat first")
    duty = make.duty(coming, DutyRole.PANEL, make.person("Dr Lin Wei"), state=DutyState.OFFERED)
    make.policy(program)
    make.awarded(held, {participant: 85})
    unsettled = make.session(series, starts_in=timedelta(days=-7), title="How to follow up")
    make.attended(unsettled, {participant: 80, Guest("iPad (2)"): 75})  # type: ignore[dict-item]  # somebody whom nobody knows
    draft, cancelled = (make.session(series, state=state) for state in (SessionState.DRAFT, SessionState.CANCELLED))
    newcomer = make.enrol(series, make.person("Mary Phiri"), state=EnrolmentState.ASKED)
    asked = db.session.scalars(select(Enrolment.code).where(Enrolment.person_id == newcomer.id)).one()
    unknown_line = db.session.scalars(
        select(StayRow.id).where(StayRow.session_id == unsettled.id).order_by(StayRow.id.desc())
    ).first()
    with transaction():
        [certificate] = certificates.issue(certificates.due(held), by=coordinator, now=make.now)
    with transaction():
        cases.publish_form(name="common-core", schema=common_core(), now=make.now)
        case, case_draft, placed, presented, dark = (
            cases.start(program, author=participant, now=make.now) for _ in range(5)
        )
        case.state, case.submitted_at = CaseState.IN_REVIEW, make.now
        placed.state, placed.submitted_at, placed.session = CaseState.SCHEDULED, make.now, coming
        presented.state, presented.submitted_at, presented.session = CaseState.PRESENTED, make.now, held
        dark.state, dark.submitted_at = CaseState.SUBMITTED, make.now
        db.session.flush()
        recommending.add_recommendation(
            presented,
            text="Treat for twelve weeks.",
            category=next(iter(RecommendationCategory)),
            said_by="hub",
            profession=None,
            evidence=None,
            by=coordinator,
            now=make.now,
        )
        recall = recalling.raise_recall(dark, by=participant, now=make.now, field="story", note="The second sentence.")
        token = people.make_link(participant, purpose="sign-in", now=clock.now())
        enrolment_token = people.make_link(newcomer, purpose=CONFIRM_PURPOSE, now=clock.now(), about=asked)
        letter = mail.queue(
            Message(kind="test/letter", to="grace@clinic.test", to_name="Grace Okoro", subject="The next session", text="Hello\n", html="<p>Hello</p>"),
            now=make.now, from_name="Mountain Hub",
        )  # fmt: skip
        job = jobs.queue("test.nothing", {}, now=make.now)
    assert letter is not None and job is not None
    with transaction():
        jobs.fail(job.id, jobs.claim(job.id, make.now) or "", make.now, words="The provider said no.", final=True)
    full = make.series(program, name="Spring 2027", capacity=1, by_approval=True)
    make.enrol(full)
    with transaction():
        place = enrolling.enrol(full, participant, by=coordinator, now=make.now)
    make.enrol(full, make.person("Amal Haddad", profession="Pharmacist"), state=EnrolmentState.APPROVAL)
    olu = make.person("Olu Ade")
    with transaction():
        wish = observing.ask_as(program, olu, why="I plan a hub of our own.", now=make.now)
        looking = make_wish(program, make.now)
    waiting = make.enrol(series, make.person("Joan Petersen", verified=False))
    verification = make.verification(waiting, program_id=program.id)
    make_meeting(coming, participant, make.now)
    enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == participant.id)).first()
    award = db.session.scalars(select(Award).where(Award.person_id == participant.id)).first()
    assert enrolment is not None and award is not None and unknown_line is not None
    return World(
        coordinator=coordinator, participant=participant, program=program, series=series, coming=coming, held=held,
        unsettled=unsettled, draft=draft, cancelled=cancelled, unknown_line=unknown_line, enrolment=enrolment, duty=duty, case=case, case_draft=case_draft, case_placed=placed, case_presented=presented, recall=recall, letter=letter, award=award, certificate=certificate, sign_in_token=token, verification=verification, enrolment_token=enrolment_token,
        place=place, wish=wish, looking=looking, alarm=make_alarm(make),
        incidents=incidents(make, series, hears=coordinator, concerned=participant), diary=_diary(make, participant),
        recording=rows.recording(held, 11, 29).code, recording_case=rows.recording(held, 31, 50).code,
        merge=_merge(make, coordinator), recovery=_recovery(make), address_token=_wanted(make),
        said_at_door=_said_at_door(make, unsettled, participant),
    )  # fmt: skip


def _said_at_door(make: Make, session: Session, person: Person) -> int:
    """Somebody said who sat with them: a claim that waits for whoever keeps the register."""
    with transaction():
        door.keep_room(session, person, door.RoomSaid(names=("Mr Mensah",)), now=make.now)
    [said] = door.companions_of(session.id, person.id)
    return said.id


def _merge(make: Make, by: Person) -> Merge:
    """Two records of somebody who takes part in nothing."""
    kept, gone = make.person("Zodwa Ndlovu"), make.person("Ndlovu, Zodwa")
    with transaction():
        return merging.merge(kept, gone, by=by, now=make.now)


def _recovery(make: Make) -> Recovery:
    """Somebody who can read none of the addresses we know, and has nothing to show."""
    with transaction():
        asked = recovery.ask(
            code="", number="", name="Tom Banda", email="tom@new.test", hub=make.hub(), now=clock.now()
        )
    assert asked is not None
    with transaction():
        recovery.confirm(asked, make.hub(), now=clock.now())
    return asked


def _wanted(make: Make) -> str:
    """The link of a letter to an address that somebody wants to add."""
    person = make.person("Ruth Sithole")
    with transaction():
        wanted = WantedAddress(person_id=person.id, email="ruth@home.test", normal="ruth@home.test", at=clock.now())
        db.session.add(wanted)
        db.session.flush()
        return people.make_link(person, purpose=addresses.PURPOSE, now=clock.now(), about=str(wanted.id))


def make_alarm(make: Make) -> Alarm:
    """Somebody opened thirty cases within an hour."""
    curious = make.person("Ben Okoro")
    with transaction():
        for number in range(CASES):
            audit.saw(curious.id, Seen.CASE, f"HCV-{number:08}", at=make.now)
        alarm = alarms.watch(curious.id, Seen.CASE, now=make.now)
    assert alarm is not None
    return alarm


def make_meeting(session: Session, person: Person, now: datetime) -> None:
    """The meeting of a session at Zoom, by a room's account, with somebody's own way in; somebody switched its waiting room off."""
    row = rows.meeting(session, rows.host("Echo Room 1", address="room1@hub.test", now=now), made_at=now)
    rows.link(row, person)
    rows.trouble(row, TroubleKind.CHANGED, field="waiting_room", wanted=True, got=False)
    rows.trouble(row, TroubleKind.SILENT, words="HTTP 503", over_at=now)


def make_wish(program: Program, now: datetime) -> str:
    """The secret of a link by which a stranger proves an address, so as to look on."""
    observing.ask(
        program, email="ida@clinic.test", name="Ida", profession=None, why="To learn", zone="UTC", language="en", person=None,
        now=now,
    )  # fmt: skip
    request = db.session.scalars(select(ObserverRequest).order_by(ObserverRequest.id.desc())).unique().first()
    assert request is not None
    return people.make_link(request.person, purpose=OBSERVE_PURPOSE, now=clock.now(), about=request.code)


def _diary(make: Make, person: Person) -> str:
    """The link by which somebody who was named ends keeping this person's diary."""
    keeper = make.person("Dee Diary", account=False, verified=False)
    with transaction():
        db.session.add(
            Delegate(person_id=person.id, delegate_id=keeper.id, called="Dee", email="dee@x.test", since=make.now)
        )
    return ways.delegate_token(person, keeper)


def codes(it: World) -> dict[str, Any]:
    """What stands in the place of an address that begins so."""
    return {
        "/programs/<code>": it.program.code,
        "/series/<code>": it.series.code,
        "/sessions/<code>": it.coming.code,
        "/people/<code>": it.participant.code,
        "/verification/<code>": it.verification.code,
        "/texts/<kind>": "conduct",
        "/enrolments/<code>": it.enrolment.code,
        "/observers/<code>": it.wish.code,
        "/sites/<code>": it.enrolment.site.code if it.enrolment.site else None,
        "/duties/<code>": it.duty.code,
        "/cases/<code>": it.case.code,
        "/recalls/<code>": it.recall.code,
        "/letters/<code>": it.letter.code,
        "/retention/<kind>": "links",
        "/certificate/<code>": it.certificate.code,
        "/alarms/<code>": it.alarm.code,
        "/verify/<code>": it.certificate.code,
        "/me/credit/<int:number>": it.award.id,
        "/merges/<code>": it.merge.code,
        "/recoveries/<code>": it.recovery.code,
        "/recordings/<code>": it.recording,
    }


def special(it: World) -> dict[str, str]:
    """Pages whose whole address is made in another way, or that need another thing than the ordinary one."""
    links = {
        "sessions.join": ways.join_url(it.coming, it.participant),
        "sessions.join_file": ways.join_url(it.coming, it.participant) + ".ics",
        "sessions.try_line": ways.join_url(it.coming, it.participant) + "/test",
        "sessions.line_sample": ways.join_url(it.coming, it.participant) + "/sample/small",
        "sessions.rsvp": ways.rsvp_url(it.coming, it.participant),
        "sessions.calendar_list": ways.calendar_url(it.participant),
        "sessions.feed": ways.feed_url(it.participant),
        "certificates.download": certificate_ways.url(it.certificate),
        "experts.answer": expert_ways.answer_url(it.duty),
        "programs.enrol_by_link": program_ways.enrol_url(it.series),
        "people.confirm_address": f"/addresses/{it.address_token}",
        "merging.confirm_recovery": f"/recover/confirm/{recovery._token(recovery.CONFIRM, it.recovery)}",
        "merging.stop_recovery": f"/recover/stop/{recovery._token(recovery.STOP, it.recovery)}",
        "merging.name_guests": f"/sessions/{it.unsettled.code}/attendance/guests",
    }
    return {endpoint: urlsplit(url).path for endpoint, url in links.items()} | {
        "people.use_link": f"/sign-in/{it.sign_in_token}",
        "programs.ask_to_observe": urlsplit(program_ways.enrol_url(it.series)).path + "/observe",
        "programs.confirm_observing": f"/observe/confirm/{it.looking}",
        "programs.take_in": f"/enrolments/{it.place.code}/take-in",
        "programs.my_place": f"/series/{it.place.series.code}/place",
        "programs.confirm_enrolment": f"/enrol/confirm/{it.enrolment_token}",
        "programs.dismiss": f"/programs/{it.program.code}/team/{it.coordinator.code}/{Role.COORDINATOR}/dismiss",
        "attendance.close_page": f"/sessions/{it.unsettled.code}/close",
        "attendance.upload": f"/sessions/{it.unsettled.code}/attendance",
        "attendance.queue": f"/sessions/{it.unsettled.code}/attendance/queue",
        "attendance.settle": f"/sessions/{it.unsettled.code}/attendance/queue/{it.unknown_line}",
        "attendance.room": f"/sessions/{it.unsettled.code}/attendance/queue/{it.unknown_line}/room",
        "attendance.register": f"/sessions/{it.unsettled.code}/register",
        "attendance.add": f"/sessions/{it.unsettled.code}/register/add",
        "attendance.person": f"/sessions/{it.held.code}/register/people/{it.participant.code}",
        "meetings.list_recordings": f"/sessions/{it.held.code}/recordings",
        "sessions.publish": f"/sessions/{it.draft.code}/publish",
        "sessions.restore": f"/sessions/{it.cancelled.code}/restore",
        "cases.decide_recall": f"/recalls/{it.recall.code}/decide/authority",
        "cases.edit": f"/cases/{it.case_draft.code}/edit",
        "cases.settle": f"/cases/{it.case_draft.code}/marks",
        "cases.give_back": f"/cases/{it.case_placed.code}/give-back",
        "cases.recommend": f"/cases/{it.case_presented.code}/recommendations/edit",
        "cases.approve": f"/cases/{it.case_presented.code}/recommendations/approve",
        "certificates.trial_run": f"/sessions/{it.held.code}/certificates",
        "conduct.receipt": f"/report/{it.incidents['waiting']}",
        "conduct.show": f"/conduct/{it.incidents['decided']}",
        "conduct.name_person": f"/conduct/{it.incidents['decided']}/person",
        "conduct.decide": f"/conduct/{it.incidents['decided']}/decide",
        "conduct.choose_second": f"/conduct/{it.incidents['waiting']}/second",
        "conduct.hear": f"/conduct/{it.incidents['heard']}/hearing",
        "conduct.decision": f"/me/conduct/{it.incidents['decided']}",
        "sessions.no_delegate": f"/delegate/{it.diary}",
        "sessions.calendar_file": urlsplit(ways.calendar_url(it.participant)).path + ".ics",
    }


NO_PAGE = {
    "mail.show_html": "the inside of a frame: the letter as it was sent",
    "demo.inbox": "exists in a demo only, where it is looked at by the tests of the demo",
    "demo.letter": "likewise",
    "demo.letter_html": "likewise",
    "cases.set_law": "for owners of the hub; looked at by the tests of recalls",
    "cases.recommendations_pdf": "a file, once it was sent",
    "cases.break_glass": "for those who may not read the case; looked at by the tests of openings",
    "verification.letter": "a file, as it was uploaded",
    "privacy.fetch_copy": "a file, once it was made",
    "people.recovery_codes": "only with a second factor; looked at by the tests of the second factor",
    "merging.show_merge": "this one is for the hub's owners; looked at by the tests of merging",
    "merging.undo": "likewise",
    "oversight.staff": "for owners of the hub; looked at by the tests of oversight",
    "oversight.appoint_staff": "likewise",
    "oversight.dismiss_staff": "likewise",
    "meetings.credentials": "for owners of the hub; looked at by the tests of the set-up",
    "meetings.disconnect": "likewise",
    "meetings.hook_secrets": "likewise",
    "meetings.rules": "likewise",
    "programs.agree": "leads on to where nothing waits; looked at by the tests of agreements",
    "attendance.download": "a file, as it was uploaded",
    "people.back_from_provider": "leads on; exists where a provider is configured, and is looked at by its tests",
    "programs.preview_import": "needs a file that was just uploaded; looked at by the tests of the import",
}


def pages(app: Flask, it: World) -> Iterator[tuple[Route, str | None]]:
    """Every page of ours that can be opened, and its address; none where we do not know what stands in it."""
    known, whole = codes(it), special(it)
    for route in routes(app):
        if "GET" not in route.methods or route.endpoint in NO_PAGE:
            continue
        if route.endpoint in whole or not route.rule.arguments:
            yield route, whole.get(route.endpoint) or str(route.rule)
            continue
        pattern = route.rule.rule
        start = next(
            (start for start in known if pattern == start or pattern.startswith((start + "/", start + "."))), None
        )
        if start is None or len(route.rule.arguments) > 1:
            yield route, None
            continue
        [place] = route.rule.arguments
        yield route, route.url(**{place: known[start]})
