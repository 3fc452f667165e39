"""Letters through a real mail server that accepts, asks for patience, refuses or hangs up."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs import worker
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import MOST_ATTEMPTS, JobState
from echo_sessions.mail import service
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import GONE, Calendar, LetterState, Message
from tests.conftest import NOON

ANA = "ana@clinic.test"
HOUR = timedelta(hours=1)


def message(
    subject: str = "The next session", *, to: str = ANA, sequence: int | None = None, secret: bool = False
) -> Message:
    return Message(
        kind="test/letter", to=to, to_name="Ana Ruiz", subject=subject, text="Dear Ana,\nhttps://echo.test/x\n", html="<p>Dear Ana</p>",
        about="S-7K3Q29FM", secret=secret, calendar=None if sequence is None else calendar(sequence),
    )  # fmt: skip


def calendar(sequence: int) -> Calendar:
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:s1@echo.test",
        f"SEQUENCE:{sequence}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return Calendar("\r\n".join(lines).encode(), "REQUEST", "s1@echo.test", sequence)


def queue(given: Message, **values) -> Letter | None:
    with transaction():
        return service.queue(given, now=NOON, from_name="Mountain Hub", **values)


def states() -> list[str]:
    db.session.rollback()
    return [str(state) for state in db.session.scalars(select(Letter.state).order_by(Letter.id))]


def test_a_letter_arrives_and_is_noted_with_the_servers_words(app, smtp_server):
    letter = queue(message())
    worker.work_off(app, now=NOON)
    [mail] = smtp_server.delivered()
    assert (mail["To"], mail["Subject"], mail["From"]) == (
        "Ana Ruiz <ana@clinic.test>",
        "The next session",
        "Mountain Hub <hub@echo.test>",
    )
    assert mail["Message-ID"] == letter.message_id
    db.session.refresh(letter)
    assert (letter.state, letter.sent_at) == (LetterState.SENT, NOON)
    assert letter.server_words == "250 2.0.0 Kept as number 1"


def test_a_letter_with_a_key_is_written_once(app, smtp_server):
    assert queue(message(), key="invitation:1:0:7") is not None
    assert queue(message(), key="invitation:1:0:7") is None
    worker.work_off(app, now=NOON)
    assert len(smtp_server.delivered()) == 1


def test_a_letter_for_later_waits(app, smtp_server):
    queue(message(), at=NOON + HOUR)
    worker.work_off(app, now=NOON)
    assert smtp_server.delivered() == []
    worker.work_off(app, now=NOON + HOUR)
    assert len(smtp_server.delivered()) == 1


def test_a_rolled_back_deed_sends_nothing(app, smtp_server):
    with pytest.raises(Refused), transaction():
        service.queue(message(), now=NOON, from_name="Hub")
        raise Refused("No.")
    worker.work_off(app, now=NOON)
    assert smtp_server.delivered() == []
    assert states() == []


def test_a_newer_calendar_letter_takes_the_place_of_an_unsent_one(app, smtp_server):
    queue(message("Session 1", sequence=0))
    queue(message("Session 1 moved", sequence=1))
    queue(message("Somebody else's", to="ben@clinic.test", sequence=0))
    worker.work_off(app, now=NOON)
    assert sorted(mail["Subject"] for mail in smtp_server.delivered()) == ["Session 1 moved", "Somebody else's"]
    assert states() == ["superseded", "sent", "sent"]


def test_a_calendar_letter_does_not_take_back_one_that_has_left(app, smtp_server):
    queue(message("Session 1", sequence=0))
    worker.work_off(app, now=NOON)
    queue(message("Session 1 moved", sequence=1))
    worker.work_off(app, now=NOON)
    assert [mail["Subject"] for mail in smtp_server.delivered()] == ["Session 1", "Session 1 moved"]
    assert states() == ["sent", "sent"]


def test_letters_without_a_calendar_part_never_replace_each_other(app, smtp_server):
    queue(message("One"))
    queue(message("Two"))
    worker.work_off(app, now=NOON)
    assert len(smtp_server.delivered()) == 2


def test_letters_of_one_entry_leave_in_order(app, smtp_server):
    first = queue(message("Session 1", sequence=0))
    job = db.session.scalars(select(Job)).one()
    with transaction():
        assert jobs.claim(job.id, NOON)  # another worker is just speaking to the server
    queue(message("Session 1 moved", sequence=1))
    worker.work_off(app, now=NOON)
    assert smtp_server.delivered() == []
    worker.work_off(app, now=NOON + HOUR)
    assert [mail["Subject"] for mail in smtp_server.delivered()] == ["Session 1 moved"]
    db.session.refresh(first)
    assert first.state is LetterState.SUPERSEDED


def test_unsent_letters_can_be_taken_back(app, smtp_server):
    letter = queue(message(sequence=0))
    with transaction():
        assert service.withdraw(letter.thread) == 1
        assert service.withdraw(letter.thread) == 0
    worker.work_off(app, now=NOON)
    assert (smtp_server.delivered(), states()) == ([], ["superseded"])


def test_a_server_that_asks_for_patience_is_asked_again(app, smtp_server):
    letter = queue(message())
    smtp_server.refuse(ANA, "452 4.2.2 Mailbox full", times=2)
    for _ in range(2):
        worker.work_off(app, now=worker.next_due(app))
    db.session.refresh(letter)
    assert (letter.state, letter.server_words) == (LetterState.QUEUED, "452 4.2.2 Mailbox full")
    worker.work_off(app, now=worker.next_due(app))
    assert len(smtp_server.delivered()) == 1
    assert states() == ["sent"]


def test_after_the_last_try_the_letter_fails_and_somebody_may_try_again(app, smtp_server):
    letter = queue(message())
    smtp_server.refuse(ANA, "452 4.2.2 Mailbox full", times=MOST_ATTEMPTS)
    for _ in range(MOST_ATTEMPTS):
        worker.work_off(app, now=worker.next_due(app))
    db.session.refresh(letter)
    assert (letter.state, letter.server_words) == (LetterState.FAILED, "452 4.2.2 Mailbox full")
    with transaction():
        service.try_again(letter, now=NOON)
    assert states() == ["queued"]
    worker.work_off(app, now=NOON)
    assert states() == ["sent"]
    assert len(smtp_server.delivered()) == 1


def test_a_refusal_for_good_fails_at_once_with_the_servers_words(app, smtp_server):
    letter = queue(message())
    smtp_server.refuse(ANA, "550 5.1.1 No such person here")
    worker.work_off(app, now=NOON)
    db.session.refresh(letter)
    assert (letter.state, letter.server_words) == (LetterState.FAILED, "550 5.1.1 No such person here")
    assert worker.next_due(app) is None


def test_a_line_that_breaks_costs_only_time(app, smtp_server):
    queue(message())
    smtp_server.drop(ANA)
    worker.work_off(app, now=NOON)
    assert states() == ["queued"]
    worker.work_off(app, now=worker.next_due(app))
    assert (states(), len(smtp_server.delivered())) == (["sent"], 1)


def test_a_server_that_takes_it_and_says_nothing_gets_the_same_letter_again(app, smtp_server):
    letter = queue(message(sequence=3))
    smtp_server.take_and_drop(ANA)
    worker.work_off(app, now=NOON)
    worker.work_off(app, now=worker.next_due(app))
    first, second = smtp_server.delivered()
    assert first["Message-ID"] == second["Message-ID"] == letter.message_id
    assert [part.get_content() for part in first.walk() if not part.is_multipart()] == [
        part.get_content() for part in second.walk() if not part.is_multipart()
    ]
    assert states() == ["sent"]


def test_a_letter_that_cannot_be_written_fails_where_it_is_seen(app, smtp_server):
    letter = queue(message(to="a\u00f6b@clinic.test"))
    worker.work_off(app, now=NOON)
    db.session.refresh(letter)
    assert letter.state is LetterState.FAILED
    assert "cannot be sent" in letter.server_words
    assert db.session.scalars(select(Job.state)).one() is JobState.FAILED


def test_a_letter_replaced_while_it_fails_stays_replaced(app, smtp_server):
    letter = queue(message(sequence=0))
    with transaction():
        service.withdraw(letter.thread)
        service.record_failed(letter.id, words="550 No")
    assert states() == ["superseded"]


def test_a_one_time_link_is_dropped_once_sent(app, smtp_server):
    letter = queue(message(secret=True))
    worker.work_off(app, now=NOON)
    assert "https://echo.test/x" in smtp_server.delivered()[0].get_body(("plain",)).get_content()
    db.session.refresh(letter)
    assert letter.text == letter.html == GONE


def test_a_one_time_link_that_could_not_be_sent_is_dropped_and_not_sent_again(app, smtp_server):
    letter = queue(message(secret=True))
    smtp_server.refuse(ANA, "550 No")
    worker.work_off(app, now=NOON)
    db.session.refresh(letter)
    assert (letter.state, letter.text, letter.html) == (LetterState.FAILED, GONE, GONE)
    with pytest.raises(Refused, match="ask for a new one"), transaction():
        service.try_again(letter, now=NOON)


def test_only_a_failed_letter_can_be_tried_again(app, smtp_server):
    letter = queue(message())
    with pytest.raises(Refused, match="only a failed one"), transaction():
        service.try_again(letter, now=NOON)


def test_a_letter_tried_again_among_the_jobs_is_sent_too(app, smtp_server):
    queue(message())
    smtp_server.refuse(ANA, "550 No")
    worker.work_off(app, now=NOON)
    with transaction():
        jobs.try_again(db.session.scalars(select(Job)).one(), now=NOON)
    worker.work_off(app, now=NOON)
    assert (states(), len(smtp_server.delivered())) == (["sent"], 1)
