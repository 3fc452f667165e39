"""Planning a session: publishing, changing, cancelling, the meeting link, the run sheet.

Whatever tells people is shown first: what changes, who is told, three of the letters.
"""

from collections.abc import Sequence
from datetime import datetime

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions import clock
from echo_sessions.database import STALE, transaction
from echo_sessions.errors import Refused, Stale
from echo_sessions.meetings import planning, providers
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as program_queries
from echo_sessions.programs.blueprint import find_series
from echo_sessions.programs.rules import PREPARES
from echo_sessions.sessions import preview, queries, rules, service
from echo_sessions.sessions.blueprint import bp, find_session
from echo_sessions.sessions.forms import CancelForm, LinkForm, RunSheetForm, SessionForm, SureForm, moved, rows_of
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.sessions.wording import BLOCK_WORDS
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.forms import VersionedForm
from echo_sessions.web.guard import me, signed_in


@bp.route("/sessions/<code>/publish", methods=["GET", "POST"])
@signed_in
def publish(code: str) -> ResponseReturnValue:
    """Publish one draft, after a look at who is told and when."""
    session, now = find_session(code, run=True), clock.now()
    form = SureForm(obj=session)
    if form.validate_on_submit() and form.catches_up(session):
        with transaction():
            service.schedule(session, by=me(), now=now)
        flash(_("The session is published."))
        return see_other(url_for("sessions.show", code=code))
    audience = preview.of_publishing([session], by=me(), now=now)
    page = render_template(
        "sessions/publish.html", session=session, form=form, audience=audience, clashes=_clashes([session])
    )
    return page, _status(form)


@bp.route("/series/<code>/sessions/publish", methods=["GET", "POST"])
@signed_in
def publish_series(code: str) -> ResponseReturnValue:
    """Publish all drafts of a series that lie ahead, after a look at who is told and when."""
    series, now = find_series(code, run=True), clock.now()
    drafts = [
        each for each in queries.of_series(series.id) if each.state is SessionState.DRAFT and each.starts_at > now
    ]
    seen = request.form.get("seen", "").split()
    if request.method == "POST" and seen == [draft.code for draft in drafts]:
        with transaction():
            for draft in drafts:
                service.schedule(draft, by=me(), now=now)
            service.tell(series.id, now=now)
        flash(ngettext("1 session is published.", "%(num)s sessions are published.", len(drafts)))
        return see_other(url_for("programs.show_series", code=code))
    audience = preview.of_publishing(drafts, by=me(), now=now)
    changed = request.method == "POST"
    page = render_template(
        "sessions/publish_series.html",
        series=series,
        drafts=drafts,
        audience=audience,
        changed=changed,
        clashes=_clashes(drafts),
    )
    return page, 409 if changed else 200


@bp.route("/sessions/<code>/edit", methods=["GET", "POST"])
@signed_in
def edit(code: str) -> ResponseReturnValue:
    """Change topic, date, time or length: the form, then what changes and who is told, then the deed."""
    session, now = find_session(code, run=True), clock.now()
    form = SessionForm.about(session)
    if not form.validate_on_submit() or not form.catches_up(session) or request.form.get("do") == "back":
        return render_template("sessions/edit.html", session=session, form=form), _status(form)
    starts_at = form.starts_at(session.zone)
    try:
        service.may_change(session, starts_at=starts_at, minutes=form.minutes.data, now=now)
    except Refused as fault:
        form.form_errors.append(words_of(fault))
        return render_template("sessions/edit.html", session=session, form=form), 422
    wish = {"title": form.title.data or "", "starts_at": starts_at, "minutes": form.minutes.data}
    moves = starts_at != session.starts_at or form.minutes.data != session.minutes
    clashes = _clashes([session], starts_at, form.minutes.data) if moves else []
    if form.sure.data != "yes" and (clashes or session.state is SessionState.SCHEDULED):
        changed, audience = preview.of_change(session, **wish, by=me(), now=now)
        if changed:
            return render_template(
                "sessions/preview_edit.html",
                session=session,
                form=form,
                changed=changed,
                audience=audience,
                clashes=clashes,
            )
    with transaction():
        _same(form, session)
        what = service.change(session, **wish, by=me(), now=now)
    flash(
        _("The session is saved.") if what else _("Nothing was different from before."), "success" if what else "info"
    )
    return see_other(url_for("sessions.show", code=code))


@bp.route("/sessions/<code>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(code: str) -> ResponseReturnValue:
    """Call a session off: the reason, and who is told."""
    session, now = find_session(code, run=True), clock.now()
    form = CancelForm(obj=session)
    if form.validate_on_submit() and form.catches_up(session):
        with transaction():
            _same(form, session)
            service.cancel(session, reason=form.reason.data or "", by=me(), now=now)
        flash(_("The session is cancelled."))
        return see_other(url_for("sessions.show", code=code))
    audience = preview.of_cancelling(session, by=me(), now=now)
    return render_template("sessions/cancel.html", session=session, form=form, audience=audience), _status(form)


@bp.route("/sessions/<code>/restore", methods=["GET", "POST"])
@signed_in
def restore(code: str) -> ResponseReturnValue:
    """Take a cancellation back: who is invited anew."""
    session, now = find_session(code, run=True), clock.now()
    form = SureForm(obj=session)
    if form.validate_on_submit() and form.catches_up(session):
        with transaction():
            _same(form, session)
            service.restore(session, by=me(), now=now)
        flash(_("The session takes place after all."))
        return see_other(url_for("sessions.show", code=code))
    audience = preview.of_restoring(session, by=me(), now=now)
    page = render_template(
        "sessions/restore.html", session=session, form=form, audience=audience, clashes=_clashes([session])
    )
    return page, _status(form)


@bp.route("/sessions/<code>/link", methods=["GET", "POST"])
@signed_in
def link(code: str) -> ResponseReturnValue:
    """Paste the address of the meeting."""
    session, now = find_session(code, run=True), clock.now()
    form = LinkForm(obj=session)
    if form.validate_on_submit() and form.catches_up(session):
        try:
            with transaction():
                _same(form, session)
                service.set_link(session, form.meeting_url.data or "", by=me(), now=now)
        except Refused as fault:
            form.meeting_url.errors = [words_of(fault)]
        else:
            flash(_("The meeting link is kept."))
            return see_other(url_for("sessions.show", code=code))
    return render_template("sessions/link.html", session=session, form=form), _status(form)


@bp.route("/sessions/<code>/run-sheet", methods=["GET", "POST"])
@signed_in
def run_sheet(code: str) -> ResponseReturnValue:
    """Edit the run sheet: rows that move by buttons, and minutes that must fill the session exactly."""
    session, now = find_session(code, run=True), clock.now()
    form = RunSheetForm(version=session.version)
    owners = _owners(session)
    form.rows = rows_of(session, dark=queries.dark_blocks(session.id))
    if request.method == "POST" and form.validate():
        form.read(request.form)
        act = request.form.get("move", "")
        if act:
            form.rows = moved(form.rows, act)
        elif form.catches_up(session) and _saved(form, session, owners, now):
            flash(_("The run sheet is saved."))
            return see_other(url_for("sessions.show", code=code, _anchor="sheet"))
    sum_ = sum(block.minutes for block in form.blocks(set(owners)))
    page = render_template(
        "sessions/run_sheet.html", session=session, form=form, owners=owners, sum=sum_, kinds=[(k.value, w) for k, w in BLOCK_WORDS.items()],
        cases={str(block.id) for block in session.blocks if block.case_id}, most=len(form.rows),
    )  # fmt: skip
    return page, _status(form)


def _clashes(
    sessions: Sequence[Session], starts_at: datetime | None = None, minutes: int | None = None
) -> list[planning.Found]:
    """When no host would be free for these sessions of one series, were they held then; sessions whose room was pasted need
    none."""
    needing = [session for session in sessions if session.meeting_url is None]
    if not needing:
        return []
    wishes = [
        planning.Wish(starts_at or each.starts_at, minutes or each.minutes, each.code, each.meeting_id)
        for each in needing
    ]
    one, series = needing[0], needing[0].series
    provider = one.provider if one.meeting is not None else series.provider or providers.usual()
    return planning.clashes(provider, wishes, zone=series.zone, language=me().language)


def _saved(form: RunSheetForm, session: Session, owners: dict[int, str], now: datetime) -> bool:
    """Save the rows; a refusal stands at the head of the form and nothing typed is lost."""
    try:
        with transaction():
            _same(form, session)
            service.save_run_sheet(session, form.blocks(set(owners)), by=me(), now=now)
    except Refused as fault:
        form.form_errors.append(words_of(fault))
        return False
    return True


def _owners(session: Session) -> dict[int, str]:
    """Who may have a block in hand: the program's team, whoever has a part, and whoever has one already."""
    people: list[Person] = [
        member.person for member in program_queries.team_of(session.series.program_id) if member.role in PREPARES
    ]
    people += [duty.person for duty in queries.duties_of(session.id) if duty.state in rules.STANDING]
    people += [block.owner for block in session.blocks if block.owner is not None]
    return {person.id: person.name for person in sorted(people, key=lambda person: person.name.casefold())}


def _same(form: VersionedForm, session: Session) -> None:
    """Once more within the transaction: nobody has saved since the form was looked at."""
    queries.hold(session)
    if str(session.version) != form.version.data:
        raise Stale(STALE)


def _status(form: VersionedForm) -> int:
    return 422 if form.errors or form.form_errors else 200
