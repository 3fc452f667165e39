"""Who sat with whom, as said at the door: nothing counts by itself, one press takes it, one puts it aside."""

import pytest
from sqlalchemy import func, select

from echo_sessions.attendance import companions, marking, queries
from echo_sessions.attendance.models import Mark
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import door
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.door import RoomSaid
from echo_sessions.sessions.models import Companion


@pytest.fixture
def gulu(over):
    return over.make.site("Gulu")


@pytest.fixture
def okoro(over, gulu):
    return over.make.enrol(over.series, over.make.person("Ada Okoro"), site=gulu)


@pytest.fixture
def ama(over, gulu):
    return over.make.enrol(over.series, over.make.person("Ama Boateng"), site=gulu)


def say(over, person, *ticked, names=()):
    """What somebody sends from the door's page."""
    with transaction():
        said = RoomSaid(ticked=frozenset(each.code for each in ticked), names=tuple(names))
        door.keep_room(over.session, person, said, now=over.now)


def tables(over):
    db.session.rollback()
    return companions.tables_of(over.session, over.register())


def base(over):
    return f"/sessions/{over.session.code}/attendance"


def press(client, over, claim, choice, status=303):
    """The button of one claim."""
    page = client.get_page(f"{base(over)}/queue")
    data = {"csrf_token": page.fields()["csrf_token"], "choice": choice}
    answer = client.post(f"{base(over)}/companions/{claim.companion.id}", data=data)
    assert answer.status_code == status, answer.get_data(as_text=True)[:800]
    db.session.rollback()
    return answer


def test_a_claim_credits_nobody_until_somebody_takes_it(over, client, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 5, 80, email=okoro.address))
    assert [line.person.id for line in over.register().lines] == [okoro.id]
    hers = client.as_(over.coordinator)
    page = hers.get_page(f"{base(over)}/queue")
    assert "Ada Okoro, there for 75 minutes, sat with:" in page.text() and "Take Ama Boateng" in page.text()
    close = f"/sessions/{over.session.code}/close"
    assert "One person was said at the door to share a screen" in hers.get_page(close).text()
    [table] = tables(over)
    press(hers, over, table.claims[0], "take")
    assert "said at the door" not in hers.get_page(close).text()
    assert over.minutes(ama) == over.minutes(okoro) == 75 and over.line(ama).how == ("room",)
    [mark] = queries.marks_of(over.session.id)
    assert (
        mark.attested_by == "Ada Okoro" and mark.by_id == over.coordinator.id and "as said at the door" in mark.reason
    )
    assert "In the register" in hers.get_page(f"{base(over)}/queue").text()
    assert [claim.state for table in tables(over) for claim in table.claims] == ["taken"]


def test_whoever_joined_alone_as_well_counts_once(over, client, okoro, ama):
    say(over, okoro, ama)
    over.take(
        over.stay("Ada Okoro", 0, 60, email=okoro.address), over.stay("Ama Boateng", 50, 90, email=ama.address)
    )  # fmt: skip
    hers = client.as_(over.coordinator)
    assert "Was there by a line of their own as well" in hers.get_page(f"{base(over)}/queue").text()
    press(hers, over, tables(over)[0].claims[0], "take")
    assert over.minutes(ama) == 90


def test_all_lines_of_whoever_said_it_count_for_both(over, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 0, 20, email=okoro.address), over.stay("Room of Ada", 40, 60))
    over.identify("Room of Ada", okoro)
    [table] = tables(over)
    with transaction():
        companions.take(
            over.session, table.claims[0].companion, None, over.register(), by=over.coordinator, now=over.now
        )
    assert over.minutes(ama) == over.minutes(okoro) == 40


def test_undoing_whose_line_it_was_takes_out_who_sat_there(over, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Somebody", 0, 50))
    decision = over.identify("Somebody", okoro)
    with transaction():
        companions.take(
            over.session, tables(over)[0].claims[0].companion, None, over.register(), by=over.coordinator, now=over.now
        )
    assert over.minutes(ama) == 50
    over.undo(decision)
    assert over.register().lines == () and [claim.state for claim in tables(over)[0].claims] == ["open"]


def test_a_mark_that_is_undone_opens_the_claim_again(over, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address))
    with transaction():
        [mark] = companions.take(
            over.session, tables(over)[0].claims[0].companion, None, over.register(), by=over.coordinator, now=over.now
        )
    with transaction():
        marking.undo_mark(db.session.get_one(Mark, mark.id), by=over.coordinator, now=over.now)
    assert [claim.state for claim in tables(over)[0].claims] == ["open"]


def test_a_line_that_is_a_room_with_its_author_in_it_takes_more_people(over, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Gulu meeting room", 0, 70))
    with transaction():
        marking.fill_room(
            over.session, over.key("Gulu meeting room"), [okoro], attested_by="Sister Grace", by=over.coordinator, now=over.now
        )  # fmt: skip
    with transaction():
        companions.take(
            over.session, tables(over)[0].claims[0].companion, None, over.register(), by=over.coordinator, now=over.now
        )
    assert over.minutes(ama) == 70


def test_nothing_can_be_taken_before_its_authors_own_line_is_known(over, client, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("iPad 7", 0, 50))
    hers = client.as_(over.coordinator)
    page = hers.get_page(f"{base(over)}/queue")
    assert "No line of the evidence is known to be theirs yet" in page.text() and "Take Ama" not in page.text()
    answer = press(hers, over, tables(over)[0].claims[0], "take", status=409)
    assert "Settle their own line first" in answer.get_data(as_text=True)
    assert queries.marks_of(over.session.id) == []


def test_a_typed_name_is_taken_for_somebody_by_a_person_only(over, client, okoro):
    mensah, other = (over.make.enrol(over.series, over.make.person(name)) for name in ("Kofi Mensah", "Ada Mensah"))
    say(over, okoro, names=["Mr Kofi Mensah", "Nurse Yaa"])
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address))
    hers = client.as_(over.coordinator)
    [table] = tables(over)
    kofi, yaa = table.claims
    assert [person.name for person in kofi.may_be] == ["Kofi Mensah", "Ada Mensah"] and yaa.may_be == ()
    answer = press(hers, over, kofi, "take", status=409)
    assert "Say who" in answer.get_data(as_text=True)
    press(hers, over, kofi, f"person:{mensah.code}")
    press(hers, over, yaa, "new")
    names = {line.person.name: line.minutes for line in over.register().lines}
    assert names == {"Ada Okoro": 50, "Kofi Mensah": 50, "Nurse Yaa": 50} and other.name not in names
    assert [claim.name for claim in tables(over)[0].claims] == ["Mr Kofi Mensah", "Nurse Yaa"], "as it was said"


def test_put_aside_with_one_press_and_looked_at_again(over, client, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address))
    hers, [table] = client.as_(over.coordinator), tables(over)
    press(hers, over, table.claims[0], "dismiss")
    assert [claim.state for claim in tables(over)[0].claims] == ["dismissed"] and queries.marks_of(
        over.session.id
    ) == []
    assert "Look again" in hers.get_page(f"{base(over)}/queue").text()
    press(hers, over, table.claims[0], "back")
    assert [claim.state for claim in tables(over)[0].claims] == ["open"]


def test_what_its_author_took_back_is_no_claim_any_more(over, client, okoro, ama):
    say(over, okoro, ama)
    [claim] = tables(over)[0].claims
    with transaction():
        door.keep_room(over.session, okoro, RoomSaid(known=frozenset({ama.code})), now=over.now)
    assert tables(over) == []
    hers = client.as_(over.coordinator)
    over.take(over.stay("iPad", 0, 10))
    press(hers, over, claim, "take", status=404)


@pytest.mark.parametrize("choice", ["", "guest", "person:", "person:P-00000000", "new"])
def test_a_button_that_no_page_has_does_nothing(over, client, okoro, ama, choice):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address), over.stay("iPad", 0, 5))
    people = db.session.scalar(select(func.count()).select_from(Person))
    press(client.as_(over.coordinator), over, tables(over)[0].claims[0], choice, status=404 if ":" in choice else 400)
    assert queries.marks_of(over.session.id) == []
    assert db.session.scalar(select(func.count()).select_from(Person)) == people


def test_nobody_sits_beside_themselves(over, okoro, ama):
    say(over, okoro, names=["Adah"])
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address))
    row = tables(over)[0].claims[0].companion
    with pytest.raises(Refused, match="cannot sit beside themselves"), transaction():
        companions.take(over.session, row, okoro, over.register(), by=over.coordinator, now=over.now)


def test_a_closed_register_takes_no_claim(over, client, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address))
    row = tables(over)[0].claims[0].companion
    over.close()
    for act in (
        lambda: companions.take(over.session, row, None, over.register(), by=over.coordinator, now=over.now),
        lambda: companions.dismiss(over.session, row, by=over.coordinator, now=over.now),
        lambda: companions.bring_back(over.session, row, by=over.coordinator, now=over.now),
    ):
        with pytest.raises(Refused, match="closed"), transaction():
            act()
    assert "Said at the door" not in client.as_(over.coordinator).get_page(f"{base(over)}/queue").text()


def test_only_those_who_run_the_program_decide(over, client, okoro, ama):
    say(over, okoro, ama)
    over.take(over.stay("Ada Okoro", 0, 50, email=okoro.address))
    claim = tables(over)[0].claims[0]
    auditor = over.make.member(over.series.program, Role.AUDITOR, ends_at=over.now.replace(year=over.now.year + 1))
    assert "Ama Boateng" in client.as_(auditor).get_page(f"{base(over)}/queue").text()
    assert "Take Ama" not in client.as_(auditor).get_page(f"{base(over)}/queue").text()
    for who, status in ((auditor, 403), (okoro, 404), (over.make.person(), 404), (None, 403)):
        theirs = client.as_(who)
        data = {
            "csrf_token": theirs.get_page("/sign-in" if who is None else "/me/settings").fields()["csrf_token"],
            "choice": "take",
        }
        assert theirs.post(f"{base(over)}/companions/{claim.companion.id}", data=data).status_code == status, who
    assert queries.marks_of(over.session.id) == []


def test_who_was_not_let_in_stands_beside_the_register(over, client, okoro):
    hers = client.as_(over.coordinator)
    for url in (f"{base(over)}/queue", f"/sessions/{over.session.code}/register"):
        assert "stood at the door" not in hers.get_page(url).text()
    with transaction():
        sessions.record_visit(over.session, okoro, now=over.now, let_in=False)
    for url in (f"{base(over)}/queue", f"/sessions/{over.session.code}/register"):
        assert "One person stood at the door and was not let in" in hers.get_page(url).text()


def test_a_claim_of_another_session_is_not_here(over, client, okoro, ama):
    elsewhere = over.another_session()
    with transaction():
        door.keep_room(elsewhere, okoro, RoomSaid(ticked=frozenset({ama.code})), now=over.now)
    over.take(over.stay("iPad", 0, 50))
    number = db.session.scalars(select(Companion.id)).one()
    hers = client.as_(over.coordinator)
    page = hers.get_page(f"{base(over)}/queue")
    data = {"csrf_token": page.fields()["csrf_token"], "choice": "dismiss"}
    assert hers.post(f"{base(over)}/companions/{number}", data=data).status_code == 404
