"""Who looks like one person, and why; nobody is compared with everybody."""

import pytest

from echo_sessions.merging.duplicates import Known, address_key, licence_key, names_key, pairs


def reasons(one, other):
    found = pairs([one, other])
    return (found[0].score, " ".join(str(said) for said in found[0].reasons + found[0].against)) if found else (0, "")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        pytest.param(Known(1, "Ada", licence=("Board", "RN 77-12")), Known(2, "Eve", licence=("board", "rn7712")), "same licence number in the same register", id="one licence written in two ways"),
        pytest.param(Known(1, "Ada", licence=("Board", "RN-7712")), Known(2, "Eve", licence=(None, "RN7712")), "register of one is not known", id="one licence, one register unknown"),
        pytest.param(Known(1, "Dr. José Núñez-Ortiz, MD"), Known(2, "NUNEZ ORTIZ jose"), "The same name", id="titles, accents, order"),
        pytest.param(Known(1, "Anna Petrov"), Known(2, "\u0410nna Petr\u043ev"), "The same name", id="letters of another alphabet that look alike"),
        pytest.param(Known(1, "Grace Okoro"), Known(2, "Grace Okorro"), "but for one letter", id="one letter more"),
        pytest.param(Known(1, "Grace Okoro"), Known(2, "Grace Okaro"), "but for one letter", id="one other letter"),
        pytest.param(Known(1, "A", ("ana.lopez@gmail.com",)), Known(2, "B", ("analopez+echo@googlemail.com",)), "differ only in dots", id="dots, a tag, the other name of a provider"),
        pytest.param(Known(1, "A", ("ana@clinic.test",)), Known(2, "B", ("\u0430na@clinic.test",)), "look alike", id="a homograph of an address"),
        pytest.param(Known(1, "A", ("ana@b\u00fccher.test",)), Known(2, "B", ("ana@xn--bcher-kva.test",)), "differ only", id="a domain in both spellings"),
    ],
)  # fmt: skip
def test_pairs_and_their_reasons(one, other, words):
    score, said = reasons(one, other)
    assert words in said and score > 0.3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(Known(1, "Ada Obi", licence=("Board", "7712")), Known(2, "Eve Lin", licence=("Council", "7712")), id="one number in two registers"),
        pytest.param(Known(1, "Ada Obi", licence=(None, "12")), Known(2, "Eve Lin", licence=(None, "12")), id="a number too short to say anything"),
        pytest.param(Known(1, "Ann Li"), Known(2, "Anne Li"), id="short names differ by a letter easily"),
        pytest.param(Known(1, "Grace Okoro"), Known(2, "Grace Obi"), id="one word in common"),
        pytest.param(Known(1, "A", ("ana@clinic.test",)), Known(2, "B", ("ana@hospital.test",)), id="two mailboxes of one name"),
    ],
)  # fmt: skip
def test_what_is_no_pair(one, other):
    assert pairs([one, other]) == []


def test_what_speaks_for_it_adds_up_and_what_speaks_against_it_counts_too():
    name_only = reasons(Known(1, "Grace Okoro"), Known(2, "Grace Okoro"))[0]
    same_site = reasons(Known(1, "Grace Okoro", sites=frozenset({4})), Known(2, "Grace Okoro", sites=frozenset({4})))[0]
    other_licence = reasons(
        Known(1, "Grace Okoro", licence=("B", "RN-1111")), Known(2, "Grace Okoro", licence=("B", "RN-2222"))
    )[0]
    assert other_licence < name_only < same_site


def test_the_likeliest_first_and_what_was_dismissed_not_at_all():
    people = [
        Known(1, "Grace Okoro"),
        Known(2, "Grace Okoro"),
        Known(3, "Eve Lin", licence=("B", "7712")),
        Known(4, "Eve Linn", licence=("B", "7712")),
    ]
    assert [(pair.one, pair.other) for pair in pairs(people)] == [(3, 4), (1, 2)]
    assert [(pair.one, pair.other) for pair in pairs(people, {(3, 4)})] == [(1, 2)]
    assert [(pair.one, pair.other) for pair in pairs(people, about={2})] == [(1, 2)]


def test_a_thousand_of_one_name_are_no_million_pairs():
    found = pairs([Known(number, "Maria Garcia") for number in range(1000)])
    assert len(found) == 999 and {pair.one for pair in found} == {0}


def test_the_work_grows_with_the_number_of_people_not_with_its_square():
    """Counted in keys, which is what is compared; a clock would measure the machine."""

    def keys(count):
        people = [Known(number, f"Person{number:05} Okoro{number * 7 % 997:03}") for number in range(count)]
        return sum(len(names_key(person.name)) for person in people)

    assert keys(2000) < 2.1 * keys(1000)


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "x" * 300 + "@b.test", "\u202e@b.test", "a@xn--\u00fc.test"])
def test_nothing_makes_the_keys_fail(text):
    assert (
        isinstance(address_key(text), str) and isinstance(names_key(text), str) and isinstance(licence_key(text), str)
    )
