"""What a certificate says and whether it still holds. Pure: facts in, facts or refusals out.

The facts of a certificate are its snapshot: everything printed on it, frozen when it is issued, and enough to make
the same page again in ten years. Nothing on the page comes from anywhere else.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid


class CertificateState(StrEnum):
    """Whether a certificate still holds. Its code answers for ever, in every state."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


STATE_WORDS: dict[CertificateState, str] = {
    CertificateState.ISSUED: msgid("valid"),
    CertificateState.SUPERSEDED: msgid("superseded"),
    CertificateState.REVOKED: msgid("revoked"),
}

MOVES: dict[CertificateState, frozenset[CertificateState]] = {
    CertificateState.ISSUED: frozenset({CertificateState.SUPERSEDED, CertificateState.REVOKED}),
    CertificateState.SUPERSEDED: frozenset({CertificateState.REVOKED}),
    CertificateState.REVOKED: frozenset(),
}


class RevocationReason(StrEnum):
    """Why a certificate was taken back, as a class that tells the public nothing about the person."""

    ERROR = "error"
    ATTENDANCE = "attendance"
    CREDIT = "credit"
    REQUEST = "request"


REASON_WORDS: dict[RevocationReason, str] = {
    RevocationReason.ERROR: msgid("issued by mistake"),
    RevocationReason.ATTENDANCE: msgid("the attendance was corrected"),
    RevocationReason.CREDIT: msgid("the accreditor withdrew the credit"),
    RevocationReason.REQUEST: msgid("at the holder's request"),
}


class CertificateKind(StrEnum):
    """What is certified: having been there, credit earned, or having taught."""

    ATTENDANCE = "attendance"
    CREDIT = "credit"
    PRESENTER = "presenter"


KIND_WORDS: dict[CertificateKind, str] = {
    CertificateKind.ATTENDANCE: msgid("Certificate of attendance"),
    CertificateKind.CREDIT: msgid("Certificate of credit"),
    CertificateKind.PRESENTER: msgid("Certificate of presentation"),
}


def move(state: CertificateState, to: CertificateState) -> CertificateState:
    """The new state, if a certificate may go from one to the other; what is revoked stays so."""
    if to in MOVES[state]:
        return to
    raise Refused(
        msgid("A certificate that is %(state)s cannot become %(to)s; issue a new one instead."),
        state=Said(STATE_WORDS[state]),
        to=Said(STATE_WORDS[to]),
    )


def kind_for(*, presented: bool, earned: Decimal) -> CertificateKind:
    """Which certificate somebody gets. Professions that cannot earn the credit have earned 0: attendance."""
    if presented:
        return CertificateKind.PRESENTER
    return CertificateKind.CREDIT if earned > 0 else CertificateKind.ATTENDANCE


def completed(attended: int, held: int, percent: int) -> bool:
    """Whether somebody was in enough of a series' sessions for a certificate of the whole."""
    return held > 0 and attended * 100 >= percent * held


@dataclass(frozen=True)
class SessionFact:
    """One session that is certified: its day where it was held, and the person's whole minutes."""

    title: str
    date: date
    minutes: int


@dataclass(frozen=True)
class CreditFact:
    """Credit of one type: the amount awarded, never the maximum, and the accreditor's own statement."""

    type: str
    amount: Decimal
    statement: str


@dataclass(frozen=True)
class Signatory:
    """Who answers for the certificate."""

    name: str
    role: str


@dataclass(frozen=True)
class Registration:
    """The holder's number in a register of professionals."""

    body: str
    number: str


@dataclass(frozen=True)
class Replaced:
    """The certificate in whose place this one was issued."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class Facts:
    """Everything that a certificate says. `lang` and `dir` are those of the certificate and of the name."""

    name: str
    kind: CertificateKind
    program: str
    title: str
    sessions: Sequence[SessionFact]
    provider: str
    signatory: Signatory
    issued_on: date
    number: str
    verify_url: str
    credits: Sequence[CreditFact] = field(default=())
    lang: str = "en"
    dir: str = "auto"
    registration: Registration | None = None
    format: str = ""
    replaces: Replaced | None = None

    @property
    def minutes(self) -> int:
        """The minutes of all its sessions."""
        return sum(session.minutes for session in self.sessions)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        days = sorted(session.date for session in self.sessions)
        return days[0], days[-1]

    def as_json(self) -> dict[str, Any]:
        """The snapshot: what `facts.read_facts` reads back as equal facts. Amounts are texts, so no digit is lost."""
        snapshot: dict[str, Any] = {
            "name": self.name,
            "lang": self.lang,
            "dir": self.dir,
            "kind": self.kind.value,
            "program": self.program,
            "title": self.title,
            "sessions": [
                {"title": session.title, "date": session.date.isoformat(), "minutes": session.minutes}
                for session in self.sessions
            ],
            "credits": [
                {"type": credit.type, "amount": str(credit.amount), "statement": credit.statement}
                for credit in self.credits
            ],
            "provider": self.provider,
            "signatory": {"name": self.signatory.name, "role": self.signatory.role},
            "issued_on": self.issued_on.isoformat(),
            "number": self.number,
            "verify_url": self.verify_url,
        }
        if self.registration:
            snapshot["registration"] = {"body": self.registration.body, "number": self.registration.number}
        if self.format:
            snapshot["format"] = self.format
        if self.replaces:
            snapshot["replaces"] = {
                "number": self.replaces.number,
                "issued_on": self.replaces.issued_on.isoformat(),
            }
        return snapshot


def name_size(name: str) -> str:
    """How large a name can be printed on one line: large, medium, small; `smallest` may need two lines."""
    width = printed_width(name)
    for size, most in (("large", 28), ("medium", 40), ("small", 56)):
        if width <= most:
            return size
    return "smallest"


def printed_width(text: str) -> int:
    """About how many letters' room a text takes: a Han letter two, a mark above or below another none."""
    return sum(
        0
        if unicodedata.category(letter) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(letter) in {"W", "F"}
        else 1
        for letter in text
    )


def file_name(facts: Facts) -> str:
    """A name for the download in ASCII, which holds the number and, where it has Latin letters, the program."""
    parts = ("certificate", _ascii(facts.program)[:40].strip("-"), _ascii(facts.number, lower=False))
    return "-".join(filter(None, parts)) + ".pdf"


def _ascii(text: str, *, lower: bool = True) -> str:
    """The letters and digits that ASCII has, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalnum() else " " for letter in (plain.lower() if lower else plain)).split()
    return "-".join(words)
