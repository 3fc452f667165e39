"""What was held: instances, who was there by two operations, and recordings."""

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.zoom_server.answers import Answer, Refusal, no_meeting
from tests.zoom_server.schema import said
from tests.zoom_server.state import Instance, Row

if TYPE_CHECKING:
    from tests.zoom_server.server import Ask, ZoomServer


def found(zoom: "ZoomServer", ask: "Ask") -> Instance:
    """The instance that the path names: by its UUID, or the latest of a number.

    A UUID that begins with a slash or has two of them inside must be encoded twice; once is not enough, since the first
    decoding makes a path of it.
    """
    raw = ask.parts["meeting"]
    if raw.isdigit():
        held = [one for one in zoom.instances if one.meeting_id == int(raw) and one.end is not None]
        if not held:
            raise no_meeting(raw)
        return held[-1]
    once = unquote(raw)
    if once.startswith("/") or "//" in once:
        raise Refusal(
            404, 3001, "Meeting does not exist.", violation="encoded once: this UUID must be encoded twice in a path"
        )
    uuid = unquote(once) if "%" in once else once
    instance = next((one for one in zoom.instances if one.uuid == uuid and one.end is not None), None)
    if instance is None:
        raise no_meeting(uuid)
    return instance


def instances(zoom: "ZoomServer", ask: "Ask") -> Answer:
    raw = unquote(ask.parts["meeting"])
    if not raw.isdigit():
        raise Refusal(400, 300, "The number of the meeting is needed here.", violation="schema: instances of a UUID")
    shown = []
    for one in [one for one in zoom.instances if one.meeting_id == int(raw) and one.end is not None]:
        if one.hidden_for > 0:
            one.hidden_for -= 1
        else:
            shown.append({"uuid": one.uuid, "start_time": said(one.start)})
    if not shown and int(raw) not in zoom.meetings:
        raise no_meeting(raw)
    return Answer(200, {"meetings": shown})


def meeting(zoom: "ZoomServer", ask: "Ask") -> Answer:
    one = found(zoom, ask)
    meeting = zoom.meetings[one.meeting_id]
    host = zoom.users.get(meeting.host_id)
    assert one.end is not None
    return Answer(200, {
        "uuid": one.uuid, "id": meeting.id, "host_id": meeting.host_id, "type": meeting.type, "topic": meeting.topic,
        "user_name": f"{host.first_name} {host.last_name}" if host else "", "user_email": host.email if host else "",
        "start_time": said(one.start), "end_time": said(one.end), "duration": int((one.end - one.start).total_seconds() // 60),
        "total_minutes": sum(int((r.leave - r.join).total_seconds() // 60) for r in one.rows),
        "participants_count": len({r.who for r in one.rows}),
    })  # fmt: skip


def people(zoom: "ZoomServer", ask: "Ask", *, report: bool) -> Answer:
    """Who was there. What comes before Zoom has worked it out: nothing, lengths of zero, or no such meeting."""
    one = found(zoom, ask)
    first = not ask.query.get("next_page_token")
    says = one.answers.pop(0) if one.answers and first else ""
    if says == "none":
        raise no_meeting(one.meeting_id)
    rows = (
        [] if says == "empty" or (zoom.account.empty_for_one and len({row.who for row in one.rows}) == 1) else one.rows
    )
    about = f"{ask.call.operation} {one.uuid} {ask.query.get('include_fields', '')} {says}"
    some, beside = zoom.pages.page(rows, ask.query, about, ask.now)
    with_registrants = not report or "registrant_id" in ask.query.get("include_fields", "")
    told = [_row(zoom, row, zero=says == "zero", registrant=with_registrants) for row in some]
    return Answer(200, {**beside, "participants": told})


def _row(zoom: "ZoomServer", row: Row, *, zero: bool, registrant: bool) -> dict[str, Any]:
    hidden = zoom.account.hides_people
    told: dict[str, Any] = {
        "id": row.participant_id, "user_id": row.user_id, "participant_user_id": row.participant_id,
        "name": "" if hidden else row.name, "user_email": "" if hidden else row.email,
        "join_time": said(row.join), "leave_time": said(row.leave),
        "duration": 0 if zero else int((row.leave - row.join).total_seconds()),
        "failover": False, "status": row.status, "customer_key": "", "internal_user": False,
    }  # fmt: skip
    if row.breakout:
        told["bo_mtg_id"] = row.breakout
    if registrant:
        told["registrant_id"] = row.registrant_id
    return told


def recordings(zoom: "ZoomServer", ask: "Ask") -> Answer:
    one = found(zoom, ask)
    if not one.recordings:
        raise Refusal(404, 3301, "This recording does not exist.")
    meeting = zoom.meetings[one.meeting_id]
    body: dict[str, Any] = {
        "uuid": one.uuid, "id": meeting.id, "account_id": zoom.account_id, "host_id": meeting.host_id, "topic": meeting.topic,
        "type": meeting.type, "start_time": said(one.start), "timezone": meeting.timezone, "duration": meeting.duration,
        "total_size": sum(f["file_size"] for f in one.recordings), "recording_count": len(one.recordings),
        "share_url": one.share_url, "password": one.passcode, "recording_play_passcode": one.passcode,
        "recording_files": one.recordings,
    }  # fmt: skip
    if "download_access_token" in ask.query.get("include_fields", ""):
        body["download_access_token"] = zoom.fresh_secret("")
    return Answer(200, body)


def delete_recordings(zoom: "ZoomServer", ask: "Ask") -> Answer:
    one = found(zoom, ask)
    if not one.recordings:
        raise Refusal(404, 3301, "This recording does not exist.")
    one.recordings.clear()
    return Answer(204)


def delete_recording(zoom: "ZoomServer", ask: "Ask") -> Answer:
    one = found(zoom, ask)
    kept = [file for file in one.recordings if file["id"] != unquote(ask.parts["file"])]
    if len(kept) == len(one.recordings):
        raise Refusal(404, 3301, "This recording does not exist.")
    one.recordings[:] = kept
    return Answer(204)


HANDLERS = {
    "past.instances": instances,
    "past.meeting": meeting,
    "past.participants": lambda zoom, ask: people(zoom, ask, report=False),
    "report.participants": lambda zoom, ask: people(zoom, ask, report=True),
    "recordings.get": recordings,
    "recordings.delete": delete_recordings,
    "recordings.delete_file": delete_recording,
}
