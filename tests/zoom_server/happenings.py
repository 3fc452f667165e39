"""What tests order to happen on Zoom's side, behind the client's back."""

from typing import Any

from tests.zoom_server.core import Core
from tests.zoom_server.schema import said, when
from tests.zoom_server.state import Meeting


class Happenings(Core):
    """What people do in Zoom's portal, and what befalls them."""

    def remove_user(self, email: str, *, to: str | None = None) -> None:
        """The account is deleted; its meetings go with it, or to another user."""
        with self.lock:
            user = self.user(email)
            heir = self.user(to) if to else None
            for meeting in [m for m in self.live() if m.host_id == user.id]:
                if heir is None:
                    meeting.state = "deleted"
                else:
                    meeting.host_id = heir.id
            del self.users[user.id]
            self._send("user.deleted", self.now(), self.telling.user(user))

    def deactivate_user(self, email: str) -> None:
        with self.lock:
            user = self.user(email)
            user.status = "inactive"
            self._send("user.deactivated", self.now(), self.telling.user(user))

    def delete_meeting(self, ref: "str | int | Meeting", *, quietly: bool = False) -> None:
        """Somebody deletes it in Zoom's portal; `quietly`: no hook tells of it."""
        with self.lock:
            meeting = self.meeting(ref)
            meeting.state = "deleted"
            if not quietly:
                self.tell("meeting.deleted", meeting, self.now())

    def recover_meeting(self, ref: str | int) -> None:
        with self.lock:
            meeting = self.meetings[int(ref)]
            meeting.state = "live"
            self.tell("meeting.recovered", meeting, self.now())

    def convert_to_webinar(self, ref: "str | int | Meeting", *, quietly: bool = False) -> None:
        """Somebody makes a webinar of it; its number now answers 3000."""
        with self.lock:
            meeting = self.meeting(ref)
            meeting.state = "webinar"
            if not quietly:
                self.tell("meeting.converted_to_webinar", meeting, self.now())

    def change_meeting(self, ref: "str | int | Meeting", **values: Any) -> None:
        """Somebody changes it in the portal: topic, agenda, start_time (text), duration, or any setting."""
        with self.lock:
            meeting = self.meeting(ref)
            before = {
                "id": meeting.id,
                "topic": meeting.topic,
                "start_time": meeting.start_time and said(meeting.start_time),
            }
            for name, value in values.items():
                if name == "start_time":
                    meeting.start_time = when(value, meeting.timezone)
                elif name in {"topic", "agenda", "duration", "timezone", "password"}:
                    setattr(meeting, name, value)
                else:
                    meeting.settings[name] = value
            self.tell_changed(meeting, before, self.now())

    def add_twin(self, ref: "str | int | Meeting") -> Meeting:
        """Another meeting with the same mark, as a lost answer of an older client would have left."""
        with self.lock:
            meeting = self.meeting(ref)
            twin = Meeting(
                self.names.meeting(), self.names.uuid(), meeting.host_id, meeting.topic, meeting.type, meeting.start_time,
                meeting.duration, meeting.timezone, meeting.agenda, meeting.password, self.now(), dict(meeting.settings),
            )  # fmt: skip
            self.meetings[twin.id] = twin
            return twin

    def approve(self, ref: "str | int | Meeting", email: str) -> None:
        """The host approves somebody by hand."""
        with self.lock:
            meeting = self.meeting(ref)
            registrant = meeting.registrants[email.casefold()]
            registrant.status = "approved"
            self.tell_registration("meeting.registration_approved", meeting, registrant, self.now())

    def lose_scope(self, *names: str) -> None:
        """The administrator takes these scopes away."""
        self.tokens.scopes = tuple(scope for scope in self.tokens.scopes if scope not in names)

    def kill_tokens(self) -> None:
        """Somebody else asked for a token."""
        self.tokens.end("killed")

    def expire_tokens(self) -> None:
        self.tokens.end("expired")

    def deauthorise(self) -> None:
        """The administrator removes the app."""
        with self.lock:
            self.deauthorised = True
            self.tokens.end("killed")
            self._send("app_deauthorized", self.now(), {
                "account_id": self.account_id, "user_id": "u1", "signature": "-", "client_id": self.client_id,
                "deauthorization_time": said(self.now()),
            })  # fmt: skip
