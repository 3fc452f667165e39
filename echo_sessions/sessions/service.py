"""Verbs about a session: planning it, changing it, and everything that calendars must hear of."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.config import Settings
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Series
from echo_sessions.sessions import queries, rules, updates
from echo_sessions.sessions.models import Block, Duty, Invitation, Session, Visit
from echo_sessions.sessions.rules import Answer, DutyRole, DutyState, SessionState

LINK_MOST = 2000


def make_sessions(
    series: Series, occurrences: Iterable[Any], *, by: Person, now: datetime, blocks: Sequence[rules.Block] | None = None
) -> list[Session]:
    """Draft sessions of a series, one for each occurrence (`starts_at`, `ends_at`), with the usual run sheet."""
    made = []
    for number, occurrence in enumerate(occurrences, start=1):
        minutes = int((occurrence.ends_at - occurrence.starts_at).total_seconds() // 60)
        session = Session(
            code=ids.code("S"), series_id=series.id, number=number, title="", starts_at=occurrence.starts_at, minutes=minutes,
            state=SessionState.DRAFT, created_at=now, changed_at=now,
        )  # fmt: skip
        _fill(session, blocks or rules.default_run_sheet(minutes, cases=2))
        made.append(session)
    db.session.add_all(made)
    db.session.flush()
    audit.record(by.id, "sessions planned", series.code, at=now, count=len(made))
    return made


def schedule(session: Session, *, by: Person, now: datetime) -> None:
    """Publish a draft. From now on calendars may hold it, under a UID and an organizer that never change."""
    session.state = rules.move(session.state, SessionState.SCHEDULED)
    if session.starts_at <= now:
        raise Refused("Session %(code)s lies in the past; give it a date ahead before publishing it.", code=session.code)
    _name_for_calendars(session)
    session.changed_at = now
    audit.record(by.id, "session scheduled", session.code, at=now)
    tell_session(session, now=now)


def change(session: Session, *, title: str, starts_at: datetime, minutes: int, by: Person, now: datetime) -> frozenset[updates.Change]:
    """Give a session another title, time or length, and let calendars follow. Returns what changed.

    A session that is over is not moved. A new length must be filled by the run sheet, which is stretched or cut
    at its last block of discussion when it can be, and else left to be mended.
    """
    if session.state is SessionState.CANCELLED:
        raise Refused("Session %(code)s is cancelled; restore it before changing it.", code=session.code)
    before = shown(session)
    moved = starts_at != session.starts_at
    if moved and session.ends_at <= now:
        raise Refused("Session %(code)s is over; it cannot be moved.", code=session.code)
    if moved and starts_at <= now and session.state is SessionState.SCHEDULED:
        raise Refused("The new time lies in the past. Give a time ahead.")
    if not 10 <= minutes <= 720:
        raise Refused("A session lasts between 10 minutes and 12 hours.")
    old_start = session.starts_at
    session.title, session.starts_at, session.minutes = title.strip(), starts_at, minutes
    what = updates.changes(before, shown(session))
    if not what:
        return what
    if moved:
        session.previous_starts_at = old_start
    _announce(session, before, what, by=by, now=now, deed="session changed")
    return what


def set_link(session: Session, url: str, *, by: Person, now: datetime) -> None:
    """Where the meeting is held, as a coordinator pasted it. Calendars carry only the personal way in, so a new
    address needs no letter."""
    url = url.strip()
    if not url.startswith(("https://", "http://")) or len(url) > LINK_MOST or any(letter.isspace() for letter in url):
        raise Refused("This is no web address. Paste the whole link of the meeting, beginning with https://")
    session.meeting_url, session.provider = url, "link"
    audit.record(by.id, "meeting link set", session.code, at=now)


def cancel(session: Session, *, reason: str, by: Person, now: datetime) -> None:
    """Call a session off. Everybody whose calendar holds it is told; it stays visible as cancelled."""
    if session.ends_at <= now and session.state is SessionState.SCHEDULED:
        raise Refused("Session %(code)s is over; it cannot be cancelled any more.", code=session.code)
    before = shown(session)
    session.state = rules.move(session.state, SessionState.CANCELLED)
    session.cancel_reason = reason.strip() or None
    _announce(session, before, updates.changes(before, shown(session)), by=by, now=now, deed="session cancelled")


def restore(session: Session, *, by: Person, now: datetime) -> None:
    """Take a cancellation back; everybody who was told of it is invited anew."""
    if session.starts_at <= now:
        raise Refused("Session %(code)s would have begun already; plan another one instead.", code=session.code)
    before = shown(session)
    session.state = rules.move(session.state, SessionState.SCHEDULED)
    session.cancel_reason = None
    _name_for_calendars(session)
    _announce(session, before, updates.changes(before, shown(session)), by=by, now=now, deed="session restored")


def save_run_sheet(session: Session, blocks: Sequence[rules.Block], *, by: Person, now: datetime) -> None:
    """Put a new run sheet in place of the old one. Its minutes must sum to the session's; a slot with a case stays.

    Each block carries the id of the row it was, or none; see `rules.Block`.
    """
    problem = rules.run_sheet_problem(blocks, session.minutes)
    if problem is not None:
        raise Refused(problem.message, **problem.values)
    rows = {block.id: block for block in session.blocks}
    kept = [rows[block.id] for block in blocks if block.id in rows]
    lost = [row for row in session.blocks if row not in kept and row.case_id is not None]
    if lost:
        raise Refused("A slot that has a case cannot be removed. Take the case out of it first.")
    for position, block in enumerate(blocks):
        row = rows.get(block.id) if block.id is not None else None
        if row is None:
            row = Block(session_id=session.id)
            session.blocks.append(row)
        row.position, row.kind, row.title, row.minutes = position, block.kind, block.title.strip(), block.minutes
        row.recorded, row.owner_id = block.recorded, block.owner_id
    for row in list(session.blocks):
        if row.id is not None and row.id in rows and row not in kept:
            session.blocks.remove(row)
    audit.record(by.id, "run sheet saved", session.code, at=now, blocks=len(blocks))


def offer_duty(
    session: Session, person: Person, role: DutyRole, *, by: Person, now: datetime, case_id: int | None = None,
    answer_by: datetime | None = None, site_id: int | None = None,
) -> Duty:  # fmt: skip
    """Ask somebody to take a part. Refused when they were asked for the same already."""
    if session.state is SessionState.CANCELLED:
        raise Refused("Session %(code)s is cancelled; nobody can be asked for it.", code=session.code)
    same = [d for d in session.duties if d.person_id == person.id and d.role is role and d.case_id == case_id]
    if any(duty.state in {DutyState.OFFERED, DutyState.ACCEPTED} for duty in same):
        raise Refused("%(name)s has been asked for this already.", name=person.name)
    duty = same[0] if same else Duty(code=ids.code("D"), session=session, person=person, role=role, case_id=case_id)
    if same:
        duty.state = rules.move_duty(duty.state, DutyState.OFFERED)
        duty.link_generation += 1
    duty.state, duty.asked_by_id, duty.asked_at, duty.answer_by = DutyState.OFFERED, by.id, now, answer_by
    duty.answered_at = duty.note = duty.suggested = None
    duty.profession, duty.site_id = person.profession, site_id
    db.session.add(duty)
    db.session.flush()
    audit.record(by.id, "duty offered", duty.code, at=now, role=role, session=session.code)
    return duty


def answer_duty(duty: Duty, state: DutyState, *, now: datetime, note: str | None = None, suggested: str | None = None) -> None:
    """Somebody's yes or no to a duty; a no may name a colleague. Their calendar follows."""
    if duty.session is not None and duty.session.ends_at <= now:
        raise Refused("This session is over, so the answer can no longer change.")
    duty.state = rules.move_duty(duty.state, state) if duty.state is not state else state
    duty.answered_at, duty.note, duty.suggested = now, note or None, suggested or None
    audit.record(duty.person_id, f"duty {state.value}", duty.code, at=now)
    if duty.session is not None:
        _uninvite_after(duty.session, [duty.person_id])
        tell_session(duty.session, now=now)


def withdraw_duty(duty: Duty, *, by: Person, now: datetime) -> None:
    """Take an offer or an agreement back."""
    duty.state = rules.move_duty(duty.state, DutyState.WITHDRAWN)
    audit.record(by.id, "duty withdrawn", duty.code, at=now)
    if duty.session is not None:
        _uninvite_after(duty.session, [duty.person_id])
        tell_session(duty.session, now=now)


def answer(session: Session, person: Person, given: Answer, *, now: datetime) -> Invitation:
    """Somebody's answer to the invitation. They may change their mind until the session is over."""
    if session.state is SessionState.CANCELLED:
        raise Refused("This session is cancelled, so no answer is needed.")
    if session.ends_at <= now:
        raise Refused("This session is over, so no answer is needed.")
    invitation = queries.invitation(session.id, person.id) or _new_invitation(session, person)
    invitation.answer, invitation.answered_at, invitation.answered_sequence = given, now, session.sequence
    return invitation


def record_visit(session: Session, person: Person, *, now: datetime) -> None:
    """Somebody went in by the personal link: a click, which proves no presence."""
    db.session.add(Visit(session_id=session.id, person_id=person.id, at=now))


def tell_session(session: Session, *, now: datetime) -> None:
    """Queue the fan-out of letters about one session; it finds out itself who must hear what."""
    jobs.queue("sessions.tell", {"session": session.id}, now=now)


def tell(series_id: int, *, now: datetime) -> None:
    """Queue the letters that follow from a change of who takes part: welcomes, first and last invitations."""
    jobs.queue("sessions.tell_series", {"series": series_id}, now=now)


def uninvite(series_id: int, person_ids: Sequence[int], *, now: datetime) -> None:
    """Raise the SEQUENCE of the coming sessions that these people's calendars hold, before they are told that
    they no longer belong: every CANCEL needs a number of its own."""
    chosen = select(Session).where(Session.series_id == series_id, Session.starts_at > now, Session.state == SessionState.SCHEDULED)
    for session in db.session.scalars(chosen).unique():
        _uninvite_after(session, person_ids)


def shown(session: Session) -> updates.Shown:
    """What calendars show of the session."""
    return updates.Shown(
        starts_at=session.starts_at, ends_at=session.ends_at, place="join", state=session.state, title=session.title,
    )  # fmt: skip


def _uninvite_after(session: Session, person_ids: Sequence[int]) -> None:
    db.session.flush()
    told = queries.invitations_of(session.id)
    for number in person_ids:
        invitation = told.get(number)
        if invitation is not None and invitation.method is updates.Method.REQUEST and not queries.belongs(number, session):
            session.sequence = updates.uninvited_sequence(session.sequence)


def _announce(session: Session, before: updates.Shown, what: frozenset[updates.Change], *, by: Person, now: datetime, deed: str) -> None:
    session.sequence = updates.move_sequence(session.sequence, before, shown(session))
    session.changed_at = now
    if updates.asks_again(what):
        db.session.execute(update(Invitation).where(Invitation.session_id == session.id).values(answer=Answer.NEEDS_ACTION))
    audit.record(by.id, deed, session.code, at=now, what=sorted(what), sequence=session.sequence)
    if session.state is not SessionState.DRAFT:
        tell_session(session, now=now)


def _name_for_calendars(session: Session) -> None:
    settings: Settings = current_app.extensions["settings"]
    session.uid = session.uid or f"{session.code.lower()}@{settings.host}"
    session.organizer = session.organizer or settings.mail_from


def _new_invitation(session: Session, person: Person) -> Invitation:
    invitation = Invitation(
        code=ids.code("I"), session_id=session.id, person_id=person.id, address=person.address or "", answer=Answer.NEEDS_ACTION
    )
    db.session.add(invitation)
    return invitation


def _fill(session: Session, blocks: Iterable[rules.Block]) -> None:
    for position, block in enumerate(blocks):
        session.blocks.append(
            Block(position=position, kind=block.kind, title=block.title, minutes=block.minutes, recorded=block.recorded)
        )


def people_of(session: Session) -> Sequence[Person]:
    """Whom a change of this session concerns."""
    return queries.recipients(session)


def runners_of(session: Session) -> Sequence[Person]:
    """Who runs the session's program."""
    return programs.runners_of(session.series.program_id)
