"""Counts in which nobody can be recognised.

A count under five is hidden. Hiding one alone hides nothing, since the others and the sum give it away; so more is hidden
until no reader can work a hidden count out, nor narrow it down: each could still be any number from 0 to 4. Where that
cannot be had, the whole breakdown is left out and only the sum stays. (The rule is that of cell suppression in official
statistics; the threshold of five is the hub's promise to its participants.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

FEWEST = 5
LARGEST_SMALL = FEWEST - 1


@dataclass(frozen=True)
class Count:
    """What a reader is told: the number; or that it is small; or, `withheld`, nothing, to keep another one hidden."""

    number: int | None
    withheld: bool = False

    @property
    def small(self) -> bool:
        return self.number is None and not self.withheld


@dataclass(frozen=True)
class Breakdown:
    """A sum and its parts, as they may be shown. `left_out`: the parts would betray somebody, or there is only one."""

    total: Count
    parts: tuple[tuple[str, Count], ...] = ()
    left_out: bool = False


def shown(number: int) -> Count:
    """A count that stands alone: hidden when it is under five."""
    return Count(number if number >= FEWEST else None)


def breakdown(parts: Mapping[str, int], total: int) -> Breakdown:
    """The parts of a sum, with so many of them hidden that none of the hidden can be derived.

    `total` may differ from the sum of the parts where one person counts in several (distinct people by month); the
    parts are then safe against a reader who believes in either. Parts keep their order.
    """
    if total < FEWEST:
        return Breakdown(Count(None), left_out=True)
    hidden = hidden_in(parts, total)
    if hidden is None or len(parts) < 2:
        return Breakdown(Count(total), left_out=True)
    told = {name: Count(number) for name, number in parts.items()}
    for name in hidden:
        told[name] = Count(None, withheld=parts[name] >= FEWEST)
    return Breakdown(Count(total), tuple(told.items()))


def hidden_in(parts: Mapping[str, int], total: int) -> frozenset[str] | None:
    """Which parts are hidden; None where nothing but all of them would do."""
    small = [name for name, number in parts.items() if number < FEWEST]
    if not small:
        return frozenset()
    large = sorted((name for name in parts if name not in small), key=lambda name: parts[name])
    singles = [[name] for name in large]
    for more in [[], *singles, *accumulate(([name] for name in reversed(large)), list.__add__)]:
        if _is_safe(
            [parts[name] for name in small], [parts[name] for name in more], _sums(parts, total, [*small, *more])
        ):
            return frozenset([*small, *more])
    return None


def _sums(parts: Mapping[str, int], total: int, hidden: Iterable[str]) -> set[int]:
    """What a reader may take the hidden parts to add up to."""
    names = set(hidden)
    open_parts = sum(number for name, number in parts.items() if name not in names)
    return {sum(parts[name] for name in names), total - open_parts}


def _is_safe(small: list[int], withheld: list[int], sums: set[int]) -> bool:
    """Whether each small part could be 0 and could be 4, for all that follows from the sum of what is hidden.

    Small parts are known to be 0 to 4, withheld ones to be 5 or more. Without withheld parts the others must be able to
    make up the rest; with some, which have no upper bound, only the lower bounds can betray.
    """
    least = FEWEST * len(withheld)
    if withheld:
        return min(sums) >= least + LARGEST_SMALL
    return min(sums) >= LARGEST_SMALL and max(sums) <= LARGEST_SMALL * (len(small) - 1)
