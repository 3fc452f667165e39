"""Background work for those who work for the hub: what failed and why, what waits, what is long."""

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.jobs import queries, service
from echo_sessions.jobs.handlers import GIVEN_UP
from echo_sessions.jobs.rules import MOST_ATTEMPTS, JobState
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import staff_only
from echo_sessions.web.paging import page_of

bp = Blueprint("jobs", __name__)
TONES = {JobState.WAITING: "info", JobState.DONE: "good", JobState.FAILED: "danger"}


@bp.get("/jobs")
@staff_only
def list_jobs() -> ResponseReturnValue:
    """All background work but letters, failed ones first."""
    words, asked, now = request.args.get("q", "").strip(), request.args.get("state", ""), clock.now()
    state = JobState(asked) if asked in set(JobState) else None
    return render_template(
        "jobs/list_jobs.html",
        page=page_of(queries.listed(state=state, words=words)),
        counts=queries.counts(now),
        q=words,
        chosen=state or "",
        states={JobState.WAITING: _("Waiting"), JobState.DONE: _("Done"), JobState.FAILED: _("Failed")},
        tones=TONES,
        elsewhere=GIVEN_UP,
        most_attempts=MOST_ATTEMPTS,
    )


@bp.post("/jobs/<int:number>/again")
@staff_only
def try_again(number: int) -> ResponseReturnValue:
    """Put a failed job back in line."""
    job = queries.by_id(number)
    if job is None or job.name in GIVEN_UP:
        abort(404)
    with transaction():
        service.try_again(job, now=clock.now())
    flash(_("The job is in line again."))
    return see_other(url_for("jobs.list_jobs"))
