"""Verbs about reports: sending one, deciding step by step, appealing, hearing the appeal.

The audit holds codes and steps only. That a report came in is noted without who sent it: an accused member of the
hub's staff may read the audit.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.conduct import emails, policy, queries, removal, rules
from echo_sessions.conduct.models import Incident, IncidentParty, IncidentStep
from echo_sessions.conduct.rules import STATE_OF, Deed, Desk, IncidentState, Step
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.models import Program
from echo_sessions.words import msgid

Letter = Any


def report(
    *, reporter: Person, text: str, now: datetime, program: Program | None = None, thing: str | None = None,
    about: Sequence[Person] = (), who: str = "", contact: bool = False,
) -> list[Incident]:  # fmt: skip
    """Send a report; one incident for each person named, or one about nobody yet. Those who handle it are told.

    Whoever is named, or could be meant by the name that was typed, is out from this moment. Refused without words.
    """
    words = text.strip()
    if not words:
        raise Refused(msgid("Say what happened, in your own words."))
    if any(person.id == reporter.id for person in about):
        raise Refused(msgid("A report is about somebody else. For a question about yourself write to the hub."))
    made, form = list[Incident](), ids.code("REP")
    named: list[Person | None] = [*about]
    for accused in named or [None]:
        incident = Incident(
            code=ids.code("INC"), report=form, program=program, thing=thing, who=who.strip() or None,
            text=words[: rules.TEXT_MOST], contact=contact, reporter_id=reporter.id, accused=accused,
            reported_at=now, due_at=now + rules.DECIDED_WITHIN, desk=Desk.PROGRAM,
        )  # fmt: skip
        db.session.add(incident)
        _keep_out(incident, named=[person.id for person in about], perhaps=_perhaps(program, who, reporter))
        made.append(incident)
    db.session.flush()
    for incident in made:
        _note(incident, Deed.REPORTED, by=None, now=now)
        audit.record(None, "incident reported", incident.code, at=now, desk=incident.desk.value)
        _tell(queries.handlers(incident), incident, emails.reported, now=now)
    return made


def name_person(incident: Incident, person: Person, *, by: Person, now: datetime) -> None:
    """Say whom a report is about. From now on that person is out, and whoever was kept away as a precaution is in again."""
    if incident.state is not IncidentState.REPORTED:
        raise Refused(msgid("A step was decided already; whom this report is about cannot change any more."))
    if person.id == incident.reporter_id:
        raise Refused(msgid("A report is about somebody else. For a question about yourself write to the hub."))
    incident.accused = person
    named = {party.person_id for party in incident.parties if party.named} | {person.id}
    incident.parties.clear()
    db.session.flush()
    _keep_out(incident, named=sorted(named), perhaps=())
    db.session.flush()
    _note(incident, Deed.NAMED, by=by, now=now)
    audit.record(by.id, "incident person named", incident.code, at=now)
    if not policy.may_handle(by, incident):
        _tell(queries.handlers(incident), incident, emails.reported, now=now)


def take_step(
    incident: Incident, step: Step, *, told: str, by: Person, now: datetime, note: str = "", because: str = ""
) -> IncidentStep:
    """Remind, warn or remove. `told` are the words the person concerned reads; a letter takes them there.

    Refused without a person or words for them, when a step is skipped without a reason, and when the report has moved
    on. A removal ends parts and roles in the program; see `removal`.
    """
    person = incident.accused
    if person is None:
        raise Refused(msgid("Say first whom this report is about."))
    if not told.strip():
        raise Refused(msgid("Write what %(name)s is told: what is expected from now on."), name=person.name)
    to = rules.move(incident.state, STATE_OF[step])
    rules.check_step(queries.taken(incident, now), step, because)
    ended = removal.end_all(person, incident.program, why=incident.code, by=by, now=now) if step is Step.REMOVAL else {}
    incident.state, incident.step, incident.decided_at, incident.due_at = to, step, now, None
    line = _note(incident, Deed(step.value), by=by, now=now, note=note, told=told, because=because, ended=ended)
    audit.record(by.id, f"incident {step.value}", incident.code, at=now, skipped=bool(because.strip()))
    _tell([person], incident, emails.decided, now=now)
    return line


def dismiss(incident: Incident, *, note: str, by: Person, now: datetime) -> None:
    """Nothing to do. Why, stands in the house; the person who was named hears nothing of it."""
    if not note.strip():
        raise Refused(msgid("Say why there is nothing to do: whoever looks at this later will ask."))
    incident.state = rules.move(incident.state, IncidentState.DISMISSED)
    incident.decided_at, incident.due_at = now, None
    _note(incident, Deed.DISMISSED, by=by, now=now, note=note)
    audit.record(by.id, "incident dismissed", incident.code, at=now)


def appeal(incident: Incident, *, text: str, by: Person, now: datetime) -> None:
    """The person concerned asks for a second look, within 30 days, once. Those who handle it choose who hears it."""
    if by.id != incident.accused_id:
        raise Refused(msgid("Only the person concerned may appeal."))
    rules.check_appeal(incident.state, incident.decided_at, now)
    if not text.strip():
        raise Refused(msgid("Say what should be looked at again."))
    incident.state = rules.move(incident.state, IncidentState.APPEALED)
    incident.appealed_at, incident.due_at = now, now + rules.SECOND_WITHIN
    _note(incident, Deed.APPEALED, by=by, now=now, note=text)
    audit.record(by.id, "incident appealed", incident.code, at=now)
    _tell(queries.handlers(incident), incident, emails.appealed, now=now)


def choose_second(incident: Incident, person: Person, *, by: Person | None, now: datetime) -> None:
    """Say who hears the appeal (`by` None: the house itself, when nobody chose in time).

    Refused for somebody inside the program or who took part in the incident, and once somebody is chosen.
    """
    if incident.state is not IncidentState.APPEALED or incident.second_id is not None:
        raise Refused(msgid("Nobody has to be chosen here any more."))
    if person.id not in {able.id for able in queries.second_people(incident)}:
        raise Refused(
            msgid("%(name)s is part of this program or took part in this. Choose somebody from outside."),
            name=person.name,
        )
    incident.second, incident.due_at = person, now + rules.HEARD_WITHIN
    _note(incident, Deed.SECOND, by=by, now=now)
    audit.record(by.id if by else None, "incident second person chosen", incident.code, at=now, person=person.code)
    _tell([person], incident, emails.to_hear, now=now)


def decide_appeal(
    incident: Incident, *, uphold: bool, told: str, by: Person, now: datetime, note: str = ""
) -> IncidentStep:
    """The second person's word, which is final. Reversing a removal gives back exactly what it ended."""
    if not policy.may_hear(by, incident):
        raise Refused(msgid("Only the person who was chosen hears this appeal, and only once."))
    if not told.strip():
        raise Refused(msgid("Write your reasons for the person who appealed."))
    deed = Deed.UPHELD if uphold else Deed.REVERSED
    incident.state, incident.due_at = rules.move(incident.state, IncidentState(deed.value)), None
    line = _note(incident, deed, by=by, now=now, note=note, told=told)
    audit.record(by.id, f"incident {deed.value}", incident.code, at=now)
    person = incident.accused
    assert person is not None
    if not uphold and incident.step is Step.REMOVAL:
        removal.give_back(person, ended_by(incident), why=incident.code, by=by, now=now)
    _tell([person], incident, emails.outcome, deed, now=now)
    return line


def ended_by(incident: Incident) -> dict[str, Any]:
    """What the removal in this incident ended."""
    return next((step.ended for step in queries.steps_of(incident.id) if step.deed is Deed.REMOVAL), {})


def assign_waiting(now: datetime) -> int:
    """Appeals for which nobody was chosen in time go to an owner of the hub, or whoever else is able; how many did."""
    count = 0
    for incident in queries.without_second(now - rules.SECOND_WITHIN):
        able = queries.second_people(incident)
        if able:
            choose_second(incident, able[0], by=None, now=now)
            count += 1
    return count


def _perhaps(program: Program | None, who: str, reporter: Person) -> frozenset[int]:
    """Who of those that would handle the report could be meant by a typed name."""
    if not who.strip():
        return frozenset()
    numbers = (queries.runners(program.id if program else None) | queries.staff()) - {reporter.id}
    return rules.meant(who, [(person.id, person.name) for person in queries.people_with(numbers)])


def _keep_out(incident: Incident, *, named: Iterable[int], perhaps: Iterable[int]) -> None:
    """Write down who learns nothing, and whose desk it is then."""
    sure = set(named)
    for number in sorted(sure | set(perhaps)):
        incident.parties.append(IncidentParty(person_id=number, named=number in sure))
    program_id = incident.program.id if incident.program is not None else None
    parties = frozenset(sure | set(perhaps))
    # The reporter does not judge either; but a report by somebody of the staff does not make it the owners' business.
    incident.desk = rules.desk(
        runners=queries.runners(program_id), owners=queries.staff(StaffRole.OWNER), staff=queries.staff(), out=parties
    )


def _note(
    incident: Incident, deed: Deed, *, by: Person | None, now: datetime, note: str = "", told: str = "", because: str = "",
    ended: dict[str, Any] | None = None,
) -> IncidentStep:  # fmt: skip
    line = IncidentStep(
        incident=incident, at=now, by_id=by.id if by else None, deed=deed, note=note.strip() or None,
        told=told.strip() or None, because=because.strip() or None, ended=ended or {},
    )  # fmt: skip
    db.session.add(line)
    db.session.flush()
    return line


def _tell(people: Iterable[Person], incident: Incident, letter: Letter, *values: Any, now: datetime) -> None:
    hub = queries.hub_of(incident)
    for person in people:
        if person.address:
            message: Message = letter(incident, person, *values)
            mail.queue(message, now=now, from_name=hub.name)
