"""What is taken for an employer's letter: by its bytes, read by a library, never by its name."""

import io

import pytest
from PIL import Image

from echo_sessions.errors import BadInput
from echo_sessions.verification import papers


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "white").save(data, kind)
    return data.getvalue()


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(PDF, "application/pdf", id="a PDF"),
        pytest.param(picture("PNG"), "image/png", id="a PNG"),
        pytest.param(picture("JPEG"), "image/jpeg", id="a JPEG"),
    ],
)
def test_what_it_is_follows_from_its_bytes(data, kind):
    assert papers.kind_of(data) == kind


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"x" * (papers.MOST_BYTES + 1), "too large", id="more than 5 MB"),
        pytest.param(b"<html><script>alert(1)</script>", "no PDF and no photograph", id="a page"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PDF and no photograph", id="a drawing that may run something"),
        pytest.param(picture("GIF"), "no PDF and no photograph", id="a GIF"),
        pytest.param(b"PK\x03\x04 word/document.xml", "no PDF and no photograph", id="a Word file"),
        pytest.param(b"MZ\x90\x00", "no PDF and no photograph", id="a program"),
        pytest.param(picture("PNG")[:60], "damaged", id="half a PNG"),
        pytest.param(picture("JPEG", (400, 300))[:500], "damaged", id="half a JPEG"),
        pytest.param(PDF[:40], "cut off", id="half a PDF"),
        pytest.param(PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root"), "locked", id="a PDF with a password"),
        pytest.param(PDF.replace(b"/Root", b"/OpenAction<</S/JavaScript>>/Root"), "a form, a program", id="a PDF that runs something"),
        pytest.param(PDF.replace(b"/Root", b"/EmbeddedFile/Root"), "a form, a program", id="a PDF with a file inside"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_do(data, why):
    with pytest.raises(BadInput, match=why):
        papers.kind_of(data)


def test_a_picture_that_unfolds_to_a_billion_points_is_refused(monkeypatch):
    monkeypatch.setattr(papers, "MOST_PIXELS", 1000)
    with pytest.raises(BadInput, match="too many points"):
        papers.kind_of(picture("PNG"))
