"""Telling calendars: who must get which letter about a session now, in batches, exactly once each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.database import db
from echo_sessions.mail import service as mail
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from echo_sessions.people.models import Person
from echo_sessions.sessions import emails, queries, updates
from echo_sessions.sessions.models import Invitation, Session
from echo_sessions.sessions.rules import Answer, SessionState


@dataclass(frozen=True)
class Due:
    """One letter that must be written: to whom, and which."""

    person_id: int
    method: updates.Method


def due(session: Session, *, now: datetime) -> list[Due]:
    """Who must hear what about this session now. Nothing when all calendars are right."""
    told = queries.invitations_of(session.id)
    concerned = {person.id: person for person in queries.recipients(session)}
    announced = updates.Announced(
        state=session.state, starts_at=session.starts_at, ends_at=session.ends_at, changed_at=session.changed_at.replace(microsecond=0)
    )
    window = timedelta(days=session.series.invite_days)
    found = []
    for number in {*concerned, *told}:
        person = concerned.get(number)
        if person is not None and not person.address:
            continue
        recipient = updates.Recipient(belongs=person is not None, wants_letters=person.wants_invitations if person else True)
        method = updates.needs_letter(_last(told.get(number)), announced, recipient, now=now, window=window)
        if method is not None:
            found.append(Due(number, method))
    return sorted(found, key=lambda item: item.person_id)


def write(session: Session, item: Due, *, now: datetime) -> None:
    """Queue one calendar letter and note what it tells. Somebody whose only letter has not left yet is not
    cancelled but simply never told."""
    person = db.session.get_one(Person, item.person_id)
    invitation = queries.invitation(session.id, person.id)
    if invitation is None:
        invitation = Invitation(
            code=ids.code("I"), session_id=session.id, person_id=person.id, address=person.address or "", answer=Answer.NEEDS_ACTION
        )
        db.session.add(invitation)
    if item.method is updates.Method.CANCEL and not _has_left(session, invitation.address):
        mail.withdraw(f"{session.uid} {invitation.address}")
        invitation.method = None
        return
    if item.method is updates.Method.REQUEST and invitation.method is not updates.Method.REQUEST:
        invitation.address = person.address or invitation.address
    stamp = updates.dtstamp_after(invitation.dtstamp, now)
    message = emails.calendar_letter(session, person, invitation, item.method, stamp=stamp)
    key = f"calendar:{session.code}:{person.code}:{session.sequence}:{int(session.changed_at.timestamp())}:{item.method.value}"
    mail.queue(message, now=now, from_name=session.series.program.hub.name, key=key)
    invitation.method, invitation.sequence, invitation.dtstamp = item.method, session.sequence, stamp


def _last(invitation: Invitation | None) -> updates.InvitationState | None:
    if invitation is None or invitation.method is None or invitation.sequence is None or invitation.dtstamp is None:
        return None
    return updates.InvitationState(invitation.method, invitation.sequence, invitation.dtstamp)


def _has_left(session: Session, address: str) -> bool:
    """Whether any letter about this session has reached the person's mail server."""
    chosen = select(Letter.id).where(
        Letter.uid == session.uid, Letter.to_address == address, Letter.state == LetterState.SENT
    )
    return db.session.scalar(chosen.limit(1)) is not None


def is_told(session: Session) -> bool:
    """Whether there is anything to tell about this session."""
    return session.state is not SessionState.DRAFT and session.uid is not None
