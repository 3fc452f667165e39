"""From bytes to text: which encoding, and whether these bytes are a table at all."""

import codecs
import re

from echo_sessions.errors import BadInput

MOST_BYTES = 10_000_000  # A meeting of a thousand people is below one megabyte.

# What people upload by mistake, by how it begins.
_MISTAKEN = [
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1aE\xdf\xa3", "a video"),
]
_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body|table|\?xml|workbook)\b", re.IGNORECASE)


def decode(data: bytes, *, file: str) -> str:
    """The text of `data`: UTF-8 with or without a mark, UTF-16 either way, else Windows-1252.

    Refuses with `BadInput` what is empty, too long, or plainly another kind of file.
    """
    if len(data) > MOST_BYTES:
        raise BadInput("%(file)s is larger than 10 MB; an attendance report is far smaller.", file=file)
    for beginning, kind in _MISTAKEN:
        if data.startswith(beginning):
            raise BadInput(
                "%(file)s is %(kind)s, not a table of text. Save it as CSV and try again.", file=file, kind=kind
            )
    text = _unscrambled(_decoded(data)).lstrip("\ufeff").replace("\x00", "")
    if not text.strip("\ufeff \t\r\n,;"):
        raise BadInput("%(file)s is empty.", file=file)
    if _HTML.match(text):
        raise BadInput(
            "%(file)s is a web page, not a table of text. Use the export button of the report and try again.", file=file
        )
    if text.lstrip().startswith(("{", "[{")) and re.match(r'\s*[\[{]+\s*"', text):
        raise BadInput("%(file)s is JSON, not a table of text. Export the report as CSV and try again.", file=file)
    strange = sum(char < " " and char not in "\t\r\n\x0b\x0c" for char in text[:20_000])
    if strange * 20 > len(text[:20_000]):
        raise BadInput("%(file)s is not a text file. Export the report as CSV and try again.", file=file)
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    wide = _wide(data)
    if wide:
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        mended = data.decode("utf-8", errors="replace")
    # A few broken bytes among many good ones: UTF-8 that was cut. Else a European Windows wrote it.
    good = sum(char > "\x7f" and char != "\ufffd" for char in mended)
    if good > 10 * mended.count("\ufffd"):
        return mended
    text = data.decode("cp1252", errors="replace")
    return text.removeprefix("\u00ef\u00bb\u00bf")


def _unscrambled(text: str) -> str:
    """UTF-8 that a spreadsheet took for Windows-1252 and saved again ("DuraciÃ³n") as it was meant."""
    if not re.search("[\u00c2-\u00c5\u00c3\u00e2][\u0080-\u00bf\u20ac\u201a\u0192\u0161\u2122\u2030]", text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of plain text is zero."""
    sample = data[:4000]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return None
