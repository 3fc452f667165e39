"""Verbs about attendance: taking evidence, saying who somebody was, closing the register, correcting it.

Evidence is never changed: a file is withdrawn and stays, a decision is undone and stays. Every verb that touches an
open register locks its row first, so that nothing arrives while somebody closes. Names and addresses of the files
stay in the evidence; the audit has codes and figures only.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from echo_sessions.attendance import figures, guests, matching, presence, proposals, queries
from echo_sessions.attendance.evidence import seen_in
from echo_sessions.attendance.matching import Match, alias_key
from echo_sessions.attendance.models import (
    Alias,
    Attendance,
    Correction,
    Identification,
    Mark,
    Register,
    StayRow,
    Upload,
)
from echo_sessions.attendance.presence import BY_HAND, Seen, Verdict
from echo_sessions.attendance.register import Line, computed, standings_of
from echo_sessions.attendance.rules import Reading, RegisterState, Row, Source, identity_key
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused, Stale
from echo_sessions.files.models import File
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

KEY_MOST = 400


def take_upload(
    session: Session, *, file: File, file_name: str, reading: Reading, zone: str, by: Person, now: datetime,
    columns: Mapping[str, str] | None = None, open_until_end: bool = False, again: bool = False,
) -> Upload:  # fmt: skip
    """Add a file to the evidence and recognise whom it surely means; the rest waits for a person.

    The same bytes count once: a file that counts already is returned as it is and nothing else happens, unless
    `again` says that this reading (another zone, say) takes the place of the first. Refused before the session has
    begun, when it is cancelled, and once the register is closed.
    """
    lock_open(session, now=now)
    if session.starts_at > now:
        raise Refused("This session has not begun yet; there can be no report of it.")
    known = queries.counting(session.id, file.sha256)
    if known is not None and not again:
        db.session.delete(file)  # The sweep takes the object.
        return known
    if known is not None:
        withdraw_upload(known, by=by, now=now)
        db.session.flush()
    upload = Upload(
        session_id=session.id, file_id=file.id, sha256=file.sha256, file_name=file_name[-255:], provider=reading.provider.value,
        layout=reading.layout, zone=zone, date_order=reading.date_order, columns=dict(columns or {}),
        open_until_end=open_until_end, warnings=[str(said) for said in reading.warnings], rows=len(reading.rows),
        people=len({key_of(row) for row in reading.rows}), by_id=by.id, at=now,
    )  # fmt: skip
    db.session.add(upload)
    db.session.flush()
    if reading.rows:
        db.session.execute(insert(StayRow), [stay_values(row, upload) for row in reading.rows])
    audit.record(
        by.id, "attendance file taken", session.code, at=now, upload=upload.id, rows=upload.rows, people=upload.people
    )
    match(session, now=now)
    figures.note(session, now=now, upload=upload)
    return upload


def key_of(row: Row) -> str:
    """The identity of a row within its session; an overlong one is cut and told apart by its digest."""
    key = identity_key(row)
    if len(key) <= KEY_MOST:
        return key
    return key[: KEY_MOST - 17] + " " + hashlib.sha256(key.encode()).hexdigest()[:16]


def stay_values(row: Row, upload: Upload) -> dict[str, Any]:
    """A row of a file as a row of evidence. What no column holds is cut: the file itself is kept."""
    return {
        "upload_id": upload.id, "session_id": upload.session_id, "line": row.line, "identity": key_of(row),
        "written_name": row.name[:400], "names": list(row.names), "email": (row.email or "")[:320] or None,
        "registrant": (row.registrant or "")[:120] or None, "phone": (row.phone or "")[:40] or None, "joined": row.joined,
        "left": row.left, "claimed_minutes": None if row.claimed_minutes is None else f"{row.claimed_minutes:g}"[:20],
        "waiting_room": row.waiting_room, "instance": row.meeting[:120],
    }  # fmt: skip


def withdraw_upload(upload: Upload, *, by: Person, now: datetime) -> None:
    """The file stays and counts no more. Decisions about its people stay too, and hold again when it is put back."""
    lock_open(upload.session, now=now)
    if upload.withdrawn_at is None:
        upload.withdrawn_at, upload.withdrawn_by_id = now, by.id
        audit.record(by.id, "attendance file withdrawn", upload.session.code, at=now, upload=upload.id)
        figures.note(upload.session, now=now)


def restore_upload(upload: Upload, *, by: Person, now: datetime) -> None:
    """A withdrawn file counts again. Refused when the same file counts already in another reading."""
    lock_open(upload.session, now=now)
    if upload.withdrawn_at is None:
        return
    if queries.counting(upload.session_id, upload.sha256) is not None:
        raise Refused("The same file counts already, read anew. Withdraw that reading first.")
    if upload.source is not Source.FILE and queries.newest(upload).id != upload.id:
        raise Refused("The provider has told more since, and that is here too. Let the newer one count.")
    upload.withdrawn_at = upload.withdrawn_by_id = None
    audit.record(by.id, "attendance file counts again", upload.session.code, at=now, upload=upload.id)
    match(upload.session, now=now)
    figures.note(upload.session, now=now)


def match(session: Session, *, now: datetime) -> int:
    """Recognise whom the evidence surely means, among the identities about which nobody has said anything; how many.

    What a person undid is never decided by the house again.
    """
    lock_open(session, now=now)
    found = recognise(session, now=now)
    if found:
        figures.note(session, now=now)
    return found


def recognise(session: Session, *, now: datetime) -> int:
    """`match`, for whoever holds the register already, also a closed one: the decisions stay beside it."""
    seen = seen_in(session)
    decided = queries.ever_decided(session.id)
    fresh = {key for key in seen if key not in decided}
    if not fresh:
        return 0
    found = [
        {
            "session_id": session.id, "identity": one.key, "verdict": Verdict.PERSON.value, "person_id": one.person_id,
            "how": one.how.value, "by_id": None, "at": now,
        }
        for one in proposals.proposals(session, [proposals.identity_of(one) for one in seen.values()])
        if isinstance(one, Match) and one.sure and one.key in fresh
    ]  # fmt: skip
    if found:
        db.session.execute(insert(Identification), found)
    return len(found)


def identify(
    session: Session,
    identity: str,
    *,
    verdict: str,
    person: Person | None,
    by: Person,
    now: datetime,
    remember: bool = True,
) -> Identification:
    """Say who an identity of a session is: a person, an unnamed guest, nobody (a recorder), or a room.

    With `remember` the person is known by this name, address or number from now on, in every session. The same
    decision twice is one; another than the one that holds is refused: undo that first.
    """
    lock_open(session, now=now)
    kind = Verdict(verdict)
    if (kind is Verdict.PERSON) != (person is not None):
        raise ValueError("a person is named exactly when the verdict is person")
    seen = seen_in(session).get(identity)
    if seen is None:
        raise Refused("This line is not among the evidence any more; its file was withdrawn. Go back to the queue.")
    held = queries.decision(session.id, identity)
    if held is not None and (held.verdict, held.person_id) == (kind.value, person.id if person else None):
        return held
    if held is not None:
        raise Stale(
            "Somebody has settled this already, otherwise than you. Look at it in the register; undo it there first."
        )
    made = Identification(
        session_id=session.id, identity=identity, verdict=kind.value, person_id=person.id if person else None, how=BY_HAND,
        by_id=by.id, at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if person is not None and remember:
        _remember(seen, person, made, now=now)
    audit.record(
        by.id,
        f"attendance settled as {kind}",
        session.code,
        at=now,
        decision=made.id,
        person=person.code if person else None,
        was="waiting",
        became=kind,
    )
    figures.note(session, now=now)
    return made


def _keys(seen: Seen) -> list[str]:
    """Every mark by which an identity can be known again."""
    keys = [alias_key(text) for text in proposals.texts_of(proposals.identity_of(seen))]
    return [
        *dict.fromkeys(key[:KEY_MOST] for key in keys),
        *([proposals.REGISTRANT + seen.registrant] if seen.registrant else []),
    ]


def _remember(seen: Seen, person: Person, made: Identification, *, now: datetime) -> None:
    keys = _keys(seen)
    known = set(db.session.scalars(select(Alias.key).where(Alias.person_id == person.id, Alias.key.in_(keys))))
    db.session.add_all(
        Alias(person_id=person.id, key=key, identification_id=made.id, at=now)
        for key in dict.fromkeys(keys)
        if key not in known
    )


def undo(identification: Identification, *, by: Person, now: datetime) -> None:
    """Take a decision back: its line waits again, what was remembered by it is forgotten, so is who sat in the room.

    Whoever undoes a recognition by a remembered name says that the name is not theirs: it is forgotten too.
    """
    session = db.session.get_one(Session, identification.session_id)
    lock_open(session, now=now)
    if identification.undone_at is not None:
        return
    identification.undone_at, identification.undone_by_id = now, by.id
    db.session.execute(delete(Alias).where(Alias.identification_id == identification.id))
    if identification.how == matching.How.ALIAS:
        seen = seen_in(session).get(identification.identity)
        wrong = delete(Alias).where(
            Alias.person_id == identification.person_id, Alias.key.in_(_keys(seen) if seen else [])
        )
        db.session.execute(wrong)
    for mark in db.session.scalars(
        select(Mark).where(Mark.identification_id == identification.id, Mark.undone_at.is_(None))
    ):
        mark.undone_at, mark.undone_by_id = now, by.id
    figures.note(session, now=now)
    was = identification.verdict
    audit.record(
        by.id, "attendance decision undone", session.code, at=now, decision=identification.id, was=was, became="waiting"
    )


def close(session: Session, *, by: Person, now: datetime) -> Register:
    """Freeze who was there, for how long, in which role and from where, as of now. Only `correct` changes it after.

    Refused before the session is over, while identities wait, and when nobody was there for a whole minute.
    """
    register = lock_open(session, now=now)
    if session.ends_at > now:
        raise Refused("This session is not over yet. Close its register afterwards.")
    whole = computed(session)
    if whole.waiting:
        raise Refused(
            "%(count)s lines of the report wait for somebody to say who they are. Settle them first.",
            count=len(whole.waiting),
        )
    if not whole.present:
        raise Refused("Nobody is in this register yet. Upload the meeting's report, or add who was there by hand.")
    register.rows = [_row(line) for line in whole.present]
    register.state, register.closed_at, register.closed_by_id = RegisterState.CLOSED, now, by.id
    db.session.flush()
    guests.ask_guests(register, now=now)
    audit.record(
        by.id,
        "register closed",
        session.code,
        at=now,
        people=len(whole.present),
        minutes=sum(one.minutes for one in whole.present),
    )
    return register


def _row(line: Line) -> Attendance:
    return Attendance(
        person_id=line.person.id,
        minutes=line.minutes,
        facts=_facts(line),
        **_as_of_now(line.person, line.standing.role, line.standing.site),
    )


def _as_of_now(person: Person, role: str, site: Any) -> dict[str, Any]:
    return {
        "role": role, "profession": person.profession, "site_id": site.id if site else None,
        "region": site.region if site else None, "rural": site.rural if site else None,
    }  # fmt: skip


def _facts(line: Line) -> dict[str, Any]:
    """Where the minutes come from: figures, ids of the evidence, and who said what by hand."""
    return {
        "how": list(line.how),
        "measured": line.counted.measured,
        "claimed": line.counted.claimed,
        "stays": len(line.counted.stays),
        "uploads": sorted({upload for seen in (*line.seen, *line.rooms) for upload in seen.uploads}),
        "decisions": [decision.id for decision in line.decisions],
        "marks": [mark.id for mark in line.marks],
        "adjusted": line.counted.adjusted,
        "marked_by": sorted({mark.by.name for mark in line.marks}),
        "attested_by": [mark.attested_by for mark in line.marks if mark.attested_by],
        "reasons": [mark.reason for mark in line.marks],
    }


def correct(row: Attendance, minutes: int, reason: str, *, by: Person, now: datetime) -> Correction:
    """Change somebody's minutes in a closed register, on record and with a reason. Credit follows the correction."""
    session = _lock_closed(row.register)
    minutes = presence.clean_minutes(minutes, queries.window_of(session))
    reason = presence.clean_reason(reason)
    if minutes == row.minutes:
        raise Refused("The register says %(minutes)s minutes already; nothing was corrected.", minutes=minutes)
    correction = Correction(was=row.minutes, became=minutes, reason=reason, by_id=by.id, at=now)
    row.corrections.append(correction)
    row.minutes = minutes
    db.session.flush()
    audit.record(
        by.id, "attendance corrected", session.code, at=now, person=row.person.code, was=correction.was, became=minutes
    )
    return correction


def admit(register: Register, person: Person, minutes: int, reason: str, *, by: Person, now: datetime) -> Attendance:
    """Add somebody whom a closed register left out: a row of no minutes, corrected at once, so that both can be seen."""
    session = _lock_closed(register)
    if queries.row_of(session.id, person.id) is not None:
        raise Refused("%(name)s is in this register already; correct the minutes there.", name=person.name)
    standing = standings_of(session, [person.id])[person.id]
    facts = {
        "how": ["minutes"],
        "measured": 0,
        "adjusted": True,
        "marked_by": [by.name],
        "reasons": [presence.clean_reason(reason)],
    }
    row = Attendance(
        register=register, person=person, minutes=0, facts=facts, **_as_of_now(person, standing.role, standing.site)
    )
    db.session.add(row)
    db.session.flush()
    correct(row, minutes, reason, by=by, now=now)
    return row


def lock_open(session: Session, *, now: datetime) -> Register:
    """The register of a session that may still change, held until the transaction ends."""
    if session.state is not SessionState.SCHEDULED:
        raise Refused(
            "This session is %(state)s, so nobody attended it. Restore or schedule it first.", state=session.state
        )
    chosen = select(Register).where(Register.session_id == session.id).with_for_update(key_share=True)
    register = db.session.scalars(chosen).one_or_none()
    if register is None:
        register = Register(session_id=session.id)
        db.session.add(register)
        db.session.flush()
    if register.state is RegisterState.CLOSED:
        raise Refused("The register of this session is closed. Correct single rows there, with a reason.")
    return register


def _lock_closed(register: Register) -> Session:
    db.session.scalars(select(Register).where(Register.id == register.id).with_for_update(key_share=True)).one()
    if register.state is not RegisterState.CLOSED:
        raise Refused("This register is still open: change the minutes there.")
    return register.session
