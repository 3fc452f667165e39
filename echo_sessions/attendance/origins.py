"""Where the evidence of a session comes from, and how each source stands: for the pages, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from echo_sessions.attendance import queries
from echo_sessions.attendance.models import Upload
from echo_sessions.attendance.rules import Source
from echo_sessions.database import db
from echo_sessions.meetings import providers
from echo_sessions.meetings import queries as meetings
from echo_sessions.meetings.models import Hook, Meeting
from echo_sessions.meetings.rules import TroubleKind
from echo_sessions.sessions.models import Session


@dataclass(frozen=True)
class Told:
    """What the provider of a session's meeting tells by itself.

    `deliveries` and `heard_at`: how many hooks came, and when the last one. `tries` and `next_at`: how often the report was
    asked for and when it will be; `missing`: it was not given after all tries; `not_allowed`: we may not read it.
    """

    provider: str
    deliveries: int
    heard_at: datetime | None
    hooks: Upload | None
    report: Upload | None
    gives_reports: bool
    tries: int
    next_at: datetime | None
    final_at: datetime | None
    missing: bool
    not_allowed: bool

    @property
    def awaited(self) -> bool:
        """Whether a report may come yet, by itself."""
        return self.gives_reports and self.final_at is None and self.next_at is not None


def told_of(session: Session, now: datetime) -> Told | None:
    """How the provider's own words about a session stand; None where its meeting is only a pasted link."""
    meeting = session.meeting
    if meeting is None or session.starts_at > now:
        return None
    provider = providers.provider(meeting.provider)
    deliveries, heard_at = _heard(meeting)
    kinds = {trouble.kind for trouble in meetings.open_troubles([meeting.id]).get(meeting.id, ())}
    uploads = [one for one in queries.uploads_of(session.id) if one.provider == meeting.provider]
    return Told(
        provider=meeting.provider, deliveries=deliveries, heard_at=heard_at, hooks=_newest(uploads, Source.HOOKS),
        report=_newest(uploads, Source.REPORT), gives_reports=provider.capabilities.reports and provider.configured(),
        tries=meeting.report_tries, next_at=meeting.report_next_at if meeting.report_next_at and meeting.report_next_at > now else None,
        final_at=meeting.report_final_at, missing=TroubleKind.NO_REPORT in kinds, not_allowed=TroubleKind.SCOPE in kinds,
    )  # fmt: skip


def _newest(uploads: Sequence[Upload], source: Source) -> Upload | None:
    """The one that counts, else the newest; `uploads` are the newest first."""
    of_source = [one for one in uploads if one.source is source]
    return next((one for one in of_source if one.withdrawn_at is None), of_source[0] if of_source else None)


def _heard(meeting: Meeting) -> tuple[int, datetime | None]:
    refs = {one.ref for one in meetings.all_of(meeting.session_code) if one.ref and one.provider == meeting.provider}
    chosen = select(func.count(), func.max(Hook.received_at)).where(
        Hook.provider == meeting.provider, Hook.meeting_ref.in_(refs)
    )
    count, last = db.session.execute(chosen).one()
    return count, last
