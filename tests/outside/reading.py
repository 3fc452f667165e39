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


def text_of(pdf: bytes) -> str:
    """The text of a PDF on one line, in composed letters, without marks of direction."""
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return unicodedata.normalize("NFC", " ".join(_DIRECTION_MARKS.sub("", read).split()))


def inside(pdf: bytes) -> bytes:
    """Everything in a PDF unpacked, to look for what no reader shows."""
    return pdf + b"".join(_unpacked(part) for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL))


def _unpacked(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return part
