"""Verbs about two records of one person: merging, undoing it exactly, and saying that two are not the same.

Everything a merge changes is written down step by step (`journal.py`). Nothing is thrown away: a row that has no room
beside the kept person's own is kept whole in the merge.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, func, select

from echo_sessions import ids
from echo_sessions.attendance.matching import alias_key
from echo_sessions.attendance.models import Alias
from echo_sessions.audit import service as audit
from echo_sessions.certificates.models import Certificate
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.merging import attendances, journal, queries, rules
from echo_sessions.merging.journal import Journal
from echo_sessions.merging.models import Merge, NotSame
from echo_sessions.people.models import Account, Address, CodeAsk, OneTimeLink, Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.models import Enrolment, Series
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.models import Invitation, Session
from echo_sessions.sessions.rules import Answer
from echo_sessions.words import Said, msgid

KEY_MOST = 400


def merge(kept: Person, gone: Person, *, by: Person, now: datetime) -> Merge:
    """Take one record into the other: everything of it names the kept person from now on.

    Its lasting links go on working and lead to the kept person; one-time links end. Refused for the same record twice, for
    one that was erased, and for one that was merged already.
    """
    _hold(kept, gone)
    rules.may_be_one(queries.record_of(kept), queries.record_of(gone))
    db.session.flush()
    notes = Journal()
    said = _accounts_and_links(notes, kept, gone, now=now)
    for column in journal.moving(rules.FATES):
        said += _move(notes, column, kept, gone)
    said += _loose_ends(notes, kept, gone, now=now)
    _fill(notes, kept, gone)
    db.session.expire_all()
    said += attendances.move(notes, kept, gone, by=by, now=now)
    notes.set("people", gone.id, "merged_into_id", kept.id)
    db.session.expire_all()
    _follow_primary(notes, kept)
    made = Merge(
        code=ids.code("MRG", 6), kept_id=kept.id, gone_id=gone.id, by_id=by.id, at=now, steps=notes.steps,
        said=[rules.kept_words(one) for one in said],
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(by.id, "records merged", kept.code, at=now, merge=made.code, gone=gone.code, steps=len(notes.steps))
    audit.record(by.id, "merged into another record", gone.code, at=now, merge=made.code, kept=kept.code)
    _tell(notes.steps, now=now)
    attendances.note_figures(kept, gone, now=now)
    db.session.expire_all()
    return made


def undo(merge: Merge, *, by: Person, now: datetime) -> list[Said]:
    """Give everything back that is as the merge left it; sentences about what is not. What came since stays with the kept
    record. Refused twice, after an erasure, and while a later merge of the kept record stands."""
    kept, gone = merge.kept, merge.gone
    _hold(kept, gone)
    may_undo(merge)
    db.session.flush()
    steps, lost = list(merge.steps or ()), []
    _make_room(steps, kept)
    stuck = {
        step["group"] for step in steps if step.get("group") and not journal.can_go_back(step, steps, gone.id)
    }  # fmt: skip
    for code in sorted(stuck):
        lost.append(_said_stuck(code, kept))
    for step in reversed(steps):
        if step.get("group") in stuck:
            continue
        if journal.can_go_back(step, steps, gone.id):
            journal.go_back(step)
        elif (sentence := _said_changed(step, kept)) is not None and sentence not in lost:
            lost.append(sentence)
    db.session.expire_all()
    lost += queries.certified_since(merge)
    for person in (kept, gone):
        _follow_primary(Journal(), person)
    merge.undone_at, merge.undone_by_id = now, by.id
    merge.lost = [rules.kept_words(one) for one in lost]
    db.session.flush()
    audit.record(by.id, "merge undone", kept.code, at=now, merge=merge.code, gone=gone.code, left=len(lost))
    audit.record(by.id, "merge undone", gone.code, at=now, merge=merge.code, kept=kept.code)
    _tell(steps, now=now)
    attendances.note_figures(kept, gone, now=now)
    db.session.expire_all()
    return lost


def may_undo(merge: Merge) -> None:
    """Refuses what cannot be undone at all."""
    if merge.undone_at is not None:
        raise Refused("This merge was undone already.")
    for person in (merge.kept, merge.gone):
        if person.erased_at is not None:
            raise Refused("%(name)s was erased since; there is nothing left to give back.", name=person.name)
    if merge.kept.merged_into_id is not None:
        raise Refused("%(name)s was merged into another record since. Undo that merge first.", name=merge.kept.name)
    later = queries.later_merge(merge)
    if later is not None:
        raise Refused(
            "%(name)s was merged into the same record later. Undo that merge first: %(code)s.", name=later.gone.name, code=later.code
        )  # fmt: skip


def not_the_same(one: Person, other: Person, *, by: Person, now: datetime) -> None:
    """Keep the word that these two are different people; they are not shown as alike any more."""
    if one.id == other.id:
        raise Refused("Both are the same record; choose another one to merge it with.")
    first, second = rules.pair(one.id, other.id)
    if queries.dismissal(first, second) is None:
        db.session.add(NotSame(one_id=first, other_id=second, by_id=by.id, at=now))
        audit.record(by.id, "said not to be the same", one.code, at=now, other=other.code)


def forget_alias(person: Person, number: int, *, by: Person, now: datetime) -> None:
    """A name that is not theirs: attendance under it is asked about again from now on. Settled sessions stay settled."""
    alias = db.session.scalars(select(Alias).where(Alias.id == number, Alias.person_id == person.id)).one_or_none()
    if alias is not None:
        db.session.delete(alias)
        audit.record(by.id, "known name forgotten", person.code, at=now)


def _hold(kept: Person, gone: Person) -> None:
    """Nobody else merges or changes either of them meanwhile."""
    both = select(Person).where(Person.id.in_([kept.id, gone.id])).order_by(Person.id)
    db.session.scalars(both.with_for_update(key_share=True).execution_options(populate_existing=True)).unique().all()


def _accounts_and_links(notes: Journal, kept: Person, gone: Person, *, now: datetime) -> list[Said]:
    """The kept person's account and primary address stay; what they lack is the other's. One-time links on their way end."""
    for link in db.session.scalars(
        select(OneTimeLink).where(
            OneTimeLink.person_id == gone.id, OneTimeLink.used_at.is_(None), OneTimeLink.ends_at > now
        )
    ).all():
        notes.set("one_time_links", link.id, "ends_at", now)
    for ask in db.session.scalars(select(CodeAsk).where(CodeAsk.person_id == gone.id, CodeAsk.ends_at > now)).all():
        notes.set("code_asks", ask.id, "ends_at", now)
    if kept.addresses:
        for address in gone.addresses:
            notes.set("addresses", address.id, "primary", False)
    theirs = db.session.scalars(select(Account).where(Account.person_id == gone.id)).one_or_none()
    if theirs is None:
        return []
    if db.session.scalar(select(Account.id).where(Account.person_id == kept.id)) is None:
        notes.set("accounts", theirs.id, "person_id", kept.id)
        return []
    notes.set("accounts", theirs.id, "active", False)
    notes.set("accounts", theirs.id, "email", f"closed-{gone.code.lower()}@closed.invalid")
    return [
        Said(msgid("Both can sign in. %(name)s goes on with the own account; that of the other record is closed."), {"name": kept.name})
    ]  # fmt: skip


def _move(notes: Journal, column: Column[Any], kept: Person, gone: Person) -> list[Said]:
    """The rows of one column; those for which there is no room come together with the kept person's own."""
    name, said = column.table.name, []
    for row in journal.rows_of(column, gone.id):
        twin = journal.twin_of(column, row, kept.id)
        if twin is not None and name in rules.NUMBERED:
            taken = select(func.max(Certificate.number)).where(
                Certificate.person_id.in_([kept.id, gone.id]), Certificate.activity == row["activity"], Certificate.kind == row["kind"]
            )  # fmt: skip
            notes.set(name, row["id"], "number", (db.session.scalar(taken) or 0) + 1)
            twin = None
        if twin is None:
            notes.set(name, row["id"], column.name, kept.id)
            continue
        sentence = _together(notes, name, twin, row)
        said += [sentence] if sentence else []
        if name not in rules.STAYS_WITH_TWIN:
            notes.out(name, row)
    return said


def _together(notes: Journal, name: str, twin: dict[str, Any], row: dict[str, Any]) -> Said | None:
    """What the kept person's row takes from the one that has no room beside it."""
    if name == "enrolments":
        return _enrolments(notes, twin, row)
    if name == "memberships" and (row["ends_at"] is None or (twin["ends_at"] and row["ends_at"] > twin["ends_at"])):
        notes.set(name, twin["id"], "ends_at", row["ends_at"])
    if name == "staff" and row["role"] is StaffRole.OWNER:
        notes.set(name, twin["id"], "role", row["role"])
    if name == "invitations" and twin["answer"] is Answer.NEEDS_ACTION and row["answer"] is not Answer.NEEDS_ACTION:
        for column in ("answer", "answered_at", "answered_sequence"):
            notes.set(name, twin["id"], column, row[column])
    return None


def _enrolments(notes: Journal, twin: dict[str, Any], row: dict[str, Any]) -> Said:
    """Of two enrolments in one series the one that goes further holds; what the kept one lacks is taken from the other."""
    if twin["state"] != row["state"] and rules.stronger([twin["state"], row["state"]]) == row["state"]:
        for column in ("state", "since", "queued_at", "how"):
            notes.set("enrolments", twin["id"], column, row[column])
    for column in ("site_id", "statement_id", "accepted_at"):
        if twin[column] is None and row[column] is not None:
            notes.set("enrolments", twin["id"], column, row[column])
    series = db.session.get_one(Series, row["series_id"])
    return Said(
        msgid("Both are on the list of %(series)s (%(one)s, %(other)s): one place stays, and it is %(state)s."),
        {
            "series": series.name, "one": twin["state"].value, "other": row["state"].value,
            "state": rules.stronger([twin["state"].value, row["state"].value]),
        },
    )  # fmt: skip


def _loose_ends(notes: Journal, kept: Person, gone: Person, *, now: datetime) -> list[Said]:
    """Nobody is the own delegate or deputy; one address is the primary one; the other's name is a known name from now on."""
    for name, (one, other) in rules.BOTH_ENDS.items():
        table = journal.table_named(name)
        for row in (
            db.session.execute(select(table).where(table.c[one] == kept.id, table.c[other] == kept.id)).mappings().all()
        ):
            notes.out(name, dict(row))
    absences = journal.table_named("absences")
    alone = select(absences.c.id).where(absences.c.person_id == kept.id, absences.c.deputy_id == kept.id)
    for number in db.session.scalars(alone).all():
        notes.set("absences", number, "deputy_id", None)
    key = alias_key(gone.name)[:KEY_MOST]
    if db.session.scalar(select(Alias.id).where(Alias.person_id == kept.id, Alias.key == key)) is None:
        alias = Alias(person_id=kept.id, key=key, identification_id=None, at=now)
        db.session.add(alias)
        db.session.flush()
        notes.made("aliases", alias.id)
    return []


def _fill(notes: Journal, kept: Person, gone: Person) -> None:
    """What the kept record has not, from the other; a number goes with its register only."""
    for column in rules.FILLED:
        value = getattr(gone, column)
        number = column == "registration" and kept.registration_body not in (None, gone.registration_body)
        if number or (column == "registration_body" and kept.registration not in (None, gone.registration)):
            continue
        if getattr(kept, column) is None and value is not None:
            notes.fill(kept.id, column, value)


def _follow_primary(notes: Journal, person: Person) -> None:
    """Exactly one address is the primary one, and the account signs in by it."""
    chosen = select(Address.id, Address.primary, Address.normal).where(Address.person_id == person.id)
    found = db.session.execute(chosen.order_by(Address.primary.desc(), Address.verified_at.is_(None), Address.id)).all()
    for place, row in enumerate(found):
        notes.set("addresses", row.id, "primary", place == 0)
    account = db.session.scalars(select(Account).where(Account.person_id == person.id, Account.active)).one_or_none()
    if account is not None and found and account.email != found[0].normal:
        notes.set("accounts", account.id, "email", found[0].normal)


def _tell(steps: list[journal.Step], *, now: datetime) -> None:
    """Calendars follow: every series whose list changed, and every session somebody has a duty in or was invited to."""
    touched: dict[str, set[int]] = {"enrolments": set(), "duties": set(), "invitations": set()}
    series: set[int] = set()
    for step in steps:
        if step["table"] in touched:
            if step["do"] == "out":
                series |= {step["row"]["series_id"]} if step["table"] == "enrolments" else set()
            else:
                touched[step["table"]].add(step["id"])
    series |= set(db.session.scalars(select(Enrolment.series_id).where(Enrolment.id.in_(touched["enrolments"]))))
    duties = journal.table_named("duties")
    held = select(duties.c.session_id).where(duties.c.id.in_(touched["duties"]), duties.c.session_id.is_not(None))
    invited = select(Invitation.session_id).where(Invitation.id.in_(touched["invitations"]))
    for number in sorted(series):
        sessions.tell(number, now=now)
    for session in db.session.scalars(select(Session).where(Session.id.in_(held.union(invited)))).unique().all():
        if session.series_id not in series and session.ends_at > now:
            sessions.tell_session(session, now=now)


def _make_room(steps: list[journal.Step], kept: Person) -> None:
    """The other's account gets its address back, even if the kept person signs in by it since; theirs follows below."""
    account = db.session.scalars(select(Account).where(Account.person_id == kept.id)).one_or_none()
    back = {step["was"] for step in steps if step["table"] == "accounts" and step.get("column") == "email"}
    if account is not None and account.email in back:
        account.email = f"moving-{kept.code.lower()}@closed.invalid"
        db.session.flush()


def _said_stuck(code: str, kept: Person) -> Said:
    return Said(
        msgid("Session %(code)s: the minutes were corrected, claimed or certified since, so they stay with %(name)s. Correct the register by hand."),
        {"code": code, "name": kept.name},
    )  # fmt: skip


SILENT = frozenset({"one_time_links", "code_asks", "invitations", "aliases"})
"""Tables about which nobody need be told."""


def _said_changed(step: journal.Step, kept: Person) -> Said | None:
    """What stays as it is, because it was changed or ended since."""
    if step["table"] in SILENT or step.get("column") == "primary":
        return None
    what = str(rules.TABLE_WORDS.get(step["table"], step["table"]))
    return Said(
        msgid("%(what)s: something was changed or ended since, and stays as it is now with %(name)s."),
        {"what": Said(what), "name": kept.name},
    )
