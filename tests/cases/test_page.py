"""The written recommendations, as the clinician who asked reads them."""

from datetime import date
from typing import Any

import pytest
from jinja2 import UndefinedError

from echo_sessions.cases.page import Advice, recommendations_html, recommendations_title
from echo_sessions.outside.pdf import PdfMaker
from tests.outside.reading import needs_poppler, text_of

DISCLAIMER = "This is education among professionals; the treating clinician decides."


def values(**changed: Any) -> dict[str, Any]:
    return {
        "code": "C-7K3Q29FM",
        "program": "Hepatitis C ECHO",
        "session_title": "Direct-acting antivirals",
        "session_date": date(2026, 11, 25),
        "recommendations": [
            Advice("Assessment", "Calculate FIB-4.", "Hub", "hepatologist"),
            ("Treatment", "Begin eight weeks of treatment.", "Hub", "clinical pharmacist"),
            ("Assessment", "Ask about herbal medicines.", "Turkana clinic", ""),
        ],
        "approved_by": "Prof. Miriam Achterberg",
        "approved_on": date(2026, 11, 26),
        "disclaimer": DISCLAIMER,
        **changed,
    }


@needs_poppler
def test_everything_that_was_recommended_by_category_and_with_who_said_it():
    maker = PdfMaker()
    pdf = maker.render(recommendations_html(values()), lang="en", title=recommendations_title(values()))
    maker.close()
    text = text_of(pdf, as_written=True)
    for said in (
        "Hepatitis C ECHO Recommendations for case C-7K3Q29FM",
        "Discussed in Direct-acting antivirals",
        "On 25 November 2026",
        DISCLAIMER,
        "Calculate FIB-4. Hub hepatologist Ask about herbal medicines. Turkana clinic Treatment",
        "Begin eight weeks of treatment. Hub clinical pharmacist",
        "Approved by Prof. Miriam Achterberg on 26 November 2026",
    ):
        assert said in text


def test_the_question_is_printed_only_when_given():
    assert "Treat now?" in recommendations_html(values(question="Treat now?"))
    assert "Question" not in recommendations_html(values())


@pytest.mark.parametrize("missing", sorted(values()))
def test_nothing_is_left_out_unnoticed(missing):
    incomplete = values()
    del incomplete[missing]
    with pytest.raises((KeyError, UndefinedError), match=missing):
        recommendations_html(incomplete)


def test_texts_stay_texts():
    page = recommendations_html(values(recommendations=[("A", "<script>x</script>", "Hub", "")]))
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_the_title_tells_the_code_only():
    assert recommendations_title(values()) == "Recommendations for case C-7K3Q29FM"
