"""BigBlueButton: the open, self-hosted provider (bigbluebutton.org), spoken to by its HTTP API.

A meeting there is nothing but a name that is used: `create` may be called by everybody who comes, the first call makes it
and the others find it. So planning a session needs no call; the session's code is the meeting's number. Whoever comes to
the door goes through a link made for them at that press, with their code as `userID`: who was there is certain, and no
link is kept. There are no hosts and no host pool; whoever moderates goes in by the own link, as moderator.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import (
    Attendee,
    Capabilities,
    Event,
    Health,
    HostAccount,
    Meeting,
    NotConfigured,
    NotThere,
    PersonalLink,
    RecordingFile,
    Report,
    Wanted,
    Way,
)
from echo_sessions.outside.meetings.bbb import events
from echo_sessions.outside.meetings.bbb.speech import Speech, WrongSecret, moment_of, text_of
from echo_sessions.words import msgid

JOB_SECONDS, DOOR_SECONDS, HOOK_SECONDS = 20.0, 2.5, 1.5
KEPT_SECONDS = 20.0
"""So long one process believes that a meeting which it has just made is still there: a hundred people who come in the
same minute are not a hundred calls."""
HOOKED_SECONDS = 300.0
"""A hook whose calls failed for five minutes is taken out by the server, so it is asked for again as often."""
GONE = frozenset({"notFound", "invalidMeetingIdentifier", "invalidMeetingId", "meetingForciblyEnded"})
NO_HOOKS = msgid(
    "The server tells nothing of who comes and goes: bbb-webhooks is not installed, or refused. Attendance then arrives only when a meeting ends, if the server sends its analytics; else by an uploaded file."
)
WRONG_SECRET = msgid(
    "The server does not accept the secret. Compare ECHO_BBB_SECRET with what bbb-conf --secret prints."
)
SILENT = msgid("The server does not answer. Check ECHO_BBB_URL and that it is running.")
BROKEN = msgid("The server answered in a way that is not BigBlueButton's. Check ECHO_BBB_URL: %(words)s")
RECORDS = msgid(
    "Recording is allowed (ECHO_BBB_RECORD). A moderator starts and stops it; the server also keeps the chat of the whole meeting with a recording, until its own cleaning removes it."
)


@dataclass
class BigBlueButton:
    """One server, by its address and shared secret. `hook_url` is where it tells us what happens; empty: nowhere."""

    url: str
    secret: str = field(repr=False)
    hook_url: str = ""
    may_record: bool = False
    name: str = "bbb"
    title: str = msgid("BigBlueButton")
    most_links: int = 1000
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _made: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)
    _hooked: dict[str, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._speech = Speech(self.url, self.secret)
        self.capabilities = Capabilities(
            creates=True,
            updates=True,
            personal_links=True,
            hooks=bool(self.hook_url),
            recordings=self.may_record,
            fresh_links=True,
        )

    def configured(self) -> bool:
        """Whether address and secret are given."""
        return bool(self.url and self.secret)

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        """The meeting by the session's code. No call goes out: it is made when somebody comes."""
        self._or_not_configured()
        return Meeting(provider=self.name, ref=wanted.mark, made=_told(wanted))

    def update(self, meeting: Meeting, wanted: Wanted) -> Meeting:
        """The same meeting under its new name and time. The next one who comes makes it so."""
        self._or_not_configured()
        self._forget(meeting.ref or "")
        return Meeting(provider=self.name, ref=meeting.ref or wanted.mark, uuid=meeting.uuid, made=_told(wanted))

    def read(self, meeting: Meeting) -> Meeting:
        """What we told ourselves: between sessions the server knows nothing of a meeting, and that is no fault."""
        self._or_not_configured()
        return meeting

    def cancel(self, meeting: Meeting) -> None:
        """End it where it runs. One that does not is as good."""
        self._or_not_configured()
        ref = meeting.ref or ""
        with suppress(NotThere):
            self._ask("end", {"meetingID": ref, "password": self._password(ref, "moderator")})
        self._forget(ref)

    def find_by_mark(self, mark: str, host: str) -> list[Meeting]:
        """The mark is the number, so there is exactly one, and never a twin."""
        return [Meeting(provider=self.name, ref=mark)]

    def is_running(self, meeting: Meeting) -> bool:
        """Whether somebody is in it now."""
        answer = self._ask("isMeetingRunning", {"meetingID": meeting.ref or ""})
        return text_of(answer, "running") == "true"

    def ensure_links(self, meeting: Meeting, people: Sequence[Attendee]) -> list[PersonalLink]:
        """Who may come, known to the server by their codes. Their addresses are made at each press, see `ensure_link`."""
        self._or_not_configured()
        return [PersonalLink(code=person.code, registrant=person.code) for person in people]

    def ensure_link(self, meeting: Meeting, person: Attendee) -> PersonalLink:
        """The address that lets this person in now. Makes the meeting first, where nobody has: two short calls at most."""
        self._or_not_configured()
        return PersonalLink(code=person.code, registrant=person.code, url=self._way_in(meeting, person))

    def known_links(self, meeting: Meeting) -> dict[str, PersonalLink]:
        """None: nothing is kept there."""
        return {}

    def revoke_links(self, meeting: Meeting, people: Sequence[tuple[str, str]]) -> None:
        """Nothing to take back there: our door makes no address for whoever no longer belongs, and one made before is
        good for this one run of the meeting only (`createTime`)."""

    def host_start_link(self, meeting: Meeting) -> Way:
        """The way in of a moderator without a name of their own. Whoever has one goes in by that."""
        self._or_not_configured()
        return Way(self._way_in(meeting, Attendee(code=f"host-{meeting.ref}", name="Host", address="", moderates=True)))

    def co_host_way(self, meeting: Meeting) -> Way:
        """The same: everybody here has a way in of their own, so nobody asks for this one."""
        return self.host_start_link(meeting)

    def parse_event(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> list[Event]:
        """What the server tells us, checked (see `events`). The check needs the query of the address that was called: the
        caller gives it as the header `Query-String`, over whatever was sent under that name."""
        self._or_not_configured()
        return events.parse(headers, raw, now, secret=self.secret, hook_url=self.hook_url)

    def read_event(self, raw: bytes, at: datetime) -> list[Event]:
        """What a delivery told that was believed when it came."""
        return events.read(raw, at)

    def fetch_intervals(self, meeting: Meeting, since: datetime, until: datetime) -> Report:
        """There is no report to fetch: what the hooks told, and the analytics at the end, is all there is, and enough."""
        return Report(
            intervals=(), raw=b"{}", instances=(), final=True, why="BigBlueButton has no report; its hooks tell all."
        )

    def recordings(self, meeting: Meeting, instances: Sequence[str]) -> list[RecordingFile]:
        """What was recorded, one file for each kind of it (presentation, video, podcast …)."""
        try:
            answer = self._ask("getRecordings", {"meetingID": meeting.ref or "", "state": "any"})
        except NotThere:
            return []
        wanted = set(instances)
        return [
            file
            for found in answer.iterfind("recordings/recording")
            if not wanted or text_of(found, "internalMeetingID") in wanted or text_of(found, "recordID") in wanted
            for file in _files(found)
        ]

    def recording_way(self, meeting: Meeting, file: RecordingFile) -> Way:
        """Where that kind of it can be looked at. Raises NotThere when it is gone."""
        recording, _, kind = file.ref.partition("/")
        answer = self._ask("getRecordings", {"recordID": recording, "state": "any"})
        for form in answer.iterfind("recordings/recording/playback/format"):
            url = text_of(form, "url").strip()
            if text_of(form, "type") == kind and url.startswith(("https://", "http://")):
                return Way(url)
        raise NotThere("The server has no such recording.")

    def remove_recording(self, meeting: Meeting, file: RecordingFile) -> None:
        """Delete the whole recording, with all its kinds: the server cannot delete one of them."""
        with suppress(NotThere):
            self._ask("deleteRecordings", {"recordID": file.ref.partition("/")[0]})

    def hosts(self) -> list[HostAccount]:
        """None: whoever is let in as moderator opens the meeting."""
        return []

    def health(self) -> Health:
        """Whether it answers, takes the secret and tells what happens. Never raises."""
        if not self.configured():
            return Health(ok=False)
        try:
            version = text_of(self._speech.ask("", {}, seconds=JOB_SECONDS), "version")
            self._ask("getMeetings", {})
        except WrongSecret:
            return Health(ok=False, faults=((WRONG_SECRET, {}),))
        except TryLater:
            return Health(ok=False, faults=((SILENT, {}),))
        except GaveUp as fault:
            return Health(ok=False, faults=((BROKEN, {"words": fault.words}),))
        concerns = {NO_HOOKS: not self._tells(), RECORDS: self.may_record}
        warnings = tuple((words, dict[str, object]()) for words, so in concerns.items() if so)
        return Health(ok=True, warnings=warnings, account=f"API {version}")

    def _tells(self) -> bool:
        """Whether bbb-webhooks is there."""
        if not self.hook_url:
            return False
        try:
            self._ask("hooks/list", {})
        except (TryLater, GaveUp):
            return False
        return True

    def _way_in(self, meeting: Meeting, person: Attendee) -> str:
        """A signed address, made here. `createTime` ties it to this run of the meeting."""
        ref = meeting.ref or ""
        told = {
            "createTime": self._create(meeting),
            "fullName": person.name[:100] or person.code,
            "meetingID": ref,
            "password": self._password(ref, "moderator" if person.moderates else "attendee"),
            "redirect": "true",
            "role": "MODERATOR" if person.moderates else "VIEWER",
            "userID": person.code,
        }
        return self._speech.signed("join", {name: value for name, value in told.items() if value})

    def _create(self, meeting: Meeting) -> str:
        """Make it unless it runs; its `createTime`. Asked for again at most every few seconds."""
        ref, begun = meeting.ref or "", self.clock()
        with self._lock:
            at, known = self._made.get(ref, (0.0, ""))
        if known and begun - at < KEPT_SECONDS:
            return known
        try:
            answer = self._ask("create", self._wishes(meeting), seconds=DOOR_SECONDS)
        except GaveUp as fault:
            if getattr(fault, "key", "") != "idNotUnique":
                raise
            # It runs since before its name was changed, or somebody else made it: it is the one that everybody is in.
            answer = self._ask("getMeetingInfo", {"meetingID": ref}, seconds=HOOK_SECONDS)
        since = text_of(answer, "createTime")
        with self._lock:
            self._made[ref] = (begun, since)
        self._hook(ref)
        return since

    def _wishes(self, meeting: Meeting) -> dict[str, str]:
        """The same for everybody who comes, or the server would see another meeting under one number."""
        ref = meeting.ref or ""
        wishes = {
            "allowStartStopRecording": "true" if self.may_record else "false",
            "attendeePW": self._password(ref, "attendee"),
            "autoStartRecording": "false",
            "guestPolicy": "ALWAYS_ACCEPT",
            "meetingID": ref,
            "meetingKeepEvents": "true",
            "meta_bbb-origin": "ECHO Sessions",
            "moderatorPW": self._password(ref, "moderator"),
            "name": str(meeting.made.get("topic") or ref),
            "record": "true" if self.may_record else "false",
            "recordFullDurationMedia": "false",
        }
        if self.hook_url:
            wishes |= {"meta_analytics-callback-url": self.hook_url, "meta_bbb-recording-ready-url": self.hook_url}
        return wishes

    def _hook(self, ref: str) -> None:
        """Ask to be told who comes and goes in this meeting, and nothing else: no chat, no notes. Without bbb-webhooks there
        is no such thing, and people get in all the same."""
        with self._lock:
            fresh = self.clock() - self._hooked.get(ref, -HOOKED_SECONDS) < HOOKED_SECONDS
        if not self.hook_url or fresh:
            return
        told = {"callbackURL": f"{self.hook_url}?meeting={ref}", "eventID": ",".join(events.WANTED), "meetingID": ref}
        try:
            self._ask("hooks/create", told, seconds=HOOK_SECONDS)
        except (TryLater, GaveUp):
            return
        with self._lock:
            self._hooked[ref] = self.clock()

    def _forget(self, ref: str) -> None:
        with self._lock:
            self._made.pop(ref, None)

    def _password(self, ref: str, kind: str) -> str:
        """Always the same for one meeting, and known to nobody else: the server tells two meetings of one number apart by it,
        and versions before 2.4 let people in by it."""
        return hmac.digest(self.secret.encode(), f"{kind} of {ref}".encode(), hashlib.sha256).hex()[:24]

    def _ask(self, call: str, told: Mapping[str, str], *, seconds: float = JOB_SECONDS) -> Element:
        try:
            return self._speech.ask(call, told, seconds=seconds)
        except GaveUp as fault:
            if getattr(fault, "key", "") in GONE:
                raise NotThere(fault.words) from fault
            raise

    def _or_not_configured(self) -> None:
        if not self.configured():
            raise NotConfigured("No BigBlueButton server is configured.")


def _told(wanted: Wanted) -> dict[str, object]:
    """What the meeting is, in the words of `Wanted`."""
    return {
        "topic": wanted.topic, "starts_at": wanted.starts_at.astimezone(UTC).isoformat(), "minutes": wanted.minutes,
        "zone": wanted.zone, "hosts_too": list(wanted.hosts_too),
    }  # fmt: skip


def _files(found: Element) -> list[RecordingFile]:
    """The kinds of one recording."""
    begin, end = moment_of(text_of(found, "startTime")), moment_of(text_of(found, "endTime"))
    if begin is None:
        return []
    return [
        RecordingFile(
            ref=f"{text_of(found, 'recordID')}/{text_of(form, 'type')}", instance=text_of(found, "internalMeetingID"),
            kind=text_of(form, "type"), starts_at=begin, ends_at=end or begin,
            bytes=int(size) if (size := text_of(form, "size")).isdecimal() else 0,
            ready=text_of(found, "state") in {"published", "unpublished"},
        )
        for form in found.iterfind("playback/format")
    ]  # fmt: skip
