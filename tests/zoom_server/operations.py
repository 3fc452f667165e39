"""Zoom's operations: how each is called, its class for the limits, and the scopes of which one is needed."""

import re
from dataclasses import dataclass, field
from re import Pattern


@dataclass(frozen=True)
class Operation:
    """One operation. `query` are the parameters it knows; those of lists are added for `paged` ones."""

    name: str
    method: str
    path: Pattern[str]
    label: str
    scopes: tuple[str, ...]
    query: frozenset[str] = field(default_factory=frozenset)


PAGED = "page_size next_page_token"
MEETING = "(?P<meeting>[^/]+)"
USER = "(?P<user>[^/]+)"


def _op(name: str, call: str, label: str, scopes: str, query: str = "") -> Operation:
    method, path = call.split(" ", 1)
    return Operation(name, method, re.compile(path), label, tuple(scopes.split()), frozenset(query.split()))


OPERATIONS = (
    _op("users.list", "GET /users", "medium", "user:read:list_users:admin user:read:admin",
        f"status role_id include_fields license {PAGED}"),
    _op("users.get", f"GET /users/{USER}", "light", "user:read:user:admin user:read:admin",
        "login_type encrypted_email search_by_unique_id"),
    _op("users.settings", f"GET /users/{USER}/settings", "medium", "user:read:settings:admin user:read:admin",
        "login_type option custom_query_fields"),
    _op("accounts.settings", "GET /accounts/(?P<account>[^/]+)/settings", "medium",
        "account:read:settings:admin account:read:admin account:read:settings:master", "option custom_query_fields"),
    _op("meetings.create", f"POST /users/{USER}/meetings", "medium", "meeting:write:meeting:admin meeting:write:admin"),
    _op("meetings.list", f"GET /users/{USER}/meetings", "medium", "meeting:read:list_meetings:admin meeting:read:admin",
        f"type from to page_number timezone {PAGED}"),
    _op("meetings.get", f"GET /meetings/{MEETING}", "light", "meeting:read:meeting:admin meeting:read:admin",
        "occurrence_id show_previous_occurrences"),
    _op("meetings.update", f"PATCH /meetings/{MEETING}", "light", "meeting:update:meeting:admin meeting:write:admin",
        "occurrence_id"),
    _op("meetings.delete", f"DELETE /meetings/{MEETING}", "light", "meeting:delete:meeting:admin meeting:write:admin",
        "occurrence_id schedule_for_reminder cancel_meeting_reminder"),
    _op("meetings.status", f"PUT /meetings/{MEETING}/status", "light", "meeting:update:status:admin meeting:write:admin"),
    _op("meetings.invitation", f"GET /meetings/{MEETING}/invitation", "light",
        "meeting:read:invitation:admin meeting:read:admin"),
    _op("registrants.add", f"POST /meetings/{MEETING}/registrants", "light",
        "meeting:write:registrant:admin meeting:write:admin", "occurrence_ids"),
    _op("registrants.batch", f"POST /meetings/{MEETING}/batch_registrants", "heavy",
        "meeting:write:batch_registrants:admin meeting:write:admin"),
    _op("registrants.list", f"GET /meetings/{MEETING}/registrants", "medium",
        "meeting:read:list_registrants:admin meeting:read:admin", f"occurrence_id status page_number {PAGED}"),
    _op("registrants.status", f"PUT /meetings/{MEETING}/registrants/status", "medium",
        "meeting:update:registrant_status:admin meeting:write:admin", "occurrence_id"),
    _op("registrants.delete", f"DELETE /meetings/{MEETING}/registrants/(?P<registrant>[^/]+)", "light",
        "meeting:delete:registrant:admin meeting:write:admin", "occurrence_id"),
    _op("past.meeting", f"GET /past_meetings/{MEETING}", "light", "meeting:read:past_meeting:admin meeting:read:admin"),
    _op("past.instances", f"GET /past_meetings/{MEETING}/instances", "medium",
        "meeting:read:list_past_instances:admin meeting:read:admin"),
    _op("past.participants", f"GET /past_meetings/{MEETING}/participants", "medium",
        "meeting:read:list_past_participants:admin meeting:read:admin", PAGED),
    _op("report.participants", f"GET /report/meetings/{MEETING}/participants", "heavy",
        "report:read:list_meeting_participants:admin report:read:admin", f"include_fields {PAGED}"),
    _op("recordings.get", f"GET /meetings/{MEETING}/recordings", "light",
        "cloud_recording:read:list_recording_files:admin recording:read:admin", "include_fields ttl"),
    _op("recordings.delete", f"DELETE /meetings/{MEETING}/recordings", "light",
        "cloud_recording:delete:meeting_recording:admin recording:write:admin", "action"),
    _op("recordings.delete_file", f"DELETE /meetings/{MEETING}/recordings/(?P<file>[^/]+)", "light",
        "cloud_recording:delete:recording_file:admin recording:write:admin", "action"),
)  # fmt: skip
ALL_SCOPES = tuple(sorted({operation.scopes[0] for operation in OPERATIONS}))


def found(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request, with the raw parts of its path."""
    for operation in OPERATIONS:
        match = operation.path.fullmatch(path) if operation.method == method else None
        if match:
            return operation, match.groupdict()
    return None
