"""The outbox as files: in order, of one address, without what nobody got."""

from email import message_from_bytes, policy

import pytest

from echo_sessions.errors import BadInput
from echo_sessions.jobs import worker
from echo_sessions.mail.export import export
from tests.conftest import NOON
from tests.mail.test_delivery import message, queue


def subjects(folder):
    return {
        path.name: message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"]
        for path in sorted(folder.iterdir())
    }


def test_letters_come_in_order_and_calendars_unchanged(app, tmp_path, smtp_server):
    queue(message("One", sequence=0))
    worker.work_off(app, now=NOON)
    queue(message("Two"))
    assert export(tmp_path / "out", to=None) == 2
    assert subjects(tmp_path / "out") == {"0001-test-letter.eml": "One", "0002-test-letter.eml": "Two"}
    sent = smtp_server.letters[0].content
    assert (tmp_path / "out" / "0001-test-letter.eml").read_bytes() == sent


def test_only_one_persons_however_the_address_is_spelt(app, tmp_path):
    queue(message("Hers"))
    queue(message("His", to="ben@clinic.test"))
    assert export(tmp_path, to="Ana@Clinic.test") == 1
    assert list(subjects(tmp_path).values()) == ["Hers"]


def test_replaced_and_failed_letters_are_left_out(app, tmp_path, smtp_server):
    queue(message("Old", sequence=0))
    queue(message("New", sequence=1))
    queue(message("Refused", to="ben@clinic.test"))
    smtp_server.refuse("ben@clinic.test", "550 No")
    worker.work_off(app, now=NOON)
    export(tmp_path, to=None)
    assert list(subjects(tmp_path).values()) == ["New"]


def test_a_one_time_link_is_not_exported(app, tmp_path):
    queue(message("Sign in", secret=True))
    assert export(tmp_path, to=None) == 1
    [path] = tmp_path.iterdir()
    assert b"echo.test/x" not in path.read_bytes()


def test_two_exports_do_not_mix(app, tmp_path):
    queue(message())
    export(tmp_path, to=None)
    with pytest.raises(BadInput, match="holds letters already"):
        export(tmp_path, to=None)


def test_an_empty_outbox_is_no_letters(app, tmp_path):
    assert export(tmp_path / "new", to=None) == 0
