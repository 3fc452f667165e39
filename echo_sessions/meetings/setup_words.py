"""What an administrator is told to do at Zoom, in words: what each permission is for, and what to have told to us."""

from echo_sessions.outside.meetings.zoom import scopes
from echo_sessions.outside.meetings.zoom.scopes import Need
from echo_sessions.words import msgid

PURPOSES: tuple[tuple[Need, str], ...] = (
    (scopes.CREATE, msgid("make the meeting of a session")),
    (scopes.CHANGE, msgid("move it, rename it, name who else may open it")),
    (scopes.DELETE, msgid("take it away when a session is cancelled")),
    (scopes.READ, msgid("see what Zoom really made, and open it for its host")),
    (scopes.LIST, msgid("find a meeting again after a lost answer, so that none is made twice")),
    (scopes.REGISTER, msgid("give somebody at the door a way in of their own")),
    (scopes.REGISTER_MANY, msgid("give thirty people at once a way in of their own")),
    (scopes.REGISTERED, msgid("find ways in again after a lost answer, so that nobody is registered twice")),
    (scopes.CANCEL_REGISTRANT, msgid("take somebody’s way in back")),
    (scopes.USERS, msgid("list the accounts that can open meetings")),
    (scopes.INSTANCES, msgid("find all runs of a meeting that was opened twice on one day")),
    (scopes.PAST_PEOPLE, msgid("see who was there, where the report is not to be had")),
    (scopes.REPORT, msgid("fetch the attendance report; small plans cannot grant it, then hooks and files do")),
    (scopes.RECORDINGS, msgid("list recordings for those who may see them")),
    (scopes.REMOVE_RECORDING, msgid("delete recordings when their time is over")),
    (scopes.ACCOUNT_SETTINGS, msgid("warn when the account records, saves chats or summarises on its own")),
)
"""Every permission that is asked for, with what it is for."""

EVENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (msgid("Who is there, while it happens"), (
        "meeting.started", "meeting.ended", "meeting.participant_joined", "meeting.participant_left",
        "meeting.participant_joined_waiting_room", "meeting.participant_left_waiting_room", "meeting.participant_admitted",
        "meeting.participant_put_in_waiting_room", "meeting.participant_jbh_waiting", "meeting.participant_jbh_waiting_left",
        "meeting.participant_joined_breakout_room", "meeting.participant_left_breakout_room", "meeting.participant_bind",
    )),
    (msgid("When somebody changes a meeting at Zoom"), (
        "meeting.updated", "meeting.deleted", "meeting.permanently_deleted", "meeting.recovered",
        "meeting.converted_to_webinar", "meeting.registration_approved", "meeting.registration_cancelled",
        "meeting.registration_denied",
    )),
    (msgid("Recording, so that it stops before a case"), (
        "recording.started", "recording.resumed", "recording.paused", "recording.stopped", "recording.completed",
    )),
    (msgid("When a host leaves"), ("user.deleted", "user.deactivated", "user.disassociated")),
)  # fmt: skip
"""What to subscribe to, in Zoom's names. `app_deauthorized` comes without being asked for."""

HOST_STATES = {
    "": msgid("All accounts"),
    "pool": msgid("In the pool"),
    "unpicked": msgid("Taken out of the pool"),
    "basic": msgid("Without a licence"),
    "gone": msgid("Gone"),
}
REFUSED_WORDS = {
    "forged": msgid("forged"),
    "old": msgid("too old"),
    "unreadable": msgid("unreadable"),
}
"""Why a delivery was turned away."""
