"""What people copy out of a PDF, as poppler sees it."""

import re
import shutil
import subprocess
import unicodedata
import zlib

import pytest

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed: no text is read back"
)

_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e]")


def text_of(pdf: bytes, *, as_written: bool = False, front: bool = False) -> str:
    """The text of a PDF on one line, in composed letters, without marks of direction.

    Read from left to right over the page; `as_written` reads column after column, but turns right-to-left text.
    """
    options = [*(["-raw"] if as_written else []), *(["-l", "1"] if front else [])]
    read = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return unicodedata.normalize("NFC", " ".join(_DIRECTION_MARKS.sub("", read).split()))


def inside(pdf: bytes) -> bytes:
    """Everything in a PDF unpacked, to look for what no reader shows."""
    return pdf + b"".join(_unpacked(part) for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL))


def pages_of(pdf: bytes) -> int:
    """How many pages it has."""
    return len(re.findall(rb"/Type /Page\b", inside(pdf)))


def _unpacked(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return part
