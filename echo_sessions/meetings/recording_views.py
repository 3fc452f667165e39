"""The recordings of a session: which there are, for whom, looking at one, and taking one down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.audit import service as audit
from echo_sessions.audit.rules import Seen
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.meetings import recordings
from echo_sessions.meetings.blueprint import bp
from echo_sessions.meetings.models import Recording
from echo_sessions.meetings.providers import provider
from echo_sessions.meetings.recording_forms import WORDS, DecideForm, TakeDownForm
from echo_sessions.meetings.recording_jobs import made_of
from echo_sessions.meetings.recording_rules import Part, Sight, is_near, is_seen, kind_words, sight
from echo_sessions.outside.meetings import NotThere
from echo_sessions.people import queries as people
from echo_sessions.sessions import policy
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.blueprint import find_session
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import BlockKind
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.words import Said


@dataclass(frozen=True)
class Line:
    """One file as the page shows it to this reader."""

    recording: Recording
    kind: str
    minutes: int
    sight: Sight
    why: Said
    near: bool
    decided: bool
    text: bool


@bp.get("/sessions/<code>/recordings")
@signed_in
def list_recordings(code: str) -> ResponseReturnValue:
    """What was recorded of a session. Those who run it see all and why; whoever takes part sees what is for everybody, and
    how many more there are and why not. Sponsors read no session, and auditors no recording."""
    session, now = find_session(code, policy.may_read), clock.now()
    lines, runs = _lines(session, now), policy.may_run(me(), session)
    own = [line for line in lines if runs or line.sight is Sight.ALL]
    hidden = [line for line in lines if line not in own and is_seen(line.recording.kind)]
    return render_template(
        "meetings/list_recordings.html", session=session, lines=own, hidden=len(hidden), whys=_different(hidden), runs=runs, now=now,
        days=recordings.kept_days(session.meeting.provider) if session.meeting else None, hub=people.hub(),
        told=session.meeting is not None and provider(session.meeting.provider).capabilities.recordings,
    )  # fmt: skip


@bp.post("/recordings/<code>/watch")
@signed_in
def watch_recording(code: str) -> ResponseReturnValue:
    """Ask the provider for the way to one file, now, and show it once. That somebody looked is noted before."""
    recording, session = _find(code)
    now = clock.now()
    seen, why = sight(recordings.file_of(recording), parts_of(session), now)
    if seen is Sight.NOBODY:
        raise Refused(why.message, **why.values)
    if seen is not Sight.ALL:
        only_if(lambda: policy.may_run(me(), session), 403)
    asked, made, file = provider(recording.meeting.provider), made_of(recording.meeting), recordings.as_found(recording)
    with transaction():
        audit.saw(me().id, Seen.RECORDING, recording.code, at=now)
    facts = {"session": session, "recording": recording, "kind": kind_words(recording.kind)}
    db.session.rollback()  # nothing is held open while the provider is asked
    try:
        way = asked.recording_way(made, file)
    except NotThere:
        raise Refused(
            "The provider does not find this recording. Ask your hub: it may have been removed there."
        ) from None
    except (TryLater, GaveUp):
        raise Refused("The meeting provider does not answer just now. Try again in a few minutes.") from None
    answer = make_response(render_template("meetings/watch.html", way=way, **facts))
    answer.headers["Cache-Control"], answer.headers["Referrer-Policy"] = "no-store", "no-referrer"
    return answer


@bp.route("/recordings/<code>/show", methods=["GET", "POST"])
@signed_in
def decide_recording(code: str) -> ResponseReturnValue:
    """Say who may see a file, with a reason."""
    recording, session = _find(code, run=True)
    stands = next(word for word, shown in WORDS.items() if shown is recording.shown)
    form, now = DecideForm(data={"version": recording.version, "who": stands}), clock.now()
    if form.validate_on_submit() and form.catches_up(recording):
        with transaction():
            recordings.decide(
                recording, shown=WORDS[form.who.data], reason=form.reason.data or "", watched=bool(form.watched.data), by=me(), now=now
            )  # fmt: skip
        flash(_("Done. It holds from now on."))
        return see_other(_back(session))
    return _form("meetings/decide_recording.html", recording, session, now, form)


@bp.route("/recordings/<code>/take-down", methods=["GET", "POST"])
@signed_in
def take_down(code: str) -> ResponseReturnValue:
    """Take a file out of everybody's view, now, and away at the provider."""
    recording, session = _find(code, run=True)
    form, now = TakeDownForm(), clock.now()
    if form.validate_on_submit():
        with transaction():
            recordings.take_down(recording, reason=form.reason.data or "", by=me(), now=now)
        flash(_("Nobody sees it any more. It is being removed at the provider; this page says when that is confirmed."))
        return see_other(_back(session))
    return _form("meetings/take_down.html", recording, session, now, form)


def parts_of(session: Session) -> list[Part]:
    """The blocks of the run sheet with their moments. What is a case is never recorded, whatever is ticked."""
    parts, start = [], session.starts_at
    for block in session.blocks:
        end, case = start + timedelta(minutes=block.minutes), block.kind is BlockKind.CASE
        parts.append(Part(start, end, recorded=block.recorded and not case, case=case))
        start = end
    return parts


def _find(code: str, *, run: bool = False) -> tuple[Recording, Session]:
    """The recording and its session, for whoever may read that (404 to others, 403 to auditors) and, with `run`, runs it."""
    recording = recordings.by_code(code)
    session = sessions.by_code(recording.meeting.session_code) if recording is not None else None
    if recording is None or session is None:
        abort(404)
    find_session(session.code, policy.may_read, run=run)
    return recording, session


def _lines(session: Session, now: datetime) -> list[Line]:
    parts = parts_of(session)
    found = []
    for recording in recordings.of_session(session.code):
        seen, why = sight(recordings.file_of(recording), parts, now)
        length = (recording.ends_at - recording.starts_at) / timedelta(minutes=1)
        found.append(
            Line(
                recording, kind_words(recording.kind), max(1, round(length)), seen, why, decided=recording.shown is not None, text=not is_seen(recording.kind),
                near=recording.removed_at is None and recording.dark_since is None and is_near(recording.keep_until, now),
            )
        )  # fmt: skip
    return found


def _different(lines: Sequence[Line]) -> list[Said]:
    """Each reason once."""
    return list({line.why.message: line.why for line in lines}.values())


def _form(page: str, recording: Recording, session: Session, now: datetime, form: object) -> ResponseReturnValue:
    seen, why = sight(recordings.file_of(recording), parts_of(session), now)
    text = render_template(
        page, recording=recording, session=session, form=form, kind=kind_words(recording.kind), sight=seen, why=why, back=_back(session),
        text=not is_seen(recording.kind), dark=recording.dark_since is not None,
    )  # fmt: skip
    return text, 422 if getattr(form, "errors", None) else 200


def _back(session: Session) -> str:
    return url_for("meetings.list_recordings", code=session.code)
