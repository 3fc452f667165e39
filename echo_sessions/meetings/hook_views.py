"""Where meeting providers tell us what happens, while it happens."""

import json

from flask import request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from echo_sessions import clock
from echo_sessions.meetings import deliveries
from echo_sessions.meetings.blueprint import bp
from echo_sessions.meetings.providers import provider
from echo_sessions.outside.meetings import EventKind, Forged, NotConfigured
from echo_sessions.web.guard import open_to_all
from echo_sessions.web.machines import for_machines

MOST_BYTES = 1024 * 1024
"""BigBlueButton tells everything about a large meeting in one; Zoom's deliveries have a few kilobytes."""
OLD = ("old", "run out")
"""By these words a provider says that a signature was right once."""


@bp.post("/webhooks/zoom")
@open_to_all
@for_machines
def zoom_hook() -> ResponseReturnValue:
    """Zoom tells something. It cannot sign in: the signature over the very bytes is the proof."""
    return _taken("zoom")


@bp.post("/webhooks/bbb")
@open_to_all
@for_machines
def bbb_hook() -> ResponseReturnValue:
    """BigBlueButton tells something, signed with the secret that both sides have."""
    return _taken("bbb")


@bp.record_once
def _unforgeable(state: BlueprintSetupState) -> None:
    """What a provider sends carries its signature, and cannot carry our token against forging."""
    for view in (zoom_hook, bbb_hook):
        state.app.extensions["csrf"].exempt(view)


def _taken(name: str) -> ResponseReturnValue:
    """Keep it and say nothing (204); 401 when it was not the provider, or too long ago; 400 when nobody could read it.

    Nothing is asked of anybody meanwhile: the provider waits for three seconds and does not come back often.
    """
    request.max_content_length = MOST_BYTES
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return "", 413
    headers = {**request.headers, "Query-String": request.query_string.decode("ascii", "replace")}
    try:
        events = provider(name).parse_event(headers, raw, clock.now())
    except NotConfigured:
        return _refused(name, "forged", 401)
    except Forged as fault:
        return _refused(name, "old" if any(word in str(fault) for word in OLD) else "forged", 401)
    if not events:
        return _refused(name, "unreadable", 400) if not _says_something(raw) else ("", 204)
    if events[0].kind is EventKind.CHALLENGE:
        return dict(events[0].answer), 200
    deliveries.keep(name, raw, events)
    return "", 204


def _refused(name: str, why: str, status: int) -> ResponseReturnValue:
    deliveries.count_refused(name, why, now=clock.now())
    return "", status


def _says_something(raw: bytes) -> bool:
    """Whether it could be read, and only told what nobody asked for."""
    if raw[:1] not in {b"{", b"["}:
        return b"=" in raw
    try:
        return bool(json.loads(raw))
    except (ValueError, RecursionError):
        return False
