"""The screen as a filter: JSON lines in, JSON lines out, in the same order, one at a time."""

import json
from collections.abc import Iterable
from typing import Any, TextIO

from echo_sessions.cases.screening import Span, find
from echo_sessions.errors import BadInput
from echo_sessions.words import msgid


def screen_lines(lines_in: Iterable[str], lines_out: TextIO, tiers: Iterable[int] = (1, 2)) -> int:
    """Screen `{"id": …, "text": …}` lines and answer `{"id": …, "spans": […]}`; returns how many were answered.

    Empty lines are passed over. A line that is no such object is refused by its number, without repeating it.
    """
    wanted = tuple(tiers)
    answered = 0
    for number, line in enumerate(lines_in, start=1):
        if not line.strip():
            continue
        request = _request(line, number)
        answer = {"id": request.get("id"), "spans": [_as_json(span) for span in find(request["text"], tiers=wanted)]}
        lines_out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        answered += 1
    return answered


def _request(line: str, number: int) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise BadInput(
            msgid('Line %(line)s is not a JSON object; each line must look like {"id": 1, "text": "…"}.'), line=number
        )
    if not isinstance(request.get("text"), str):
        raise BadInput(msgid('Line %(line)s: field "text" is missing or not a string.'), line=number)
    return request


def _as_json(span: Span) -> dict[str, Any]:
    return {
        "start": span.start, "end": span.end, "kind": span.kind, "tier": span.tier, "reason": span.reason,
        "suggestion": span.suggestion, "rule": span.rule,
    }  # fmt: skip
