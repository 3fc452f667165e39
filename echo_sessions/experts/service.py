"""Verbs about asking: somebody for a part in a session or for a case, their answer, and taking it back."""

from datetime import datetime

from echo_sessions.cases.models import Case
from echo_sessions.errors import Refused
from echo_sessions.experts import emails, queries, rules
from echo_sessions.mail import service as mail
from echo_sessions.mail.rules import Message
from echo_sessions.people import queries as people
from echo_sessions.people import service as people_service
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyRole, DutyState
from echo_sessions.verification import queries as checks
from echo_sessions.verification import service as verification
from echo_sessions.verification.rules import Way

READS_CASES = frozenset({DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT, DutyRole.SCRIBE})
"""Parts whose holders read the cases of their session."""


def ask(
    *, session: Session | None = None, case: Case | None = None, person: Person, role: DutyRole, by: Person, now: datetime,
    answer_by: datetime | None = None,
) -> Duty:  # fmt: skip
    """Ask somebody, by a letter with one link. Needs a session or a case; a case's own session is taken.

    Whoever asks vouches for who they are, where no check holds already: the panel reads cases. Refused for who brings the
    case, has agreed to be elsewhere at that time, was asked for the same already, or has no address.
    """
    if session is None and case is not None:
        session = case.session
    if session is None and case is None:
        raise ValueError("a part is in a session or for a case")
    if (role is DutyRole.CASE_EXPERT) != (case is not None):
        raise Refused("An expert for a case is asked for one case; other parts are in the session as a whole.")
    if case is not None and case.author_id == person.id:
        raise Refused("%(name)s brings this case, so cannot be its expert. Ask somebody else.", name=person.name)
    if not person.address:
        raise Refused("%(name)s has no e-mail address, so no letter can ask them. Add one first.", name=person.name)
    site = programs.enrolments_of([person.id])
    duty = sessions.offer_duty(
        session, person, role, by=by, now=now, case_id=case.id if case else None,
        answer_by=answer_by or rules.answer_by(now, session.starts_at if session else None),
        site_id=next((enrolment.site_id for enrolment in site if enrolment.site_id), None),
    )  # fmt: skip
    program = queries.program_of(duty)
    if role in READS_CASES and by.id != person.id and not checks.is_verified(person.id, now):
        verification.vouch(person, program=program, by=by, way=Way.DIRECTOR, now=now, tell=False)
    _send(emails.asked(duty, program, case), duty, "asked", now)
    return duty


def answer(
    duty: Duty, state: DutyState, *, now: datetime, note: str = "", colleague: str | None = None, page: str = ""
) -> None:
    """Somebody's yes or no. A yes is thanked for and goes into their calendar; a no is told to who asked, once.

    Refused once the session has begun, and when the hub has taken the question back.
    """
    if duty.state is DutyState.WITHDRAWN:
        raise Refused("The hub has taken this question back, so no answer is needed. Thank you all the same.")
    is_new = sessions.answer_duty(duty, state, now=now, note=note.strip()[: rules.NOTE_MOST], suggested=colleague)
    program, case = queries.program_of(duty), queries.duty_line(duty)
    if state is DutyState.ACCEPTED and is_new:
        _send(emails.thanks(duty, program, case), duty, "thanks", now)
    if state is DutyState.DECLINED and (is_new or colleague):
        for person in _askers(duty, program, now):
            key = f"declined:{duty.code}:{duty.link_generation}:{int(now.timestamp())}:{person.code}"
            mail.queue(emails.declined(duty, person, program, case, page), now=now, from_name=program.hub.name, key=key)


def withdraw(duty: Duty, *, by: Person, now: datetime) -> None:
    """Take the question or the agreement back and tell them by letter."""
    sessions.withdraw_duty(duty, by=by, now=now)
    if duty.person.address:
        _send(emails.withdrawn(duty, queries.program_of(duty), queries.duty_line(duty)), duty, "withdrawn", now)


def ask_suggested(duty: Duty, *, by: Person, now: datetime) -> Duty:
    """Ask the colleague whom somebody named when saying no, for the same part; they are added if the hub does not know them."""
    if duty.state is not DutyState.DECLINED or not duty.suggested:
        raise Refused("Nobody was suggested for this part.")
    name, email = rules.suggested(duty.suggested)
    person = known_or_new(name=name, email=email, zone=queries.program_of(duty).hub.zone, by=by, now=now)
    found = ask(session=duty.session, case=queries.duty_line(duty), person=person, role=duty.role, by=by, now=now)
    duty.suggested = None
    return found


def known_or_new(*, name: str, email: str, zone: str, by: Person, now: datetime) -> Person:
    """The person with this address, added under this name if there is none."""
    return people.by_address(email) or people_service.add_person(name=name, email=email, zone=zone, by=by, now=now)


def _askers(duty: Duty, program: Program, now: datetime) -> list[Person]:
    """Who asked, or their deputy while they are away, if they can be reached; else all who run the program."""
    if duty.asked_by is not None:
        here = people.deputies([duty.asked_by.id], now).get(duty.asked_by.id, duty.asked_by)
        if here.address:
            return [here]
    return [person for person in programs.to_tell(program.id, now) if person.address]


def _send(message: Message, duty: Duty, what: str, now: datetime) -> None:
    key = f"duty:{duty.code}:{duty.link_generation}:{what}:{int(now.timestamp())}"
    mail.queue(message, now=now, from_name=queries.program_of(duty).hub.name, key=key)
