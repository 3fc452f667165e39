"""Reports about conduct for the small hub of `world.py`: one with a reminder, one waiting for a second person, one heard."""

from datetime import datetime, timedelta

from echo_sessions import clock
from echo_sessions.conduct import service
from echo_sessions.conduct.rules import Step
from echo_sessions.database import transaction
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program, Series
from echo_sessions.programs.rules import Role
from tests.make import Make


def incidents(make: Make, series: Series, *, hears: Person, concerned: Person) -> dict[str, str]:
    """Codes: `decided` about `concerned`, in the program of the series; `waiting` reported by `concerned` and `heard` by
    `hears`, both in another program."""
    now = clock.now() - timedelta(hours=1)
    reporter = make.enrol(series, make.person("Rita Reporter"))
    other = make.series(make.program("Palliative care", label="PAL"))
    runner = make.member(other.program, Role.COORDINATOR, make.person("Petra Palliative"))
    loud = make.enrol(other, make.person("Leo Loud"))
    return {
        "decided": _decided(series.program, reporter, concerned, by=hears, now=now),
        "waiting": _decided(other.program, concerned, loud, by=runner, now=now, appealed=True),
        "heard": _decided(other.program, reporter, loud, by=runner, now=now, appealed=True, heard_by=hears),
    }


def _decided(
    program: Program, reporter: Person, accused: Person, *, by: Person, now: datetime, appealed: bool = False, heard_by: Person | None = None
) -> str:  # fmt: skip
    with transaction():
        [incident] = service.report(
            reporter=reporter, about=[accused], text="Interrupted everybody.", program=program, now=now
        )
        service.take_step(incident, Step.REMINDER, told="Please let others finish.", by=by, now=now)
        if appealed:
            service.appeal(incident, text="I was asked to speak.", by=accused, now=now)
        if heard_by is not None:
            service.choose_second(incident, heard_by, by=by, now=now)
        return incident.code
