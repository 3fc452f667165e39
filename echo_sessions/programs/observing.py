"""Verbs about observers: somebody asks to look on, proves the address, and whoever runs the program decides.

Nobody becomes an observer by asking. The membership is made by `approve` alone.
"""

from datetime import datetime

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.programs import emails, queries, rules
from echo_sessions.programs.models import Membership, ObserverRequest, Program
from echo_sessions.programs.rules import ObserverState, Role

USED = "This link has been used or has ended. Ask for a new one."


def ask(
    program: Program, *, email: str, name: str, profession: str | None, why: str, zone: str, language: str,
    person: Person | None, now: datetime,
) -> None:  # fmt: skip
    """Somebody would like to look on: a letter goes to that address, whoever it belongs to.

    Its link proves who asks; only then do those who run the program hear of it. `person`: who has this address; nothing
    of theirs is changed.
    """
    if person is None:
        person = people.add_person(name=name, email=email, profession=profession, zone=zone, language=language, now=now)
    request = _request(program, person, why=why, now=now)
    if not person.address:
        return
    slot = int(now.timestamp() // rules.LETTERS_APART.total_seconds())
    token = people.make_link(
        person, purpose=rules.OBSERVE_PURPOSE, now=now, lives=rules.CONFIRM_LIVES, about=request.code
    )
    message, key = emails.confirm_observing(request, token), f"observe:{request.code}:{slot}"
    mail.queue(message, now=now, from_name=program.hub.name, key=key)


def ask_as(program: Program, person: Person, *, why: str, now: datetime) -> ObserverRequest:
    """The same by somebody who is signed in, and needs no letter."""
    request = _request(program, person, why=why, now=now)
    if request.state is ObserverState.ASKED:
        _hand_on(request, now=now)
    return request


def confirm(token: str, *, now: datetime) -> ObserverRequest:
    """The link from the letter: those who run the program are told that somebody waits. Refused when used or ended."""
    link = people.use_link(token, purpose=rules.OBSERVE_PURPOSE, now=now)
    request = queries.observer_request(link.about or "")
    if request is None or request.person_id != link.person_id:
        raise Refused(USED)
    if request.state is ObserverState.ASKED:
        _hand_on(request, now=now)
    return request


def approve(request: ObserverRequest, *, by: Person, now: datetime) -> Membership:
    """They may look on: a membership, and a letter."""
    _waits(request)
    membership = queries.membership_of(request.program_id, request.person_id, Role.OBSERVER)
    if membership is None:
        membership = Membership(program=request.program, person=request.person, role=Role.OBSERVER, since=now)
        db.session.add(membership)
        db.session.flush()
    _decide(request, ObserverState.APPROVED, by=by, now=now)
    if request.person.address:
        mail.queue(emails.appointed(membership), now=now, from_name=request.program.hub.name)
    return membership


def decline(request: ObserverRequest, *, sentence: str, by: Person, now: datetime) -> None:
    """They may not, with a sentence that the letter carries. Refused without one."""
    _waits(request)
    if not sentence.strip():
        raise Refused("Write a sentence that says why; the letter carries it.")
    _decide(request, ObserverState.DECLINED, by=by, now=now)
    if request.person.address:
        message = emails.observer_declined(request, sentence.strip())
        mail.queue(message, now=now, from_name=request.program.hub.name)


def _request(program: Program, person: Person, *, why: str, now: datetime) -> ObserverRequest:
    """The one row for this person and program. Who asks again after a no, or after the role was taken back, waits anew."""
    request = queries.observer_request_of(program.id, person.id)
    if request is None:
        request = ObserverRequest(
            code=ids.code("OB"), program=program, person=person, state=ObserverState.ASKED, why=why, asked_at=now
        )
        db.session.add(request)
        db.session.flush()
    elif request.state in {ObserverState.DECLINED, ObserverState.APPROVED}:
        is_observer = queries.membership_of(program.id, person.id, Role.OBSERVER) is not None
        if not is_observer:
            request.state, request.why, request.asked_at = ObserverState.ASKED, why, now
    return request


def _hand_on(request: ObserverRequest, *, now: datetime) -> None:
    request.state = ObserverState.WAITING
    audit.record(request.person_id, "asked to observe", request.code, at=now, program=request.program.code)
    for runner in queries.to_tell(request.program_id, now):
        if runner.address and runner.id != request.person_id:
            key = f"observe:{request.code}:{int(now.timestamp())}:{runner.code}"
            message = emails.approval_asked(request.program, runner)
            mail.queue(message, now=now, from_name=request.program.hub.name, key=key)


def _decide(request: ObserverRequest, state: ObserverState, *, by: Person, now: datetime) -> None:
    was = request.state
    request.state, request.decided_at, request.by_id = state, now, by.id
    audit.record(
        by.id, f"observer {state}", request.code, at=now, program=request.program.code, person=request.person.code,
        was=was, became=state,
    )  # fmt: skip


def _waits(request: ObserverRequest) -> None:
    if request.state is not ObserverState.WAITING:
        raise Refused("%(name)s does not wait for an approval any more.", name=request.person.name)
