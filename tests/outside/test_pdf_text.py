"""Names can be copied out of a PDF as they were written, and WeasyPrint still is what the mending was made for."""

import html
import inspect
import unicodedata
from collections.abc import Iterator

import pytest
from weasyprint.pdf.stream import Stream

from echo_sessions.errors import GaveUp
from echo_sessions.outside import pdf_text
from echo_sessions.outside.pdf import PdfMaker
from echo_sessions.outside.pdf_child import Printer
from echo_sessions.outside.pdf_text import needs_actual_text

from .names import NAMES
from .reading import needs_poppler, text_of


@pytest.fixture(scope="module")
def maker() -> Iterator[PdfMaker]:
    maker = PdfMaker()
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def without_font(maker: PdfMaker) -> list[str]:
    return maker.health().scripts_without_font


def page(name: str) -> str:
    return f"<h1 dir='auto' style='font-family: Noto Serif'>{html.escape(name)}</h1>"


@needs_poppler
@pytest.mark.parametrize(("script", "name"), NAMES, ids=[f"{script} {name}" for script, name in NAMES])
def test_a_name_is_read_back_or_refused(maker, without_font, script, name):
    if script in without_font:
        with pytest.raises(GaveUp, match="No installed font"):
            maker.render(page(name), lang="en", title="Name")
        return
    assert letters(text_of(maker.render(page(name), lang="en", title="Name"))) == letters(name)


def letters(name: str) -> str:
    """A name as far as poppler gives it back: it drops joiners of Arabic, and parts Hebrew at some of its points."""
    if "\N{HEBREW POINT DAGESH OR MAPIQ}" in name:
        name = name.replace(" ", "")
    return unicodedata.normalize("NFC", name.replace("\N{ZERO WIDTH NON-JOINER}", ""))


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        pytest.param("Ada Okoro", False, id="plain letters"),
        pytest.param("Zażółć", False, id="composed letters"),
        pytest.param("Ọ̀ṣun", True, id="a mark that no composed letter has"),
        pytest.param("ณัฐวุฒิ", True, id="Thai"),
        pytest.param("श्री", True, id="Devanagari"),
        pytest.param("김민수", False, id="Hangul"),
        pytest.param("נֹעַם", False, id="right to left, even with points"),
        pytest.param("محمد ณัฐ", False, id="mixed with right to left"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_who_needs_it(text, needed):
    assert needs_actual_text(unicodedata.normalize("NFC", text)) is needed


def test_the_method_that_is_mended_still_looks_the_same():
    pdf_text.mend()
    assert list(inspect.signature(Stream.marked.unmended).parameters) == ["self", "box", "tag"]


def test_mending_twice_mends_once():
    pdf_text.mend()
    once = Stream.marked
    pdf_text.mend()
    assert Stream.marked is once


@needs_poppler
def test_the_mending_is_still_needed(monkeypatch, without_font):
    """When this fails WeasyPrint writes such text right by itself: take the mending out."""
    names = [name for script, name in NAMES if script in {"Thai", "Devanagari", "Tamil"} - set(without_font)]
    if not names:
        pytest.skip("no font for Thai, Devanagari or Tamil is installed")
    printer = Printer()
    monkeypatch.setattr(Stream, "marked", Stream.marked.unmended)
    texts = [text_of(printer.print(page(name), lang="en", title="Name", variant="pdf/ua-1")) for name in names]
    assert texts != names
