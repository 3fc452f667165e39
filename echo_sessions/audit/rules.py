"""The chain that binds the deeds together: what is hashed, how a break is found, and what facts may hold.

Each deed carries a seal: an HMAC-SHA256 over the canonical bytes of its content, its number and the seal before it,
under a key that follows from the deployment's secret and never lies in the database. Whoever may write to the
database, and to nothing else, can therefore neither change a deed nor write the rest of the chain anew.
"""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from echo_sessions.words import Said, msgid

FORM = 1
"""The way in which canonical bytes are made. A new way gets a new number; seals of the old one stay readable."""
START = "start"
"""What the first deed has in the place of the seal before it."""
TEXT_MOST = 80
"""Longer facts look like a text that somebody wrote."""
BREAKS_MOST = 100

_PLAINLY = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Seen(StrEnum):
    """What somebody looked at."""

    CASE = "case"
    RECOMMENDATIONS = "recommendations"
    PROFILE = "profile"
    AUDITED = "audited page"
    REGISTER = "register"
    EXPORT = "export"
    CERTIFICATES = "certificates"
    RECORDING = "recording"


class Fault(StrEnum):
    """What can be wrong with the chain."""

    CHANGED = "changed"
    MISSING = "missing"
    REPLACED = "replaced"
    KEY = "key"
    HEAD = "head"
    CUT = "cut"
    ANCHOR = "anchor"
    FORGED = "forged"


FAULT_WORDS = {
    Fault.CHANGED: msgid("Deed %(seq)s is not as it was written: its content or its seal was changed."),
    Fault.MISSING: msgid("Deeds %(first)s to %(seq)s are missing: they were removed."),
    Fault.REPLACED: msgid("Deed %(seq)s does not follow from the one before it: one of them was put in its place."),
    Fault.KEY: msgid(
        "Deed %(seq)s is sealed under a key that is not known here (%(key)s). If the secret key was replaced, add the one "
        "before to ECHO_OLD_SECRET_KEYS; else somebody wrote it who has no key."
    ),
    Fault.HEAD: msgid(
        "The head of the chain says %(seq)s, the table ends at %(last)s: deeds were removed from its end, or written past "
        "the house."
    ),
    Fault.CUT: msgid(
        "The anchor of %(day)s knows deed %(seq)s, the table ends at %(last)s: its end was cut off, or an older backup was "
        "restored. After a restore run: echo-sessions audit restored"
    ),
    Fault.ANCHOR: msgid("Deed %(seq)s is another one than the anchor of %(day)s knows: the chain was written anew."),
    Fault.FORGED: msgid("The anchor of %(day)s was not written by this house, or was changed."),
}


@dataclass(frozen=True)
class Deed:
    """One row of the audit, as it is sealed. `seq` counts from 1 without a gap."""

    seq: int
    at: datetime
    person_id: int | None
    deed: str
    thing: str
    facts: Mapping[str, Any]
    previous: str
    hash: str = ""


@dataclass(frozen=True)
class Link:
    """A place in the chain: the number of a deed and its seal."""

    seq: int
    hash: str


BEFORE_ALL = Link(0, START)


@dataclass(frozen=True)
class Anchor:
    """A head that was noted outside of the database at that moment; `proof` shows that the house wrote it."""

    seq: int
    hash: str
    at: datetime
    proof: str = ""


@dataclass(frozen=True)
class Restored:
    """After a restore it was said that deeds `ended` + 1 to `anchored`, known to anchors until `at`, were lost with it."""

    ended: int
    anchored: int
    at: datetime

    def excuses(self, anchor: Anchor) -> bool:
        return self.ended < anchor.seq <= self.anchored and anchor.at <= self.at


@dataclass(frozen=True)
class Break:
    """One thing that is wrong: at which deed, of what kind, in words."""

    seq: int
    kind: Fault
    words: Said


def broken(kind: Fault, seq: int, **values: object) -> Break:
    """A break with its sentence."""
    return Break(seq, kind, Said(FAULT_WORDS[kind], {"seq": seq, **values}))


def canonical(deed: Deed) -> bytes:
    """The bytes that are sealed, form 1: a JSON array in ASCII, without blanks, keys of objects sorted:

    `["echo-audit",1,seq,previous seal,moment,person or null,deed,thing,facts]`, the moment in UTC with microseconds
    as `2026-11-25T12:00:00.000000Z`. Every value stands in its own place, so no two deeds have the same bytes.
    """
    moment = deed.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    said = ["echo-audit", FORM, deed.seq, deed.previous, moment, deed.person_id, deed.deed, deed.thing, deed.facts]
    return _PLAINLY.encode(said).encode("ascii")


def seal(key: bytes, deed: Deed) -> str:
    """The seal of a deed: `form.key.proof`, the key by its name, the proof in hex."""
    return f"{FORM}.{name_of(key)}.{hmac.digest(key, canonical(deed), hashlib.sha256).hex()}"


@cache
def name_of(key: bytes) -> str:
    """A key's name, which tells nothing of it, so that a seal says which key made it."""
    return hashlib.sha256(b"name of an audit key\n" + key).hexdigest()[:8]


def proof_of(key: bytes, anchor: Anchor) -> str:
    """What shows that the house wrote an anchor: as with a seal, under the same key for another purpose."""
    said = f"echo-anchor\n{anchor.seq}\n{anchor.hash}\n{anchor.at.astimezone(UTC).isoformat()}".encode()
    return f"{FORM}.{name_of(key)}.{hmac.digest(key, said, hashlib.sha256).hex()}"


def is_genuine(anchor: Anchor, keys: Iterable[bytes]) -> bool:
    """Whether one of our keys made the proof."""
    return any(hmac.compare_digest(anchor.proof, proof_of(key, anchor)) for key in keys)


def judge(deeds: Iterable[Deed], keys: Iterable[bytes], *, after: Link = BEFORE_ALL) -> Iterator[Break | Link]:
    """Walk deeds in order from the one `after`: a `Break` for each that is wrong, at last the `Link` where they end.

    Any key of ours is believed for any deed: while a key is replaced, processes with the old and the new one write at
    the same time. What somebody rewrites under an old key that leaked is found by the anchors.
    """
    known = {name_of(key): key for key in keys}
    here = after
    for deed in deeds:
        found = _fault(deed, here, known)
        if found is not None:
            yield found
        here = Link(deed.seq, deed.hash)
    yield here


def _fault(deed: Deed, here: Link, known: Mapping[str, bytes]) -> Break | None:
    name = _key_name(deed.hash)
    if deed.seq != here.seq + 1:
        return broken(Fault.MISSING, deed.seq - 1, first=here.seq + 1)
    if deed.previous != here.hash:
        return broken(Fault.REPLACED, deed.seq)
    if name not in known:
        return broken(Fault.KEY, deed.seq, key=name[:8] or "–")
    return None if _is_sealed(deed, known[name]) else broken(Fault.CHANGED, deed.seq)


def _key_name(text: str) -> str:
    parts = text.split(".")
    return parts[1] if len(parts) == 3 else ""


def _is_sealed(deed: Deed, key: bytes) -> bool:
    try:
        return hmac.compare_digest(deed.hash.encode(), seal(key, deed).encode())
    except (TypeError, ValueError):  # facts that no verb of ours could have written
        return False


def judge_end(last: Link, head: Link | None) -> Break | None:
    """Whether the head's row says what the table ends with."""
    said = head or BEFORE_ALL
    return None if said == last else broken(Fault.HEAD, said.seq, last=last.seq)


def judge_anchor(
    anchor: Anchor, *, keys: Iterable[bytes], there: str | None, last: int, restored: Iterable[Restored] = ()
) -> Break | None:
    """Whether the table still holds what an anchor knows. `there`: the seal of that deed in the table, if it has it."""
    day = anchor.at.astimezone(UTC).date().isoformat()
    if not is_genuine(anchor, keys):
        return broken(Fault.FORGED, anchor.seq, day=day)
    if there == anchor.hash or any(words.excuses(anchor) for words in restored):
        return None
    if there is None and anchor.seq > last:
        return broken(Fault.CUT, anchor.seq, day=day, last=last)
    return broken(Fault.ANCHOR, anchor.seq, day=day)


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they will be read again: JSON and nothing else. Raises ValueError for what may not be a fact.

    Facts are codes, states, counts and figures; `was` and `became` for a decision. A text of more than 80 letters, a
    line break or an address is a slip of ours, and no reason to keep what nobody could take out again.
    """
    kept: dict[str, Any] = json.loads(json.dumps(facts, allow_nan=False))
    for name, value in _values(kept):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"the fact {name} is no number")
        if isinstance(value, str) and is_text(value):
            raise ValueError(f"the fact {name} looks like a text or an address: facts are codes, states and figures")
    return kept


def readable(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts as name and value, `was` and `became` together as "was → became" under the name `changed`."""
    said = [(name, value) for name, value in facts.items() if name not in {"was", "became"}]
    if "was" in facts or "became" in facts:
        said.insert(0, ("changed", {"was": facts.get("was"), "became": facts.get("became")}))
    return [(name, _said(value)) for name, value in said]


def _said(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"was", "became"}:
        was, became = value["was"], value["became"]
        if isinstance(was, dict) and isinstance(became, dict):
            names = [name for name in {**was, **became} if was.get(name) != became.get(name)]
            return ", ".join(f"{name}: {_said(was.get(name))} → {_said(became.get(name))}" for name in names)
        return f"{_said(was)} → {_said(became)}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_said(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_said(part) for part in value)
    return "–" if value is None else str(value)


def is_text(value: str) -> bool:
    """Whether a value looks like something that a person wrote, or like an address."""
    return len(value) > TEXT_MOST or "\n" in value or _ADDRESS.search(value) is not None


def _values(kept: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(kept, dict):
        for key, value in kept.items():
            yield name or key, key
            yield from _values(value, name or key)
    elif isinstance(kept, list):
        for value in kept:
            yield from _values(value, name)
    else:
        yield name, kept
