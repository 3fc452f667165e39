"""The register of a session as it follows from the evidence and the decisions: computed anew at every look.

A session that is moved, a file that is withdrawn, a decision that is undone: the register is right at the next look.
Once it is closed, the rows in `attendance` hold, and this is only where they came from.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import lazyload, selectinload

from echo_sessions.attendance import presence, queries
from echo_sessions.attendance.evidence import seen_in
from echo_sessions.attendance.models import Identification, Mark
from echo_sessions.attendance.presence import Counted, MarkKind, Seen, Verdict, Window
from echo_sessions.database import db
from echo_sessions.people.models import Person, Staff
from echo_sessions.programs.models import Enrolment, Membership, Site
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyState


@dataclass(frozen=True)
class Standing:
    """As what somebody takes part in a session, and from where, as of now."""

    role: str
    site: Site | None


@dataclass(frozen=True)
class Line:
    """One person of a register: what counts, and everything it rests on."""

    person: Person
    standing: Standing
    counted: Counted
    share: int
    seen: tuple[Seen, ...] = ()
    decisions: tuple[Identification, ...] = ()
    rooms: tuple[Seen, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def minutes(self) -> int:
        return self.counted.minutes

    @property
    def how(self) -> tuple[str, ...]:
        """By what the person is known to have been there, and whether somebody said so."""
        kinds = ["room" if mark.kind is MarkKind.ROOM else "minutes" for mark in self.marks]
        return tuple(dict.fromkeys([*(decision.how for decision in self.decisions), *kinds]))

    @property
    def held(self) -> Mark | None:
        """The mark whose minutes hold, where somebody gave any."""
        return next((mark for mark in reversed(self.marks) if mark.minutes is not None), None)


@dataclass(frozen=True)
class Computed:
    """A whole register: people, what is left to settle, and identities that are nobody in particular."""

    window: Window
    lines: tuple[Line, ...]
    seen: dict[str, Seen]
    decisions: dict[str, Identification]

    @property
    def waiting(self) -> list[Seen]:
        return [one for one in self.seen.values() if one.touches and one.key not in self.decisions]

    @property
    def outside(self) -> list[Seen]:
        """Who has nothing to do with the session's time, and is nobody yet: a test of the line, another meeting."""
        return [one for one in self.seen.values() if not one.touches and one.key not in self.decisions]

    def decided(self, verdict: Verdict) -> list[Seen]:
        """The identities that somebody called so."""
        return [
            one for key, one in self.seen.items() if key in self.decisions and self.decisions[key].verdict == verdict
        ]

    @property
    def present(self) -> list[Line]:
        """Who was there for at least one whole minute: these become rows."""
        return [line for line in self.lines if line.minutes > 0]

    @property
    def claims(self) -> list[Line]:
        """Who counts nothing although a report without times says that they were there."""
        return [line for line in self.lines if line.minutes == 0 and line.counted.claimed and line.held is None]


def computed(session: Session) -> Computed:
    """The register as it stands, in a constant number of queries."""
    window, seen, decisions, parts = _parts(session)
    people = people_by_id(parts)
    standings = standings_of(session, people)
    lines = [_line(person, standings[person.id], parts[person.id], window) for person in people.values()]
    return Computed(
        window, tuple(sorted(lines, key=lambda line: (line.person.name.casefold(), line.person.id))), seen, decisions
    )


def minutes_of(session: Session) -> dict[int, int]:
    """Only everybody's minutes as they stand, by the person's id: lighter than the whole register."""
    window, seen = queries.window_of(session), seen_in(session)
    lines: dict[int, list[Seen]] = defaultdict(list)
    for identity, person_id in queries.persons_of(session.id):
        if identity in seen:
            lines[person_id].append(seen[identity])
    marks: dict[int, list[tuple[int | None, str | None]]] = defaultdict(list)
    for person_id, minutes, room in queries.said_by_hand(session.id):
        marks[person_id].append((minutes, room))
    found = {}
    for number in dict.fromkeys([*lines, *marks]):
        said = presence.marked(marks[number])
        rooms = [seen[room] for room in said.rooms if room in seen]
        found[number] = presence.counted(lines[number], rooms, said.minutes, window).minutes
    return found


@dataclass
class _Part:
    """What there is about one person: decisions about lines of the evidence, those lines, marks, and rooms they sat in."""

    decisions: list[Identification] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rooms: list[Seen] = field(default_factory=list)

    def counted(self, window: Window) -> Counted:
        said = presence.marked([(mark.minutes, mark.identity) for mark in self.marks])
        return presence.counted(self.seen, self.rooms, said.minutes, window)


def _parts(session: Session) -> tuple[Window, dict[str, Seen], dict[str, Identification], dict[int, _Part]]:
    window, seen = queries.window_of(session), seen_in(session)
    decisions = {key: one for key, one in queries.decisions_of(session.id).items() if key in seen}
    parts: dict[int, _Part] = defaultdict(_Part)
    for key, decision in decisions.items():
        if decision.verdict == Verdict.PERSON and decision.person_id is not None:
            parts[decision.person_id].decisions.append(decision)
            parts[decision.person_id].seen.append(seen[key])
    for mark in queries.marks_of(session.id):
        parts[mark.person_id].marks.append(mark)
    for part in parts.values():
        said = presence.marked([(mark.minutes, mark.identity) for mark in part.marks])
        part.rooms = [seen[room] for room in said.rooms if room in seen]
    return window, seen, decisions, dict(parts)


def _line(person: Person, standing: Standing, part: _Part, window: Window) -> Line:
    counted = part.counted(window)
    return Line(
        person=person, standing=standing, counted=counted, share=presence.share(counted.minutes, window), seen=tuple(part.seen),
        decisions=tuple(part.decisions), rooms=tuple(part.rooms), marks=tuple(part.marks),
    )  # fmt: skip


def people_by_id(numbers: Iterable[int]) -> dict[int, Person]:
    """These people with their addresses."""
    chosen = select(Person).where(Person.id.in_(set(numbers))).options(selectinload(Person.addresses))
    return {person.id: person for person in db.session.scalars(chosen).unique()}


def standings_of(session: Session, person_ids: Iterable[int]) -> dict[int, Standing]:
    """Role and site of each of these people in a session, as of now.

    The site is that of their place in the series, else of their duty, else of their newest place anywhere.
    """
    ids = list(person_ids)
    sites, active = _placed(session, ids)
    duties: dict[int, list[str]] = defaultdict(list)
    accepted = select(Duty.person_id, Duty.role).where(Duty.session_id == session.id, Duty.state == DutyState.ACCEPTED)
    for person, role in db.session.execute(accepted.where(Duty.person_id.in_(ids))):
        duties[person].append(role.value)
    roles: dict[int, list[str]] = defaultdict(list)
    member = select(Membership.person_id, Membership.role).where(Membership.program_id == session.series.program_id)
    for person, membership in db.session.execute(member.where(Membership.person_id.in_(ids))):
        roles[person].append(membership.value)
    staff = set(db.session.scalars(select(Staff.person_id).where(Staff.person_id.in_(ids))))
    named = _sites(sites.values())
    return {
        person: Standing(
            presence.role_of(
                duties=duties[person], memberships=roles[person], staff=person in staff, enrolled=person in active
            ),
            named.get(sites.get(person, 0)),
        )
        for person in ids
    }


def _placed(session: Session, ids: list[int]) -> tuple[dict[int, int], set[int]]:
    """From which site each of these people takes part, and who of them is an active participant of the series."""
    places = select(Enrolment).where(Enrolment.person_id.in_(ids)).order_by(Enrolment.since, Enrolment.id)
    found = db.session.scalars(places.options(lazyload("*"))).all()
    asked = select(Duty.person_id, Duty.site_id).where(Duty.session_id == session.id, Duty.person_id.in_(ids))
    ours = [place for place in found if place.series_id == session.series_id]
    anywhere = {place.person_id: place.site_id for place in found if place.site_id}
    on_duty = {person: site for person, site in db.session.execute(asked) if site}
    here = {place.person_id: place.site_id for place in ours if place.site_id}
    return anywhere | on_duty | here, {place.person_id for place in ours if _took_part(place, session)}


def _took_part(place: Enrolment, session: Session) -> bool:
    """An active participant, or one who left or was removed only after the session had begun."""
    if place.state in {EnrolmentState.LEFT, EnrolmentState.REMOVED}:
        return place.since > session.starts_at
    return place.state is EnrolmentState.ACTIVE


def _sites(numbers: Iterable[int]) -> dict[int, Site]:
    return {site.id: site for site in db.session.scalars(select(Site).where(Site.id.in_(set(numbers))))}
