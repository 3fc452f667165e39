"""Stories of a session's life, told to calendars; each is played with a lenient and a strict one."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, update

from echo_sessions.database import after_commit, db, transaction
from echo_sessions.jobs.models import Job
from echo_sessions.mail.models import Letter
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions import letters, queries, service
from echo_sessions.sessions.models import Invitation, Session
from echo_sessions.sessions.rules import Answer, DutyRole, DutyState, SessionState
from tests.conftest import NOON
from tests.sessions.calendars import Lenient, Strict, calendar_part, plain

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def series(make, hub):
    return make.series()


@pytest.fixture
def ana(make, series):
    return make.enrol(series, make.person("Ana Abeyta", zone="Africa/Nairobi"))


@pytest.fixture
def session(make, series, hub, ana):
    """Published, ten days ahead."""
    session = make.session(series, starts_in=10 * DAY, state=SessionState.DRAFT)
    with transaction():
        service.schedule(session, by=hub, now=NOON)
    return session


def move(session, hub, *, by=HOUR, now=NOON, title=None):
    with transaction():
        service.change(
            session,
            title=session.title if title is None else title,
            starts_at=session.starts_at + by,
            minutes=session.minutes,
            by=hub,
            now=now,
        )


def cancel(session, hub, now=NOON):
    with transaction():
        service.cancel(session, reason="The speaker is ill.", by=hub, now=now)


def restore(session, hub, now=NOON):
    with transaction():
        service.restore(session, by=hub, now=now)


def leave(series, person, now=NOON, state=EnrolmentState.LEFT):
    with transaction():
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).unique().one()
        enrolment.state, enrolment.since = state, now
        service.tell(series.id, now=now)


def only(calendar):
    [entry] = calendar.entries.values()
    return entry


def test_an_invitation_tells_what_when_in_both_zones_how_to_join_and_how_to_answer(post, session, ana):
    post.run(NOON)

    [letter] = post.to(ana)
    assert letter["Subject"] == f"Invitation: Hepatitis C, session {session.number}: Cirrhosis in primary care"
    words = plain(letter)
    assert "05:00–06:30 Denver (15:00 Nairobi)" in words
    assert "https://echo.test/join/" in words and "https://echo.test/rsvp/" in words
    method, event = calendar_part(letter)
    assert method == "REQUEST" and int(event["SEQUENCE"]) == 0 and event["DTSTAMP"].dt == NOON
    assert event["DTSTART"].dt == session.starts_at and event["DTEND"].dt == session.ends_at
    assert str(event["LOCATION"]) in words
    assert str(event["ORGANIZER"]) == "mailto:hub@echo.test" and "hub@echo.test" in letter["From"]


def test_request_move_cancel_leave_no_entry_standing(post, session, ana, hub):
    post.run(NOON)
    move(session, hub, now=NOON + HOUR)
    post.run(NOON + HOUR)
    cancel(session, hub, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)

    assert post.told(ana) == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    for calendar in post.calendars(ana):
        assert calendar.entries == {}
    moved, cancelled = post.to(ana)[1:]
    assert moved["Subject"].startswith(
        "Updated: "
    ) and "Moved from Sat 5 Dec, 05:00–06:30 Denver (15:00 Nairobi)" in plain(moved)
    assert cancelled["Subject"].startswith("Cancelled: ") and "The speaker is ill." in plain(cancelled)
    assert str(calendar_part(cancelled)[1]["STATUS"]) == "CANCELLED"


def test_request_cancel_restore_leave_one_entry(post, session, ana, hub):
    post.run(NOON)
    cancel(session, hub, now=NOON + HOUR)
    post.run(NOON + HOUR)
    restore(session, hub, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)

    assert post.told(ana) == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]
    for calendar in post.calendars(ana):
        assert only(calendar).starts == session.starts_at
    assert "takes place after all" in plain(post.to(ana)[-1])


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_letters_that_arrive_in_a_wrong_order_end_the_same_for_a_strict_calendar(post, session, ana, hub, order):
    for step, verb in enumerate((None, move, move)):
        if verb:
            verb(session, hub, now=NOON + step * HOUR)
        post.run(NOON + step * HOUR)
    letters_ = [calendar_part(letter) for letter in post.to(ana)]

    for calendar in (Lenient(), Strict()):
        for at in order:
            calendar.read(*letters_[at])
        assert only(calendar).starts == session.starts_at


def test_two_changes_within_one_second_are_both_told(post, session, ana, hub):
    moment = NOON + timedelta(milliseconds=300)
    post.run(moment)
    move(session, hub, now=moment + timedelta(milliseconds=100))
    post.run(moment + timedelta(milliseconds=200))
    move(session, hub, now=moment + timedelta(milliseconds=300))
    post.run(moment + timedelta(milliseconds=400))
    post.run(moment + timedelta(milliseconds=500))

    assert post.told(ana) == [("REQUEST", 0), ("REQUEST", 1), ("REQUEST", 2)]
    for calendar in post.calendars(ana):
        assert only(calendar).starts == session.starts_at


def test_a_new_topic_keeps_the_number_and_the_answer_and_raises_the_stamp(post, session, ana, hub):
    post.run(NOON)
    with transaction():
        service.answer(session, ana, Answer.ACCEPTED, now=NOON)
    move(session, hub, by=timedelta(), title="Portal hypertension", now=NOON + HOUR)
    post.run(NOON + HOUR)

    assert post.told(ana) == [("REQUEST", 0), ("REQUEST", 0)]
    lenient, strict = post.calendars(ana)
    for calendar in (lenient, strict):
        assert only(calendar).title.endswith("Portal hypertension") and only(calendar).stamp == NOON + HOUR
        assert only(calendar).partstat == "ACCEPTED"
    assert queries.invitation(session.id, ana.id).answer is Answer.ACCEPTED
    assert "It was called: Hepatitis C" in plain(post.to(ana)[-1])


def test_a_move_asks_again(post, session, ana, hub):
    post.run(NOON)
    with transaction():
        service.answer(session, ana, Answer.ACCEPTED, now=NOON)
    move(session, hub, now=NOON + HOUR)
    post.run(NOON + HOUR)

    assert queries.invitation(session.id, ana.id).answer is Answer.NEEDS_ACTION
    assert only(post.calendars(ana)[0]).partstat == "NEEDS-ACTION"


def test_somebody_who_joins_late_gets_the_present_number_and_the_others_nothing(make, post, session, series, ana, hub):
    post.run(NOON)
    move(session, hub, now=NOON + HOUR)
    post.run(NOON + HOUR)
    ben = make.enrol(series)
    with transaction():
        service.tell(series.id, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)

    assert post.told(ben) == [("REQUEST", 1)]
    assert len(post.told(ana)) == 2
    assert post.to(ben)[-1]["Subject"].startswith("Invitation: ")


def test_who_leaves_is_taken_out_alone_and_may_come_back(make, post, session, series, ana, hub):
    ben = make.enrol(series)
    post.run(NOON)
    version = session.version
    leave(series, ana, now=NOON + HOUR)
    post.run(NOON + HOUR)

    assert post.told(ana) == [("REQUEST", 0), ("CANCEL", 1)] and post.told(ben) == [("REQUEST", 0)]
    assert "STATUS" not in calendar_part(post.to(ana)[-1])[1]
    assert session.version == version, "nobody's open form goes stale"
    leave(series, ana, now=NOON + 2 * HOUR, state=EnrolmentState.ACTIVE)
    post.run(NOON + 2 * HOUR)
    for calendar in post.calendars(ana):
        assert only(calendar).starts == session.starts_at
    leave(series, ana, now=NOON + 3 * HOUR)
    post.run(NOON + 3 * HOUR)
    for calendar in post.calendars(ana):
        assert calendar.entries == {}
    assert post.told(ben) == [("REQUEST", 0)]


def test_who_declined_hears_of_a_cancel_and_keeps_the_session_in_the_feed(post, session, ana, hub):
    post.run(NOON)
    with transaction():
        service.answer(session, ana, Answer.DECLINED, now=NOON)
    post.run(NOON + HOUR)
    assert len(post.told(ana)) == 1 and session.id in [each.id for each in queries.upcoming(ana.id, NOON)]
    cancel(session, hub, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    assert post.told(ana)[-1] == ("CANCEL", 1)


# Letters that have not left yet


def test_nobody_gets_a_cancel_for_an_invitation_that_never_left(post, session, ana, hub):
    post.shut = True
    post.run(NOON)
    cancel(session, hub, now=NOON + timedelta(seconds=5))
    letters.tell(session.id, now=NOON + timedelta(seconds=5))
    post.shut = False
    post.run(NOON + HOUR)

    assert post.to(ana) == []
    assert queries.invitation(session.id, ana.id).method is None


def test_one_who_never_knew_of_it_is_simply_invited_to_a_restored_session(post, session, ana, hub):
    post.shut = True
    post.run(NOON)
    cancel(session, hub)
    letters.tell(session.id, now=NOON)
    restore(session, hub)
    post.shut = False
    post.run(NOON + HOUR)

    assert post.told(ana) == [("REQUEST", 2)]
    assert "after all" not in plain(post.to(ana)[0])


def test_a_session_moved_while_the_first_letters_wait_is_announced_once_at_the_new_time(post, session, ana, hub):
    post.shut = True
    post.run(NOON)
    move(session, hub)
    letters.tell(session.id, now=NOON)
    post.shut = False
    post.run(NOON + HOUR)

    assert post.told(ana) == [("REQUEST", 1)]
    [letter] = post.to(ana)
    assert letter["Subject"].startswith("Invitation: ") and "Moved" not in plain(letter)
    for calendar in post.calendars(ana):
        assert only(calendar).starts == session.starts_at


def test_a_move_taken_back_by_a_cancel_still_cancels_what_was_told_before(post, session, ana, hub):
    post.run(NOON)
    post.shut = True
    move(session, hub, now=NOON + HOUR)
    letters.tell(session.id, now=NOON + HOUR)
    cancel(session, hub, now=NOON + HOUR)
    letters.tell(session.id, now=NOON + HOUR)
    post.shut = False
    post.run(NOON + 2 * HOUR)

    assert post.told(ana) == [("REQUEST", 0), ("CANCEL", 2)]
    for calendar in post.calendars(ana):
        assert calendar.entries == {}


def test_who_is_taken_out_and_put_back_before_any_letter_left_is_invited_once(post, session, series, ana):
    post.shut = True
    post.run(NOON)
    leave(series, ana)
    letters.tell(session.id, now=NOON)
    leave(series, ana, state=EnrolmentState.ACTIVE)
    letters.tell(session.id, now=NOON)
    post.shut = False
    post.run(NOON + HOUR)

    assert [method for method, _ in post.told(ana)] == ["REQUEST"]


def test_a_cancel_follows_an_invitation_that_is_just_being_spoken_to_the_server(post, session, ana, hub):
    """The worker holds the letter (or died while it spoke): it may have arrived, so the entry is taken out."""
    letters.tell(session.id, now=NOON)
    letter = db.session.scalars(select(Letter).where(Letter.to_address == ana.address)).one()
    with transaction():
        held = update(Job).where(Job.key == f"letter:{letter.id}").values(lease_token="held", run_at=NOON + HOUR)
        db.session.execute(held)
    cancel(session, hub, now=NOON)
    letters.tell(session.id, now=NOON)

    kinds = db.session.scalars(select(Letter.kind).where(Letter.to_address == ana.address).order_by(Letter.id)).all()
    assert kinds == ["sessions/invited", "sessions/cancelled"]


# Who is told, and when


def test_invitations_leave_when_the_session_is_near_enough_and_once(make, post, series, ana, hub):
    far = make.session(series, starts_in=40 * DAY, state=SessionState.DRAFT)
    with transaction():
        service.schedule(far, by=hub, now=NOON)
    post.run(NOON)
    assert post.to(ana) == []
    near = far.starts_at - timedelta(days=series.invite_days)
    for moment in (near - HOUR, near, near + HOUR, near + DAY):
        worker_turn(moment)
        post.run(moment)
    assert post.told(ana) == [("REQUEST", 0)]


def worker_turn(now):
    """What the schedule asks for once an hour."""
    from echo_sessions.sessions.jobs import invite_due

    db.session.rollback()
    invite_due({}, now)


def test_a_session_far_ahead_that_was_never_announced_is_cancelled_in_silence(make, post, series, ana, hub):
    far = make.session(series, starts_in=40 * DAY, state=SessionState.DRAFT)
    with transaction():
        service.schedule(far, by=hub, now=NOON)
    cancel(far, hub)
    post.run(NOON)
    assert post.to(ana) == []


def test_who_wants_no_letters_gets_none_unless_the_calendar_holds_the_session(make, post, series, session, hub):
    quiet = make.enrol(series, make.person("Quiet"))
    with transaction():
        quiet.wants_invitations = False
    post.run(NOON)
    assert post.told(quiet) == []
    with transaction():
        quiet.wants_invitations = True
    worker_turn(NOON + HOUR)
    post.run(NOON + HOUR)
    with transaction():
        quiet.wants_invitations = False
    move(session, hub, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    assert post.told(quiet) == [("REQUEST", 0), ("REQUEST", 1)]


def test_somebody_without_an_address_is_no_hindrance(make, post, series, session, ana):
    make.enrol(series, make.person("Paper only", email=None))
    post.run(NOON)
    assert len(post.letters) == 1


def test_an_expert_is_invited_with_the_yes_and_taken_out_with_the_no(make, post, session, hub):
    expert = make.person("Grace Okoro")
    with transaction():
        duty = service.offer_duty(session, expert, DutyRole.PANEL, by=hub, now=NOON)
    post.run(NOON)
    assert post.told(expert) == []
    with transaction():
        service.answer_duty(duty, DutyState.ACCEPTED, now=NOON + HOUR)
    post.run(NOON + HOUR)
    with transaction():
        service.answer_duty(duty, DutyState.DECLINED, now=NOON + 2 * HOUR)
    post.run(NOON + 2 * HOUR)
    assert post.told(expert) == [("REQUEST", 0), ("CANCEL", 1)]


def test_an_expert_who_is_enrolled_too_is_told_once_and_stays_when_the_duty_ends(make, post, series, session, hub):
    expert = make.enrol(series)
    make.duty(session, DutyRole.PANEL, expert)
    post.run(NOON)
    with transaction():
        [duty] = session.duties
        service.withdraw_duty(duty, by=hub, now=NOON + HOUR)
    post.run(NOON + HOUR)
    assert post.told(expert) == [("REQUEST", 0)]


def test_nothing_is_told_of_a_draft_or_of_what_is_over(make, post, series, ana, hub):
    draft = make.session(series, state=SessionState.DRAFT)
    move(draft, hub)
    over = make.session(series, starts_in=-DAY, uid="over@echo.test", organizer="hub@echo.test")
    for session in (draft, over):
        assert letters.tell(session.id, now=NOON) == 0
    with transaction():
        service.tell(series.id, now=NOON)
    post.run(NOON)
    assert post.told(ana) == []


# The letter of welcome


def test_a_welcome_names_the_dates_the_page_and_the_feed_and_comes_once(make, post, series, session, ana):
    for moment in (NOON, NOON + HOUR):
        with transaction():
            service.tell(series.id, now=moment)
        post.run(moment)
    [welcome] = [letter for letter in post.to(ana) if letter["Subject"].startswith("Welcome")]
    words = plain(welcome)
    assert "- Sat 5 Dec, 05:00–06:30 Denver (15:00 Nairobi) – Cirrhosis in primary care" in words
    assert "https://echo.test/feeds/" in words and ".ics" in words and "https://echo.test/calendar/" in words
    assert "\n\n\n" not in words


def test_a_letter_of_welcome_before_any_date_says_so(make, post, series):
    ben = make.enrol(series)
    with transaction():
        service.tell(series.id, now=NOON)
    post.run(NOON)
    [welcome] = post.to(ben)
    assert "The dates will follow." in plain(welcome)


# Many people, twice, and half


def many(make, series, count):
    """People enrolled by plain rows: what is tested is telling them."""
    from echo_sessions import ids
    from echo_sessions.people.models import Address

    with transaction():
        for number in range(count):
            person = Person(code=ids.code("P"), name=f"Somebody {number}", created_at=NOON, zone="America/Denver")
            email = f"somebody{number}@clinic.test"
            person.addresses.append(Address(email=email, normal=email, primary=True, created_at=NOON))
            db.session.add(person)
            db.session.flush()
            db.session.add(
                Enrolment(
                    code=ids.code("E"),
                    series_id=series.id,
                    person_id=person.id,
                    state=EnrolmentState.ACTIVE,
                    since=NOON,
                )
            )


@contextmanager
def at_letter(number, act):
    """Do something when the letter of this number is written."""
    written = []

    def note(*_):
        written.append(1)
        if len(written) == number:
            act()

    sql_event.listen(Letter, "before_insert", note)
    try:
        yield
    finally:
        sql_event.remove(Letter, "before_insert", note)


def test_a_fan_out_cut_short_goes_on_where_it_stopped(make, series, session):
    many(make, series, 25)

    def die():
        raise MemoryError("the machine dies")

    with at_letter(16, die), pytest.raises(MemoryError):
        letters.tell(session.id, now=NOON, most=10)
    assert len(db.session.scalars(select(Letter.id)).all()) == 10
    assert letters.tell(session.id, now=NOON + HOUR, most=10) == 16
    assert letters.tell(session.id, now=NOON + HOUR, most=10) == 0
    to = db.session.scalars(select(Letter.to_address)).all()
    assert len(to) == len(set(to)) == 26


def test_a_change_between_two_batches_reaches_everybody(make, post, series, session, hub):
    many(make, series, 25)

    def move_after_this_batch():
        after_commit(lambda: move(session, hub, now=NOON + timedelta(seconds=1)))

    with at_letter(10, move_after_this_batch):
        letters.tell(session.id, now=NOON, most=10)
    post.run(NOON + HOUR)

    for invitation in db.session.scalars(select(Invitation)).unique():
        assert invitation.sequence == 1
    for number in range(25):
        [*_, last] = [letter for to, letter in post.letters if to == f"somebody{number}@clinic.test"]
        assert calendar_part(last)[1]["DTSTART"].dt == session.starts_at


def test_450_people_are_told_by_a_job_not_by_the_click(make, post, series, session, hub):
    many(make, series, 450)
    with counted() as click:
        move(session, hub)
    assert len(click) < 40
    assert db.session.scalars(select(Letter.id)).first() is None
    with counted() as looks:
        found = letters.due(session, now=NOON)
    assert len(found) == 451 and len(looks) < 12


def test_looking_for_who_is_due_takes_as_many_queries_for_one_as_for_thirty(make, series, session):
    letters.due(session, now=NOON)
    with counted() as one:
        letters.due(session, now=NOON)
    many(make, series, 30)
    db.session.refresh(session)
    letters.due(session, now=NOON)
    with counted() as thirty:
        letters.due(session, now=NOON)
    assert len(thirty) <= len(one) + 1


def test_a_batch_reads_as_many_times_for_two_as_for_thirty(make, series, session, hub):
    many(make, series, 40)

    def reads(count):
        with transaction():
            queries.hold(session)
            found = letters.due(session, now=NOON)[:count]
            with counted() as said:
                letters.write(session, found, now=NOON)
        mine = [words for words in said if "jobs.lease_token" in words or "letters.calendar" in words]
        return len(mine)

    assert reads(2) == reads(30)


class counted:
    """The statements that were carried out meanwhile."""

    def __enter__(self):
        self.said = []
        sql_event.listen(db.engine, "before_cursor_execute", self._note)
        return self.said

    def __exit__(self, *fault):
        sql_event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_rest):
        self.said.append(statement)


def test_a_uid_never_changes(post, session, ana, hub):
    uid, organizer = session.uid, session.organizer
    cancel(session, hub)
    restore(session, hub)
    move(session, hub)
    assert (session.uid, session.organizer) == (uid, organizer) and uid.endswith("@echo.test")
    assert db.session.scalars(select(Session.uid)).unique().all() == [uid]
