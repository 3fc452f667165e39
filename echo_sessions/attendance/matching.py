"""Who is "Dr Okoro (iPad)"? Proposals, strongest evidence first; doubt goes to a person.

The order is registrant, e-mail, remembered alias, exact name that is unique among the expected people and in the file.
A name proves nothing by itself: also the exact one is never `sure`, and `alone` says that a person may take it with others
at one press. Whatever is merely alike is a suggestion with its reason: a wrong name on a certificate is worse than a
question. Pure: candidates and aliases in, proposals out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from echo_sessions.words import Said

from .names import fold, is_shared, name_key, phone_key, take_apart
from .rules import Identity

MOST_SUGGESTIONS = 5
LEAST_SCORE = 0.5
_MOST_LOOKED_AT = 50


class How(StrEnum):
    """By what somebody was recognised."""

    REGISTRANT = "registrant"
    EMAIL = "email"
    ALIAS = "alias"
    NAME = "name"


@dataclass(frozen=True)
class Candidate:
    """A person who may have been there. `enrolled` means in the series of this session."""

    person_id: int
    names: tuple[str, ...]
    emails: tuple[str, ...] = ()
    site: str | None = None
    enrolled: bool = True
    registrants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alias:
    """What somebody decided before: this written name, address or number was that person."""

    text: str
    person_id: int


@dataclass(frozen=True)
class Match:
    """Who an identity is. `sure` ones are accepted at once; of the others, which are so by name, a person decides. `alone`:
    one expected person bears this very name, nobody else does, here or in the file, and nothing speaks against it."""

    key: str
    person_id: int
    how: How
    sure: bool = True
    alone: bool = False


@dataclass(frozen=True)
class Suggestion:
    """Somebody it may be, from 0 to 1, and why in plain words."""

    person_id: int
    score: float
    reason: Said


@dataclass(frozen=True)
class Queued:
    """An identity that only a person can settle, and whom it may be, likeliest first."""

    key: str
    why: Said
    suggestions: tuple[Suggestion, ...] = ()


def propose(
    identities: Sequence[Identity], candidates: Sequence[Candidate], aliases: Iterable[Alias] = ()
) -> list[Match | Queued]:
    """One proposal for each identity, in their order. `Match.key` and `Queued.key` are the identity's key."""
    register = _Register(candidates, aliases)
    borne = Counter(key for identity in identities for key in _keys(identity))
    return [_propose(identity, register, borne) for identity in identities]


class _Register:
    """The candidates, found by every mark they are known by."""

    def __init__(self, candidates: Sequence[Candidate], aliases: Iterable[Alias]) -> None:
        self.people = {candidate.person_id: candidate for candidate in candidates}
        self.by_registrant: dict[str, set[int]] = defaultdict(set)
        self.by_email: dict[str, set[int]] = defaultdict(set)
        self.by_name: dict[str, set[int]] = defaultdict(set)
        self.by_alias: dict[str, set[int]] = defaultdict(set)
        self.by_word: dict[str, set[int]] = defaultdict(set)
        self.by_beginning: dict[str, set[int]] = defaultdict(set)
        self.words: dict[int, list[tuple[str, ...]]] = {}
        for candidate in candidates:
            self._add(candidate)
        for alias in aliases:
            if alias.person_id in self.people:
                self.by_alias[alias_key(alias.text)].add(alias.person_id)

    def _add(self, candidate: Candidate) -> None:
        person = candidate.person_id
        for registrant in candidate.registrants:
            self.by_registrant[registrant.strip()].add(person)
        for email in candidate.emails:
            self.by_email[email.strip().casefold()].add(person)
        keys = [key for name in candidate.names if (key := name_key(name))]
        self.words[person] = [tuple(key.split()) for key in dict.fromkeys(keys)]
        for key in keys:
            self.by_name[key].add(person)
            words = key.split()
            for word in (*words, "".join(words), words[0][0] + words[-1]):  # Also "adaokoro" and "aokoro".
                self.by_word[word].add(person)
            for word in words:
                self.by_beginning[word[:3]].add(person)


def alias_key(text: str) -> str:
    """What a remembered alias is looked up by: an address, a number, else the name as somebody writes it, folded."""
    plain = text.strip()
    if "@" in plain and " " not in plain:
        return "email " + plain.casefold()
    apart = take_apart(plain)
    if apart.phone and not apart.names:
        return "phone " + phone_key(apart.phone)
    return "name " + fold(plain)


def _propose(identity: Identity, register: _Register, borne: Counter[str]) -> Match | Queued:
    marks = [
        (How.REGISTRANT, register.by_registrant.get(identity.registrant or "", set())),
        (How.EMAIL, register.by_email.get(identity.email or "", set())),
        (How.ALIAS, _remembered((identity.email, identity.phone), register)),
    ]
    for how, people in marks:
        if len(people) == 1:
            return Match(identity.key, next(iter(people)), how)
        if len(people) > 1:
            return _queued(identity, register, _SEVERAL[how], people)
    return _by_name(identity, register, borne)


_SEVERAL = {
    How.REGISTRANT: Said("Several people share this registration."),
    How.EMAIL: Said("Several people share this address."),
    How.ALIAS: Said("This name or number has stood for several people."),
}


def _by_name(identity: Identity, register: _Register, borne: Counter[str]) -> Match | Queued:
    """By a name settled before, else by the name itself; by neither where two people bear it, here or in the file."""
    keys = _keys(identity)
    if not keys:
        return _queued(identity, register, Said("The name is that of a device, a room or nobody in particular."))
    people = {person for key in keys for person in register.by_name.get(key, ())}
    remembered = _remembered(_own_texts(identity), register)
    either = remembered | people
    if len(people) > 1:
        return _queued(identity, register, Said("Several people bear this name."), either)
    if len(remembered) > 1:
        return _queued(identity, register, _SEVERAL[How.ALIAS], either)
    if not either:
        return _queued(identity, register, Said("Nobody is known by this name or address."))
    if any(borne[key] > 1 for key in keys):
        return _queued(identity, register, Said("The name stands more than once in the file."), either)
    if len(either) > 1:
        return _queued(identity, register, Said("Remembered as one person, and the name of another one."), either)
    [person] = either
    if remembered:
        return Match(identity.key, person, How.ALIAS)
    alone = _nothing_against(identity, register.people[person], keys)
    return Match(identity.key, person, How.NAME, sure=False, alone=alone)


def _nothing_against(identity: Identity, candidate: Candidate, keys: Iterable[str]) -> bool:
    """A single word, somebody who is not expected, or an address that is not theirs: look before accepting."""
    other_address = bool(identity.email and candidate.emails)
    whole = any(len(key.split()) > 1 for key in keys)
    return candidate.enrolled and whole and not other_address


def _remembered(marks: Iterable[str | None], register: _Register) -> set[int]:
    return {person for mark in marks if mark for person in register.by_alias.get(alias_key(mark), ())}


def _own_texts(identity: Identity) -> list[str]:
    """What is written of somebody, unless it is a device's or a room's: that proves nothing, however often it did."""
    written = [text for text in identity.written if not take_apart(text).shared]
    return written + [name for name in identity.names if not is_shared(name)]


def _keys(identity: Identity) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for name in identity.names if not is_shared(name) and (key := name_key(name))))


def _queued(identity: Identity, register: _Register, why: Said, certain: Iterable[int] = ()) -> Queued:
    """The identity for the queue, with everybody it may be: first those whom its marks name, then who is alike."""
    found: dict[int, Suggestion] = {person: Suggestion(person, 0.95, why) for person in certain}
    for person in _same_device(identity, register):
        found.setdefault(person, Suggestion(person, 0.9, Said("The same device or room as last time.")))
    for person in _looked_at(identity, register):
        suggestion = _alike(identity, register, person)
        if suggestion is not None and suggestion.score > getattr(found.get(person), "score", 0.0):
            found[person] = suggestion
    likely = sorted(found.values(), key=lambda one: -one.score)[: 3 * MOST_SUGGESTIONS]
    told = [_with_site(one, identity, register) for one in likely]
    told.sort(key=lambda one: (-one.score, not register.people[one.person_id].enrolled, one.person_id))
    return Queued(identity.key, why, tuple(told[:MOST_SUGGESTIONS]))


def _with_site(suggestion: Suggestion, identity: Identity, register: _Register) -> Suggestion:
    """A suggestion whose written name also tells the site stands a little higher, and says so."""
    site = register.people[suggestion.person_id].site or ""
    if len(site) < 3 or not any(fold(site) in fold(text) for text in identity.written):
        return suggestion
    reason = Said("%(reason)s It also names the site %(site)s.", {"reason": suggestion.reason, "site": site})
    return replace(suggestion, score=round(min(0.99, suggestion.score + 0.03), 2), reason=reason)


def _same_device(identity: Identity, register: _Register) -> set[int]:
    return {person for text in identity.written for person in register.by_alias.get(alias_key(text), ())}


def _looked_at(identity: Identity, register: _Register) -> list[int]:
    """The few candidates worth comparing: those who share a word, or its beginning, rare words first."""
    weight: dict[int, float] = defaultdict(float)
    for word in _words(identity):
        for found, worth in (
            (register.by_word.get(word, set()), 2.0),
            (register.by_beginning.get(word[:3], set()), 1.0),
        ):
            for person in found:
                weight[person] += worth / len(found)
    return sorted(weight, key=lambda person: (-weight[person], person))[:_MOST_LOOKED_AT]


def _words(identity: Identity) -> set[str]:
    words = {word for name in identity.names for word in name_key(name).split() if len(word) > 1}
    return words | set(_words_of_address(identity.email))


def _words_of_address(email: str | None) -> tuple[str, ...]:
    """`jane.doe7@…` is jane and doe."""
    local = (email or "").split("@")[0].split("+")[0]
    for mark in "._-0123456789":
        local = local.replace(mark, " ")
    return tuple(word for word in fold(local).split() if len(word) > 2)


def _alike(identity: Identity, register: _Register, person: int) -> Suggestion | None:
    """How much a candidate resembles the identity, at their likest names; None below the least score."""
    address = _words_of_address(identity.email)
    best: tuple[float, Said] = (0.0, Said("Nothing in common."))
    for theirs in register.words[person]:
        for name in identity.names:
            ours = tuple(name_key(name).split())
            best = max(best, _compared(ours, theirs), key=lambda pair: pair[0])
        if address and len(theirs) > 1 and set(theirs) <= set(address):
            best = max(best, (0.8, Said("The address is made of this name.")), key=lambda pair: pair[0])
    score, reason = best
    score -= 0 if register.people[person].enrolled else 0.1
    return Suggestion(person, round(score, 2), reason) if score >= LEAST_SCORE else None


@lru_cache(maxsize=100_000)
def _compared(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[float, Said]:
    """Two names word by word."""
    if not ours or not theirs:
        return 0.0, Said("Nothing in common.")
    if ours == theirs:
        return 0.95, Said("The same name.")
    if len(ours) > 1 and sorted(ours) == sorted(theirs):
        return 0.9, Said("The same words in another order.")
    if len(theirs) > 1 and set(theirs) <= set(ours):
        return 0.85, Said("The whole name, and more words.")
    if len(ours) > 1 and set(ours) <= set(theirs):
        return 0.8, Said("All its words are part of this name.")
    return _nearly(ours, theirs)


def _nearly(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[float, Said]:
    same = set(ours) & set(theirs)
    left, right = [w for w in ours if w not in same], [w for w in theirs if w not in same]
    surname = theirs[-1] in same
    if same and left and right:
        if any(_begins_alike(one, other) for one in left for other in right):
            said = (
                Said("Same surname, the first name begins alike.")
                if surname
                else Said("Same first name, the surname begins alike.")
            )
            return (0.78 if surname else 0.7), said
        if any(_one_letter_apart(one, other) for one in left for other in right):
            return 0.82, Said("One letter differs.")
    if same:
        alone = len(ours) == 1
        said = Said("Same surname.") if surname else Said("Same first name.")
        return (0.6 if alone else 0.55 if surname else 0.45), said
    if len(left) == len(right) and all(any(_one_letter_apart(one, other) for other in right) for one in left):
        return 0.7, Said("Few letters differ.")
    if len(ours) == 1 == len(left) and len(ours[0]) > 3 and ours[0] in ("".join(theirs), theirs[0][:1] + theirs[-1]):
        return 0.7, Said("The name written as one word.")
    return 0.0, Said("Nothing in common.")


def _begins_alike(one: str, other: str) -> bool:
    """`j` and `jane`, `jen` and `jennifer`."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short[:3]) if len(short) >= 3 else long.startswith(short)


def _one_letter_apart(one: str, other: str) -> bool:
    """One letter more, less or other, or two neighbours changed places; words of three letters or fewer never."""
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    if rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]:
        return True
    return rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
