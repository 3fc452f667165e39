"""Gathering what needs doing over all programs somebody runs: a constant number of queries for each kind."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from echo_sessions.alarms import queries as alarms
from echo_sessions.attendance import figures
from echo_sessions.attendance import queries as attendance
from echo_sessions.attendance.models import Register
from echo_sessions.attendance.rules import RegisterState
from echo_sessions.cases import queries as cases
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Case
from echo_sessions.cases.recall import ABOUT_AUTHORITY
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.certificates.models import CertificateAward
from echo_sessions.conduct import queries as conduct
from echo_sessions.conduct.rules import IncidentState
from echo_sessions.credit.models import Award
from echo_sessions.database import db
from echo_sessions.jobs import queries as jobs
from echo_sessions.mail import queries as mail
from echo_sessions.meetings import health, providers
from echo_sessions.meetings import queries as meetings
from echo_sessions.meetings.models import Trouble
from echo_sessions.meetings.page import KIND_WORDS, by_severity
from echo_sessions.meetings.rules import TroubleKind
from echo_sessions.meetings.wording import said
from echo_sessions.moments import day_of, span
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs_policy
from echo_sessions.programs import queries as programs
from echo_sessions.programs import site_queries as sites
from echo_sessions.programs.models import Membership, Program, Series
from echo_sessions.programs.rules import RUNS
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions import rules as session_rules
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyState, SessionState
from echo_sessions.today.rules import Kind, Todo
from echo_sessions.verification import queries as verifications
from echo_sessions.words import Said, msgid

Ids = Select[int]
NO_REPORT = TroubleKind.NO_REPORT
LOOK_AHEAD = timedelta(days=21)
LOOK_BACK = timedelta(days=90)
READY_BEFORE = timedelta(days=3)
SETTLE_WITHIN = timedelta(hours=48)
CERTIFY_WITHIN = timedelta(days=7)
DECIDE_WITHIN = timedelta(days=3)
PUBLISH_BEFORE = timedelta(days=28)
DECIDE_WITHIN = timedelta(days=3)


def todos(person: Person, now: datetime) -> list[Todo]:
    """Everything that waits in the programs this person runs, in no order; what waits for somebody who is away, while
    this person stands in, says so."""
    mine = programs.programs_run_by(person.id)
    owners = Owners(person, now)
    near = _near(mine, now)
    return [
        *_recalls(person),
        *_to_review(mine, owners),
        *_to_verify(person),
        *_to_place(mine, owners),
        *_recommendations(mine, owners),
        *_meetings(mine, owners, now),
        *_lacking(near, owners, now),
        *_unpublished(mine, owners, now),
        *_approvals(mine, owners),
        *_attendance(near, owners, now),
        *_certificates(mine, owners, now),
        *_duties(mine, owners, now),
        *_failed(person, now),
        *_alarms(person, now),
        *_providers(person, now),
        *_conduct(person),
    ]


class Owners:
    """Who has a program in hand, in words: "you", or a coordinator's name; read once. A deputy has it while a coordinator
    is away."""

    def __init__(self, reader: Person, now: datetime) -> None:
        chosen = (
            select(Membership.program_id, Person.id, Person.name)
            .join(Person)
            .where(Membership.role.in_(RUNS))
            .order_by(Membership.id)
        )
        self.reader = reader
        self.by_program: dict[int, list[tuple[int, str]]] = {}
        for program_id, person_id, name in db.session.execute(chosen):
            self.by_program.setdefault(program_id, []).append((person_id, name))
        runners = {number for team in self.by_program.values() for number, _ in team}
        self.absent = {absence.person_id: absence for absence in people.standing_in_for(reader.id, now)}
        self.deputies = people.deputies(runners, now)

    def of(self, program_id: int) -> str:
        """The program's first coordinator who is there, or their deputy; the reader, where they are one of the team, stand
        in for the first of it, or nobody is."""
        team = self.by_program.get(program_id, [])
        if not team or team[0][0] in self.absent or any(number == self.reader.id for number, _ in team):
            return self.reader.name
        number, name = next(((n, w) for n, w in team if n not in self.deputies), team[0])
        return self.deputies[number].name if number in self.deputies else name

    def instead(self, program_id: int, waits_for: int | None = None) -> Said | None:
        """For whom the reader does it: for whoever it waits for by name, else for the program's first coordinator."""
        team = self.by_program.get(program_id, [])
        number = waits_for if waits_for is not None else team[0][0] if team else None
        absence = self.absent.get(number) if number is not None else None
        if absence is None:
            return None
        day = day_of(absence.ends_at - timedelta(minutes=1), self.reader.zone, self.reader.language)
        return Said(msgid("For %(name)s, who is away until %(day)s."), {"name": absence.person.name, "day": day})


def upcoming(person: Person, now: datetime, *, most: int = 4) -> list[tuple[Session, list[str]]]:
    """The next sessions of the programs somebody runs, each with what it lacks."""
    chosen = (
        sessions.of_program(programs.programs_run_by(person.id))
        .where(Session.state == SessionState.SCHEDULED, Session.starts_at > now - timedelta(hours=3))
        .order_by(Session.starts_at)
        .limit(most * 2)
    )
    found = [session for session in db.session.scalars(chosen).unique() if session.ends_at > now][:most]
    facts = sessions.facts_of(found)
    return [(session, session_rules.missing_for_ready(facts[session.id])) for session in found]


def _near(mine: Ids, now: datetime) -> Sequence[Session]:
    chosen = sessions.of_program(mine).where(
        Session.state == SessionState.SCHEDULED,
        Session.starts_at > now - LOOK_BACK,
        Session.starts_at < now + LOOK_AHEAD,
    )
    return db.session.scalars(chosen.order_by(Session.starts_at)).unique().all()


def _name(session: Session) -> str:
    return f"{session.series.program.name} · {span(session.starts_at, session.ends_at, session.zone)}"


def _recalls(person: Person) -> Iterable[Todo]:
    """Cases out of view that wait for this reader's decisions, by the law's clock until it is answered."""
    for recall in recalls.waiting_for(person.id):
        clock = recall.due_at is not None and not {row.step for row in recall.steps} & ABOUT_AUTHORITY
        consequence = (
            msgid("If nobody acts, the authority is told too late.")
            if clock
            else msgid("If nobody acts, its author and the group wait.")
        )
        yield Todo(
            Kind.RECALL, Said(msgid("Decide about case %(code)s, which is out of view"), {"code": recall.case.code}),
            recall.case.program.name, person.name, Said(consequence), Said(msgid("Decide")),
            url_for("cases.show_recall", code=recall.code), recall.due_at if clock else recall.raised_at + DECIDE_WITHIN,
        )  # fmt: skip


def _to_review(mine: Ids, owners: Owners) -> Iterable[Todo]:
    for case in cases.waiting_for_review(mine):
        yield Todo(
            Kind.REVIEW, Said(msgid("Review case %(code)s"), {"code": case.code}), case.program.name, owners.of(case.program_id),
            Said(msgid("If nobody acts, its author waits past the promised day and the slot stays empty.")),
            Said(msgid("Review")), url_for("cases.review", code=case.code), case.due_at,
            owners.instead(case.program_id, case.waits_for_id),
        )  # fmt: skip


def _to_verify(person: Person) -> Iterable[Todo]:
    count, first = verifications.waiting_for(person.id)
    if first is not None:
        day = day_of(first.asked_at, person.zone, person.language)
        yield Todo(
            Kind.VERIFY, Said(msgid("1 person waits to be verified, since %(day)s") if count == 1 else msgid("%(count)s people wait to be verified, the oldest since %(day)s"), {"count": count, "day": day}),
            first.program.name if first.program and count == 1 else "", person.name,
            Said(msgid("If nobody acts, they read nobody else's case.")), Said(msgid("Look")), url_for("verification.list_waiting"), first.due_at,
        )  # fmt: skip


def _to_place(mine: Ids, owners: Owners) -> Iterable[Todo]:
    for case in cases.waiting_for_a_slot(mine):
        if case.session_id is None:
            yield Todo(
                Kind.SLOT, Said(msgid("Find a date for case %(code)s"), {"code": case.code}), case.program.name,
                owners.of(case.program_id), Said(msgid("If nobody acts, it is never discussed.")), Said(msgid("Place it")),
                url_for("cases.place", code=case.code), case.due_at, owners.instead(case.program_id),
            )  # fmt: skip


def _recommendations(mine: Ids, owners: Owners) -> Iterable[Todo]:
    for sheet in cases.sheets_open(mine):
        case = sheet.case
        written = sheet.state is RecommendationState.DRAFT and bool(case.recommendations)
        what = (
            msgid("Approve the recommendations for %(code)s")
            if written
            else msgid("Write the recommendations for %(code)s")
        )
        where = url_for("cases.approve" if written else "cases.recommend", code=case.code)
        yield Todo(
            Kind.RECOMMENDATIONS, Said(what, {"code": case.code}), case.program.name, owners.of(case.program_id),
            Said(msgid("If nobody acts, %(name)s goes without them."), {"name": case.author.name}),
            Said(msgid("Approve")) if written else Said(msgid("Write")), where, sheet.due_at,
            owners.instead(case.program_id),
        )  # fmt: skip


def _lacking(near: Sequence[Session], owners: Owners, now: datetime) -> Iterable[Todo]:
    coming = [session for session in near if session.starts_at > now]
    facts = sessions.facts_of(coming)
    for session in coming:
        lacks = session_rules.missing_for_ready(facts[session.id])
        if lacks:
            yield Todo(
                Kind.READINESS,
                Said(msgid("Make session %(number)s ready: %(first)s"), {"number": session.number, "first": Said(lacks[0])})
                if len(lacks) == 1
                else Said(
                    msgid("Make session %(number)s ready: %(count)s things missing"), {"number": session.number, "count": len(lacks)}
                ),
                _name(session), owners.of(session.series.program_id), Said(msgid("If nobody acts, it begins without.")),
                Said(msgid("Look")), url_for("sessions.show", code=session.code), session.starts_at - READY_BEFORE,
                owners.instead(session.series.program_id),
            )  # fmt: skip


def _meetings(mine: Ids, owners: Owners, now: datetime) -> Iterable[Todo]:
    """Sessions whose meeting at its provider is in trouble, once each, with the severest; those held at a pasted address
    need none. What is past is told only where a report is missing."""
    in_trouble = select(Trouble.meeting_id).where(Trouble.over_at.is_(None))
    chosen = sessions.of_program(mine).where(
        Session.state == SessionState.SCHEDULED, Session.starts_at > now - LOOK_BACK, Session.meeting_id.in_(in_trouble)
    )
    found = db.session.scalars(chosen.order_by(Session.starts_at)).unique().all()
    troubles = meetings.open_troubles(session.meeting_id for session in found if session.meeting_id)
    for session in found:
        ahead = session.ends_at > now
        own = [] if ahead and session.meeting_url else troubles[session.meeting_id or 0]
        told = [trouble for trouble in own if (trouble.kind is NO_REPORT) is not ahead]
        due = session.starts_at - READY_BEFORE if ahead else session.ends_at + SETTLE_WITHIN
        if told:
            first = by_severity(told)[0]
            yield Todo(
                Kind.MEETING,
                Said(
                    msgid("Meeting of session %(number)s: %(trouble)s"), {"number": session.number, "trouble": Said(KIND_WORDS[first.kind])}
                ),
                _name(session), owners.of(session.series.program_id), said(first), Said(msgid("Look")),
                url_for("sessions.show", code=session.code, _anchor="meeting"), due, owners.instead(session.series.program_id),
            )  # fmt: skip


def _unpublished(mine: Ids, owners: Owners, now: datetime) -> Iterable[Todo]:
    counted = (
        select(Series, func.count(Session.id), func.min(Session.starts_at))
        .join(Session, Session.series_id == Series.id)
        .join(Program, Program.id == Series.program_id)
        .where(Series.program_id.in_(mine), Session.state == SessionState.DRAFT, Session.starts_at > now)
        .group_by(Series.id, Program.id)
    )
    for series, count, first in db.session.execute(counted).unique():
        yield Todo(
            Kind.PUBLISH, Said(msgid("Publish 1 date of %(series)s") if count == 1 else msgid("Publish %(count)s dates of %(series)s"), {"count": count, "series": series.name}),
            series.program.name, owners.of(series.program_id), Said(msgid("Nobody is invited before.")), Said(msgid("Look")),
            url_for("programs.show_series", code=series.code), first - PUBLISH_BEFORE,
            owners.instead(series.program_id),
        )  # fmt: skip


def _approvals(mine: Ids, owners: Owners) -> Iterable[Todo]:
    """Who would like to take part or look on, by program."""
    waiting = sites.approvals_waiting(mine)
    for program in db.session.scalars(select(Program).where(Program.id.in_(waiting))).unique():
        count, first = waiting[program.id]
        yield Todo(
            Kind.APPROVAL, Said(msgid("Say yes or no to 1 person") if count == 1 else msgid("Say yes or no to %(count)s people"), {"count": count}),
            program.name, owners.of(program.id), Said(msgid("If nobody acts, they stay outside.")), Said(msgid("Decide")),
            url_for("programs.list_approvals", code=program.code), first + DECIDE_WITHIN,
        )  # fmt: skip


def _attendance(near: Sequence[Session], owners: Owners, now: datetime) -> Iterable[Todo]:
    over = [session for session in near if session.ends_at <= now]
    status = attendance.status_of([session.id for session in over])
    differs = figures.count_otherwise(number for number, known in status.items() if known.closed)
    for session in over:
        known = status[session.id]
        if known.closed:
            if session.id in differs:
                yield _otherwise(session, differs[session.id], owners)
            continue
        due = session.ends_at + SETTLE_WITHIN
        if not known.uploads and not known.matched:
            kind, what, label, end = (
                Kind.UPLOAD,
                Said(msgid("Upload the attendance of session %(number)s"), {"number": session.number}),
                msgid("Upload"),
                "attendance.upload",
            )
        elif known.waiting:
            words = {"count": known.waiting, "number": session.number}
            kind, what, label, end = (
                Kind.QUEUE,
                Said(
                    msgid("Settle 1 person of session %(number)s")
                    if known.waiting == 1
                    else msgid("Settle %(count)s people of session %(number)s"),
                    words,
                ),
                msgid("Settle"),
                "attendance.queue",
            )
        else:
            kind, what, label, end = (
                Kind.CLOSE,
                Said(msgid("Close the register of session %(number)s"), {"number": session.number}),
                msgid("Close"),
                "attendance.close_page",
            )
        yield Todo(
            kind, what, _name(session), owners.of(session.series.program_id), Said(msgid("Credit and certificates wait for this.")),
            Said(label), url_for(end, code=session.code), due, owners.instead(session.series.program_id),
        )  # fmt: skip


def _otherwise(session: Session, count: int, owners: Owners) -> Todo:
    """A report that came after closing: the register stays as it is until somebody looks."""
    what = (
        msgid("Look at 1 row of session %(number)s: what came after closing says otherwise")
        if count == 1
        else msgid("Look at %(count)s rows of session %(number)s: what came after closing says otherwise")
    )
    return Todo(
        Kind.OTHERWISE, Said(what, {"count": count, "number": session.number}), _name(session), owners.of(session.series.program_id),
        Said(msgid("A closed register never changes by itself.")), Said(msgid("Look at it")),
        url_for("attendance.register", code=session.code), session.ends_at + CERTIFY_WITHIN, owners.instead(session.series.program_id),
    )  # fmt: skip


def _certificates(mine: Ids, owners: Owners, now: datetime) -> Iterable[Todo]:
    covered = select(CertificateAward.award_id)
    counted = (
        select(Session, func.count(Award.id), func.max(Register.closed_at))
        .join(Award, Award.session_id == Session.id)
        .join(Register, Register.session_id == Session.id)
        .join(Series, Series.id == Session.series_id)
        .join(Program, Program.id == Series.program_id)
        .where(
            Series.program_id.in_(mine),
            Award.replaced_at.is_(None),
            Award.id.not_in(covered),
            Award.minutes > 0,
            Award.role != "guest",
        )
        .where(Register.state == RegisterState.CLOSED, Session.starts_at > now - LOOK_BACK)
        .group_by(Session.id, Series.id, Program.id)
    )
    for session, count, closed_at in db.session.execute(counted).unique():
        yield Todo(
            Kind.CERTIFICATES, Said(msgid("Issue 1 certificate of session %(number)s") if count == 1 else msgid("Issue %(count)s certificates of session %(number)s"), {"count": count, "number": session.number}),
            _name(session), owners.of(session.series.program_id), Said(msgid("If nobody acts, people wait for their credit.")),
            Said(msgid("Look")), url_for("certificates.trial_run", code=session.code), (closed_at or now) + CERTIFY_WITHIN,
            owners.instead(session.series.program_id),
        )  # fmt: skip


def _duties(mine: Ids, owners: Owners, now: datetime) -> Iterable[Todo]:
    chosen = (
        select(Duty)
        .join(Session, Session.id == Duty.session_id)
        .join(Series, Series.id == Session.series_id)
        .where(Series.program_id.in_(mine), Duty.state.in_((DutyState.OFFERED, DutyState.DECLINED)))
        .where(Session.state != SessionState.CANCELLED, Session.starts_at > now)
        .options(selectinload(Duty.session).selectinload(Session.duties))
    )
    for duty in db.session.scalars(chosen).unique():
        session = duty.session
        assert session is not None
        words = {"name": duty.person.name, "number": session.number}
        url = url_for("sessions.show", code=session.code)
        if duty.state is DutyState.OFFERED:
            if duty.answer_by is not None and duty.answer_by > now + timedelta(days=7):
                continue
            yield Todo(
                Kind.UNANSWERED, Said(msgid("%(name)s has not answered for session %(number)s"), words), _name(session),
                owners.of(session.series.program_id), Said(msgid("If nobody acts, the place stays open.")), Said(msgid("Look")), url,
                duty.answer_by or session.starts_at - timedelta(days=7), owners.instead(session.series.program_id),
            )  # fmt: skip
        elif duty.suggested or not any(
            other.role is duty.role and other.state in {DutyState.OFFERED, DutyState.ACCEPTED}
            for other in session.duties
        ):
            yield Todo(
                Kind.DECLINED, Said(msgid("%(name)s cannot come to session %(number)s"), words), _name(session),
                owners.of(session.series.program_id), Said(msgid("Somebody else must be asked.")), Said(msgid("Ask somebody")), url,
                min(session.starts_at, (duty.answered_at or now) + timedelta(days=2)),
                owners.instead(session.series.program_id),
            )  # fmt: skip


def _failed(person: Person, now: datetime) -> Iterable[Todo]:
    if not programs.is_staff(person.id):
        return
    for count, what, url in (
        (mail.failed_count(), msgid("%(count)s letters could not be delivered"), "mail.list_letters"),
        (jobs.failed_count(), msgid("%(count)s jobs have failed"), "jobs.list_jobs"),
    ):
        if count:
            yield Todo(
                Kind.FAILED, Said(what, {"count": count}), "", person.name, Said(msgid("If nobody acts, nobody gets them.")),
                Said(msgid("Look")), url_for(url, state="failed"), now,
            )  # fmt: skip


def _alarms(person: Person, now: datetime) -> Iterable[Todo]:
    """For owners of the hub: what was conspicuous and nobody has explained."""
    if programs_policy.is_owner(person) and (count := alarms.waiting_count()):
        yield Todo(
            Kind.ALARM, Said(msgid("1 alarm is to be explained") if count == 1 else msgid("%(count)s alarms are to be explained"), {"count": count}),
            "", person.name, Said(msgid("If nobody asks, nobody knows whether there was a reason.")), Said(msgid("Look")),
            url_for("alarms.list_alarms", state="waiting"), now,
        )  # fmt: skip


def _providers(person: Person, now: datetime) -> Iterable[Todo]:
    """For owners of the hub: accounts at providers that stay unwell, or told us to stop."""
    if not programs_policy.is_owner(person):
        return
    for account in health.unwell():
        title, told = Said(providers.provider(account.provider).title), health.checked(account).faults
        yield Todo(
            Kind.PROVIDER,
            Said(msgid("%(provider)s told us to stop") if account.stopped_at else msgid("%(provider)s does not work"), {"provider": title}),
            "", person.name, told[0] if told else Said(msgid("Meetings wait, or take a pasted link.")), Said(msgid("Look")),
            url_for("meetings.set_up"), account.stopped_at or account.checked_at or now,
        )  # fmt: skip


def _conduct(person: Person) -> Iterable[Todo]:
    """Reports and appeals that wait for this reader. Of one in which somebody is named there is no line for them."""
    for incident in conduct.waiting_for(person.id):
        what, label, end = (
            (msgid("Look at report %(code)s"), msgid("Look"), "conduct.show")
            if incident.state is IncidentState.REPORTED
            else (msgid("Hear the appeal in %(code)s"), msgid("Hear it"), "conduct.hear")
            if incident.second_id == person.id
            else (msgid("Choose who hears the appeal in %(code)s"), msgid("Choose"), "conduct.choose_second")
        )
        if incident.state is IncidentState.APPEALED and incident.second_id not in {None, person.id}:
            continue
        yield Todo(
            Kind.CONDUCT, Said(what, {"code": incident.code}), incident.program.name if incident.program else "", person.name,
            Said(msgid("If nobody acts, somebody waits for an answer.")), Said(label), url_for(end, code=incident.code),
            incident.due_at,
        )  # fmt: skip


def draft_count(person: Person) -> int:
    """How many unfinished cases of one's own there are."""
    chosen = select(func.count()).select_from(Case).where(Case.author_id == person.id, Case.state == CaseState.DRAFT)
    return db.session.scalar(chosen) or 0
