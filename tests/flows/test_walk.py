"""The walk: a hub's whole loop as its people live it, over HTTP, with a worker and a real mail server."""

from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from tests.flows.afterwards import attendance_is_settled, certificates_go_out, nothing_is_left
from tests.flows.case import (
    a_case_is_reviewed,
    a_case_is_written,
    code_in,
    experts_are_asked,
    recommendations_reach_the_author,
    the_session_is_held,
)
from tests.flows.reader import somebody
from tests.flows.season import a_program_and_its_series, calendars_follow, dates_are_published, people_enrol
from tests.flows.town import Town, whole
from tests.make import Make
from tests.outside.reading import needs_poppler

ANA = "ana@echo.test"
SECRETS = ("spleen", "platelets", "nterferon", "ascites", "lastography", "regimen", "12 March")


@needs_poppler
def test_the_walk(town: Town, make: Make) -> None:
    make.now = town.clock.moment
    make.hub()
    make.coordinator("Ana Ruiz", email=ANA)
    ana, grace, ben = somebody(town, ANA), somebody(town, "grace@clinic.test"), somebody(town, "ben@clinic.test")

    series = a_program_and_its_series(ana)
    people_enrol(ana, series, ben)
    first, second = dates_are_published(ana, series, grace)
    case = a_case_is_written(town, ben, ana)
    a_case_is_reviewed(town, ben, ana, case)
    lin = experts_are_asked(ana, first, case)
    calendars_follow(ana, first, second, grace)
    the_session_is_held(town, ana, ben, grace, lin, case)
    recommendations_reach_the_author(town, ana, ben, grace, lin, case)
    attendance_is_settled(town, ana, first)
    certificates_go_out(town, ana, first, grace)
    nothing_is_left(town, ana, first, case)
    no_word_of_a_patient_left_the_pages(town, code_in(case))


def no_word_of_a_patient_left_the_pages(town: Town, code: str) -> None:
    """The only look behind the pages: letters as they were delivered, what was recorded, what jobs carried."""
    letters = town.post.delivered()
    rows = [*db.session.scalars(select(Entry)), *db.session.scalars(select(Job))]
    said = [*map(whole, letters), *(str(vars(row)) for row in rows)]
    assert sum(code in text for text in said) > 20, "the case is spoken of by its ECHO ID"
    for text in said:
        for secret in SECRETS:
            assert secret not in text, f"“{secret}” in {text[:400]}"
    assert db.session.scalars(select(Letter).where(Letter.state == LetterState.FAILED)).all() == []
    assert db.session.scalars(select(Job).where(Job.state == JobState.FAILED)).all() == []
