"""What becomes of every row that names a person when two records are merged, and who may have them merged. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid

RECOVERY_WAITS = timedelta(hours=24)
"""How long the old addresses may object before a new one counts."""
RECOVERY_LIVES = timedelta(days=14)
"""A request that nobody has brought to an end is over after this time."""


class Fate(StrEnum):
    """What happens to a row of the record that goes.

    MOVES: it names the kept person afterwards. STAYS: it says who did something that day, or belongs to the record itself.
    OWN: a few lines in `service.py` or `attendances.py` are about just this column.
    """

    MOVES = "moves"
    STAYS = "stays"
    OWN = "own"


FATES: Mapping[str, Fate] = {
    column: fate
    for fate, columns in {
        Fate.MOVES: """
            absences.deputy_id absences.person_id acceptances.person_id addresses.person_id aliases.person_id
            blocks.owner_id cases.author_id cases.reviewer_id cases.waits_for_id certificates.person_id consents.person_id
            data_requests.person_id delegates.delegate_id delegates.person_id duties.person_id enrolments.person_id
            handovers.deputy_id identifications.person_id incident_parties.person_id incidents.accused_id
            incidents.reporter_id incidents.second_id invitations.person_id marks.person_id meeting_links.person_id memberships.person_id
            observer_requests.person_id recall_officers.person_id recommendation_sheets.approver_id recommendations.written_by_id site_leads.person_id
            staff.person_id standing_deputies.deputy_id standing_deputies.person_id verifications.person_id visits.person_id companions.person_id companions.other_id shown.person_id wanted_addresses.person_id
            """,
        Fate.STAYS: """
            alarms.person_id alarms.seen_by_id audit.person_id broken_glass.person_id certificates.issued_by_id companions.dismissed_by_id corrections.by_id data_requests.asked_by_id delegates.by_id
            duties.asked_by_id factor_resets.asked_by_id factor_resets.done_by_id factor_resets.person_id figures.person_id hits.decided_by_id identifications.by_id identifications.undone_by_id incident_steps.by_id
            letters.person_id looks.person_id marks.by_id marks.undone_by_id merges.by_id merges.gone_id merges.kept_id
            merges.undone_by_id not_same.by_id not_same.one_id not_same.other_id observer_requests.by_id
            people.merged_into_id provider_accounts.changed_by_id recall_steps.by_id recalls.proposed_by_id recalls.raised_by_id recordings.dark_by_id recordings.shown_by_id recoveries.ended_by_id recoveries.person_id recovery_checks.by_id
            recovery_checks.person_id registers.closed_by_id retention_periods.by_id retention_runs.held_by_id
            reviews.by_id uploads.by_id uploads.withdrawn_by_id verifications.verifier_id
            """,
        Fate.OWN: "accounts.person_id attendance.person_id awards.person_id code_asks.person_id one_time_links.person_id",
    }.items()
    for column in columns.split()
}
"""Every column that names a person, decided by hand; `tests/house/test_merging.py` compares it with the tables."""

STAYS_WITH_TWIN = frozenset({"invitations", "meeting_links"})
"""Where both have one, the other's row stays with the record that goes: the next letter to its calendar takes the entry out,
and the provider is asked to take its way in back.
Everywhere else the twin is taken out of its table, and kept whole in the merge until that is undone."""
NUMBERED = frozenset({"certificates"})
"""Rows that exist by number: the other's get the next free one."""
BOTH_ENDS = {
    "delegates": ("person_id", "delegate_id"), "standing_deputies": ("person_id", "deputy_id"),
    "companions": ("person_id", "other_id"),
}  # fmt: skip
"""Nobody is delegate or deputy of oneself, or sits in a room with oneself: such a row is taken out."""
FILLED = (
    "profession", "credentials", "prescriber", "registration", "registration_body", "practising_since", "county", "country",
    "how_heard", "interests", "access_needs",
)  # fmt: skip
"""What the kept record has not is taken from the other one; what it has stays."""

TABLE_WORDS = {
    "addresses": msgid("Addresses"), "enrolments": msgid("Enrolments"), "memberships": msgid("Roles in programs"),
    "staff": msgid("Roles in the hub"), "attendance": msgid("Sessions in closed registers"),
    "awards": msgid("Awards of credit"), "certificates": msgid("Certificates"), "cases": msgid("Cases"),
    "duties": msgid("Duties"), "identifications": msgid("Lines of attendance reports"), "marks": msgid("Presence by hand"),
    "invitations": msgid("Invitations"), "verifications": msgid("Checks of the licence"), "aliases": msgid("Known names"),
    "acceptances": msgid("Accepted texts"), "accounts": msgid("Accounts"), "visits": msgid("Ways in that were used"),
}  # fmt: skip


class RecoveryState(StrEnum):
    """Where a request for a lost record stands."""

    ASKED = "asked"
    CHECKING = "checking"
    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"
    REFUSED = "refused"
    OVER = "over"


OPEN_RECOVERIES = frozenset({RecoveryState.ASKED, RecoveryState.CHECKING, RecoveryState.WAITING})
RECOVERY_WORDS = {
    RecoveryState.ASKED: (msgid("Waits for the new mailbox"), "info"),
    RecoveryState.CHECKING: (msgid("Needs two people who know them"), "attention"),
    RecoveryState.WAITING: (msgid("Waits for objections"), "info"),
    RecoveryState.DONE: (msgid("Done"), "good"),
    RecoveryState.STOPPED: (msgid("Stopped by the owner of the record"), "danger"),
    RecoveryState.REFUSED: (msgid("Refused"), "quiet"),
    RecoveryState.OVER: (msgid("Ran out"), "quiet"),
}


@dataclass(frozen=True)
class Record:
    """What the rules need to know of one of two records."""

    id: int
    name: str
    merged: bool
    erased: bool


def may_be_one(kept: Record, gone: Record) -> None:
    """Refuses what no permission makes possible."""
    if kept.id == gone.id:
        raise Refused("Both are the same record; choose another one to merge it with.")
    for record in (kept, gone):
        if record.erased:
            raise Refused("%(name)s was erased. What is left of an erased record is never merged.", name=record.name)
        if record.merged:
            raise Refused(
                "%(name)s was merged into another record already. Open that one, or undo the merge first.",
                name=record.name,
            )


STRENGTH = ("removed", "left", "invited", "asked", "approval", "waiting", "active")
"""Of two enrolments in one series the one that goes further holds."""


def stronger(states: Iterable[str]) -> str:
    """The state that goes furthest."""
    return max(states, key=STRENGTH.index)


def pair(one: int, other: int) -> tuple[int, int]:
    """Two numbers in the order in which a pair is kept."""
    return (one, other) if one < other else (other, one)


def kept_words(said: Said) -> list[Any]:
    """A sentence as JSON keeps it, to be shown in the language of whoever looks later."""
    values = {name: [value.message] if isinstance(value, Said) else value for name, value in said.values.items()}
    return [said.message, values]


def words_again(kept: list[Any]) -> Said:
    """The sentence again."""
    message, values = kept
    return Said(message, {name: Said(value[0]) if isinstance(value, list) else value for name, value in values.items()})
