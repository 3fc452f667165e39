"""What is wrong with a meeting, each in one clear sentence, and the one thing to do about it.

What happens by itself, and when, follows from the meeting (`Meeting.next_try_at`) and is said by its page. Of the
provider's own words only its short message stands here, in quotes; a passcode or a link never does.
"""

from collections.abc import Callable
from datetime import datetime

from echo_sessions.meetings.models import Trouble
from echo_sessions.meetings.rules import TroubleKind
from echo_sessions.meetings.steps import moment_of
from echo_sessions.moments import day_of, hour_of, zone_city
from echo_sessions.words import Said, msgid

Step = tuple[str, str, dict[str, object]]
LONGEST_QUOTE = 200
LINKS = "links"
"""What a trouble is about that keeps ways in from being made, and not the meeting."""

FIELDS = {
    "topic": msgid("the title"),
    "starts_at": msgid("the start"),
    "minutes": msgid("the length in minutes"),
    "zone": msgid("the time zone"),
    "hosts_too": msgid("the alternative hosts"),
    "type": msgid("the kind of meeting"),
    "approval_type": msgid("registration of participants"),
    "registration_type": msgid("what a registration counts for"),
    "registrants_email_notification": msgid("letters of the provider to participants"),
    "registrants_confirmation_email": msgid("letters of the provider to participants"),
    "waiting_room": msgid("the waiting room"),
    "join_before_host": msgid("joining before the host"),
    "auto_recording": msgid("recording by itself"),
    "use_pmi": msgid("the host’s personal room"),
    "host": msgid("the host"),
}
YES, NO, NOTHING = msgid("on"), msgid("off"), msgid("nothing")

SENTENCES = {
    TroubleKind.NO_HOST: msgid(
        "Every host is taken at that time, so there is no meeting for this session. It gets one as soon as a host is free."
    ),
    TroubleKind.HOST_SPENT: msgid(
        "The provider allows 100 meetings to be made or changed a day on each host, and those of %(host)s are used up. "
        "It goes on after midnight UTC."
    ),
    TroubleKind.HOST_GONE: msgid(
        "The account of the host (%(host)s) has left, or may not hold such meetings any more. Another host takes over "
        "as soon as one is free; the personal ways in lead to the new meeting by themselves."
    ),
    TroubleKind.SILENT: msgid("The provider does not answer, or asks for patience: “%(words)s”."),
    TroubleKind.REFUSED: msgid("The provider said no: “%(words)s”."),
    TroubleKind.SCOPE: msgid(
        "The provider’s administrator has not granted what is needed for this: %(scopes)s. Meetings wait until it is granted."
    ),
    TroubleKind.NOT_CONFIGURED: msgid(
        "The provider’s credentials are missing or no longer valid, so no meeting can be made or changed."
    ),
    TroubleKind.MISSING: msgid(
        "The meeting is gone at the provider: it said so twice, some time apart. Nothing of ours was deleted. "
        "Have a new one made, paste a link, or look once more."
    ),
    TroubleKind.DOUBTED: msgid(
        "The provider said once that the meeting is not there any more. It is asked again before anything is believed."
    ),
    TroubleKind.CONVERTED: msgid(
        "Somebody turned the meeting into a webinar at the provider, where the personal ways in do not work. "
        "Have a new one made, or paste a link."
    ),
    TroubleKind.CO_HOST: msgid(
        "%(address)s cannot be an alternative host: it is no licensed, active account at the provider. "
        "The meeting is made without; they come in as a participant."
    ),
    TroubleKind.LINKS_PENDING: msgid(
        "The provider’s account wants a person to approve each registration, and %(count)s wait. Approve them there, or "
        "switch the approval off."
    ),
    TroubleKind.LINKS_REFUSED: msgid(
        "The provider refused a personal way in to %(count)s people: “%(words)s”. They are told at the door what to do."
    ),
    TroubleKind.NO_REPORT: msgid(
        "The provider gave no attendance report, however often it was asked. Upload the file from its web pages, or mark "
        "the presence by hand."
    ),
}
CHANGED = msgid("The provider has %(field)s otherwise than wanted: %(got)s instead of %(wanted)s.")
CHANGED_LATE = msgid(
    "The provider has %(field)s otherwise than wanted: %(got)s instead of %(wanted)s. It takes no start that is past."
)

ABOUT_LINKS = {
    TroubleKind.SILENT: msgid(
        "Personal ways in cannot be asked for now, because the provider does not answer or asks for patience: “%(words)s”. "
        "Those that are made work."
    ),
    TroubleKind.REFUSED: msgid("The provider refused to make personal ways in: “%(words)s”."),
    TroubleKind.SCOPE: msgid(
        "The provider’s administrator has not granted what personal ways in need: %(scopes)s. They wait until it is granted."
    ),
}
"""The same kinds, where the meeting is there and only the ways into it are concerned (`LINKS`)."""

TRY_NOW = msgid("Try now")


def said(trouble: Trouble) -> Said:
    """What is wrong, as a sentence for whoever runs the session."""
    if trouble.kind is TroubleKind.CHANGED:
        return _changed(trouble)
    values: dict[str, object] = {"host": "–", "words": "–", "scopes": "–", "address": trouble.about or "–", "count": 0}
    values |= {name: _quoted(value) for name, value in trouble.values.items()}
    links = ABOUT_LINKS.get(trouble.kind) if trouble.about == LINKS else None
    return Said(links or SENTENCES[trouble.kind], values)


def next_step(trouble: Trouble) -> Step | None:
    """The one thing to do: label, endpoint and values of its address; None where there is nothing but to wait."""
    code = trouble.meeting.session_code
    steps: dict[TroubleKind, tuple[str, str]] = {
        TroubleKind.NO_HOST: (msgid("Paste a link"), "sessions.link"),
        TroubleKind.HOST_SPENT: (msgid("Paste a link"), "sessions.link"),
        TroubleKind.HOST_GONE: (TRY_NOW, "meetings.try_now"),
        TroubleKind.SILENT: (TRY_NOW, "meetings.try_now"),
        TroubleKind.REFUSED: (TRY_NOW, "meetings.try_now"),
        TroubleKind.SCOPE: (msgid("Look at the set-up"), "meetings.set_up"),
        TroubleKind.NOT_CONFIGURED: (msgid("Look at the set-up"), "meetings.set_up"),
        TroubleKind.CHANGED: (msgid("Put it back"), "meetings.put_back"),
        TroubleKind.MISSING: (msgid("Make a new meeting"), "meetings.make_again"),
        TroubleKind.DOUBTED: (msgid("Look now"), "meetings.try_now"),
        TroubleKind.CONVERTED: (msgid("Make a new meeting"), "meetings.make_again"),
        TroubleKind.LINKS_PENDING: (msgid("Look now"), "meetings.try_now"),
        TroubleKind.LINKS_REFUSED: (TRY_NOW, "meetings.try_now"),
        TroubleKind.NO_REPORT: (msgid("Upload the report"), "attendance.upload"),
    }
    step = steps.get(trouble.kind)
    return None if step is None else (*step, _place(step[1], code))


def _place(endpoint: str, code: str) -> dict[str, object]:
    return {} if endpoint == "meetings.set_up" else {"code": code}


def _changed(trouble: Trouble) -> Said:
    field = str(trouble.values.get("field", trouble.about))
    show: Callable[[object], object] = lambda value: _shown(field, value, trouble.meeting.zone)  # noqa: E731  # one line
    values = {
        "field": Said(FIELDS[field]) if field in FIELDS else field.replace("_", " "),
        "got": show(trouble.values.get("got")), "wanted": show(trouble.values.get("wanted")),
    }  # fmt: skip
    wanted = moment_of(trouble.values.get("wanted")) if field == "starts_at" else None
    return Said(CHANGED_LATE if wanted is not None and wanted <= trouble.seen_at else CHANGED, values)


def _shown(field: str, value: object, zone: str) -> object:
    moment = moment_of(value) if field == "starts_at" else None
    if isinstance(moment, datetime):
        return f"{day_of(moment, zone)}, {hour_of(moment, zone)} {zone_city(zone)}"
    if isinstance(value, bool):
        return Said(YES if value else NO)
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or Said(NOTHING)
    return Said(NOTHING) if value in (None, "") else _quoted(value)


def _quoted(value: object) -> object:
    return value[:LONGEST_QUOTE] if isinstance(value, str) else value
