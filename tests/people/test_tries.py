"""Tries are counted over all processes, cheaply; ten thousand of them neither get in nor make us work nor fill the table."""

import threading
from datetime import timedelta

from flask_security import core, forms
from sqlalchemy import func, select

from echo_sessions.database import db, transaction
from echo_sessions.people import jobs, tries
from echo_sessions.people.models import Tries
from echo_sessions.people.waits import Kind
from tests.conftest import NOON

MANY = 10_000
GRACE, HERE = "grace@clinic.test", "192.0.2.7"


def take(about=GRACE, network=HERE, kind=Kind.PASSWORD, now=NOON):
    with transaction():
        return tries.take(kind, about, network, now=now)


def rows():
    return db.session.scalar(select(func.count()).select_from(Tries))


def test_ten_thousand_tries_for_one_address_are_heard_five_times(app):
    heard = sum(tries.wait_of(Kind.PASSWORD, GRACE, HERE, now=NOON) is None and take() is None for _ in range(MANY))
    assert heard == 5
    assert rows() == 2


def test_ten_thousand_addresses_from_one_network_are_heard_a_hundred_times(app):
    heard = 0
    for number in range(MANY):
        about = f"person{number}@clinic.test"
        if tries.wait_of(Kind.PASSWORD, about, HERE, now=NOON) is None:
            heard += take(about) is None
    assert heard == 100
    assert rows() == 101, "and the table grows no further"


def test_five_hundred_passwords_at_the_door_are_hashed_five_times(make, client, hands, monkeypatch):
    """Through the page itself, as an attacker would."""
    make.hub()
    person = make.person()
    hashed: list[int] = []
    for module, name in ((forms, "hash_password"), (core, "verify_and_update_password")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, real=real: hashed.append(1) or real(*given))
    visitor = client.as_()
    fields = visitor.get_page("/sign-in").fields("/sign-in")
    for number in range(500):
        answer = visitor.post(
            "/sign-in", data={**fields, "email": person.address, "password": f"guess number {number}"}
        )
        assert answer.status_code == 200
    assert len(hashed) == 5
    assert visitor.get("/me/settings").status_code == 302


def test_a_try_that_waits_makes_nobodys_wait_longer(app):
    for _ in range(5):
        take()
    first = take()
    for _ in range(50):
        assert take() == first


def test_kinds_and_addresses_and_networks_are_counted_for_themselves(app):
    for _ in range(6):
        take()
    assert take(kind=Kind.LINK) is None
    assert take(about="ana@clinic.test") is None
    assert take(network="198.51.100.1") is not None, "the same address from elsewhere waits too"


def test_an_address_is_the_same_however_it_is_written(app):
    for spelling in (
        "grace@clinic.test",
        "GRACE@clinic.test",
        " grace@Clinic.test ",
        "Grace@clinic.TEST",
        "grace@clinic.test",
    ):
        take(about=spelling)
    assert take() is not None


def test_the_right_one_begins_anew(app):
    for _ in range(4):
        take()
    with transaction():
        tries.forgive(Kind.PASSWORD, GRACE, HERE)
    assert [take() for _ in range(5)] == [None] * 5


def test_everything_is_forgotten_after_a_day(app):
    for _ in range(5):
        take()
    assert take(now=NOON + timedelta(days=2)) is None
    jobs.tidy({}, NOON + timedelta(days=4))
    assert rows() == 0


def test_the_table_tells_neither_addresses_nor_networks(app):
    take()
    kept = " ".join(str(vars(row)) for row in db.session.scalars(select(Tries)))
    assert GRACE not in kept and HERE not in kept


def test_many_at_once_gain_nothing(app, whole_app):
    """Each in a connection of its own, as processes have them: of forty at the same moment five are heard."""
    heard: list[object] = []
    start = threading.Barrier(8)

    def attack() -> None:
        with whole_app.app_context():
            start.wait()
            for _ in range(5):
                heard.append(take())
            db.session.remove()

    threads = [threading.Thread(target=attack) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait is None for wait in heard) == 5 and len(heard) == 40
