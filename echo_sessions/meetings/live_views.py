"""The page of a session that is on, for the second screen of whoever leads it: what is on, how long, what follows, and
whether recording must stop."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from echo_sessions import clock
from echo_sessions.cases import policy as case_policy
from echo_sessions.cases import queries as cases
from echo_sessions.meetings import inside
from echo_sessions.meetings.blueprint import bp
from echo_sessions.sessions import policy, queries
from echo_sessions.sessions.blueprint import find_session
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.page import Line, Sheet, sheet_of
from echo_sessions.sessions.rules import BlockKind
from echo_sessions.sessions.running import Place, Sign, minutes_left, place, sign
from echo_sessions.web.guard import me, signed_in

REFRESH_SECONDS = 15


@bp.get("/sessions/<code>/live")
@signed_in
def live(code: str) -> ResponseReturnValue:
    """What is on now; the page follows by itself."""
    session, now = find_session(code, policy.may_follow_live), clock.now()
    return render_template(
        "meetings/live.html", session=session, now=now, running=_running(session, now), every=REFRESH_SECONDS,
        there=inside.count(session.meeting, now),
    )  # fmt: skip


@dataclass(frozen=True)
class Running:
    """What the page shows: where the session is, the lines of its run sheet, and what to say about recording."""

    place: Place
    left: int
    sheet: Sheet
    current: Line | None
    following: Line | None
    sign: Sign
    is_case: bool
    begun: bool


def _running(session: Session, now: datetime) -> Running:
    readable = {case.id: case for case in cases.of_session(session.id) if case_policy.may_look(me(), case, now)}
    sheet = sheet_of(session, readable, now, dark=queries.dark_blocks(session.id))
    at = place(session.blocks, session.starts_at, now)
    block = session.blocks[at.current] if at.current is not None else None
    return Running(
        at, minutes_left(at.until, now), sheet, sheet.lines[at.current] if at.current is not None else None,
        sheet.lines[at.following] if at.following is not None else None, sign(block, recording=inside.recorded(session.meeting)),
        is_case=block is not None and block.kind is BlockKind.CASE, begun=now >= session.starts_at,
    )  # fmt: skip
