"""The register: who was there and why we think so; presence and minutes by hand; corrections once it is closed."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions import clock
from echo_sessions.attendance import companions, export, figures, marking, queries, service
from echo_sessions.attendance.blueprint import SOURCE_WORDS, bp, find_session, frame, told_by
from echo_sessions.attendance.entries import Entry, entries_of
from echo_sessions.attendance.forms import MinutesForm, PeopleForm, ReasonForm
from echo_sessions.attendance.models import Figure
from echo_sessions.attendance.people_views import added, by_site, everybody, not_twice
from echo_sessions.attendance.register import Computed, computed
from echo_sessions.credit import service as credit
from echo_sessions.database import transaction
from echo_sessions.people import queries as people_queries
from echo_sessions.people.models import Person
from echo_sessions.sessions import door
from echo_sessions.sessions.models import Session
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.takeaway import csv_answer

SORTS = {
    "name": lambda entry: entry.person.name.casefold(),
    "minutes": lambda entry: (-entry.minutes, entry.person.name.casefold()),
    "site": lambda entry: (entry.site_name.casefold() or "\uffff", entry.person.name.casefold()),
    "how": lambda entry: (not entry.by_hand, entry.how, entry.person.name.casefold()),
}


@bp.get("/sessions/<code>/register")
@signed_in
def register(code: str) -> ResponseReturnValue:
    """Everybody who was there: as computed while it is open, as frozen once it is closed."""
    session = find_session(code, look=True)
    whole, closed = computed(session), queries.is_closed(session.id)
    entries = entries_of(session, whole, closed=closed)
    words, sort = request.args.get("q", ""), request.args.get("sort", "name")
    shown = sorted((entry for entry in entries if entry.has(words)), key=SORTS.get(sort, SORTS["name"]))
    return render_template(
        "attendance/register.html", entries=shown, all=entries, whole=whole, closed=closed, row=queries.register_of(session.id), q=words,
        sort=sort, window=whole.window, tables=companions.tables_of(session, whole), shut_out=door.shut_out(session.id),
        changes={} if closed else figures.changes_of(session.id), otherwise=figures.otherwise(session.id) if closed else [], claim_form=ReasonForm(reason=_("Zoom's report has no times; its totals are taken")), **frame(session, "register"),
    )  # fmt: skip


@bp.get("/sessions/<code>/register.csv")
@signed_in
def register_csv(code: str) -> ResponseReturnValue:
    """The register to take away; what begins like a formula is made harmless."""
    session = find_session(code, look=True)
    entries = entries_of(session, computed(session), closed=queries.is_closed(session.id))
    return csv_answer(f"register-{session.code}.csv", export.COLUMNS, export.rows_of(session, entries))


@bp.route("/sessions/<code>/register/add", methods=["GET", "POST"])
@signed_in
def add(code: str) -> ResponseReturnValue:
    """People whom no file shows; after closing, by a recorded correction."""
    session = find_session(code)
    window, closed = queries.window_of(session), queries.is_closed(session.id)
    late = _figure(session)
    form = PeopleForm(
        attested_by=me().name, minutes=late.became if late else window.minutes, people=[late.person.code] if late else None,
        reason=_says(late) if late else None,
    )  # fmt: skip
    here = {entry.person.id for entry in entries_of(session, computed(session), closed=closed) if entry.minutes}
    chosen = [person for person in everybody(session) if person.id not in here]
    form.people.choices = [(person.code, person.name) for person in chosen]
    if form.validate_on_submit() and not_twice(form, chosen) and _is_whole(form):
        now = clock.now()
        with transaction():
            there = added(form, session, chosen, now=now)
            _add(session, there, form, closed=closed, now=now)
        flash(ngettext("One person is in the register now.", "%(num)s people are in the register now.", len(there)))
        return see_other(url_for("attendance.register", code=session.code))
    groups = by_site(session, chosen, form)
    return render_template(
        "attendance/add.html", form=form, groups=groups, window=window, closed=closed, **frame(session, "register")
    ), 422 if form.errors else 200


def _is_whole(form: PeopleForm) -> bool:
    """Minutes and reason are needed where no room gives them."""
    if form.minutes.data is None:
        form.minutes.errors = [_("How many minutes were they there?")]
    if not form.reason.data:
        form.reason.errors = [_("Say why: it stays with the record.")]
    return form.minutes.data is not None and bool(form.reason.data)


def _add(session: Session, there: Sequence[Person], form: PeopleForm, *, closed: bool, now: Any) -> None:
    if not closed:
        marking.mark_present(
            session,
            there,
            minutes=form.minutes.data,
            reason=form.reason.data,
            attested_by=form.attested_by.data,
            by=me(),
            now=now,
        )
        return
    row = queries.register_of(session.id)
    for person in there:
        admitted = service.admit(row, person, form.minutes.data, form.reason.data, by=me(), now=now)  # type: ignore[arg-type]  # closed, so there
        credit.award_again(admitted, by=me(), now=now)


@bp.route("/sessions/<code>/register/people/<person_code>", methods=["GET", "POST"])
@signed_in
def person(code: str, person_code: str) -> ResponseReturnValue:
    """One person in a register: what it rests on, and their minutes by hand or by correction."""
    session = find_session(code, look=True)
    whole, closed = computed(session), queries.is_closed(session.id)
    entry = _entry(session, whole, person_code, closed=closed)
    late = _figure(session)
    if late is not None and late.person_id == entry.person.id:
        form = MinutesForm(minutes=late.became, reason=_says(late))
    else:
        form = MinutesForm(minutes=entry.minutes or entry.claimed)
    if form.validate_on_submit():
        now = clock.now()
        with transaction():
            if closed and entry.row is not None:
                service.correct(entry.row, form.minutes.data, form.reason.data, by=me(), now=now)
                credit.award_again(entry.row, by=me(), now=now)
            else:
                marking.adjust(
                    session, entry.person, minutes=form.minutes.data, reason=form.reason.data, by=me(), now=now
                )
        flash(_("%(name)s has %(minutes)s minutes now.", name=entry.person.name, minutes=form.minutes.data))
        return see_other(url_for("attendance.register", code=session.code))
    return render_template(
        "attendance/person.html",
        entry=entry,
        form=form,
        closed=closed,
        window=whole.window,
        changes=figures.changes_of(session.id).get(entry.person.id, ()),
        source_words=SOURCE_WORDS,
        **frame(session, "register"),
    ), 422 if form.errors else 200


@bp.post("/sessions/<code>/register/marks/<int:number>/undo")
@signed_in
def undo_mark(code: str, number: int) -> ResponseReturnValue:
    """Take back what was said by hand."""
    session = find_session(code)
    mark = queries.mark(session.id, number)
    if mark is None:
        abort(404)
    with transaction():
        marking.undo_mark(mark, by=me(), now=clock.now())
    flash(_("Undone."))
    return see_other(url_for("attendance.register", code=session.code))


@bp.post("/sessions/<code>/register/claims")
@signed_in
def take_claims(code: str) -> ResponseReturnValue:
    """Take the minutes that a report without times claims, with a reason."""
    session = find_session(code)
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(_("Say why these minutes are to be taken: it stays with the record."), "attention")
        return see_other(url_for("attendance.register", code=session.code))
    with transaction():
        taken = marking.take_claims(session, reason=form.reason.data, by=me(), now=clock.now())
    flash(
        ngettext(
            "The claimed minutes of one person count now.", "The claimed minutes of %(num)s people count now.", taken
        )
    )
    return see_other(url_for("attendance.register", code=session.code))


def _figure(session: Session) -> Figure | None:
    """What came after closing, where the form is opened to take it over."""
    number = request.args.get("figure", type=int)
    found = figures.figure(session.id, number) if number is not None else None
    return found if found is not None and found.after_close else None


def _says(late: Figure) -> str:
    """The reason of a correction that takes over what a source said after closing."""
    source = told_by(late.source, late.upload.provider if late.upload else "")
    return str(_("After closing, %(source)s came and says %(minutes)s minutes.", source=source, minutes=late.became))


def _entry(session: Session, whole: Computed, person_code: str, *, closed: bool) -> Entry:
    who = people_queries.by_code(person_code)
    found = [entry for entry in entries_of(session, whole, closed=closed) if who and entry.person.id == who.id]
    if not found:
        abort(404)
    return found[0]
