"""The Zoom client against answers as Zoom gives them: what it asks, what it makes of refusals, and what it never repeats."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from echo_sessions import clock
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import (
    Attendee,
    Converted,
    HostRefused,
    HostSpent,
    LinkState,
    LostReply,
    Meeting,
    NotConfigured,
    NotThere,
    Provider,
    RecordingFile,
    Room,
    ScopeMissing,
    Wanted,
)
from echo_sessions.outside.meetings.zoom import Zoom, talking
from echo_sessions.outside.meetings.zoom import meetings as zoom_meetings
from tests.outside.zoom_answers import Asked, Notebook, Say, Scripted, answering, zoom_at

START = datetime(2026, 11, 25, 19, 30, tzinfo=UTC)
REF = "98765432101"
WANTED = Wanted("S-7K3Q29FM", "Hepatitis C · session 3", START, 90, "America/Denver", host="H1")
SECRETS = ("s3cret-of-the-app", "tok-", "pwd=", "zak=", "tk=")
DAILY = (
    "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user. "
    "You may resume these requests at GMT 00:00:00."
)


@pytest.fixture
def script() -> Iterator[Scripted]:
    with answering() as script:
        yield script


@pytest.fixture
def memory() -> Notebook:
    return Notebook()


@pytest.fixture
def zoom(script: Scripted, memory: Notebook, monkeypatch: pytest.MonkeyPatch) -> Zoom:
    monkeypatch.setattr(talking.random, "uniform", lambda low, high: 0.0)
    return zoom_at(script, memory)


def as_made(body: dict, **more: object) -> dict:
    """What Zoom answers to a create: what it was asked for, and its own besides."""
    return {
        "id": int(REF), "uuid": "u/u==", "host_id": "H1", "host_email": "Host@Hub.Example", "topic": body["topic"], "type": 2,
        "start_time": body["start_time"], "duration": body["duration"], "timezone": body["timezone"], "agenda": body["agenda"],
        "created_at": "2026-11-01T00:00:00Z", "join_url": f"https://zoom.us/j/{REF}?pwd=tops3cret",
        "start_url": "https://zoom.us/s/1?zak=tops3cret", "password": "tops3cret",
        "settings": {"alternative_hosts": "", **body["settings"]}, **more,
    }  # fmt: skip


def makes(script: Scripted, **more: object) -> None:
    script.on("POST", "/users/H1/meetings", lambda asked: Say(201, as_made(asked.body, **more)))


def made(zoom: Zoom, script: Scripted, wanted: Wanted = WANTED, **more: object) -> Meeting:
    makes(script, **more)
    return zoom.ensure_meeting(wanted)


def people(count: int) -> list[Attendee]:
    return [Attendee(f"P-{n}", f"Person {n}", f"p{n}@clinic.example") for n in range(count)]


def is_clean(thing: object) -> None:
    assert not [secret for secret in (*SECRETS, "tops3cret") if secret in repr(thing) + str(thing)]


# Meetings


def test_it_is_a_provider(zoom):
    provider: Provider = zoom
    assert provider.name == "zoom" and provider.configured() and provider.capabilities.creates


def test_a_meeting_is_asked_for_in_utc_with_its_zone_its_mark_and_our_settings(zoom, script):
    meeting = made(zoom, script)
    [asked] = script.calls("POST")
    assert asked.headers["authorization"] == "Bearer tok-1" and asked.path == "/api/v2/users/H1/meetings"
    assert asked.body == {
        "topic": "Hepatitis C · session 3", "type": 2, "start_time": "2026-11-25T19:30:00Z", "timezone": "America/Denver", "duration": 90,
        "agenda": f"S-7K3Q29FM {zoom_meetings.NEUTRAL}",
        "settings": {
            "approval_type": 0, "registration_type": 1, "registrants_email_notification": False,
            "registrants_confirmation_email": False, "use_pmi": False, "auto_recording": "none",
        },
    }  # fmt: skip
    assert (meeting.ref, meeting.uuid, meeting.host) == (REF, "u/u==", "H1") and meeting.made["differs"] == {}
    assert meeting.url == f"https://zoom.us/j/{REF}" and meeting.made["starts_at"] == START.isoformat()
    is_clean(meeting)
    assert json.loads(json.dumps(meeting.made)) == meeting.made


def test_what_zoom_made_otherwise_is_told(zoom, script):
    def otherwise(asked: Asked) -> Say:
        told = as_made(asked.body, duration=60, start_time="2026-11-25T20:30:00Z")
        told["settings"] |= {"approval_type": 2, "use_pmi": True}
        return Say(201, told)

    script.on("POST", "/users/H1/meetings", otherwise)
    differs = zoom.ensure_meeting(WANTED).made["differs"]
    assert differs == {
        "starts_at": ["2026-11-25T19:30:00+00:00", "2026-11-25T20:30:00+00:00"], "minutes": [90, 60],
        "approval_type": [0, 2], "use_pmi": [False, True],
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Say(drop=True), id="the connection ends"),
        pytest.param(Say(502, "<html><h1>Bad gateway</h1></html>"), id="a page of HTML"),
        pytest.param(Say(500, {"code": 500, "message": "Internal"}), id="500 in JSON"),
        pytest.param(Say(201, "<html>"), id="201 without JSON"),
        pytest.param(Say(201, {"topic": "x"}), id="201 without a number"),
    ],
)
def test_a_create_whose_answer_is_lost_is_not_sent_again(zoom, script, answer):
    script.on("POST", "/users/H1/meetings", answer)
    with pytest.raises(LostReply) as lost:
        zoom.ensure_meeting(WANTED)
    assert len(script.calls("POST")) == 1
    is_clean(lost.value)


def test_a_server_that_is_not_there_was_asked_for_nothing(script, memory, monkeypatch):
    monkeypatch.setattr(talking.random, "uniform", lambda low, high: 0.0)
    zoom = zoom_at(script, memory)
    zoom.configured()
    made(zoom, script)
    mark, token = memory.kept
    memory.kept = (mark, type(token)(token.value, token.serial, token.until, "http://127.0.0.1:9/v2", token.scopes))
    with pytest.raises(TryLater) as fault:
        zoom.ensure_meeting(WANTED)
    assert not isinstance(fault.value, LostReply)


def listing(*rows: dict) -> Say:
    return Say(200, {"page_size": 300, "next_page_token": "", "meetings": list(rows)})


def test_after_a_lost_answer_the_meeting_is_found_on_any_page_and_not_made_again(zoom, script):
    there = as_made(zoom_meetings._body(WANTED))
    row = {name: there[name] for name in ("id", "topic", "start_time", "agenda", "created_at")}
    other = row | {"id": 5, "agenda": "S-7K3Q29FM.1 another"}
    script.on(
        "GET", "/users/H1/meetings",
        lambda asked: Say(200, {"meetings": [row], "next_page_token": ""}) if asked.query.get("next_page_token") == "n2"
        else Say(200, {"meetings": [other], "next_page_token": "n2"}),
    )  # fmt: skip
    script.on("GET", f"/meetings/{REF}", Say(200, there))
    uncertain = Wanted(**{**WANTED.__dict__, "uncertain": True})
    assert zoom.ensure_meeting(uncertain).ref == REF
    assert script.calls("POST") == [] and all(
        asked.query["page_size"] == "300" for asked in script.calls("GET", "/users/H1/meetings")
    )
    assert [each.ref for each in zoom.find_by_mark("S-7K3Q29FM", "H1")] == [REF]


def test_twins_are_taken_away_and_the_oldest_kept(zoom, script):
    there = as_made(zoom_meetings._body(WANTED))
    rows = [
        there | {"id": 22, "created_at": "2026-11-02T00:00:00Z"},
        there | {"id": 11, "created_at": "2026-11-01T00:00:00Z"},
    ]
    script.on("GET", "/users/H1/meetings", listing(*rows))
    for row in rows:
        script.on("GET", f"/meetings/{row['id']}", Say(200, row))
    script.on("DELETE", "/meetings/22", Say(204))
    assert zoom.ensure_meeting(Wanted(**{**WANTED.__dict__, "uncertain": True})).ref == "11"
    assert [asked.path for asked in script.calls("DELETE")] == ["/api/v2/meetings/22"] and script.calls("POST") == []


def test_a_meeting_without_agenda_is_ours_by_topic_and_start_alone(zoom, script):
    there = as_made(zoom_meetings._body(WANTED)) | {"agenda": ""}
    foreign = there | {"id": 33, "topic": "Staff meeting"}
    script.on("GET", "/users/H1/meetings", listing(foreign, there))
    script.on("GET", f"/meetings/{REF}", Say(200, there))
    assert zoom.ensure_meeting(Wanted(**{**WANTED.__dict__, "uncertain": True})).ref == REF
    assert zoom.find_by_mark("S-7K3Q29FM", "H1") == []


def test_nothing_found_means_it_is_made(zoom, script):
    script.on("GET", "/users/H1/meetings", listing())
    assert made(zoom, script, Wanted(**{**WANTED.__dict__, "uncertain": True})).ref == REF


def test_a_meeting_that_was_made_is_made_whatever_the_second_look_says(zoom, script):
    def sparse(asked: Asked) -> Say:
        return Say(201, {"id": int(REF), "uuid": "u", "topic": asked.body["topic"]})

    script.on("POST", "/users/H1/meetings", sparse)
    script.on("GET", f"/meetings/{REF}", Say(404, {"code": 3001, "message": "Meeting does not exist."}))
    meeting = zoom.ensure_meeting(WANTED)
    assert (meeting.ref, meeting.host, meeting.made["differs"]) == (REF, "H1", {})


def test_a_refused_alternative_host_is_left_out_and_told(zoom, script):
    wanted = Wanted(**{**WANTED.__dict__, "hosts_too": ("ada@hub.example", "gone@hub.example")})

    def judge(asked: Asked) -> Say:
        if "gone@" in asked.body["settings"]["alternative_hosts"]:
            return Say(400, {"code": 1114, "message": "gone@hub.example cannot be an alternative host."})
        return Say(201, as_made(asked.body))

    script.on("POST", "/users/H1/meetings", judge)
    meeting = zoom.ensure_meeting(wanted)
    assert meeting.made["differs"] == {"hosts_too": [["ada@hub.example", "gone@hub.example"], ["ada@hub.example"]]}
    assert script.calls("POST")[0].body["settings"]["alternative_hosts"] == "ada@hub.example;gone@hub.example"


def test_no_change_is_no_call_and_a_change_sends_only_itself_and_is_read_back(zoom, script):
    meeting = made(zoom, script)
    before = len(script.asked)
    assert zoom.update(meeting, WANTED).made["differs"] == {} and len(script.asked) == before
    later = Wanted(**{**WANTED.__dict__, "starts_at": START + timedelta(hours=1)})
    script.on("PATCH", f"/meetings/{REF}", Say(204))
    script.on("GET", f"/meetings/{REF}", Say(200, as_made(zoom_meetings._body(later))))
    assert zoom.update(meeting, later).made["differs"] == {}
    [asked] = script.calls("PATCH")
    assert asked.body == {"start_time": "2026-11-25T20:30:00Z", "timezone": "America/Denver"}


@pytest.mark.parametrize(
    ("zone", "differs"),
    [
        pytest.param("US/Mountain", [], id="another name of the zone"),
        pytest.param("America/New_York", ["zone"], id="another zone"),
        pytest.param("Nowhere/Else", ["zone"], id="a zone that nobody knows"),
    ],
)
def test_a_zone_under_another_name_is_no_difference(zoom, script, zone, differs):
    assert list(made(zoom, script, timezone=zone).made["differs"]) == differs


def test_a_change_that_zoom_ignores_is_told(zoom, script):
    meeting = made(zoom, script)
    script.on("PATCH", f"/meetings/{REF}", Say(204))
    script.on("GET", f"/meetings/{REF}", Say(200, as_made(zoom_meetings._body(WANTED))))
    later = Wanted(**{**WANTED.__dict__, "starts_at": START + timedelta(hours=1)})
    assert list(zoom.update(meeting, later).made["differs"]) == ["starts_at"]


def test_a_change_whose_answer_is_lost_is_looked_up_and_not_sent_again(zoom, script):
    meeting = made(zoom, script)
    renamed = Wanted(**{**WANTED.__dict__, "topic": "Another"})
    script.on("PATCH", f"/meetings/{REF}", Say(drop=True))
    script.on(
        "GET",
        f"/meetings/{REF}",
        Say(200, as_made(zoom_meetings._body(renamed))),
        Say(200, as_made(zoom_meetings._body(WANTED))),
    )
    assert zoom.update(meeting, renamed).made["differs"] == {} and len(script.calls("PATCH")) == 1
    with pytest.raises(LostReply):
        zoom.update(meeting, renamed)
    assert len(script.calls("PATCH")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Say(204), id="taken away"),
        pytest.param(Say(404, {"code": 3001, "message": "Meeting does not exist: 1."}), id="gone already"),
        pytest.param(Say(400, {"code": 3038, "message": "Meeting is over."}), id="over"),
    ],
)
def test_a_cancelled_meeting_is_away_however_it_went(zoom, script, answer):
    meeting = made(zoom, script)
    script.on("DELETE", f"/meetings/{REF}", Say(drop=True), answer)
    zoom.cancel(meeting)
    assert len(script.calls("DELETE")) == 2


# Refusals


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        pytest.param(404, {"code": 3001, "message": "Meeting does not exist: 1."}, NotThere, id="gone"),
        pytest.param(400, {"code": 3000, "message": "Cannot access webinar info."}, Converted, id="a webinar now"),
        pytest.param(404, {"code": 1001, "message": "User does not exist: ada@hub.example."}, HostRefused, id="no such user"),
        pytest.param(400, {"code": 1010, "message": "User not in this account"}, HostRefused, id="not of the account"),
        pytest.param(400, {"code": 3161, "message": "Your user account is not allowed meeting hosting."}, HostRefused, id="may not host"),
        pytest.param(400, {"code": 200, "message": "Only available for Paid users"}, HostRefused, id="not paid"),
        pytest.param(400, {"code": 4711, "message": "Invalid access token, does not contain scopes:[meeting:read:meeting:admin]."}, ScopeMissing, id="4711"),
        pytest.param(401, {"code": 4700, "message": "Invalid access token, does not contain scopes."}, ScopeMissing, id="4700"),
        pytest.param(400, {"code": 300, "message": "Invalid. pwd=tops3cret Bearer eyJabc.def tok-1", "errors": [{"field": "x", "message": "bad token=tops3cret"}]}, GaveUp, id="unknown"),
        pytest.param(400, "<html>", TryLater, id="HTML from something in between"),
        pytest.param(503, "<html>", TryLater, id="away"),
    ],
)  # fmt: skip
def test_refusals_become_faults_without_secrets_or_addresses(zoom, script, status, body, fault):
    script.on("GET", f"/meetings/{REF}", Say(status, body))
    with pytest.raises(fault) as raised:
        zoom.read(Meeting("zoom", REF))
    assert "@hub" not in str(raised.value)
    assert not [secret for secret in ("s3cret", "eyJ", "<html>") if secret in str(raised.value)]


def test_a_missing_scope_is_named_from_the_words_or_from_what_was_asked(zoom, script):
    script.on(
        "GET", f"/meetings/{REF}",
        Say(400, {"code": 4711, "message": "does not contain scopes:[meeting:read:meeting, meeting:read:meeting:admin]"}),
        Say(400, {"code": 4700, "message": "does not contain scopes"}),
    )  # fmt: skip
    for names in (("meeting:read:meeting", "meeting:read:meeting:admin"), ("meeting:read:meeting:admin",)):
        with pytest.raises(ScopeMissing) as raised:
            zoom.read(Meeting("zoom", REF))
        assert raised.value.scopes == names


def test_reading_survives_two_pages_of_html_and_a_lost_answer_but_not_more(zoom, script):
    there = Say(200, as_made(zoom_meetings._body(WANTED)))
    script.on("GET", f"/meetings/{REF}", Say(502, "<html>"), Say(drop=True), there)
    assert zoom.read(Meeting("zoom", REF)).ref == REF
    script.on("GET", f"/meetings/{REF}", Say(500, "oops"))
    with pytest.raises(TryLater):
        zoom.read(Meeting("zoom", REF))
    assert len(script.calls("GET")) == 3 + talking.ATTEMPTS


# Limits


def test_a_hosts_spent_day_waits_for_midnight_and_leaves_other_hosts_alone(zoom, script, memory):
    script.on(
        "POST", "/users/H1/meetings", Say(429, {"code": 429, "message": DAILY}, {"X-RateLimit-Remaining": "5893"})
    )
    with pytest.raises(HostSpent) as spent:
        zoom.ensure_meeting(WANTED)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert memory.pauses == {"host:H1": midnight} and spent.value.after_seconds > 0
    with pytest.raises(HostSpent):
        zoom.ensure_meeting(WANTED)
    assert len(script.calls("POST")) == 1
    script.on("POST", "/users/H2/meetings", lambda asked: Say(201, as_made(asked.body, host_id="H2")))
    assert zoom.ensure_meeting(Wanted(**{**WANTED.__dict__, "host": "H2"})).host == "H2"


def test_a_hosts_day_told_of_a_call_that_is_not_his_pauses_nobody(zoom, script, memory):
    script.on("GET", f"/meetings/{REF}", Say(429, {"code": 429, "message": DAILY}))
    with pytest.raises(HostSpent):
        zoom.read(Meeting("zoom", REF))
    assert memory.pauses == {}


def test_a_call_that_took_too_long_may_have_been_carried_out(zoom, script):
    script.on("POST", "/users/H1/meetings", Say(408, {"message": "Request timeout"}))
    with pytest.raises(LostReply):
        zoom.ensure_meeting(WANTED)


def test_what_has_no_number_is_not_asked_about(zoom, script):
    with pytest.raises(ValueError, match="no number"):
        zoom.read(Meeting("zoom"))
    assert script.asked == []


def test_too_many_in_a_second_is_waited_for_in_a_job_and_everybody_knows(zoom, script, memory):
    soon = (clock.now() + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    limited = Say(
        429,
        {"code": 429, "message": "You have reached the maximum per-second rate limit for this API."},
        {"Retry-After": soon},
    )
    script.on("POST", "/users/H1/meetings", limited, lambda asked: Say(201, as_made(asked.body)))
    assert zoom.ensure_meeting(WANTED).ref == REF
    assert len(script.calls("POST")) == 2 and "medium" in memory.pauses and memory.counted["medium", "", "limited"] == 1


def test_nobody_waits_at_the_door(zoom, script, memory, monkeypatch):
    meeting = made(zoom, script)
    memory.pause("light", clock.now() + timedelta(seconds=30))
    monkeypatch.setattr(talking.time, "sleep", lambda seconds: pytest.fail(f"somebody waits for {seconds} s"))
    for ask in (lambda: zoom.ensure_link(meeting, people(1)[0]), lambda: zoom.host_start_link(meeting)):
        with pytest.raises(TryLater) as fault:
            ask()
        assert fault.value.after_seconds > 20
    assert len(script.asked) == 1


def test_a_day_of_the_whole_account_pauses_the_label(zoom, script, memory):
    script.on(
        "GET",
        f"/meetings/{REF}",
        Say(429, {"code": 429, "message": "You have reached the maximum daily rate limit for this API."}),
    )
    with pytest.raises(TryLater) as fault:
        zoom.read(Meeting("zoom", REF))
    assert not isinstance(fault.value, HostSpent) and set(memory.pauses) == {"light"}


# The token


def test_one_token_serves_many_calls_and_is_renewed_early(zoom, script, memory):
    meeting = made(zoom, script)
    script.on("GET", f"/meetings/{REF}", Say(200, as_made(zoom_meetings._body(WANTED))))
    zoom.read(meeting)
    assert script.tokens == 1
    memory.ages(timedelta(minutes=7))
    zoom.read(meeting)
    assert script.tokens == 2 and script.asked[-1].headers["authorization"] == "Bearer tok-2"


def test_a_token_that_still_works_is_used_when_it_cannot_be_renewed_early(zoom, script, memory):
    meeting = made(zoom, script)
    script.on("GET", f"/meetings/{REF}", Say(200, as_made(zoom_meetings._body(WANTED))))
    memory.ages(timedelta(minutes=7))
    script.token_answers = [Say(503, "<html>")] * 3
    assert zoom.read(meeting).ref == REF and zoom.read(meeting).ref == REF
    assert script.tokens == 2, "after a failure nobody asks again for a while"


@pytest.mark.parametrize("message", ["Invalid access token.", "Access token is expired."])
def test_a_token_that_zoom_no_longer_takes_is_renewed_once(zoom, script, message):
    meeting = made(zoom, script)
    there = Say(200, as_made(zoom_meetings._body(WANTED)))
    script.on("GET", f"/meetings/{REF}", Say(401, {"code": 124, "message": message}), there)
    assert zoom.read(meeting).ref == REF and script.tokens == 2
    script.on("GET", f"/meetings/{REF}", Say(401, {"code": 124, "message": message}))
    with pytest.raises(TryLater):
        zoom.read(meeting)
    assert script.tokens == 3 and len(script.calls("GET")) == 4


def test_a_create_is_sent_again_after_a_401_for_it_was_not_carried_out(zoom, script):
    script.on(
        "POST",
        "/users/H1/meetings",
        Say(401, {"code": 124, "message": "Invalid access token."}),
        lambda asked: Say(201, as_made(asked.body)),
    )
    assert zoom.ensure_meeting(WANTED).ref == REF


def test_the_address_that_the_token_names_is_where_is_asked(zoom, script):
    script.api_path = "/regional/v2"
    made(zoom, script)
    assert script.asked[-1].path == "/regional/v2/users/H1/meetings"


def test_wrong_credentials_are_said_without_them_and_not_tried_again_at_once(zoom, script):
    script.token_answers = [Say(401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})]
    with pytest.raises(NotConfigured, match="Invalid client_id or client_secret") as fault:
        zoom.ensure_meeting(WANTED)
    is_clean(fault.value)
    with pytest.raises(TryLater):
        zoom.ensure_meeting(WANTED)
    assert script.tokens == 1


def test_without_credentials_nothing_is_asked(zoom, script, memory):
    memory.known = None
    with pytest.raises(NotConfigured):
        zoom.ensure_meeting(WANTED)
    assert not zoom.configured() and script.tokens == 0


# Ways in


def batch(asked: Asked) -> Say:
    """Answers in another order, with addresses as Zoom writes them."""
    rows = [
        {
            "email": each["email"].upper(),
            "registrant_id": f"r-{each['email']}",
            "join_url": "https://zoom.us/w/1?tk=tops3cret",
        }
        for each in asked.body["registrants"]
    ]
    return Say(200, {"registrants": rows[::-1]})


def test_thirty_are_registered_by_one_call_and_matched_by_address(zoom, script):
    meeting = made(zoom, script)
    script.on("POST", f"/meetings/{REF}/batch_registrants", batch)
    links = zoom.ensure_links(meeting, people(30))
    assert [link.registrant for link in links] == [f"r-p{n}@clinic.example" for n in range(30)]
    assert {link.state for link in links} == {LinkState.MADE}
    asked = script.calls("POST")[-1]
    assert set(asked.body) == {"auto_approve", "registrants"} and asked.body["registrants"][0] == {
        "email": "p0@clinic.example",
        "first_name": "Person 0",
    }


def test_manual_approval_gives_no_link_and_somebody_left_out_is_not_known(zoom, script):
    meeting = made(zoom, script)
    script.on(
        "POST",
        f"/meetings/{REF}/batch_registrants",
        Say(201, {"registrants": [{"email": "p0@clinic.example", "registrant_id": "r0"}]}),
    )
    assert [link.state for link in zoom.ensure_links(meeting, people(2))] == [LinkState.PENDING, LinkState.ASKED]


def test_the_host_and_whoever_shares_an_address_do_not_spoil_the_batch(zoom, script):
    meeting = made(zoom, script)
    script.on("POST", f"/meetings/{REF}/batch_registrants", batch)
    some = [*people(2), Attendee("P-H", "The host", "host@hub.example"), Attendee("P-2", "Twin", "P0@clinic.example")]
    assert [link.state for link in zoom.ensure_links(meeting, some)] == [
        LinkState.MADE,
        LinkState.MADE,
        LinkState.REFUSED,
        LinkState.REFUSED,
    ]
    assert len(script.calls("POST")[-1].body["registrants"]) == 2


def nobody_registered(script: Scripted, *rows: dict) -> None:
    none = Say(200, {"registrants": [], "next_page_token": ""})
    script.on(
        "GET",
        f"/meetings/{REF}/registrants",
        lambda asked: Say(200, {"registrants": list(rows)}) if asked.query["status"] == "approved" else none,
    )


def test_a_batch_refused_for_one_is_asked_for_one_by_one(zoom, script):
    meeting = made(zoom, script)
    script.on("POST", f"/meetings/{REF}/batch_registrants", Say(400, {"code": 300, "message": "Validation Failed."}))

    nobody_registered(script)

    def one(asked: Asked) -> Say:
        if asked.body["email"].startswith("p1@"):
            return Say(400, {"code": 3027, "message": "Host can not register."})
        return Say(201, {"registrant_id": "r", "join_url": "https://zoom.us/w/1?tk=x"})

    script.on("POST", f"/meetings/{REF}/registrants", one)
    assert [link.state for link in zoom.ensure_links(meeting, people(3))] == [
        LinkState.MADE,
        LinkState.REFUSED,
        LinkState.MADE,
    ]


def test_a_registration_whose_answer_is_lost_is_looked_up_and_not_sent_again(zoom, script):
    meeting = made(zoom, script)
    script.on("POST", f"/meetings/{REF}/batch_registrants", Say(drop=True))
    script.on("POST", f"/meetings/{REF}/registrants", Say(504, "<html>"))
    for ask in (lambda: zoom.ensure_links(meeting, people(2)), lambda: zoom.ensure_link(meeting, people(1)[0])):
        with pytest.raises(LostReply):
            ask()
    assert len(script.calls("POST")) == 3

    def registered(asked: Asked) -> Say:
        if asked.query["status"] == "pending":
            return Say(
                200,
                {
                    "registrants": [{"id": "w1", "email": "P9@clinic.example", "status": "pending"}],
                    "next_page_token": "",
                },
            )
        last = asked.query.get("next_page_token") == "more"
        row = {
            "id": "r1" if last else "r0",
            "email": f"p{int(last)}@clinic.example",
            "status": "approved",
            "join_url": "https://zoom.us/w/1?tk=x",
        }
        return Say(200, {"registrants": [row], "next_page_token": "" if last else "more"})

    script.on("GET", f"/meetings/{REF}/registrants", registered)
    known = zoom.known_links(meeting)
    assert {address: (link.registrant, link.state) for address, link in known.items()} == {
        "p9@clinic.example": ("w1", LinkState.PENDING), "p0@clinic.example": ("r0", LinkState.MADE), "p1@clinic.example": ("r1", LinkState.MADE),
    }  # fmt: skip


def test_a_meeting_that_nobody_can_be_registered_for_is_asked_for_two_alone_and_no_more(zoom, script):
    meeting = made(zoom, script)
    no = Say(404, {"code": 300, "message": "Registration has not been enabled for this meeting."})
    nobody_registered(script)
    script.on("POST", f"/meetings/{REF}/batch_registrants", no)
    script.on("POST", f"/meetings/{REF}/registrants", no)
    with pytest.raises(GaveUp, match="Registration has not been enabled"):
        zoom.ensure_links(meeting, people(30))
    assert len(script.calls("POST", f"/meetings/{REF}/registrants")) == 2


def test_a_full_meeting_takes_whom_it_can_and_refuses_the_rest_without_asking(zoom, script):
    meeting = made(zoom, script)
    full = Say(400, {"code": 3043, "message": "Meeting has reached maximum attendee capacity."})
    nobody_registered(script)
    script.on("POST", f"/meetings/{REF}/batch_registrants", full)
    script.on(
        "POST",
        f"/meetings/{REF}/registrants",
        Say(201, {"registrant_id": "r", "join_url": "https://zoom.us/w/1"}),
        full,
    )
    links = zoom.ensure_links(meeting, people(30))
    assert [link.state for link in links] == [LinkState.MADE] + [LinkState.REFUSED] * 29
    assert len(script.calls("POST", f"/meetings/{REF}/registrants")) == 2 and "maximum" in links[-1].words


def test_one_who_was_added_too_often_does_not_keep_the_others_out(zoom, script, memory):
    meeting = made(zoom, script)
    spent = Say(
        429,
        {
            "code": 429,
            "message": "You have exceeded the daily rate limit (3) of Add registrant API requests for this registrant.",
        },
    )
    nobody_registered(script, {"id": "r2", "email": "p2@clinic.example", "join_url": "https://zoom.us/w/1?tk=x"})
    script.on("POST", f"/meetings/{REF}/batch_registrants", spent)
    script.on(
        "POST",
        f"/meetings/{REF}/registrants",
        lambda asked: (
            spent
            if asked.body["email"].startswith("p1@")
            else Say(201, {"registrant_id": "r", "join_url": "https://zoom.us/w/1"})
        ),
    )
    states = [link.state for link in zoom.ensure_links(meeting, people(4))]
    assert states == [LinkState.MADE, LinkState.ASKED, LinkState.MADE, LinkState.MADE] and memory.pauses == {}
    assert "p2@clinic.example" not in [
        asked.body["email"] for asked in script.calls("POST", f"/meetings/{REF}/registrants")
    ]


def test_what_stops_the_others_after_somebody_was_added_undoes_nothing(zoom, script):
    meeting = made(zoom, script)
    nobody_registered(script)
    script.on(
        "POST", f"/meetings/{REF}/batch_registrants", Say(400, {"code": 303, "message": "Only for scheduled meetings."})
    )
    gone = Say(404, {"code": 3001, "message": "Meeting does not exist."})
    script.on(
        "POST",
        f"/meetings/{REF}/registrants",
        Say(201, {"registrant_id": "r", "join_url": "https://zoom.us/w/1"}),
        gone,
    )
    assert [link.state for link in zoom.ensure_links(meeting, people(3))] == [
        LinkState.MADE,
        LinkState.ASKED,
        LinkState.ASKED,
    ]


def test_somebody_added_too_often_today_is_looked_up(zoom, script, memory):
    meeting = made(zoom, script)
    words = "You have exceeded the daily rate limit (3) of Add registrant API requests for the registrant."
    script.on("POST", f"/meetings/{REF}/registrants", Say(429, {"code": 429, "message": words}))
    with pytest.raises(LostReply):
        zoom.ensure_link(meeting, people(1)[0])
    assert memory.pauses == {}


def test_links_are_taken_back_thirty_at_a_time(zoom, script):
    meeting = made(zoom, script)
    script.on("PUT", f"/meetings/{REF}/registrants/status", Say(204))
    zoom.revoke_links(meeting, [(f"r{n}", f"p{n}@clinic.example") for n in range(31)])
    bodies = [asked.body for asked in script.calls("PUT")]
    assert [len(body["registrants"]) for body in bodies] == [30, 1] and bodies[1] == {
        "action": "cancel",
        "registrants": [{"id": "r30", "email": "p30@clinic.example"}],
    }


def test_one_whom_zoom_does_not_know_any_more_keeps_no_other_from_losing_the_link(zoom, script):
    meeting = made(zoom, script)
    gone = Say(404, {"code": 404, "message": "Registrant does not exist."})
    script.on(
        "PUT",
        f"/meetings/{REF}/registrants/status",
        lambda asked: gone if "r1" in {each["id"] for each in asked.body["registrants"]} else Say(204),
    )
    zoom.revoke_links(meeting, [("r0", "p0@x.example"), ("r1", "p1@x.example"), ("r2", "p2@x.example")])
    assert [[each["id"] for each in asked.body["registrants"]] for asked in script.calls("PUT")] == [
        ["r0", "r1", "r2"], ["r0"], ["r1"], ["r2"],
    ]  # fmt: skip
    script.on(
        "PUT", f"/meetings/{REF}/registrants/status", Say(404, {"code": 3001, "message": "Meeting does not exist."})
    )
    zoom.revoke_links(meeting, [("r0", "p0@x.example")])


def test_the_hosts_link_is_fetched_and_hides_itself(zoom, script):
    meeting = made(zoom, script)
    script.on("GET", f"/meetings/{REF}", Say(200, as_made(zoom_meetings._body(WANTED))))
    way = zoom.host_start_link(meeting)
    assert way.url.endswith("zak=tops3cret") and "zak" not in repr(way)


# Afterwards

TWICE = "%252Fa%252F%252Fb%253D%253D"


def row(**more: object) -> dict:
    return {
        "id": "", "user_id": "16778240", "name": "Ada", "user_email": "", "registrant_id": "r0", "status": "in_meeting",
        "join_time": "2026-11-25T19:31:00Z", "leave_time": "2026-11-25T20:31:00Z", "duration": 3600, **more,
    }  # fmt: skip


def test_all_instances_of_the_day_are_reported_with_uuids_encoded_twice(zoom, script):
    script.on(
        "GET", f"/past_meetings/{REF}/instances",
        Say(200, {"meetings": [
            {"uuid": "second", "start_time": "2026-11-25T20:40:00Z"}, {"uuid": "/a//b==", "start_time": "2026-11-25T19:29:00Z"},
            {"uuid": "rehearsal", "start_time": "2026-11-20T19:29:00Z"},
        ]}),
    )  # fmt: skip
    pages = [
        Say(
            200,
            {"participants": [row(), row(status="in_waiting_room", user_id=1, duration=60)], "next_page_token": "n"},
        ),
        Say(200, {"participants": [row(bo_mtg_id="b1", user_id="2")], "next_page_token": ""}),
    ]
    script.on("GET", f"/report/meetings/{TWICE}/participants", *pages)
    script.on(
        "GET",
        "/report/meetings/second/participants",
        Say(200, {"participants": [row(user_id="3")], "next_page_token": ""}),
    )
    report = zoom.fetch_intervals(Meeting("zoom", REF), START - timedelta(hours=12), START + timedelta(hours=12))
    assert report.final and report.instances == ("/a//b==", "second") and len(json.loads(report.raw)["asked"]) == 4
    assert [(each.instance, each.who, each.room) for each in report.intervals] == [
        ("/a//b==", "16778240", Room.MEETING), ("/a//b==", "1", Room.WAITING), ("/a//b==", "2", Room.BREAKOUT), ("second", "3", Room.MEETING),
    ]  # fmt: skip
    assert all(
        each.query["include_fields"] == "registrant_id" for each in script.calls("GET") if "/report/" in each.path
    )


@pytest.mark.parametrize(
    ("rows", "past", "final"),
    [
        pytest.param([row(duration=0)], None, False, id="lengths of zero"),
        pytest.param([row(duration=None)], None, False, id="no lengths"),
        pytest.param([row(join_time="", leave_time="")], None, False, id="no times"),
        pytest.param(
            [row(), row(leave_time="2026-11-25T19:31:00Z", duration=0)], None, True, id="one who left at once"
        ),
        pytest.param(
            [row(), row(status="in_waiting_room", duration=0)], None, True, id="a waiting room does not matter"
        ),
        pytest.param(
            [], Say(200, {"participants_count": 12, "duration": 90}), False, id="empty though people were there"
        ),
        pytest.param(
            [], Say(200, {"participants_count": 1, "duration": 1}), True, id="empty, for the host looked in alone"
        ),
        pytest.param([], Say(404, {"code": 3001, "message": "gone"}), False, id="empty, and nothing more is known"),
    ],
)
def test_a_report_is_final_only_when_zoom_has_worked_it_out(zoom, script, rows, past, final):
    script.on(
        "GET",
        f"/past_meetings/{REF}/instances",
        Say(200, {"meetings": [{"uuid": "u", "start_time": "2026-11-25T19:29:00Z"}]}),
    )
    script.on("GET", "/report/meetings/u/participants", Say(200, {"participants": rows, "next_page_token": ""}))
    if past:
        script.on("GET", "/past_meetings/u", past)
    report = zoom.fetch_intervals(Meeting("zoom", REF), START - timedelta(hours=1), START + timedelta(hours=1))
    assert report.final is final and bool(report.why) is not final


def test_a_meeting_nobody_opened_is_not_final(zoom, script):
    script.on("GET", f"/past_meetings/{REF}/instances", Say(404, {"code": 3001, "message": "Meeting does not exist"}))
    report = zoom.fetch_intervals(Meeting("zoom", REF), START, START)
    assert not report.final and report.intervals == () and report.why


@pytest.mark.parametrize("scope", ["meeting:read:admin", None], ids=["known beforehand", "learnt from the refusal"])
def test_without_the_reports_scope_the_past_meeting_is_asked(zoom, script, scope):
    script.scope = scope
    script.on(
        "GET",
        f"/past_meetings/{REF}/instances",
        Say(200, {"meetings": [{"uuid": "u", "start_time": "2026-11-25T19:29:00Z"}]}),
    )
    script.on("GET", "/report/meetings/u/participants", Say(400, {"code": 4711, "message": "does not contain scopes"}))
    script.on("GET", "/past_meetings/u/participants", Say(200, {"participants": [row()], "next_page_token": ""}))
    assert len(zoom.fetch_intervals(Meeting("zoom", REF), START - timedelta(hours=1), START).intervals) == 1
    assert bool([each for each in script.asked if "/report/" in each.path]) is (scope is None)


def test_a_list_whose_mark_has_aged_is_begun_anew(zoom, script):
    aged = Say(400, {"code": 300, "message": "The next page token is invalid or expired."})
    first = Say(200, {"users": [{"id": "a", "email": "a@hub.example", "type": 2}], "next_page_token": "n"})
    last = Say(200, {"users": [{"id": "b", "email": "b@hub.example", "type": 1}], "next_page_token": ""})
    empty = Say(200, {"users": [], "next_page_token": ""})
    script.on("GET", "/users", empty, first, aged, first, last)
    assert [(host.ref, host.licensed) for host in zoom.hosts()] == [("a", True), ("b", False)]


def test_a_short_page_is_not_the_last(zoom, script):
    pages = [
        Say(200, {"users": [], "next_page_token": "n"}),
        Say(200, {"users": [{"id": "a", "email": "a@x.example", "type": 2}], "next_page_token": ""}),
    ]
    script.on("GET", "/users", Say(200, {"users": []}), *pages)
    assert [host.ref for host in zoom.hosts()] == ["a"]


def test_recordings_are_listed_looked_at_and_thrown_away(zoom, script):
    file = {
        "id": "f1", "recording_start": "2026-11-25T19:31:00Z", "recording_end": "2026-11-25T20:31:00Z", "file_type": "MP4", "file_size": 123,
        "recording_type": "shared_screen_with_speaker_view", "status": "completed", "play_url": "https://zoom.us/rec/play/x?pwd=tops3cret",
    }  # fmt: skip
    script.on(
        "GET",
        f"/meetings/{TWICE}/recordings",
        Say(200, {"uuid": "/a//b==", "password": "tops3cret", "recording_files": [file]}),
    )
    script.on(
        "GET",
        "/meetings/none/recordings",
        Say(404, {"code": 3301, "message": "There is no recording for this meeting."}),
    )
    script.on("DELETE", f"/meetings/{TWICE}/recordings/f1", Say(204))
    meeting = Meeting("zoom", REF)
    [found] = zoom.recordings(meeting, ["/a//b==", "none"])
    is_clean(found)
    assert (found.ref, found.bytes, found.ready) == ("f1", 123, True)
    way = zoom.recording_way(meeting, found)
    assert way.passcode == "tops3cret" and "pwd" in way.url and "tops3cret" not in repr(way)
    zoom.remove_recording(meeting, found)
    assert script.calls("DELETE")[-1].query == {"action": "trash"}
    with pytest.raises(NotThere):
        zoom.recording_way(meeting, RecordingFile("f9", "none", "", START, START))


# Health

USERS = Say(200, {"users": [], "next_page_token": ""})


def test_scopes_that_are_missing_are_named_in_the_apps_own_way(zoom, script):
    script.on("GET", "/users", USERS)
    script.scope = "meeting:read:admin user:read:admin"
    health = zoom.health()
    assert not health.ok and health.scopes_missing == (
        "meeting:write:admin",
        "report:read:admin",
        "recording:read:admin",
    )
    script.scope = "meeting:write:meeting:admin meeting:update:meeting:admin meeting:read:meeting:admin"
    assert "meeting:delete:meeting:admin" in zoom.health().scopes_missing, "a new token tells what was granted since"


def test_settings_that_act_by_themselves_are_warned_of_where_they_may_be_looked_at(zoom, script, memory):
    script.on("GET", "/users", USERS)
    assert any("could not be looked at" in message for message, _ in zoom.health().warnings) and script.tokens == 1
    assert {asked.path for asked in script.asked} == {"/api/v2/users"}
    script.scope += " account:read:admin"
    memory.kept = None
    told = {
        "recording": {"auto_recording": "cloud"},
        "in_meeting": {
            "auto_saving_chat": True,
            "meeting_summary_with_ai_companion": {"enable": True, "auto_enable": True},
        },
    }
    script.on("GET", "/accounts/me/settings", Say(200, told))
    health = zoom.health()
    assert health.ok and len(health.warnings) == 3


def test_health_says_what_is_wrong_with_the_sign_in(zoom, script):
    script.token_answers = [Say(400, {"reason": "Bad Request", "error": "invalid_request"})]
    health = zoom.health()
    assert not health.ok and "Bad Request" in str(health.faults)
