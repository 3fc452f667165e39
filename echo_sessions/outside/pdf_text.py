"""Text that can be copied out of a PDF as it was written, for scripts whose letters join and change places.

WeasyPrint keeps for each glyph the first text it stood for, which loses or reorders letters of Thai, Devanagari,
Bengali, Tamil and others. So a piece of such text is written a second time, as the PDF's ActualText, which readers
copy and speak instead. Not for right-to-left text, which extracts well as it is and is reversed with ActualText.

This touches one method inside WeasyPrint; `tests/outside/test_pdf_text.py` tells when that changes.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_JOINING = (
    (0x0900, 0x0DFF),  # Devanagari to Sinhala
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1700, 0x17FF),  # scripts of the Philippines, Khmer
    (0x1900, 0x1CFF),  # Limbu to Vedic signs
    (0xA800, 0xABFF),  # Syloti Nagri to Meetei Mayek
)


def needs_actual_text(text: str) -> bool:
    """Whether glyphs alone would not give this text back."""
    if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text):
        return False
    return any(_joins(letter) for letter in text)


def mend() -> None:
    """Teach WeasyPrint's streams to write ActualText, once for the process."""
    import pydyf  # type: ignore[import-untyped]  # it comes without types
    from weasyprint.pdf.stream import Stream

    if hasattr(Stream.marked, "unmended"):
        return
    unmended = Stream.marked

    @contextmanager
    def marked(self: Any, box: Any, tag: str) -> Iterator[None]:
        text = getattr(box, "text", None)
        with unmended(self, box, tag):
            if not isinstance(text, str) or not needs_actual_text(text):
                yield
                return
            self.begin_marked_content("Span", pydyf.Dictionary({"ActualText": pydyf.String(text)}))
            yield
            self.end_marked_content()

    marked.unmended = unmended  # type: ignore[attr-defined]  # a note on the function that it is ours
    Stream.marked = marked


def _joins(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M") or any(first <= ord(letter) <= last for first, last in _JOINING)
