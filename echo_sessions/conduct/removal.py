"""What a removal takes from somebody, and how it is given back when an appeal reverses it.

The person's record, attendance and certificates stay: they are theirs. What is taken is written down by codes and
roles, so that exactly that can be given back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.people.models import Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import queries as programs
from echo_sessions.programs import service as program_verbs
from echo_sessions.programs.models import Program
from echo_sessions.programs.rules import EnrolmentState, Role

OVER = frozenset({EnrolmentState.LEFT, EnrolmentState.REMOVED})


def end_all(person: Person, program: Program | None, *, why: str, by: Person, now: datetime) -> dict[str, Any]:
    """End every part and role somebody has in the program (in all programs, where there is none), and a role for the
    whole hub with it. Returns what was ended; `why` is the code of the incident.

    Refused where the last person who runs a program, or the hub's last owner, would go.
    """
    within = [program.id] if program is not None else None
    ended: dict[str, Any] = {
        "enrolments": _end_enrolments(person, within, by=by, now=now),
        "memberships": _end_memberships(person, within, by=by, now=now),
        "staff": _end_staff(person, by=by, now=now),
    }
    audit.record(by.id, "person removed", person.code, at=now, why=why, program=program.code if program else None)
    return ended


def give_back(person: Person, ended: Mapping[str, Any], *, why: str, by: Person, now: datetime) -> None:
    """Give back exactly what a removal ended, unless somebody gave it back meanwhile."""
    for code, state, queued_at in ended.get("enrolments", ()):
        enrolment = programs.enrolment_by_code(code)
        if enrolment is not None:
            program_verbs.take_back_removal(
                enrolment, EnrolmentState(state), queued_at=_moment(queued_at), by=by, now=now
            )
    for code, role, specialty, ends_at in ended.get("memberships", ()):
        program, until = programs.program_by_code(code), _moment(ends_at)
        if program is not None and (until is None or until > now):
            program_verbs.appoint(
                program, person, Role(role), by=by, now=now, specialty=specialty, ends_at=until, tell=False
            )
    hub = people_queries.hub()
    if ended.get("staff") and hub is not None:
        people.appoint(person, hub, StaffRole(ended["staff"]), by=by, now=now)
    audit.record(by.id, "removal taken back", person.code, at=now, why=why)


def _end_enrolments(
    person: Person, within: Sequence[int] | None, *, by: Person, now: datetime
) -> list[tuple[str, str, str | None]]:
    ended = []
    for enrolment in programs.enrolments_of([person.id]):
        if enrolment.state in OVER or (within is not None and enrolment.series.program_id not in within):
            continue
        ended.append((enrolment.code, enrolment.state.value, _written(enrolment.queued_at)))
        program_verbs.remove(enrolment, by=by, now=now)
    return ended


def _end_memberships(
    person: Person, within: Sequence[int] | None, *, by: Person, now: datetime
) -> list[tuple[str, str, str | None, str | None]]:
    ended = []
    for membership in programs.memberships_of([person.id]):
        if within is not None and membership.program_id not in within:
            continue
        until = _written(membership.ends_at)
        ended.append((membership.program.code, membership.role.value, membership.specialty, until))
        program_verbs.dismiss(membership, by=by, now=now)
    return ended


def _end_staff(person: Person, *, by: Person, now: datetime) -> str | None:
    """A role for the whole hub would let somebody back into every program, so it ends too."""
    staff = people_queries.staff_role(person.id)
    if staff is None:
        return None
    owners = db.session.scalar(select(func.count()).select_from(Staff).where(Staff.role == StaffRole.OWNER)) or 0
    if staff.role is StaffRole.OWNER and owners < 2:
        raise Refused(
            "%(name)s is the hub's only owner. Appoint another owner first, so that the hub is not left without.",
            name=person.name,
        )
    role = staff.role.value
    db.session.execute(delete(Staff).where(Staff.id == staff.id))
    audit.record(by.id, "staff dismissed", person.code, at=now, was=role, became=None)
    return role


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
