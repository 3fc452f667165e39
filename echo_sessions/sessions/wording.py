"""How stages, blocks, parts and answers are called on pages and in letters. Pure: msgids, and tones for words of state."""

from dataclasses import dataclass

from echo_sessions.sessions.rules import Answer, BlockKind, DutyRole, DutyState, Facts, Stage, missing_for_ready
from echo_sessions.words import msgid

STAGE_WORDS = {
    Stage.DRAFT: (msgid("Draft"), "quiet"),
    Stage.SCHEDULED: (msgid("Scheduled"), "info"),
    Stage.INVITED: (msgid("Invited"), "info"),
    Stage.READY: (msgid("Ready"), "good"),
    Stage.LIVE: (msgid("On now"), "attention"),
    Stage.HELD: (msgid("Held"), "attention"),
    Stage.RECONCILED: (msgid("Attendance settled"), "good"),
    Stage.CLOSED: (msgid("Closed"), "quiet"),
    Stage.CANCELLED: (msgid("Cancelled"), "quiet"),
}

BLOCK_WORDS = {
    BlockKind.WELCOME: msgid("Welcome and introductions"),
    BlockKind.DIDACTIC: msgid("Short talk"),
    BlockKind.CASE: msgid("Case"),
    BlockKind.DISCUSSION: msgid("Discussion"),
    BlockKind.BREAK: msgid("Break"),
    BlockKind.CLOSING: msgid("Closing"),
    BlockKind.EVALUATION: msgid("Evaluation"),
}

ROLE_WORDS = {
    DutyRole.FACILITATOR: msgid("Facilitator"),
    DutyRole.PRESENTER: msgid("Presenter of the talk"),
    DutyRole.PANEL: msgid("Expert on the panel"),
    DutyRole.SCRIBE: msgid("Scribe"),
    DutyRole.CASE_EXPERT: msgid("Expert for a case"),
}

ROLE_ASKS = {
    DutyRole.FACILITATOR: msgid("lead the session: keep time, and let the spokes speak first"),
    DutyRole.PRESENTER: msgid("give the short talk"),
    DutyRole.PANEL: msgid("sit on the panel and discuss the cases"),
    DutyRole.SCRIBE: msgid("write down the recommendations"),
    DutyRole.CASE_EXPERT: msgid("read a case ahead and give your advice on it"),
}

DUTY_WORDS = {
    DutyState.OFFERED: (msgid("No answer yet"), "attention"),
    DutyState.ACCEPTED: (msgid("Comes"), "good"),
    DutyState.DECLINED: (msgid("Cannot"), "quiet"),
    DutyState.WITHDRAWN: (msgid("Taken back"), "quiet"),
}

ANSWER_WORDS = {
    Answer.ACCEPTED: (msgid("Comes"), "good"),
    Answer.TENTATIVE: (msgid("Perhaps"), "info"),
    Answer.DECLINED: (msgid("Does not come"), "quiet"),
    Answer.NEEDS_ACTION: (msgid("No answer yet"), "quiet"),
}

OWN_ANSWERS = {
    Answer.ACCEPTED: msgid("Yes, I will come"),
    Answer.TENTATIVE: msgid("Perhaps"),
    Answer.DECLINED: msgid("No, I cannot come"),
}


@dataclass(frozen=True)
class Point:
    """One thing a session needs to be ready: its name, what to say while it lacks, and how to get it."""

    name: str
    lacking: str
    do: str
    key: str


POINTS = (
    Point(msgid("Facilitator"), msgid("Nobody has agreed to facilitate."), msgid("Ask somebody"), "facilitator"),
    Point(msgid("Expert"), msgid("No expert has agreed to come."), msgid("Ask an expert"), "panel"),
    Point(
        msgid("Presenter"), msgid("The didactic's presenter has not confirmed."), msgid("Ask a presenter"), "presenter"
    ),
    Point(msgid("Case"), msgid("There is neither an accepted case nor a backup case."), msgid("Find a case"), "case"),
    Point(msgid("Meeting link"), msgid("There is no meeting link."), msgid("Paste the link"), "link"),
)


def readiness(facts: Facts) -> list[tuple[Point, bool]]:
    """What the session needs, in the order of work, and whether it is there. What is not planned is not needed."""
    lacking = set(missing_for_ready(facts))
    not_planned = {
        key for key, planned in (("presenter", facts.didactic_planned), ("case", facts.case_planned)) if not planned
    }
    return [(point, point.lacking not in lacking) for point in POINTS if point.key not in not_planned]


def missing(facts: Facts) -> tuple[int, int, list[str]]:
    """How many are missing, of how many, and their names."""
    points = readiness(facts)
    lacking = [point.name for point, there in points if not there]
    return len(lacking), len(points), lacking
