"""The account itself: who can host, what was granted, and settings that do on their own what a careful hub would not."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import Health, HostAccount, ScopeMissing
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom import scopes
from echo_sessions.outside.meetings.zoom.talking import Talker
from echo_sessions.outside.meetings.zoom.values import listed, mapping, number, text
from echo_sessions.words import msgid

LICENSED = frozenset({2, 3})
Finding = tuple[str, Mapping[str, object]]

NOT_ASKED = msgid("Zoom could not be asked: %(words)s")
SCOPES = msgid("These scopes are needed and were not granted: %(scopes)s. Add them to the app at marketplace.zoom.us.")
NO_REPORT = msgid(
    "Zoom's reports were not granted (%(scopes)s); small plans cannot. Presence is then known from hooks and uploaded files."
)
NO_RECORDINGS = msgid("Recordings were not granted (%(scopes)s): they are not listed here.")
NO_HOOK_SECRET = msgid("The secret of Zoom's hooks is missing: without it nobody can know who comes and goes.")
NOT_LOOKED = msgid(
    "Whether the account records, saves chats or summarises by itself could not be looked at (%(scopes)s was not granted). "
    "Look at Zoom under Account settings."
)
RECORDS = msgid("The account records meetings by itself (%(how)s). Switch it off: patients are spoken of.")
SAVES_CHAT = msgid("The account saves chats by itself. Switch it off: patients are spoken of.")
SUMMARISES = msgid("The account lets an AI summarise meetings by itself. Switch it off: patients are spoken of.")


def hosts(talker: Talker) -> list[HostAccount]:
    """All users who can sign in, and those who no longer can."""
    found: dict[str, HostAccount] = {}
    for status in ("inactive", "active"):
        for page in talker.pages(op.USERS, params={"status": status}):
            for row in listed(page.get("users")):
                if ref := text(row.get("id")):
                    found[ref] = _host(ref, row, status)
    return sorted(found.values(), key=lambda host: (host.address, host.ref))


def health(talker: Talker, *, hook_secrets: bool) -> Health:
    """How it is; never raises what Zoom raised."""
    try:
        granted = _granted(talker)
    except (TryLater, GaveUp) as fault:
        return Health(ok=False, faults=((NOT_ASKED, {"words": fault.words}),))
    faults: list[Finding] = []
    warnings: list[Finding] = []
    vital, reports = scopes.missing(scopes.VITAL, granted), scopes.missing(scopes.REPORTS, granted)
    recordings = scopes.missing(scopes.OF_RECORDINGS, granted)
    if vital:
        faults.append((SCOPES, {"scopes": ", ".join(vital)}))
    if reports:
        warnings.append((NO_REPORT, {"scopes": ", ".join(reports)}))
    if recordings:
        warnings.append((NO_RECORDINGS, {"scopes": ", ".join(recordings)}))
    if not hook_secrets:
        warnings.append((NO_HOOK_SECRET, {}))
    warnings += _settings(talker, granted)
    lacking = tuple(dict.fromkeys((*vital, *reports, *recordings)))
    return Health(not faults, tuple(faults), tuple(warnings), scopes_missing=lacking, scopes=granted or ())


def warned(told: Mapping[str, Any]) -> list[Finding]:
    """What the settings of an account do on their own."""
    meeting, recording = mapping(told.get("in_meeting")), mapping(told.get("recording"))
    found: list[Finding] = []
    how = text(recording.get("auto_recording"))
    if how and how != "none":
        found.append((RECORDS, {"how": how}))
    if meeting.get("auto_saving_chat") is True:
        found.append((SAVES_CHAT, {}))
    summary = mapping(meeting.get("meeting_summary_with_ai_companion"))
    if summary.get("auto_enable") is True:
        found.append((SUMMARISES, {}))
    return found


def _granted(talker: Talker) -> tuple[str, ...] | None:
    """What is granted now. A token tells what was granted when it was given out: one that Zoom no longer takes is found out
    by a small question, and where something vital is missing, a new one tells whether it was granted since."""
    with suppress(ScopeMissing):
        talker.ask(op.USERS, params={"status": "active", "page_size": "1"})
    granted = talker.granted()
    return talker.granted(anew=True) if scopes.missing(scopes.VITAL, granted) else granted


def _settings(talker: Talker, granted: tuple[str, ...] | None) -> list[Finding]:
    """Only asked for where it was granted: a call that must be refused would be one more refusal in Zoom's books."""
    if granted is not None and scopes.ACCOUNT_SETTINGS.granted(granted):
        try:
            return warned(talker.ask(op.ACCOUNT_SETTINGS))
        except (TryLater, GaveUp):
            pass
    return [(NOT_LOOKED, {"scopes": scopes.ACCOUNT_SETTINGS.new})]


def _host(ref: str, row: Mapping[str, Any], status: str) -> HostAccount:
    name = " ".join(part for part in (text(row.get("first_name")), text(row.get("last_name"))) if part)
    address = text(row.get("email"))
    return HostAccount(
        ref=ref, address=address, name=text(row.get("display_name")) or name or address,
        licensed=number(row.get("type")) in LICENSED, active=(text(row.get("status")) or status) == "active",
    )  # fmt: skip
