"""Meetings at a provider: where one stands, what is wrong with it, and what is to be done next."""

from datetime import timedelta
from enum import StrEnum

LEASE = timedelta(seconds=120)
"""So long one worker has a meeting to itself; longer than any call to a provider may take."""
BUFFER_MINUTES = 15
"""Kept free on a host before and after a meeting, unless the administrator says otherwise: sessions run over."""
HOST_CALLS_A_DAY = 100
"""Zoom counts making and changing meetings together, by host and UTC day."""


class MeetingState(StrEnum):
    """`wanted`: not there yet; `made`: it is there, with a number; `missing`: the provider twice said that there is none,
    or another kind of one, and a person must say what now; `unwanted`: to be taken away; `removed`: taken away."""

    WANTED = "wanted"
    MADE = "made"
    MISSING = "missing"
    UNWANTED = "unwanted"
    REMOVED = "removed"


class TroubleKind(StrEnum):
    """What a person is told about a meeting, each with its own sentence and next step (`wording.py`)."""

    NO_HOST = "no_host"
    """Every host is taken at that time."""
    HOST_SPENT = "host_spent"
    """The host's calls of the day are used up."""
    HOST_GONE = "host_gone"
    """The host's account has left or may not host any more."""
    SILENT = "silent"
    """The provider does not answer, or asks for patience."""
    REFUSED = "refused"
    """The provider said no."""
    SCOPE = "scope"
    """The administrator has not granted what is needed."""
    NOT_CONFIGURED = "not_configured"
    """The provider's credentials are missing, or it told us to stop."""
    CHANGED = "changed"
    """The provider has it otherwise than wanted: {"field", "wanted", "got"}."""
    MISSING = "missing"
    """Gone at the provider, confirmed twice."""
    DOUBTED = "doubted"
    """The provider said once that it is gone; asked again later."""
    CONVERTED = "converted"
    """Turned into a webinar."""
    CO_HOST = "co_host"
    """An address that cannot be an alternative host: {"address"}."""
    LINKS_PENDING = "links_pending"
    """The account wants a person to approve each registration: {"count"}."""
    LINKS_REFUSED = "links_refused"
    """Registrations that the provider refused: {"count"}."""
    NO_REPORT = "no_report"
    """The provider gave no report after all tries."""
