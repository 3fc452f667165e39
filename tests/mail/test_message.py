"""A letter's bytes: what a mail server may meet, and what Python's own reader makes of them."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from echo_sessions.errors import Refused
from echo_sessions.mail.message import Attachment, build, one_line

SENT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "UID:1@hub.example\r\nSUMMARY:Hépatite 🩺\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()
LINES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=320).map(one_line)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=1200) | st.text("a-=_.,F \n", max_size=2000)


def letter(**changes):
    """An ordinary letter; a test says what is special about it."""
    ordinary = {
        "sender": "hub@echo.example",
        "sender_name": "Hub of the North",
        "to": "anna@clinic.example",
        "to_name": "Anna Okoro",
        "subject": "Invitation: Hepatitis C",
        "text": "Come.\n",
        "html": "<p>Come.</p>\n",
        "message_id": "<l-7k3q29fm@echo.example>",
        "date": SENT,
    }
    return build(**(ordinary | changes))


def opened(data):
    """The letter as a reader has it, after looking at its bytes."""
    for line in data.split(b"\r\n"):
        assert len(line) <= 998 and line.isascii() and b"\n" not in line and b"\r" not in line and b"\0" not in line
    return message_from_bytes(data, policy=policy.default)


def header(data, name):
    """A header's raw text, unfolded, read only by the plain rules of RFC 5322."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ")
    return dict(line.split(": ", 1) for line in head.split("\r\n"))[name]


def test_the_headers_of_an_ordinary_letter():
    message = opened(letter())

    assert message["From"] == "Hub of the North <hub@echo.example>"
    assert message["To"] == "Anna Okoro <anna@clinic.example>"
    assert message["Subject"] == "Invitation: Hepatitis C"
    assert message["Message-ID"] == "<l-7k3q29fm@echo.example>"
    assert message["Date"] == "Sun, 22 Nov 2026 17:30:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"


def test_the_date_is_told_in_utc_whatever_zone_it_came_in():
    there = SENT.astimezone(timezone(timedelta(hours=-7)))

    assert letter(date=there) == letter()


def test_the_same_values_give_the_same_bytes_so_a_retry_is_the_same_letter():
    pdf = Attachment("agenda.pdf", "application/pdf", b"%PDF")

    assert letter(calendar=CALENDAR, method="REQUEST", attachments=[pdf]) == letter(
        calendar=CALENDAR, method="REQUEST", attachments=[pdf]
    )


def test_an_invitation_is_plain_text_html_and_calendar_in_that_order():
    message = opened(letter(calendar=CALENDAR, method="REQUEST"))

    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    calendar = parts[2]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_param("charset") == "UTF-8"
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar.get_content_disposition() is None, "inline, or Outlook and Gmail show no buttons"
    assert calendar.get_payload(decode=True) == CALENDAR


def test_an_attached_file_is_the_calendar_part_byte_for_byte():
    invite = Attachment("invite.ics", "application/ics", CALENDAR)
    message = opened(letter(calendar=CALENDAR, method="REQUEST", attachments=[invite]))

    assert message.get_content_type() == "multipart/mixed"
    calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [attached] = message.iter_attachments()
    assert [part.get_payload(decode=True) for part in [*calendars, attached]] == [CALENDAR, CALENDAR]
    assert attached.get_filename() == "invite.ics"


def test_a_letter_may_be_plain_text_alone():
    message = opened(letter(html=None))

    assert message.get_content_type() == "text/plain"
    assert message.get_content() == "Come.\r\n"


@pytest.mark.parametrize(
    ("calendar", "method"),
    [
        pytest.param(CALENDAR, None, id="a calendar without a method"),
        pytest.param(None, "REQUEST", id="a method without a calendar"),
        pytest.param(CALENDAR, "CANCEL", id="another method than inside"),
        pytest.param(CALENDAR, 'REQUEST"; x="', id="a method that is none"),
    ],
)
def test_a_calendar_part_and_its_method_belong_together(calendar, method):
    with pytest.raises(ValueError):
        letter(calendar=calendar, method=method)


@given(LINES)
@example("Invitation: " + "x" * 300)
@example("Invitación: hígado, 12 de mayo")
@example("=?utf-8?q?not_encoded?=")
@example(" spaces  kept ")
def test_a_subject_comes_back_the_same(subject):
    data = letter(subject=subject)

    assert opened(data)["Subject"] == subject
    assert all(len(line) <= 76 for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n"))


@given(LINES)
@example('Ann "Nan" O\'Neil, MD; hub: north \\ south')
@example("Nguyễn Thị " * 20)
@example("=?utf-8?q?not_encoded?=")
@example("anna@elsewhere.example")
def test_a_name_comes_back_the_same_and_never_becomes_an_address(name):
    data = letter(to_name=name)

    read_name, address = parseaddr(header(data, "To"))
    assert address == "anna@clinic.example"
    assert str(make_header(decode_header(read_name))) == (name if name.strip() else "")
    assert [one.addr_spec for one in opened(data)["To"].addresses] == ["anna@clinic.example"]


@given(TEXTS, TEXTS)
@example("x" * 5000, "é" * 5000)
@example(".\n..\nFrom here on\n--=_\n", "Hépatite " * 400)
def test_bodies_come_back_the_same_however_long_their_lines(text, html):
    def bare(words):
        kept = "".join(c for c in words.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c in "\n\t")
        return kept.replace("\x7f", "").rstrip("\n") + "\n"

    message = opened(letter(text=text, html=html))

    for kind, words in (("plain", text), ("html", html)):
        part = message.get_body([kind])
        assert part.get_content().replace("\r\n", "\n") == bare(words)
        assert part.get_param("charset") == "utf-8"


@given(st.binary(max_size=500), st.from_regex(r"[\w() .-]{1,120}\.pdf", fullmatch=True))
@example(b"\r\n.\r\n--=_", "Certificado de asistencia ñandú.pdf")
def test_an_attachment_comes_back_byte_for_byte(data, filename):
    message = opened(letter(attachments=[Attachment(filename, "application/pdf", data)]))

    [attached] = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (filename, data)


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("field", ["subject", "to_name", "sender_name"])
def test_a_line_break_in_a_header_is_refused(field, mark):
    with pytest.raises(Refused, match="line break"):
        letter(**{field: f"Hello{mark}Bcc: eve@evil.example"})


def test_a_line_break_in_an_added_header_or_a_file_name_is_refused():
    with pytest.raises(Refused, match="line break"):
        letter(headers={"List-Id": "x\r\nBcc: eve@evil.example"})
    with pytest.raises(Refused, match="file name"):
        letter(attachments=[Attachment("a\r\nb.pdf", "application/pdf", b"")])


@pytest.mark.parametrize(
    "address",
    [
        "", "anna", "@clinic.example", "anna@", "anna@clinic.example, eve@evil.example", "anna@clinic.example>",
        "anna eve@clinic.example", "anna@clinic.example\r\nBcc: eve@evil.example", "anná@clinic.example",
        "anna@clinic..example", '"anna"@clinic.example', "anna@[10.0.0.1]", ".anna@clinic.example",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["to", "sender"])
def test_an_address_that_mail_cannot_carry_is_refused(field, address):
    with pytest.raises(Refused, match="cannot be sent"):
        letter(**{field: address})


def test_a_domain_in_other_letters_is_written_in_ascii():
    assert opened(letter(to="anna@bücher.example"))["To"].addresses[0].domain == "xn--bcher-kva.example"


@pytest.mark.parametrize("address", ["anna+echo@clinic.example", "o'neil@clinic.example", "a.b-c_d@sub.clinic.example"])
def test_ordinary_addresses_are_taken(address):
    assert opened(letter(to=address))["To"].addresses[0].addr_spec == address


def test_a_letter_may_add_headers_that_keep_their_own_grammar():
    link = "<https://echo.example/unsubscribe/" + "a" * 120 + ">"
    message = opened(letter(headers={"List-Unsubscribe": link, "Reply-To": "coordinator@echo.example"}))

    assert message["List-Unsubscribe"] == link
    assert message["Reply-To"] == "coordinator@echo.example"


@pytest.mark.parametrize("name", ["From", "to", "Bcc", "Message-ID", "Auto-Submitted", "Content-Type", "X Y", "X:", ""])
def test_a_letter_may_not_change_the_headers_that_make_it(name):
    with pytest.raises(ValueError):
        letter(headers={name: "x"})


@pytest.mark.parametrize("message_id", ["", "x@y", "<x y@z>", "<x@y>\r\nBcc: a@b", "<" + "x" * 300 + "@y>"])
def test_a_message_id_looks_like_one(message_id):
    with pytest.raises(ValueError):
        letter(message_id=message_id)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("Liver\r\nclinic", "Liver clinic", id="line breaks"),
        pytest.param("  a\t b\x00c ", "a b c", id="tabs, blanks and noughts"),
        pytest.param("Привет", "Привет", id="other letters stay"),
    ],
)
def test_one_line(text, line):
    assert one_line(text) == line
