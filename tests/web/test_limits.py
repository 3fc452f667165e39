"""Limits hold over all processes: two applications on one database count together."""

from dataclasses import replace

from flask import Flask
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import select

from echo_sessions import create_app
from echo_sessions.database import db
from echo_sessions.people import jobs
from echo_sessions.people.models import RateCount
from echo_sessions.web.limits import DatabaseStorage, limiter
from tests.flows.town import Clock

THREE = RateLimitItemPerMinute(3)


def test_the_database_counts_unless_there_is_redis(app):
    assert isinstance(limiter.storage, DatabaseStorage)


def test_a_window_is_counted_and_begins_anew(app, monkeypatch):
    from datetime import timedelta

    from echo_sessions import clock
    from tests.conftest import NOON

    hands = Clock(NOON)
    monkeypatch.setattr(clock, "now", hands)
    counts = FixedWindowRateLimiter(DatabaseStorage("echo://"))
    assert [counts.hit(THREE, "visitor") for _ in range(5)] == [True] * 3 + [False] * 2
    assert counts.hit(THREE, "another")
    assert counts.get_window_stats(THREE, "visitor").remaining == 0
    assert counts.get_window_stats(THREE, "visitor").reset_time == (NOON + timedelta(minutes=1)).timestamp()
    hands.moment += timedelta(minutes=1)
    assert counts.hit(THREE, "visitor")


def test_two_processes_count_together(app, settings, tmp_path):
    other: Flask = create_app(replace(settings, data_dir=tmp_path))
    one, two = FixedWindowRateLimiter(DatabaseStorage("echo://")), FixedWindowRateLimiter(DatabaseStorage("echo://"))
    heard = [one.hit(THREE, "visitor") for _ in range(2)]
    with other.app_context():
        heard += [two.hit(THREE, "visitor") for _ in range(2)]
        db.engine.dispose()
    assert heard == [True, True, True, False]


def test_a_page_with_a_limit_says_when_to_come_back(app, client, make):
    make.hub()
    visitor = client.as_()
    token = visitor.get_page("/sign-in").fields()["csrf_token"]
    answers = [visitor.post("/sign-in/passkey/question", data={"csrf_token": token}) for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {200} and answers[30].status_code == 429
    assert 0 < int(answers[30].headers["Retry-After"]) <= 60


def test_addresses_of_one_customer_are_one_visitor(app, client, make):
    make.hub()
    visitor = client.as_()
    token = visitor.get_page("/sign-in").fields()["csrf_token"]
    sent = [
        visitor.post(
            "/sign-in/passkey/question",
            data={"csrf_token": token},
            environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"},
        )
        for number in range(1, 32)
    ]
    assert sent[-1].status_code == 429


def test_the_table_is_tidied_and_tells_nothing(app):
    from datetime import timedelta

    from echo_sessions import clock

    counts = FixedWindowRateLimiter(DatabaseStorage("echo://"))
    counts.hit(THREE, "192.0.2.7")
    [row] = db.session.scalars(select(RateCount)).all()
    assert "192.0.2.7" not in row.hash
    jobs.tidy({}, clock.now() + timedelta(minutes=2))
    db.session.rollback()
    assert db.session.scalars(select(RateCount)).all() == []
