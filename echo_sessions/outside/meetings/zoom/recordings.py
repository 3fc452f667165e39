"""What was recorded in Zoom's cloud. Where a file lies and its passcode are asked for when somebody looks, and not kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from echo_sessions.outside.meetings import Meeting, NotThere, RecordingFile, Way
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom.refusals import NO_RECORDING, Refusal
from echo_sessions.outside.meetings.zoom.talking import Deadline, Talker
from echo_sessions.outside.meetings.zoom.values import listed, moment, number, text


def files(talker: Talker, meeting: Meeting, instances: Sequence[str]) -> list[RecordingFile]:
    """The files of these instances, or of the last one where none is named."""
    found = []
    for instance in instances or [meeting.ref or ""]:
        told = _told(talker, instance)
        rows = listed(told.get("recording_files"))
        found += [file for row in rows if (file := _file(row, text(told.get("uuid")) or instance))]
    return list({(file.instance, file.ref): file for file in found}.values())


def way(talker: Talker, meeting: Meeting, file: RecordingFile) -> Way:
    """Where one file can be looked at now, and the passcode that it asks for."""
    told = _told(talker, file.instance or meeting.ref or "", within=Deadline.door())
    row = next((row for row in listed(told.get("recording_files")) if text(row.get("id")) == file.ref), None)
    url = text(row.get("play_url")) or text(told.get("share_url")) if row is not None else ""
    if not url.startswith("https://"):
        raise NotThere("Zoom has this recording no more.")
    return Way(url, text(told.get("password")))


def remove(talker: Talker, meeting: Meeting, file: RecordingFile) -> None:
    """Into Zoom's trash, from where it vanishes after thirty days; one that is gone already is as good."""
    try:
        talker.ask(op.REMOVE_RECORDING, file.instance or meeting.ref or "", file.ref, params={"action": "trash"})
    except NotThere:
        return
    except Refusal as fault:
        if fault.code != NO_RECORDING and fault.status != 404:
            raise


def _told(talker: Talker, instance: str, within: Deadline | None = None) -> Mapping[str, Any]:
    """What Zoom says of the recordings of an instance; nothing where it has none."""
    try:
        return talker.ask(op.RECORDINGS, instance, within=within)
    except NotThere:
        return {}
    except Refusal as fault:
        if fault.code != NO_RECORDING:
            raise
        return {}


def _file(row: Mapping[str, Any], instance: str) -> RecordingFile | None:
    begun, ended = moment(row.get("recording_start")), moment(row.get("recording_end"))
    ref = text(row.get("id"))
    if not ref or begun is None:
        return None
    return RecordingFile(
        ref=ref, instance=instance, kind=(text(row.get("recording_type")) or text(row.get("file_type"))).lower()[:60],
        starts_at=begun, ends_at=ended or begun, bytes=number(row.get("file_size")) or 0,
        ready=text(row.get("status")).lower() in {"", "completed"},
    )  # fmt: skip
