"""A CSV file of people: what is read, and the sentence for what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import BadInput
from echo_sessions.programs.people_file import COLUMNS, MOST_BYTES, Row, Table, read

GRACE = "email,name,profession,site,country,zone\ngrace@clinic.test,Grace Okoro,Nurse,Kitui Clinic,KE,Africa/Nairobi\n"


def only(data: bytes) -> Row:
    table = read(data)
    assert table.faults == []
    [row] = table.rows
    return row


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GRACE.encode(), id="plain"),
        pytest.param(GRACE.encode("utf-8-sig"), id="with a byte order mark"),
        pytest.param(GRACE.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(GRACE.replace("\n", "\r").encode(), id="the line ends of old Macs"),
        pytest.param(GRACE.replace(",", ";").encode(), id="semicolons"),
        pytest.param(GRACE.replace(",", "\t").encode("utf-16"), id="Excel's Unicode text"),
        pytest.param(b"sep=;\r\n" + GRACE.replace(",", ";").encode(), id="Excel's own first line"),
        pytest.param(GRACE.replace("email,name", '"EMAIL", Name ').encode(), id="heads in quotes, capitals and blanks"),
        pytest.param(
            GRACE.replace("zone\n", "zone,,\n").replace("Nairobi\n", "Nairobi,,\n").encode(),
            id="empty columns at the end",
        ),
        pytest.param(
            GRACE.replace("KE,Africa/Nairobi", "Kenya,nairobi").encode(), id="a country and a zone by their names"
        ),
        pytest.param(("\n" + GRACE + "\n,,,,,\n").encode(), id="blank rows"),
    ],
)
def test_what_spreadsheets_write_is_read(data):
    row = only(data)
    assert (row.normal, row.name, row.site, row.country, row.zone) == (
        "grace@clinic.test", "Grace Okoro", "Kitui Clinic", "KE", "Africa/Nairobi",
    )  # fmt: skip


def test_windows_1252_is_read():
    assert only("email;name\nrenee@clinic.test;Renée Müller\n".encode("cp1252")).name == "Renée Müller"


@pytest.mark.parametrize(
    "name", ["Ὀδυσσεύς Λαερτιάδης", "李美玲", "نور الهدى", "Nguyễn Thị Ánh", "O'Brien, Jr.", "=SUM(A1)"]
)
def test_names_of_any_script_stay_as_they_are(name):
    assert only(f'email,name\na@clinic.test,"{name}"\n'.encode()).name == name


def test_a_quoted_cell_may_hold_a_line_break_and_row_numbers_stay_those_of_the_spreadsheet():
    table = read(b'email,name\na@clinic.test,"Ana\nRuiz"\nnonsense,Bo\n')
    assert table.rows[0].name == "Ana Ruiz"
    assert [(fault.row, fault.column) for fault in table.faults] == [(3, "email")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "column email is missing", id="nothing"),
        pytest.param(b"name\nAna\n", "column email is missing", id="no email column"),
        pytest.param(
            b"email,phone,shoe size\na@b.test,1,2\n", "Unknown columns: phone, shoe size.", id="unknown columns by name"
        ),
        pytest.param(b"email,name,Name\n", "column name is there twice", id="a column twice"),
        pytest.param(b"email,name\n", "no rows under the head", id="only a head"),
        pytest.param(b"PK\x03\x04rest", "This is an Excel file", id="an Excel file"),
        pytest.param(b"email\x00\n", "not text", id="binary"),
        pytest.param(b"email\n\x81\xff\n", "not text", id="no encoding fits"),
        pytest.param(b'email\n"' + b"x" * 200_000, "Row 2 cannot be read", id="a quotation mark never closed"),
        pytest.param(b"email\n" + b"x" * MOST_BYTES, "more than 10 MB", id="too large"),
    ],
)
def test_a_file_that_is_no_table_of_people_is_refused(data, words):
    with pytest.raises(BadInput, match=words.replace("(", r"\(")):
        read(data)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("email", "ana", "not an e-mail address"),
        ("email", "a" * 400 + "@b.test", "not an e-mail address"),
        ("name", "x" * 301, "301 letters"),
        ("profession", "x" * 121, "121 letters"),
        ("site", "x" * 201, "201 letters"),
        ("country", "Atlantis", "No such country"),
        ("zone", "Mars", "No such time zone"),
        ("language", "Klingon", "No such language"),
        ("role", "king", "No such role"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(column, value, words):
    values = {"email": "a@clinic.test", "name": "Ana"} | {column: value}
    table = read((",".join(values) + "\n" + ",".join(values.values()) + "\n").encode())
    [fault] = table.faults
    assert table.rows == [] and (fault.row, fault.column) == (2, column) and words in str(fault)


def test_a_name_of_300_letters_fits():
    assert len(only(f"email,name\na@b.test,{'é' * 300}\n".encode()).name) == 300


def test_a_value_without_a_column_is_a_fault():
    assert "has no name" in str(read(b"email,name\na@b.test,Ana,surprise\n").faults[0])


def test_two_names_with_one_address_are_a_fault_of_the_second():
    table = read(b"email,name\ninfo@clinic.test,Ana\nb@clinic.test,Bo\nINFO@clinic.test,Cy\n")
    assert [row.number for row in table.rows] == [2, 3]
    assert "Row 2 has this address with another name" in str(table.faults[0]) and table.faults[0].row == 4


@given(data=st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_sentence(data):
    check(data)


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["a@b.test", "Ana", '"', ";", "expert", "KE", "en", "\x00", "\u2028", "ﷺ" * 20]),
)


@given(
    heads=st.lists(st.sampled_from([*COLUMNS, "", "shoe"]), max_size=6),
    rows=st.lists(st.lists(CELLS, max_size=6), max_size=5),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
def test_any_table_gives_a_table_or_a_sentence(heads, rows, encoding):
    check("\n".join(",".join(cells) for cells in [["email", *heads], *rows]).encode(encoding, "ignore"))


def check(data: bytes) -> None:
    try:
        table = read(data)
    except BadInput as fault:
        assert str(fault).endswith(".")
        return
    assert isinstance(table, Table) and (table.rows or table.faults)
    assert all(row.normal and len(row.email) <= 320 and len(row.site) <= 200 for row in table.rows)
    assert all(str(fault.said).endswith(".") for fault in table.faults)
