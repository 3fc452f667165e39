"""The PDF maker prints, refuses and survives whatever happens to its child."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.pdf import PdfMaker

from .reading import inside, needs_poppler, text_of

PAGE = "<html><head><style>@page { size: A4 landscape }</style></head><body><h1>Ada Okoro</h1></body></html>"


@pytest.fixture(scope="module")
def maker() -> Iterator[PdfMaker]:
    maker = PdfMaker()
    yield maker
    maker.close()


def render(maker: PdfMaker, page: str = PAGE) -> bytes:
    return maker.render(page, lang="en", title="Certificate")


def pid(maker: PdfMaker) -> int:
    assert maker._child is not None
    return maker._child._process.pid


def test_a_page_becomes_a_tagged_pdf_with_title_and_language(maker):
    pdf = maker.render(PAGE, lang="es-MX", title="Certificado")
    assert pdf.startswith(b"%PDF-1.7")
    assert b"/Lang (es-MX)" in inside(pdf)
    assert b"/Marked true" in inside(pdf)
    assert b"/Title (Certificado)" in inside(pdf)


def test_the_same_page_makes_the_same_bytes_in_another_process(maker):
    other = PdfMaker()
    assert render(maker) == render(other)
    other.close()


def test_one_child_makes_many(maker):
    render(maker)
    first = pid(maker)
    render(maker)
    assert pid(maker) == first


def test_a_title_in_the_page_gives_way(maker):
    pdf = render(maker, "<html><head><title>Old</title></head><body><p>Text</p></body></html>")
    assert b"/Title (Certificate)" in inside(pdf)
    assert b"Old" not in inside(pdf)


def test_a_letter_without_a_font_is_named_and_nothing_is_made(maker):
    with pytest.raises(GaveUp) as refusal:
        render(maker, "<p>Ada \U000e0fff \U0010fffd</p>")
    assert "No installed font has the letters" in refusal.value.words
    assert "(U+10FFFD)" in refusal.value.words
    assert render(maker)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<img alt='x' src='file:///etc/hostname'>", id="a file of this machine"),
        pytest.param("<img alt='x' src='http://127.0.0.1:9/x.png'>", id="the network"),
        pytest.param("<img alt='x' src='logo.png'>", id="a file beside the page"),
        pytest.param("<img alt='x' src='data:image/png;base64,AAAA'>", id="a broken picture"),
        pytest.param("<link rel='stylesheet' href='file:///etc/hostname'>", id="a style sheet elsewhere"),
        pytest.param("<style>@import 'http://127.0.0.1:9/x.css';</style>", id="an import in a style sheet"),
        pytest.param("<p style='background: url(file:///etc/hostname)'>x", id="a background"),
    ],
)
def test_a_page_gets_nothing_that_it_does_not_carry(maker, page):
    with pytest.raises(GaveUp, match="outside itself"):
        render(maker, page)


def test_a_picture_that_the_page_carries_is_printed(maker):
    picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"
    assert render(maker, f'<img alt="A square" src="{picture}">')


def test_a_page_that_stuns_the_engine_is_given_up_without_quoting_it(maker):
    with pytest.raises(GaveUp, match="stumbled over this page") as refusal:
        render(maker, "<p>secret \ud800</p>")
    assert "secret" not in refusal.value.words
    assert render(maker)


def test_a_child_killed_in_the_middle_is_replaced():
    maker = PdfMaker()
    render(maker)
    child = maker._child
    os.kill(pid(maker), signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(render, maker)
        while child._asked < 2:
            os.sched_yield()
        os.kill(child._process.pid, signal.SIGKILL)
        with pytest.raises(TryLater, match=r"The PDF engine died \(signal 9\)"):
            waiting.result(60)
    assert render(maker)
    maker.close()


def test_a_child_that_died_between_two_pages_is_not_noticed():
    maker = PdfMaker()
    render(maker)
    os.kill(pid(maker), signal.SIGKILL)
    maker._child._process.wait()
    assert render(maker)
    maker.close()


def test_a_child_that_hangs_is_killed_in_time_and_replaced():
    maker = PdfMaker(timeout=60)
    render(maker)
    hung = pid(maker)
    os.kill(hung, signal.SIGSTOP)
    maker._timeout = 0.2
    with pytest.raises(TryLater, match=r"not made within 0.2 seconds"):
        render(maker, PAGE + "x" * 1_000_000)
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    maker._timeout = 60
    assert render(maker)
    maker.close()


def test_a_child_is_replaced_after_its_share_of_pages():
    maker = PdfMaker(renders=2)
    children = []
    for _ in range(4):
        render(maker)
        children.append(pid(maker))
    assert children[0] == children[1] != children[2] == children[3]
    maker.close()


def test_threads_take_turns(maker):
    barrier = threading.Barrier(4)

    def page(number: int) -> bytes:
        barrier.wait(60)
        return maker.render(f"<p>Page {number}</p>", lang="en", title=f"Number {number}")

    with ThreadPoolExecutor(4) as threads:
        pages = list(threads.map(page, range(4)))
    assert [f"(Number {number})".encode() in inside(pdf) for number, pdf in enumerate(pages)] == [True] * 4


OWNER = """
import os, signal
from echo_sessions.outside.pdf import PdfMaker
maker = PdfMaker()
maker.render("<p>x</p>", lang="en", title="x")
print("printed", flush=True)
"""


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), signal.SIGKILL)"], ids=["ends", "is killed"])
def test_no_child_is_left_when_its_owner(end):
    """The child holds the owner's standard error open, so that this returns only once both are gone."""
    done = subprocess.run([sys.executable, "-c", OWNER + end], capture_output=True, timeout=120)
    assert done.stderr == b""
    assert done.stdout == b"printed\n"


def test_the_engine_stays_out_of_its_owner():
    look = "import sys, echo_sessions.outside.pdf; print('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, check=True).stdout == b"False\n"


def test_the_doctor_finds_what_is_there(maker):
    health = maker.health()
    assert health.problems == maker.available()
    assert "Latin" not in health.scripts_without_font


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "fonts.conf"
    settings.write_text(f"<?xml version='1.0'?><fontconfig><dir>{tmp_path}</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(settings))


def test_a_machine_without_fonts_kills_only_the_child(no_fonts):
    maker = PdfMaker()
    with pytest.raises(TryLater, match=r"The PDF engine died \(signal"):
        render(maker)
    [problem] = maker.available()
    assert "install fonts" in problem


def test_a_machine_without_pango_says_so(tmp_path, monkeypatch):
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    maker = PdfMaker()
    with pytest.raises(TryLater, match=r"cannot start: cannot load library 'libpango-1\.0-0'"):
        render(maker)
    [problem] = maker.available()
    assert problem.startswith("Pango cannot be loaded (cannot load library 'libpango-1.0-0'): install libpango-1.0-0")


@needs_poppler
def test_style_sheets_are_remembered_by_their_text_and_apply_to_their_page_only(maker):
    hidden = "<html><head><style>b { display: none }</style></head><body><p>All <b>things</b></p></body></html>"
    assert text_of(render(maker, hidden)) == "All"
    assert text_of(render(maker, hidden.replace("none", "inline"))) == "All things"
    assert text_of(render(maker, hidden)) == "All"
