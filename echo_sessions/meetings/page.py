"""What pages say of a meeting at its provider: where it stands, what is wrong with it, what happens by itself and what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions.meetings import providers, queries, wording
from echo_sessions.meetings.models import Meeting, Trouble
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.moments import span
from echo_sessions.outside.meetings import LinkState
from echo_sessions.words import msgid

SEVEREST_FIRST = (
    TroubleKind.MISSING, TroubleKind.CONVERTED, TroubleKind.NOT_CONFIGURED, TroubleKind.SCOPE, TroubleKind.HOST_GONE,
    TroubleKind.REFUSED, TroubleKind.NO_HOST, TroubleKind.HOST_SPENT, TroubleKind.SILENT, TroubleKind.DOUBTED,
    TroubleKind.LINKS_REFUSED, TroubleKind.CHANGED, TroubleKind.LINKS_PENDING, TroubleKind.CO_HOST, TroubleKind.NO_REPORT,
)  # fmt: skip
"""What keeps everybody out stands before what keeps some out, and that before what is only otherwise than wanted."""
NEAR = timedelta(hours=24)
SHUT_OUT = frozenset({TroubleKind.MISSING, TroubleKind.CONVERTED})
MILD = frozenset({TroubleKind.DOUBTED, TroubleKind.CO_HOST, TroubleKind.NO_REPORT})
SET_UP = "meetings.set_up"

STATE_WORDS = {
    MeetingState.WANTED: (msgid("Not made yet"), "attention"),
    MeetingState.MADE: (msgid("Ready"), "good"),
    MeetingState.MISSING: (msgid("Gone"), "danger"),
    MeetingState.UNWANTED: (msgid("Being taken away"), "quiet"),
    MeetingState.REMOVED: (msgid("Taken away"), "quiet"),
}
KIND_WORDS = {
    TroubleKind.NO_HOST: msgid("No free host"),
    TroubleKind.HOST_SPENT: msgid("Host’s calls used up"),
    TroubleKind.HOST_GONE: msgid("Host has left"),
    TroubleKind.SILENT: msgid("No answer"),
    TroubleKind.REFUSED: msgid("Refused"),
    TroubleKind.SCOPE: msgid("Not granted"),
    TroubleKind.NOT_CONFIGURED: msgid("Not set up"),
    TroubleKind.CHANGED: msgid("Otherwise than wanted"),
    TroubleKind.MISSING: msgid("Gone"),
    TroubleKind.DOUBTED: msgid("Perhaps gone"),
    TroubleKind.CONVERTED: msgid("Now a webinar"),
    TroubleKind.CO_HOST: msgid("No alternative host"),
    TroubleKind.LINKS_PENDING: msgid("Links to approve"),
    TroubleKind.LINKS_REFUSED: msgid("Links refused"),
    TroubleKind.NO_REPORT: msgid("No report"),
}
LINK_WORDS = {
    LinkState.WANTED: (msgid("Not asked for yet"), "quiet"),
    LinkState.ASKED: (msgid("Asked for"), "info"),
    LinkState.MADE: (msgid("There"), "good"),
    LinkState.PENDING: (msgid("Waits for approval"), "attention"),
    LinkState.REFUSED: (msgid("Refused"), "attention"),
    LinkState.REVOKED: (msgid("Taken back"), "quiet"),
}


@dataclass(frozen=True)
class Button:
    """The one thing to do; `post` where it is done at once."""

    label: str
    url: str
    post: bool


@dataclass(frozen=True)
class Line:
    """One trouble: its word and sentence, since when, what happens by itself, and what a person does next."""

    word: str
    tone: str
    sentence: str
    since: datetime
    by_itself: str
    button: Button | None


@dataclass(frozen=True)
class Standing:
    """How a meeting stands: a word of state, sentences, and its open troubles, the severest first."""

    word: str
    tone: str
    sentences: list[str]
    lines: list[Line]


def standing_of(meeting: Meeting, now: datetime, *, acts: bool, sets_up: bool = False) -> Standing:
    """How it stands, for those who look at its session. Buttons only where they act on it; that to the set-up page of the
    provider only where they may open it."""
    provider = _(providers.provider(meeting.provider).title)
    troubles = queries.open_troubles([meeting.id]).get(meeting.id, [])
    lines = [line_of(trouble, meeting, now, acts=acts, sets_up=sets_up) for trouble in by_severity(troubles)]
    word, tone = STATE_WORDS[meeting.state]
    sentences = [_made(meeting, provider)]
    if meeting.state is MeetingState.MADE:
        word, tone = (msgid("Needs a look"), "attention") if lines else (word, tone)
        sentences += filter(None, [ways_in(queries.links_by_state(meeting.id))])
        sentences += [] if lines else [_("Nothing is wrong with it.")]
        if meeting.ends_at <= now and not lines:
            word, tone = msgid("Over"), "quiet"
    return Standing(_(word), tone, sentences, lines)


def by_severity(troubles: Iterable[Trouble]) -> list[Trouble]:
    """The severest first; of one kind the oldest."""
    return sorted(troubles, key=lambda trouble: (SEVEREST_FIRST.index(trouble.kind), trouble.id))


def line_of(trouble: Trouble, meeting: Meeting, now: datetime, *, acts: bool, sets_up: bool = False) -> Line:
    """A trouble as a page shows it."""
    step = wording.next_step(trouble)
    others = step is not None and step[1] == SET_UP and not sets_up
    then = [
        by_itself(trouble.kind, meeting, now),
        _("Ask an owner of the hub to look at the set-up.") if others else "",
    ]
    return Line(
        _(KIND_WORDS[trouble.kind]), tone_of(trouble.kind, meeting, now), sentence_of(trouble), trouble.since,
        " ".join(filter(None, then)), _button(step) if acts and step and not others else None,
    )  # fmt: skip


def tone_of(kind: TroubleKind, meeting: Meeting, now: datetime) -> str:
    """Red only where people would stand before a shut door: it is gone, or not there and the session is near."""
    if kind in SHUT_OUT or (meeting.state is MeetingState.WANTED and meeting.starts_at - now < NEAR):
        return "danger"
    return "info" if kind in MILD else "attention"


def by_itself(kind: TroubleKind, meeting: Meeting, now: datetime) -> str:
    """What happens if nobody does anything."""
    then = meeting.report_next_at if kind is TroubleKind.NO_REPORT else meeting.next_try_at
    if kind in SHUT_OUT or then is None:
        return str(_("Nothing happens by itself."))
    if then <= now + timedelta(minutes=1):
        return str(_("It is tried again by itself within minutes."))
    return str(_("It is tried again by itself on %(when)s.", when=span(then, None, meeting.zone)))


def _button(step: wording.Step) -> Button | None:
    """The next step as a button or a link; none where this installation has no such page."""
    label, endpoint, place = step
    values: dict[str, Any] = place
    if endpoint not in current_app.view_functions:
        return None
    post = not any("GET" in (rule.methods or ()) for rule in current_app.url_map.iter_rules(endpoint))
    return Button(_(label), url_for(endpoint, **values), post)


def ways_in(links: Mapping[LinkState, int]) -> str:
    """How many have their own link; nothing where nobody needs one."""
    total = sum(count for state, count in links.items() if state is not LinkState.REVOKED)
    made, pending, refused = (links.get(state, 0) for state in (LinkState.MADE, LinkState.PENDING, LinkState.REFUSED))
    if not total:
        return ""
    parts = [
        ngettext(
            "%(made)s of 1 personal link is made", "%(made)s of %(num)s personal links are made", total, made=made
        ),
        ngettext("1 waits for approval", "%(num)s wait for approval", pending) if pending else "",
        ngettext("1 is refused", "%(num)s are refused", refused) if refused else "",
    ]
    return f"{', '.join(filter(None, parts))}."


def spaced(ref: str | None) -> str:
    """A meeting number as people read it aloud: 812 3456 7890. What is no such number stays as it is."""
    ref = ref or ""
    if not ref.isdecimal() or not 9 <= len(ref) <= 11:
        return ref
    middle = 4 if len(ref) == 11 else 3
    return f"{ref[:3]} {ref[3 : 3 + middle]} {ref[3 + middle :]}"


def sentence_of(trouble: Trouble) -> str:
    """What is, or was, wrong, in the reader's language."""
    return wording.said(trouble).through(_)


def word_of(troubles: Iterable[Trouble]) -> str:
    """The severest of these in one word, for a list."""
    return str(_(KIND_WORDS[by_severity(troubles)[0].kind]))


def _made(meeting: Meeting, provider: str) -> str:
    """What there is, in a sentence."""
    sentence = {
        MeetingState.WANTED: msgid("%(provider)s is asked for a meeting; there is none yet."),
        MeetingState.MADE: msgid("%(provider)s, meeting %(number)s, made on %(when)s, opened by %(host)s.")
        if meeting.host
        else msgid("%(provider)s, meeting %(number)s, made on %(when)s."),
        MeetingState.MISSING: msgid(
            "Meeting %(number)s is not at %(provider)s any more. What we know of it, and who takes part, stays."
        ),
        MeetingState.UNWANTED: msgid("The meeting at %(provider)s is taken away by itself."),
        MeetingState.REMOVED: msgid("The session does not take place at %(provider)s, so it has no meeting there."),
    }[meeting.state]
    values = {
        "provider": provider, "number": spaced(meeting.ref) or "–", "host": meeting.host.name if meeting.host else "–",
        "when": span(meeting.made_at, None, meeting.zone) if meeting.made_at else "–",
    }  # fmt: skip
    return str(_(sentence) % values)
