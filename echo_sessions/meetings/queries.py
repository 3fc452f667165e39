"""Finding meetings, their troubles and ways in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from echo_sessions.database import db
from echo_sessions.meetings.models import Meeting, MeetingLink, Trouble
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person


def by_code(code: str, *, hold: bool = False) -> Meeting | None:
    """The meeting of the session with this code, as it is now; with `hold` nobody else changes it in this transaction."""
    chosen = select(Meeting).where(Meeting.code == code)
    if hold:
        chosen = chosen.with_for_update(of=Meeting, key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(chosen).unique().one_or_none()


def held(number: int) -> Meeting | None:
    """The meeting with this id as it is now; nobody else changes it until the transaction ends."""
    chosen = select(Meeting).where(Meeting.id == number).with_for_update(of=Meeting, key_share=True)
    return db.session.scalars(chosen.execution_options(populate_existing=True)).unique().one_or_none()


def by_ref(provider: str, ref: str) -> Meeting | None:
    """The meeting that has this number at the provider, also one that is only taken away any more."""
    chosen = select(Meeting).where(Meeting.provider == provider, Meeting.ref == str(ref)).order_by(Meeting.id)
    return db.session.scalars(chosen).unique().first()


def all_of(code: str) -> Sequence[Meeting]:
    """The meeting of a session and what it left behind when it was replaced, the present one first."""
    chosen = select(Meeting).where((Meeting.code == code) | Meeting.code.startswith(f"{code}/", autoescape=True))
    return db.session.scalars(chosen.order_by(func.length(Meeting.code), Meeting.id)).unique().all()


def open_troubles(meeting_ids: Iterable[int]) -> dict[int, list[Trouble]]:
    """What is wrong with each of these now, the oldest first; meetings without troubles are left out."""
    chosen = select(Trouble).where(Trouble.meeting_id.in_(list(meeting_ids)), Trouble.over_at.is_(None))
    found: dict[int, list[Trouble]] = defaultdict(list)
    for trouble in db.session.scalars(chosen.order_by(Trouble.id)):
        found[trouble.meeting_id].append(trouble)
    return dict(found)


def link_of(meeting_id: int, person_id: int) -> MeetingLink | None:
    """Somebody's own way into a meeting, in whatever state."""
    chosen = select(MeetingLink).where(MeetingLink.meeting_id == meeting_id, MeetingLink.person_id == person_id)
    return db.session.scalars(chosen).one_or_none()


def links_of(meeting_id: int) -> Sequence[MeetingLink]:
    """All ways into a meeting."""
    chosen = select(MeetingLink).where(MeetingLink.meeting_id == meeting_id).order_by(MeetingLink.id)
    return db.session.scalars(chosen).all()


def links_with_people(numbers: Iterable[int]) -> Sequence[MeetingLink]:
    """The ways in with these ids as they are now, each with whose it is: few queries, however many they are."""
    chosen = select(MeetingLink).where(MeetingLink.id.in_(list(numbers))).options(joinedload(MeetingLink.person))
    return db.session.scalars(chosen.order_by(MeetingLink.id).execution_options(populate_existing=True)).all()


def links_by_state(meeting_id: int) -> dict[LinkState, int]:
    """How many ways in there are of each state."""
    counted = select(MeetingLink.state, func.count()).where(MeetingLink.meeting_id == meeting_id)
    return {state: count for state, count in db.session.execute(counted.group_by(MeetingLink.state))}


def person_of_registrant(meeting_ids: Iterable[int], registrant: str) -> Person | None:
    """Whom the provider means by this registrant of one of these meetings; a record that was merged is the one it went to."""
    if not registrant:
        return None
    chosen = (
        select(Person)
        .join(MeetingLink, MeetingLink.person_id == Person.id)
        .where(MeetingLink.meeting_id.in_(list(meeting_ids)), MeetingLink.registrant == registrant)
    )
    found = db.session.scalars(chosen).unique().first()
    return None if found is None else people.kept_of(found)


def refusal(meeting_id: int) -> str:
    """The provider's words for the latest way in that it refused."""
    chosen = select(MeetingLink.words).where(
        MeetingLink.meeting_id == meeting_id, MeetingLink.state == LinkState.REFUSED, MeetingLink.words.is_not(None)
    )
    return db.session.scalar(chosen.order_by(MeetingLink.id.desc()).limit(1)) or "–"
