"""Which records may be one person. Pure: what is known of each comes in, pairs with reasons go out.

Nobody is compared with everybody: people meet only in a block, the people who share a licence number, a name, an address
or nearly a name. A block of many is no n²: each of them is paired with the oldest record of the block.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from echo_sessions.attendance.names import name_key
from echo_sessions.people.lookalikes import skeleton
from echo_sessions.words import Said, msgid

LEAST_NAME = 8
"""Names shorter than this, written as one word, are not looked at for single letters: too many differ by one."""
LEAST_LICENCE = 4


@dataclass(frozen=True)
class Known:
    """What is known of one record. `licence` is body and number; `sites` are numbers of sites they took part from,
    `wanted` addresses they asked to have added."""

    id: int
    name: str
    addresses: tuple[str, ...] = ()
    licence: tuple[str | None, str] | None = None
    profession: str | None = None
    sites: frozenset[int] = field(default=frozenset())
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person, the older first, from 0 to 1, and what speaks for it and against it."""

    one: int
    other: int
    score: float
    reasons: tuple[Said, ...]
    against: tuple[Said, ...] = ()


SAME_LICENCE = Said(msgid("The same licence number in the same register."))
SAME_NUMBER = Said(msgid("The same licence number; the register of one is not known."))
SAME_ADDRESS = Said(msgid("Their addresses differ only in dots, a plus sign, or letters that look alike."))
WANTED_ADDRESS = Said(msgid("One asked for an address that the other has."))
SAME_NAME = Said(msgid("The same name, whatever its order, titles and accents."))
ONE_LETTER = Said(msgid("The same name but for one letter."))
SAME_SITE = Said(msgid("From the same site."))
OTHER_LICENCE = Said(msgid("Their licence numbers are different."))
OTHER_WORK = Said(msgid("Their professions are different."))
WEIGHTS = {
    SAME_LICENCE.message: 0.9,
    SAME_NUMBER.message: 0.7,
    WANTED_ADDRESS.message: 0.85,
    SAME_ADDRESS.message: 0.8,
    SAME_NAME.message: 0.6,
    ONE_LETTER.message: 0.35,
}


def pairs(
    people: Sequence[Known], not_same: Collection[tuple[int, int]] = (), *, about: Collection[int] | None = None
) -> list[Pair]:
    """All pairs worth a look, likeliest first; those that somebody said are not the same are left out.

    `about`: only pairs in which one of these stands.
    """
    known = {person.id: person for person in people}
    reasons: dict[tuple[int, int], dict[str, Said]] = defaultdict(dict)
    dismissed = set(not_same)
    for reason, one, other in _met(people, about):
        if (one, other) not in dismissed:
            reasons[one, other][reason.message] = reason
    found = [_pair(known[one], known[other], list(said.values())) for (one, other), said in reasons.items()]
    return sorted(found, key=lambda pair: (-pair.score, pair.one, pair.other))


def _met(people: Sequence[Known], about: Collection[int] | None) -> Iterator[tuple[Said, int, int]]:
    keys = {person.id: names_key(person.name) for person in people}
    for one, other in _in_blocks(((keys[person.id], person.id) for person in people), about):
        yield SAME_NAME, one, other
    for one, other in _in_blocks(
        ((key, person.id) for person in people for key in map(address_key, person.addresses)), about
    ):
        yield SAME_ADDRESS, one, other
    owners = {address: person.id for person in people for address in person.addresses}
    for person in people:
        for address in person.wanted:
            owner = owners.get(address, person.id)
            if owner != person.id and (about is None or {owner, person.id} & set(about)):
                yield WANTED_ADDRESS, min(owner, person.id), max(owner, person.id)
    by_id = {person.id: person for person in people}
    numbers = ((licence_key(person.licence[1]), person.id) for person in people if person.licence)
    for one, other in _in_blocks(((key, number) for key, number in numbers if len(key) >= LEAST_LICENCE), about):
        first, second = by_id[one].licence, by_id[other].licence
        bodies = {skeleton(body) for body, _ in (first, second) if body} if first and second else set()
        if len(bodies) < 2:
            yield (SAME_LICENCE if first and second and first[0] and second[0] else SAME_NUMBER), one, other
    for one, other in _in_blocks(_with_a_letter_less(keys), about):
        if keys[one] != keys[other] and abs(len(keys[one]) - len(keys[other])) <= 1:
            yield ONE_LETTER, one, other


def _in_blocks(keyed: Iterable[tuple[str, int]], about: Collection[int] | None) -> Iterator[tuple[int, int]]:
    """Pairs within each block, the smaller number first. With many in one block, all with its smallest."""
    blocks: dict[str, set[int]] = defaultdict(set)
    for key, number in keyed:
        if key:
            blocks[key].add(number)
    for block in blocks.values():
        if len(block) > 1:
            first, *rest = sorted(block)
            wanted = ((first, other) for other in rest)
            if about is not None:
                mine = [number for number in block if number in about]
                wanted = ((min(first, one), max(first, one)) if one != first else (first, rest[0]) for one in mine)
            yield from wanted


def _with_a_letter_less(keys: dict[int, str]) -> Iterator[tuple[str, int]]:
    """Two names that differ by one letter (one more, less or other) share a spelling with one letter taken out."""
    for number, key in keys.items():
        plain = key.replace(" ", "")
        if len(plain) >= LEAST_NAME and " " in key:
            yield plain, number
            for place in range(len(plain)):
                yield plain[:place] + plain[place + 1 :], number


def _pair(one: Known, other: Known, said: list[Said]) -> Pair:
    doubt, against = 1.0, []
    for reason in said:
        doubt *= 1 - WEIGHTS[reason.message]
    if one.sites & other.sites:
        doubt *= 0.7
        said = [*said, SAME_SITE]
    score = 1 - doubt
    if one.licence and other.licence and licence_key(one.licence[1]) != licence_key(other.licence[1]):
        score *= 0.4
        against.append(OTHER_LICENCE)
    if one.profession and other.profession and skeleton(one.profession) != skeleton(other.profession):
        score *= 0.8
        against.append(OTHER_WORK)
    return Pair(one.id, other.id, round(score, 3), tuple(said), tuple(against))


def names_key(name: str) -> str:
    """The name by which records are compared: titles, accents, order and look-alike letters make no difference."""
    return " ".join(sorted(skeleton(name_key(name)).split()))


def licence_key(number: str) -> str:
    """Letters and digits only."""
    return "".join(letter for letter in skeleton(number) if letter.isalnum())


def address_key(address: str) -> str:
    """An address as a reader takes it for the same: no dots or tag before the @, letters by their look, names of domains
    read as they are shown (`xn--…` becomes what it stands for)."""
    local, _at, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    local = skeleton(local.split("+", 1)[0].replace(".", ""))
    shown = skeleton(".".join(_label(label) for label in domain.split(".")))
    return f"{local}@{'gmail.com' if shown == 'googlemail.com' else shown}" if local and shown else ""


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
