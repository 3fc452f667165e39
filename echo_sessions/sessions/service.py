"""Verbs about a session: planning it, changing it, and everything that calendars must hear of."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import flag_modified

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.config import Settings
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import queries as meetings
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import Provider, Wanted
from echo_sessions.people.models import Person
from echo_sessions.programs import agreements
from echo_sessions.programs.models import Series
from echo_sessions.sessions import queries, rules, updates, wants
from echo_sessions.sessions.models import Block, Duty, Invitation, Session, Visit
from echo_sessions.sessions.rules import Answer, BlockKind, DutyRole, DutyState, SessionState, Timed


def make_sessions(
    series: Series, occurrences: Iterable[Timed], *, by: Person, now: datetime, title: str = ""
) -> list[Session]:
    """Draft sessions of a series, one for each occurrence, numbered on from those it has, with the usual run sheet."""
    last = db.session.scalar(select(func.max(Session.number)).where(Session.series_id == series.id)) or 0
    made = []
    for number, occurrence in enumerate(occurrences, start=last + 1):
        minutes = int((occurrence.ends_at - occurrence.starts_at).total_seconds() // 60)
        session = Session(
            code=ids.code("S"), series=series, number=number, title=title.strip(), starts_at=occurrence.starts_at,
            minutes=minutes, state=SessionState.DRAFT, created_at=now, changed_at=_whole(now),
        )  # fmt: skip
        for position, block in enumerate(usual_run_sheet(series, minutes)):
            session.blocks.append(
                Block(
                    position=position,
                    kind=block.kind,
                    title=block.title,
                    minutes=block.minutes,
                    recorded=block.recorded,
                )
            )
        made.append(session)
    db.session.add_all(made)
    db.session.flush()
    audit.record(by.id, "sessions planned", series.code, at=now, count=len(made))
    return made


def usual_run_sheet(series: Series, minutes: int) -> list[rules.Block]:
    """The series' own run sheet where it fits the length, else a sensible one with as many cases (two at most) as fit."""
    own = [
        rules.Block(BlockKind(row["kind"]), int(row["minutes"]), row.get("title", ""), bool(row.get("recorded")))
        for row in series.run_sheet
    ]
    if own and rules.run_sheet_problem(own, minutes) is None:
        return own
    for cases in (2, 1, 0):
        try:
            return rules.default_run_sheet(minutes, cases)
        except Refused:
            continue
    return [rules.Block(BlockKind.DISCUSSION, minutes)]


def schedule(session: Session, *, by: Person, now: datetime) -> None:
    """Publish a draft. From now on calendars may hold it, under a UID and an organizer that never change.

    The first of a program is refused while its trust page lacks something: nobody is asked into a room of nobody's.
    """
    queries.hold(session)
    if session.state is not SessionState.DRAFT:
        raise Refused("Session %(code)s is no draft any more; look at it again.", code=session.code)
    if session.starts_at <= now:
        raise Refused(
            "Session %(code)s lies in the past; give it a date ahead before publishing it.", code=session.code
        )
    if not queries.is_public(session.series.program_id):
        agreements.may_publish_dates(session.series.program)
    session.state = rules.move(session.state, SessionState.SCHEDULED)
    _name_for_calendars(session)
    session.changed_at = _whole(now)
    audit.record(by.id, "session published", session.code, at=now)
    wants.choose_usual(session)
    wants.want_meeting(session, now=now)
    tell_session(session, now=now)


def change(
    session: Session, *, title: str, starts_at: datetime, minutes: int, by: Person, now: datetime
) -> frozenset[updates.Change]:
    """Give a session another title, time or length, and let calendars follow. Returns what changed.

    A session that is over keeps its time; a new time lies ahead. With a new length the run sheet no longer adds up:
    its last block is stretched or cut where that is possible, and else it is left to be mended.
    """
    queries.hold(session)
    may_change(session, starts_at=starts_at, minutes=minutes, now=now)
    before = shown(session)
    old_start, old_minutes = session.starts_at, session.minutes
    session.title, session.starts_at, session.minutes = title.strip(), starts_at, minutes
    what = updates.changes(before, shown(session))
    if not what:
        return what
    if starts_at != old_start:
        session.previous_starts_at = old_start
    if minutes != old_minutes:
        _refit(session, minutes - old_minutes)
    wants.want_meeting(session, now=now)
    _announce(session, before, what, by=by, now=now, deed="session changed")
    return what


def may_change(session: Session, *, starts_at: datetime, minutes: int, now: datetime) -> None:
    """Refuses a time or length that this session cannot have."""
    moved, stretched = starts_at != session.starts_at, minutes != session.minutes
    if session.state is SessionState.CANCELLED:
        raise Refused("Session %(code)s is cancelled; restore it before changing it.", code=session.code)
    if not 10 <= minutes <= 720:
        raise Refused("A session lasts between 10 minutes and 12 hours.")
    if (moved or stretched) and session.state is SessionState.SCHEDULED and session.ends_at <= now:
        raise Refused("Session %(code)s is over, so its time stays as it was.", code=session.code)
    if moved and starts_at <= now:
        raise Refused("The new time lies in the past. Give a time ahead.")


def set_link(session: Session, url: str, *, by: Person, now: datetime) -> None:
    """Where the meeting is held, as a coordinator pasted it; empty takes the link away. Calendars carry only the
    personal way in, so nobody needs a letter. Where a provider makes the meeting, it stays, and is used again once the
    link is taken away."""
    session.meeting_url = pasted(url) if url.strip() else None
    wants.want_meeting(session, now=now)
    wants.give_links_soon(session, now=now)
    audit.record(by.id, "meeting link set" if url else "meeting link taken away", session.code, at=now)


def way_into_meeting(session: Session, person: Person) -> str | None:
    """The address for this person, to be given to nobody but them and only while the door is open: the pasted one, else
    their own link where there is one. None: see `entering.way_in`, which asks for one."""
    if session.meeting_url is not None:
        return session.meeting_url
    meeting = session.meeting
    if meeting is None or meeting.state is not MeetingState.MADE:
        return None
    link = meetings.link_of(meeting.id, person.id)
    return link.url if link is not None and link.revoked_at is None else None


def pasted(url: str) -> str:
    """An address that somebody pasted; refused when a browser could not safely be sent to it."""
    link: Provider = current_app.extensions["meetings"]["link"]
    wanted = Wanted(mark="", topic="", starts_at=datetime.min.replace(tzinfo=UTC), minutes=0, zone="UTC", pasted=url)
    return link.ensure_meeting(wanted).url


def cancel(session: Session, *, reason: str, by: Person, now: datetime) -> None:
    """Call a session off. Everybody whose calendar holds it is told; it stays visible as cancelled."""
    queries.hold(session)
    if session.starts_at <= now and session.state is SessionState.SCHEDULED:
        raise Refused("Session %(code)s has begun already, so it cannot be cancelled any more.", code=session.code)
    before = shown(session)
    session.state = rules.move(session.state, SessionState.CANCELLED)
    session.cancel_reason = reason.strip() or None
    wants.release_meeting(session, now=now)
    _announce(session, before, updates.changes(before, shown(session)), by=by, now=now, deed="session cancelled")


def restore(session: Session, *, by: Person, now: datetime) -> None:
    """Take a cancellation back; everybody who was told of it is invited anew. A draft that was cancelled is published."""
    queries.hold(session)
    if session.starts_at <= now:
        raise Refused("Session %(code)s would have begun already; plan another one instead.", code=session.code)
    before = shown(session)
    session.state = rules.move(session.state, SessionState.SCHEDULED)
    session.cancel_reason = None
    if session.uid is None:
        wants.choose_usual(session)
    _name_for_calendars(session)
    wants.want_meeting(session, now=now)
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
    dark = queries.dark_blocks(session.id)
    for position, block in enumerate(blocks):
        row = rows.get(block.id) if block.id is not None else None
        if row is None:
            row = Block(session_id=session.id)
            session.blocks.append(row)
        row.position, row.kind, row.minutes = position, block.kind, block.minutes
        row.title = row.title if row.id in dark else block.title.strip()  # its words are hidden, so nobody changed them
        row.recorded, row.owner_id = block.recorded, block.owner_id
    for row in list(session.blocks):
        if row.id is not None and row.id in rows and row not in kept:
            session.blocks.remove(row)
    flag_modified(session, "title")  # a run sheet is part of its session: a form about either goes stale by a save
    audit.record(by.id, "run sheet saved", session.code, at=now, blocks=len(blocks))


def offer_duty(
    session: Session | None, person: Person, role: DutyRole, *, by: Person, now: datetime, case_id: int | None = None,
    answer_by: datetime | None = None, site_id: int | None = None,
) -> Duty:  # fmt: skip
    """Ask somebody to take a part in a session, or for a case that has no session yet.

    Refused for a session that is cancelled or over, for somebody who was asked for the same already, and for one who
    has agreed to be elsewhere at that time. Asking again after a no makes the earlier link void.
    """
    if session is not None:
        if session.state is SessionState.CANCELLED or session.ends_at <= now:
            raise Refused("Session %(code)s is cancelled or over; nobody can be asked for it.", code=session.code)
        clash = next(iter(queries.clashes([person.id], session).get(person.id, {}).get(DutyState.ACCEPTED, ())), None)
        if clash is not None:
            raise Refused(
                "%(name)s has agreed to another session at that time: %(code)s. Ask somebody else, or move one of the two.",
                name=person.name, code=clash.code,
            )  # fmt: skip
    duty = queries.same_duty(session.id if session else None, person.id, role, case_id)
    if duty is not None and duty.state in {DutyState.OFFERED, DutyState.ACCEPTED}:
        raise Refused("%(name)s has been asked for this already.", name=person.name)
    if duty is None:
        duty = Duty(
            code=ids.code("D"), session_id=session.id if session else None, person=person, role=role, case_id=case_id,
            state=DutyState.OFFERED, link_generation=1, asked_at=now,
        )  # fmt: skip
        db.session.add(duty)
    else:
        duty.state = rules.move_duty(duty.state, DutyState.OFFERED)
        duty.link_generation += 1
    duty.asked_by_id, duty.asked_at, duty.answer_by = by.id, now, answer_by
    duty.answered_at = duty.note = duty.suggested = None
    duty.profession, duty.site_id = person.profession, site_id
    db.session.flush()
    audit.record(by.id, "duty offered", duty.code, at=now, role=role.value, session=session.code if session else None)
    return duty


def answer_duty(
    duty: Duty, state: DutyState, *, now: datetime, note: str | None = None, suggested: str | None = None
) -> bool:
    """Somebody's yes or no to a duty; a no may name a colleague. Their calendar follows. Whether the answer is another one.

    A yes is refused to somebody who has agreed to be elsewhere at that time; any answer once the session has begun.
    """
    session = duty.session
    if session is not None and (session.starts_at <= now or session.state is SessionState.CANCELLED):
        raise Refused("This session has begun or was cancelled, so the answer can no longer change.")
    if session is not None and state is DutyState.ACCEPTED:
        clashing = queries.clashes([duty.person_id], session).get(duty.person_id, {})
        if clashing.get(DutyState.ACCEPTED):
            raise Refused("You have agreed to another session at that time. Decline one of the two.")
    was, is_new = duty.state, duty.state is not state
    duty.state = rules.move_duty(duty.state, state) if is_new else state
    duty.answered_at, duty.note, duty.suggested = now, note or None, suggested or None
    audit.record(duty.person_id, f"duty {state.value}", duty.code, at=now, was=was, became=state)
    if session is not None and is_new:
        tell_session(session, now=now)
    return is_new


def withdraw_duty(duty: Duty, *, by: Person, now: datetime) -> None:
    """Take an offer or an agreement back."""
    was, duty.state = duty.state, rules.move_duty(duty.state, DutyState.WITHDRAWN)
    audit.record(by.id, "duty withdrawn", duty.code, at=now, was=was, became=duty.state)
    if duty.session is not None:
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


def record_visit(session: Session, person: Person, *, now: datetime, let_in: bool = True) -> None:
    """Somebody pressed at the open door and was sent in, or (not `let_in`) there was no way in for them: a click, which
    proves no presence."""
    db.session.add(Visit(session_id=session.id, person_id=person.id, at=now, let_in=let_in))


def tell_session(session: Session, *, now: datetime) -> None:
    """Queue the fan-out of letters about one session; it finds out itself who must hear what. Whoever it concerns gets a
    way in of their own, and nobody else."""
    jobs.queue("sessions.tell", {"session": session.id}, now=now)
    wants.give_links_soon(session, now=now)


def tell(series_id: int, *, now: datetime) -> None:
    """Queue the letters that follow from a change of who takes part: welcomes, first and last invitations."""
    jobs.queue("sessions.tell_series", {"series": series_id}, now=now)


def shown(session: Session) -> updates.Shown:
    """What calendars show of the session."""
    return updates.Shown(
        starts_at=session.starts_at, ends_at=session.ends_at, place="join", state=session.state, title=session.title,
    )  # fmt: skip


def _announce(
    session: Session, before: updates.Shown, what: frozenset[updates.Change], *, by: Person, now: datetime, deed: str
) -> None:
    """Number the change, mark it later than whatever was told before, and queue the letters."""
    session.sequence = updates.move_sequence(session.sequence, before, shown(session))
    last = max(filter(None, (session.changed_at, queries.last_told(session.id))))
    session.changed_at = updates.dtstamp_after(last, now)
    if updates.asks_again(what):
        db.session.execute(
            update(Invitation).where(Invitation.session_id == session.id).values(answer=Answer.NEEDS_ACTION)
        )
    audit.record(by.id, deed, session.code, at=now, what=sorted(what), sequence=session.sequence)
    if session.state is not SessionState.DRAFT:
        tell_session(session, now=now)


def _refit(session: Session, by: int) -> None:
    """Give or take the minutes at the last block without a case that can bear it."""
    for block in reversed(session.blocks):
        if block.kind is not BlockKind.CASE and block.minutes + by >= 1:
            block.minutes += by
            return


def _whole(moment: datetime) -> datetime:
    """The moment in whole seconds, as calendars tell it."""
    return moment.replace(microsecond=0)


def _name_for_calendars(session: Session) -> None:
    settings: Settings = current_app.extensions["settings"]
    session.uid = session.uid or f"{session.code.lower()}@{settings.host}"
    session.organizer = session.organizer or settings.mail_from


def _new_invitation(session: Session, person: Person) -> Invitation:
    invitation = Invitation(
        code=ids.code("I"),
        session_id=session.id,
        person_id=person.id,
        address=person.address or "",
        answer=Answer.NEEDS_ACTION,
    )
    db.session.add(invitation)
    return invitation
