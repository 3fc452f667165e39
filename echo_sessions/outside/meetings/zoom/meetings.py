"""Meetings at Zoom: made once, found again by their mark, read back after every change.

What Zoom has is told as `Meeting.made`, in the words of `Wanted`: `topic`, `starts_at` (ISO, in UTC), `minutes`, `zone`,
`hosts_too` (addresses in small letters), besides `host_address`, `settings` (those that matter to us, as they are), and
`differs`: {field: [wanted, got]} for everything that is not as it was asked for. It has no passcode and no address.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import LostReply, Meeting, NotThere, Wanted
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom.refusals import OVER, Refusal
from echo_sessions.outside.meetings.zoom.talking import Deadline, Talker
from echo_sessions.outside.meetings.zoom.values import in_utc, listed, mapping, moment, number, text

SCHEDULED = 2
TOPIC, AGENDA = 200, 250
"""An agenda may be longer, but lists show so much of it."""
NEUTRAL = "A session of an ECHO program. Everybody comes in by a link of their own."
SETTINGS: Mapping[str, object] = {
    "approval_type": 0,
    "registration_type": 1,
    "registrants_email_notification": False,
    "registrants_confirmation_email": False,
    "use_pmi": False,
    "auto_recording": "none",
}
"""Everybody is registered, by us and without a letter of Zoom's; the room is the meeting's own; nothing is recorded by
itself."""
QUIETLY = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}
"""Nobody hears of it from Zoom: we write to them."""
LISTS = ("scheduled", "upcoming")


def ensure(talker: Talker, wanted: Wanted) -> Meeting:
    """The meeting for this session. When an attempt was made before, it is looked for first; twins that bear our mark are
    taken away. Raises LostReply when nobody can know whether it was made."""
    within = Deadline.errand()
    if wanted.uncertain:
        found = find(talker, wanted.mark, wanted.host, like=wanted, within=within)
        for twin in found[1:]:
            if twin.made.get("marked"):
                cancel(talker, twin, within=within)
        if found:
            return _compared(found[0], wanted)
    body = _body(wanted)
    try:
        told = talker.ask(op.CREATE, wanted.host, body=body, host=wanted.host, within=within)
    except Refusal as fault:
        if not (wanted.hosts_too and fault.about_co_hosts):
            raise
        body["settings"]["alternative_hosts"] = _listed(_kept(fault, wanted.hosts_too))
        told = talker.ask(op.CREATE, wanted.host, body=_without_empty(body), host=wanted.host, within=within)
    if not text(told.get("id")):
        raise LostReply("Zoom made a meeting and did not say which.")
    made = _meeting(told, wanted.mark)
    if "start_time" not in told or (wanted.hosts_too and "alternative_hosts" not in mapping(told.get("settings"))):
        with suppress(TryLater, GaveUp):  # it is made: nothing that happens now may say otherwise
            made = read(talker, made, within=within)
    return _compared(made, wanted)


def update(talker: Talker, meeting: Meeting, wanted: Wanted) -> Meeting:
    """The meeting after a change, as Zoom has it afterwards; no call at all when nothing is to be changed."""
    body = changes(meeting, wanted)
    if not body:
        return _compared(meeting, wanted)
    within, lost = Deadline.errand(), None
    try:
        _change(talker, meeting, wanted, body, within)
    except LostReply as fault:  # what Zoom has tells whether it got through
        lost = fault
    there = _compared(read(talker, meeting, within=within), wanted)
    if lost is not None and there.made["differs"]:
        raise lost
    return there


def changes(meeting: Meeting, wanted: Wanted) -> dict[str, Any]:
    """What has to be sent so that the meeting is as wanted: only what differs from what Zoom said it has."""
    differs = _differences(meeting.made, wanted)
    body: dict[str, Any] = {}
    if "topic" in differs:
        body["topic"] = _topic(wanted)
    if {"starts_at", "zone"} & set(differs):
        body |= {"start_time": in_utc(wanted.starts_at), "timezone": wanted.zone}
    if "minutes" in differs:
        body["duration"] = wanted.minutes
    settings = {name: SETTINGS[name] for name in SETTINGS if name in differs}
    if "hosts_too" in differs:
        settings["alternative_hosts"] = _listed(wanted.hosts_too)
    return body | ({"settings": settings} if settings else {})


def read(talker: Talker, meeting: Meeting, *, within: Deadline | None = None) -> Meeting:
    """As it is there now. Raises NotThere or Converted."""
    return _meeting(talker.ask(op.READ, meeting.ref or "", within=within), "")


def cancel(talker: Talker, meeting: Meeting, *, within: Deadline | None = None) -> None:
    """Take it away; one that is gone already, or over, is as good."""
    try:
        talker.ask(op.DELETE, meeting.ref or "", params=QUIETLY, within=within)
    except NotThere:
        return
    except Refusal as fault:
        if fault.code not in {OVER, 3007}:
            raise


def find(
    talker: Talker, mark: str, host: str, *, like: Wanted | None = None, within: Deadline | None = None
) -> list[Meeting]:
    """The meetings of this host that bear the mark, the oldest first; with `like`, failing that, one with its topic and
    start whose agenda bears nobody's mark."""
    seen: set[str] = set()
    marked: list[Meeting] = []
    alike: list[Meeting] = []
    for kind in LISTS:
        for row in _rows(talker, host, kind, within):
            ref = text(row.get("id"))
            if not ref or ref in seen or not _may_be(row, mark, like):
                continue
            seen.add(ref)
            there = _read_or_none(talker, ref, mark, within)
            if there is not None and there.made["marked"]:
                marked.append(there)
            elif there is not None and like is not None and not there.made["agenda"]:
                alike.append(there)
        if marked:
            break
    return sorted(marked or alike[:1], key=lambda each: (each.made["created_at"], each.ref or ""))


def bears(agenda: object, mark: str) -> bool:
    """Whether an agenda begins with this mark, whole."""
    return bool(mark) and text(agenda).split(maxsplit=1)[:1] == [mark]


def _change(talker: Talker, meeting: Meeting, wanted: Wanted, body: dict[str, Any], within: Deadline) -> None:
    host = meeting.host or wanted.host
    try:
        talker.ask(op.CHANGE, meeting.ref or "", body=body, host=host, within=within)
    except Refusal as fault:
        if not fault.about_co_hosts:
            raise
        # A former alternative host makes Zoom refuse every change until somebody takes the name out.
        body.setdefault("settings", {})["alternative_hosts"] = _listed(_kept(fault, wanted.hosts_too))
        talker.ask(op.CHANGE, meeting.ref or "", body=body, host=host, within=within)


def _rows(talker: Talker, host: str, kind: str, within: Deadline | None) -> list[Mapping[str, Any]]:
    pages = talker.pages(op.LIST, host, params={"type": kind}, within=within)
    return [row for page in pages for row in listed(page.get("meetings"))]


def _read_or_none(talker: Talker, ref: str, mark: str, within: Deadline | None) -> Meeting | None:
    """As it is now, or nothing: it may be gone since it was listed."""
    try:
        return _meeting(talker.ask(op.READ, ref, within=within), mark)
    except NotThere:
        return None


def _may_be(row: Mapping[str, Any], mark: str, like: Wanted | None) -> bool:
    """Whether a line of a list is worth a closer look. Lists may leave agendas out; what has none may be alike."""
    if text(row.get("agenda")):
        return bears(row.get("agenda"), mark)
    return "agenda" not in row if like is None else _is_like(row, like)


def _is_like(row: Mapping[str, Any], wanted: Wanted) -> bool:
    return text(row.get("topic")) == _topic(wanted) and moment(row.get("start_time")) == _start(wanted)


def _body(wanted: Wanted) -> dict[str, Any]:
    """What a new meeting is asked for with: nothing that Zoom's document does not know."""
    return _without_empty(
        {
            "topic": _topic(wanted),
            "type": SCHEDULED,
            "start_time": in_utc(wanted.starts_at),
            "timezone": wanted.zone,
            "duration": wanted.minutes,
            "agenda": f"{wanted.mark} {NEUTRAL}"[:AGENDA],
            "settings": {**SETTINGS, "alternative_hosts": _listed(wanted.hosts_too)},
        }
    )


def _without_empty(body: dict[str, Any]) -> dict[str, Any]:
    if not body["settings"].get("alternative_hosts"):
        body["settings"].pop("alternative_hosts", None)
    return body


def _topic(wanted: Wanted) -> str:
    return re.sub(r"\s+", " ", wanted.topic).strip()[:TOPIC].strip()


def _start(wanted: Wanted) -> datetime:
    return wanted.starts_at.astimezone(UTC).replace(microsecond=0)


def _listed(addresses: Sequence[str]) -> str:
    return ";".join(addresses)


def _kept(fault: Refusal, addresses: Sequence[str]) -> list[str]:
    """Those that Zoom did not name when it refused; none when it named nobody."""
    named = [address for address in addresses if fault.names(address)]
    return [address for address in addresses if address not in named] if named else []


def _meeting(told: Mapping[str, Any], mark: str) -> Meeting:
    settings = mapping(told.get("settings"))
    starts_at, agenda = moment(told.get("start_time")), text(told.get("agenda"))
    made: dict[str, Any] = {
        "topic": text(told.get("topic")) or None,
        "starts_at": starts_at.isoformat() if starts_at else None,
        "minutes": number(told.get("duration")),
        "zone": text(told.get("timezone")) or None,
        "hosts_too": _addresses(settings.get("alternative_hosts")),
        "host_address": text(told.get("host_email")).lower(),
        "settings": {name: settings[name] for name in SETTINGS if name in settings},
        "agenda": bool(agenda.strip()),
        "marked": bears(agenda, mark),
        "created_at": text(told.get("created_at")),
        "type": number(told.get("type")),
    }
    made["differs"] = {name: [SETTINGS[name], got] for name, got in made["settings"].items() if got != SETTINGS[name]}
    return Meeting(
        provider="zoom", ref=text(told.get("id")) or None, url=_bare(told.get("join_url")), uuid=text(told.get("uuid")),
        host=text(told.get("host_id")), made=made, phones=_phones(settings),
    )  # fmt: skip


def _compared(meeting: Meeting, wanted: Wanted) -> Meeting:
    differs = _differences(meeting.made, wanted)
    return Meeting(
        provider=meeting.provider, ref=meeting.ref, url=meeting.url, uuid=meeting.uuid, host=meeting.host or wanted.host,
        made={**meeting.made, "differs": differs}, phones=meeting.phones,
    )  # fmt: skip


def _differences(made: Mapping[str, Any], wanted: Wanted) -> dict[str, list[object]]:
    """{field: [wanted, got]}; what Zoom did not tell is taken to be as it was asked for."""
    hoped: dict[str, object] = {
        "topic": _topic(wanted),
        "starts_at": _start(wanted).isoformat(),
        "minutes": wanted.minutes,
        "zone": wanted.zone,
        "hosts_too": sorted(address.lower() for address in wanted.hosts_too),
    }
    has = {name: made[name] for name in hoped if made.get(name) is not None}
    settings = mapping(made.get("settings"))
    if has.get("zone") and _same_clock(str(has["zone"]), wanted):
        del has["zone"]
    pairs = [(name, hoped[name], got) for name, got in has.items()]
    pairs += [(name, want, settings[name]) for name, want in SETTINGS.items() if name in settings]
    return {name: [want, got] for name, want, got in pairs if want != got}


def _same_clock(zone: str, wanted: Wanted) -> bool:
    """Whether another name of a zone shows the same time when the meeting begins: one that Zoom knows it by."""
    try:
        return (
            wanted.starts_at.astimezone(ZoneInfo(zone)).utcoffset()
            == wanted.starts_at.astimezone(ZoneInfo(wanted.zone)).utcoffset()
        )
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return zone == wanted.zone


def _addresses(told: object) -> list[str]:
    return sorted(each.strip().lower() for each in re.split(r"[;,]", text(told)) if each.strip())


def _bare(url: object) -> str:
    """The address of the room without what follows the question mark: that is the passcode."""
    parts = urlsplit(text(url))
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.scheme == "https" else ""


def _phones(settings: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    rows = listed(settings.get("global_dial_in_numbers"))
    return tuple(
        {
            "country": text(row.get("country_name")) or text(row.get("country")),
            "city": text(row.get("city")),
            "number": text(row.get("number")),
        }
        for row in rows
        if text(row.get("number"))
    )
