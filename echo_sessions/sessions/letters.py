"""Telling calendars: who must get which letter about a session now, in batches, exactly once each.

What a person's calendar was told stands on the invitation, written in the transaction that queues the letter.
So a batch can run twice, or be cut short between two, and nobody is told twice or forgotten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from echo_sessions import ids
from echo_sessions.database import db, transaction
from echo_sessions.jobs.models import Job
from echo_sessions.mail import entry
from echo_sessions.mail import service as mail
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState, thread_of
from echo_sessions.people.models import Person
from echo_sessions.sessions import emails, queries, updates
from echo_sessions.sessions.models import Invitation, Session
from echo_sessions.sessions.rules import Answer
from echo_sessions.sessions.updates import Method

BATCH = 40


@dataclass(frozen=True)
class Due:
    """One letter that must be written: to whom, and which. `principals`: whose diary the person keeps here; nobody's,
    where the session concerns the person."""

    person: Person
    method: Method
    invitation: Invitation | None
    principals: tuple[Person, ...] = ()


def tell(number: int, *, now: datetime, most: int = BATCH) -> int:
    """Write all letters that calendars need about the session with this id now; returns how many.

    Each batch is a transaction of its own and looks again at what its people were told and at the session itself.
    """
    session = db.session.get(Session, number)
    if session is None:
        return 0
    numbers = [item.person.id for item in due(session, now=now)]
    done = 0
    for at in range(0, len(numbers), most):
        with transaction():
            queries.hold(session)
            done += write(session, due(session, now=now, only=numbers[at : at + most]), now=now)
    return done


def due(session: Session, *, now: datetime, only: Iterable[int] | None = None) -> list[Due]:
    """Who must hear what about this session now, in a constant number of queries. Nothing when all calendars are right.

    Somebody without an address, and a session that was never published, need no letter.
    """
    if session.uid is None:
        return []
    numbers = None if only is None else list(only)
    told = queries.invitations_of(session.id, only=numbers)
    concerned = {person.id: person for person in queries.recipients(session, only=numbers)}
    keepers = queries.diary_keepers(session, only=numbers)
    kept = {person.id: tuple(principals) for person, principals in keepers.items()}
    known = concerned | {person.id: person for person in keepers}
    former = _former(told.values())
    announced = updates.Announced(
        state=session.state, starts_at=session.starts_at, ends_at=session.ends_at, changed_at=session.changed_at
    )
    window = timedelta(days=session.series.invite_days)
    found = []
    for number in sorted({*known, *told}):
        invitation, principals = told.get(number), kept.get(number, ())
        person = known.get(number) or told[number].person
        if not (invitation and invitation.method) and not person.address:
            continue
        recipient = updates.Recipient(
            belongs=number in known, wants_letters=bool(principals) or person.wants_invitations,
            otherwise=invitation is not None and invitation.for_ids != _ids(principals),
        )  # fmt: skip
        method = updates.needs_letter(_last(invitation), announced, recipient, now=now, window=window)
        if method is not None:
            if method is Method.CANCEL and not principals and invitation is not None:
                principals = tuple(former[each] for each in invitation.for_ids if each in former)
            found.append(Due(person, method, invitation, principals))
    return found


def leaving(session: Session, items: Sequence[Due]) -> list[Due]:
    """Those of the letters due that would be sent: not a CANCEL to somebody who never got the invitation."""
    before = _left(session, [_address(item) for item in items]) if items else {}

    def known(item: Due) -> bool:
        told = before.get(thread_of(session.uid or "", _address(item)))
        return item.method is Method.REQUEST or (told is not None and told.held)

    return [item for item in items if known(item)]


def write(session: Session, items: Sequence[Due], *, now: datetime) -> int:
    """Queue these letters and note what they tell; returns how many. The session is held (`queries.hold`).

    A CANCEL to somebody whose first letter has not left yet takes that letter back instead: they never knew.
    """
    if not items:
        return 0
    before = _left(session, [_address(item) for item in items])
    written = 0
    for item in items:
        invitation = item.invitation or _new(session, item.person)
        told = before.get(thread_of(session.uid or "", invitation.address))
        if item.method is Method.CANCEL and not (told and told.held):
            mail.withdraw(thread_of(session.uid or "", invitation.address))
            invitation.method = Method.CANCEL if told else None
            continue
        if item.method is Method.REQUEST and told is None:
            invitation.address = item.person.address or invitation.address
        if (
            _needs_higher(item, invitation)
            and invitation.sequence is not None
            and invitation.sequence >= session.sequence
        ):
            _raise_sequence(session)
        stamp = max(updates.dtstamp_after(invitation.dtstamp, now), session.changed_at)
        message = emails.calendar_letter(
            session, item.person, invitation, item.method, stamp=stamp, told=told, principals=item.principals
        )
        key = f"calendar:{invitation.code}:{int(stamp.timestamp())}"
        mail.queue(message, now=now, from_name=session.series.program.hub.name, key=key)
        invitation.method, invitation.sequence, invitation.dtstamp = item.method, session.sequence, stamp
        if bool(invitation.for_ids) != bool(item.principals):
            invitation.answer = Answer.NEEDS_ACTION
        invitation.for_ids = _ids(item.principals)
        written += 1
    return written


def _left(session: Session, addresses: Iterable[str]) -> dict[str, emails.Told]:
    """What these people's mail servers last got about the session, by thread.

    A letter that is being spoken to the server right now, or was when its worker died, counts as one that left: an
    update too many does no harm, an entry that nobody takes out does. Its job is locked, so that none of the others
    begins to leave before this transaction has ended.
    """
    threads = {thread_of(session.uid or "", address) for address in addresses}
    chosen = select(Letter.id, Letter.thread, Letter.state, Letter.calendar).where(Letter.thread.in_(threads))
    letters = db.session.execute(chosen.order_by(Letter.id)).all()
    unsure = {f"letter:{row.id}": row.id for row in letters if row.state is not LetterState.SENT}
    jobs = select(Job.key, Job.lease_token).where(Job.key.in_(unsure)).with_for_update(key_share=True)
    underway = {unsure[key] for key, token in db.session.execute(jobs) if key is not None and token is not None}
    last = {
        str(row.thread): row.calendar or b"" for row in letters if row.state is LetterState.SENT or row.id in underway
    }
    return {thread: _told(calendar) for thread, calendar in last.items()}


def _told(calendar: bytes) -> emails.Told:
    """What a calendar letter of ours said."""
    [shown] = entry.entries(calendar)
    held = shown.method == Method.REQUEST.value
    return emails.Told(held=held, title=shown.summary, starts_at=shown.starts_at, ends_at=shown.ends_at)


def _raise_sequence(session: Session) -> None:
    """The number that a CANCEL to one person needs. Not by way of the object: nobody's open form goes stale by it."""
    raised = updates.uninvited_sequence(session.sequence)
    db.session.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(sequence=raised)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(session)


def _needs_higher(item: Due, invitation: Invitation) -> bool:
    """Whether this letter needs a number of its own: a CANCEL, and one that gives or takes the personal way in, which is
    the entry's place."""
    held = invitation.method is Method.REQUEST
    return item.method is Method.CANCEL or (held and bool(invitation.for_ids) != bool(item.principals))


def _former(invitations: Iterable[Invitation]) -> dict[int, Person]:
    """Whoever's diary some entry stands for, by id: a letter that takes it out says whose it was."""
    numbers = {number for invitation in invitations for number in invitation.for_ids}
    if not numbers:
        return {}
    return {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(numbers))).unique()}


def _ids(people: Iterable[Person]) -> list[int]:
    return [person.id for person in people]


def _address(item: Due) -> str:
    return item.invitation.address if item.invitation else item.person.address or ""


def _new(session: Session, person: Person) -> Invitation:
    invitation = Invitation(
        code=ids.code("I"),
        session_id=session.id,
        person_id=person.id,
        address=person.address or "",
        answer=Answer.NEEDS_ACTION,
    )
    db.session.add(invitation)
    return invitation


def _last(invitation: Invitation | None) -> updates.InvitationState | None:
    if invitation is None or invitation.method is None or invitation.sequence is None or invitation.dtstamp is None:
        return None
    return updates.InvitationState(invitation.method, invitation.sequence, invitation.dtstamp)
