"""Attendance by story: files, people recognised or not, decisions and their undoing, the closed register."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from echo_sessions.attendance import marking, queries, service
from echo_sessions.attendance.models import Alias, Attendance, Identification, StayRow, Upload
from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused, Stale
from echo_sessions.programs.models import Enrolment, Program
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState
from tests.attendance import reports


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


# Evidence


def test_the_same_bytes_twice_are_one_upload(over):
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    first = over.take(over.stay("Ada Okoro"))
    before = count(StayRow), count(Identification), count(Entry)
    assert over.take(over.stay("Ada Okoro")).id == first.id
    assert (count(StayRow), count(Identification), count(Entry)) == before
    assert over.status() == queries.RegisterStatus(uploads=1, waiting=0, matched=1, closed=False)


def test_a_second_file_adds_to_the_first(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro", 0, 40))
    over.take(over.stay("Ada Okoro", 30, 60))
    assert over.minutes(ada) == 60


def test_a_file_read_in_the_wrong_zone_is_read_again(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    stay = over.stay("Ada Okoro", email="ada@clinic.test")
    wrong = over.take(stay, zone="Africa/Nairobi")
    assert over.minutes(ada) == 0
    right = over.take(stay, again=True)
    assert (over.minutes(ada), right.id != wrong.id, wrong.withdrawn_at) == (90, True, over.now)
    with pytest.raises(Refused, match="counts already"), transaction():
        service.restore_upload(wrong, by=over.coordinator, now=over.now)


def test_a_withdrawn_file_stays_and_counts_no_more_until_it_is_put_back(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    upload = over.take(over.stay("Ada Okoro"))
    with transaction():
        service.withdraw_upload(upload, by=over.coordinator, now=over.now)
    assert over.register().lines == () and count(StayRow) == 1
    assert over.status().uploads == 0
    with transaction():
        service.restore_upload(upload, by=over.coordinator, now=over.now)
    assert over.minutes(ada) == 90


@pytest.mark.parametrize(
    ("state", "starts_in", "words"),
    [
        pytest.param(SessionState.CANCELLED, timedelta(hours=-2), "cancelled", id="a cancelled session"),
        pytest.param(SessionState.DRAFT, timedelta(hours=-2), "draft", id="a draft"),
        pytest.param(SessionState.SCHEDULED, timedelta(hours=2), "not begun", id="a session to come"),
    ],
)
def test_no_file_is_taken_for(over, state, starts_in, words):
    session = over.make.session(over.series, state=state, starts_in=starts_in)
    with pytest.raises(Refused, match=words):
        over.take(over.stay("Ada Okoro"), session=session)
    assert count(Upload) == 0


def test_names_and_addresses_stay_out_of_the_audit(over):
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro", email="ada@private.test"), over.stay("Mama Zawadi", email="zawadi@private.test"))
    over.identify("Mama Zawadi", verdict="guest")
    written = " ".join(f"{entry.deed} {entry.thing} {entry.facts}" for entry in db.session.scalars(select(Entry)))
    assert "settled as guest" in written
    assert not any(word in written for word in ("Okoro", "Zawadi", "private.test"))


# Minutes


@pytest.mark.parametrize(
    ("stays", "minutes"),
    [
        pytest.param([(0, 40), (30, 60)], 60, id="a laptop and a phone at once"),
        pytest.param([(0, 20), (40, 90)], 70, id="out and in again"),
        pytest.param([(-20, 30)], 30, id="early: from the start"),
        pytest.param([(60, 120)], 30, id="late: to the end"),
        pytest.param([(0, 44.98)], 44, id="whole minutes, rounded down"),
        pytest.param([(-40, -10)], 0, id="only before"),
    ],
)
def test_minutes_are_the_union_within_the_session(over, stays, minutes):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    over.take(*(over.stay("Ada Okoro", came, went, "ada@clinic.test") for came, went in stays))
    assert over.minutes(ada) == minutes


def test_two_devices_with_different_names_are_one_presence(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    over.take(over.stay("A.", 0, 50, email="ada@clinic.test"), over.stay("Galaxy S9", 40, 80))
    over.identify("Galaxy S9", ada)
    assert over.minutes(ada) == 80 and len(over.line(ada).seen) == 2


def test_the_waiting_room_is_no_presence(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(
        over.stay("Ada Okoro", 0, 20, waiting="Yes"),
        over.stay("Ada Okoro", 20, 90),
        over.stay("Stranger", 0, 90, waiting="Yes"),
    )
    assert over.minutes(ada) == 70
    assert over.waiting() == []


def test_a_session_that_is_moved_is_counted_anew(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro", -30, 60))
    assert over.minutes(ada) == 60
    with transaction():
        over.session.starts_at -= timedelta(minutes=15)
    assert over.minutes(ada) == 75


def test_nobody_need_be_settled_who_was_only_there_before(over):
    over.take(over.stay("Line test", -60, -50))
    assert over.waiting() == [] and over.status().waiting == 0
    assert [seen.name for seen in over.register().outside] == ["Line test"]


# Who it was


def test_people_are_recognised_by_address_and_never_by_a_name_alone(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    over.make.enrol(over.series, over.make.person("Ben Mwangi"))
    lines = over.stay("iPad", email="ADA@clinic.test"), over.stay("Dr. Ben Mwangi, MD"), over.stay("Who Else")
    over.take(*lines, names=False)
    assert [(line.person.id, line.how) for line in over.register().lines] == [(ada.id, ("email",))]
    assert over.waiting() == ["Dr. Ben Mwangi, MD", "Who Else"]


def test_two_people_of_one_name_wait_and_nobody_is_credited(over):
    over.make.enrol(over.series, over.make.person("Jane Achieng"))
    over.make.enrol(over.series, over.make.person("Jane Achieng"))
    over.take(over.stay("Jane Achieng"))
    assert over.register().lines == () and over.waiting() == ["Jane Achieng"]


def test_a_registration_tells_namesakes_apart_once_somebody_said_whose_it_is(over):
    jane, other = (
        over.make.enrol(over.series, over.make.person("Jane Achieng")),
        over.make.enrol(over.series, over.make.person("Jane Achieng")),
    )
    over.take(over.stay("Jane Achieng", registrant="reg-1"))
    over.identify("Jane Achieng", other)
    following = over.another_session()
    over.take(reports.stay(following.starts_at, "Jane", 0, 90, registrant="reg-1"), session=following)
    assert [line.person.id for line in over.register(following).lines] == [other.id]
    assert jane.id != other.id


def test_somebody_of_another_series_is_found_by_address_and_is_a_guest(over):
    visitor = over.make.person("Visiting Doctor", email="visitor@far.test")
    over.take(over.stay("V.D.", email="visitor@far.test"))
    assert over.line(visitor).standing.role == "guest"


def test_a_name_is_remembered_for_the_next_session_and_forgotten_when_undone(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Mama Ada"))
    assert over.waiting() == ["Mama Ada"]
    decision = over.identify("Mama Ada", ada)
    second = over.another_session()
    over.take(reports.stay(second.starts_at, "Mama Ada", 0, 90), session=second)
    assert over.line(ada, second).how == ("alias",)

    over.undo(decision)
    assert over.waiting() == ["Mama Ada"] and count(Alias) == 0
    third = over.another_session(timedelta(hours=-4))
    over.take(reports.stay(third.starts_at, "Mama Ada", 0, 90), session=third)
    assert over.waiting(third) == ["Mama Ada"]


def test_a_name_is_not_remembered_when_nobody_wants_it(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Mama Ada"))
    over.identify("Mama Ada", ada, remember=False)
    assert count(Alias) == 0


def test_undoing_a_wrong_recognition_by_a_remembered_name_forgets_the_name(over):
    ada, ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("Mama Zawadi"))
    over.identify("Mama Zawadi", ada)
    second = over.another_session()
    over.take(reports.stay(second.starts_at, "Mama Zawadi", 0, 90), session=second)
    [decision] = queries.decisions_of(second.id).values()
    over.undo(decision)
    assert over.waiting(second) == ["Mama Zawadi"] and count(Alias) == 0
    over.identify("Mama Zawadi", ben, session=second)
    third = over.another_session(timedelta(hours=-4))
    over.take(reports.stay(third.starts_at, "Mama Zawadi", 0, 90), session=third)
    assert over.line(ben, third).how == ("alias",)


def test_what_a_person_undid_the_house_does_not_do_again(over):
    over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    over.take(over.stay("Ada Okoro", email="ada@clinic.test"))
    [decision] = queries.decisions_of(over.session.id).values()
    over.undo(decision)
    over.take(over.stay("Ada Okoro", 0, 10, email="ada@clinic.test"))
    assert over.waiting() == ["Ada Okoro"]


def test_the_same_decision_twice_is_one_and_another_is_told(over):
    ada, ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("iPhone"))
    first = over.identify("iPhone", ada)
    assert over.identify("iPhone", ada).id == first.id
    with pytest.raises(Stale, match="settled this already"):
        over.identify("iPhone", ben)
    over.undo(first)
    over.undo(first)
    over.identify("iPhone", ben)
    assert over.minutes(ben) == 90


def test_people_enrolled_later_are_recognised_when_asked(over):
    over.take(over.stay("Ada Okoro", email="ada@clinic.test"))
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    with transaction():
        assert service.match(over.session, now=over.now) == 1
    assert over.minutes(ada) == 90


# Roles and places


def test_roles_follow_duty_then_membership_then_place(over):
    make, program = over.make, over.series.program
    people = {
        "facilitator": make.enrol(over.series), "panel": make.member(program, Role.EXPERT), "expert": make.member(program, Role.EXPERT),
        "staff": make.coordinator("Staff Member"), "participant": make.enrol(over.series), "guest": make.person(),
    }  # fmt: skip
    make.duty(over.session, DutyRole.FACILITATOR, people["facilitator"])
    make.duty(over.session, DutyRole.PANEL, people["panel"])
    make.duty(over.session, DutyRole.SCRIBE, people["participant"], DutyState.DECLINED)
    over.take(*(over.stay(person.name, email=person.address) for person in people.values()))
    assert {line.person.id: line.standing.role for line in over.register().lines} == {
        person.id: role for role, person in people.items()
    }


# By hand


def test_people_in_one_room_are_credited_with_the_rooms_time(over):
    ada, ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("Gulu meeting room", 5, 80), over.stay("Ada Okoro", 0, 10))
    with transaction():
        room = marking.fill_room(
            over.session,
            over.key("Gulu meeting room"),
            [ada, ben],
            attested_by="Sister Grace",
            by=over.coordinator,
            now=over.now,
        )
    assert (over.minutes(ada), over.minutes(ben)) == (80, 75)
    assert over.line(ben).how == ("room",) and over.waiting() == []
    over.undo(room)
    assert over.waiting() == ["Gulu meeting room"] and [line.person.id for line in over.register().lines] == [ada.id]


def test_a_room_needs_somebody_who_answers_for_it(over):
    ada = over.make.enrol(over.series)
    over.take(over.stay("Gulu meeting room"))
    key = over.key("Gulu meeting room")
    with pytest.raises(Refused, match="Say who saw"), transaction():
        marking.fill_room(over.session, key, [ada], attested_by=" ", by=over.coordinator, now=over.now)


def test_somebody_no_file_shows_is_added_with_a_reason(over):
    ada = over.make.enrol(over.series)
    with pytest.raises(Refused, match="Say why"), transaction():
        marking.mark_present(over.session, [ada], minutes=90, reason="x", by=over.coordinator, now=over.now)
    with transaction():
        [mark] = marking.mark_present(
            over.session, [ada], minutes=90, reason="Sat in the studio", by=over.coordinator, now=over.now
        )
    assert over.minutes(ada) == 90 and over.status().matched == 1
    with pytest.raises(Refused, match="Already added"), transaction():
        marking.mark_present(
            over.session, [ada], minutes=90, reason="Sat in the studio", by=over.coordinator, now=over.now
        )
    with transaction():
        marking.undo_mark(mark, by=over.coordinator, now=over.now)
    assert over.register().lines == ()


@pytest.mark.parametrize(
    "minutes", [pytest.param(-1, id="fewer than none"), pytest.param(91, id="more than the session lasted")]
)
def test_minutes_by_hand_lie_within_the_session(over, minutes):
    ada = over.make.enrol(over.series)
    with pytest.raises(Refused, match="lasts 90 minutes"), transaction():
        marking.adjust(over.session, ada, minutes=minutes, reason="Because I say so", by=over.coordinator, now=over.now)


def test_minutes_by_hand_replace_the_measured_ones_and_can_be_undone(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro", 0, 30))
    with transaction():
        mark = marking.adjust(
            over.session, ada, minutes=80, reason="Zoom lost her line", by=over.coordinator, now=over.now
        )
    assert (over.minutes(ada), over.line(ada).counted.measured, over.line(ada).counted.adjusted) == (80, 30, True)
    with transaction():
        marking.undo_mark(mark, by=over.coordinator, now=over.now)
    assert over.minutes(ada) == 30


def test_claimed_minutes_count_only_when_somebody_says_so(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(data=reports.zoom_totals([("Ada Okoro", "", 130)]))
    assert (over.minutes(ada), over.line(ada).counted.claimed) == (0, 90)
    with transaction():
        assert marking.take_claims(over.session, reason="Zoom sent no times", by=over.coordinator, now=over.now) == 1
    assert over.minutes(ada) == 90 and over.register().claims == []


def test_a_stay_without_an_end_counts_only_when_somebody_says_so(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    cells = reports.zoom([over.stay("Ada Okoro")]).split(b",")
    data = b",".join([*cells[:-4], b"", b"", *cells[-2:]])
    over.take(data=data)
    assert over.minutes(ada) == 0 and over.line(ada).seen[0].open_stays == 1
    over.take(data=data, again=True, open_until_end=True)
    assert over.minutes(ada) == 90


# Closing


def test_close_is_refused_while_somebody_waits_or_nobody_was_there(over):
    with pytest.raises(Refused, match="Nobody is in this register"):
        over.close()
    over.take(over.stay("Who Else"))
    with pytest.raises(Refused, match="1 lines"):
        over.close()


def test_close_is_refused_before_the_session_is_over(over):
    running = over.make.session(over.series, starts_in=timedelta(minutes=-10))
    with pytest.raises(Refused, match="not over"):
        over.close(running)


def test_closing_freezes_the_facts_of_the_day(over):
    site = over.make.site("Gulu Clinic", region="North", rural=True)
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", profession="Nurse"), site=site)
    over.take(over.stay("Ada Okoro", 0, 85), over.stay("Otter.ai"))
    over.identify("Otter.ai", verdict="nobody")
    over.close()
    with transaction():
        ada.profession, site.rural, site.region = "Physician", False, "South"
        db.session.scalars(select(Enrolment)).one().state = EnrolmentState.LEFT
        over.session.starts_at += timedelta(minutes=60)
    [row] = queries.rows_of(over.session.id)
    assert (row.minutes, row.role, row.profession, row.site.name, row.region, row.rural) == (
        85,
        "participant",
        "Nurse",
        "Gulu Clinic",
        "North",
        True,
    )
    assert row.facts["how"] == ["name"] and row.facts["measured"] == 85
    assert over.status() == queries.RegisterStatus(uploads=1, waiting=0, matched=2, closed=True)
    assert [one.minutes for one in queries.of_person(ada.id)] == [85]


def test_who_was_there_less_than_a_minute_has_no_row(over):
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.make.enrol(over.series, over.make.person("Ben Mwangi"))
    over.take(over.stay("Ada Okoro"), over.stay("Ben Mwangi", 0, 0.9))
    over.close()
    assert [row.person.name for row in queries.rows_of(over.session.id)] == ["Ada Okoro"]


def test_nothing_changes_a_closed_register_but_a_correction(over):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    upload = over.take(over.stay("Ada Okoro", 0, 30))
    [decision] = queries.decisions_of(over.session.id).values()
    register = over.close()
    late = over.make.enrol(over.series)
    acts = [
        lambda: over.take(over.stay("Ben Mwangi")),
        lambda: over.undo(decision),
        lambda: over.close(),
        lambda: service.withdraw_upload(upload, by=over.coordinator, now=over.now),
        lambda: marking.adjust(over.session, ada, minutes=90, reason="Because", by=over.coordinator, now=over.now),
        lambda: marking.mark_present(
            over.session, [late], minutes=90, reason="Because", by=over.coordinator, now=over.now
        ),
    ]
    for act in acts[:3]:
        with pytest.raises(Refused, match="closed"):
            act()
    for act in acts[3:]:
        with pytest.raises(Refused, match="closed"), transaction():
            act()
    [row] = queries.rows_of(over.session.id)
    with transaction():
        correction = service.correct(row, 88, "Her line was lost, the panel saw her", by=over.coordinator, now=over.now)
    assert (correction.was, correction.became, row.minutes) == (30, 88, 88)
    with pytest.raises(Refused, match="already"), transaction():
        service.correct(row, 88, "Once more the same", by=over.coordinator, now=over.now)
    with transaction():
        admitted = service.admit(register, late, 45, "Forgotten in the list", by=over.coordinator, now=over.now)
    assert (admitted.minutes, admitted.corrections[0].was, count(Attendance)) == (45, 0, 2)


def test_a_correction_needs_a_closed_register(over):
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro"))
    register = queries.register_of(over.session.id)
    with pytest.raises(Refused, match="still open"), transaction():
        service.admit(register, over.coordinator, 45, "Forgotten", by=over.coordinator, now=over.now)


# Many


def test_status_and_sessions_without_evidence(over, statements):
    program_ids = select(Program.id)
    lonely = over.another_session()
    over.take(over.stay("Who Else"), over.stay("And Who"))
    over.make.session(over.series, starts_in=timedelta(hours=-1), minutes=90)
    over.make.session(over.series, starts_in=timedelta(hours=-5), state=SessionState.CANCELLED)
    assert [session.id for session in queries.sessions_without_evidence(program_ids, over.now)] == [lonely.id]
    assert queries.status_of([over.session.id, lonely.id]) == {
        over.session.id: queries.RegisterStatus(1, 2, 0, False), lonely.id: queries.RegisterStatus(0, 0, 0, False),
    }  # fmt: skip
    one = statements(lambda: queries.status_of([over.session.id]))
    for hours in range(6, 12):
        session = over.another_session(timedelta(hours=-hours))
        over.take(reports.stay(session.starts_at, "Who Else", 0, 90), session=session)
    ids = list(db.session.scalars(select(Session.id)))
    assert statements(lambda: queries.status_of(ids)) == one


def test_a_thousand_rows_are_taken_and_counted_in_a_constant_number_of_statements(over, statements):
    names = [f"Given{number:03} Family{number:03}" for number in range(60)]
    for name in names:
        over.make.enrol(over.series, over.make.person(name, email=f"{name[-3:]}@clinic.test", account=False))
    few, many = (
        [over.stay(name, 0, 30, f"{name[-3:]}@clinic.test") for name in names[:3]],
        [over.stay(name, part * 5, part * 5 + 5, f"{name[-3:]}@clinic.test") for name in names for part in range(17)],
    )
    over.take(over.stay("Somebody Else", -60, -50), names=False)  # The first file also makes the register.
    over.take(over.stay("Somebody Else", -50, -45), names=False)  # The second finds everybody loaded as the others do.
    assert statements(lambda: over.take(*few, names=False)) == statements(lambda: over.take(*many, names=False))
    assert {line.minutes for line in over.register().lines} == {85}
    assert over.status().matched == 60
