"""What the codes in the audit stand for: where each leads, and which belong to which programs. A page may look at everybody."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from flask import current_app, url_for
from sqlalchemy import Select, select, union_all

from echo_sessions.audit.models import Entry
from echo_sessions.cases.models import Case
from echo_sessions.credit.models import Policy
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Enrolment, Program, Series
from echo_sessions.sessions.models import Duty, Session

PAGES = {
    "PRG": "programs.show",
    "SER": "programs.show_series",
    "S": "sessions.show",
    "P": "programs.show_person",
    "L": "mail.show",
    "AL": "alarms.explain",
    "V": "verification.show",
    "INC": "conduct.show",
    "SITE": "programs.show_site",
}
"""The page of a thing by the letters its code begins with; a page that does not exist is left out."""
_CERTIFICATE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


def pages_of(codes: Collection[str]) -> dict[str, str]:
    """The addresses of the pages of these things, in one query more."""
    there = current_app.view_functions
    found = {code: PAGES[prefix] for code in codes if (prefix := code.partition("-")[0]) in PAGES}
    found |= {code: "certificates.verify_code" for code in codes if _CERTIFICATE.fullmatch(code)}
    rest = set(codes) - found.keys()
    if rest:
        found |= dict.fromkeys(db.session.scalars(select(Case.code).where(Case.code.in_(rest))), "cases.show")
    return {code: url_for(end, code=code) for code, end in found.items() if end in there}


def of_programs(program_ids: Select[int]) -> Any:
    """Deeds done to these programs or to something of theirs: series, sessions, parts, enrolments, cases, rules of credit."""
    series = select(Series.id).where(Series.program_id.in_(program_ids))
    sessions = select(Session.id).where(Session.series_id.in_(series))
    codes = (
        select(Program.code).where(Program.id.in_(program_ids)),
        select(Series.code).where(Series.program_id.in_(program_ids)),
        select(Session.code).where(Session.series_id.in_(series)),
        select(Duty.code).where(Duty.session_id.in_(sessions)),
        select(Enrolment.code).where(Enrolment.series_id.in_(series)),
        select(Case.code).where(Case.program_id.in_(program_ids)),
        select(Policy.code).where(Policy.program_id.in_(program_ids)),
    )
    return Entry.thing.in_(union_all(*codes))


def people_called(words: str) -> Select[int]:
    """The ids of the people with this code, or with these words in their name."""
    chosen = select(Person.id)
    if re.fullmatch(r"[Pp]-[0-9A-Za-z]{8}", words):
        return chosen.where(Person.code == words.upper())
    for word in words.split():
        chosen = chosen.where(Person.name.icontains(word, autoescape=True))
    return chosen


def names_of(numbers: Iterable[int | None]) -> dict[int, str]:
    """The names of these people, in one query."""
    known = {number for number in numbers if number is not None}
    return {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(known)))}
