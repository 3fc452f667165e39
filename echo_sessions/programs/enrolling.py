"""Verbs of enrolment: by link and letter, by invitation, by the hub's hand, with approval; and leaving.

Whatever a stranger types changes nothing that is known of anybody: only the letter's link proves who it was. States and
their moves are `rules.MOVES`; places and the list of those who wait are `waiting`.
"""

from datetime import datetime, timedelta

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.people.rules import clean_name
from echo_sessions.programs import emails, queries, rules, waiting
from echo_sessions.programs.models import Enrolment, Series, Site, Statement
from echo_sessions.programs.rules import EnrolmentState, Freed, How

USED = "This link has been used or has ended. Ask for a new one."
ENDED = "Your place in this series was ended by the hub. Write to the hub if you would like to come back."
NOT_ACCEPTED = "Your wish to take part in this series was not accepted. Write to the hub if that surprises you."


def enrol(
    series: Series, person: Person, *, by: Person | None, now: datetime, site: Site | None = None,
    statement: Statement | None = None, how: How = How.HAND,
) -> Enrolment:  # fmt: skip
    """Give somebody a place, or the end of the waiting list where the series is full. Whoever does this has approved it.

    Enrolling twice changes nothing but what was empty. `by` None: the house itself, for the person.
    """
    enrolment = queries.enrolment_of(series.id, person.id)
    if enrolment is not None and enrolment.state in rules.IN_PLACE:
        enrolment.site = enrolment.site or site
        return enrolment
    enrolment = _row(series, person, enrolment, how=how, site=site, now=now)
    state = waiting.give_place(enrolment, now=now)
    _accepts(enrolment, statement, now=now)
    _note(by or person, f"enrolment {state}", enrolment, now=now)
    return enrolment


def join(
    series: Series, person: Person, *, statement: Statement | None, now: datetime, site: Site | None = None
) -> Enrolment:
    """Somebody who is signed in, and so is known and proved, takes part by the public link.

    Where the program wants to approve, they wait for that. Refused for whom the hub has removed or declined, and where
    enrolment is closed; an invitation opens it for whom it was written to.
    """
    enrolment = queries.enrolment_of(series.id, person.id)
    if enrolment is not None:
        _may_come(enrolment)
    invited = enrolment is not None and enrolment.state is EnrolmentState.INVITED
    if not series.enrolment_open and not invited:
        raise Refused("Enrolment in this series is closed. Write to the hub if you would like to take part.")
    if enrolment is not None and enrolment.state in rules.IN_PLACE | {EnrolmentState.APPROVAL}:
        enrolment.site = enrolment.site or site
        return enrolment
    how = How.INVITATION if invited else How.LINK
    enrolment = _row(series, person, enrolment, how=how, site=site, now=now)
    _accepts(enrolment, statement, now=now)
    _come_in(enrolment, invited=invited, now=now)
    return enrolment


def ask_to_enrol(
    series: Series, statement: Statement, *, email: str, name: str, profession: str | None, site: Site | None, zone: str,
    language: str, person: Person | None, now: datetime,
) -> None:  # fmt: skip
    """Somebody filled in the enrolment page: a letter goes to that address, whoever it belongs to.

    Nothing that is known about a person (`person`: who has this address) is changed by what a stranger typed. A
    new letter to the same person leaves only after ten minutes. Refused when enrolment is closed.
    """
    if not series.enrolment_open:
        raise Refused("Enrolment in this series is closed. Write to the hub if you would like to take part.")
    if person is None:
        person = people.add_person(name=name, email=email, profession=profession, zone=zone, language=language, now=now)
    enrolment = queries.enrolment_of(series.id, person.id)
    if enrolment is None:
        enrolment = _row(series, person, None, how=How.LINK, site=site, now=now)
        enrolment.statement_id = statement.id
        audit.record(None, "enrolment asked", enrolment.code, at=now, series=series.code)
    _write_about(enrolment, now=now)


def invite(series: Series, person: Person, *, by: Person, now: datetime) -> Enrolment:
    """Ask somebody to take part: a letter with a one-time link. They take part once they accept the statement there.

    Again for who was invited before sends a new letter. Whoever has a place keeps it; who left, was removed or declined
    may be invited again. An invitation is the approval where a series needs one.
    """
    enrolment = queries.enrolment_of(series.id, person.id)
    if enrolment is not None and enrolment.state in rules.IN_PLACE:
        return enrolment
    if enrolment is not None and enrolment.state is EnrolmentState.APPROVAL:
        raise Refused("%(name)s has asked already and waits for your approval.", name=person.name)
    if not person.address:
        raise Refused("%(name)s has no e-mail address, so no letter can be sent.", name=person.name)
    if enrolment is None or enrolment.state is not EnrolmentState.INVITED:
        enrolment = _row(series, person, enrolment, how=How.INVITATION, site=None, now=now)
        if enrolment.state is not EnrolmentState.INVITED:
            enrolment.state, enrolment.since = rules.move(enrolment.state, EnrolmentState.INVITED), now
        _note(by, "enrolment invited", enrolment, now=now)
    _write_about(enrolment, now=now)
    return enrolment


def confirm(
    token: str, *, now: datetime, name: str | None = None, site: Site | None = None, statement: Statement | None = None
) -> Enrolment:
    """The link from the letter: the address is proved, there is an account, and the person takes part, waits for a
    place, or waits for approval.

    Only now is the statement accepted: whoever filled in the page may not have been the owner of the mailbox. `name`,
    `site`: what whoever was invited said of themselves. Refused when the link was used or has ended, or when the hub
    has removed or declined the person meanwhile.
    """
    link = people.use_link(token, purpose=rules.CONFIRM_PURPOSE, now=now)
    enrolment = queries.enrolment_by_code(link.about or "")
    if enrolment is None or enrolment.person_id != link.person_id:
        raise Refused(USED)
    _may_come(enrolment)
    people.open_account(link.person, now=now)
    if name:
        link.person.name = clean_name(name)
    if enrolment.state in rules.IN_PLACE | {EnrolmentState.APPROVAL}:
        return enrolment
    enrolment.site = site or enrolment.site
    if enrolment.site is not None:
        enrolment.site.proposed = False
    if statement is not None:
        enrolment.statement_id = statement.id
    enrolment.accepted_at = now if enrolment.statement_id else None
    _come_in(enrolment, invited=enrolment.state is EnrolmentState.INVITED, now=now)
    return enrolment


def approve(enrolment: Enrolment, *, by: Person, now: datetime) -> EnrolmentState:
    """Say yes to who has asked: they take part, or wait where the series is full; told by letter either way."""
    _waits_for_approval(enrolment)
    state = waiting.give_place(enrolment, now=now)
    if state is EnrolmentState.ACTIVE:
        waiting.tell_place(enrolment, why=Freed.APPROVED, now=now)
    _note(by, "enrolment approved", enrolment, now=now, state=state)
    return state


def decline(enrolment: Enrolment, *, sentence: str, by: Person, now: datetime) -> None:
    """Say no to who has asked, with a sentence that their letter carries. Refused without one."""
    _waits_for_approval(enrolment)
    if not sentence.strip():
        raise Refused("Write a sentence that says why; the letter carries it.")
    enrolment.state, enrolment.since = rules.move(enrolment.state, EnrolmentState.DECLINED), now
    _note(by, "enrolment declined", enrolment, now=now)
    if enrolment.person.address:
        message = emails.declined(enrolment, sentence.strip())
        mail.queue(message, now=now, from_name=enrolment.series.program.hub.name)


def leave(enrolment: Enrolment, *, by: Person, now: datetime) -> None:
    """The person's own goodbye: no more invitations to this series; attendance and credit stay."""
    _end(enrolment, EnrolmentState.LEFT, by=by, now=now)


def remove(enrolment: Enrolment, *, by: Person, now: datetime) -> None:
    """The hub takes somebody out of a series: no more invitations; attendance and credit stay."""
    _end(enrolment, EnrolmentState.REMOVED, by=by, now=now)


def take_back_removal(
    enrolment: Enrolment, state: EnrolmentState, *, by: Person, now: datetime, queued_at: datetime | None = None
) -> None:
    """An appeal has reversed a removal: the enrolment stands as it stood before, whatever the rules of moving say, and
    whoever waited for a place waits at the same place of the list. A series may have one too many then.

    Somebody who was let in again meanwhile stays as they are.
    """
    if enrolment.state is EnrolmentState.REMOVED:
        enrolment.state, enrolment.since, enrolment.queued_at = state, now, queued_at
        _note(by, "enrolment removal taken back", enrolment, now=now)


def change_site(person: Person, site: Site | None, *, by: Person, now: datetime) -> int:
    """Somebody works elsewhere now: in every series they take part in or are on the way to. Returns in how many.

    What was attended before keeps the site of its day.
    """
    changed = 0
    for enrolment in queries.enrolments_of([person.id]):
        if enrolment.state in rules.IN_PLACE | rules.BEFORE and enrolment.site_id != (site.id if site else None):
            enrolment.site = site
            changed += 1
    if changed:
        audit.record(by.id, "site changed", person.code, at=now, site=site.code if site else None, places=changed)
    return changed


def _row(
    series: Series, person: Person, known: Enrolment | None, *, how: How, site: Site | None, now: datetime
) -> Enrolment:
    """The person's row in this series, made when there is none; then it is on the way in, and nothing more yet."""
    if known is not None:
        known.how, known.site = how, site or known.site
        return known
    state = EnrolmentState.INVITED if how is How.INVITATION else EnrolmentState.ASKED
    enrolment = Enrolment(
        code=ids.code("E"), series=series, person=person, site=site, state=state, since=now, how=how
    )  # fmt: skip
    db.session.add(enrolment)
    db.session.flush()
    return enrolment


def _come_in(enrolment: Enrolment, *, invited: bool, now: datetime) -> None:
    """Somebody has proved who they are and accepted: to the approval where the series needs one, else to a place."""
    if enrolment.series.by_approval and not invited:
        enrolment.state, enrolment.since = rules.move(enrolment.state, EnrolmentState.APPROVAL), now
        _ask_for_approval(enrolment, now=now)
    else:
        waiting.give_place(enrolment, now=now)
    _note(enrolment.person, f"enrolment {enrolment.state}", enrolment, now=now)


def _ask_for_approval(enrolment: Enrolment, *, now: datetime) -> None:
    """Letters to both sides: to the person that somebody decides, and to those who do."""
    hub, series = enrolment.series.program.hub, enrolment.series
    stamp = int(now.timestamp())
    if enrolment.person.address:
        key = f"approval:{enrolment.code}:{stamp}"
        mail.queue(emails.waits_for_approval(enrolment), now=now, from_name=hub.name, key=key)
    for runner in queries.to_tell(series.program_id, now):
        if runner.address and runner.id != enrolment.person_id:
            key = f"approval:{enrolment.code}:{stamp}:{runner.code}"
            mail.queue(emails.approval_asked(series.program, runner), now=now, from_name=hub.name, key=key)


def _write_about(enrolment: Enrolment, *, now: datetime) -> None:
    """The letter that fits how the enrolment stands, at most one in ten minutes."""
    person = enrolment.person
    if not person.address:
        return
    slot = int(now.timestamp() // rules.LETTERS_APART.total_seconds())
    key, hub = f"enrolment:{enrolment.code}:{enrolment.state}:{slot}", enrolment.series.program.hub
    if enrolment.state is EnrolmentState.INVITED:
        token = _link(enrolment, now=now, lives=rules.INVITATION_LIVES)
        mail.queue(emails.invited(enrolment, token), now=now, from_name=hub.name, key=key)
    elif enrolment.state in {EnrolmentState.ASKED, EnrolmentState.LEFT}:
        token = _link(enrolment, now=now, lives=rules.CONFIRM_LIVES)
        mail.queue(emails.confirm_enrolment(enrolment, token), now=now, from_name=hub.name, key=key)
    else:
        mail.queue(
            emails.enrolment_stands(enrolment, waiting.standing(enrolment)), now=now, from_name=hub.name, key=key
        )


def _link(enrolment: Enrolment, *, now: datetime, lives: timedelta) -> str:
    return people.make_link(
        enrolment.person, purpose=rules.CONFIRM_PURPOSE, now=now, lives=lives, about=enrolment.code
    )  # fmt: skip


def _accepts(enrolment: Enrolment, statement: Statement | None, *, now: datetime) -> None:
    if statement is not None:
        enrolment.statement_id, enrolment.accepted_at = statement.id, now
    if enrolment.site is not None:
        enrolment.site.proposed = False


def _may_come(enrolment: Enrolment) -> None:
    """Refuses whom the hub has removed or declined: only the hub brings them back."""
    if enrolment.state is EnrolmentState.REMOVED:
        raise Refused(ENDED)
    if enrolment.state is EnrolmentState.DECLINED:
        raise Refused(NOT_ACCEPTED)


def _waits_for_approval(enrolment: Enrolment) -> None:
    if enrolment.state is not EnrolmentState.APPROVAL:
        raise Refused("%(name)s does not wait for an approval any more.", name=enrolment.person.name)


def _end(enrolment: Enrolment, state: EnrolmentState, *, by: Person, now: datetime) -> None:
    """Out of the series, or off its waiting list; a place that frees is the next one's."""
    waiting.hold(enrolment.series)
    was, had_place = enrolment.state, enrolment.state is EnrolmentState.ACTIVE
    enrolment.state, enrolment.since, enrolment.queued_at = rules.move(enrolment.state, state), now, None
    _note(by, f"enrolment {state}", enrolment, now=now, was=was, became=state)
    if had_place:
        waiting.move_up(enrolment.series, now=now)


def _note(by: Person, deed: str, enrolment: Enrolment, *, now: datetime, **facts: object) -> None:
    person, series = enrolment.person.code, enrolment.series.code
    audit.record(by.id, deed, enrolment.code, at=now, series=series, person=person, how=enrolment.how, **facts)
