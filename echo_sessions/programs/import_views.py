"""Importing people from a CSV file: upload, a preview of every row's fate, then all of it.

Between preview and confirming, the file waits in the storage under a key that no row knows, so the sweep of
orphans takes it when nobody confirms. The address of the preview carries that key, signed, for this series and
this person; the key proves the bytes.
"""

from flask import abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from echo_sessions import clock
from echo_sessions.config import Settings
from echo_sessions.database import transaction
from echo_sessions.errors import BadInput, GaveUp, Stale
from echo_sessions.merging.notice_views import point_out
from echo_sessions.outside.storage import Storage
from echo_sessions.programs import people_file, people_import
from echo_sessions.programs.blueprint import bp, find_series
from echo_sessions.programs.forms import ConfirmForm, UploadForm
from echo_sessions.programs.models import Series
from echo_sessions.programs.people_import import Fate, Plan
from echo_sessions.sessions import service as sessions
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import Page

LIVES = 24 * 3600
ROWS_SHOWN = 100
ORDER = (Fate.NEW, Fate.JOINS, Fate.NOTHING)


@bp.route("/series/<code>/import", methods=["GET", "POST"])
@signed_in
def import_people(code: str) -> ResponseReturnValue:
    """Choose a file. One that cannot be read is refused here, with a sentence."""
    series = find_series(code, run=True)
    form = UploadForm()
    if form.validate_on_submit():
        data = form.file.data.read()
        try:
            people_file.read(data)
        except BadInput as fault:
            form.file.errors = [words_of(fault)]
        else:
            stored = _storage().put(data, type="text/csv")
            token = _signer(series).dumps([stored.key, me().code])
            return see_other(url_for("programs.preview_import", code=series.code, token=token))
    return render_template(
        "programs/import_people.html", form=form, series=series, columns=people_file.COLUMNS
    ), 422 if form.errors else 200


@bp.route("/series/<code>/import/<token>", methods=["GET", "POST"])
@signed_in
def preview_import(code: str, token: str) -> ResponseReturnValue:
    """What would become of each row, and doing it: only what was shown, all of it or nothing."""
    series = find_series(code, run=True)
    table = _waiting(series, token)
    hub = series.program.hub
    form = ConfirmForm()
    if not form.validate_on_submit():
        plan = people_import.plan(table, hub=hub, series=series, only=True)
        form.seen.data = plan.digest
        return render_template(
            "programs/preview_import.html",
            series=series,
            plan=plan,
            form=form,
            page=_page(plan),
            Fate=Fate,
            say=lambda said: said.through(_),
        )
    now = clock.now()
    with transaction():
        plan = people_import.plan(table, hub=hub, series=series, only=True)
        if plan.changes and plan.digest != form.seen.data:
            raise Stale("What this file would do has changed since you looked at it. Go back and look again.")
        people_import.carry_out(plan, hub=hub, by=me(), now=now)
        sessions.tell(series.id, now=now)
    flash(
        _(
            "Imported: %(new)s new people, %(joins)s places for people known before.",
            new=plan.counts[Fate.NEW],
            joins=plan.counts[Fate.JOINS],
        )
    )
    point_out(now)
    return see_other(url_for("programs.show_series", code=series.code, _anchor="people"))


def _waiting(series: Series, token: str) -> people_file.Table:
    """The uploaded file that a preview's address stands for; 404 when it is another's, too old, or swept away."""
    try:
        key, whose = _signer(series).loads(token, max_age=LIVES)
        if whose != me().code:
            abort(404)
        return people_file.read(_storage().get(key))
    except (BadData, GaveUp):
        abort(404)


def _page(plan: Plan) -> Page:
    """One page of the rows, those that change something first."""
    lines = sorted(plan.lines, key=lambda line: (line.doubt is None, ORDER.index(line.fate), line.row.number))
    asked = request.args.get("page", "1")
    pages = max(1, -(-len(lines) // ROWS_SHOWN))
    number = min(max(1, int(asked) if asked.isdecimal() and len(asked) < 9 else 1), pages)
    return Page(lines[(number - 1) * ROWS_SHOWN : number * ROWS_SHOWN], number, len(lines), ROWS_SHOWN)


def _signer(series: Series) -> URLSafeTimedSerializer:
    settings: Settings = current_app.extensions["settings"]
    return URLSafeTimedSerializer(settings.secret_key.value, salt=f"import into {series.code}")


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
