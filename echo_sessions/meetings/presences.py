"""From what a provider told while a meeting ran to who was there, from when until when. Pure.

Deliveries come late, twice, in any order, and some never. So nothing here depends on how they arrived: events are put in
the order of their own times, and the same event told twice is one. The rules, for one presence (`who`) in one instance:

* **Pairs.** A leaving belongs to the latest arrival in that room which has none yet. An arrival before the leaving of the
  one before it (a crash, noticed by the provider a minute too late) so overlaps it, and nothing is lost or counted twice.
* **A leaving that never came.** The same presence arriving again ended the one before, at that moment. Else whoever was
  there stayed until the instance ended. Both are marked as assumed. Where nobody said when the instance ended either, the
  end stays open (None), for a report or a person to say. Another presence of the same person ends nothing: it may be a
  second device.
* **An arrival that never came.** Nothing is made up: the moment of leaving becomes an interval without any length, assumed,
  so that it is known that they were there; and not even that where another interval of this presence says so.
* **The waiting room** is told apart and never counts. Whoever arrives in the meeting has left it; whoever is sent back to
  it is not in the meeting meanwhile.
* **Breakout rooms** are told apart, under the presence in the main room where it is known (`parent`), and count as the
  meeting does, by the union of all. One that nobody left ends when its presence comes or goes in the meeting, or enters
  another one.
* **A telephone** bound to somebody and their device say of each other what one of them lacks: registration, address, and the
  name of the one without a number. So do the presences of one person, where all that say something agree.
* Events without a moment place nobody. That an instance began need not be told: whoever arrived says it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from echo_sessions.outside.meetings import Event, EventKind, Interval, Room

_ARRIVES = {
    EventKind.JOINED: Room.MEETING,
    EventKind.WAITING_JOINED: Room.WAITING,
    EventKind.BREAKOUT_JOINED: Room.BREAKOUT,
}
_LEAVES = {
    EventKind.LEFT: Room.MEETING,
    EventKind.WAITING_LEFT: Room.WAITING,
    EventKind.BREAKOUT_LEFT: Room.BREAKOUT,
}
PRESENCE = frozenset({*_ARRIVES, *_LEAVES, EventKind.STARTED, EventKind.ENDED, EventKind.BOUND})
"""The kinds of events that say anything here."""
_SAYS = ("registrant", "email", "name", "phone")


@dataclass(frozen=True)
class Instance:
    """One running of a meeting: every start makes another. `began` is the first that is known of it."""

    ref: str
    began: datetime | None
    ended: datetime | None


@dataclass
class _Span:
    """A stretch of one presence in one room, as it is being worked out."""

    room: Room
    joined: datetime
    left: datetime | None = None
    assumed: bool = False


def presences(events: Iterable[Event]) -> list[Interval]:
    """Who was there when, over all instances in these events of one meeting; by the rules above, in order of arrival."""
    told = _in_order(events)
    ends = {instance.ref: instance.ended for instance in _instances(told)}
    apart: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in told:
        if event.kind in _ARRIVES or event.kind in _LEAVES:
            apart[event.instance, _key(event)].append(event)
    people = _known(told, apart)
    found = []
    for (instance, who), own in apart.items():
        said = people[instance, who]
        for span in _spans(own, ends.get(instance)):
            found.append(
                Interval(
                    instance=instance, joined=span.joined, left=span.left, who=_who(own[0]), registrant=said["registrant"],
                    name=said["name"], email=said["email"], phone=said["phone"], room=span.room, assumed=span.assumed,
                )
            )  # fmt: skip
    return sorted(found, key=_place)


def instances(events: Iterable[Event]) -> list[Instance]:
    """The instances that these events tell of, in the order of their beginnings."""
    return _instances(_in_order(events))


def _instances(told: Sequence[Event]) -> list[Instance]:
    began: dict[str, datetime] = {}
    ended: dict[str, datetime | None] = {}
    for event in told:
        began.setdefault(event.instance, _at(event))
        ended.setdefault(event.instance, None)
        if event.kind is EventKind.ENDED:
            ended[event.instance] = _at(event)
    return [Instance(ref, moment, ended[ref]) for ref, moment in began.items()]


def _in_order(events: Iterable[Event]) -> list[Event]:
    """By their own times; each once. What is told otherwise the second time (a name more, a name less) stays beside it."""
    chosen = {_tells(event): event for event in events if event.at is not None and event.kind in PRESENCE}
    return [chosen[key] for key in sorted(chosen)]


def _tells(event: Event) -> tuple[datetime, str, str, str, str, str, tuple[str, ...]]:
    """What makes two events the same, and orders those of one moment."""
    said = tuple(str(getattr(event, name)) for name in _SAYS)
    return _at(event), event.instance, _key(event), event.kind.value, event.person, event.about, said


def _at(event: Event) -> datetime:
    assert event.at is not None  # those without were left out
    return event.at


def _who(event: Event) -> str:
    """The provider's id of the presence: of that in the main room, where somebody went to a breakout room."""
    return event.parent or event.who


def _key(event: Event) -> str:
    """Which presence it is about: the provider's own id of it, else whatever it says of the person."""
    return _who(event) or next(
        (f"{name}:{getattr(event, name)}" for name in ("person", *_SAYS) if getattr(event, name)), ""
    )


def _place(interval: Interval) -> tuple[datetime, str, str, str, bool, datetime]:
    return (
        interval.joined, interval.instance, interval.who or interval.name, interval.room.value, interval.left is None,
        interval.left or interval.joined,
    )  # fmt: skip


# Who it was

_Key = tuple[str, str]


def _known(told: Sequence[Event], apart: Mapping[_Key, Sequence[Event]]) -> dict[_Key, dict[str, str]]:
    """What is said about each presence: by its own events, the first that says it; by the device that it is bound to; by
    others of the same person."""
    said: dict[_Key, dict[str, str]] = {}
    persons: dict[_Key, str] = {}
    for key, own in apart.items():
        said[key] = {name: next((text for event in own if (text := getattr(event, name))), "") for name in _SAYS}
        persons[key] = next((event.person for event in own if event.person), "")
    for event in told:
        one, other = (event.instance, event.who), (event.instance, event.about)
        if event.kind is EventKind.BOUND and one != other and one in said and other in said:
            _bind(said[one], said[other])
            persons[one], persons[other] = persons[one] or persons[other], persons[other] or persons[one]
    together: dict[str, list[dict[str, str]]] = defaultdict(list)
    for key, person in persons.items():
        if person:
            together[person].append(said[key])
    for presences_of_one in together.values():
        _agree(presences_of_one, "registrant", "email")
    return said


def _bind(one: dict[str, str], other: dict[str, str]) -> None:
    """A telephone and a device are one person's, whichever of them is which."""
    _agree((one, other), "registrant", "email")
    if bool(one["phone"]) != bool(other["phone"]):
        phone, device = (one, other) if one["phone"] else (other, one)
        phone["name"] = device["name"] or phone["name"]


def _agree(said: Sequence[dict[str, str]], *names: str) -> None:
    """What some of these say, and none says otherwise, holds for all of them."""
    for name in names:
        known = {one[name] for one in said} - {""}
        if len(known) == 1:
            [text] = known
            for one in said:
                one[name] = text


# When it was


def _spans(own: Sequence[Event], ended: datetime | None) -> list[_Span]:
    """The stretches of one presence in one instance."""
    spans, moments = _paired(own)
    for span in spans:
        if span.left is None:
            span.left, span.assumed = _assumed_end(span, own, ended)
        elif span.room is Room.WAITING:
            span.left = min([span.left, *_after(span.joined, own, _ENDS_WAITING)])
    waiting = [span for span in spans if span.room is Room.WAITING]
    counted = [span for span in spans if span.room is not Room.WAITING]
    apart = [piece for span in counted for piece in _without(span, waiting)]
    rooms = {Room.MEETING, Room.BREAKOUT} if apart else set()
    known = rooms | ({Room.WAITING} if waiting else set())
    lone = [_Span(room, at, at, assumed=True) for room, at in moments if room not in known]
    return apart + waiting + lone[:1]


def _paired(own: Sequence[Event]) -> tuple[list[_Span], list[tuple[Room, datetime]]]:
    """Arrivals with their leavings, room by room; and the leavings that belong to no arrival."""
    spans: list[_Span] = []
    lone: list[tuple[Room, datetime]] = []
    for room in Room:
        coming = {_at(event) for event in own if _ARRIVES.get(event.kind) is room}
        going = {_at(event) for event in own if _LEAVES.get(event.kind) is room}
        inside: list[_Span] = []
        for at in sorted(coming | going):
            was_inside = bool(inside)
            if at in going and was_inside:  # back in the same second: first out, then in
                inside.pop().left = at
            if at in coming:
                inside.append(_Span(room, at))
                spans.append(inside[-1])
            if at in going and not was_inside:  # in and out in the same second, or out without having come
                if inside:
                    inside.pop().left = at
                else:
                    lone.append((room, at))
    return spans, lone


_ENDS_WAITING = frozenset({EventKind.JOINED, EventKind.BREAKOUT_JOINED})
_ENDS = {
    Room.MEETING: frozenset({EventKind.JOINED}),
    Room.WAITING: _ENDS_WAITING | {EventKind.WAITING_JOINED, EventKind.LEFT},
    Room.BREAKOUT: frozenset({EventKind.JOINED, EventKind.LEFT, EventKind.BREAKOUT_JOINED}),
}
"""By room: what else of the same presence shows that it is there no more."""


def _assumed_end(span: _Span, own: Sequence[Event], ended: datetime | None) -> tuple[datetime | None, bool]:
    after = min(_after(span.joined, own, _ENDS[span.room]), default=None)
    end = after or ended
    return (None, False) if end is None else (max(end, span.joined), True)


def _after(moment: datetime, own: Sequence[Event], kinds: frozenset[EventKind]) -> Iterator[datetime]:
    return (_at(event) for event in own if event.kind in kinds and _at(event) > moment)


def _without(span: _Span, waiting: Sequence[_Span]) -> list[_Span]:
    """The pieces of a stretch outside of the waiting room."""
    pieces = [span]
    for out in sorted(waiting, key=lambda one: one.joined):
        last = pieces[-1]
        if out.joined <= last.joined or (last.left is not None and out.joined >= last.left):
            continue
        pieces[-1] = replace(last, left=out.joined, assumed=False)
        if out.left is None or (last.left is not None and out.left >= last.left):
            break
        pieces.append(replace(last, joined=out.left))
    return pieces
