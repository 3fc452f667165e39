"""Finding certificates."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from sqlalchemy import Select, or_, select

from echo_sessions import ids
from echo_sessions.certificates.models import Certificate, CertificateAward
from echo_sessions.certificates.rules import CertificateState
from echo_sessions.credit.models import Award
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Series
from echo_sessions.sessions.models import Session


def by_code(code: str) -> Certificate | None:
    """The certificate with this code, however it was typed."""
    normal = ids.certificate_code_as_typed(code)
    return db.session.scalars(select(Certificate).where(Certificate.code == normal)).unique().one_or_none()


def of_person(person_id: int) -> Sequence[Certificate]:
    """Somebody's certificates, newest first."""
    chosen = select(Certificate).where(Certificate.person_id == person_id)
    return db.session.scalars(chosen.order_by(Certificate.issued_at.desc(), Certificate.id.desc())).unique().all()


def of_activity(code: str) -> Sequence[Certificate]:
    """All certificates for a session or series, by person and number."""
    chosen = select(Certificate).where(Certificate.activity == code)
    return db.session.scalars(chosen.order_by(Certificate.person_id, Certificate.number)).unique().all()


def of_programs(program_ids: Select[int]) -> Select[Certificate]:
    """The certificates of these programs, newest first."""
    sessions = (
        select(Session.code).join(Series, Series.id == Session.series_id).where(Series.program_id.in_(program_ids))
    )
    series = select(Series.code).where(Series.program_id.in_(program_ids))
    chosen = select(Certificate).join(Person, Person.id == Certificate.person_id)
    return chosen.where(or_(Certificate.activity.in_(sessions), Certificate.activity.in_(series))).order_by(
        Certificate.issued_at.desc(), Certificate.id.desc()
    )


def awards_of(session_ids: Iterable[int]) -> Sequence[Award]:
    """The awards of these sessions that hold, with what they were printed from."""
    chosen = select(Award).where(Award.session_id.in_(list(session_ids)), Award.replaced_at.is_(None))
    return db.session.scalars(chosen.order_by(Award.person_id, Award.session_id)).unique().all()


def certified(award_ids: Iterable[int]) -> dict[int, Certificate]:
    """The valid certificate that shows each of these awards."""
    chosen = (
        select(CertificateAward.award_id, Certificate)
        .join(Certificate, Certificate.id == CertificateAward.certificate_id)
        .where(CertificateAward.award_id.in_(list(award_ids)), Certificate.state == CertificateState.ISSUED)
    )
    return {number: certificate for number, certificate in db.session.execute(chosen).unique()}


def code_in(name: str) -> str:
    """The code in a file's name that we gave it, or the text as it is."""
    return PurePath(name).stem.rsplit("certificate-", 1)[-1]
