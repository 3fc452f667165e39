"""Papers: which language, which way, which date."""

from datetime import date

import pytest

from echo_sessions import paper


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "25 November 2026"),
        ("en-US", "November 25, 2026"),
        ("es", "25 de noviembre de 2026"),
        ("pt-BR", "25 de novembro de 2026"),
        ("ar", "25 نوفمبر 2026"),
    ],
)
def test_a_day_in_the_words_of_a_language(language, day):
    assert paper.day(date(2026, 11, 25), language) == day


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Ada", "ltr"),
        ("محمد", "rtl"),
        ("נועם", "rtl"),
        ("12. محمد (Ada)", "rtl"),
        ("“Ada” محمد", "ltr"),
        ("2026", "ltr"),
        ("", "ltr"),
    ],
)
def test_a_text_goes_the_way_of_its_first_letter(text, way):
    assert paper.way(text) == way


@pytest.mark.parametrize(("language", "spoken"), [("en", "en"), ("en-GB", "en-GB"), ("tlh", "en"), ("x-y", "en")])
def test_our_own_words_are_said_in_a_language_that_we_have(language, spoken):
    assert paper.spoken(language) == spoken


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar-EG", "rtl"), ("ur", "rtl"), ("hi", "ltr")])
def test_the_way_a_language_is_written(language, direction):
    assert paper.direction(language) == direction


def test_a_qr_code_carries_its_text_safely():
    svg = paper.qr_code("https://x/?a=1&b=<2>")
    assert "<title>QR: https://x/?a=1&amp;b=&lt;2&gt;</title>" in svg
    assert svg.startswith("<svg")
