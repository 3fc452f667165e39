"""Making two records one: choose the other, look at both side by side and at what will happen, do it, undo it."""

from collections import Counter
from collections.abc import Sequence

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.attendance import queries as attendance
from echo_sessions.cases import queries as cases
from echo_sessions.certificates import queries as certificates
from echo_sessions.credit import queries as credit
from echo_sessions.database import db, transaction
from echo_sessions.merging import alike, policy, queries, rules, service
from echo_sessions.merging.blueprint import bp, find_merge, find_record
from echo_sessions.merging.models import Merge
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.rules import ROLE_WORDS
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.paging import page_of
from echo_sessions.words import Said

SHOWN = 20


class _Rehearsed(Exception):
    """Everything was done once; now all of it is taken back."""


@bp.route("/people/<code>/merge", methods=["GET", "POST"])
@signed_in
def merge(code: str) -> ResponseReturnValue:
    """Another record is taken into this one: first shown, then done."""
    kept = find_record(code)
    chosen = request.args.get("with", "").strip().upper()
    if not chosen:
        return _choose(kept)
    gone = people.by_code(chosen)
    if gone is None or not policy.may_see(me(), gone):
        abort(404)
    only_if(lambda: policy.may_merge(me(), kept, gone), 403)
    now = clock.now()
    if request.method == "POST":
        with transaction():
            made = service.merge(kept, gone, by=me(), now=now)
        flash(_("Done: both records are one now."))
        return see_other(url_for("merging.show_merge", code=made.code))
    moved, said = _rehearsed(kept, gone)
    return render_template(
        "merging/merge.html", kept=kept, gone=gone, rows=_beside(kept, gone), moved=moved, said=said,
        warnings=queries.warnings(kept, gone),
    )  # fmt: skip


def _choose(kept: Person) -> ResponseReturnValue:
    """Whom to merge with: who is alike first, then whoever is looked for."""
    if kept.merged_into_id is not None:
        return see_other(url_for("merging.merge", code=people.kept_of(kept).code))
    if not policy.may_look_for(me()):
        abort(403)
    within = None if programs.is_staff(me().id) else programs.tied_to(programs.programs_run_by(me().id))
    found = alike.pairs_within(within, about={kept.id})[:SHOWN]
    numbers = [pair.other if pair.one == kept.id else pair.one for pair in found]
    alike_people = alike.people_by_id(numbers)
    words = request.args.get("q", "")
    page = None
    if words.strip():
        inside = None if programs.is_staff(me().id) else programs.programs_run_by(me().id)
        page = page_of(programs.people(inside, words).where(Person.id != kept.id, Person.merged_into_id.is_(None)))
    return render_template(
        "merging/choose.html", kept=kept, q=words, page=page,
        alike=[(alike_people[number], pair) for number, pair in zip(numbers, found, strict=True)],
    )  # fmt: skip


@bp.get("/merges/<code>")
@signed_in
def show_merge(code: str) -> ResponseReturnValue:
    """What one merge did, and the way back."""
    merge = find_merge(code)
    return render_template(
        "merging/show.html", merge=merge, moved=_counted(merge), said=[rules.words_again(one) for one in merge.said or ()],
        lost=[rules.words_again(one) for one in merge.lost or ()], may_undo=merge.undone_at is None and policy.may_undo(me(), merge),
    )  # fmt: skip


@bp.route("/merges/<code>/undo", methods=["GET", "POST"])
@signed_in
def undo(code: str) -> ResponseReturnValue:
    """Two records again: first what will not come back, then the button."""
    merge = find_merge(code)
    only_if(lambda: policy.may_undo(me(), merge), 403)
    if request.method == "GET":
        return render_template("merging/undo.html", merge=merge, lost=_rehearsed_undo(merge))
    with transaction():
        lost = service.undo(merge, by=me(), now=clock.now())
    flash(_("Undone: they are two records again."))
    if lost:
        flash(_("Not everything could be given back; what stays is listed below."), "attention")
    return see_other(url_for("merging.show_merge", code=merge.code))


@bp.post("/people/<code>/known-names/<int:number>/forget")
@signed_in
def forget_alias(code: str, number: int) -> ResponseReturnValue:
    """A remembered name that is not theirs."""
    person = find_record(code)
    only_if(lambda: policy.may_amend(me(), person), 403)
    with transaction():
        service.forget_alias(person, number, by=me(), now=clock.now())
    flash(_("The name is forgotten. Sessions that are settled stay as they are."))
    return see_other(url_for("programs.show_person", code=person.code))


def _rehearsed(kept: Person, gone: Person) -> tuple[list[tuple[str, int]], list[Said]]:
    """Do it once and take it back: so the preview says just what will happen. Refused where the merge would be."""
    moved: list[tuple[str, int]] = []
    said: list[Said] = []
    try:
        with transaction():
            made = service.merge(kept, gone, by=me(), now=clock.now())
            moved, said = _counted(made), [rules.words_again(one) for one in made.said or ()]
            raise _Rehearsed
    except _Rehearsed:
        db.session.expire_all()
    return moved, said


def _rehearsed_undo(merge: Merge) -> list[Said]:
    lost: list[Said] = []
    try:
        with transaction():
            lost = service.undo(merge, by=me(), now=clock.now())
            raise _Rehearsed
    except _Rehearsed:
        db.session.expire_all()
    return lost


def _counted(merge: Merge) -> list[tuple[str, int]]:
    """How many rows of each kind went over, in the order of the words."""
    rows = {
        (step["table"], step["id"])
        for step in merge.steps or ()
        if step["do"] == "set" and step["is"] == merge.kept_id and step["was"] == merge.gone_id
    }
    counted = Counter(table for table, _number in rows)
    return [(_(words), counted[table]) for table, words in rules.TABLE_WORDS.items() if counted[table]]


def _beside(kept: Person, gone: Person) -> list[tuple[str, str, str]]:
    """Both records line by line; lines that are empty on both sides are left out."""
    lines = [(label, one, other) for (label, one), (_label, other) in zip(_lines(kept), _lines(gone), strict=True)]
    return [(label, one or "–", other or "–") for label, one, other in lines if one or other]


def _lines(person: Person) -> list[tuple[str, str]]:
    enrolments = programs.enrolments_of([person.id])
    roles = [f"{_(ROLE_WORDS[one.role])}, {one.program.name}" for one in programs.memberships_of([person.id])]
    staff = people.staff_role(person.id)
    licence = " ".join(filter(None, [person.registration_body, person.registration]))
    return [
        (_("Code"), person.code),
        (_("Addresses"), _list([address.email for address in person.addresses])),
        (_("Profession"), person.profession or ""),
        (_("Licence"), licence),
        (_("Roles"), _list([*([_("Staff of the hub")] if staff else []), *roles])),
        (_("Series"), _list([f"{one.series.program.name}, {one.series.name} ({_(one.state.value)})" for one in enrolments])),
        (_("Sessions attended"), _number(len(attendance.of_person(person.id)))),
        (_("Credit"), _list([f"{one.claimed} {one.credit_type} {one.year}" for one in credit.totals_of(person.id) if one.credit_type])),
        (_("Certificates"), _number(len(certificates.of_person(person.id)))),
        (_("Cases"), _number(len(cases.of_author(person.id)))),
        (_("Can sign in"), _("yes") if person.account is not None and person.account.active else ""),
        (_("Known since"), f"{person.created_at:%Y-%m-%d}"),
    ]  # fmt: skip


def _list(words: Sequence[str]) -> str:
    return "; ".join(words)


def _number(count: int) -> str:
    return str(count) if count else ""
