"""Verbs about checks of people: asked for, decided, vouched, taken back, undone, and told about in time."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.files.models import File
from echo_sessions.mail import service as mail
from echo_sessions.mail.rules import Message
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as program_policy
from echo_sessions.programs import service as programs
from echo_sessions.programs.models import Membership, Program
from echo_sessions.programs.rules import Role
from echo_sessions.verification import emails, policy, queries, rules
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import OPEN, Notice, Verdict, VerificationState, Way

VOUCHED_BY_ROLE = frozenset({Role.DIRECTOR, Role.COORDINATOR, Role.FACILITATOR, Role.EXPERT})
"""Whoever is appointed to one of these is known to the one who appoints."""


def ask(
    person: Person, *, program: Program | None, way: Way, now: datetime, body: str | None = None, number: str | None = None,
    file: File | None = None,
) -> Verification:  # fmt: skip
    """Somebody asks to be verified (or once more, from sixty days before the end).

    A request that is open is filled in anew, not doubled; what holds for longer stays as it is and is returned. A
    register needs its name and the number, an employer's letter its file. Whoever is asked to vouch gets a letter at
    once; those who check registers and letters get one letter a day. Answered within five days.
    """
    checks = queries.of_person(person.id)
    if not rules.may_ask(queries.stands(checks, now)):
        held = queries.holding(person.id, now)
        assert held is not None, "somebody stands as verified without a check that holds"
        return held
    row = next((one for one in reversed(checks) if one.state in OPEN), None)
    letter = file if file is not None else row.file if row is not None and way is Way.LETTER else None
    body, number = (body or "").strip() or None, (number or "").strip() or None
    rules.may_be_asked_for(way, body=body, number=number, has_letter=letter is not None)
    if row is None:
        row = Verification(code=ids.code("V"), person=person, asked_at=now, due_at=rules.due(now), way=way)
        db.session.add(row)
    row.program, row.way, row.state = program, way, VerificationState.WAITING
    row.body, row.number = (body, number) if way is Way.REGISTER else (body, None)
    row.file, row.asked_at, row.due_at, row.reason = letter if way is Way.LETTER else None, now, rules.due(now), None
    db.session.flush()
    audit.record(person.id, "verification asked for", row.code, at=now, way=way)
    if way in rules.VOUCHED:
        _ask_to_vouch(row, now=now)
    return row


def ask_on_enrolling(person: Person, *, program: Program, now: datetime) -> Verification | None:
    """Whoever names a register and the number while enrolling has asked by that; nothing for others, who choose a way on
    their own page, nor for who was ever checked."""
    if not (person.registration and person.registration_body) or queries.of_person(person.id):
        return None
    return ask(
        person, program=program, way=Way.REGISTER, body=person.registration_body, number=person.registration, now=now
    )


def decide(
    row: Verification,
    *,
    verdict: Verdict,
    by: Person,
    now: datetime,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """Say yes for twenty-four months, no, or what is still needed; the person is told at once, with the reason.

    Refused for the own check, for one that was decided meanwhile, for a no without words, and for a yes in the place of
    somebody who was asked to vouch. `note` is for the hub and is not told.
    """
    _others(row, by)
    rules.may_be_decided(row.state)
    rules.needs_reason(verdict, reason)
    if verdict is Verdict.VERIFIED and row.way in rules.VOUCHED and not policy.may_vouch(by, row.person, row.program):
        raise Refused(
            "Only the lead of the site or the program's director can vouch. Ask for a register number or a letter instead."
        )
    before = row.state
    row.state, row.verifier, row.decided_at = VerificationState(verdict.value), by, now
    row.note, row.reason = (note or "").strip() or row.note, (reason or "").strip() or None
    row.expires_at = rules.expires(now) if verdict is Verdict.VERIFIED else None
    if verdict is Verdict.MORE:
        row.verifier = row.decided_at = None
    audit.record(
        by.id,
        f"verification {verdict}",
        row.code,
        at=now,
        person=row.person.code,
        way=row.way,
        was=before,
        became=row.state,
    )
    letter = {Verdict.VERIFIED: emails.verified, Verdict.MORE: emails.more, Verdict.REFUSED: emails.refused}[verdict]
    _tell(row.person, partial(letter, row), now=now)


def vouch(
    person: Person, *, program: Program | None, by: Person, way: Way, now: datetime, row: Verification | None = None,
    note: str | None = None, tell: bool = True,
) -> Verification:  # fmt: skip
    """Somebody answers for a person whom they know: verified for twenty-four months, whatever was asked for before.

    Refused for oneself, and for a request (`row`) that somebody else has decided meanwhile. `way` says in which part: as
    the lead of the site or for the program. Who may do so is the edge's question (`policy.may_vouch`).
    """
    if row is not None:
        rules.may_be_decided(row.state)
    row = row or queries.open_of(person.id)
    if row is None:
        row = Verification(
            code=ids.code("V"), person=person, program=program, way=way, asked_at=now, due_at=rules.due(now)
        )
        db.session.add(row)
        db.session.flush()
    _others(row, by)
    row.way, row.state, row.verifier, row.decided_at = way, VerificationState.VERIFIED, by, now
    row.expires_at, row.note, row.reason = rules.expires(now), (note or "").strip() or row.note, None
    audit.record(by.id, "vouched", row.code, at=now, person=person.code, way=way)
    if tell:
        _tell(person, partial(emails.verified, row), now=now)
    return row


def appoint_and_vouch(
    program: Program, person: Person, role: Role, *, by: Person, now: datetime, specialty: str | None = None,
    ends_at: datetime | None = None, tell: bool = True,
) -> Membership:  # fmt: skip
    """Give a role in a program; whoever is made director, coordinator, facilitator or expert is vouched for by it.

    Not where a check holds already, and never by oneself. The letter about the role is the only one.
    """
    membership = programs.appoint(
        program, person, role, by=by, now=now, specialty=specialty, ends_at=ends_at, tell=tell
    )
    known = by.id == person.id or queries.is_verified(person.id, now)
    if role in VOUCHED_BY_ROLE and not known and program_policy.may_run(by, program):
        vouch(person, program=program, by=by, way=Way.DIRECTOR, now=now, tell=False)
    return membership


def pass_on(row: Verification, *, by: Person, now: datetime) -> None:
    """The lead of a site does not know this person, or will not answer for them: those who run the program decide."""
    _others(row, by)
    rules.may_be_decided(row.state)
    row.way = Way.DIRECTOR if row.way is Way.SITE_LEAD else row.way
    audit.record(by.id, "vouching passed on", row.code, at=now, person=row.person.code)
    if row.way is Way.DIRECTOR:
        _ask_to_vouch(row, now=now)


def revoke(row: Verification, *, reason: str, by: Person, now: datetime) -> None:
    """Take a verification back, now; the person is told why. Everything else of theirs that holds ends with it."""
    _others(row, by)
    if not reason.strip():
        raise Refused("Write why it is taken back; the person is told.")
    if not rules.holds(rules.Check(row.state, row.expires_at), now):
        raise Refused("This does not hold any more, so there is nothing to take back.")
    for held in queries.of_person(row.person_id):
        if rules.holds(rules.Check(held.state, held.expires_at), now):
            was = held.state
            held.state, held.expires_at, held.reason = VerificationState.ENDED, now, reason.strip()
            audit.record(
                by.id, "verification taken back", held.code, at=now, person=row.person.code, was=was, became=held.state
            )
    _tell(row.person, partial(emails.ended, row), now=now)


def undo(row: Verification, *, by: Person, now: datetime) -> None:
    """A decision was a mistake: it waits again, or, where it had been taken back, it holds again until its old end.

    The person is told. Refused where they asked anew meanwhile, since that is what is decided now.
    """
    _others(row, by)
    if row.state not in rules.DECIDED:
        raise Refused("Nothing was decided here yet, so there is nothing to undo.")
    newer = queries.open_of(row.person_id)
    if newer is not None:
        raise Refused("They have asked anew meanwhile: decide %(code)s instead.", code=newer.code)
    before, restored = row.state, row.state is VerificationState.ENDED and row.decided_at is not None
    if restored and row.decided_at is not None:
        row.state, row.expires_at, row.reason = VerificationState.VERIFIED, rules.expires(row.decided_at), None
    else:
        row.state, row.due_at = VerificationState.WAITING, rules.due(now)
        row.verifier = row.decided_at = row.expires_at = row.reason = None
    audit.record(
        by.id, "verification decision undone", row.code, at=now, person=row.person.code, was=before, became=row.state
    )
    _tell(row.person, partial(emails.verified if restored else emails.reopened, row), now=now)


def tell_of_ends(*, now: datetime) -> int:
    """Write to those whose verification ends in sixty days, in fourteen, or has ended; once each. Returns how many.

    Who has asked for the renewal already is not reminded, only told on the day that it is being checked.
    """
    told = 0
    for row in queries.ending(now, until=now + rules.TOLD_BEFORE[0], since=now - rules.TOLD_LATE):
        assert row.expires_at is not None, "chosen by its end"
        which = rules.notice(row.expires_at, now)
        renewing = queries.open_of(row.person_id) is not None
        if which is None or (renewing and which is not Notice.EXPIRED):
            continue
        letter = (
            partial(emails.expired, row, renewing=renewing)
            if which is Notice.EXPIRED
            else partial(emails.expiring, row)
        )
        end = row.expires_at.date().isoformat()
        told += _tell(row.person, letter, now=now, key=f"verification:{row.code}:{end}:{which}")
    return told


def tell_verifiers(*, now: datetime) -> int:
    """One letter to each who checks registers and letters, where something new has come; returns how many.

    Asked for once a day. What was written about once is not written about again: it stands on the page of today.
    """
    newest: dict[int, tuple[Person, Verification]] = {}
    for row in queries.asked_since(now - rules.CHECKED_WITHIN):
        if row.way not in rules.VOUCHED:
            newest |= {checker.id: (checker, row) for checker in queries.checkers_of(row)}
    told = 0
    for checker, row in newest.values():
        count, first = queries.waiting_for(checker.id)
        if first is not None:
            key = f"verification-asked:{checker.id}:{row.code}:{row.asked_at:%Y%m%d%H%M%S}"
            told += _tell(checker, partial(emails.asked, checker, count=count, first=first), now=now, key=key)
    return told


def _ask_to_vouch(row: Verification, *, now: datetime) -> None:
    """A letter to everybody who could vouch, once for each request and day."""
    for one in queries.checkers_of(row):
        key = f"verification-vouch:{row.code}:{row.way}:{one.id}:{now.date().isoformat()}"
        _tell(one, partial(emails.vouch, row, one), now=now, key=key)


def _others(row: Verification, by: Person) -> None:
    """Refuses to decide about oneself."""
    if by.id == row.person_id:
        raise Refused("Nobody verifies or vouches for themselves. Somebody else who runs the program does it.")


def _tell(person: Person, letter: Callable[..., Message], *, now: datetime, key: str | None = None) -> int:
    """Queue a letter to somebody, if they have an address; 1 when it is new."""
    hub = people.hub()
    if hub is None or not person.address:
        return 0
    return int(mail.queue(letter(hub=hub), now=now, from_name=hub.name, key=key) is not None)
