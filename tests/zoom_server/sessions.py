"""Sessions on Zoom's side: held from start to end with all that is told of them, begun and ended, recorded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.zoom_server.happenings import Happenings
from tests.zoom_server.holding import Holding
from tests.zoom_server.hooks import Telling
from tests.zoom_server.people import Held, Present, Span
from tests.zoom_server.schema import said
from tests.zoom_server.state import Instance, Meeting


class StartFailed(Exception):
    """A meeting cannot be started: its host is in another one."""


class Sessions(Happenings):
    """What takes place in the rooms."""

    def hold_session(
        self,
        meeting: "str | int | Meeting",
        people: Sequence[Present],
        *,
        starts_at: datetime | None = None,
        instances: Sequence[Span] = ((-10, 95),),
        ids: str | None = None,
        host: bool = False,
    ) -> Held:
        """Play a session: its instances (spans in minutes after the start), reports and hooks; `host`: the account that
        opens it is there too, all the time. Raises StartFailed when the host is in another meeting at that time."""
        with self.lock:
            one = self.meeting(meeting)
            start = starts_at or one.start_time or self.now()
            self._free(one, [(start + timedelta(minutes=a), start + timedelta(minutes=b)) for a, b in instances])
            telling = Telling(self.account_id, ids) if ids else self.telling
            holding = Holding(one, start, self.names, telling)
            held = holding.hold([*people, *self._host_of(one, instances if host else ())], instances)
            self.instances += held.instances
            held.hooks = [self.sign(body) for body in holding.bodies()]
            self.hooks += held.hooks
            return held

    def _host_of(self, meeting: Meeting, spans: Sequence[Span]) -> list[Present]:
        user = self.users[meeting.host_id]
        name = f"{user.first_name} {user.last_name}"
        return [Present(name, user.email, (span,), registered=False, shows=True, account=user.id) for span in spans]

    def _free(self, meeting: Meeting, spans: Sequence[tuple[datetime, datetime]]) -> None:
        for other in self.instances:
            if self.meetings[other.meeting_id].host_id != meeting.host_id or other.meeting_id == meeting.id:
                continue
            if any(other.start < end and (other.end is None or begin < other.end) for begin, end in spans):
                self.note(f"overlap: {meeting.id} cannot start, its host is in {other.meeting_id}")
                raise StartFailed(str(meeting.id))

    def start(self, ref: "str | int | Meeting") -> Instance:
        """Begin a meeting now; `end` ends it. For tests of what is seen while it runs."""
        with self.lock:
            meeting = self.meeting(ref)
            self._free(meeting, [(self.now(), self.now() + timedelta(minutes=meeting.duration))])
            uuid, meeting.uuid = meeting.uuid, self.names.uuid()
            instance = Instance(uuid, meeting.id, self.now(), None)
            meeting.in_progress = True
            self.instances.append(instance)
            self._send(
                "meeting.started", self.now(), self.telling.about(meeting, uuid, start_time=said(instance.start))
            )
            return instance

    def end(self, ref: "str | int | Meeting") -> None:
        with self.lock:
            meeting = self.meeting(ref)
            meeting.in_progress = False
            for one in self.instances:
                if one.meeting_id == meeting.id and one.end is None:
                    one.end = self.now()
                    told = self.telling.about(meeting, one.uuid, start_time=said(one.start), end_time=said(one.end))
                    self._send("meeting.ended", self.now(), told)

    def record(
        self, held: Held, *kinds: str, starts: float = 0, minutes: float = 60, instance: int = 0, ready: bool = True
    ) -> list[dict[str, Any]]:
        """Cloud recordings of one instance: one file each kind (`shared_screen_with_speaker_view`, `audio_only`, `chat_file`,
        `audio_transcript`, `summary`), over the same minutes, with the hooks that tell of them."""
        with self.lock:
            one, begin, end = held.instances[instance], held.at(starts), held.at(starts + minutes)
            one.share_url = one.share_url or self.fresh_secret("https://us02web.zoom.us/rec/share/")
            one.passcode = one.passcode or self.fresh_secret("", 8)
            files = [self._file(one, kind, begin, end, ready) for kind in kinds or ("shared_screen_with_speaker_view",)]
            one.recordings += files
            for event, at in (("recording.started", begin), ("recording.stopped", end)):
                moments = {
                    "recording_start": said(begin),
                    "recording_end": said(end) if event.endswith("stopped") else "",
                }
                told = self.telling.about(held.meeting, one.uuid, recording_file=moments)
                self._send(event, at, told)
            if ready:
                told = self.telling.about(held.meeting, one.uuid, share_url=one.share_url, password=one.passcode,
                                          recording_count=len(one.recordings), recording_files=one.recordings)  # fmt: skip
                for _ in range(2):
                    self._send(
                        "recording.completed",
                        end + timedelta(minutes=40),
                        {**told, "download_token": self.fresh_secret("")},
                    )
            return files

    def _file(self, instance: Instance, kind: str, begin: datetime, end: datetime, ready: bool) -> dict[str, Any]:
        file_type = {
            "audio_only": "M4A",
            "chat_file": "CHAT",
            "audio_transcript": "TRANSCRIPT",
            "summary": "SUMMARY",
        }.get(kind, "MP4")
        return {
            "id": self.names.guid().lower(), "meeting_id": instance.uuid, "recording_start": said(begin),
            "recording_end": said(end), "file_type": file_type, "file_extension": file_type, "file_size": 7_220_000_000,
            "play_url": self.fresh_secret("https://us02web.zoom.us/rec/play/"),
            "download_url": self.fresh_secret("https://us02web.zoom.us/rec/download/"),
            "status": "completed" if ready else "processing", "recording_type": kind,
        }  # fmt: skip
