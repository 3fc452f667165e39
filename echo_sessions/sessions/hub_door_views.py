"""The door of a session as the hub sees it: what people read before they go in, who was shown it, who was not let in."""

from dataclasses import dataclass
from datetime import datetime

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.sessions import door, policy, queries
from echo_sessions.sessions.blueprint import bp, find_session
from echo_sessions.sessions.door_views import spoken_in
from echo_sessions.sessions.forms import DisclosureForm
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, DutyState
from echo_sessions.sessions.wording import ROLE_WORDS
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer

SPEAK = frozenset({DutyRole.FACILITATOR, DutyRole.PRESENTER, DutyRole.PANEL, DutyRole.CASE_EXPERT})


@dataclass(frozen=True)
class AtDoor:
    """What happened at a door so far."""

    entered: int
    out: list[tuple[Person, datetime]]


@bp.route("/sessions/<code>/door", methods=["GET", "POST"])
@signed_in
def at_door(code: str) -> ResponseReturnValue:
    """What people are shown before they go in, and what became of those who came. Auditors read it."""
    now = clock.now()
    session = find_session(code, lambda person, session: policy.may_look(person, session, now))
    runs = policy.may_run(me(), session)
    if request.method == "POST":
        session = find_session(code, run=True)
    form = DisclosureForm(obj=session)
    if form.validate_on_submit() and form.catches_up(session):
        try:
            with transaction():
                door.disclose(session, form.disclosure.data or "", by=me(), now=now)
        except Refused as fault:
            form.disclosure.errors = [words_of(fault)]
        else:
            flash(_("What is read at the door is kept."))
            return see_other(url_for("sessions.at_door", code=code))
    faulty = bool(form.errors or form.form_errors)
    speakers = [
        (duty.person.name, ROLE_WORDS[duty.role])
        for duty in queries.duties_of(session.id)
        if duty.state is DutyState.ACCEPTED and duty.role in SPEAK
    ]
    return render_template(
        "sessions/at_door.html", session=session, form=form, runs=runs, parts=spoken_in(session).parts, speakers=speakers,
        door=seen_at_door(session), shown=page_of(door.shown_in(session.id), scalars=False), now=now,
    ), 422 if faulty else 200  # fmt: skip


@bp.get("/sessions/<code>/door.csv")
@signed_in
def door_csv(code: str) -> ResponseReturnValue:
    """Who was shown which words before going in, and when first, for accreditors."""
    now = clock.now()
    session = find_session(code, lambda person, session: policy.may_look(person, session, now))
    found = db.session.execute(door.shown_in(session.id)).all()
    head = (_("Name"), _("Profession"), _("First shown (UTC)"), _("Words"), _("SHA-256 of the words"))
    return csv_answer(
        f"shown-{session.code}.csv", head,
        [(name, profession, f"{at:%Y-%m-%d %H:%M:%S}", text, sha256) for name, profession, at, text, sha256 in found],
    )  # fmt: skip


def seen_at_door(session: Session) -> AtDoor:
    """How many went in by their own way, and who stood there in vain."""
    return AtDoor(door.pressed_in(session.id), list(door.shut_out(session.id)))
