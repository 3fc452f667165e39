"""Verbs about certificates: the trial run, issuing, taking back, issuing anew, and what a verifier is told.

Issuing freezes a snapshot; the PDF is made from it afterwards by a job. Nothing that was issued is edited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import current_app

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.certificates import queries, rules
from echo_sessions.certificates.facts import clean, read_facts
from echo_sessions.certificates.models import Certificate
from echo_sessions.certificates.rules import (
    CertificateKind,
    CertificateState,
    CreditFact,
    Facts,
    Registration,
    Replaced,
    RevocationReason,
    SessionFact,
    Signatory,
)
from echo_sessions.config import Settings
from echo_sessions.credit import queries as credit
from echo_sessions.credit.models import Award
from echo_sessions.credit.service import presented_minutes
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.files.models import File
from echo_sessions.jobs import service as jobs
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Series
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.models import Session
from echo_sessions.words import Said, msgid

GUEST = "guest"


@dataclass(frozen=True)
class Line:
    """One person in a trial run: what they would get and why, or why not.

    `activity` is the code of the session or series. `problem` set: nothing is issued to them. `notes` are worth
    knowing, and stop nothing.
    """

    person: Person
    activity: str
    kind: CertificateKind
    awards: tuple[Award, ...]
    minutes: int
    amount: Decimal
    why: Said
    problem: Said | None = None
    notes: tuple[Said, ...] = ()


def due(activity: Session | Series) -> list[Line]:
    """The trial run: everybody with an award for it, whether something is issued to them, and why.

    Refused while a register is open, since minutes could still change.
    """
    held = [activity] if isinstance(activity, Session) else list(sessions.of_series(activity.id))
    awards = queries.awards_of([session.id for session in held])
    if not awards:
        raise Refused("Nobody has an award for %(code)s yet. Close its register first.", code=activity.code)
    certified = queries.certified([award.id for award in awards])
    by_person: dict[int, list[Award]] = {}
    for award in awards:
        by_person.setdefault(award.person_id, []).append(award)
    lines = [_line(activity.code, found, certified) for found in by_person.values()]
    return sorted(lines, key=lambda line: (line.problem is not None, line.person.name.casefold()))


def issue(lines: Iterable[Line], *, by: Person | None, now: datetime) -> list[Certificate]:
    """Issue to everybody in the trial run whom nothing stops. Each certificate is frozen now and printed by a job,
    which also writes to its holder. Issuing the same again changes nothing."""
    made = []
    for line in lines:
        fresh = queries.certified([award.id for award in line.awards])
        if line.problem is None and not fresh:
            made.append(_issue(line, by=by, now=now))
    audit.record(
        by.id if by else None, "certificates issued", made[0].activity if made else "-", at=now, count=len(made)
    )
    return made


def record_printed(certificate: Certificate, file: File) -> None:
    """The PDF is stored."""
    certificate.file_id, certificate.held_because = file.id, None


def hold(certificate: Certificate, *, because: str) -> None:
    """It cannot be printed as it should be: a person must look before anything is sent."""
    certificate.held_because = because[:500]


def revoke(certificate: Certificate, reason: RevocationReason, *, by: Person, now: datetime) -> None:
    """Take a certificate back. Its code answers "revoked" for ever."""
    was = certificate.state
    certificate.state = rules.move(was, CertificateState.REVOKED)
    certificate.ended_at, certificate.ended_reason = now, reason.value
    audit.record(
        by.id, "certificate revoked", certificate.activity, at=now, certificate=certificate.code, reason=reason,
        was=was, became=CertificateState.REVOKED,
    )  # fmt: skip


def reissue(certificate: Certificate, *, by: Person, now: datetime) -> Certificate:
    """Another certificate in its place, from the awards and the printed name as they are now."""
    if certificate.state is not CertificateState.ISSUED:
        raise Refused(
            "Only a valid certificate can be replaced; this one is %(state)s.",
            state=Said(rules.STATE_WORDS[certificate.state]),
        )
    newest = {award.session_id: award for award in credit.of_person(certificate.person_id)}
    awards = tuple(newest.get(award.session_id, award) for award in certificate.awards)
    old = Replaced(number=certificate.code, issued_on=certificate.issued_at.date())
    line = _line(certificate.activity, list(awards), {})
    certificate.state = rules.move(certificate.state, CertificateState.SUPERSEDED)
    certificate.ended_at = now
    db.session.flush()
    made = _issue(line, by=by, now=now, replaces=old)
    certificate.replaced_by_id = made.id
    return made


def verify(code: str) -> dict[str, Any]:
    """What anybody is told about a code: its state, and what a valid certificate says.

    A superseded one tells no name (the holder may have changed it); an unknown one tells nothing.
    """
    certificate = queries.by_code(code)
    if certificate is None:
        return {"state": "unknown", "code": ids.certificate_code_as_typed(code)[:40]}
    answer: dict[str, Any] = {"code": certificate.code, "issued_on": certificate.issued_at.date().isoformat()}
    if certificate.state is CertificateState.SUPERSEDED:
        return answer | {"state": "superseded", "ended_on": _day(certificate.ended_at)}
    if certificate.state is CertificateState.REVOKED:
        return answer | {"state": "revoked", "ended_on": _day(certificate.ended_at), "reason": certificate.ended_reason}
    shown = ("name", "kind", "program", "title", "sessions", "credits", "provider", "lang", "dir")
    return (
        answer
        | {"state": "valid", "minutes": read_facts(certificate.snapshot).minutes}
        | {key: certificate.snapshot[key] for key in shown}
    )


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


def _line(activity: str, awards: Sequence[Award], certified: dict[int, Certificate]) -> Line:
    open_awards = tuple(award for award in awards if award.id not in certified and award.minutes > 0)
    amount = sum((award.claimed for award in open_awards), Decimal(0))
    minutes = sum(award.minutes for award in open_awards)
    person = awards[0].person
    presented = any(presented_minutes(award.session, person.id) > 0 for award in open_awards)
    kind = rules.kind_for(presented=presented and amount == 0, earned=amount)
    words = {
        "minutes": minutes,
        "amount": amount.normalize() if amount else 0,
        "type": open_awards[0].credit_type if open_awards else "",
    }
    why = (
        Said(msgid("%(minutes)s minutes earn %(amount)s %(type)s"), words)
        if amount
        else Said(msgid("%(minutes)s minutes, no credit"), words)
    )
    problem = None
    if all(award.id in certified for award in awards):
        problem = Said(msgid("Has a certificate already: %(code)s"), {"code": certified[awards[0].id].code})
    elif not open_awards:
        problem = Said(msgid("Was there for less than a minute"))
    elif all(award.role == GUEST for award in open_awards):
        problem = Said(msgid("Came as a guest; certificates go to enrolled people"))
    notes = () if person.address else (Said(msgid("Has no e-mail address: hand it over in another way")),)
    return Line(person, activity, kind, open_awards or tuple(awards), minutes, amount, why, problem, notes)


def _issue(line: Line, *, by: Person | None, now: datetime, replaces: Replaced | None = None) -> Certificate:
    code = ids.certificate_code()
    facts = facts_of(line, code=code, now=now, replaces=replaces)
    known = [
        c for c in queries.of_activity(line.activity) if c.person_id == line.person.id and c.kind == line.kind.value
    ]
    certificate = Certificate(
        code=code, person_id=line.person.id, activity=line.activity, kind=line.kind.value, number=len(known) + 1,
        snapshot=facts.as_json(), issued_at=now, issued_by_id=by.id if by else None,
    )  # fmt: skip
    certificate.awards = list(line.awards)
    db.session.add(certificate)
    db.session.flush()
    jobs.queue("certificates.print", {"certificate": certificate.id}, now=now, key=f"print:{certificate.code}")
    return certificate


def facts_of(line: Line, *, code: str, now: datetime, replaces: Replaced | None = None) -> Facts:
    """Everything that the certificate will say, from the awards and the person as they are now."""
    settings: Settings = current_app.extensions["settings"]
    person, first = line.person, line.awards[0]
    program, policy = first.session.series.program, next((a.policy for a in line.awards if a.policy is not None), None)
    single = len(line.awards) == 1
    credits: dict[str, CreditFact] = {}
    for award in line.awards:
        if award.claimed > 0 and award.policy is not None and award.credit_type:
            sofar = credits[award.credit_type].amount if award.credit_type in credits else Decimal(0)
            credits[award.credit_type] = CreditFact(award.credit_type, sofar + award.claimed, award.policy.statement)
    return Facts(
        name=clean(person.printed_name or person.name),
        kind=line.kind,
        program=program.name,
        title=_title(first.session) if single else f"{program.name}: {first.session.series.name}",
        sessions=[SessionFact(_title(a.session), credit.day_of(a.session), a.minutes) for a in line.awards],
        credits=list(credits.values()),
        provider=policy.provider if policy is not None else program.hub.name,
        signatory=Signatory(policy.signatory_name, policy.signatory_role)
        if policy is not None
        else Signatory(program.hub.contact_name, program.hub.name),
        registration=Registration(person.profession or "Registration", person.registration)
        if person.registration
        else None,
        issued_on=now.date(),
        number=code,
        verify_url=f"{settings.base_url}/verify/{code}",
        lang=person.language,
        replaces=replaces,
    )


def _title(session: Session) -> str:
    return session.title or f"{session.series.program.name} {session.number}"
