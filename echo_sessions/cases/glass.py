"""Breaking the glass: in an emergency somebody of the program reads a case before their time, and everybody concerned hears
of it at once."""

from datetime import datetime, timedelta

from echo_sessions import ids
from echo_sessions.alarms import queries as alarms
from echo_sessions.audit import service as audit
from echo_sessions.cases import emails, policy
from echo_sessions.cases.models import BrokenGlass, Case
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs

HOLDS = timedelta(minutes=60)
REASON_LEAST, REASON_MOST = 20, 500


def break_it(case: Case, *, reason: str, by: Person, now: datetime) -> BrokenGlass:
    """Open the case for `by`, for an hour. The author, those who run the program and the hub's owners get a letter: who and
    until when, neither the reason nor a word of the case. Refused to who may not, and with less than twenty letters."""
    if not policy.may_break_glass(by, case, now):
        raise Refused("This case cannot be opened in this way. Ask a coordinator of its program.")
    reason = reason.strip()
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise Refused("Say in %(least)s to %(most)s letters why it cannot wait.", least=REASON_LEAST, most=REASON_MOST)
    row = BrokenGlass(
        code=ids.code("BG"), case=case, person=by, role=policy.role_word(by, case, now), reason=reason, at=now, ends_at=now + HOLDS
    )  # fmt: skip
    db.session.add(row)
    audit.record(by.id, "glass broken", case.code, at=now, glass=row.code, minutes=int(HOLDS.total_seconds() // 60))
    told = {case.author_id: case.author}
    told |= {person.id: person for person in (*programs.runners_of(case.program_id), *alarms.told(by.id))}
    for person in told.values():
        if person.id != by.id and person.address:
            letter = emails.glass_broken(row, person)
            mail.queue(letter, now=now, from_name=case.program.hub.name, key=f"{row.code}:{person.id}")
    return row
