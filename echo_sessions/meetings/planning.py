"""Whether a meeting could be opened at times that are only being planned: said before anything is saved, never forbidden.

A whole series is looked at in as many queries as one date.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.meetings import hosts, providers, slots
from echo_sessions.meetings.models import Host, HostSlot, Meeting
from echo_sessions.meetings.slots import Span
from echo_sessions.moments import span
from echo_sessions.words import Said, msgid

NAMED = 3


@dataclass(frozen=True)
class Wish:
    """A time that a session would have; `code` where there is a session already, `meeting_id` its own meeting."""

    starts_at: datetime
    minutes: int
    code: str = ""
    meeting_id: int | None = None

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.starts_at + timedelta(minutes=self.minutes), self.code)


@dataclass(frozen=True)
class Found:
    """A time at which no host is free, in a sentence. `wish` is whose."""

    wish: Wish
    said: Said


def clashes(provider: str, wishes: Sequence[Wish], *, zone: str, language: str = "en") -> list[Found]:
    """The times at which this provider has no host free, in their order. None where it needs no hosts, is not set up, or
    has not told which hosts it has: those are fetched when the first meeting is made.

    The wishes take hosts from each other, as they would if they were saved together.
    """
    one = providers.provider(provider)
    if not wishes or not one.capabilities.hosts or not one.configured():
        return []
    known = hosts.known(provider)
    pool = [host for host in known if host.in_pool and hosts.may_host(host)]
    if not known:
        return []
    buffer, taken = hosts.buffer_of(provider), _taken(pool, wishes)
    found = []
    for wish in wishes:
        near = {
            host.id: [span for number, span in taken[host.id] if number is None or number != wish.meeting_id]
            for host in pool
        }
        free = next((host for host in pool if slots.is_free(host.at_once, near[host.id], wish.span, buffer)), None)
        if free is not None:
            taken[free.id].append((None, wish.span))
            continue
        ways = slots.in_the_way(near, wish.span, buffer)
        codes = list(dict.fromkeys(code for host in pool for code in ways[host.id] if code))
        found.append(Found(wish, _said(Said(one.title), wish, pool, codes, zone, language)))
    return found


def _taken(pool: Iterable[Host], wishes: Sequence[Wish]) -> dict[int, list[tuple[int | None, Span]]]:
    """What each host of the pool has around all of these times, with the meeting that has it."""
    first = min(wish.starts_at for wish in wishes) - hosts.LONGEST
    last = max(wish.span.ends_at for wish in wishes) + hosts.LONGEST
    chosen = (
        select(HostSlot.host_id, HostSlot.meeting_id, HostSlot.starts_at, HostSlot.ends_at, Meeting.code)
        .join(Meeting, Meeting.id == HostSlot.meeting_id)
        .where(
            HostSlot.host_id.in_([host.id for host in pool]), HostSlot.starts_at < last, HostSlot.ends_at > first
        )
        .order_by(HostSlot.starts_at, HostSlot.id)
    )  # fmt: skip
    found: dict[int, list[tuple[int | None, Span]]] = defaultdict(list)
    for number, meeting_id, starts_at, ends_at, code in db.session.execute(chosen):
        found[number].append((meeting_id, Span(starts_at, ends_at, code.partition("/")[0])))
    return found


def _said(provider: Said, wish: Wish, pool: Sequence[Host], codes: Sequence[str], zone: str, language: str) -> Said:
    values: dict[str, object] = {
        "when": span(wish.starts_at, None, zone, language=language), "provider": provider, "count": len(pool), "codes": _listed(codes),
    }  # fmt: skip
    if not pool:
        return Said(msgid("On %(when)s no account of %(provider)s may open a meeting."), values)
    if any(host.at_once > 1 for host in pool):
        return Said(
            msgid("On %(when)s every account is taken, by %(codes)s; %(provider)s cannot open another meeting."), values
        )
    if len(pool) == 1:
        return Said(
            msgid("On %(when)s the one licence is taken by %(codes)s; %(provider)s cannot open a second meeting."),
            values,
        )
    if len(pool) == 2:
        return Said(
            msgid("On %(when)s both licences are taken by %(codes)s; %(provider)s cannot open a third meeting."), values
        )
    return Said(
        msgid("On %(when)s all %(count)s licences are taken by %(codes)s; %(provider)s cannot open another meeting."),
        values,
    )


def _listed(codes: Sequence[str]) -> Said:
    """ "S-1", "S-1 and S-2", "S-1, S-2, S-3 and 4 others"."""
    if len(codes) > NAMED:
        return Said(
            msgid("%(codes)s and %(count)s others"), {"codes": ", ".join(codes[:NAMED]), "count": len(codes) - NAMED}
        )
    if len(codes) < 2:
        return Said("%(code)s", {"code": codes[0] if codes else "–"})
    return Said(msgid("%(codes)s and %(last)s"), {"codes": ", ".join(codes[:-1]), "last": codes[-1]})
