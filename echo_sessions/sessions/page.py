"""What stands on the page of a session: its run sheet with the hours, its next step, its history in words."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from echo_sessions.audit.models import Entry
from echo_sessions.moments import hour_of
from echo_sessions.sessions.blueprint import address
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import BlockKind, Facts, Stage
from echo_sessions.sessions.wording import BLOCK_WORDS, ROLE_WORDS, readiness
from echo_sessions.words import msgid


@dataclass(frozen=True)
class Line:
    """One block of the run sheet with its hour by the clock of the series; `link` leads to its case."""

    at: str
    minutes: int
    title: str
    who: str | None
    note: str | None
    link: tuple[str, str] | None
    recorded: bool
    now: bool


@dataclass(frozen=True)
class Sheet:
    """The run sheet: its lines, their sum and the length they should have."""

    lines: list[Line]
    sum: int
    length: int


@dataclass(frozen=True)
class Step:
    """The one thing to do next."""

    label: str
    url: str
    title: str
    text: str


def sheet_of(session: Session, readable: Mapping[int, Any], now: datetime, *, dark: Set[int] = frozenset()) -> Sheet:
    """The blocks with their hours. A case that the reader may not read is only a slot that is taken; the slots in `dark`,
    whose case was taken out of view, say that and nothing else."""
    lines, start = [], session.starts_at
    for block in session.blocks:
        end = start + timedelta(minutes=block.minutes)
        case = readable.get(block.case_id or 0)
        link = address("cases.show", code=case.code) if case else None
        line = Line(
            at=hour_of(start, session.zone), minutes=block.minutes, title=(block.title if block.id not in dark else "") or _(BLOCK_WORDS[block.kind]),
            who=block.owner.name if block.owner else case.author.name if case else None,
            note=_("case withdrawn from view") if block.id in dark else _note(block.kind, block.case_id),
            link=(case.code, link) if case and link else None, recorded=block.recorded, now=start <= now < end,
        )  # fmt: skip
        lines.append(line)
        start = end
    return Sheet(lines, sum(line.minutes for line in lines), session.minutes)


def _note(kind: BlockKind, case_id: int | None) -> str | None:
    if kind is not BlockKind.CASE:
        return None
    return None if case_id else _("free slot")


def next_step(session: Session, at: Stage, facts: Facts, *, join: str) -> Step | None:
    """What a coordinator does next with the session, by its stage."""
    code = session.code
    if at is Stage.DRAFT:
        url, text = (
            address("sessions.publish", code=code),
            _("Only the team sees it. You will see who is told before anybody is."),
        )
        return _step(_("Publish it"), url, _("This date is a draft"), text)
    if at in {Stage.SCHEDULED, Stage.INVITED}:
        return _first_missing(session, facts)
    if at is Stage.LIVE:
        return _step(_("Open the way in"), join, _("It is on now"), _("Your own link, as participants have theirs."))
    if at in {Stage.HELD, Stage.RECONCILED}:
        text = _("Attendance, recommendations and credit: the page says what is still open.")
        return _step(_("Close this session"), address("attendance.close_page", code=code), _("It took place"), text)
    if at is Stage.CANCELLED and session.uid is not None:
        text = _("Everybody who was told of the cancellation is invited anew; you see the letters first.")
        return _step(_("Restore it"), address("sessions.restore", code=code), _("This session is cancelled"), text)
    return None


def way_to(session: Session, key: str) -> str | None:
    """Where a missing thing is got."""
    if key == "link":
        return address("sessions.link", code=session.code)
    if key == "case":
        return address("cases.list_cases", state="accepted") or address("sessions.run_sheet", code=session.code)
    return address("experts.ask", code=session.code, role=key)


def _first_missing(session: Session, facts: Facts) -> Step | None:
    for point, there in readiness(facts):
        if not there:
            count = sum(not done for _point, done in readiness(facts))
            title = _("%(count)s of %(total)s are missing", count=count, total=len(readiness(facts)))
            return _step(_(point.do), way_to(session, point.key), title, _(point.lacking))
    return None


def _step(label: str, url: str | None, title: str, text: str) -> Step | None:
    return Step(label, url, title, text) if url else None


DEEDS = {
    "session published": msgid("Published"),
    "session changed": msgid("Changed: %(what)s"),
    "session cancelled": msgid("Cancelled"),
    "session restored": msgid("Restored"),
    "meeting link set": msgid("Meeting link set"),
    "meeting link taken away": msgid("Meeting link taken away"),
    "meeting opened as host": msgid("Opened the meeting as host"),
    "meeting tried again": msgid("Had the meeting tried at once"),
    "meeting looked for": msgid("Had the meeting looked at"),
    "meeting put back": msgid("Put the meeting back"),
    "meeting made again": msgid("Had a new meeting made"),
    "meeting held elsewhere": msgid("Changed the provider of the meeting"),
    "run sheet saved": msgid("Run sheet saved"),
    "disclosure recorded": msgid("Disclosures recorded"),
    "disclosure taken away": msgid("Disclosures taken away"),
    "duty offered": msgid("Asked %(whom)s: %(role)s"),
    "duty accepted": msgid("Said yes to a part"),
    "duty declined": msgid("Said no to a part"),
    "duty withdrawn": msgid("No longer asks %(whom)s"),
}
CHANGES = {
    "start": msgid("time"), "end": msgid("length"), "words": msgid("topic"), "state": msgid("state"), "place": msgid("place"),
}  # fmt: skip


def said(entry: Entry, whom: Mapping[str, str]) -> str:
    """A line of the history in words. `whom`: the names of people by the codes of their parts."""
    words = DEEDS.get(entry.deed)
    if words is None:
        return entry.deed
    role = next((name for kind, name in ROLE_WORDS.items() if kind.value == entry.facts.get("role")), "")
    what = [_(CHANGES[name]) for name in entry.facts.get("what", []) if name in CHANGES]
    if "start" in entry.facts.get("what", []) and len(what) > 1:
        what = [name for name in what if name != _(CHANGES["end"])]
    values = {"whom": whom.get(entry.thing, "–"), "what": ", ".join(what), "role": _(role).lower() if role else ""}
    return str(_(words, **values) if "%(" in words else _(words))
