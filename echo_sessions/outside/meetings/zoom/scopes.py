"""What an administrator has to grant, by what it is needed for, in Zoom's two ways of naming it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """One thing we do: the broad scope of older apps that allows it, and the granular one of newer apps."""

    old: str
    new: str
    vital: bool = True

    def granted(self, scopes: Sequence[str]) -> bool:
        """Whether either was granted, in whatever form: of the account (`:admin`) or of a master of accounts."""
        return any(
            scope.removesuffix(":master").removesuffix(":admin") in {_bare(self.old), _bare(self.new)}
            for scope in scopes
        )


def _bare(scope: str) -> str:
    return scope.removesuffix(":admin")


CREATE = Need("meeting:write:admin", "meeting:write:meeting:admin")
CHANGE = Need("meeting:write:admin", "meeting:update:meeting:admin")
DELETE = Need("meeting:write:admin", "meeting:delete:meeting:admin")
READ = Need("meeting:read:admin", "meeting:read:meeting:admin")
LIST = Need("meeting:read:admin", "meeting:read:list_meetings:admin")
REGISTER = Need("meeting:write:admin", "meeting:write:registrant:admin")
REGISTER_MANY = Need("meeting:write:admin", "meeting:write:batch_registrants:admin")
REGISTERED = Need("meeting:read:admin", "meeting:read:list_registrants:admin")
CANCEL_REGISTRANT = Need("meeting:write:admin", "meeting:update:registrant_status:admin")
USERS = Need("user:read:admin", "user:read:list_users:admin")
PAST = Need("meeting:read:admin", "meeting:read:past_meeting:admin", vital=False)
INSTANCES = Need("meeting:read:admin", "meeting:read:list_past_instances:admin", vital=False)
PAST_PEOPLE = Need("meeting:read:admin", "meeting:read:list_past_participants:admin", vital=False)
REPORT = Need("report:read:admin", "report:read:list_meeting_participants:admin", vital=False)
RECORDINGS = Need("recording:read:admin", "cloud_recording:read:list_recording_files:admin", vital=False)
REMOVE_RECORDING = Need("recording:write:admin", "cloud_recording:delete:recording_file:admin", vital=False)
ACCOUNT_SETTINGS = Need("account:read:admin", "account:read:settings:admin", vital=False)

VITAL = (CREATE, CHANGE, DELETE, READ, LIST, REGISTER, REGISTER_MANY, REGISTERED, CANCEL_REGISTRANT, USERS)
"""Without these no meeting is made, or nobody gets in."""
REPORTS = (INSTANCES, PAST_PEOPLE, REPORT)
"""Small plans cannot pick all of these; hooks and files tell the same."""
OF_RECORDINGS = (RECORDINGS,)

_NAMED = re.compile(r"\b[a-z_]+(?::[a-z_]+){1,3}\b")


def missing(needs: Sequence[Need], granted: Sequence[str] | None) -> tuple[str, ...]:
    """The names of those that were not granted, each once, in the way of naming that this app uses; none when it is not
    known what was granted."""
    if granted is None:
        return ()
    old_app = bool(granted) and all(scope.count(":") < 3 for scope in granted if scope.endswith(":admin"))
    names = (need.old if old_app else need.new for need in needs if not need.granted(granted))
    return tuple(dict.fromkeys(names))


def named_in(words: str) -> tuple[str, ...]:
    """The scopes that a refusal names."""
    return tuple(dict.fromkeys(_NAMED.findall(words)))
