"""Finding consents, requests and clearings out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select

from echo_sessions.database import db
from echo_sessions.people.models import Account, Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.privacy.models import Consent, DataRequest, RetentionRun
from echo_sessions.privacy.rules import ConsentKind, RequestKind, RequestState, RunState


def consents_of(person_id: int) -> Mapping[ConsentKind, Consent]:
    """What somebody has said last about each kind."""
    chosen = select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)
    return {row.kind: row for row in db.session.scalars(chosen)}


def consent_history(person_id: int) -> Sequence[Consent]:
    """Everything somebody has agreed to or taken back, last first."""
    return db.session.scalars(select(Consent).where(Consent.person_id == person_id).order_by(Consent.id.desc())).all()


def has_consented(person_id: int, kind: ConsentKind) -> bool:
    """Whether somebody agrees now."""
    said = consents_of(person_id).get(kind)
    return said is not None and said.given


def request_by_code(code: str) -> DataRequest | None:
    """The request with this code."""
    return db.session.scalars(select(DataRequest).where(DataRequest.code == code)).unique().one_or_none()


def requests_of(person_id: int) -> Sequence[DataRequest]:
    """Somebody's requests, last first."""
    chosen = select(DataRequest).where(DataRequest.person_id == person_id).order_by(DataRequest.id.desc())
    return db.session.scalars(chosen).unique().all()


def open_request(person_id: int, kind: RequestKind) -> DataRequest | None:
    """A request of this kind that is not carried out yet."""
    chosen = select(DataRequest).where(
        DataRequest.person_id == person_id, DataRequest.kind == kind, DataRequest.state == RequestState.WAITING
    )
    return db.session.scalars(chosen).unique().first()


def requests(words: str = "", state: RequestState | None = None) -> Select[DataRequest]:
    """All requests, those that wait first, found by the name or code of the person."""
    chosen = select(DataRequest).join(Person, Person.id == DataRequest.person_id)
    for word in words.split():
        chosen = chosen.where(Person.name.icontains(word, autoescape=True) | (Person.code == word.upper()))
    if state is not None:
        chosen = chosen.where(DataRequest.state == state)
    return chosen.order_by((DataRequest.state != RequestState.WAITING), DataRequest.id.desc())


def erasures_due(now: datetime) -> Sequence[int]:
    """The ids of erasures whose week is over."""
    chosen = select(DataRequest.id).where(
        DataRequest.kind == RequestKind.ERASURE, DataRequest.state == RequestState.WAITING, DataRequest.due_at <= now
    )
    return db.session.scalars(chosen.order_by(DataRequest.id)).all()


def copies_over(now: datetime) -> Sequence[int]:
    """The ids of copies whose time to be fetched is over."""
    chosen = select(DataRequest.id).where(
        DataRequest.kind == RequestKind.COPY, DataRequest.state == RequestState.READY, DataRequest.due_at <= now
    )
    return db.session.scalars(chosen.order_by(DataRequest.id)).all()


def run_by_code(code: str) -> RetentionRun | None:
    """The clearing out with this code."""
    return db.session.scalars(select(RetentionRun).where(RetentionRun.code == code)).one_or_none()


def open_run() -> RetentionRun | None:
    """The clearing out that is shown or held back, if there is one."""
    chosen = select(RetentionRun).where(RetentionRun.state != RunState.DONE).order_by(RetentionRun.id.desc())
    return db.session.scalars(chosen).first()


def runs() -> Select[RetentionRun]:
    """All clearings out, last first."""
    return select(RetentionRun).order_by(RetentionRun.id.desc())


def owners() -> Sequence[Person]:
    """The hub's owners, or its staff where none is an owner: who is told."""
    chosen = select(Person).join(Staff, Staff.person_id == Person.id).order_by(Person.id)
    return (
        db.session.scalars(chosen.where(Staff.role == StaffRole.OWNER)).unique().all()
        or db.session.scalars(chosen).unique().all()
    )


def account_is_open(person_id: int) -> bool:
    """Whether somebody can sign in."""
    return db.session.scalar(select(Account.id).where(Account.person_id == person_id, Account.active)) is not None
