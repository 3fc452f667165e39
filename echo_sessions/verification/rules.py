"""How somebody is known to be who they say, and how long that holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.errors import Refused
from echo_sessions.words import msgid

HOLDS_MONTHS = 24
CHECKED_WITHIN = timedelta(days=5)
RENEWED_FROM = timedelta(days=60)
TOLD_BEFORE = (timedelta(days=60), timedelta(days=14))
TOLD_LATE = timedelta(days=7)
"""How long after the day the letter about it still makes sense: a house that stood still must not write of last year."""


class Way(StrEnum):
    """By what somebody is verified. Community health workers, teachers and family on the panel have no register:
    somebody vouches for them."""

    REGISTER = "register"
    LETTER = "letter"
    SITE_LEAD = "site_lead"
    DIRECTOR = "director"


VOUCHED = frozenset({Way.SITE_LEAD, Way.DIRECTOR})

WAY_WORDS = {
    Way.REGISTER: msgid("Number in a professional register"),
    Way.LETTER: msgid("Letter of the employer"),
    Way.SITE_LEAD: msgid("The lead of my site vouches for me"),
    Way.DIRECTOR: msgid("The program's director vouches for me"),
}

WAY_SHORT = {
    Way.REGISTER: msgid("Register"),
    Way.LETTER: msgid("Employer's letter"),
    Way.SITE_LEAD: msgid("Vouched for by the site lead"),
    Way.DIRECTOR: msgid("Vouched for by the program"),
}


class VerificationState(StrEnum):
    """Stored; whether a verified one has expired follows from the clock. `more`: the person is asked for something else."""

    WAITING = "waiting"
    MORE = "more"
    VERIFIED = "verified"
    REFUSED = "refused"
    ENDED = "ended"


OPEN = frozenset({VerificationState.WAITING, VerificationState.MORE})
DECIDED = frozenset(VerificationState) - OPEN

STATE_WORDS = {
    VerificationState.WAITING: (msgid("Waits to be checked"), "attention"),
    VerificationState.MORE: (msgid("Asked for more"), "info"),
    VerificationState.VERIFIED: (msgid("Verified"), "good"),
    VerificationState.REFUSED: (msgid("Refused"), "danger"),
    VerificationState.ENDED: (msgid("Taken back"), "danger"),
}


class Verdict(StrEnum):
    """What a verifier may say."""

    VERIFIED = "verified"
    MORE = "more"
    REFUSED = "refused"


class Standing(StrEnum):
    """How somebody stands now, in one word."""

    NONE = "none"
    WAITING = "waiting"
    MORE = "more"
    VERIFIED = "verified"
    ENDING = "ending"
    EXPIRED = "expired"
    REFUSED = "refused"
    ENDED = "ended"


class Notice(StrEnum):
    """The letters about an end: two before it, one on the day."""

    SOON = "soon"
    LAST = "last"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Check:
    """What decides how somebody stands, of one row; in the order in which they were asked for."""

    state: VerificationState
    expires_at: datetime | None = None


def expires(verified_at: datetime) -> datetime:
    """Twenty-four months on, at the same hour in UTC; the 29 February becomes the 28th."""
    year = verified_at.year + HOLDS_MONTHS // 12
    day = 28 if (verified_at.month, verified_at.day) == (2, 29) else verified_at.day
    return verified_at.replace(year=year, day=day)


def due(asked_at: datetime) -> datetime:
    """By when somebody who asked hears: five days on."""
    return asked_at + CHECKED_WITHIN


def holds(check: Check, now: datetime) -> bool:
    """Whether a check is in force at this moment; at the moment of its end it no longer is."""
    return check.state is VerificationState.VERIFIED and check.expires_at is not None and now < check.expires_at


def standing(checks: Iterable[Check], now: datetime) -> Standing:
    """How somebody stands, from all their checks, the oldest first. What holds counts before what is open."""
    known = list(checks)
    ends = [check.expires_at for check in known if holds(check, now) and check.expires_at is not None]
    if ends:
        return Standing.ENDING if max(ends) - now <= RENEWED_FROM else Standing.VERIFIED
    for check in reversed(known):
        if check.state in OPEN:
            return Standing(check.state.value)
    if not known:
        return Standing.NONE
    last = known[-1]
    return Standing.EXPIRED if last.state is VerificationState.VERIFIED else Standing(last.state.value)


def may_ask(stands: Standing) -> bool:
    """Whether asking (again) makes sense: not while a check holds for more than sixty days."""
    return stands is not Standing.VERIFIED


def notice(expires_at: datetime, now: datetime) -> Notice | None:
    """Which letter about the end is due: from 60 days before, from 14 days before, or from the day itself for a week."""
    if now >= expires_at + TOLD_LATE:
        return None
    if now >= expires_at:
        return Notice.EXPIRED
    soon, last = TOLD_BEFORE
    if expires_at - now <= last:
        return Notice.LAST
    return Notice.SOON if expires_at - now <= soon else None


def may_be_asked_for(way: Way, *, body: str | None, number: str | None, has_letter: bool) -> None:
    """Refuses a request that a verifier could do nothing with."""
    if way is Way.REGISTER and not (body and number):
        raise Refused("Write which register it is and your number in it, so that somebody can look it up.")
    if way is Way.LETTER and not has_letter:
        raise Refused("Choose the letter of your employer: a PDF, or a photograph of it.")


def may_be_decided(state: VerificationState) -> None:
    """Refuses to decide what somebody else has decided meanwhile."""
    if state not in OPEN:
        raise Refused(
            "This was decided already (%(state)s). Look at it again; a mistake can be undone there.", state=state
        )


def needs_reason(verdict: Verdict, reason: str | None) -> None:
    """Refuses to say no, or to ask for more, without words: the person is told them."""
    if verdict is not Verdict.VERIFIED and not (reason or "").strip():
        raise Refused("Write what the person is told: why not, or what is missing.")
