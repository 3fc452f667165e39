"""Files: the object first, then its row; what nobody keeps is swept away once it is old enough."""

from datetime import timedelta

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.files import jobs, queries, service
from echo_sessions.jobs.handlers import EVERY


def kept(app, data: bytes) -> str:
    stored = app.extensions["storage"].put(data, type="text/csv")
    with transaction():
        file = service.keep(stored, now=clock.now())
        assert (file.sha256, file.size, file.type) == (stored.sha256, len(data), "text/csv")
    return stored.key


def test_the_sweep_takes_orphans_after_two_days_and_nothing_else(app):
    storage = app.extensions["storage"]
    mine, orphan = kept(app, b"kept"), storage.put(b"previewed, never taken", type="text/csv").key
    jobs.sweep({}, clock.now() + timedelta(days=1))
    assert {mine, orphan} <= set(storage.keys())
    jobs.sweep({}, clock.now() + timedelta(days=3))
    left = set(storage.keys())
    assert mine in left and orphan not in left


def test_the_sweep_works_in_batches(app):
    mine = kept(app, b"kept")
    keys = [f"k{number}" for number in range(7)]
    removed: list[str] = []
    assert service.sweep([*keys[:3], mine, *keys[3:]], removed.append, at_once=3) == 7
    assert removed == keys


def test_the_same_bytes_of_two_people_are_two_files(app):
    assert kept(app, b"same") != kept(app, b"same")
    assert queries.known([]) == set()


def test_the_sweep_runs_daily():
    assert EVERY["files.sweep"] == 24 * 60
