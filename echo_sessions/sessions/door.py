"""What happens at the door of a session beside being let in: who says that they sit in one room, what somebody was shown
of disclosures and credit, and who stood there in vain."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from echo_sessions.audit import service as audit
from echo_sessions.database import db, upsert
from echo_sessions.errors import Refused
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.people.models import Person
from echo_sessions.people.places import country_named
from echo_sessions.people.rules import clean_name
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Companion, Session, Shown, ShownText, Visit

MOST_COLLEAGUES = 60
MOST_IN_ROOM = 40
MOST_DISCLOSURE = 4000


@dataclass(frozen=True)
class Spoken:
    """What is shown before somebody goes in, as (heading, words), in the reader's language."""

    parts: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The exact text, as it is kept."""
        return "\n\n".join(f"{heading}\n{words}" for heading, words in self.parts)

    @property
    def sha256(self) -> str:
        """The mark by which a page says which wording it showed; empty where there was nothing to show."""
        return hashlib.sha256(self.text.encode()).hexdigest() if self.parts else ""


@dataclass(frozen=True)
class RoomSaid:
    """What a page sends about the room: `ticked` now, `known` as ticked when the page was made, and names typed.

    Only the difference counts: a page that was open on another device since before undoes nothing that it never showed.
    """

    ticked: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Numbers:
    """Telephone numbers of one country: as written, as dialled, and the city."""

    country: str
    numbers: tuple[tuple[str, str, str], ...]


# The room


def colleagues(session: Session, person: Person) -> Sequence[Person]:
    """Who takes part in the series from the same site; nobody for somebody without a place in it."""
    place = programs.enrolment_of(session.series_id, person.id)
    if place is None or place.state is not EnrolmentState.ACTIVE or place.site_id is None:
        return []
    chosen = select(Person).join(Enrolment, Enrolment.person_id == Person.id)
    chosen = chosen.where(
        Enrolment.series_id == session.series_id, Enrolment.site_id == place.site_id,
        Enrolment.state == EnrolmentState.ACTIVE, Person.id != person.id,
    )  # fmt: skip
    return db.session.scalars(chosen.order_by(Person.name, Person.id).limit(MOST_COLLEAGUES)).unique().all()


def companions_of(session_id: int, person_id: int) -> Sequence[Companion]:
    """Whom somebody named as being in the room with them, as it stands."""
    chosen = select(Companion).where(
        Companion.session_id == session_id, Companion.person_id == person_id, Companion.undone_at.is_(None)
    )
    return db.session.scalars(chosen.options(joinedload(Companion.other)).order_by(Companion.id)).unique().all()


def key_of(companion: Companion) -> str:
    """By what a page names it: the code of a colleague who was ticked, else the number of its row."""
    ticked = companion.called is None and companion.other is not None
    return companion.other.code if ticked and companion.other else str(companion.id)


def keep_room(session: Session, person: Person, said: RoomSaid, *, now: datetime) -> None:
    """Keep who sits with somebody, as they say. Taking a name back keeps the row, with the moment.

    Refused: people who are no colleagues from the same site (they are named, not ticked), and more than fit a room.
    """
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    standing = {key_of(row): row for row in companions_of(session.id, person.id)}
    near = {each.code: each for each in colleagues(session, person)}
    for key in said.known - said.ticked:
        if key in standing:
            standing.pop(key).undone_at = now
    for key in sorted(said.ticked - said.known - standing.keys()):
        if key not in near:
            raise Refused("Only colleagues of your own site can be ticked. Write the names of others instead.")
        standing[key] = _sits(session, person, now=now, other=near[key])
    _keep_names(session, person, said.names, standing, near.values(), now=now)
    if len(standing) > MOST_IN_ROOM:
        raise Refused(
            "At most %(most)s people fit into one room here. Tell the hub about the others.", most=MOST_IN_ROOM
        )


def _keep_names(
    session: Session, person: Person, names: Iterable[str], standing: dict[str, Companion], near: Iterable[Person], *, now: datetime
) -> None:  # fmt: skip
    """A typed name that is a colleague's means the colleague; one that stands already, or one's own, adds nobody."""
    known = {each.name.casefold(): each for each in near}
    there = {(row.called or (row.other.name if row.other else "")).casefold() for row in standing.values()}
    for name in names:
        name = clean_name(name)
        if name.casefold() in there | {person.name.casefold()}:
            continue
        other = known.get(name.casefold())
        row = _sits(session, person, now=now, other=other, called=None if other else name)
        standing[key_of(row)] = row
        there.add(name.casefold())


def _sits(
    session: Session, person: Person, *, now: datetime, other: Person | None = None, called: str | None = None
) -> Companion:
    row = Companion(session_id=session.id, person_id=person.id, other=other, called=called, at=now)
    db.session.add(row)
    db.session.flush()
    return row


# What was shown


def note_shown(session: Session, person: Person, spoken: Spoken, *, now: datetime) -> None:
    """Somebody was shown these words; only the first time counts. The words are kept once for each wording."""
    if not spoken.parts:
        return
    words = {"session_id": session.id, "sha256": spoken.sha256, "text": spoken.text, "at": now}
    keep = upsert(ShownText).values(**words)
    db.session.execute(keep.on_conflict_do_nothing(index_elements=["session_id", "sha256"]))
    chosen = select(ShownText.id).where(ShownText.session_id == session.id, ShownText.sha256 == spoken.sha256)
    number = db.session.scalars(chosen).one()
    note = upsert(Shown).values(session_id=session.id, person_id=person.id, text_id=number, at=now)
    db.session.execute(note.on_conflict_do_nothing(index_elements=["session_id", "person_id", "text_id"]))


def shown_in(session_id: int) -> Select[Any, Any, Any, Any, Any]:
    """Who was shown which wording, and when first, by moment: name, profession, moment, words, their hash."""
    chosen = (
        select(Person.name, Person.profession, Shown.at, ShownText.text, ShownText.sha256)
        .join(Shown, Shown.person_id == Person.id)
        .join(ShownText, ShownText.id == Shown.text_id)
    )
    return chosen.where(Shown.session_id == session_id).order_by(Shown.at, Shown.id)


def disclose(session: Session, text: str, *, by: Person, now: datetime) -> None:
    """Record what those who speak have disclosed, as participants are to read it; empty takes it away."""
    text = text.strip()
    if len(text) > MOST_DISCLOSURE:
        raise Refused("This text is too long; at most %(most)s letters fit.", most=MOST_DISCLOSURE)
    session.disclosure = text or None
    audit.record(by.id, "disclosure recorded" if text else "disclosure taken away", session.code, at=now)


# Who stood there in vain


def shut_out(session_id: int) -> Sequence[tuple[Person, datetime]]:
    """Who pressed at the open door and was not let in, or not again after losing the line; with the last moment."""
    last_in = func.max(case((Visit.let_in.is_(True), Visit.at)))
    last_out = func.max(case((Visit.let_in.is_(False), Visit.at)))
    found = (
        select(Visit.person_id, last_out.label("at"))
        .where(Visit.session_id == session_id)
        .group_by(Visit.person_id)
        .having(last_out.is_not(None) & (last_in.is_(None) | (last_in < last_out)))
        .subquery()
    )
    chosen = select(Person, found.c.at).join(found, found.c.person_id == Person.id).order_by(Person.name, Person.id)
    chosen = chosen.options(selectinload(Person.addresses))
    return [(person, at) for person, at in db.session.execute(chosen).unique()]


def pressed_in(session_id: int) -> int:
    """How many people were let in by their own way in, at least once."""
    chosen = select(func.count(func.distinct(Visit.person_id)))
    return db.session.scalar(chosen.where(Visit.session_id == session_id, Visit.let_in.is_(True))) or 0


# The telephone


def country_of(session: Session, person: Person) -> str | None:
    """Where somebody most likely rings from: their own country, else that of their site."""
    if person.country:
        return person.country
    place = programs.enrolment_of(session.series_id, person.id)
    return place.site.country if place is not None and place.site is not None else None


def numbers_of(session: Session, first: str | None) -> list[Numbers]:
    """The numbers to dial in by, by country, the reader's own first. None for a pasted address, which is another room."""
    meeting = session.meeting
    if session.meeting_url is not None or meeting is None or meeting.state is not MeetingState.MADE:
        return []
    return grouped(meeting.phones, first)


def grouped(phones: Iterable[Mapping[str, str]], first: str | None) -> list[Numbers]:
    """Numbers by country in their order, one country first; what has no number is left out. A country may be given by its
    two letters or its English name."""
    found: dict[str, dict[str, str]] = {}
    for phone in phones:
        if number := phone.get("number", "").strip():
            found.setdefault(_country(phone.get("country", "")), {})[number] = phone.get("city", "").strip()
    order = sorted(found, key=lambda country: country != (first or "").upper())
    return [
        Numbers(country, tuple((number, dialled(number), city) for number, city in found[country].items()))
        for country in order
    ]


def _country(text: str) -> str:
    """The two letters of a country, which providers write in one way or the other; as it stands where nobody knows it."""
    try:
        return country_named(text.strip())
    except Refused:
        return text.strip()


def dialled(number: str) -> str:
    """A number as a telephone takes it: digits, and the plus in front."""
    return ("+" if number.strip().startswith("+") else "") + "".join(filter(str.isdecimal, number))


def meeting_number(session: Session) -> str:
    """The meeting's number as people type it into a telephone; nothing where it has none."""
    ref = (session.meeting.ref or "") if session.meeting is not None else ""
    if not ref.isascii() or not ref.isdigit():
        return ""
    cuts = (3, 7) if len(ref) == 11 else (3, 6)
    return " ".join(part for part in (ref[: cuts[0]], ref[cuts[0] : cuts[1]], ref[cuts[1] :]) if part)
