"""The hub's own room: every page about the hub as a whole, with what it is for. Each reader finds the doors that open."""

from collections.abc import Iterator
from typing import Any

from flask import abort, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.oversight.blueprint import bp
from echo_sessions.people.rules import StaffRole
from echo_sessions.web.guard import signed_in
from echo_sessions.words import msgid

RUNS, STAFF, OWNER = "runs", "staff", "owner"
Door = tuple[str, str, str, dict[str, Any], str]
ROOMS: tuple[tuple[str, tuple[Door, ...]], ...] = (
    (msgid("People and trust"), (
        (RUNS, msgid("Checks"), "verification.list_waiting", {}, msgid("who waits to be verified")),
        (RUNS, msgid("Sites"), "programs.list_sites", {}, msgid("places, their leads and group rooms")),
        (RUNS, msgid("Perhaps the same person"), "merging.list_duplicates", {}, msgid("records to join, and what was joined")),
        (RUNS, msgid("Lost records"), "merging.list_recoveries", {}, msgid("people who have lost all their addresses")),
        (OWNER, msgid("Who works for the hub"), "oversight.staff", {}, msgid("owners and coordinators, and what that gives")),
    )),
    (msgid("When something went wrong"), (
        (RUNS, msgid("Recalled cases"), "cases.list_recalls", {}, msgid("cases taken out of view, with their clock")),
        (RUNS, msgid("Reports"), "conduct.list_incidents", {}, msgid("reports about conduct, steps and appeals")),
        (STAFF, msgid("Alarms"), "alarms.list_alarms", {}, msgid("much taken away, many cases opened")),
    )),
    (msgid("Texts and rules"), (
        (STAFF, msgid("Statement of collaboration"), "programs.statement", {"kind": "collaboration"}, msgid("its versions and what changed")),
        (STAFF, msgid("Code of conduct"), "programs.statement", {"kind": "conduct"}, msgid("its versions and what changed")),
        (STAFF, msgid("Privacy notice"), "programs.statement", {"kind": "privacy"}, msgid("its versions and what changed")),
        (STAFF, msgid("Who has agreed"), "programs.list_acceptances", {}, msgid("to which version, and when")),
        (STAFF, msgid("How long things are kept"), "privacy.retention", {}, msgid("periods, and what is past its time")),
        (STAFF, msgid("Requests about data"), "privacy.list_requests", {}, msgid("copies, and records to be erased")),
        (OWNER, msgid("The law of recalls"), "cases.set_law", {}, msgid("by when an authority must be told")),
    )),
    (msgid("Meetings"), (
        (STAFF, msgid("Zoom and its hosts"), "meetings.set_up", {}, msgid("how the account is, its hosts, and a test meeting")),
    )),
    (msgid("Records"), (
        (RUNS, msgid("Certificates"), "certificates.list_certificates", {}, msgid("issued, replaced, revoked")),
        (STAFF, msgid("Letters"), "mail.list_letters", {}, msgid("the outbox, and what failed")),
        (STAFF, msgid("Jobs"), "jobs.list_jobs", {}, msgid("work beside the pages")),
        (STAFF, msgid("Audit"), "audit.list_entries", {}, msgid("who did what, and when")),
    )),
)  # fmt: skip
"""Groups of doors: who they open for, what is written on them, where they lead, and what is behind them."""


@bp.get("/hub")
@signed_in
def hub() -> ResponseReturnValue:
    """All pages about the hub as a whole that open for the reader."""
    if not g.runs:
        abort(404)
    groups = [(_(title), list(_doors(doors))) for title, doors in ROOMS]
    return render_template("oversight/hub.html", groups=[(title, doors) for title, doors in groups if doors])


def _doors(doors: tuple[Door, ...]) -> Iterator[tuple[str, str, str]]:
    opens = {RUNS: True, STAFF: g.staff is not None, OWNER: g.staff is not None and g.staff.role is StaffRole.OWNER}
    for who, label, endpoint, values, behind in doors:
        if opens[who]:
            yield _(label), url_for(endpoint, **values), _(behind)
