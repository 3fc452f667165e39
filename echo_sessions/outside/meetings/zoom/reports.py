"""Who was there, as Zoom tells it afterwards: every instance of the meeting, every page, every answer kept."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from echo_sessions.outside.meetings import Converted, Interval, Meeting, NotThere, Report, Room, ScopeMissing
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom import scopes
from echo_sessions.outside.meetings.zoom.refusals import Refusal
from echo_sessions.outside.meetings.zoom.talking import Talker
from echo_sessions.outside.meetings.zoom.values import listed, moment, number, text
from echo_sessions.words import msgid

NOT_HELD = msgid("Zoom knows of no time at which this meeting was held.")
EMPTY = msgid("Zoom's report is empty.")
NO_LENGTHS = msgid("Zoom still works out how long people were there.")
NO_TIMES = msgid("Zoom's report does not say when people came and left.")
SOME_MINUTES = 2


def fetch(talker: Talker, meeting: Meeting, since: datetime, until: datetime) -> Report:
    """All instances that began between these moments. `final` is false while an answer is empty or has no lengths."""
    kept: list[dict[str, Any]] = []
    instances = _instances(talker, meeting, since, until, kept)
    intervals: list[Interval] = []
    why = "" if instances else NOT_HELD
    for instance in instances:
        rows = _people(talker, instance, kept)
        intervals += [interval for row in rows if (interval := interval_of(instance, row))]
        if not rows and not _was_alone(talker, instance, kept):
            why = why or EMPTY
        why = why or unfinished(rows)
    raw = json.dumps({"provider": "zoom", "meeting": meeting.ref, "asked": kept}, ensure_ascii=False).encode()
    return Report(tuple(intervals), raw, tuple(instances), final=not why, why=why)


def interval_of(instance: str, row: Mapping[str, Any]) -> Interval | None:
    """One row: one presence. Waiting rooms and breakout rooms are rows of their own; a row without a beginning is none."""
    joined, left = moment(row.get("join_time")), moment(row.get("leave_time"))
    if joined is None:
        return None
    room = (
        Room.WAITING
        if row.get("status") == "in_waiting_room"
        else Room.BREAKOUT
        if text(row.get("bo_mtg_id"))
        else Room.MEETING
    )
    return Interval(
        instance=instance,
        joined=joined,
        left=left if left is None or left >= joined else None,
        who=text(row.get("user_id")),
        registrant=text(row.get("registrant_id")),
        name=text(row.get("name")),
        email=text(row.get("user_email")),
        phone=text(row.get("phone_number")),
        room=room,
    )


def unfinished(rows: list[Mapping[str, Any]]) -> str:
    """Why these rows are not the last word yet; nothing when they are."""
    inside = [row for row in rows if row.get("status") != "in_waiting_room"]
    if any(moment(row.get("join_time")) is None or moment(row.get("leave_time")) is None for row in inside):
        return NO_TIMES
    lengths = [(number(row.get("duration")) or 0, _seconds(row)) for row in inside]
    # Zoom rounds to seconds; somebody who came and went at once has none, and everybody has none while it still counts.
    if any(told == 0 and real > 1 for told, real in lengths):
        return NO_LENGTHS
    return NO_LENGTHS if lengths and all(told == 0 for told, _ in lengths) else ""


def _seconds(row: Mapping[str, Any]) -> float:
    joined, left = moment(row.get("join_time")), moment(row.get("leave_time"))
    return (left - joined).total_seconds() if joined and left else 0.0


def _instances(
    talker: Talker, meeting: Meeting, since: datetime, until: datetime, kept: list[dict[str, Any]]
) -> list[str]:
    """Each start of a meeting is an instance of its own; the number of the meeting tells of the last one only."""
    try:
        told = talker.ask(op.INSTANCES, meeting.ref or "")
    except (NotThere, Converted):
        return []
    kept.append({"asked": "instances", "answer": told})
    found = [(moment(row.get("start_time")), text(row.get("uuid"))) for row in listed(told.get("meetings"))]
    chosen = sorted((begun, uuid) for begun, uuid in found if begun and uuid and since <= begun <= until)
    return list(dict.fromkeys(uuid for _, uuid in chosen))


def _people(talker: Talker, instance: str, kept: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of one instance: of the report, or where that was not granted, of the past meeting."""
    granted = talker.granted()
    pages = None
    if granted is None or scopes.REPORT.granted(granted):
        try:
            pages = _pages(talker, op.REPORT, instance, {"include_fields": "registrant_id"})
        except ScopeMissing:
            pages = None
    asked = "report" if pages is not None else "participants"
    if pages is None:
        pages = _pages(talker, op.PAST_PEOPLE, instance, {})
    kept.extend({"asked": asked, "instance": instance, "answer": page} for page in pages)
    return [row for page in pages for row in listed(page.get("participants"))]


def _pages(talker: Talker, operation: op.Operation, instance: str, params: dict[str, str]) -> list[Mapping[str, Any]]:
    """None of them where Zoom does not know the instance yet."""
    try:
        return talker.pages(operation, instance, params=params)
    except NotThere:
        return []


def _was_alone(talker: Talker, instance: str, kept: list[dict[str, Any]]) -> bool:
    """Whether an empty report is the whole truth: Zoom gives none of a meeting in which one person was, or nobody."""
    try:
        told = talker.ask(op.PAST, instance)
    except (NotThere, ScopeMissing, Refusal):
        return False
    kept.append({"asked": "past meeting", "instance": instance, "answer": told})
    people, minutes = number(told.get("participants_count")), number(told.get("duration"))
    return people == 1 or (people == 0 and (minutes or 0) <= SOME_MINUTES)
