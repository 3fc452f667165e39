"""How somebody is known to be who they say, and how long that holds."""

from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.words import msgid

HOLDS_MONTHS = 24
CHECKED_WITHIN = timedelta(days=5)


class Way(StrEnum):
    """By what somebody is verified. Community health workers, teachers and family on the panel have no register:
    somebody vouches for them."""

    REGISTER = "register"
    LETTER = "letter"
    SITE_LEAD = "site_lead"
    DIRECTOR = "director"


WAY_WORDS = {
    Way.REGISTER: msgid("Number in a professional register"),
    Way.LETTER: msgid("Letter of the employer"),
    Way.SITE_LEAD: msgid("The lead of my site vouches for me"),
    Way.DIRECTOR: msgid("The program's director vouches for me"),
}


class VerificationState(StrEnum):
    """Stored; whether a verified one has expired follows from the clock."""

    WAITING = "waiting"
    VERIFIED = "verified"
    REFUSED = "refused"
    ENDED = "ended"


def expires(verified_at: datetime) -> datetime:
    """Twenty-four months on, at the same hour in UTC; the 29 February becomes the 28th."""
    year = verified_at.year + HOLDS_MONTHS // 12
    day = 28 if (verified_at.month, verified_at.day) == (2, 29) else verified_at.day
    return verified_at.replace(year=year, day=day)
