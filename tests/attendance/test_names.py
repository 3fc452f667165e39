"""What people call themselves, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.attendance.names import fold, is_shared, name_key, phone_key, sorted_key, take_apart


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ana Ruiz", ("Ana Ruiz",)),
        ("  Ana\u00a0 Ruiz\u200b ", ("Ana Ruiz",)),
        ("Ana (Ana María López)", ("Ana", "Ana María López")),
        ("Ana ( Ana María López )", ("Ana", "Ana María López")),
        ("Ana Ruiz (she/her)", ("Ana Ruiz",)),
        ("Ana Ruiz (ella)", ("Ana Ruiz",)),
        ("Ana Ruiz (Host)", ("Ana Ruiz",)),
        ("Ana Ruiz (Guest)", ("Ana Ruiz",)),
        ("RUIZ ANA (EXT)", ("RUIZ ANA",)),
        ("Ana (Ana Ruiz) (she/her)", ("Ana", "Ana Ruiz")),
        ("Ana Ruiz # iPad", ("Ana Ruiz",)),
        ("Ana Ruiz's iPad", ("Ana Ruiz",)),
        ("Dr Okoro (iPad)", ("Dr Okoro",)),
        ("iPhone (Ana Ruiz)", ("Ana Ruiz",)),
        ("12345_Ali Asghar", ("Ali Asghar",)),
        ("24JR1A05L3(Gorige Lakshmi)", ("Gorige Lakshmi",)),
        ("Ana Ruiz 1505***0142", ("Ana Ruiz",)),
        ("Ana Ruiz - Gulu RRH", ("Ana Ruiz - Gulu RRH", "Ana Ruiz")),
        ("1505***0142", ()),
        ("...", ()),
        ("", ()),
    ],
)
def test_names_in_a_written_name(written: str, names: tuple[str, ...]) -> None:
    assert take_apart(written).names == names


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("1505***0142", "1505***0142"),
        ("+1 (505) 555-0142", "+15055550142"),
        ("15055550142", "15055550142"),
        ("220101034", None),
        ("2021-2022 group", None),
        ("Ana Ruiz", None),
    ],
)
def test_telephone_numbers_and_roll_numbers(written: str, phone: str | None) -> None:
    assert take_apart(written).phone == phone


@pytest.mark.parametrize(
    "text", ["iPhone", "Clinic Room 2", "Galaxy S9", "Conference Room", "Call-in User_2", "Guest", "A"]
)
def test_what_several_people_may_share(text: str) -> None:
    assert is_shared(text)
    assert take_apart(text).shared


@pytest.mark.parametrize("text", ["Jane Ward", "Monty Hall", "Ana Ruiz", "山田 太郎", "Minh Do"])
def test_what_is_somebodys_own_name(text: str) -> None:
    assert not is_shared(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dr. José  Núñez-Ortiz, MD", "jose nunez ortiz"),
        ("Núñez Ortiz, José", "José Núñez Ortiz"),
        ("Doe, Jane, RN", "Jane Doe"),
        ("Prof. Dr. Jane Doe, PhD, MPH", "Jane Doe"),
        ("Mary O’Brien", "mary o'brien"),
        ("Søren Łukasz", "Soren Lukasz"),
        ("JANE DOE RN", "Jane Doe"),
        ("Ｊａｎｅ Doe", "Jane Doe"),
        ("Jane Doe Ph.D.", "Jane Doe"),
    ],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Minh Do", "Minh"),
        ("Yo-Yo Ma", "Yo Yo"),
        ("Ada Okoro", "Okoro Ada"),
        ("Dr", "Prof"),
        ("प्रिया शर्मा", "प्रीया शर्मा"),
    ],
)
def test_names_that_are_not_the_same(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_another_order_is_only_a_hint() -> None:
    assert sorted_key("Ada Okoro") == sorted_key("Okoro Ada")


def test_numbers_are_compared_by_their_digits() -> None:
    assert phone_key("+1 (505) 555-0142") == phone_key("1505.555.0142")


@given(st.text(max_size=60))
def test_any_text_can_be_taken_apart(text: str) -> None:
    apart = take_apart(text)
    assert all(apart.names)
    assert name_key(name_key(text)) == name_key(text) or "," in text
    assert fold(fold(text)) == fold(text)
