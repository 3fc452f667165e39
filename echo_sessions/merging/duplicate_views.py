"""Records that may be one person, and what was merged before."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.merging import alike, policy, queries, service
from echo_sessions.merging.blueprint import bp, find_record
from echo_sessions.people import queries as people
from echo_sessions.programs import queries as programs
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.paging import PER_PAGE, Page, page_of


@bp.get("/people/duplicates")
@signed_in
def list_duplicates() -> ResponseReturnValue:
    """Pairs among the people I may see, likeliest first, each with its reasons."""
    if not policy.may_look_for(me()):
        abort(404)
    within = None if programs.is_staff(me().id) else programs.tied_to(programs.programs_run_by(me().id))
    found = alike.pairs_within(within)
    words = request.args.get("q", "").strip().casefold()
    if words:
        named = alike.names_of({number for pair in found for number in (pair.one, pair.other)})
        found = [pair for pair in found if words in f"{named[pair.one]} {named[pair.other]}".casefold()]
    asked = request.args.get("page", "1")
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(max(1, int(asked) if asked.isdecimal() and len(asked) < 9 else 1), pages)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    page = Page(rows=shown, number=number, total=len(found))
    known = alike.people_by_id({number for pair in shown for number in (pair.one, pair.other)})
    return render_template("merging/list_duplicates.html", page=page, people=known, q=request.args.get("q", ""))


@bp.post("/people/<code>/not-the-same")
@signed_in
def dismiss(code: str) -> ResponseReturnValue:
    """These two are different people: keep it, and show the pair no more."""
    one, other = find_record(code), people.by_code(request.form.get("other", ""))
    if other is None or not policy.may_see(me(), other):
        abort(404)
    only_if(lambda: policy.may_look_for(me()), 403)
    with transaction():
        service.not_the_same(one, other, by=me(), now=clock.now())
    flash(_("Kept: %(one)s and %(other)s are different people.", one=one.name, other=other.name))
    return see_other(url_for("merging.list_duplicates"))


@bp.get("/people/merges")
@signed_in
def list_merges() -> ResponseReturnValue:
    """Records that were merged, the newest first."""
    if not policy.may_look_for(me()):
        abort(404)
    within = None if programs.is_staff(me().id) else programs.tied_to(programs.programs_run_by(me().id))
    return render_template("merging/list_merges.html", page=page_of(queries.all_merges(within)))
