"""The finished bytes of a letter, as a mail server takes them: the one place that knows MIME.

Pure: values in, bytes out, and the same values always give the same bytes, so a letter that is sent again is
the same letter. A calendar part goes inline as the last alternative and as base64 made from its bytes: only
so do Outlook and Gmail show their buttons, and no line end changes on the way.
"""

import base64
import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime

from echo_sessions.errors import Refused

# Everything leaves as seven-bit lines of at most 78 characters: no server on the way has a reason to touch it.
POLICY = policy.SMTP.clone(cte_type="7bit")

OURS = frozenset({"from", "to", "cc", "bcc", "subject", "date", "message-id", "auto-submitted", "mime-version"})
METHODS = frozenset({"REQUEST", "CANCEL", "REPLY", "COUNTER", "DECLINECOUNTER", "PUBLISH"})

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNFIT_IN_BODY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ASCII = re.compile(r"[ -~]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Attachment:
    """A file that goes along, byte for byte."""

    filename: str
    media_type: str
    data: bytes


def build(
    *,
    sender: str,
    sender_name: str,
    to: str,
    to_name: str,
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    date: datetime,
    calendar: bytes | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """One letter to one address, ready for SMTP: CRLF line ends, seven bits, no line over 998 octets.

    Refuses (`Refused`) a line break or another control character in anything that becomes a header, and an
    address that mail cannot carry. `method` must be the METHOD inside `calendar`; both or neither are given.
    """
    lines = [
        ("From", mailbox(sender_name, sender)),
        ("To", mailbox(to_name, to)),
        ("Subject", unstructured("Subject", subject)),
        ("Date", format_datetime(date.astimezone(UTC))),
        ("Message-ID", _message_id(message_id)),
        ("Auto-Submitted", "auto-generated"),
        *((_free_name(name), _plain(name, value)) for name, value in (headers or {}).items()),
    ]
    content = _content(text, html, calendar, method)
    for attachment in attachments:
        _attach(content, attachment)
    _fix_boundaries(content, message_id)
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return head.encode("ascii") + content.as_bytes()


def one_line(text: str) -> str:
    """A text fit for a subject or a name: line breaks and other control characters become single spaces."""
    return " ".join(_UNFIT.sub(" ", text).split())


def unstructured(name: str, value: str) -> str:
    """A subject, in lines of at most 76 characters; words that are not plain ASCII are encoded (RFC 2047).

    The encoding is ours because Python's own loses or adds spaces when it folds long texts in other letters.
    """
    _fit(name, value)
    words = value.split(" ")
    if _ASCII.fullmatch(value) and "=?" not in value and all(0 < len(word) <= 60 for word in words):
        return "\r\n ".join(textwrap.wrap(value, 76 - len(name), break_long_words=False, break_on_hyphens=False))
    return _encoded(value)


def mailbox(name: str, address: str) -> str:
    """`Name <address>` for a header. A domain in other letters is written in its ASCII form; a local part cannot be."""
    _fit("name", name)
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        ascii_domain = ""
    if not (_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)):
        raise Refused("Mail cannot be sent to or from the address %(address)s.", address=one_line(address))
    if not name.strip():
        return f"{local}@{ascii_domain}"
    phrase, route = _phrase(name), f"<{local}@{ascii_domain}>"
    return f"{phrase} {route}" if len(phrase) + len(route) < 70 else f"{phrase}\r\n {route}"


def _phrase(name: str) -> str:
    if not _ASCII.fullmatch(name) or "=?" in name or len(name) > 60:
        return _encoded(name)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded(text: str) -> str:
    """Encoded words in lines of at most 76 characters, the header's name counted; none splits a character."""
    chunks = [""]
    for character in text:
        if len((chunks[-1] + character).encode()) > (45 if len(chunks) > 1 else 39):
            chunks.append("")
        chunks[-1] += character
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _content(text: str, html: str | None, calendar: bytes | None, method: str | None) -> EmailMessage:
    """Plain text, then HTML, then the calendar: readers take the last one that they understand."""
    content = EmailMessage(policy=POLICY)
    content.set_content(_body(text), charset="utf-8")
    if html is not None:
        content.add_alternative(_body(html), subtype="html", charset="utf-8")
    if calendar is None and method is None:
        return content
    if calendar is None or method not in METHODS or f"\r\nMETHOD:{method}\r\n".encode() not in calendar:
        raise ValueError("A calendar part comes with its method, the same as the METHOD inside.")
    params = {"method": method, "charset": "UTF-8"}
    content.add_alternative(calendar, maintype="text", subtype="calendar", params=params)
    return content


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.media_type.partition("/")
    if not (_HEADER_NAME.fullmatch(maintype) and re.fullmatch(r"[A-Za-z0-9.+-]+", subtype)):
        raise ValueError(f"{attachment.media_type!r} is no media type.")
    _fit("file name", attachment.filename)
    message.add_attachment(attachment.data, maintype=maintype, subtype=subtype, filename=attachment.filename)


def _fix_boundaries(message: MIMEPart, message_id: str) -> None:
    """Boundaries from the Message-ID instead of new random ones; its own part is random, so no text can foresee them."""
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}_{number}")


def _body(text: str) -> str:
    """Without what no text may hold; one kind of line end, and one at the end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT_IN_BODY.sub("", lines).rstrip("\n") + "\n"


def _fit(name: str, value: str) -> None:
    if _UNFIT.search(value):
        raise Refused(
            "The %(header)s of a letter holds a line break or another control character; write it on one line.",
            header=one_line(name),
        )


def _plain(name: str, value: str) -> str:
    """A header with a grammar of its own, such as List-Unsubscribe, goes as it is."""
    _fit(name, value)
    if not _ASCII.fullmatch(value) or len(value) > 900:
        raise ValueError(f"The header {name} must be ASCII and at most 900 characters long.")
    return value


def _free_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in OURS or name.lower().startswith("content-"):
        raise ValueError(f"{name!r} is no header that a letter may add.")
    return name


def _message_id(text: str) -> str:
    if len(text) > 200 or not _MESSAGE_ID.fullmatch(text):
        raise ValueError("A Message-ID looks like <unique@host>.")
    return text
