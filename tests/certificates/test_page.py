"""What a certificate shows, as people copy it from the PDF, in every kind and with every name."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import UndefinedError

from echo_sessions import paper
from echo_sessions.certificates import page
from echo_sessions.certificates.facts import read_facts
from echo_sessions.certificates.preview import preview, preview_file
from echo_sessions.errors import BadInput, GaveUp
from echo_sessions.outside.pdf import PdfMaker
from tests.outside.names import NAMES
from tests.outside.reading import inside, needs_poppler, pages_of, text_of
from tests.outside.test_pdf_text import letters

from .make import STATEMENT, facts, sessions


@pytest.fixture(scope="module")
def maker() -> Iterator[PdfMaker]:
    maker = PdfMaker()
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def without_font(maker: PdfMaker) -> list[str]:
    return maker.health().scripts_without_font


def html(**changed: Any) -> str:
    return page.html(read_facts(facts(**changed)))


@needs_poppler
def test_a_certificate_of_credit_says_it_all_on_one_sheet(maker):
    pdf = preview(
        facts(
            registration={"body": "Medical Council of Kenya", "number": "A 12345"},
            format="Live internet activity",
            replaces={"number": "1111-2222-3333-4444", "issued_on": "2026-11-26"},
        ),
        maker,
    )
    text = text_of(pdf, as_written=True)
    for said in (
        "High Plains School of Medicine",
        "Certificate of credit",
        "Ngozi Okoro-Williams, MD",
        "Medical Council of Kenya, registration A 12345",
        "took part in Hepatitis C in primary care Hepatitis C ECHO Live internet activity",
        "Direct-acting antivirals 25 November 2026 52",
        "0.75 AMA PRA Category 1 Credit™",
        STATEMENT,
        "Prof. Miriam Achterberg Director of continuing education",
        "Certificate no. 7K3Q-29FM-XW0D-4T8B",
        "Issued on 27 November 2026",
        "Replaces no. 1111-2222-3333-4444 of 26 November 2026",
    ):
        assert said in text
    assert "https://echo.example.org/verify/7K3Q-29FM-XW0D-4T8B" in text.replace(" ", "")
    assert pages_of(pdf) == 1


@needs_poppler
def test_copied_text_comes_in_the_order_in_which_it_is_read(maker):
    said = [
        "High Plains",
        "Certificate of credit",
        "Ngozi",
        "took part in",
        "25 November",
        "0.75",
        "Prof.",
        "Issued on",
    ]
    text = text_of(preview(facts(provider="High Plains Trust"), maker), as_written=True)
    assert sorted(said, key=text.index) == said


def test_the_pdf_is_tagged_titled_and_its_code_has_a_text(maker):
    pdf = inside(preview(facts(), maker))
    assert b"/Title (Certificate of credit: Ngozi Okoro-Williams, MD, Hepatitis C in primary care)" in pdf
    assert b"/Alt (QR: https://echo.example.org/verify/7K3Q-29FM-XW0D-4T8B)" in pdf
    assert b"/Marked true" in pdf
    assert b"pdfuaid:part" in pdf


def test_the_same_facts_make_the_same_bytes(maker):
    other = PdfMaker()
    assert preview(facts(), maker) == preview(facts(), other)
    other.close()


@needs_poppler
def test_attendance_shows_minutes_and_never_an_amount_of_credit(maker):
    text = text_of(preview(facts(kind="attendance"), maker), as_written=True)
    assert "Certificate of attendance" in text
    assert "52 minutes attended" in text
    assert STATEMENT in text
    assert "0.75" not in text


@needs_poppler
def test_a_presenter_presented(maker):
    text = text_of(preview(facts(kind="presenter", credits=None), maker), as_written=True)
    assert "Certificate of presentation" in text
    assert "presented in Hepatitis C in primary care" in text
    assert "52 minutes presented" in text


@needs_poppler
def test_few_sessions_stand_on_the_front_with_their_sum(maker):
    pdf = preview(facts(sessions=sessions(5)), maker)
    assert pages_of(pdf) == 1
    assert "Session 4 5 January 2026 52 Together 260" in text_of(pdf, as_written=True)


@needs_poppler
def test_many_sessions_are_listed_behind_with_name_and_number(maker):
    pdf = preview(facts(sessions=sessions(24)), maker)
    text = text_of(pdf, as_written=True)
    assert pages_of(pdf) == 2
    assert "24 sessions from 1 January 2026 to 24 January 2026, listed on the next page" in text
    assert "No. 7K3Q-29FM-XW0D-4T8B, issued on 27 November 2026 to Ngozi Okoro-Williams, MD" in text
    assert "Session 23 24 January 2026 52 Together 1248" in text


@needs_poppler
def test_two_hundred_sessions_go_on_as_many_pages_as_they_need(maker):
    text = text_of(preview(facts(sessions=sessions(200)), maker), as_written=True)
    assert "Session 199" in text
    assert "Together 10400" in text


@needs_poppler
def test_long_statements_are_printed_behind_in_full(maker):
    credits = [{"type": f"Credit {number}", "amount": "1.00", "statement": STATEMENT} for number in range(6)]
    pdf = preview(facts(credits=credits), maker)
    assert pages_of(pdf) == 2
    assert text_of(pdf, as_written=True).count(STATEMENT) == 6


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"name": "Maria del Carmen " * 11}, id="a name of 190 letters"),
        pytest.param({"name": "A" * 200}, id="a name without a space"),
        pytest.param({"title": "A rather long title " * 14, "program": "A long program name " * 14}, id="long titles"),
        pytest.param({"sessions": sessions(5, "A title that needs all of two lines in the table")}, id="long sessions"),
        pytest.param({"credits": [{"type": "Hours", "amount": "1", "statement": STATEMENT}] * 2}, id="two statements"),
        pytest.param({"signatory": {"name": "N" * 100, "role": "Professor of " * 10}}, id="a long signatory"),
        pytest.param({"verify_url": "https://echo.example.org/" + "x" * 120}, id="a long address"),
    ],
)
@needs_poppler
def test_the_front_holds_what_is_long(maker, changed):
    """Number and signature stay on the sheet with the name, whatever comes before them."""
    front = text_of(preview(facts(**changed), maker), as_written=True, front=True)
    assert "7K3Q-29FM-XW0D-4T8B" in front
    assert (changed.get("signatory") or facts()["signatory"])["role"].strip() in front


@needs_poppler
@pytest.mark.parametrize(("script", "name"), NAMES, ids=[f"{script} {name}" for script, name in NAMES])
def test_every_name_is_printed_or_held_back(maker, without_font, script, name):
    try:
        text = text_of(preview(facts(name=name), maker))
    except GaveUp as refusal:
        assert refusal.words.startswith("No installed font has the letters")
        assert script in without_font
        return
    if script == "Hebrew":  # on a page in English poppler parts Hebrew at hyphens and points
        assert Counter(letters(name)) <= Counter(text)
    else:
        assert letters(name) in text


def test_a_name_brings_its_language_and_direction():
    assert 'lang="th" dir="ltr">ณัฐวุฒิ' in html(name="ณัฐวุฒิ", lang="th")
    assert 'lang="ar" dir="rtl">محمد' in html(name="محمد", lang="ar")
    assert 'lang="en" dir="rtl">محمد' in html(name="محمد")
    assert 'lang="ar" dir="ltr">Ada' in html(name="Ada", lang="ar", dir="ltr")


def test_words_that_we_cannot_say_in_a_language_are_marked_as_english():
    page = html(name="محمد", lang="ar")
    assert '<html lang="en" dir="ltr">' in page
    assert "This is to certify that" in page


@needs_poppler
def test_a_name_is_a_text_and_never_markup(maker):
    name = "<b>O’Brien</b> & {{ 7 * 7 }}"
    assert name in text_of(preview(facts(name=name), maker))


def test_the_engine_has_nothing_to_complain_of(caplog):
    from echo_sessions.outside.pdf_child import Printer

    printer = Printer()
    for kind in ("credit", "attendance", "presenter"):
        printer.print(html(kind=kind, sessions=sessions(30)), lang="en", title="x", variant="pdf/ua-1")
    assert caplog.records == []


def test_a_file_of_facts_becomes_a_pdf():
    assert preview_file(json.dumps(facts()).encode(), "facts.json").startswith(b"%PDF")


def test_a_file_with_a_name_that_cannot_be_printed_is_bad_input():
    with pytest.raises(BadInput, match=r"facts.json cannot be printed: No installed font has the letters .*U\+18B00"):
        preview_file(json.dumps(facts(name="Ada \U00018b00")).encode(), "facts.json")


def test_a_template_that_asks_for_what_is_not_there_fails():
    with pytest.raises(UndefinedError):
        paper.page("certificate.html", language="en")
