"""An account at a provider over time: it turns bad and good again, and it tells us to stop."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused
from echo_sessions.jobs import worker
from echo_sessions.jobs.models import Job
from echo_sessions.meetings import health, hosts, looking, providers, service, setup, trial
from echo_sessions.meetings.models import Hook, Host, Meeting, MeetingLink, ProviderAccount, Recording
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.meetings.setup_jobs import check_up, forget_account
from echo_sessions.outside.meetings import Health, LinkState
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.people.rules import StaffRole

BAD = Health(ok=False, faults=(("Zoom could not be asked: %(words)s", {"words": "no"}),))
GOOD = Health(ok=True)


@pytest.fixture
def owner(make) -> Person:
    hub, person = make.hub(), make.person("Olga Owner")
    with transaction():
        people.appoint(db.session.merge(person), hub, StaffRole.OWNER, now=make.now)
    return person


@pytest.fixture
def connected(make, owner) -> Person:
    with transaction():
        setup.save_credentials(
            "zoom", account_ref="acc-1", client_id="c-1", client_secret="s3cret-of-ours", by=owner, now=make.now
        )
        setup.add_hook_secret("zoom", "token-of-hooks", by=owner, now=make.now)
    return owner


def note(found: Health, now, **more) -> None:
    with transaction():
        setup.note_health("zoom", found, now=now, **more)


def account() -> ProviderAccount:
    db.session.rollback()
    found = health.account_of("zoom")
    assert found is not None
    return found


def kinds(outbox) -> list[str]:
    return [letter.kind.removeprefix("meetings/") for letter in outbox() if letter.kind.startswith("meetings/")]


# Turning bad, and good again


def test_owners_are_told_once_when_it_stays_bad_and_once_when_it_is_good_again(make, connected, outbox):
    now = make.now
    note(GOOD, now)
    note(BAD, now)
    assert kinds(outbox) == [], "one bad look is made sure of first"
    again = db.session.scalars(select(Job).where(Job.run_at == now + setup.CONFIRM_AFTER)).one()
    assert again.payload == {"provider": "zoom", "confirm": True}
    note(BAD, now + setup.CONFIRM_AFTER, confirmed=True)
    note(BAD, now + timedelta(days=1))
    note(BAD, now + timedelta(days=2), confirmed=True)
    assert kinds(outbox) == ["turned_bad"]
    assert "Zoom could not be asked: no" in outbox()[-1].text and "s3cret" not in outbox()[-1].text
    note(GOOD, now + timedelta(days=3))
    note(GOOD, now + timedelta(days=4))
    assert kinds(outbox) == ["turned_bad", "works_again"]
    note(BAD, now + timedelta(days=5))
    note(BAD, now + timedelta(days=5, minutes=15), confirmed=True)
    assert kinds(outbox) == ["turned_bad", "works_again", "turned_bad"], "another time is another letter"


def test_owners_see_it_among_what_needs_doing_until_it_is_good_again(make, connected, client):
    hers, theirs = client.as_(connected), client.as_(make.coordinator())
    assert "does not work" not in hers.get_page("/").text()
    note(BAD, make.now, confirmed=True)
    assert (
        "Zoom does not work" in hers.get_page("/").text() and "Zoom could not be asked: no" in hers.get_page("/").text()
    )
    assert "Zoom does not work" not in theirs.get_page("/").text()
    note(GOOD, make.now)
    assert "Zoom does not work" not in hers.get_page("/").text()
    with transaction():
        setup.deauthorised("zoom", now=make.now)
    assert "Zoom told us to stop" in hers.get_page("/").text()


def test_a_passing_fault_is_told_to_nobody(make, connected, outbox):
    for minutes, found in ((0, GOOD), (1, BAD), (16, GOOD)):
        note(found, make.now + timedelta(minutes=minutes), confirmed=minutes == 16)
    assert kinds(outbox) == []


def test_a_check_up_does_not_take_a_form_out_of_an_owners_hands(make, connected):
    before = account().version
    note(BAD, make.now)
    note(GOOD, make.now)
    assert account().version == before and account().checked["ok"] is True


def test_what_waited_is_tried_at_once_when_it_works_again(make, connected):
    meeting = wanted(make)
    with transaction():
        service.raise_trouble(db.session.merge(meeting), TroubleKind.NOT_CONFIGURED, now=make.now)
        db.session.get_one(Meeting, meeting.id).next_try_at = make.now + timedelta(hours=5)
    note(GOOD, make.now + timedelta(minutes=1))
    assert db.session.get_one(Meeting, meeting.id).next_try_at == make.now + timedelta(minutes=1)


def test_the_daily_look_asks_every_provider_that_makes_meetings(app, make, zoom_server, owner, outbox):
    check_up({}, zoom_server.hands())
    assert account().checked["ok"] is True and len(hosts.known("zoom")) == 2
    zoom_server.tokens.scopes = ("user:read:list_users:admin",)
    zoom_server.tokens.end("expired")
    check_up({}, zoom_server.hands())
    zoom_server.hands.forward(minutes=16)
    worker.work_off(app, now=zoom_server.hands())
    assert kinds(outbox) == ["turned_bad"] and "meeting:write:meeting:admin" in outbox()[-1].text
    assert zoom_server.violations == []


def test_hosts_that_cannot_be_listed_are_a_fault(zoom_server, owner, monkeypatch):
    def refuse(self):
        raise GaveUp("no such user")

    monkeypatch.setattr(type(providers.provider("zoom")), "hosts", refuse)
    check_up({}, zoom_server.hands())
    assert account().checked["ok"] is False
    assert account().checked["faults"] == [[setup.NO_HOSTS_LISTED, {"words": "no such user"}]]


def test_nobody_waits_for_a_look_that_cannot_be_made(make, owner):
    with transaction():
        setup.ask_check("zoom", now=make.now)
    check_up({"provider": "zoom"}, make.now)
    assert health.checked(account()).waiting is None


# Told to stop


def wanted(make, starts_in=timedelta(days=3), **values) -> Meeting:
    session = make.session(starts_in=starts_in)
    with transaction():
        meeting = service.want(
            code=session.code, provider="zoom", topic="Hepatitis C · session 1", starts_at=session.starts_at, minutes=90,
            zone="UTC", now=make.now,
        )  # fmt: skip
        for name, value in values.items():
            setattr(meeting, name, value)
    return meeting


def opened(make, meeting: Meeting) -> Person:
    person = make.person()
    with transaction():
        db.session.add(
            MeetingLink(
                meeting_id=meeting.id, person_id=person.id, state=LinkState.MADE, address="g@x.test", registrant="r-1",
                url="https://zoom.test/w/1?tk=secret", made_at=make.now,
            )
        )  # fmt: skip
    return person


def test_told_to_stop_the_account_is_forgotten_and_the_owners_hear_of_it(make, connected, outbox):
    later, soon, past = (
        wanted(make, starts_in=ahead, state=MeetingState.MADE, ref=f"8{number}", phones=[{"number": "+1 555"}])
        for number, ahead in enumerate((timedelta(days=3), timedelta(hours=5), timedelta(days=-9)))
    )
    for meeting in (later, soon, past):
        opened(make, meeting)
    with transaction():
        db.session.add(
            Host(
                code="H-1", provider="zoom", ref="u-1", address="h@x.test", name="Hana", licensed=True, seen_at=make.now
            )
        )
        for days, mark in ((0, "a"), (2, "b")):
            at = make.now - timedelta(days=days)
            db.session.add(Hook(provider="zoom", sha256=mark * 64, name=mark, raw="{}", received_at=at, read_at=at))
        db.session.add(Recording(code="R-1", meeting_id=past.id, ref="f", kind="audio", starts_at=make.now, ends_at=make.now, seen_at=make.now))  # fmt: skip
    with transaction():
        assert setup.deauthorised("zoom", now=make.now, account_ref="acc-1")
    row = account()
    assert (row.account_ref, row.client_id, row.client_secret, row.hook_secrets, row.token) == (None,) * 5
    assert row.stopped_at == make.now and not providers.provider("zoom").configured()
    states = {link.meeting_id: (link.state, link.url) for link in db.session.scalars(select(MeetingLink))}
    assert states[later.id] == states[past.id] == (LinkState.ASKED, None)
    assert states[soon.id] == (LinkState.MADE, "https://zoom.test/w/1?tk=secret"), (
        "nobody stands before a shut door today"
    )
    host = hosts.known("zoom")[0]
    assert (host.name, host.address, host.ref) == ("", "", "u-1")
    assert [db.session.scalar(select(func.count()).select_from(kind)) for kind in (Hook, Recording, Meeting)] == [
        1,
        0,
        3,
    ]
    assert db.session.get_one(Meeting, later.id).ref == "80" and db.session.get_one(Meeting, later.id).phones == []
    assert kinds(outbox) == ["deauthorised"] and "2 coming sessions" in outbox()[-1].text
    last = db.session.scalars(select(Job).where(Job.name == "meetings.forget_account")).one()
    assert last.run_at >= db.session.get_one(Meeting, soon.id).ends_at
    forget_account({"provider": "zoom"}, last.run_at)
    assert db.session.scalar(select(func.count()).select_from(Hook)) == 0
    assert {link.url for link in db.session.scalars(select(MeetingLink))} == {None}


def test_told_twice_or_meant_for_another_account_nothing_more_happens(make, connected, outbox):
    with transaction():
        assert not setup.deauthorised("zoom", now=make.now, account_ref="somebody-else")
    assert account().client_id == "c-1"
    for seconds in (0, 300):
        with transaction():
            assert setup.deauthorised("zoom", now=make.now + timedelta(seconds=seconds), account_ref="acc-1") is (
                seconds == 0
            )
    assert kinds(outbox) == ["deauthorised"]


def test_connected_again_nothing_more_is_forgotten(make, connected):
    soon = wanted(make, starts_in=timedelta(hours=5), state=MeetingState.MADE, ref="81")
    opened(make, soon)
    with transaction():
        setup.deauthorised("zoom", now=make.now)
    with transaction():
        setup.save_credentials("zoom", account_ref="acc-1", client_id="c-1", client_secret="s3cret-two", by=connected, now=make.now)  # fmt: skip
    forget_account({"provider": "zoom"}, make.now + timedelta(days=2))
    assert db.session.scalars(select(MeetingLink)).one().url is not None


def test_the_hook_that_tells_it_ends_all_calls_and_the_page_says_so(app, make, client, zoom_server, owner):
    looking.fetch_hosts(providers.provider("zoom"), zoom_server.hands())
    zoom_server.deauthorise()
    [delivery] = zoom_server.hooks
    answer = app.test_client().post("/webhooks/zoom", data=delivery.raw, headers=dict(delivery.headers))
    assert answer.status_code == 204
    asked = len(zoom_server.journal.calls)
    worker.work_off(app, now=zoom_server.hands())
    zoom_server.hands.forward(days=2)
    worker.work_off(app, now=zoom_server.hands())
    text = client.as_(owner).get_page("/hub/meetings").text()
    assert "Zoom told us to stop" in text and "Begin again" in text
    assert len(zoom_server.journal.calls) == asked
    zoom_server.deauthorised = False
    client.as_(owner).submit("/hub/meetings", action="/start-again")
    worker.work_off(app, now=zoom_server.hands())
    assert "Works" in client.as_(owner).get_page("/hub/meetings").text()
    assert {host.name for host in hosts.known("zoom")} == {"Hana One", "Hugo Two"}


# Refusals of verbs, and tests that do not end


def test_what_is_not_there_cannot_be_taken_away(make, owner):
    for act in (setup.forget_credentials, setup.start_again):
        with pytest.raises(Refused), transaction():
            act("zoom", by=owner, now=make.now)
    with transaction():
        setup.remove_hook_secret("zoom", "no such", by=owner, now=make.now)


def test_a_test_that_takes_too_long_ends_and_its_meeting_is_taken_away(app, make, zoom_server, owner):
    zoom_server.faults.fail_next("meetings.create", 503, 400)
    now = zoom_server.hands()
    with transaction():
        trial.ask("zoom", by=owner, now=now)
    for _ in range(3):
        zoom_server.hands.forward(seconds=4)
        worker.work_off(app, now=zoom_server.hands())
    told = health.trial(account())
    assert told is not None and told.state in {"failed", "running"} and told.words is not None
    assert "could not be made" in str(told.words)
    zoom_server.faults.orders.clear()
    for _ in range(30):
        zoom_server.hands.forward(minutes=2)
        worker.work_off(app, now=zoom_server.hands())
    told = health.trial(account())
    assert told is not None and told.state == "failed"
    assert {meeting.state for meeting in zoom_server.meetings.values()} <= {"deleted"}
    assert db.session.scalar(select(func.count()).select_from(Meeting)) == 0


def test_a_worker_that_dies_at_any_moment_leaves_no_test_meeting_behind(app, make, zoom_server, owner, monkeypatch):
    """Each step of the test is cut short once, right after it began; what follows makes good."""
    steps = ["_begin", "_look", "_finish", "_done", "_end"]
    died: list[str] = []

    def dying(name):
        real = getattr(trial, name)

        def once(*args, **kwargs):
            if name not in died:
                died.append(name)
                real(*args, **kwargs) if name in {"_done"} else None
                raise RuntimeError("the worker died")
            return real(*args, **kwargs)

        return once

    for name in steps:
        monkeypatch.setattr(trial, name, dying(name))
    with transaction():
        trial.ask("zoom", by=owner, now=zoom_server.hands())
    for _ in range(40):
        zoom_server.hands.forward(seconds=31)
        worker.work_off(app, now=zoom_server.hands())
    told = health.trial(account())
    assert told is not None and told.state in {"done", "failed"}
    assert {meeting.state for meeting in zoom_server.meetings.values()} == {"deleted"} and len(
        zoom_server.meetings
    ) == 1
    assert zoom_server.violations == []
