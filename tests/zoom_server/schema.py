"""What Zoom's description of its interface allows in a body or a query; everything else is refused and noted."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.zoom_server.answers import invalid

Check = Callable[[Any], str | None]
ZONES = available_timezones()
ADDRESS = re.compile(
    r"[^@\s\";,<>()]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?")


def text(most: int, least: int = 0) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "is not a string"
        if len(value) > most:
            return f"is longer than {most}"
        return "is empty" if len(value) < least else None

    return check


def flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "is not a boolean"


def number(least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "is not an integer"
        return None if least <= value <= most else f"is not between {least} and {most}"

    return check


def one_of(*allowed: Any) -> Check:
    def check(value: Any) -> str | None:
        same = any(type(value) is type(one) and value == one for one in allowed)
        return None if same else f"is not one of {', '.join(str(one) for one in allowed)}"

    return check


def address(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > 128 or not ADDRESS.fullmatch(value):
        return "is not an e-mail address"
    return None


def moment(value: Any) -> str | None:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return "is not yyyy-MM-ddTHH:mm:ssZ nor yyyy-MM-ddTHH:mm:ss"
    return None


def zone(value: Any) -> str | None:
    return None if isinstance(value, str) and value in ZONES else "is not a time zone"


def anything(value: Any) -> str | None:
    return None


def mapping(value: Any) -> str | None:
    return None if isinstance(value, dict) else "is not an object"


def listing(value: Any) -> str | None:
    return None if isinstance(value, list) else "is not an array"


FLAGS = """
    allow_multiple_devices alternative_hosts_email_notification alternative_host_update_polls
    alternative_host_manage_meeting_summary alternative_host_manage_cloud_recordings close_registration cn_meeting
    email_notification enforce_login focus_mode host_video in_meeting internal_meeting join_before_host
    meeting_authentication mute_upon_entry participant_video private_meeting registrants_confirmation_email
    registrants_email_notification request_permission_to_unmute_participants show_share_button use_pmi
    waiting_room watermark host_save_video_order push_change_to_calendar auto_start_meeting_summary
    auto_start_ai_companion_questions allow_host_control_participant_mute_state email_in_attendee_report
    disable_participant_video device_testing participant_focused_meeting auto_add_recording_to_video_management
"""
OBJECTS = """
    approved_or_denied_countries_or_regions breakout_room continuous_meeting_chat language_interpretation
    question_and_answer sign_language_interpretation
"""
ARRAYS = """
    additional_data_center_regions authentication_exception global_dial_in_countries meeting_invitees resources
"""
SETTINGS: dict[str, Check] = {
    **dict.fromkeys(FLAGS.split(), flag),
    **dict.fromkeys(OBJECTS.split(), mapping),
    **dict.fromkeys(ARRAYS.split(), listing),
    "alternative_hosts": text(1024),
    "approval_type": one_of(0, 1, 2),
    "registration_type": one_of(1, 2, 3),
    "jbh_time": one_of(0, 5, 10, 15),
    "audio": one_of("both", "telephony", "voip", "thirdParty"),
    "audio_conference_info": text(2048),
    "auto_recording": one_of("local", "cloud", "none"),
    "authentication_domains": text(1024),
    "authentication_option": text(128),
    "calendar_type": one_of(1, 2),
    "contact_email": text(128),
    "contact_name": text(128),
    "encryption_type": one_of("enhanced_encryption", "e2ee"),
    "who_can_ask_questions": number(1, 5),
    "who_will_receive_summary": number(1, 4),
    "registrants_restrict_number": number(0, 20_000),
    "summary_template_id": text(64),
}  # fmt: skip
CREATE: dict[str, Check] = {
    "agenda": text(2000),
    "default_password": flag,
    "duration": number(1, 1440),
    "password": text(10),
    "pre_schedule": flag,
    "recurrence": mapping,
    "schedule_for": text(128),
    "settings": mapping,
    "start_time": moment,
    "template_id": text(64),
    "timezone": zone,
    "topic": text(200, 1),
    "tracking_fields": listing,
    "type": one_of(1, 2, 3, 8, 10),
}
UPDATE_SETTINGS: dict[str, Check] = {**SETTINGS, "custom_keys": listing}
ABOUT = "address city country industry job_title org phone state zip"
REGISTRANT: dict[str, Check] = {
    **dict.fromkeys(ABOUT.split(), text(128)),
    "auto_approve": flag,
    "comments": text(2000),
    "custom_questions": listing,
    "email": address,
    "first_name": text(64, 1),
    "language": text(8),
    "last_name": text(64),
    "no_of_employees": text(32),
    "purchasing_time_frame": text(64),
    "role_in_purchase_process": text(64),
    "source_id": text(64),
}
IN_BATCH: dict[str, Check] = {name: REGISTRANT[name] for name in ("email", "first_name", "last_name")}
BATCH: dict[str, Check] = {"auto_approve": flag, "registrants": listing, "registrants_confirmation_email": flag}
STATUS: dict[str, Check] = {"action": one_of("approve", "cancel", "deny"), "registrants": listing}
IN_STATUS: dict[str, Check] = {"id": text(64, 1), "email": address}


def checked(
    body: Any, allowed: Mapping[str, Check], *, needed: tuple[str, ...] = (), within: str = ""
) -> dict[str, Any]:
    """The body as an object with only what is allowed in it. Raises the refusal, which is a violation too."""
    if not isinstance(body, dict):
        raise invalid([(within or "body", "is not an object")])
    faults = [(within + name, "is not a field of this request") for name in body if name not in allowed]
    faults += [(within + name, "is required") for name in needed if name not in body]
    faults += [
        (within + name, words) for name, value in body.items() if name in allowed and (words := allowed[name](value))
    ]
    if faults:
        raise invalid(faults)
    return body


def when(value: str, zone_name: str) -> datetime:
    """The moment in UTC: what ends in Z is UTC, the rest is by the clock of the zone."""
    if value.endswith("Z"):
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=ZoneInfo(zone_name)).astimezone(UTC)


def said(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
