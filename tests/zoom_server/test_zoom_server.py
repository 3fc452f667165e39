"""Our own Zoom refuses what Zoom refuses, changes silently what Zoom changes, and tells on a careless client."""

import csv
import hashlib
import hmac
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.zoom_server import Present, ZoomServer, doubled, portal_file, shuffled, without
from tests.zoom_server.sessions import StartFailed

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ANA, BEN = "ana@clinic.test", "ben@clinic.test"


class Caller:
    """A client without care: it sends what it is told."""

    def __init__(self, zoom: ZoomServer) -> None:
        self.zoom, self.session = zoom, requests.Session()
        self.session.trust_env = False
        self.token()

    def token(self) -> dict[str, Any]:
        told = {"grant_type": "account_credentials", "account_id": self.zoom.account_id}
        answer = self.session.post(
            self.zoom.oauth_url, data=told, auth=(self.zoom.client_id, self.zoom.client_secret), timeout=5
        )
        self.bearer = answer.json()["access_token"]
        found: dict[str, Any] = answer.json()
        return found

    def __call__(self, call: str, json: Any = None, **query: Any) -> requests.Response:
        method, path = call.split(" ", 1)
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return self.session.request(
            method, self.zoom.api_url + path, json=json, params=query, headers=headers, timeout=5
        )

    def meeting(self, host: str = "host1@hub.test", **values: Any) -> int:
        body = {
            "topic": "Hepatitis C · session 3", "agenda": "S-7K3Q29FM ECHO session", "type": 2, "duration": 90,
            "start_time": "2026-12-01T19:30:00Z", "timezone": "America/Denver", "settings": {"approval_type": 0},
        }  # fmt: skip
        answer = self(f"POST /users/{host}/meetings", {**body, **values})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])


@pytest.fixture
def zoom() -> Iterator[ZoomServer]:
    with ZoomServer() as server:
        server.clock = lambda: NOON
        yield server


@pytest.fixture
def call(zoom: ZoomServer) -> Iterator[Caller]:
    caller = Caller(zoom)
    yield caller
    caller.session.close()


def kinds(zoom: ZoomServer) -> list[str]:
    return [violation.kind for violation in zoom.violations]


# Access


def test_a_new_token_ends_the_older_and_an_hour_ends_all(zoom, call):
    old = call.bearer
    assert call("GET /users").status_code == 200
    new = call.token()
    assert (new["expires_in"], new["token_type"], new["api_url"]) == (3599, "bearer", zoom.base_url)
    call.bearer = old
    killed = call("GET /users")
    assert (killed.status_code, killed.json()) == (401, {"code": 124, "message": "Invalid access token."})
    call.bearer = new["access_token"]
    zoom.clock = lambda: NOON + timedelta(seconds=3600)
    assert call("GET /users").json() == {"code": 124, "message": "Access token is expired."}
    assert zoom.violations == []
    for _ in range(3):
        call("GET /users")
    assert kinds(zoom) == ["dead token"]


@pytest.mark.parametrize(
    ("secret", "told", "status"),
    [
        pytest.param("wrong", {}, 401, id="a wrong secret"),
        pytest.param(None, {"grant_type": "client_credentials"}, 400, id="another grant"),
        pytest.param(None, {"account_id": "other"}, 400, id="another account"),
    ],
)
def test_who_may_not_ask_for_a_token(zoom, secret, told, status):
    query = {"grant_type": "account_credentials", "account_id": zoom.account_id, **told}
    answer = requests.post(zoom.oauth_url, params=query, auth=(zoom.client_id, secret or zoom.client_secret), timeout=5)
    assert answer.status_code == status


def test_a_region_must_be_obeyed(zoom, call):
    zoom.move_to_region()
    assert call("GET /users").status_code == 401
    told = call.token()["api_url"]
    headers = {"Authorization": f"Bearer {call.bearer}"}
    assert told != zoom.base_url and requests.get(f"{told}/v2/users", headers=headers, timeout=5).status_code == 200
    assert zoom.violations == []
    call("GET /users")
    assert kinds(zoom) == ["region"]


def test_a_lost_scope_is_named(zoom, call):
    zoom.lose_scope("meeting:write:meeting:admin")
    answer = call("POST /users/host1@hub.test/meetings", {"topic": "A"})
    assert answer.json()["code"] == 4711 and "meeting:write:meeting:admin" in answer.json()["message"]


# Making and changing


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"topic": "x" * 201}, "topic", id="a long topic"),
        pytest.param({"agenda": "x" * 2001}, "agenda", id="a long agenda"),
        pytest.param({"start_time": "2026-12-01T19:30:00+01:00"}, "start_time", id="a numeric offset"),
        pytest.param({"start_time": "2026-12-01T19:30:00.000Z"}, "start_time", id="fractions of a second"),
        pytest.param({"timezone": "MST7"}, "timezone", id="no zone of the tables"),
        pytest.param({"duration": 90.0}, "duration", id="minutes that are no whole number"),
        pytest.param({"colour": "red"}, "colour", id="an unknown field"),
        pytest.param({"settings": {"waitingroom": True}}, "settings.waitingroom", id="an unknown setting"),
        pytest.param({"settings": {"waiting_room": "true"}}, "settings.waiting_room", id="a text for a boolean"),
        pytest.param({"settings": {"approval_type": True}}, "settings.approval_type", id="a boolean for a number"),
        pytest.param({"settings": {"custom_keys": []}}, "settings.custom_keys", id="what only a change knows"),
        pytest.param({"password": "x" * 11}, "password", id="a long passcode"),
    ],
)
def test_what_a_meeting_cannot_be_made_of(zoom, call, body, field):
    given = {"topic": "A", "type": 2, "start_time": "2026-12-01T19:30:00Z", "timezone": "Europe/Madrid", **body}
    answer = call("POST /users/host1@hub.test/meetings", given)
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["field"]) == (400, 300, field)
    assert kinds(zoom) == ["schema"] and zoom.meetings == {}


def test_without_a_start_it_becomes_an_instant_meeting(zoom, call):
    made = call("POST /users/host1@hub.test/meetings", {"topic": "A", "type": 2}).json()
    assert made["type"] == 1 and "start_time" not in made
    assert kinds(zoom) == ["no start_time"]


def test_a_local_start_is_by_its_zone_over_summer_time(zoom, call):
    for local, utc in (
        ("2027-03-13T12:00:00", "2027-03-13T19:00:00Z"),
        ("2027-03-15T12:00:00", "2027-03-15T18:00:00Z"),
    ):
        number = call.meeting(start_time=local, agenda=f"mark-{local}")
        assert call(f"GET /meetings/{number}").json()["start_time"] == utc
    assert zoom.violations == []


def test_numbers_need_more_than_32_bits_and_start_links_are_new_each_time(zoom, call):
    number = call.meeting()
    links = {call(f"GET /meetings/{number}").json()["start_url"] for _ in range(3)}
    assert number > 2**32 and len(links) == 3
    assert all(link.rsplit("=", 1)[1] in zoom.secrets for link in links)


def test_what_is_changed_without_a_word(zoom, call):
    number = call.meeting(settings={"approval_type": 0, "waiting_room": True, "join_before_host": True})
    assert call(f"GET /meetings/{number}").json()["settings"]["join_before_host"] is False
    past = call(f"PATCH /meetings/{number}", {"start_time": "2026-11-20T19:30:00Z", "topic": "B"})
    told = call(f"GET /meetings/{number}").json()
    assert (past.status_code, told["topic"], told["start_time"]) == (204, "B", "2026-12-01T19:30:00Z")
    zoom.account.forced["waiting_room"] = True
    free = call.meeting("host2@hub.test", agenda="other", settings={"waiting_room": False})
    assert call(f"GET /meetings/{free}").json()["settings"]["waiting_room"] is True
    assert zoom.violations == []


def test_a_change_without_a_change_is_told_on_unless_the_answer_was_lost(zoom, call):
    number = call.meeting()
    zoom.faults.lose_reply("meetings.update", times=1)
    with pytest.raises(requests.ConnectionError):
        call(f"PATCH /meetings/{number}", {"topic": "B"})
    assert call(f"PATCH /meetings/{number}", {"topic": "B"}).status_code == 204 and zoom.violations == []
    call(f"PATCH /meetings/{number}", {"topic": "B", "start_time": "2026-12-01T12:30:00", "timezone": "America/Denver"})
    assert kinds(zoom) == ["no change"]


def test_alternative_hosts_must_be_licensed_users_of_the_account(zoom, call):
    zoom.add_user("basic@hub.test", type=1)
    for other in ("stranger@else.test", "host2@hub.test;basic@hub.test"):
        body = {"topic": "A", "start_time": "2026-12-01T19:30:00Z", "settings": {"alternative_hosts": other}}
        assert call("POST /users/host1@hub.test/meetings", body).json()["code"] == 1114
    assert call.meeting(settings={"alternative_hosts": "host2@hub.test"})


def test_a_hundred_writes_a_host_and_day_with_headers_of_another_limit(zoom, call):
    zoom.limits.on = False
    number = call.meeting()
    for turn in range(99):
        assert call(f"PATCH /meetings/{number}", {"topic": f"Topic {turn}"}).status_code == 204
    told = call(f"PATCH /meetings/{number}", {"topic": "One more"})
    assert (told.status_code, told.json()["code"]) == (429, 429)
    assert told.headers["x-ratelimit-remaining"] == "5893" and "Retry-After" not in told.headers
    assert call.meeting("host2@hub.test", agenda="other")
    zoom.clock = lambda: NOON + timedelta(hours=12)
    call.token()
    assert call(f"PATCH /meetings/{number}", {"topic": "The next day"}).status_code == 204
    assert zoom.violations == []


def test_too_many_a_second_are_told_when_to_come_back(zoom, call):
    zoom.limits.plan = "free"
    answers = [call("GET /users") for _ in range(8)]
    told = next(answer for answer in answers if answer.status_code == 429)
    assert told.headers["Retry-After"] == "2026-11-25T12:00:01Z" and told.headers["X-RateLimit-Type"] == "QPS"
    assert call.zoom.journal.of("users.list", verdict="limited")


# Twins, overlaps, gone


def test_two_of_one_mark_and_two_at_one_time_are_told_on(zoom, call):
    call.meeting()
    call.meeting("host2@hub.test", start_time="2026-12-01T20:00:00Z")
    assert kinds(zoom) == ["duplicate"] and len(zoom.duplicates()[0]) == 2
    call.meeting(agenda="S-OTHER", start_time="2026-12-01T20:59:00Z")
    call.meeting(agenda="S-AFTER", start_time="2026-12-01T22:29:00Z")
    assert kinds(zoom) == ["duplicate", "overlap"]


def test_whose_host_is_in_another_meeting_cannot_start(zoom, call):
    first, second = call.meeting(), call.meeting(agenda="S-2", start_time="2026-12-01T21:00:00Z")
    zoom.hold_session(first, [Present("Ana")], instances=[(0, 120)])
    with pytest.raises(StartFailed):
        zoom.hold_session(second, [Present("Ben")])
    assert kinds(zoom) == ["overlap"]


def test_gone_converted_and_left(zoom, call):
    first, second, third = (
        call.meeting(agenda=mark, start_time=f"2026-12-0{day}T10:00:00Z") for day, mark in enumerate("abc", 1)
    )
    zoom.delete_meeting(first)
    zoom.convert_to_webinar(second)
    assert call(f"GET /meetings/{first}").json()["code"] == 3001
    assert (call(f"GET /meetings/{second}").status_code, call(f"GET /meetings/{second}").json()["code"]) == (400, 3000)
    zoom.deactivate_user("host1@hub.test")
    assert call(f"PATCH /meetings/{third}", {"topic": "B"}).json()["code"] == 3161
    zoom.remove_user("host1@hub.test", to="host2@hub.test")
    assert call("GET /users/host1@hub.test/meetings").json()["code"] == 1001
    assert call(f"GET /meetings/{third}").json()["host_email"] == "host2@hub.test"
    events = [hook.event for hook in zoom.hooks if "created" not in hook.event]
    assert events == ["meeting.deleted", "meeting.converted_to_webinar", "user.deactivated", "user.deleted"]
    assert zoom.orphans([]) == [third] and zoom.orphans([str(third)]) == []


def test_a_deleted_meeting_can_be_recovered(zoom, call):
    number = call.meeting()
    assert call(f"DELETE /meetings/{number}").status_code == 204
    assert call(f"DELETE /meetings/{number}").json()["code"] == 3001
    assert call(f"PUT /meetings/{number}/status", {"action": "recover"}).status_code == 204
    assert call(f"GET /meetings/{number}").status_code == 200


# Registrants


def people(count: int) -> list[dict[str, str]]:
    return [{"email": f"p{one}@clinic.test", "first_name": f"Person {one}"} for one in range(count)]


def test_thirty_at_once_once_each(zoom, call):
    number = call.meeting()
    path = f"POST /meetings/{number}/batch_registrants"
    assert call(path, {"registrants": people(31)}).json()["errors"][0]["field"] == "registrants"
    made = call(path, {"registrants": people(30)}).json()["registrants"]
    assert len({one["registrant_id"] for one in made}) == len({one["join_url"] for one in made}) == 30
    assert kinds(zoom) == ["schema"]
    for _ in range(2):
        assert (
            call(path, {"registrants": people(1)}).json()["registrants"][0]["registrant_id"]
            == made[-1]["registrant_id"]
        )
    assert call(path, {"registrants": people(1)}).status_code == 429
    assert kinds(zoom) == ["schema", "registered again", "registered again"]


def test_approved_by_hand_there_is_no_link_yet(zoom, call):
    zoom.account.approves_by_hand = True
    number = call.meeting()
    told = call(
        f"POST /meetings/{number}/registrants", {"email": ANA, "first_name": "Ana", "auto_approve": True}
    ).json()
    assert "join_url" not in told
    assert [
        one["email"] for one in call(f"GET /meetings/{number}/registrants", status="pending").json()["registrants"]
    ] == [ANA]
    zoom.approve(number, ANA)
    assert "tk=" in call(f"GET /meetings/{number}/registrants").json()["registrants"][0]["join_url"]


def test_who_cannot_be_registered(zoom, call):
    zoom.add_user("basic@hub.test", type=1)
    number = call.meeting(settings={"approval_type": 0, "alternative_hosts": "host2@hub.test"})
    add = f"POST /meetings/{number}/registrants"
    assert call(add, {"email": "Host2@hub.test", "first_name": "Hugo"}).json()["code"] == 3027
    for wrong in ({"email": "no address"}, {"first_name": "x" * 65}, {"phone_number": "1"}):
        assert call(add, {"email": ANA, "first_name": "Ana", **wrong}).json()["code"] == 300
    free = call.meeting("basic@hub.test", agenda="free")
    assert call(f"GET /meetings/{free}").json()["settings"]["approval_type"] == 2
    assert call(f"POST /meetings/{free}/registrants", {"email": ANA, "first_name": "Ana"}).json()["code"] == 200
    zoom.limits.most_registrants = 0
    assert call(add, {"email": ANA, "first_name": "Ana"}).json()["code"] == 3043


def test_a_cancelled_registrant_is_in_no_list_and_may_come_back(zoom, call):
    number = call.meeting()
    one = call(f"POST /meetings/{number}/registrants", {"email": ANA, "first_name": "Ana"}).json()
    body = {"action": "cancel", "registrants": [{"id": one["registrant_id"], "email": ANA}]}
    assert call(f"PUT /meetings/{number}/registrants/status", body).status_code == 204
    assert all(
        call(f"GET /meetings/{number}/registrants", status=s).json()["registrants"] == []
        for s in ("approved", "pending", "denied")
    )
    assert call(f"POST /meetings/{number}/registrants", {"email": ANA, "first_name": "Ana"}).status_code == 201
    assert zoom.violations == []


# Paging


def test_pages_are_short_tokens_age_and_the_end_is_an_empty_token(zoom, call):
    number = call.meeting()
    for begin in (0, 30):
        call(f"POST /meetings/{number}/batch_registrants", {"registrants": people(60)[begin : begin + 30]})
    found, token, pages = [], "", []
    while True:
        answer = call(f"GET /meetings/{number}/registrants", page_size=30, next_page_token=token).json()
        found += answer["registrants"]
        pages.append(len(answer["registrants"]))
        old, token = token, answer["next_page_token"]
        if not token:
            break
    assert len(found) == 60 and pages == [29, 29, 2]
    zoom.clock = lambda: NOON + timedelta(minutes=16)
    assert call(f"GET /meetings/{number}/registrants", next_page_token=old).json()["code"] == 300
    assert call(f"GET /meetings/{number}/registrants", page_size=301).status_code == 400
    assert kinds(zoom) == ["page size"]


# Held


def held(zoom, call, **values):
    number = call.meeting()
    call(f"POST /meetings/{number}/registrants", {"email": ANA, "first_name": "Ana", "last_name": "Ruiz"})
    return zoom.hold_session(
        number,
        [
            Present(email=ANA, stays=((0, 30), (40.5, 91)), breakout=((10, 20),)),
            Present("Guest", waiting=((-4, 0),), stays=((0, 50), (55, 90))),
        ],
        **values,
    )


def twice(uuid: str) -> str:
    return quote(quote(uuid, safe=""), safe="")


def test_each_start_is_an_instance_whose_uuid_must_be_encoded_twice(zoom, call):
    session = held(zoom, call, instances=[(-5, 45), (50, 95)])
    number = session.meeting.id
    uuids = [one["uuid"] for one in call(f"GET /past_meetings/{number}/instances").json()["meetings"]]
    assert uuids[0].startswith("/") and "//" in uuids[1]
    rows = [call(f"GET /past_meetings/{twice(u)}/participants").json()["participants"] for u in uuids]
    assert [len(r) for r in rows] == [5, 2]
    latest = call(f"GET /report/meetings/{number}/participants").json()["participants"]
    assert len(latest) == 2 and "registrant_id" not in latest[0]
    assert zoom.violations == []
    assert call(f"GET /report/meetings/{quote(uuids[0], safe='')}/participants").status_code == 404
    assert call(f"GET /report/meetings/{quote(uuids[1], safe='')}/participants").status_code == 404
    assert kinds(zoom) == ["encoded once"] * 2


def test_a_report_says_rejoins_waiting_and_rooms_apart_as_rows(zoom, call):
    session = held(zoom, call)
    path = f"GET /report/meetings/{twice(session.instances[0].uuid)}/participants"
    rows = call(path, include_fields="registrant_id", page_size=300).json()["participants"]
    ana = [row for row in rows if row["user_email"] == ANA]
    guest = [row for row in rows if row["name"] == "Guest"]
    assert [row["duration"] for row in ana] == [1800, 600, 3030] and len({row["user_id"] for row in ana}) == 3
    assert len({row["registrant_id"] for row in ana}) == 1 and ana[0]["registrant_id"] and "bo_mtg_id" in ana[1]
    assert {row["status"] for row in guest} == {"in_waiting_room", "in_meeting"}
    assert {(row["user_email"], row["registrant_id"], row["id"]) for row in guest} == {("", "", "")}
    assert (session.seconds(ANA), session.minutes("Guest")) == (1800 + 3030, 85)


def test_reports_are_late_empty_or_without_lengths_if_told_so(zoom, call):
    session = held(zoom, call)
    path = f"GET /report/meetings/{session.meeting.id}/participants"
    session.answers("none", "empty", "zero")
    assert call(path).status_code == 404
    assert call(path).json()["participants"] == []
    assert {row["duration"] for row in call(path).json()["participants"]} == {0}
    assert 0 not in {row["duration"] for row in call(path).json()["participants"]}


def test_a_file_of_the_portal_rounds_up_each_row(zoom, call):
    session = held(zoom, call)
    rows = list(csv.DictReader(io.StringIO(portal_file(session).decode("utf-8-sig"))))
    assert [row["Duration (minutes)"] for row in rows if row["Email"] == ANA] == ["30", "10", "51"]
    assert rows[0]["In waiting room"] == "Yes" and rows[0]["Join time"] == "12/01/2026 12:26:00 PM"


# Hooks


def test_hooks_are_signed_over_the_bytes_that_are_sent(zoom, call):
    held(zoom, call)
    for headers, raw in zoom.hooks:
        told = b"v0:" + headers["x-zm-request-timestamp"].encode() + b":" + raw
        assert (
            headers["x-zm-signature"] == "v0=" + hmac.new(zoom.hook_secret.encode(), told, hashlib.sha256).hexdigest()
        )
    ids = {type(hook.told["id"]) for hook in zoom.hooks}
    assert ids == {str, int}


def test_hooks_say_the_same_as_the_report(zoom, call):
    session = held(zoom, call)
    joined = {
        (h.told["participant"]["user_id"], h.told["participant"]["join_time"])
        for h in session.hooks
        if h.event.endswith("_joined")
    }
    rows = [row for row in session.instances[0].rows if row.status == "in_meeting" and not row.breakout]
    assert joined == {(row.user_id, row.join.strftime("%Y-%m-%dT%H:%M:%SZ")) for row in rows}
    assert session.hooks[0].event == "meeting.started" and session.hooks[-1].event == "meeting.ended"


def test_deliveries_go_astray_as_ordered(zoom, call):
    hooks = held(zoom, call).hooks
    assert {h.raw for h in shuffled(hooks)} == {h.raw for h in hooks} and shuffled(hooks) != hooks
    assert len(doubled(hooks)) == 2 * len(hooks)
    assert not any(hook.event == "meeting.participant_left" for hook in without(hooks, "meeting.participant_left"))
    again = zoom.signed_again(hooks, at=NOON + timedelta(minutes=5))
    assert [one.raw for one in again] == [one.raw for one in hooks] and again[0].headers != hooks[0].headers


# Faults


def test_a_lost_reply_is_carried_out_and_a_dropped_request_is_not(zoom, call):
    zoom.faults.lose_reply("meetings.create", times=1)
    with pytest.raises(requests.ConnectionError):
        call.meeting()
    zoom.faults.drop("meetings.create", times=1)
    with pytest.raises(requests.ConnectionError):
        call.meeting("host2@hub.test", agenda="other")
    zoom.faults.cut_reply("meetings.create", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        call.meeting("host2@hub.test", agenda="third")
    assert [meeting.mark for meeting in zoom.live()] == ["S-7K3Q29FM", "third"]
    assert [(c.fault, c.lost) for c in zoom.journal.of("meetings.create")] == [
        ("lost", True),
        ("dropped", False),
        ("cut", True),
    ]


def test_faults_by_schedule(zoom, call):
    zoom.faults.fail(503, "users.*", every=3)
    assert [call("GET /users").status_code for _ in range(6)] == [200, 200, 503, 200, 200, 503]
    assert "text/html" in [call("GET /users") for _ in range(3)][-1].headers["Content-Type"]
    zoom.faults.clear()
    zoom.faults.limit("users.list", times=1, retry_after="seconds", seconds=7)
    assert call("GET /users").headers["Retry-After"] == "7"
    zoom.faults.fail_next("users.list", 500, 2, code=1, message="Later")
    assert [call("GET /users").status_code for _ in range(3)] == [500, 500, 200]
    zoom.faults.limit("users.list", times=3, burst=3)
    assert [call("GET /users").status_code for _ in range(4)] == [429, 429, 429, 200]


def test_a_share_by_chance_is_the_same_in_each_run():
    def struck() -> list[int]:
        with ZoomServer() as zoom:
            zoom.limits.on = False
            zoom.faults.fail(502, share=0.2)
            seen = []
            with requests.Session() as session:
                for _ in range(50):
                    seen.append(session.get(zoom.api_url + "/users", timeout=5).status_code)
            return seen

    first = struck()
    assert first == struck() and 3 < first.count(502) < 20


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        pytest.param("GET /meeting/1", "unknown", id="no such operation"),
        pytest.param("GET /users?page=2", "query", id="no such parameter"),
    ],
)
def test_what_zoom_does_not_know_is_told_on(zoom, call, target, kind):
    assert call(target).status_code in {400, 404}
    assert kinds(zoom) == [kind]
