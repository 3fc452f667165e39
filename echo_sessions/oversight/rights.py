"""Which ground gives which right, in words: for the page that tells an owner who may do what, and why.

It explains the policies and decides nothing; `tests/oversight/test_rights.py` holds both against each other.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.rules import ROLE_WORDS, Role
from echo_sessions.sessions.rules import DutyRole
from echo_sessions.words import msgid

STAFF_WORDS = {StaffRole.OWNER: msgid("Owner"), StaffRole.COORDINATOR: msgid("Coordinator of the hub")}
STAFF_MEANS = {
    StaffRole.OWNER: msgid("may do everything in the hub, and alone appoints who works for it"),
    StaffRole.COORDINATOR: msgid("founds programs, runs all of them, and publishes the hub's texts"),
}


class Right(StrEnum):
    """What one may do in a program, from much to little."""

    APPOINT = "appoint"
    RUN = "run"
    LOOK = "look"
    CASES = "cases"
    RECOMMEND = "recommend"
    BRING = "bring"
    SESSIONS = "sessions"
    EVALUATE = "evaluate"
    COUNT = "count"
    SITE = "site"


RIGHT_WORDS = {
    Right.APPOINT: msgid("appoints who works for the hub"),
    Right.RUN: msgid("runs the program: plans, invites, reviews cases, closes registers, issues certificates"),
    Right.LOOK: msgid("reads its records: people, answers, registers, credit, certificates, audit"),
    Right.CASES: msgid("reads cases of others"),
    Right.RECOMMEND: msgid("writes recommendations"),
    Right.BRING: msgid("brings cases"),
    Right.SESSIONS: msgid("reads sessions"),
    Right.EVALUATE: msgid("sees certificates and the rules of credit"),
    Right.COUNT: msgid("sees counts, never a person"),
    Right.SITE: msgid("sees the own site's room list and vouches for its people"),
}

ALWAYS = msgid("once they are submitted")
AHEAD = msgid("from three days before their session, while verified")
FROM_START = msgid("from the start of their session, while verified")
NO_TEXT = msgid("the page without its text")
THAT_ONE = msgid("that session only")
OWN = msgid("the own ones only")


@dataclass(frozen=True)
class Ground:
    """One kind of reason to have rights: its word and, for each right, under which condition (None: under none)."""

    word: str
    rights: dict[Right, str | None] = field(default_factory=dict)


_RUNS: dict[Right, str | None] = {
    Right.RUN: None, Right.LOOK: None, Right.CASES: ALWAYS, Right.BRING: None, Right.SESSIONS: None, Right.EVALUATE: None,
    Right.COUNT: None,
}  # fmt: skip
_STAFF: dict[Right, str | None] = {right: condition for right, condition in _RUNS.items() if right is not Right.BRING}

STAFF_GROUNDS = {
    StaffRole.OWNER: Ground(STAFF_WORDS[StaffRole.OWNER], {Right.APPOINT: None, **_STAFF}),
    StaffRole.COORDINATOR: Ground(STAFF_WORDS[StaffRole.COORDINATOR], _STAFF),
}
ROLE_GROUNDS = {
    Role.DIRECTOR: Ground(ROLE_WORDS[Role.DIRECTOR], _RUNS),
    Role.COORDINATOR: Ground(ROLE_WORDS[Role.COORDINATOR], _RUNS),
    Role.FACILITATOR: Ground(
        ROLE_WORDS[Role.FACILITATOR], {Right.CASES: AHEAD, Right.BRING: None, Right.SESSIONS: None}
    ),
    Role.EXPERT: Ground(ROLE_WORDS[Role.EXPERT], {Right.BRING: None, Right.SESSIONS: None}),
    Role.OBSERVER: Ground(ROLE_WORDS[Role.OBSERVER], {Right.CASES: FROM_START, Right.SESSIONS: None}),
    Role.EVALUATOR: Ground(
        ROLE_WORDS[Role.EVALUATOR], {Right.SESSIONS: None, Right.EVALUATE: None, Right.COUNT: None}
    ),
    Role.SPONSOR: Ground(ROLE_WORDS[Role.SPONSOR], {Right.COUNT: None}),
    Role.AUDITOR: Ground(
        ROLE_WORDS[Role.AUDITOR], {Right.LOOK: None, Right.CASES: NO_TEXT, Right.SESSIONS: None, Right.EVALUATE: None, Right.COUNT: None}
    ),
}  # fmt: skip
DUTY_GROUNDS = {
    DutyRole.FACILITATOR: Ground(msgid("Facilitator"), {Right.CASES: AHEAD, Right.RECOMMEND: THAT_ONE, Right.SESSIONS: THAT_ONE}),
    DutyRole.PANEL: Ground(msgid("On the panel"), {Right.CASES: AHEAD, Right.RECOMMEND: THAT_ONE, Right.SESSIONS: THAT_ONE}),
    DutyRole.CASE_EXPERT: Ground(msgid("Expert for a case"), {Right.CASES: AHEAD, Right.RECOMMEND: THAT_ONE, Right.SESSIONS: THAT_ONE}),
    DutyRole.SCRIBE: Ground(msgid("Scribe"), {Right.CASES: AHEAD, Right.RECOMMEND: THAT_ONE, Right.SESSIONS: THAT_ONE}),
    DutyRole.PRESENTER: Ground(msgid("Presenter"), {Right.SESSIONS: THAT_ONE}),
}  # fmt: skip
ENROLLED = Ground(msgid("Takes part"), {Right.CASES: FROM_START, Right.BRING: None, Right.SESSIONS: None})
LEADS_SITE = Ground(msgid("Lead of a site"), {Right.COUNT: None, Right.SITE: None})
