"""My own page: how I stand, who checks and by when, what I may do meanwhile, and asking."""

from flask import current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.files import service as files
from echo_sessions.outside.storage import Storage, Stored
from echo_sessions.verification import papers, queries, rules, service, wording
from echo_sessions.verification.blueprint import bp
from echo_sessions.verification.forms import AskForm
from echo_sessions.verification.rules import VOUCHED, WAY_SHORT, Way
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in


@bp.route("/me/verification", methods=["GET", "POST"])
@signed_in
def mine() -> ResponseReturnValue:
    """How I am verified; and a form to ask for it, to add what is missing, or to renew."""
    person, now = me(), clock.now()
    checks = queries.of_person(person.id)
    form = _form()
    if (
        form.validate_on_submit()
        and rules.may_ask(queries.stands(checks, now))
        and (letter := _letter(form)) is not None
    ):
        with transaction():
            row = service.ask(
                person, program=queries.program_of(person.id), way=Way(form.way.data), body=form.body.data,
                number=form.number.data, file=files.keep(letter, now=now) if isinstance(letter, Stored) else None, now=now,
            )  # fmt: skip
            vouched = row.way in VOUCHED
        flash(
            _("They are asked by letter to vouch for you. You hear from us, too.")
            if vouched
            else _("Thank you. You hear by letter as soon as somebody has looked.")
        )
        return see_other(url_for("verification.mine"))
    return render_template(
        "verification/mine.html", place=wording.place_of(person, now), form=form, checks=list(reversed(checks)), now=now,
        may_ask=rules.may_ask(queries.stands(checks, now)), words=rules.STATE_WORDS, ways=WAY_SHORT, rules=rules,
        leads=queries.site_leads_of(person.id),
    ), 422 if form.errors or form.form_errors else 200  # fmt: skip


def _form() -> AskForm:
    """What was said before stands there already; the number of a licence is taken from the person's own record."""
    person, row = me(), queries.open_of(me().id)
    if request.method == "POST":
        return AskForm()
    return AskForm(
        way=(row.way if row else Way.REGISTER).value,
        body=(row.body if row else None) or person.registration_body,
        number=(row.number if row else None) or person.registration,
    )


def _letter(form: AskForm) -> Stored | bool | None:
    """The uploaded letter, put into the storage; True where none is needed; None where the form says what is wrong."""
    way, upload = Way(form.way.data), form.file.data
    data = b""
    if upload:
        with upload.stream:  # a large one lies in a file until it is closed
            data = upload.read(papers.MOST_BYTES + 1) if way is Way.LETTER else b""
    known = queries.open_of(me().id)
    has_letter = bool(data) or (known is not None and known.file_id is not None)
    try:
        rules.may_be_asked_for(way, body=form.body.data, number=form.number.data, has_letter=has_letter)
        kind = papers.kind_of(data) if data else None
    except Refused as fault:
        field = form.file if way is Way.LETTER else form.number
        field.errors = [words_of(fault)]
        return None
    storage: Storage = current_app.extensions["storage"]
    return storage.put(data, type=kind) if kind else True
