"""Lists to take away: no cell is taken for a formula, and nothing is lost."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.web.takeaway import DANGEROUS, csv_answer, harmless
from tests.house.plan import name, sources


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "＝1",
        '=HYPERLINK("http://x")',
        "-2+3+cmd|' /C calc'!A0",
    ],
)
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize(
    ("value", "text"), [(-5, "-5"), (Decimal("-1.50"), "-1.50"), (None, ""), ("Ana-Maria", "Ana-Maria"), (0, "0")]
)
def test_numbers_and_ordinary_words_stay(value, text):
    assert harmless(value) == text


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
        min_size=1,
        max_size=5,
    )
)
def test_every_cell_comes_back_as_it_was_or_with_a_mark_before_it(cells):
    answer = csv_answer("list.csv", [f"c{n}" for n in range(len(cells))], [cells])
    _head, row = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"), newline="")))
    assert [
        cell.removeprefix("'") if not was.startswith("'") else cell for cell, was in zip(row, cells, strict=True)
    ] == cells
    assert not any(cell.startswith(DANGEROUS) for cell in row)


def test_whoever_writes_csv_makes_its_cells_harmless():
    """The demo's attendance file is what Zoom would write; nobody opens it in a spreadsheet."""
    writers = {name(path): path.read_text() for path in sources() if "csv.writer(" in path.read_text()}
    careless = {where for where, text in writers.items() if "harmless" not in text}
    assert careless == {"demo/zoom_file.py"}, "use web.takeaway.csv_answer, which makes cells harmless"
