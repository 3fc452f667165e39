"""Operations on meetings: made, read, changed, deleted, listed; with what Zoom changes without a word."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.zoom_server import schema
from tests.zoom_server.answers import Answer, Refusal, invalid, no_meeting
from tests.zoom_server.schema import said
from tests.zoom_server.state import LICENSED, Meeting, User

if TYPE_CHECKING:
    from tests.zoom_server.server import Ask, ZoomServer

DEFAULTS: dict[str, Any] = {
    "host_video": False, "participant_video": False, "join_before_host": False, "jbh_time": 0, "mute_upon_entry": False,
    "watermark": False, "use_pmi": False, "approval_type": 2, "registration_type": 1, "audio": "both",
    "auto_recording": "none", "alternative_hosts": "", "close_registration": False, "waiting_room": False,
    "registrants_email_notification": True, "registrants_confirmation_email": True, "meeting_authentication": False,
    "show_share_button": False, "allow_multiple_devices": False, "email_in_attendee_report": False,
    "alternative_hosts_email_notification": True, "encryption_type": "enhanced_encryption", "private_meeting": False,
}  # fmt: skip
PHONES = (
    {"country": "US", "country_name": "US", "city": "Denver", "number": "+1 7205551234", "type": "toll"},
    {"country": "ES", "country_name": "Spain", "city": "", "number": "+34 915550100", "type": "toll"},
)


def create(zoom: "ZoomServer", ask: "Ask") -> Answer:
    body = schema.checked(ask.body, schema.CREATE, needed=("topic",))
    wanted = schema.checked(body.get("settings", {}), schema.SETTINGS, within="settings.")
    host = zoom.user(ask.parts["user"])
    if "schedule_for" in body:
        zoom.note("schedule_for: counts on the assistant, and the host cannot be changed", ask.call)
        host = zoom.user(body["schedule_for"])
    if host.status != "active":
        raise Refusal(400, 3161, "Meeting hosting and scheduling capabilities are not allowed for your user account.")
    kind = body.get("type", 2)
    kind = _when_told(zoom, ask, body, kind)
    zoom.limits.a_write(host.id, ask.now)
    zone = body.get("timezone", zoom.account.timezone)
    start = schema.when(body["start_time"], zone) if "start_time" in body else None
    meeting = Meeting(
        zoom.names.meeting(), zoom.names.uuid(), host.id, body["topic"], kind, start, body.get("duration", 60), zone,
        body.get("agenda", ""), body.get("password") or zoom.fresh_secret("", 8), ask.now, dict(DEFAULTS),
    )  # fmt: skip
    _settle(zoom, meeting, host, wanted)
    meeting.tracking_fields = body.get("tracking_fields", [])
    zoom.meetings[meeting.id] = meeting
    zoom.texts += [meeting.topic, meeting.agenda]
    ask.call.meeting = str(meeting.id)
    if wanted.get("use_pmi") is True:
        zoom.note("use_pmi: all meetings would share the host's own number", ask.call)
    _twins(zoom, meeting, ask)
    _overlaps(zoom, meeting, ask)
    zoom.tell("meeting.created", meeting, ask.now)
    return Answer(201, told(zoom, meeting, start_link=True))


def _when_told(zoom: "ZoomServer", ask: "Ask", body: dict[str, Any], kind: int) -> int:
    """Without a start a scheduled meeting becomes an instant one; a local start without a zone is by the account's."""
    if kind == 2 and "start_time" not in body:
        zoom.note("no start_time: a scheduled meeting without one becomes an instant meeting", ask.call)
        return 1
    if kind != 2:
        zoom.note(f"type {kind}: one scheduled meeting a session is wanted", ask.call)
    if "start_time" in body and not body["start_time"].endswith("Z") and "timezone" not in body:
        zoom.note("no timezone: a local start without a zone is taken by the account's clock", ask.call)
    return kind


def _settle(zoom: "ZoomServer", meeting: Meeting, host: User, wanted: dict[str, Any]) -> None:
    """Take the settings as Zoom does: some are refused, some silently become something else."""
    others = [
        one.strip() for one in str(wanted.get("alternative_hosts", "")).replace(",", ";").split(";") if one.strip()
    ]
    refused = [one for one in others if not zoom.may_host(one)]
    if zoom.account.drops_alternative_hosts:
        wanted = {**wanted, "alternative_hosts": ""}
    elif refused:
        raise Refusal(
            400, 1114, f"Unable to assign \"{';'.join(refused)}\" as an alternative host because you can't select"
            " individuals who have a basic account or do not belong to your account.",
        )  # fmt: skip
    meeting.settings.update(wanted)
    if meeting.type == 3 and "approval_type" in wanted:
        meeting.settings["approval_type"] = 2
    if zoom.account.approves_by_hand and meeting.settings["approval_type"] == 0:
        meeting.settings["approval_type"] = 1
    if host.type != LICENSED:
        meeting.settings["approval_type"] = 2
    meeting.settings.update(zoom.account.forced)
    if meeting.settings["waiting_room"]:
        meeting.settings["join_before_host"] = False


def _twins(zoom: "ZoomServer", meeting: Meeting, ask: "Ask") -> None:
    twins = [other.id for other in zoom.live() if other.mark == meeting.mark]
    if len(twins) > 1:
        zoom.note(f"duplicate: {len(twins)} live meetings bear one mark: {twins}", ask.call)


def _overlaps(zoom: "ZoomServer", meeting: Meeting, ask: "Ask") -> None:
    for other in zoom.overlapping(meeting):
        zoom.note(f"overlap: {meeting.id} and {other.id} have one host at one time", ask.call)


def told(zoom: "ZoomServer", meeting: Meeting, *, start_link: bool) -> dict[str, Any]:
    """A meeting as create and get tell it. The link for its host is another one each time."""
    host = zoom.users.get(meeting.host_id)
    body: dict[str, Any] = {
        "uuid": meeting.uuid, "id": meeting.id, "host_id": meeting.host_id, "host_email": host.email if host else "",
        "assistant_id": "", "topic": meeting.topic, "type": meeting.type, "status": "started" if meeting.in_progress else "waiting",
        "duration": meeting.duration, "timezone": meeting.timezone, "agenda": meeting.agenda, "created_at": said(meeting.created_at),
        "join_url": f"https://us02web.zoom.us/j/{meeting.id}?pwd={zoom.kept(f'pwd {meeting.id}')}",
        "password": meeting.password, "h323_password": "123456", "pstn_password": "123456",
        "encrypted_password": zoom.kept(f"pwd {meeting.id}"), "pre_schedule": False,
        "settings": {**meeting.settings, "global_dial_in_numbers": [dict(phone) for phone in PHONES], "global_dial_in_countries": ["US", "ES"]},
    }  # fmt: skip
    if start_link:
        body["start_url"] = zoom.fresh_secret(f"https://us02web.zoom.us/s/{meeting.id}?zak=")
    if meeting.start_time is not None:
        body["start_time"] = said(meeting.start_time)
    if meeting.settings["approval_type"] != 2:
        body["registration_url"] = f"https://us02web.zoom.us/meeting/register/{zoom.kept(f'register {meeting.id}')}"
    if meeting.tracking_fields:
        body["tracking_fields"] = meeting.tracking_fields
    return body


def get(zoom: "ZoomServer", ask: "Ask") -> Answer:
    return Answer(200, told(zoom, zoom.meeting(ask.parts["meeting"]), start_link=True))


def update(zoom: "ZoomServer", ask: "Ask") -> Answer:
    """204 and nothing else, also where something was passed over: a start in the past, an approval that cannot be."""
    body = schema.checked(ask.body, schema.CREATE)
    wanted = schema.checked(body.get("settings", {}), schema.UPDATE_SETTINGS, within="settings.")
    meeting = zoom.meeting(ask.parts["meeting"])
    host = zoom.users.get(meeting.host_id)
    if host is None or host.status != "active":
        raise Refusal(400, 3161, "Meeting hosting and scheduling capabilities are not allowed for your user account.")
    if "schedule_for" in body:
        raise invalid([("schedule_for", "the host of a meeting cannot be changed")])
    zoom.limits.a_write(meeting.host_id, ask.now)
    if not _differs(meeting, body, wanted) and not _unheard(zoom, ask):
        zoom.note("no change: a PATCH that changes nothing eats the day's calls", ask.call)
    before = {"id": meeting.id, "topic": meeting.topic, "start_time": meeting.start_time and said(meeting.start_time)}
    _settle(zoom, meeting, host, wanted)
    meeting.topic, meeting.agenda = body.get("topic", meeting.topic), body.get("agenda", meeting.agenda)
    meeting.duration = body.get("duration", meeting.duration)
    zone = body.get("timezone", meeting.timezone)
    if "start_time" in body:
        if not body["start_time"].endswith("Z") and "timezone" not in body:
            zoom.note("no timezone: a local start without a zone is taken by another clock", ask.call)
        start = schema.when(body["start_time"], zone)
        if start > ask.now:
            meeting.start_time = start
    meeting.timezone = zone
    meeting.password = body.get("password", meeting.password)
    zoom.texts += [meeting.topic, meeting.agenda]
    _overlaps(zoom, meeting, ask)
    zoom.tell_changed(meeting, before, ask.now)
    return Answer(204)


def _unheard(zoom: "ZoomServer", ask: "Ask") -> bool:
    """Whether the last change of this meeting got no answer: then it may be asked for again."""
    before = [call for call in zoom.journal.of("meetings.update") if call.meeting == ask.call.meeting][:-1]
    return bool(before) and (before[-1].lost or before[-1].fault == "slow")


def _differs(meeting: Meeting, body: dict[str, Any], wanted: dict[str, Any]) -> bool:
    now = {
        "topic": meeting.topic, "agenda": meeting.agenda, "duration": meeting.duration, "timezone": meeting.timezone,
        "password": meeting.password, "type": meeting.type,
    }  # fmt: skip
    plain = any(now[name] != value for name, value in body.items() if name in now)
    if "start_time" in body:
        plain = plain or schema.when(body["start_time"], body.get("timezone", meeting.timezone)) != meeting.start_time
    other = any(name not in {*now, "start_time", "settings"} for name in body)
    return plain or other or any(meeting.settings.get(name) != value for name, value in wanted.items())


def delete(zoom: "ZoomServer", ask: "Ask") -> Answer:
    meeting = zoom.meeting(ask.parts["meeting"])
    if meeting.in_progress:
        raise Refusal(400, 3002, "Sorry, you cannot delete this meeting since it is in progress.")
    meeting.state = "deleted"
    zoom.tell("meeting.deleted", meeting, ask.now)
    return Answer(204)


def status(zoom: "ZoomServer", ask: "Ask") -> Answer:
    body = schema.checked(ask.body, {"action": schema.one_of("end", "recover")}, needed=("action",))
    meeting = zoom.meetings.get(int(ask.parts["meeting"])) if ask.parts["meeting"].isdigit() else None
    if meeting is None or meeting.state not in {"live", "deleted"}:
        raise no_meeting(ask.parts["meeting"])
    if body["action"] == "end":
        if not meeting.in_progress:
            raise Refusal(400, 3063, "Can not end on-premise user's meeting: the meeting is not in progress.")
        zoom.end(meeting)
        return Answer(204)
    if meeting.state != "deleted":
        raise Refusal(400, 300, "The meeting was not deleted.")
    meeting.state = "live"
    _twins(zoom, meeting, ask)
    _overlaps(zoom, meeting, ask)
    zoom.tell("meeting.recovered", meeting, ask.now)
    return Answer(204)


def listing(zoom: "ZoomServer", ask: "Ask") -> Answer:
    """A host's meetings, with agendas cut to 250 letters and without settings."""
    kind = ask.query.get("type", "scheduled")
    if kind not in {"scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings"}:
        raise invalid([("type", "is not a list of meetings")])
    if "page_number" in ask.query:
        zoom.note("page_number: is deprecated", ask.call)
    host = zoom.user(ask.parts["user"])
    mine = [m for m in zoom.live() if m.host_id == host.id and m.type != 1]
    if kind == "live":
        mine = [m for m in mine if m.in_progress]
    elif kind != "scheduled":
        past = {m.id for m in mine if m.start_time and m.start_time + timedelta(minutes=m.duration) < ask.now}
        mine = [m for m in mine if (m.id in past) == (kind == "previous_meetings")]
    rows, beside = zoom.pages.page(mine, ask.query, f"meetings {host.id} {kind}", ask.now)
    return Answer(200, {**beside, "meetings": [_in_list(zoom, meeting) for meeting in rows]})


def _in_list(zoom: "ZoomServer", meeting: Meeting) -> dict[str, Any]:
    whole = told(zoom, meeting, start_link=False)
    kept = {
        name: whole[name]
        for name in ("uuid", "id", "host_id", "topic", "type", "duration", "timezone", "created_at", "join_url")
    }
    return {**kept, "agenda": meeting.agenda[:250], "start_time": whole.get("start_time", "")}


def invitation(zoom: "ZoomServer", ask: "Ask") -> Answer:
    meeting = zoom.meeting(ask.parts["meeting"])
    return Answer(200, {"invitation": f"You are invited to a scheduled Zoom meeting.\n\nTopic: {meeting.topic}\n"})


HANDLERS = {
    "meetings.create": create,
    "meetings.list": listing,
    "meetings.get": get,
    "meetings.update": update,
    "meetings.delete": delete,
    "meetings.status": status,
    "meetings.invitation": invitation,
}
