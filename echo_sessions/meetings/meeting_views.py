"""The page of one session's meeting at its provider: what stands where, what is wrong with it, and every button for it."""

from datetime import datetime

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import defer, joinedload, selectinload

from echo_sessions import clock
from echo_sessions.audit import service as audit
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.meetings import hosts, page, policy, providers, queries, service
from echo_sessions.meetings.blueprint import bp
from echo_sessions.meetings.models import Meeting, MeetingLink, Trouble
from echo_sessions.meetings.rules import HOST_CALLS_A_DAY, MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people.models import Person
from echo_sessions.sessions import policy as session_policy
from echo_sessions.sessions import wants
from echo_sessions.sessions.blueprint import find_session
from echo_sessions.sessions.models import Session
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import page_of

NONE = "This session has no meeting at a provider. Publish it, or choose a provider for it, and one is made."


@bp.get("/sessions/<code>/meeting")
@signed_in
def show_meeting(code: str) -> ResponseReturnValue:
    """Everything about the meeting of one session, for whoever runs it or looks at its records. Never a way in."""
    now = clock.now()
    session = find_session(code, lambda person, session: session_policy.may_look(person, session, now))
    meeting, runs = session.meeting, session_policy.may_run(me(), session)
    shown: dict[str, object] = {"session": session, "meeting": meeting, "runs": runs, "now": now, "title_of": _title}
    if meeting is None:
        return render_template("meetings/show_meeting.html", **shown)
    asked = request.args.get("state", "")
    shown |= {
        "standing": page.standing_of(meeting, now, acts=runs, sets_up=policy.may_see_set_up(me())), "number": page.spaced(meeting.ref),
        "account": _account(meeting, now), "history": _history(code), "before": queries.all_of(code)[1:],
        "page": page_of(_links(meeting, request.args.get("q", ""), asked)), "q": request.args.get("q", ""), "chosen": asked,
        "link_words": page.LINK_WORDS, "by_state": queries.links_by_state(meeting.id),
        "state_filter": [("", _("All")), *((state.value, _(word)) for state, (word, _tone) in page.LINK_WORDS.items())],
    }  # fmt: skip
    return render_template("meetings/show_meeting.html", **shown)


@bp.post("/sessions/<code>/meeting/try")
@signed_in
def try_now(code: str) -> ResponseReturnValue:
    """Do what waits now, instead of at its next try; what is perhaps gone is looked for."""
    session, now = find_session(code, run=True), clock.now()
    with transaction():
        meeting = _meeting(session)
        if meeting.state is MeetingState.MADE:
            service.ask_refused_again(meeting, now=now)
        if meeting.state in {MeetingState.MADE, MeetingState.MISSING}:
            service.look_again(meeting, by=me(), now=now)
        else:
            audit.record(me().id, "meeting tried again", code, at=now)
        if meeting.state is not MeetingState.MISSING:
            service.settle_soon(meeting, now=now)
    flash(_("It is tried now. Load this page again in a moment to see what came of it."), "info")
    return _back(code)


@bp.post("/sessions/<code>/meeting/put-back")
@signed_in
def put_back(code: str) -> ResponseReturnValue:
    """Make the provider have it as it was wanted."""
    session, now = find_session(code, run=True), clock.now()
    with transaction():
        service.put_back(_meeting(session), by=me(), now=now)
    flash(_("What was changed there is put back."))
    return _back(code)


@bp.route("/sessions/<code>/meeting/again", methods=["GET", "POST"])
@signed_in
def make_again(code: str) -> ResponseReturnValue:
    """Make another meeting in the place of this one, after a look at what that means."""
    session, now = find_session(code, run=True), clock.now()
    if request.method == "POST":
        with transaction():
            service.make_again(_meeting(session), by=me(), now=now)
        flash(_("A new meeting is made."))
        return _back(code)
    meeting = _meeting(session)
    return render_template(
        "meetings/make_again.html", session=session, meeting=meeting, number=page.spaced(meeting.ref), title_of=_title,
        provider=_title(meeting.provider), links=queries.links_by_state(meeting.id).get(LinkState.MADE, 0),
    )  # fmt: skip


@bp.route("/sessions/<code>/meeting/provider", methods=["GET", "POST"])
@signed_in
def change_provider(code: str) -> ResponseReturnValue:
    """Hold the session elsewhere, after a look at what that means."""
    session, now = find_session(code, run=True), clock.now()
    if request.method == "POST":
        chosen = request.form.get("provider", "")
        with transaction():
            wants.choose_provider(session, chosen, by=me(), now=now)
        if chosen == wants.PASTED:
            flash(_("The session is held at an address that you paste. Here you do it."))
            return see_other(url_for("sessions.link", code=code))
        flash(_("The session is held elsewhere; the meeting is made there now."))
        return _back(code)
    others = [(each.name, _(each.title)) for each in providers.creating() if each.name != session.provider]
    return render_template(
        "meetings/change_provider.html", session=session, others=others, pasted=wants.PASTED,
        provider=_title(session.provider),
    )  # fmt: skip


def _meeting(session: Session) -> Meeting:
    if session.meeting is None:
        raise Refused(NONE)
    return session.meeting


def _back(code: str) -> ResponseReturnValue:
    return see_other(url_for("meetings.show_meeting", code=code))


def _title(provider: str) -> str:
    """How a provider is called."""
    return str(_(providers.provider(provider).title))


def _account(meeting: Meeting, now: datetime) -> dict[str, object] | None:
    """The host, how many calls it has left today, and how many minutes are kept free around its meetings."""
    if meeting.host is None:
        return None
    left = hosts.calls_left(meeting.provider, [meeting.host.ref], now)[meeting.host.ref]
    return {
        "host": meeting.host, "left": left, "most": HOST_CALLS_A_DAY,
        "buffer": int(hosts.buffer_of(meeting.provider).total_seconds() // 60), "pool": len(hosts.pool(meeting.provider)),
    }  # fmt: skip


def _history(code: str) -> list[tuple[Trouble, str]]:
    """Every trouble that the meetings of this session had, the newest first, with its sentence."""
    chosen = select(Trouble).join(Meeting, Meeting.id == Trouble.meeting_id)
    own = chosen.where((Meeting.code == code) | Meeting.code.startswith(f"{code}/", autoescape=True))
    found = db.session.scalars(own.options(joinedload(Trouble.meeting)).order_by(Trouble.id.desc()).limit(100)).unique()
    return [(trouble, page.sentence_of(trouble)) for trouble in found]


def _links(meeting: Meeting, words: str, state: str) -> Select[MeetingLink]:
    """The personal links of a meeting by name, narrowed down; where they lead is never read."""
    chosen = select(MeetingLink).join(Person, Person.id == MeetingLink.person_id)
    chosen = chosen.where(MeetingLink.meeting_id == meeting.id)
    for word in words.split():
        chosen = chosen.where(Person.name.icontains(word, autoescape=True))
    if state in set(LinkState):
        chosen = chosen.where(MeetingLink.state == LinkState(state))
    return chosen.options(selectinload(MeetingLink.person), defer(MeetingLink.url)).order_by(
        Person.name, MeetingLink.id
    )
