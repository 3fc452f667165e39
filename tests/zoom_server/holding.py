"""A session is held: from who was there when, the instances, the rows of the reports and the hooks, all in agreement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.zoom_server.hooks import Telling, wire
from tests.zoom_server.people import Held, Present, Span
from tests.zoom_server.state import Instance, Meeting, Names, Row

REASON = "{name} left the meeting.<br>Reason: left the meeting."
Told = tuple[datetime, int, str, dict[str, Any]]


def cut(span: Span, window: Span) -> Span | None:
    """The part of a stay that lies within one instance."""
    begin, end = max(span[0], window[0]), min(span[1], window[1])
    return (begin, end) if begin < end else None


class Holding:
    """Plays one session. Each device is in the room under a new `user_id` each time it comes in."""

    def __init__(self, meeting: Meeting, starts_at: datetime, names: Names, telling: Telling) -> None:
        self.meeting, self.starts_at, self.names, self.telling = meeting, starts_at, names, telling
        self.told: list[Told] = []

    def at(self, minute: float) -> datetime:
        return self.starts_at + timedelta(seconds=round(minute * 60))

    def hold(self, people: Sequence[Present], windows: Sequence[Span]) -> Held:
        """All instances, one after the other."""
        held = Held(self.meeting, self.starts_at, [])
        for window in windows:
            uuid, self.meeting.uuid = self.meeting.uuid, self.names.uuid()
            instance = Instance(uuid, self.meeting.id, self.at(window[0]), self.at(window[1]))
            self.tell(instance.start, 0, "meeting.started", instance, start_time=_said(instance.start))
            for person in people:
                self._device(instance, person, window, held)
            assert instance.end is not None
            self.tell(
                instance.end,
                9,
                "meeting.ended",
                instance,
                start_time=_said(instance.start),
                end_time=_said(instance.end),
            )
            instance.rows.sort(key=lambda row: row.join)
            held.instances.append(instance)
        self.told.sort(key=lambda one: one[:2])
        return held

    def tell(self, at: datetime, rank: int, event: str, instance: Instance, **more: Any) -> None:
        self.told.append((at, rank, event, self.telling.about(self.meeting, instance.uuid, **more)))

    def bodies(self) -> list[bytes]:
        """The hooks in the order in which things happened."""
        return [wire(event, at, payload) for at, _, event, payload in self.told]

    def _device(self, instance: Instance, person: Present, window: Span, held: Held) -> None:
        known = self._known(person)
        for span in person.waiting:
            if (part := cut(span, window)) is not None:
                self._waits(instance, replace(known), part)
        for span in person.stays:
            if (part := cut(span, window)) is None:
                continue
            for who in {person.email.casefold(), known.name.casefold(), person.name.casefold()} - {""}:
                held.spans.setdefault(who, []).append(part)
            self._stays(instance, replace(known), part, [b for s in person.breakout if (b := cut(s, part)) is not None])

    def _known(self, person: Present) -> Row:
        """What Zoom knows of somebody: a registrant by all of it, a guest by the name alone."""
        found = self.meeting.registrants.get(person.email.casefold()) if person.registered else None
        row = Row("", person.name or person.email, self.starts_at, self.starts_at, phone=person.phone,
                  participant_id=person.account, who=person.email or person.name)  # fmt: skip
        if found is not None and found.status == "approved":
            row.name = person.name or f"{found.first_name} {found.last_name}".strip()
            row.email, row.registrant_id = found.email, found.id
        elif person.shows:
            row.email = person.email
        return row

    def _enters(self, row: Row, span: Span) -> Row:
        row.user_id, row.participant_uuid = self.names.presence(), self.names.guid()
        row.join, row.leave = self.at(span[0]), self.at(span[1])
        return row

    def _waits(self, instance: Instance, row: Row, span: Span) -> None:
        self._enters(row, span).status = "in_waiting_room"
        instance.rows.append(row)
        for at, rank, event in ((row.join, 1, "joined"), (row.leave, 2, "left")):
            self.tell(at, rank, f"meeting.participant_{event}_waiting_room", instance,
                      participant=self.telling.participant(row, "date_time", at))  # fmt: skip
        self.tell(row.leave, 3, "meeting.participant_admitted", instance,
                  participant=self.telling.participant(row, "date_time", row.leave))  # fmt: skip

    def _stays(self, instance: Instance, row: Row, span: Span, breakouts: list[Span]) -> None:
        instance.rows.append(self._enters(row, span))
        self.tell(row.join, 4, "meeting.participant_joined", instance,
                  participant=self.telling.participant(row, "join_time", row.join))  # fmt: skip
        for breakout in breakouts:
            self._breaks_out(instance, row, breakout)
        self.tell(row.leave, 7, "meeting.participant_left", instance, participant=self.telling.participant(
            row, "leave_time", row.leave, leave_reason=REASON.format(name=row.name)))  # fmt: skip

    def _breaks_out(self, instance: Instance, main: Row, span: Span) -> None:
        """A room apart looks like a second presence: a new `user_id`, at the same time as the first."""
        row = self._enters(replace(main), span)
        row.breakout, row.participant_uuid = self.names.guid(), main.participant_uuid
        instance.rows.append(row)
        for at, rank, event, moment in ((row.join, 5, "joined", "join_time"), (row.leave, 6, "left", "leave_time")):
            self.tell(at, rank, f"meeting.participant_{event}_breakout_room", instance, breakout_room_uuid=row.breakout,
                      participant=self.telling.participant(row, moment, at, parent_user_id=main.user_id))  # fmt: skip


def _said(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
