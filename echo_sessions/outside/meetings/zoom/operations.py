"""Zoom's operations that we use: each with its address, the label its rate is limited by, and whether it may be repeated."""

from dataclasses import dataclass
from urllib.parse import quote

from echo_sessions.outside.meetings.zoom import scopes
from echo_sessions.outside.meetings.zoom.scopes import Need

LIGHT, MEDIUM, HEAVY = "light", "medium", "heavy"


@dataclass(frozen=True)
class Operation:
    """`repeats`: asked twice it does no more than once, so a lost answer may be asked for again. `by_day`: it counts
    among the hundred calls a day of its host, so each attempt is the caller's decision."""

    method: str
    path: str
    label: str
    need: Need
    repeats: bool = True
    by_day: bool = False

    def at(self, *values: str) -> str:
        """Its address with these values in it; encoded twice, as UUIDs with strokes in them need it and others bear it."""
        if not all(values):
            raise ValueError(f"{self.method} {self.path} is about something that has no number yet")
        return self.path.format(*(quoted(value) for value in values))


def quoted(value: str) -> str:
    """One value in a path. Numbers and addresses of people are the same however often they are encoded."""
    if value.isascii() and value.isalnum():
        return value
    once = quote(value, safe="@")
    return once if "@" in value and "/" not in value else quote(quote(value, safe=""), safe="")


CREATE = Operation("POST", "/users/{}/meetings", MEDIUM, scopes.CREATE, repeats=False, by_day=True)
CHANGE = Operation("PATCH", "/meetings/{}", LIGHT, scopes.CHANGE, repeats=False, by_day=True)
DELETE = Operation("DELETE", "/meetings/{}", LIGHT, scopes.DELETE)
READ = Operation("GET", "/meetings/{}", LIGHT, scopes.READ)
LIST = Operation("GET", "/users/{}/meetings", MEDIUM, scopes.LIST)
REGISTER = Operation("POST", "/meetings/{}/registrants", LIGHT, scopes.REGISTER, repeats=False)
REGISTER_MANY = Operation("POST", "/meetings/{}/batch_registrants", HEAVY, scopes.REGISTER_MANY, repeats=False)
REGISTERED = Operation("GET", "/meetings/{}/registrants", MEDIUM, scopes.REGISTERED)
CANCEL_REGISTRANTS = Operation("PUT", "/meetings/{}/registrants/status", MEDIUM, scopes.CANCEL_REGISTRANT)
INSTANCES = Operation("GET", "/past_meetings/{}/instances", MEDIUM, scopes.INSTANCES)
PAST = Operation("GET", "/past_meetings/{}", LIGHT, scopes.PAST)
PAST_PEOPLE = Operation("GET", "/past_meetings/{}/participants", MEDIUM, scopes.PAST_PEOPLE)
REPORT = Operation("GET", "/report/meetings/{}/participants", HEAVY, scopes.REPORT)
RECORDINGS = Operation("GET", "/meetings/{}/recordings", LIGHT, scopes.RECORDINGS)
REMOVE_RECORDING = Operation("DELETE", "/meetings/{}/recordings/{}", LIGHT, scopes.REMOVE_RECORDING)
USERS = Operation("GET", "/users", MEDIUM, scopes.USERS)
ACCOUNT_SETTINGS = Operation("GET", "/accounts/me/settings", MEDIUM, scopes.ACCOUNT_SETTINGS)
