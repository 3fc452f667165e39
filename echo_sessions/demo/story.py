"""The demo's story: a season and a half of a hub, played through the real verbs, anchored to today.

History is told by passing the moment of each deed to the verb and to the worker, so every row, letter and
figure is what the house itself would have made on that day.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from flask import Flask
from flask_security import hash_password
from sqlalchemy import func, select

from echo_sessions.attendance import evidence, naming, proposals
from echo_sessions.attendance import queries as attendance_queries
from echo_sessions.attendance import service as attendance
from echo_sessions.attendance.imports import read
from echo_sessions.cases import drafting, recommending
from echo_sessions.cases import queries as case_queries
from echo_sessions.cases import rules as case_rules
from echo_sessions.cases import service as cases
from echo_sessions.cases.models import Case
from echo_sessions.certificates import service as certificates
from echo_sessions.certificates.models import Certificate
from echo_sessions.credit import service as credit
from echo_sessions.database import db, transaction
from echo_sessions.demo import bulk, cast, stories, trust, zoom_file
from echo_sessions.experts import service as experts
from echo_sessions.files import service as files
from echo_sessions.jobs import worker
from echo_sessions.mail.models import Letter
from echo_sessions.meetings import providers
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import service as programs
from echo_sessions.programs.models import Program, Series, Site
from echo_sessions.programs.recurrence import Kind, Rule, dates
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import queries as session_queries
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions import wants
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import Answer, BlockKind, DutyRole, DutyState, SessionState
from echo_sessions.verification import service as verification

Event = tuple[datetime, Callable[[datetime], None]]
PASSWORD = "echo-demo"
PLANNED_BEFORE = timedelta(weeks=2)
ANSWERS = (Answer.ACCEPTED, Answer.ACCEPTED, Answer.ACCEPTED, Answer.TENTATIVE, Answer.NEEDS_ACTION)


@dataclass
class Stage:
    """Everybody and everything on stage, by key."""

    app: Flask
    now: datetime
    hub: Hub
    random: Random = field(default_factory=lambda: Random(7))  # a demo that is the same each time
    people: dict[str, Person] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    programs: dict[str, Program] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)

    @property
    def ana(self) -> Person:
        return self.people["ana"]

    @contextmanager
    def deed(self, at: datetime) -> Iterator[None]:
        """One deed at its moment, and the letters and jobs that follow from it."""
        with transaction():
            yield
        worker.work_off(self.app, now=at)


def play(app: Flask, *, scale: str, now: datetime) -> None:
    """Play the story up to `now`. Larger scales add more people and programs around the same core."""
    now = now.replace(microsecond=0)
    hashed = hash_password(PASSWORD)
    begun = now - timedelta(weeks=18)
    with transaction():
        hub = people.found_hub(
            name="Mountain Hub",
            zone="America/Denver",
            contact_name="Ana Ruiz",
            contact_address="echo@mountain-hub.example",
            now=begun,
        )
    stage = Stage(app=app, now=now, hub=hub)
    _people(stage, hashed, begun)
    for topic in cast.TOPICS:
        _season(stage, topic)
    for at, act in sorted(_events(stage), key=lambda event: event[0]):
        if at <= now:
            act(at)
    _cases_in_every_state(stage)
    trust.wait(stage.programs["pain"], stage.people, now=now, random=stage.random)
    _today(stage)
    _meetings(stage)
    worker.work_off(app)
    bulk.fill(stage.hub, scale, now=now)


def accounts() -> list[tuple[str, str]]:
    """Whom to sign in as, by what they do."""
    return [
        ("coordinator", cast.STAFF[0].email),
        ("expert", cast.EXPERTS[0].email),
        ("clinician", cast.SPOKES[0][0].email),
        ("participant", cast.SPOKES[2][0].email),
    ]


def counts() -> dict[str, int]:
    """What the demo holds, by name."""
    tables = {
        "programs": Program,
        "sessions": Session,
        "people": Person,
        "cases": Case,
        "letters": Letter,
        "certificates": Certificate,
    }
    return {name: db.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}


def _people(stage: Stage, hashed: str, at: datetime) -> None:
    with transaction():
        for somebody in (*cast.STAFF, *cast.EXPERTS, *(person for person, _ in cast.SPOKES)):
            person = people.add_person(
                name=somebody.name,
                email=somebody.email,
                profession=somebody.profession,
                zone=somebody.zone,
                verified=True,
                now=at,
            )
            people.open_account(person, now=at, password_hash=hashed)
            stage.people[somebody.key] = person
        people.appoint(stage.ana, stage.hub, StaffRole.OWNER, now=at)
        people.appoint(stage.people["tom"], stage.hub, StaffRole.COORDINATOR, now=at)
        trust.publish(stage.hub, stage.people, by=stage.ana, now=at)
        for place in cast.SITES:
            stage.sites.append(
                programs.site_named(
                    stage.hub,
                    place.name,
                    place=place.place,
                    region=place.region,
                    country=place.country,
                    zone=place.zone,
                    rural=place.rural,
                )
            )
        trust.lead_a_site(stage.sites, stage.people, by=stage.ana, now=at)


def _season(stage: Stage, topic: cast.Topic) -> None:
    """Found the program, appoint its people, plan its dates, enrol, publish what is to be published."""
    rule = _rule(topic, stage.now)
    occurrences = dates(rule)
    at = min(occurrences[0].starts_at - PLANNED_BEFORE - timedelta(weeks=2), stage.now - timedelta(days=12))
    by = stage.ana if topic.key != "pall" else stage.people["tom"]
    site_of = {person.key: stage.sites[number] for person, number in cast.SPOKES}
    with stage.deed(at):
        program = programs.found_program(
            hub=stage.hub, by=by, now=at, name=topic.name, label=topic.label, aim=topic.aim, audience=topic.audience, scope_in=topic.scope_in,
            scope_out=topic.scope_out, sponsor=topic.sponsor, measures=topic.measures, contact="echo@mountain-hub.example",
        )  # fmt: skip
        for key in cast.PANELS[topic.key]:
            person = stage.people[key]
            verification.appoint_and_vouch(
                program, person, Role.EXPERT, by=by, now=at, specialty=person.profession, tell=False
            )
        if topic.key != "sud":
            _policy(stage, program, at)
        series = programs.plan_series(program, name=topic.series, rule=rule, provider=wants.PASTED, by=by, now=at)
        made = sessions.make_sessions(series, occurrences, by=by, now=at)
        for session, title in zip(made, topic.titles, strict=False):
            session.title = title
        stage.programs[topic.key], stage.series[topic.key] = program, series
    with stage.deed(at):
        for key in cast.ENROLLED[topic.key]:
            programs.enrol(series, stage.people[key], by=by, now=at, site=site_of[key])
        trust.check(program, stage.people, cast.ENROLLED[topic.key], by=stage.ana, now=at, random=stage.random)
        if topic.key not in {"pall", "sud"}:
            for session in session_queries.of_series(series.id):
                sessions.schedule(session, by=by, now=at)
                sessions.set_link(session, f"https://video.example/j/{session.code.lower()}", by=by, now=at)
        sessions.tell(series.id, now=at)


def _meetings(stage: Stage) -> None:
    """Where a provider is set up that makes meetings, the coming sessions are held there; those that are past were held at
    pasted addresses, whose files are in the demo."""
    usual = providers.usual()
    with transaction():
        for key, series in stage.series.items():
            series.provider = None
            by = stage.ana if key != "pall" else stage.people["tom"]
            for session in session_queries.of_series(series.id) if usual != wants.PASTED else ():
                if session.state is SessionState.SCHEDULED and session.starts_at > stage.now:
                    wants.choose_provider(session, usual, by=by, now=stage.now)


def _rule(topic: cast.Topic, now: datetime) -> Rule:
    """The series' rule, begun so long ago that `before` of its sessions lie in the past."""
    zone = ZoneInfo(topic.zone)
    today = now.astimezone(zone).date()
    hour, minute = map(int, topic.start.split(":"))
    if topic.nth is not None:
        month = today.replace(day=1) - timedelta(days=30 * topic.before)
        first = month.replace(day=1)
        kind = Kind.MONTHLY
    else:
        ahead = (topic.weekday - today.weekday() - 1) % 7 + 1
        first = today + timedelta(days=ahead) - timedelta(weeks=topic.interval * topic.before)
        if topic.before == 0:
            first += timedelta(weeks=4 if topic.key == "pall" else 7)
        kind = Kind.WEEKLY
    return Rule(
        kind=kind, interval=topic.interval, weekdays=(topic.weekday,), nth=topic.nth, start=time(hour, minute), minutes=topic.minutes,
        zone=topic.zone, first=first, count=topic.count, until=None, skipped=frozenset(),
    )  # fmt: skip


def _policy(stage: Stage, program: Program, at: datetime) -> None:
    credit.add_policy(
        program, credit_type="CPD credit", provider="Mountain University School of Medicine", approval_number=f"MU-{program.label}-26",
        approved_on=(at - timedelta(days=20)).date(), unit_minutes=60, step=Decimal("0.25"), mode="nearest", minimum=Decimal("0.25"),
        maximum=Decimal("1.5"), threshold_minutes=10, threshold_percent=0,
        professions=["Physician", "General practitioner", "Hepatologist", "Nurse practitioner", "Physician assistant", "Pharmacist", "Nurse"],
        statement="Mountain University School of Medicine designates this live activity for a maximum of 1.5 credits per session. Claim only the credit commensurate with the extent of your participation.",
        signatory_name="Prof. Ruth Alvarez", signatory_role="Associate Dean, Continuing Education", by=stage.ana, now=at,
    )  # fmt: skip


def _events(stage: Stage) -> list[Event]:
    """Everything that happened around each published session, each at its moment."""
    events: list[Event] = []
    for key, series in stage.series.items():
        for session in session_queries.of_series(series.id):
            if session.state is not SessionState.SCHEDULED:
                continue
            starts, ends, code = session.starts_at, session.ends_at, session.code
            if starts - timedelta(days=30) > stage.now:
                continue
            coming = starts > stage.now
            events.append((max(starts - timedelta(days=20), session.created_at), partial(_ask_panel, stage, key, code)))
            events.append((starts - timedelta(days=9), partial(_answer_invitations, stage, code)))
            if not coming:
                events.append((ends + timedelta(hours=3), partial(_settle, stage, key, code)))
    for number, (key, slot) in enumerate((("hcv", 5), ("hcv", 6), ("hcv", 7), ("pain", 1), ("dm", 2), ("aut", 3))):
        events += _case_events(stage, number, key, slot)
    return events


def _ask_panel(stage: Stage, key: str, code: str, at: datetime) -> None:
    """Ask the panel; most say yes, for the last coming session one has not answered yet."""
    session = _session(code)
    panel = cast.PANELS[key]
    wanted = [
        (panel[0], DutyRole.FACILITATOR),
        *((name, DutyRole.PANEL) for name in panel[1:] or panel),
        (panel[-1], DutyRole.PRESENTER),
    ]
    far = session.starts_at > stage.now + timedelta(days=9)
    for number, (name, role) in enumerate(wanted):
        with stage.deed(at):
            duty = experts.ask(
                session=_session(code),
                person=stage.people[name],
                role=role,
                by=stage.ana,
                now=at,
                answer_by=at + timedelta(days=13),
            )
        if not (far and number == 1):
            with stage.deed(at + timedelta(hours=5)):
                sessions.answer_duty(duty, DutyState.ACCEPTED, now=at + timedelta(hours=5))


def _answer_invitations(stage: Stage, code: str, at: datetime) -> None:
    worker.work_off(stage.app, now=at)
    session = _session(code)
    with stage.deed(at):
        for person in session_queries.recipients(session):
            given = stage.random.choice(ANSWERS)
            if given is not Answer.NEEDS_ACTION and person.address:
                sessions.answer(session, person, given, now=at)


def _settle(stage: Stage, key: str, code: str, at: datetime) -> None:
    """Upload what Zoom wrote; settle it and close, except for the newest session, which waits for today."""
    session = _session(code)
    newest = not any(
        other.starts_at > session.starts_at and other.ends_at <= stage.now
        for other in session_queries.of_series(session.series_id)
    )
    if newest and key == "aut":
        return
    data = zoom_file.written(
        session,
        session_queries.recipients(session),
        zone=stage.hub.zone,
        random=stage.random,
        strangers=newest and key != "dm",
    )
    reading = read(data, filename="participants.csv", timezone=stage.hub.zone)
    stored = stage.app.extensions["storage"].put(data, type="text/csv")
    with stage.deed(at):
        file = files.keep(stored, now=at)
        attendance.take_upload(
            session, file=file, file_name="participants.csv", reading=reading, zone=stage.hub.zone, by=stage.ana, now=at
        )
    if newest and key != "dm":
        return
    with stage.deed(at + timedelta(hours=1)):
        _settle_by_hand(stage, session, at + timedelta(hours=1))
        credit.close_and_award(session, by=stage.ana, now=at + timedelta(hours=1))
    old = [
        other
        for other in session_queries.of_series(session.series_id)
        if other.starts_at < stage.now - timedelta(days=12)
    ]
    if old and session.id == old[-1].id:
        with stage.deed(at + timedelta(hours=2)):
            certificates.issue(certificates.due(session.series), by=stage.ana, now=at + timedelta(hours=2))


def _settle_by_hand(stage: Stage, session: Session, at: datetime) -> None:
    """What a coordinator does in the queue: take at one press the names that one expected person bears, then line by line
    the first suggestion, and call the others guests."""
    names = [(name.seen.stay_id, name.person.code) for name in naming.waiting_names(session)]
    if names:
        naming.take_names(session, names, by=stage.ana, now=at)
    seen = list(evidence.seen_in(session).values())
    for one in proposals.waiting(session, seen, attendance_queries.decisions_of(session.id)):
        person = db.session.get(Person, one.suggestions[0].person_id) if one.suggestions else None
        attendance.identify(
            session, one.seen.key, verdict="person" if person else "guest", person=person, by=stage.ana, now=at
        )


def _case_events(stage: Stage, number: int, key: str, slot: int) -> list[Event]:
    """One case from its first word to its recommendations, around the session that discusses it."""
    found = session_queries.of_series(stage.series[key].id)
    if slot >= len(found):
        return []
    session = found[slot]
    author = (
        stage.people[{"hcv": "grace", "pain": "dan", "dm": "joan", "aut": "otieno"}[key]]
        if number != 1
        else stage.people["miguel"]
    )
    reviewer = stage.ana
    code: dict[str, str] = {}

    def write(at: datetime) -> None:
        with stage.deed(at):
            case = cases.start(stage.programs[key], author=author, now=at)
            drafting.save(case, {**stories.CASES[number], "consent": "yes", "attestation": True}, now=at)
            code["case"] = case.code
        with stage.deed(at):
            cases.submit(_case(code), now=at)

    def review(at: datetime) -> None:
        with stage.deed(at):
            cases.accept(_case(code), checked=list(case_rules.CHECKLIST_18), by=reviewer, now=at)
        with stage.deed(at):
            case = _case(code)
            block = next(b for b in _session(session.code).blocks if b.kind is BlockKind.CASE and b.case_id is None)
            cases.place(case, block, by=reviewer, now=at)

    def recommend(at: datetime) -> None:
        with stage.deed(at):
            case = _case(code)
            if case.state is case_rules.CaseState.SCHEDULED:
                cases.present(case, now=at)
        if stage.now - session.ends_at < timedelta(days=3):
            return
        expert = stage.people[cast.PANELS[key][0]]
        with stage.deed(at + timedelta(hours=20)):
            for category, text, said_by, profession in stories.RECOMMENDATIONS:
                recommending.add_recommendation(
                    _case(code),
                    text=text,
                    category=category,
                    said_by=said_by,
                    profession=profession,
                    evidence=None,
                    by=expert,
                    now=at + timedelta(hours=20),
                )
        if number != 1:
            with stage.deed(at + timedelta(hours=30)):
                recommending.approve_recommendations(_case(code), by=expert, now=at + timedelta(hours=30))

    return [
        (session.starts_at - timedelta(days=12), write),
        (session.starts_at - timedelta(days=11), review),
        (session.ends_at + timedelta(hours=2), recommend),
    ]


def _cases_in_every_state(stage: Stage) -> None:
    """One of each: a draft, one waiting, one in review, one returned, one accepted without a date, one declined, one withdrawn."""
    now, program = stage.now, stage.programs["hcv"]
    facts = [
        ("grace", "draft"),
        ("priya", "submitted"),
        ("joan", "in_review"),
        ("dan", "returned"),
        ("ruth", "accepted"),
        ("carlos", "declined"),
        ("beth", "withdrawn"),
    ]
    for number, (who, until) in enumerate(facts):
        at = now - timedelta(days=3, hours=number)
        answers = {**stories.CASES[number % 3], "consent": "yes", "attestation": True}
        with stage.deed(at):
            case = cases.start(program, author=stage.people[who], now=at)
            drafting.save(case, answers if until != "draft" else {"main_question": answers["main_question"]}, now=at)
            code = {"case": case.code}
        if until == "draft":
            continue
        with stage.deed(at):
            cases.submit(_case(code), now=at)
        with stage.deed(now - timedelta(days=1)):
            case = _case(code)
            if until == "in_review":
                cases.take_review(case, by=stage.ana, now=now - timedelta(days=1))
            elif until == "returned":
                cases.return_to_author(
                    case,
                    field="story",
                    note="Say the region only, not the valley.",
                    by=stage.ana,
                    now=now - timedelta(days=1),
                )
            elif until == "accepted":
                cases.accept(case, checked=list(case_rules.CHECKLIST_18), by=stage.ana, now=now - timedelta(days=1))
            elif until == "declined":
                cases.decline(
                    case,
                    note="This needs the transplant centre today, not a discussion.",
                    by=stage.ana,
                    now=now - timedelta(days=1),
                )
            elif until == "withdrawn":
                cases.withdraw(case, by=stage.people[who], now=now - timedelta(days=1))


def _today(stage: Stage) -> None:
    """A few things of this morning: a session moved, one cancelled."""
    at = stage.now - timedelta(hours=2)
    coming = [
        s for s in session_queries.of_series(stage.series["pain"].id) if s.starts_at > stage.now + timedelta(days=10)
    ]
    if len(coming) > 2:
        first, second = coming[0], coming[2]
        with stage.deed(at):
            sessions.change(
                first,
                title=first.title,
                starts_at=first.starts_at + timedelta(hours=1),
                minutes=first.minutes,
                by=stage.ana,
                now=at,
            )
        with stage.deed(at):
            sessions.cancel(second, reason="The whole panel is at a conference.", by=stage.ana, now=at)


def _session(code: str) -> Session:
    session = session_queries.by_code(code)
    assert session is not None
    return session


def _case(code: dict[str, str]) -> Case:
    case = case_queries.by_code(code["case"])
    assert case is not None
    return case
