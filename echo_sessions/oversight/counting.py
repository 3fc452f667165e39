"""What happened in a program, as counts: from closed registers, presented cases and certificates that hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from echo_sessions.attendance.models import Attendance, Register
from echo_sessions.attendance.rules import RegisterState
from echo_sessions.cases.models import Case
from echo_sessions.cases.queries import in_sight
from echo_sessions.cases.rules import CaseState
from echo_sessions.certificates.models import Certificate, CertificateAward
from echo_sessions.certificates.queries import of_programs
from echo_sessions.certificates.rules import CertificateState
from echo_sessions.credit.models import Award
from echo_sessions.database import db
from echo_sessions.oversight.rules import Breakdown, breakdown
from echo_sessions.programs.models import Program, Series, Site
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.words import msgid

TAUGHT = (CaseState.PRESENTED, CaseState.FOLLOWED_UP, CaseState.CLOSED, CaseState.LOST)
MONTH, SITE, PROFESSION = "month", "site", "profession"
BY_WORDS = {MONTH: msgid("By month"), SITE: msgid("By site"), PROFESSION: msgid("By profession")}


@dataclass(frozen=True)
class Fact:
    """One attendance, case or certificate: of whom, in which month, from which site, of which profession."""

    person_id: int
    month: str
    site: str
    profession: str


@dataclass(frozen=True)
class Measure:
    """What is counted, under its name, by month, by site and by profession."""

    name: str
    by: dict[str, Breakdown]


@dataclass(frozen=True)
class Counts:
    """The counts of a program. Sessions are announced to everybody and are no people: they are told as they are."""

    sessions: int
    sessions_by_month: tuple[tuple[str, int], ...]
    measures: tuple[Measure, ...]


def counts_of(program: Program, now: datetime) -> Counts:
    """Everything that sponsors and site leads may be told of a program, with small counts hidden."""
    zone = ZoneInfo(program.hub.zone)
    held = Counter(_month(session.starts_at, zone) for session in _held(program.id, now))
    attended, cases, certified = _attended(program.id, zone), _presented(program.id, zone), _certified(program.id, zone)
    everything = [*attended, *cases, *certified]
    keys = {way: sorted({getattr(fact, way) for fact in everything}) for way in BY_WORDS}
    return Counts(
        sessions=held.total(),
        sessions_by_month=tuple(sorted(held.items())),
        measures=(
            _measure(msgid("Attendances"), attended, keys),
            _measure(msgid("People"), attended, keys, distinct=True),
            _measure(msgid("Cases"), cases, keys),
            _measure(msgid("Certificates"), certified, keys),
        ),
    )


def _measure(name: str, facts: Sequence[Fact], keys: Mapping[str, Sequence[str]], *, distinct: bool = False) -> Measure:
    """One row for each key that any measure has, also where this one has none: an empty cell would say nobody.
    `distinct`: each person once in the sum, and once in each part."""
    people = {fact.person_id for fact in facts}
    by = {}
    for way in BY_WORDS:
        parts: dict[str, list[int]] = {key: [] for key in keys[way]}
        for fact in facts:
            parts[getattr(fact, way)].append(fact.person_id)
        counted = {part: len(set(found)) if distinct else len(found) for part, found in parts.items()}
        by[way] = breakdown(counted, len(people) if distinct else len(facts))
    return Measure(name, by)


def _held(program_id: int, now: datetime) -> Iterable[Session]:
    chosen = (
        select(Session)
        .join(Series, Series.id == Session.series_id)
        .where(Series.program_id == program_id, Session.state == SessionState.SCHEDULED, Session.starts_at < now)
    )
    return [session for session in db.session.scalars(chosen).unique() if session.ends_at <= now]


def _attended(program_id: int, zone: ZoneInfo) -> list[Fact]:
    """Rows of closed registers, with site and profession as they were that day."""
    chosen = (
        select(Attendance.person_id, Session.starts_at, Site.name, Attendance.profession)
        .join(Register, Register.id == Attendance.register_id)
        .join(Session, Session.id == Register.session_id)
        .join(Series, Series.id == Session.series_id)
        .outerjoin(Site, Site.id == Attendance.site_id)
        .where(Series.program_id == program_id, Register.state == RegisterState.CLOSED, Attendance.minutes > 0)
    )
    return [Fact(row[0], _month(row[1], zone), row[2] or "", row[3] or "") for row in db.session.execute(chosen)]


def _presented(program_id: int, zone: ZoneInfo) -> list[Fact]:
    chosen = (
        select(Case)
        .where(Case.program_id == program_id, Case.state.in_(TAUGHT), Case.session_id.is_not(None), in_sight(None))
        .options(joinedload(Case.session), joinedload(Case.site))
    )
    return [
        Fact(
            case.author_id,
            _month(case.session.starts_at, zone),
            case.site.name if case.site else "",
            case.profession or "",
        )
        for case in db.session.scalars(chosen).unique()
        if case.session is not None
    ]


def _certified(program_id: int, zone: ZoneInfo) -> list[Fact]:
    """Certificates that hold, by the site and profession of the newest award that they show."""
    issued = of_programs(select(Program.id).where(Program.id == program_id)).order_by(None)
    found = (
        select(Certificate.id, Certificate.person_id, Certificate.issued_at, Site.name, Award.profession)
        .where(
            Certificate.id.in_(issued.with_only_columns(Certificate.id)), Certificate.state == CertificateState.ISSUED
        )
        .outerjoin(CertificateAward, CertificateAward.certificate_id == Certificate.id)
        .outerjoin(Award, Award.id == CertificateAward.award_id)
        .outerjoin(Site, Site.id == Award.site_id)
        .order_by(Certificate.id, Award.id)
    )
    facts = {
        row[0]: Fact(row[1], _month(row[2], zone), row[3] or "", row[4] or "") for row in db.session.execute(found)
    }
    return list(facts.values())


def _month(moment: datetime, zone: ZoneInfo) -> str:
    """2026-11, by the clock of the hub."""
    return f"{moment.astimezone(zone):%Y-%m}"
