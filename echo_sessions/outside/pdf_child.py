"""The process that makes PDFs: `python -m echo_sessions.outside.pdf_child`, started by `pdf.PdfMaker` only.

A process of its own because the text engine can take its process down with it (no font installed: SIGSEGV), and
kept alive because starting costs a second and a certificate 60 ms. It reads requests from standard input and writes
answers to standard output, both as frames; nothing is fetched but what the page carries itself (`data:` addresses).
It ends when its input ends, so it never outlives its owner for long.
"""

import hashlib
import json
import logging
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any, BinaryIO

FRAME = struct.Struct(">cI")
"""Before each frame's bytes: its kind, one letter, and how many bytes follow."""


class Kind(Enum):
    """What a frame is."""

    READY = b"H"
    REQUEST = b"Q"
    PDF = b"P"
    REFUSED = b"R"
    """This page can never be printed; the frame says why."""
    BROKEN = b"B"
    """The engine itself is not well; the same page may be printed another time."""


SAMPLES = {
    "Latin": "Zażółć Nguyễn Ọ̀ṣun",
    "Greek": "Ελένη",
    "Cyrillic": "Щербаков",
    "Armenian": "Արմեն",
    "Georgian": "ნინო",
    "Hebrew": "נֹעַם",
    "Arabic": "محمد گل",
    "Ethiopic": "አበበ",
    "Devanagari": "श्रीकृष्ण",
    "Bengali": "ক্ষিতীশ",
    "Gujarati": "ક્ષમા",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ",
    "Tamil": "கோபாலன்",
    "Telugu": "శ్రీనివాస",
    "Kannada": "ಶ್ರೀನಿವಾಸ",
    "Malayalam": "ശ്രീധരൻ",
    "Sinhala": "ක්‍රිශාන්",
    "Thai": "ณัฐวุฒิ",
    "Lao": "ສົມຊາຍ",
    "Khmer": "ស្រីមុំ",
    "Myanmar": "အောင်ဆန်း",
    "Chinese, Japanese": "山田太郎",
    "Korean": "김민수",
}
"""A word for each script in which the names of a hub's people may be written."""


class PageRefused(Exception):
    """The page cannot be printed as it should be; the words name what is wrong with it."""

    def __init__(self, words: str, missing: frozenset[str] = frozenset()) -> None:
        super().__init__(words)
        self.missing = missing


class Printer:
    """The engine with what is dear to set up: fonts once shaped, style sheets once parsed."""

    def __init__(self) -> None:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        from echo_sessions.outside import pdf_text

        pdf_text.mend()
        self._engine = weasyprint
        self._fonts = FontConfiguration()
        self._sheets: dict[str, Any] = {}
        self._fetcher = weasyprint.URLFetcher(allowed_protocols=["data"])

    def print(self, html: str, *, lang: str, title: str, variant: str | None) -> bytes:
        """The page as a PDF: the same bytes for the same page, fonts and engine.

        Raises `PageRefused` where a letter has no font or something the page refers to cannot be loaded.
        """
        with _listening() as heard:
            page = self._engine.HTML(string=html, url_fetcher=self._fetcher)
            page.etree_element.set("lang", lang)
            head = page.etree_element.find("head")
            sheets = [self._sheet(style.text or "") for style in head.findall("style")]
            _entitle(head, title)
            pdf = page.write_pdf(
                font_config=self._fonts,
                stylesheets=sheets,
                pdf_variant=variant,
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            )
        heard.refuse()
        return bytes(pdf)

    def _sheet(self, text: str) -> Any:
        """A parsed style sheet; parsing one costs as much as drawing a third of a page. A broken one is not kept."""
        if text not in self._sheets:
            if len(self._sheets) > 30:
                self._sheets.clear()
            with _listening() as heard:
                sheet = self._engine.CSS(string=text, font_config=self._fonts, url_fetcher=self._fetcher)
            heard.refuse()
            self._sheets[text] = sheet
        return self._sheets[text]


def _entitle(head: Any, title: str) -> None:
    """Set the title, and take the style sheets out of the page: they are handed over parsed."""
    for style in head.findall("style"):
        head.remove(style)
    element = head.find("title")
    if element is None:
        element = head.makeelement("title", {})
        head.append(element)
    element.text = title


class _Listener(logging.Handler):
    """Hears what the engine only logs: it prints on where it should stop."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.missing: set[str] = set()
        self.unreadable = False

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(".notdef glyph") and isinstance(record.args, tuple):
            self.missing.add(str(record.args[0]))
        elif record.levelno >= logging.ERROR:
            self.unreadable = True

    def refuse(self) -> None:
        """No boxes instead of letters, no holes instead of pictures."""
        if self.missing:
            named = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in sorted(self.missing)[:10])
            more = f" and {len(self.missing) - 10} more" if len(self.missing) > 10 else ""
            raise PageRefused(f"No installed font has the letters {named}{more}.", frozenset(self.missing))
        if self.unreadable:
            raise PageRefused("The page refers to a file outside itself, or to a picture that cannot be read.")


@contextmanager
def _listening() -> Iterator[_Listener]:
    """A listener to the engine's log for as long as the block lasts."""
    logger, listener = logging.getLogger("weasyprint"), _Listener()
    logger.addHandler(listener)
    try:
        yield listener
    finally:
        logger.removeHandler(listener)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each request until there are no more."""
    try:
        printer = Printer()
    except Exception as error:
        _send(answers, Kind.BROKEN, f"The PDF engine cannot start: {error}".encode())
        return
    _send(answers, Kind.READY, b"")
    while header := requests.read(FRAME.size):
        _, size = FRAME.unpack(header)
        request = json.loads(requests.read(size))
        _limit_cpu(request.pop("seconds"))
        _send(answers, *_answer(printer, request))


def _answer(printer: Printer, request: dict[str, Any]) -> tuple[Kind, bytes]:
    """A PDF or the reason for none; an unexpected error is told by its kind only, for its words may quote the page."""
    try:
        return Kind.PDF, printer.print(**request)
    except PageRefused as refusal:
        return Kind.REFUSED, str(refusal).encode()
    except (MemoryError, OSError) as error:
        return Kind.BROKEN, f"The PDF engine is short of something: {type(error).__name__}".encode()
    except Exception as error:
        return Kind.REFUSED, f"The PDF engine stumbled over this page: {type(error).__name__}".encode()


def _send(answers: BinaryIO, kind: Kind, body: bytes) -> None:
    answers.write(FRAME.pack(kind.value, len(body)) + body)
    answers.flush()


def _limit_cpu(seconds: float) -> None:
    """End this process should one page keep it busy after its owner is gone and cannot end it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


def examine() -> dict[str, list[str]]:
    """For the doctor: what is wrong with the engine, and scripts for which there is no font."""
    try:
        printer = Printer()
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        return {"problems": [f"Pango cannot be loaded ({first}): install libpango-1.0-0 and libpangoft2-1.0-0."]}
    problems = []
    from weasyprint.text.ffi import harfbuzz_subset

    if harfbuzz_subset is None:
        problems.append("PDFs take eight times as long without HarfBuzz's subsetter: install libharfbuzz-subset0.")
    missing = _missing(printer, "".join(f"<p>{sample}" for sample in SAMPLES.values()))
    without_font = [script for script, sample in SAMPLES.items() if missing & set(sample)]
    if "Latin" in without_font:
        problems.append("No font for plain letters: install fonts-noto-core.")
    return {"problems": problems, "scripts_without_font": without_font}


def _missing(printer: Printer, page: str) -> frozenset[str]:
    """The letters of a page that no font has."""
    try:
        printer.print(page, lang="en", title="Sample", variant="pdf/ua-1")
    except PageRefused as refusal:
        return refusal.missing
    return frozenset()


def main() -> None:
    """Take the pipes away from everybody who might print to them, then serve, or examine with `--check`."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "--check" in sys.argv:
        answers.write(json.dumps(examine()).encode())
        answers.close()
    else:
        serve(requests, answers)


if __name__ == "__main__":
    main()
