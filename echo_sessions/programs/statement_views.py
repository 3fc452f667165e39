"""The hub's texts: reading them and what changed, publishing, agreeing to them, and who has; the trust page of a program."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from wtforms.fields.choices import SelectChoice

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.people.models import Person
from echo_sessions.programs import agreements, differences, drafts, policy, queries, service
from echo_sessions.programs.blueprint import bp, the_hub
from echo_sessions.programs.forms import AgreeForm, StatementForm
from echo_sessions.programs.models import Statement
from echo_sessions.programs.rules import ACCEPTED_KINDS, DISCLAIMER, KIND_MEANS, TEXT_WORDS, TextKind
from echo_sessions.web.address import inside
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, open_to_all, signed_in, staff_only
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer


@dataclass(frozen=True)
class Asked:
    """One text to agree to, with what changed since the version that was accepted before."""

    statement: Statement
    before: Statement | None
    changes: list[list[differences.Run]]


@bp.get("/statement")
@bp.get("/texts/<kind>")
@signed_in
def statement(kind: str = TextKind.COLLABORATION) -> ResponseReturnValue:
    """A text in force, and the versions before it."""
    chosen = _kind(kind)
    return render_template(
        "programs/statement.html", versions=queries.statements_of(the_hub().id, chosen), disclaimer=_(DISCLAIMER), kind=chosen,
        words=TEXT_WORDS, means=KIND_MEANS, may_publish=policy.may_publish(me()),
    )  # fmt: skip


@bp.get("/texts/<kind>/changes")
@signed_in
def compare(kind: str) -> ResponseReturnValue:
    """What changed between two versions, word by word; the last two unless others are asked for."""
    chosen, hub = _kind(kind), the_hub()
    versions = queries.statements_of(hub.id, chosen)
    if not versions:
        return see_other(url_for("programs.statement", kind=chosen))
    new = _version(hub.id, chosen, request.args.get("to"), versions[0].number)
    old = _version(hub.id, chosen, request.args.get("from"), max(1, new.number - 1))
    return render_template(
        "programs/compare.html", kind=chosen, words=TEXT_WORDS, versions=versions, old=old, new=new,
        changes=differences.between(old.text, new.text),
    )  # fmt: skip


@bp.route("/statement/new", methods=["GET", "POST"])
@bp.route("/texts/<kind>/new", methods=["GET", "POST"])
@staff_only
def publish_statement(kind: str = TextKind.COLLABORATION) -> ResponseReturnValue:
    """Publish a new version; the text in force, or a draft to begin with, stands there already."""
    hub, chosen = the_hub(), _kind(kind)
    in_force = queries.statement_in_force(hub.id, chosen)
    form = StatementForm(text=in_force.text if in_force else drafts.of(chosen, hub))
    if not form.validate_on_submit():
        return render_template(
            "programs/publish_statement.html", form=form, in_force=in_force, disclaimer=_(DISCLAIMER), kind=chosen,
            words=TEXT_WORDS, asked=agreements.people_asked(hub.id, chosen),
        ), 422 if form.errors else 200  # fmt: skip
    with transaction():
        text = form.text.data.replace("\r\n", "\n")
        number = service.publish_statement(hub, text, by=me(), now=clock.now(), kind=chosen).number
    flash(
        _("Version %(number)s is in force. Members agree to it at their next page.", number=number)
        if chosen in ACCEPTED_KINDS
        else _("Version %(number)s is in force, and stands on every trust page.", number=number)
    )
    return see_other(url_for("programs.statement", kind=chosen))


@bp.route("/agreements", methods=["GET", "POST"])
@signed_in
def agree() -> ResponseReturnValue:
    """Texts that are new to me: what changed, the whole text, my word; or how to leave."""
    hub, person = the_hub(), me()
    onward = inside(request.values.get("next")) or "/"
    wanted = queries.to_accept(person.id, hub.id)
    form = AgreeForm()
    form.agree.choices = [
        SelectChoice(str(text.id), _("%(text)s, version %(number)s", text=_(TEXT_WORDS[text.kind]), number=text.number))
        for text in wanted
    ]
    if not wanted:
        return see_other(onward) if request.method == "POST" else redirect(onward)
    if not form.validate_on_submit():
        return render_template(
            "programs/agree.html", asked=[_asked(person.id, text) for text in wanted], form=form, words=TEXT_WORDS,
            disclaimer=_(DISCLAIMER), onward=onward, contact=(hub.contact_name, hub.contact_address),
            series=[e.series for e in queries.enrolments_of([person.id]) if e.state == "active"],
        ), 422 if form.errors else 200  # fmt: skip
    with transaction():
        for text in wanted:
            agreements.accept(me(), text, now=clock.now())
    flash(_("Thank you. You find these texts under every program."))
    return see_other(onward)


@bp.get("/acceptances")
@staff_only
def list_acceptances() -> ResponseReturnValue:
    """Who has agreed to what and when; or who has not yet."""
    asked = {name: request.args.get(name, "") for name in ("q", "kind", "who")}
    page = page_of(_listed(), scalars=False)  # type: ignore[arg-type]  # rows of three, not of one
    return render_template("programs/list_acceptances.html", page=page, asked=asked, words=TEXT_WORDS, kinds=TextKind)


@bp.get("/acceptances.csv")
@staff_only
def export_acceptances() -> ResponseReturnValue:
    """The same list to take away."""
    still = request.args.get("who") == "still"
    head = ("code", "name", "email", "text", "version", "published" if still else "accepted")
    rows = (
        (person.code, person.name, person.address, text.kind, text.number, at.isoformat())
        for person, text, at in db.session.execute(_listed())
    )
    return csv_answer("acceptances.csv", head, rows)


@bp.get("/programs/<code>/trust")
@open_to_all
def trust(code: str) -> ResponseReturnValue:
    """Who answers for a program, and by which rules it keeps. Open, since people read it before they enrol."""
    program = queries.program_by_code(code)
    if program is None:
        abort(404)
    hub = program.hub
    texts = {kind: queries.statement_in_force(hub.id, kind) for kind in TextKind}
    return render_template(
        "programs/trust.html", program=program, hub=hub, owners=agreements.owners_of(program),
        hub_owners=agreements.hub_owners(hub.id), texts=texts, words=TEXT_WORDS, lacks=agreements.lacks_of(program),
        disclaimer=_(DISCLAIMER), contact=(hub.contact_name, program.contact or hub.contact_address),
    )  # fmt: skip


def _asked(person_id: int, text: Statement) -> Asked:
    before = agreements.accepted_before(person_id, text)
    return Asked(text, before, differences.between(before.text, text.text) if before else [])


def _listed() -> Select[Person, Statement, datetime]:
    asked = request.args
    return agreements.listed(
        the_hub().id, words=asked.get("q", ""), kind=asked.get("kind", ""), still=asked.get("who") == "still"
    )


def _kind(word: str) -> TextKind:
    if word not in set(TextKind):
        abort(404)
    return TextKind(word)


def _version(hub_id: int, kind: TextKind, asked: str | None, otherwise: int) -> Statement:
    number = int(asked) if asked and asked.isdecimal() and len(asked) < 7 else otherwise
    found = queries.statement_by_number(hub_id, kind, number)
    if found is None:
        abort(404)
    return found
