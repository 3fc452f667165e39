"""Who somebody of a file is: what is accepted, what waits, and whom it may be."""

import random

import pytest

from echo_sessions.attendance.matching import Alias, Candidate, How, Match, Queued, alias_key, propose
from echo_sessions.attendance.names import take_apart
from echo_sessions.attendance.rules import Identity

ADA = Candidate(1, ("Ada Okoro",), ("ada@clinic.example",), site="Gulu", registrants=("reg-ada",))
BEN = Candidate(2, ("Benedict Mwangi", "Ben Mwangi"), ("ben@clinic.example",), site="Mbale")
JANE = Candidate(3, ("Jane Achieng",), site="Gulu")
OTHER_JANE = Candidate(4, ("Jane Achieng",), site="Mbale")
STRANGER = Candidate(5, ("Chidi Eze",), enrolled=False)
EVERYBODY = [ADA, BEN, STRANGER]


def who(written: str = "", **marks: str | None) -> Identity:
    apart = take_apart(written)
    key = marks.get("registrant") or marks.get("email") or written
    return Identity(
        key=str(key),
        written=(written,) if written else (),
        names=apart.names,
        email=marks.get("email"),
        registrant=marks.get("registrant"),
        phone=apart.phone,
        stays=(),
        seconds=0,
        claimed_minutes=None,
    )


def settle(
    identity: Identity, candidates: list[Candidate] = EVERYBODY, aliases: list[Alias] | None = None
) -> Match | Queued:
    [outcome] = propose([identity], candidates, aliases or [])
    return outcome


@pytest.mark.parametrize(
    ("identity", "person", "how"),
    [
        pytest.param(who("iPad", registrant="reg-ada"), 1, How.REGISTRANT, id="registration, whatever the name"),
        pytest.param(who("Ben Mwangi", registrant="reg-ada"), 1, How.REGISTRANT, id="registration before name"),
        pytest.param(who("A.", email="ada@clinic.example"), 1, How.EMAIL, id="address"),
        pytest.param(who("Ben Mwangi", email="ada@clinic.example"), 1, How.EMAIL, id="address before name"),
    ],
)
def test_what_is_accepted(identity: Identity, person: int, how: How) -> None:
    assert settle(identity) == Match(identity.key, person, how, sure=True)


@pytest.mark.parametrize(
    ("identity", "person"),
    [
        pytest.param(who("Ada Okoro"), 1, id="a name that only one bears"),
        pytest.param(who("Dr. ADA  ÓKORO, MD (she/her)"), 1, id="titles, accents and pronouns aside"),
        pytest.param(who("Okoro, Ada"), 1, id="last name first, with a comma"),
        pytest.param(who("Ben (Ben Mwangi)"), 2, id="the original name in brackets"),
        pytest.param(who("Ada Okoro (iPad)"), 1, id="on a device that says so"),
    ],
)
def test_a_name_alone_is_never_accepted_but_may_be_taken_with_others(identity: Identity, person: int) -> None:
    assert settle(identity) == Match(identity.key, person, How.NAME, sure=False, alone=True)


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(who("Okoro Ada"), id="the words in another order"),
        pytest.param(who("A. Okoro"), id="an initial"),
        pytest.param(who("Ada"), id="a first name alone"),
        pytest.param(who("Ada Okorro"), id="one letter more"),
        pytest.param(who("Ada Okoro Nursing"), id="more words than the name"),
        pytest.param(who("aokoro"), id="written as one word"),
        pytest.param(who("somebody", email="ada.okoro@mail.example"), id="an unknown address made of the name"),
    ],
)
def test_what_is_merely_alike_waits_with_a_suggestion(identity: Identity) -> None:
    outcome = settle(identity)
    assert isinstance(outcome, Queued)
    assert outcome.suggestions[0].person_id == ADA.person_id
    assert str(outcome.suggestions[0].reason).endswith(".")


@pytest.mark.parametrize("written", ["iPhone", "Clinic Room 2", "1505***0142", "Galaxy S9", ""])
def test_devices_rooms_and_numbers_are_nobody_by_name(written: str) -> None:
    named_so = Candidate(9, (written,))
    outcome = settle(who(written), [named_so])
    assert isinstance(outcome, Queued)


def test_two_people_of_one_name_always_wait() -> None:
    outcome = settle(who("Jane Achieng"), [JANE, OTHER_JANE, ADA])
    assert isinstance(outcome, Queued)
    assert [one.person_id for one in outcome.suggestions] == [3, 4]


def test_even_when_one_of_them_was_chosen_last_time() -> None:
    outcome = settle(who("Jane Achieng"), [JANE, OTHER_JANE], [Alias("Jane Achieng", 3)])
    assert isinstance(outcome, Queued)


def test_a_name_remembered_for_one_and_borne_by_another_waits() -> None:
    outcome = settle(who("Jane Achieng"), [ADA, JANE], [Alias("Jane Achieng", 1)])
    assert isinstance(outcome, Queued)
    assert {one.person_id for one in outcome.suggestions} == {1, 3}


def test_the_site_in_the_name_puts_the_likelier_one_first() -> None:
    outcome = settle(who("Jane Achieng - Mbale"), [JANE, OTHER_JANE])
    assert isinstance(outcome, Queued)
    assert outcome.suggestions[0].person_id == OTHER_JANE.person_id
    assert "Mbale" in str(outcome.suggestions[0].reason)


def test_a_name_twice_in_the_file_waits_unless_an_address_tells() -> None:
    known, guest = who("Ada Okoro", email="ada@clinic.example"), who("Ada Okoro")
    first, second = propose([known, guest], EVERYBODY)
    assert isinstance(first, Match)
    assert isinstance(second, Queued)
    assert second.suggestions[0].person_id == ADA.person_id


def test_a_remembered_name_is_accepted() -> None:
    identity = who("Mama Ada")
    assert settle(identity, aliases=[Alias("mama  ada", 1)]) == Match(identity.key, 1, How.ALIAS)


def test_a_remembered_number_is_accepted() -> None:
    identity = who("+1 505-555-0142")
    assert settle(identity, aliases=[Alias("+1 (505) 555-0142", 2)]) == Match(identity.key, 2, How.ALIAS)


def test_a_remembered_address_is_accepted() -> None:
    identity = who("x y", email="private@mail.example")
    assert settle(identity, aliases=[Alias("Private@mail.example", 2)]) == Match(identity.key, 2, How.ALIAS)


def test_a_remembered_device_is_only_a_suggestion() -> None:
    outcome = settle(who("iPhone"), aliases=[Alias("iPhone", 1)])
    assert isinstance(outcome, Queued)
    [suggestion] = outcome.suggestions
    assert (suggestion.person_id, str(suggestion.reason)) == (1, "The same device or room as last time.")


def test_an_alias_of_two_people_waits() -> None:
    outcome = settle(who("Nurse Kim"), aliases=[Alias("Nurse Kim", 1), Alias("Nurse Kim", 2)])
    assert isinstance(outcome, Queued)
    assert {one.person_id for one in outcome.suggestions} == {1, 2}


def test_an_alias_of_somebody_who_left_is_forgotten() -> None:
    assert isinstance(settle(who("Nurse Kim"), aliases=[Alias("Nurse Kim", 99)]), Queued)


def test_a_shared_address_waits() -> None:
    sharing = Candidate(6, ("Rose Apio",), ("ada@clinic.example",))
    outcome = settle(who("Ada Okoro", email="ada@clinic.example"), [ADA, sharing])
    assert isinstance(outcome, Queued)


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(who("Chidi Eze"), id="not enrolled"),
        pytest.param(who("Ada Okoro", email="someone@else.example"), id="another address than the known one"),
    ],
)
def test_a_name_with_something_against_it_is_not_sure(identity: Identity) -> None:
    outcome = settle(identity)
    assert isinstance(outcome, Match)
    assert (outcome.sure, outcome.alone) == (False, False)


def test_nobody_alike_means_no_suggestions() -> None:
    outcome = settle(who("Zebulon Quist"))
    assert isinstance(outcome, Queued)
    assert outcome.suggestions == ()


def test_proposals_do_not_depend_on_the_order_of_candidates_or_rows() -> None:
    identities = [who("Ada Okoro"), who("B. Mwangi"), who("Jane Achieng"), who("iPhone")]
    candidates = [ADA, BEN, JANE, OTHER_JANE, STRANGER]
    expected = {outcome.key: outcome for outcome in propose(identities, candidates)}
    for seed in range(5):
        shuffled, people = identities[:], candidates[:]
        random.Random(seed).shuffle(shuffled)
        random.Random(seed).shuffle(people)
        assert {outcome.key: outcome for outcome in propose(shuffled, people)} == expected


def test_an_alias_is_found_however_it_is_typed() -> None:
    assert alias_key(" Ada  ÓKORO ") == alias_key("ada okoro")
    assert alias_key("1505***0142") == alias_key("1505xxx0142")
