"""Zoom as a provider of meetings: the interface of `outside.meetings`, each verb in the module of its noun."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from echo_sessions.outside.meetings import (
    Attendee,
    Capabilities,
    Event,
    Health,
    HostAccount,
    Meeting,
    NotThere,
    PersonalLink,
    RecordingFile,
    Report,
    Wanted,
    Way,
)
from echo_sessions.outside.meetings.zoom import account, events, meetings, people, recordings, reports
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom.memory import Memory
from echo_sessions.outside.meetings.zoom.talking import Deadline, Talker
from echo_sessions.outside.meetings.zoom.values import text
from echo_sessions.words import msgid


class Zoom:
    """Meetings of one Zoom account, by its server-to-server app. Calls belong into jobs, but for `ensure_link`,
    `host_start_link` and `recording_way`, which answer within four seconds or raise TryLater."""

    name = "zoom"
    title = msgid("Zoom")
    capabilities = Capabilities(
        creates=True, updates=True, personal_links=True, hooks=True, reports=True, recordings=True, hosts=True
    )
    most_links = people.MOST

    def __init__(self, memory: Memory, *, oauth_url: str, api_url: str) -> None:
        self._memory = memory
        self._talker = Talker(memory, oauth_url=oauth_url, api_url=api_url)

    def configured(self) -> bool:
        """Whether there are credentials, and Zoom has not told us to stop."""
        return self._memory.credentials() is not None

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        return meetings.ensure(self._talker, wanted)

    def update(self, meeting: Meeting, wanted: Wanted) -> Meeting:
        return meetings.update(self._talker, meeting, wanted)

    def read(self, meeting: Meeting) -> Meeting:
        return meetings.read(self._talker, meeting)

    def cancel(self, meeting: Meeting) -> None:
        meetings.cancel(self._talker, meeting)

    def find_by_mark(self, mark: str, host: str) -> list[Meeting]:
        return meetings.find(self._talker, mark, host)

    def ensure_links(self, meeting: Meeting, people_: Sequence[Attendee]) -> list[PersonalLink]:
        return people.ensure_many(self._talker, meeting, people_)

    def ensure_link(self, meeting: Meeting, person: Attendee) -> PersonalLink:
        return people.ensure_one(self._talker, meeting, person, within=Deadline.door())

    def known_links(self, meeting: Meeting) -> dict[str, PersonalLink]:
        return people.known(self._talker, meeting)

    def revoke_links(self, meeting: Meeting, people_: Sequence[tuple[str, str]]) -> None:
        people.revoke(self._talker, meeting, people_)

    def host_start_link(self, meeting: Meeting) -> Way:
        told = self._talker.ask(op.READ, meeting.ref or "", within=Deadline.door())
        url = text(told.get("start_url"))
        if not url.startswith("https://"):
            raise NotThere("Zoom gave no link to start this meeting.")
        return Way(url)

    def co_host_way(self, meeting: Meeting) -> Way:
        told = self._talker.ask(op.READ, meeting.ref or "", within=Deadline.door())
        url = text(told.get("join_url"))
        if not url.startswith("https://"):
            raise NotThere("Zoom gave no address of this meeting.")
        return Way(url)

    def parse_event(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> list[Event]:
        return events.read(headers, raw, self._memory.hook_secrets(), now)

    def read_event(self, raw: bytes, at: datetime) -> list[Event]:
        return events.parse(raw)

    def fetch_intervals(self, meeting: Meeting, since: datetime, until: datetime) -> Report:
        return reports.fetch(self._talker, meeting, since, until)

    def recordings(self, meeting: Meeting, instances: Sequence[str]) -> list[RecordingFile]:
        return recordings.files(self._talker, meeting, instances)

    def recording_way(self, meeting: Meeting, file: RecordingFile) -> Way:
        return recordings.way(self._talker, meeting, file)

    def remove_recording(self, meeting: Meeting, file: RecordingFile) -> None:
        recordings.remove(self._talker, meeting, file)

    def hosts(self) -> list[HostAccount]:
        return account.hosts(self._talker)

    def health(self) -> Health:
        return account.health(self._talker, hook_secrets=bool(self._memory.hook_secrets()))
