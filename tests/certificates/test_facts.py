"""Facts are read whole or refused with one sentence that names the field."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.certificates.facts import facts_from, read_facts
from echo_sessions.certificates.rules import Registration, Replaced
from echo_sessions.errors import BadInput

from .make import facts


def test_what_is_written_is_read():
    read = read_facts(
        facts(
            lang="sw",
            dir="ltr",
            registration={"body": "Medical Council of Kenya", "number": "A 12345"},
            replaces={"number": "OLD", "issued_on": "2026-11-26"},
            format="Live internet activity",
        )
    )
    assert read.name == "Ngozi Okoro-Williams, MD"
    assert (read.lang, read.dir, read.kind) == ("sw", "ltr", "credit")
    assert read.sessions[0].date == date(2026, 11, 25)
    assert str(read.credits[0].amount) == "0.75"
    assert read.registration == Registration("Medical Council of Kenya", "A 12345")
    assert read.replaces == Replaced("OLD", date(2026, 11, 26))


def test_what_may_be_missing():
    read = read_facts(facts(kind="attendance", credits=None))
    assert (read.lang, read.dir, read.credits, read.registration) == ("en", "auto", (), None)
    assert read_facts(facts(registration=None)) == read_facts({**facts(), "registration": None, "lang": None})


def test_a_snapshot_reads_back_as_the_same_facts():
    read = read_facts(facts(registration={"body": "B", "number": "1"}, format="live", replaces={"number": "0", "issued_on": "2026-01-01"}))  # fmt: skip
    snapshot = json.dumps(read.as_json())
    assert facts_from(snapshot.encode(), "snapshot") == read
    assert json.dumps(facts_from(snapshot.encode(), "snapshot").as_json()) == snapshot


@pytest.mark.parametrize(
    ("written", "amount"), [('"1.00"', "1.00"), ("0.1", "0.1"), ("0.30", "0.30"), ("2", "2"), ('"0"', "0")]
)
def test_no_digit_of_an_amount_is_lost(written, amount):
    text = json.dumps(facts()).replace('"0.75"', written)
    assert str(facts_from(text.encode(), "facts.json").credits[0].amount) == amount


def test_a_float_handed_over_by_a_program_is_what_it_shows():
    assert read_facts(facts(credits=[{"type": "Hours", "amount": 0.1 + 0.65}])).credits[0].amount == Decimal("0.75")


def test_names_are_composed_and_lose_what_nobody_sees():
    assert read_facts(facts(name=" Zażo\u0301łc\u0301\n Ge\u0328\u202eśla\u200f\ufeff ")).name == "Zażółć Gęśla"


def test_joiners_that_names_need_stay():
    assert read_facts(facts(name="پژوهش\u200cگر")).name == "پژوهش\u200cگر"
    assert read_facts(facts(name="ක්\u200dරිශාන්")).name == "ක්\u200dරිශාන්"


SESSION = {"title": "A", "date": "2026-11-25", "minutes": 52}
CREDIT = {"type": "Hours", "amount": "1"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": None}, "name is missing."),
        ({"name": "  \u200b "}, "name must be a text that is not empty."),
        ({"name": 7}, "name must be a text that is not empty."),
        ({"name": "A" * 201}, "name has 201 letters; at most 200 can be printed."),
        ({"name": "A\x07"}, "name holds a character that cannot be printed (U+0007); take it out."),
        ({"name": "A\ud800"}, "name holds a character that cannot be printed (U+D800); take it out."),
        ({"kind": "diploma"}, "kind must be one of attendance, credit, presenter."),
        ({"kind": ["credit"]}, "kind must be one of attendance, credit, presenter."),
        ({"dir": "up"}, "dir must be one of ltr, rtl, auto."),
        ({"lang": "English"}, "lang must be a language such as en, sw or pt-BR."),
        ({"sessions": []}, "sessions must be a list of 1 to 200 entries."),
        ({"sessions": SESSION}, "sessions must be a list of 1 to 200 entries."),
        ({"sessions": ["A"]}, "sessions[0] must be a JSON object with named fields."),
        ({"sessions": [SESSION, {**SESSION, "minutes": 1.5}]}, "sessions[1].minutes must be a whole number of minutes from 0 to 100000."),
        ({"sessions": [{**SESSION, "minutes": -1}]}, "sessions[0].minutes must be a whole number of minutes from 0 to 100000."),
        ({"sessions": [{**SESSION, "minutes": True}]}, "sessions[0].minutes must be a whole number of minutes from 0 to 100000."),
        ({"sessions": [{**SESSION, "date": "25.11.2026"}]}, "sessions[0].date must be a day that exists, written as 2026-11-25."),
        ({"sessions": [{**SESSION, "date": "20261125"}]}, "sessions[0].date must be a day that exists, written as 2026-11-25."),
        ({"sessions": [{**SESSION, "place": "x"}]}, "sessions[0].place is not a field of a certificate; check its spelling."),
        ({"credits": []}, "credits must be a list of 1 to 6 entries."),
        ({"credits": None}, "credits is missing."),
        ({"credits": [{**CREDIT, "amount": "much"}]}, "credits[0].amount must be an amount from 0 to 9999 with at most four decimals, such as 0.75."),
        ({"credits": [{**CREDIT, "amount": "-1"}]}, "credits[0].amount must be an amount from 0 to 9999 with at most four decimals, such as 0.75."),
        ({"credits": [{**CREDIT, "amount": "1e3"}]}, "credits[0].amount must be an amount from 0 to 9999 with at most four decimals, such as 0.75."),
        ({"credits": [{**CREDIT, "amount": True}]}, "credits[0].amount must be an amount from 0 to 9999 with at most four decimals, such as 0.75."),
        ({"signatory": "Prof. X"}, "signatory must be a JSON object with named fields."),
        ({"signatory": {"name": "Prof. X"}}, "signatory.role is missing."),
        ({"registration": {"body": "B"}}, "registration.number is missing."),
        ({"issued_on": "2026-02-30"}, "issued_on must be a day that exists, written as 2026-11-25."),
        ({"verify_url": "javascript:alert(1)"}, "verify_url must be an address such as https://echo.example.org/verify/7K3Q-29FM-XW0D-4T8B."),
        ({"verify_url": 'https://x/"><script>'}, "verify_url must be an address such as https://echo.example.org/verify/7K3Q-29FM-XW0D-4T8B."),
        ({"langauge": "sw"}, "langauge is not a field of a certificate; check its spelling."),
    ],
)  # fmt: skip
def test_one_sentence_names_the_field(changed, sentence):
    with pytest.raises(BadInput) as refusal:
        read_facts(facts(**changed))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "facts.json is not JSON: line 1, column 1: Expecting value."),
        (b'{"name":\n oops}', "facts.json is not JSON: line 2, column 2: Expecting value."),
        (b"\xff\xfe\x00", "facts.json is not text in UTF-8."),
        (b"[]", "The file must be a JSON object with named fields."),
        (b'{"name": NaN}', "NaN is not a number that JSON knows."),
        (b"[" * 100_000, "facts.json holds a number too long, or lists too deep, to be read."),
        (b'{"x": ' + b"9" * 5000 + b"}", "facts.json holds a number too long, or lists too deep, to be read."),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_facts(data, sentence):
    with pytest.raises(BadInput) as refusal:
        facts_from(data, "facts.json")
    assert str(refusal.value) == sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(facts())), JSON)
def test_whatever_stands_in_a_field_it_is_read_or_refused(field, value):
    try:
        read = read_facts({**facts(), field: value})
    except BadInput as refusal:
        assert field in str(refusal)
    else:
        assert read_facts(read.as_json()) == read
