"""Finding recalls, and who decides about them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import selectinload

from echo_sessions.audit import queries as audit
from echo_sessions.audit.models import Look
from echo_sessions.audit.rules import Seen
from echo_sessions.cases.models import Case, Recall, RecallOfficer
from echo_sessions.cases.recall import TAUGHT, Fate, RecallState
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from echo_sessions.people.models import Hub, Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Membership, Program
from echo_sessions.programs.rules import Role

MOST_LINES = 200


def by_code(code: str) -> Recall | None:
    """The recall with this code."""
    return db.session.scalars(select(Recall).where(Recall.code == code.strip().upper())).unique().one_or_none()


def open_of(case_id: int) -> Recall | None:
    """The recall that keeps a case out of view, if one does."""
    chosen = select(Recall).where(Recall.case_id == case_id, Recall.state == RecallState.OPEN)
    return db.session.scalars(chosen.order_by(Recall.id.desc())).unique().first()


def last_of(case_id: int) -> Recall | None:
    """The newest recall of a case."""
    return (
        db.session.scalars(select(Recall).where(Recall.case_id == case_id).order_by(Recall.id.desc())).unique().first()
    )


def given_back(case_id: int) -> Recall | None:
    """The newest recall that gave a case back to its author to be corrected."""
    chosen = select(Recall).where(Recall.case_id == case_id, Recall.fate == Fate.RETURNED)
    return db.session.scalars(chosen.order_by(Recall.id.desc())).unique().first()


def taught_before(case_id: int) -> CaseState | None:
    """Where a case stood that the group had heard before it was given back to be corrected."""
    recall = given_back(case_id)
    return recall.came_from if recall is not None and recall.came_from in TAUGHT else None


def hold(recall: Recall) -> None:
    """Let nobody else decide about this recall until the transaction ends, and see it as it is now."""
    db.session.flush()
    db.session.refresh(recall, with_for_update={"of": Recall})


def candidates(program: Program) -> list[list[Person]]:
    """Who can be an officer, by rank: owners of the hub, directors of the program, coordinators of the hub, of the program."""
    ranks: list[list[Person]] = []
    for role in (StaffRole.OWNER, Role.DIRECTOR, StaffRole.COORDINATOR, Role.COORDINATOR):
        if isinstance(role, StaffRole):
            chosen = select(Person).join(Staff, Staff.person_id == Person.id).where(
                Staff.hub_id == program.hub_id, Staff.role == role
            )  # fmt: skip
        else:
            chosen = select(Person).join(Membership, Membership.person_id == Person.id).where(
                Membership.program_id == program.id, Membership.role == role
            )  # fmt: skip
        usable = chosen.where(Person.merged_into_id.is_(None), Person.erased_at.is_(None))
        ranks.append(list(db.session.scalars(usable.order_by(Person.id)).unique()))
    return ranks


def is_officer(recall: Recall, person: Person) -> bool:
    """Whether somebody was named for this recall."""
    return any(officer.person_id == person.id for officer in recall.officers)


def is_owner(person_id: int) -> bool:
    """Whether somebody owns the hub: an owner steps in where an officer is away or has left."""
    chosen = select(Staff.id).where(Staff.person_id == person_id, Staff.role == StaffRole.OWNER)
    return db.session.scalar(chosen.limit(1)) is not None


def visible_to(person_id: int, *, code: str = "", state: RecallState | None = None) -> Select[Recall]:
    """The recalls somebody may see, newest first: raised by them, about their own case, or theirs to decide."""
    mine = [Recall.raised_by_id == person_id, Case.author_id == person_id, _decided_by(person_id)]
    if is_owner(person_id):
        mine.append(Recall.id.is_not(None))
    chosen = select(Recall).join(Case, Case.id == Recall.case_id).where(or_(*mine))
    if code:
        chosen = chosen.where(
            or_(Case.code.icontains(code, autoescape=True), Recall.code.icontains(code, autoescape=True))
        )
    if state is not None:
        chosen = chosen.where(Recall.state == state)
    return chosen.order_by(Recall.raised_at.desc(), Recall.id.desc())


def any_for(person_id: int) -> bool:
    """Whether somebody may see any recall at all."""
    return db.session.scalar(visible_to(person_id).with_only_columns(Recall.id).order_by(None).limit(1)) is not None


def waiting_for(person_id: int) -> Sequence[Recall]:
    """Open recalls that somebody decides about as an officer, or as an owner of the hub, those with a clock first."""
    mine = Recall.id.is_not(None) if is_owner(person_id) else _decided_by(person_id)
    chosen = select(Recall).join(Case, Case.id == Recall.case_id).where(
        Recall.state == RecallState.OPEN, Case.author_id != person_id, mine
    )  # fmt: skip
    chosen = chosen.options(selectinload(Recall.steps))
    return db.session.scalars(chosen.order_by(Recall.due_at.is_(None), Recall.due_at, Recall.id)).unique().all()


def _decided_by(person_id: int) -> ColumnElement[bool]:
    """Named as officer, and still running the program: a role that was lost is lost here too."""
    named = select(RecallOfficer.recall_id).where(RecallOfficer.person_id == person_id)
    return and_(Recall.id.in_(named), Case.program_id.in_(programs.programs_run_by(person_id)))


def openings(case: Case) -> list[tuple[Look, Person]]:
    """Who opened the case or its recommendations, as what and when, the newest first."""
    looks = audit.looks_at(case.code).where(Look.what.in_((Seen.CASE, Seen.RECOMMENDATIONS))).limit(MOST_LINES)
    found = db.session.scalars(looks).all()
    people = people_by_id(look.person_id for look in found)
    return [(look, people[look.person_id]) for look in found if look.person_id in people]


def openers(case: Case) -> Sequence[Person]:
    """Everybody who ever opened the case or its recommendations."""
    looked = select(Look.person_id).where(Look.thing == case.code, Look.what.in_((Seen.CASE, Seen.RECOMMENDATIONS)))
    return db.session.scalars(select(Person).where(Person.id.in_(looked)).order_by(Person.id)).unique().all()


def letters_about(case: Case) -> Sequence[Letter]:
    """The letters that led somebody to the case and were sent, the newest first. None of them holds a word of it."""
    chosen = select(Letter).where(Letter.about == case.code, Letter.state == LetterState.SENT)
    return db.session.scalars(chosen.order_by(Letter.sent_at.desc(), Letter.id.desc()).limit(MOST_LINES)).all()


def people_by_id(numbers: Iterable[int | None]) -> dict[int, Person]:
    """These people by their numbers, in one query."""
    wanted = {number for number in numbers if number is not None}
    chosen = select(Person).where(Person.id.in_(wanted))
    return {person.id: person for person in db.session.scalars(chosen).unique()}


def steps_of(recall_id: int) -> Recall:
    """A recall with everything that was decided about it."""
    chosen = select(Recall).where(Recall.id == recall_id).options(selectinload(Recall.steps))
    return db.session.scalars(chosen).unique().one()


def hub() -> Hub | None:
    """The hub, for its law."""
    return db.session.scalars(select(Hub)).first()
