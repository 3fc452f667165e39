"""Our own stand-in for a BigBlueButton server, over HTTP on this machine: what its documents say, as we understand them.

It checks every checksum, keeps a journal of all calls and of what it refused (`refused`), and plays people who come and
go: `press(url)` is a browser on a join address, `leave(…)`, `end(…)`; what bbb-webhooks would then send stands in
`hooks` as (query, headers, body), signed. Faults: `server.fault = "html"`.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

SECRET = "a-shared-secret-of-the-server"
FIRST = 1_795_632_000_000
NEEDED = {"create": {"meetingID", "name"}, "join": {"meetingID", "fullName"}, "end": {"meetingID"}}
CALLS = {"", "create", "end", "isMeetingRunning", "getMeetingInfo", "getMeetings", "getRecordings", "deleteRecordings", "hooks/create", "hooks/list"}  # fmt: skip
Delivery = tuple[str, dict[str, str], bytes]


@dataclass
class Running:
    """One run of a meeting."""

    told: dict[str, str]
    since: int
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    internal: str = ""


@dataclass
class BbbServer:
    """The server, its meetings, and what it was asked."""

    url: str = ""
    fault: str = ""
    webhooks: bool = True
    version: str = "2.0"
    checksum: str = "sha256"
    journal: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    meetings: dict[str, Running] = field(default_factory=dict)
    recordings: dict[str, dict[str, str]] = field(default_factory=dict)
    callbacks: dict[str, dict[str, str]] = field(default_factory=dict)
    hooks: list[Delivery] = field(default_factory=list)
    leave_now: threading.Event = field(default_factory=threading.Event)
    _clock: int = FIRST

    def asked(self, call: str) -> list[dict[str, str]]:
        """What was said with each call of this name that was taken."""
        return [told for name, told in self.journal if name == call]

    def at(self, milliseconds: int) -> None:
        """It is now so late."""
        self._clock = milliseconds

    def press(self, url: str) -> str:
        """A browser on a join address: the presence it got. Fails when the server would not let it in."""
        told = self._checked(url)
        running = self.meetings[told["meetingID"]]
        assert told["createTime"] == str(running.since), "the address belongs to another run of the meeting"
        assert told["password"] in {running.told["attendeePW"], running.told["moderatorPW"]}
        assert (told["password"] == running.told["moderatorPW"]) is (told["role"] == "MODERATOR")
        who = f"w_{len(running.people) + 1:04}"
        running.people[who] = {"id": told["userID"], "name": told["fullName"], "role": told["role"]}
        self._tell("user-joined", told["meetingID"], who)
        return who

    def leave(self, meeting: str, who: str) -> None:
        """Somebody goes."""
        self._tell("user-left", meeting, who)

    def end(self, meeting: str) -> None:
        """The meeting is over and forgotten."""
        self._tell("meeting-ended", meeting, "")
        self.meetings.pop(meeting, None)

    def analytics(self, meeting: str, body: dict[str, Any], *, expires: int, secret: str = SECRET) -> Delivery:
        """What the server sends once at the end, where `meta_analytics-callback-url` was given."""
        return "", {"Authorization": f"Bearer {token({'exp': expires}, secret=secret)}"}, json.dumps(body).encode()

    def _checked(self, url: str) -> dict[str, str]:
        parts = urlsplit(url)
        call = parts.path.split("/api", 1)[1].lstrip("/")
        query, _, given = parts.query.rpartition("checksum=")
        proof = hashlib.sha256(f"{call}{query.rstrip('&')}{SECRET}".encode()).hexdigest()
        assert hmac.compare_digest(proof, given), "the checksum does not fit"
        return dict(parse_qsl(query, keep_blank_values=True))

    def answer(self, path: str) -> tuple[int, bytes]:
        """One request."""
        call = urlsplit(path).path.split("/api", 1)[-1].lstrip("/")
        if self.fault == "slow":
            self.leave_now.wait(30)
        if self.fault in FAULTS:
            return FAULTS[self.fault]
        if call.startswith("hooks/") and not self.webhooks:
            return 404, b"<html>nginx</html>"
        if call not in CALLS:
            return self._fail(call, "unsupportedRequest", "This request is not supported.")
        if not call:
            return 200, _xml(f"<version>{self.version}</version>")
        try:
            told = self._checked(path)
        except AssertionError:
            return self._fail(call, "checksumError", "Checksums do not match")
        if missing := NEEDED.get(call, set()) - told.keys():
            return self._fail(call, "missingParam", f"You did not pass {missing}")
        self.journal.append((call, told))
        return getattr(self, "_" + call.replace("/", "_"))(told)

    def _fail(self, call: str, key: str, words: str) -> tuple[int, bytes]:
        self.refused.append(f"{call}: {key}")
        return 200, _failed(key, words)

    def _create(self, told: dict[str, str]) -> tuple[int, bytes]:
        running, more = self.meetings.get(told["meetingID"]), ""
        if running is None:
            self._clock += 1
            internal = f"{hashlib.sha1(told['meetingID'].encode()).hexdigest()}-{self._clock}"
            running = self.meetings[told["meetingID"]] = Running(told, self._clock, internal=internal)
        elif any(running.told[name] != told[name] for name in ("attendeePW", "moderatorPW", "name")):
            return self._fail("create", "idNotUnique", "A meeting already exists with that meeting ID.")
        else:
            more = "<messageKey>duplicateWarning</messageKey>"
        return 200, _xml(_one(told["meetingID"], running) + more)

    def _getMeetingInfo(self, told: dict[str, str]) -> tuple[int, bytes]:
        running = self.meetings.get(told["meetingID"])
        if running is None:
            return 200, _failed("notFound", "We could not find a meeting with that meeting ID")
        return 200, _xml(_one(told["meetingID"], running))

    def _getMeetings(self, told: dict[str, str]) -> tuple[int, bytes]:
        return 200, _xml(f"<meetings>{''.join(f'<meeting>{_one(k, v)}</meeting>' for k, v in self.meetings.items())}</meetings>")  # fmt: skip

    def _isMeetingRunning(self, told: dict[str, str]) -> tuple[int, bytes]:
        running = self.meetings.get(told["meetingID"])
        return 200, _xml(f"<running>{'true' if running and running.people else 'false'}</running>")

    def _end(self, told: dict[str, str]) -> tuple[int, bytes]:
        running = self.meetings.get(told["meetingID"])
        if running is None:
            return 200, _failed("notFound", "We could not find a meeting with that meeting ID")
        if told.get("password") != running.told["moderatorPW"]:
            return self._fail("end", "invalidPassword", "You must supply the moderator password for this call.")
        self.end(told["meetingID"])
        return 200, _xml("<messageKey>sentEndMeetingRequest</messageKey>")

    def _getRecordings(self, told: dict[str, str]) -> tuple[int, bytes]:
        chosen = {
            number: one
            for number, one in self.recordings.items()
            if told.get("recordID", number) == number and told.get("meetingID", one["meeting"]) == one["meeting"]
        }
        if not chosen:
            return 200, _xml("<recordings/><messageKey>noRecordings</messageKey>")
        return 200, _xml(f"<recordings>{''.join(_recording(n, one) for n, one in chosen.items())}</recordings>")

    def _deleteRecordings(self, told: dict[str, str]) -> tuple[int, bytes]:
        if self.recordings.pop(told.get("recordID", ""), None) is None:
            return 200, _failed("notFound", "We could not find recordings")
        return 200, _xml("<deleted>true</deleted>")

    def _hooks_create(self, told: dict[str, str]) -> tuple[int, bytes]:
        self.callbacks[told["meetingID"]] = told
        return 200, _xml("<hookID>1</hookID>")

    def _hooks_list(self, told: dict[str, str]) -> tuple[int, bytes]:
        return 200, _xml("<hooks></hooks>")

    def _tell(self, name: str, meeting: str, who: str) -> None:
        """What bbb-webhooks posts to whoever asked to be told this."""
        hook, running = self.callbacks.get(meeting), self.meetings.get(meeting)
        if hook is None or running is None or name not in hook["eventID"].split(","):
            return
        about = {"internal-meeting-id": running.internal, "external-meeting-id": meeting}
        attributes: dict[str, Any] = {"meeting": about}
        if who:
            person = running.people[who]
            attributes["user"] = {"internal-user-id": who, "external-user-id": person["id"], "name": person["name"]}
        event = {"data": {"type": "event", "id": name, "attributes": attributes, "event": {"ts": self._clock}}}
        self.hooks.append(self.signed(hook["callbackURL"], [event]))

    def signed(self, callback: str, event: Any, *, secret: str = SECRET) -> Delivery:
        """A delivery of bbb-webhooks with its checksum in the query."""
        body = urlencode({"domain": "bbb.test", "event": json.dumps(event), "timestamp": self._clock})
        proof = hashlib.new(self.checksum, f"{callback}{body}{secret}".encode()).hexdigest()
        before = urlsplit(callback).query
        return f"{before}{'&' if before else ''}checksum={proof}", {}, body.encode()


def token(said: dict[str, Any], *, secret: str = SECRET, name: str = "HS512") -> str:
    """A JWT as BigBlueButton signs them."""
    parts = [_part({"alg": name, "typ": "JWT"}), _part(said)]
    kind = {"HS256": "sha256", "HS512": "sha512"}.get(name, "md5")
    return ".".join([*parts, _b64(hmac.digest(secret.encode(), ".".join(parts).encode(), kind))])


def _part(said: dict[str, Any]) -> str:
    return _b64(json.dumps(said).encode())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _xml(inside: str) -> bytes:
    return f"<response><returncode>SUCCESS</returncode>{inside}</response>".encode()


def _failed(key: str, words: str) -> bytes:
    said = f"<messageKey>{key}</messageKey><message>{words}</message>"
    return f"<response><returncode>FAILED</returncode>{said}</response>".encode()


def _one(number: str, running: Running) -> str:
    return (
        f"<meetingName>{running.told['name']}</meetingName><meetingID>{number}</meetingID>"
        f"<internalMeetingID>{running.internal}</internalMeetingID><createTime>{running.since}</createTime>"
    )


def _recording(number: str, one: dict[str, str]) -> str:
    forms = "".join(
        f"<format><type>{kind}</type><url>{one['url']}/{kind}</url><size>1234</size></format>" for kind in ("presentation", "video")
    )  # fmt: skip
    return (
        f"<recording><recordID>{number}</recordID><internalMeetingID>{number}</internalMeetingID><state>published</state>"
        f"<startTime>{FIRST}</startTime><endTime>{FIRST + 600_000}</endTime><playback>{forms}</playback></recording>"
    )


BOMB = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><response><returncode>&b;</returncode></response>'
FAULTS: dict[str, tuple[int, bytes]] = {
    "html": (200, b"<html><body>Maintenance</body></html>"),
    "down": (503, b"<html>503</html>"),
    "limited": (429, b""),
    "moved": (302, b""),
    "forbidden": (403, b""),
    "bomb": (200, BOMB),
    "utf16": (200, BOMB.decode().encode("utf-16")),
    "endless": (200, b"<response>" + b"<a/>" * 600_000 + b"</response>"),
    "cut": (200, b"<response><returncode>SUCC"),
    "silence": (200, b""),
}


@contextmanager
def serving() -> Iterator[BbbServer]:
    """The server on a free port of this machine."""
    server = BbbServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, data = server.answer(self.path)
            try:
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(data)))
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, format: str, *args: Any) -> None:
            """No line for each request."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}/bigbluebutton/"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), name="bbb")
    thread.start()
    try:
        yield server
    finally:
        server.leave_now.set()
        http.shutdown()
        thread.join(10)
        http.server_close()
