"""Roles, states of an enrolment, and what a program must say about itself."""

from enum import StrEnum

from echo_sessions.errors import Refused


class Role(StrEnum):
    """A role in one program. Directors and coordinators run it; experts sit on panels; observers look on."""

    DIRECTOR = "director"
    COORDINATOR = "coordinator"
    EXPERT = "expert"
    OBSERVER = "observer"


RUNS = frozenset({Role.DIRECTOR, Role.COORDINATOR})


class EnrolmentState(StrEnum):
    """Nobody is a participant of a series but by an active enrolment."""

    INVITED = "invited"
    ASKED = "asked"
    ACTIVE = "active"
    LEFT = "left"
    REMOVED = "removed"


MOVES: dict[EnrolmentState, frozenset[EnrolmentState]] = {
    EnrolmentState.INVITED: frozenset({EnrolmentState.ACTIVE, EnrolmentState.LEFT, EnrolmentState.REMOVED}),
    EnrolmentState.ASKED: frozenset({EnrolmentState.ACTIVE, EnrolmentState.LEFT, EnrolmentState.REMOVED}),
    EnrolmentState.ACTIVE: frozenset({EnrolmentState.LEFT, EnrolmentState.REMOVED}),
    EnrolmentState.LEFT: frozenset({EnrolmentState.ASKED, EnrolmentState.ACTIVE}),
    EnrolmentState.REMOVED: frozenset({EnrolmentState.ACTIVE}),
}

CHARTER = ("aim", "audience", "scope_in", "scope_out", "sponsor", "measures", "contact")


def move(state: EnrolmentState, to: EnrolmentState) -> EnrolmentState:
    """The new state, or a refusal that says which is possible."""
    if to not in MOVES[state]:
        raise Refused("An enrolment that is %(state)s cannot become %(to)s.", state=state, to=to)
    return to
