"""An employer's letter as somebody uploads it: what it is by its bytes, never by its name, and whether it can be opened.

It is shown to verifiers only, as a download in a sandbox; the house itself never draws it.
"""

import io
import re
import warnings

from PIL import Image, UnidentifiedImageError

from echo_sessions.errors import BadInput
from echo_sessions.words import msgid

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 60_000_000
IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg"}
ENDS = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
END_WITHIN = 4096
PDF = "application/pdf"
_PDF_HEAD = re.compile(rb"%PDF-[12]\.[0-9]")
_PDF_ACTS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|XFA|RichMedia)\b")
_DAMAGED = msgid("This picture is damaged or far too large. Take the photograph again.")
_NOT_ONE = msgid("This is no PDF and no photograph. Choose the letter as PDF, PNG or JPEG.")


def kind_of(data: bytes) -> str:
    """The media type of a letter. Refuses what is empty, larger than 5 MB, neither PDF nor PNG nor JPEG, damaged,
    locked by a password, or a PDF that would run something."""
    if not data:
        raise BadInput("This file is empty. Choose the letter as PDF, PNG or JPEG.")
    if len(data) > MOST_BYTES:
        raise BadInput("This file is too large: at most 5 MB fit. A photograph of one page is enough.")
    return _pdf(data) if _PDF_HEAD.match(data) else _image(data)


def _pdf(data: bytes) -> str:
    end = data[-2048:]
    if b"startxref" not in end or b"%%EOF" not in end:
        raise BadInput("This PDF is cut off. Save it again, then choose it once more.")
    if b"/Encrypt" in data:
        raise BadInput("This PDF is locked by a password. Save it without one, or photograph the page.")
    if _PDF_ACTS.search(data):
        raise BadInput(
            "This PDF holds a form, a program or another file. Print it into a plain PDF, or photograph the page."
        )
    return PDF


def _image(data: bytes) -> str:
    """A picture that Pillow can read to its end; a picture that unfolds to more than sixty million points is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(IMAGES)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise BadInput("This picture has too many points. Take a smaller photograph of the page.")
                picture.load()
                # Pillow fills up what is cut off wherever another library in the process has asked it to.
                if ENDS[str(picture.format)] not in data[-END_WITHIN:]:
                    raise BadInput(_DAMAGED)
                return IMAGES[str(picture.format)]
    except UnidentifiedImageError:
        raise BadInput(_NOT_ONE) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadInput(_DAMAGED) from None
