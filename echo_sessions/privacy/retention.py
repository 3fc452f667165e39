"""Clearing out what is past its time: counted and shown first, done a week later unless held back."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, func, or_, select, update

from echo_sessions.attendance.models import Attendance, StayRow
from echo_sessions.audit.models import Look
from echo_sessions.cases import drafting
from echo_sessions.cases import service as cases
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState
from echo_sessions.credit.models import Award
from echo_sessions.database import db
from echo_sessions.files.models import File
from echo_sessions.mail.models import Letter
from echo_sessions.meetings.models import Hook, Meeting, MeetingLink
from echo_sessions.people.models import Absence, Handover, OneTimeLink, Person, Staff
from echo_sessions.privacy import erasing
from echo_sessions.privacy.models import RetentionPeriod
from echo_sessions.privacy.rules import KINDS
from echo_sessions.programs.models import Enrolment, Membership
from echo_sessions.sessions.models import Companion, Duty, Invitation, Session, Shown, Visit
from echo_sessions.verification.models import Verification

AT_ONCE = 500
"""People erased and drafts deleted in one run at most; the rest waits for the next one."""


def periods() -> Mapping[str, int]:
    """For how many days each kind is kept: what the hub has set, else the usual."""
    own = {row.kind: row.days for row in db.session.scalars(select(RetentionPeriod))}
    return {kind.name: own.get(kind.name, kind.days) for kind in KINDS}


def old(now: datetime) -> dict[str, tuple[int, datetime]]:
    """How much of each kind is past its time, and the moment before which; kinds with nothing are left out."""
    days = periods()
    found = {}
    for kind in KINDS:
        before = now - timedelta(days=days[kind.name])
        chosen = CHOSEN[kind.name](before)
        count = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
        if count:
            found[kind.name] = (count, before)
    return found


def clear(name: str, before: datetime, *, now: datetime) -> int:
    """Clear out one kind up to that moment; returns how many. Done twice it finds nothing more."""
    return CLEARED[name](before, now)


def _links(before: datetime) -> Select[Any]:
    return select(OneTimeLink.id).where(OneTimeLink.ends_at < before)


def _letters(before: datetime) -> Select[Any]:
    return select(Letter.id).where(Letter.queued_at < before, Letter.text != "")


def _visits(before: datetime) -> Select[Any]:
    return select(Visit.id).where(Visit.at < before)


def _meeting_links(before: datetime) -> Select[Any]:
    return select(MeetingLink.id).join(Meeting).where(Meeting.starts_at < before)


def _hooks(before: datetime) -> Select[Any]:
    return select(Hook.id).where(Hook.received_at < before)


def _companions(before: datetime) -> Select[Any]:
    return select(Companion.id).where(Companion.at < before)


def _shown(before: datetime) -> Select[Any]:
    return select(Shown.id).where(Shown.at < before)


def _invitations(before: datetime) -> Select[Any]:
    return select(Invitation.id).join(Session).where(Session.starts_at < before)


def _looks(before: datetime) -> Select[Any]:
    return select(Look.id).where(Look.last_at < before)


def _absences(before: datetime) -> Select[Any]:
    return select(Absence.id).where(Absence.ends_at < before)


def _drafts(before: datetime) -> Select[Any]:
    return select(Case.id).where(
        Case.state == CaseState.DRAFT, Case.created_at < before, Case.id.not_in(drafting.touched_since(before))
    )


def _employers_letters(before: datetime) -> Select[Any]:
    ended = or_(
        Verification.expires_at < before, (Verification.expires_at.is_(None)) & (Verification.decided_at < before)
    )
    return select(Verification.id).where(Verification.file_id.is_not(None), ended)


def _evidence(before: datetime) -> Select[Any]:
    past = select(Session.id).where(Session.starts_at < before)
    named = or_(StayRow.email.is_not(None), StayRow.phone.is_not(None), StayRow.written_name != "")
    return select(StayRow.id).where(StayRow.session_id.in_(past), named)


def _people(before: datetime) -> Select[Any]:
    """Nothing since then: not added, enrolled, present, credited, asked or writing; and no role now."""
    held = (
        select(Attendance.person_id).join(Award, Award.attendance_id == Attendance.id).where(Award.awarded_at >= before),
        select(Enrolment.person_id).where(Enrolment.since >= before),
        select(Duty.person_id).where(Duty.asked_at >= before),
        select(Case.author_id).where(Case.state_since >= before),
        select(Membership.person_id),
        select(Staff.person_id),
    )  # fmt: skip
    chosen = select(Person.id).where(
        Person.created_at < before, Person.erased_at.is_(None), Person.merged_into_id.is_(None)
    )
    for people in held:
        chosen = chosen.where(Person.id.not_in(people))
    return chosen


def _clear_links(before: datetime, now: datetime) -> int:
    return _changed(delete(OneTimeLink).where(OneTimeLink.id.in_(_links(before))))


def _clear_letters(before: datetime, now: datetime) -> int:
    bare: dict[str, Any] = {"subject": "", "text": "", "html": "", "calendar": None, "to_name": ""}
    return _changed(update(Letter).where(Letter.id.in_(_letters(before))).values(**bare))


def _clear_visits(before: datetime, now: datetime) -> int:
    return _changed(delete(Visit).where(Visit.id.in_(_visits(before))))


def _clear_meeting_links(before: datetime, now: datetime) -> int:
    return _changed(delete(MeetingLink).where(MeetingLink.id.in_(_meeting_links(before))))


def _clear_hooks(before: datetime, now: datetime) -> int:
    """What attendance rests on it has kept as a file of its own."""
    return _changed(delete(Hook).where(Hook.id.in_(_hooks(before))))


def _clear_companions(before: datetime, now: datetime) -> int:
    return _changed(delete(Companion).where(Companion.id.in_(_companions(before))))


def _clear_shown(before: datetime, now: datetime) -> int:
    """The words themselves stay: they are about no participant."""
    return _changed(delete(Shown).where(Shown.id.in_(_shown(before))))


def _clear_invitations(before: datetime, now: datetime) -> int:
    return _changed(delete(Invitation).where(Invitation.id.in_(_invitations(before))))


def _clear_looks(before: datetime, now: datetime) -> int:
    return _changed(delete(Look).where(Look.id.in_(_looks(before))))


def _clear_absences(before: datetime, now: datetime) -> int:
    db.session.execute(delete(Handover).where(Handover.absence_id.in_(_absences(before))))
    return _changed(delete(Absence).where(Absence.id.in_(_absences(before))))


def _clear_drafts(before: datetime, now: datetime) -> int:
    found = db.session.scalars(select(Case).where(Case.id.in_(_drafts(before))).limit(AT_ONCE)).unique().all()
    for case in found:
        cases.delete_draft(case, by=case.author, now=now)
    return len(found)


def _clear_employers_letters(before: datetime, now: datetime) -> int:
    found = db.session.scalars(select(Verification).where(Verification.id.in_(_employers_letters(before)))).all()
    for verification in found:
        letter = db.session.get(File, verification.file_id)
        verification.file_id = None
        db.session.flush()
        if letter is not None:
            db.session.delete(letter)
    return len(found)


def _clear_evidence(before: datetime, now: datetime) -> int:
    bare: dict[str, Any] = {"email": None, "phone": None, "written_name": "", "names": []}
    return _changed(update(StayRow).where(StayRow.id.in_(_evidence(before))).values(**bare))


def _clear_people(before: datetime, now: datetime) -> int:
    found = db.session.scalars(select(Person).where(Person.id.in_(_people(before))).limit(AT_ONCE)).unique().all()
    for person in found:
        erasing.erase(person, by=None, now=now)
    return len(found)


CHOSEN: Mapping[str, Callable[[datetime], Select[Any]]] = {
    "links": _links, "letters": _letters, "visits": _visits, "meeting_links": _meeting_links, "hooks": _hooks, "companions": _companions, "shown": _shown, "invitations": _invitations, "looks": _looks,
    "absences": _absences, "drafts": _drafts,
    "employers_letters": _employers_letters, "evidence": _evidence, "people": _people,
}  # fmt: skip
CLEARED: Mapping[str, Callable[[datetime, datetime], int]] = {
    "links": _clear_links, "letters": _clear_letters, "visits": _clear_visits, "meeting_links": _clear_meeting_links, "hooks": _clear_hooks, "companions": _clear_companions, "shown": _clear_shown, "invitations": _clear_invitations,
    "looks": _clear_looks,
    "absences": _clear_absences, "drafts": _clear_drafts, "employers_letters": _clear_employers_letters, "evidence": _clear_evidence,
    "people": _clear_people,
}  # fmt: skip


def _changed(statement: Any) -> int:
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount
