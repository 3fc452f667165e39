"""Verbs about recordings: which files there are, who sees them, taking them down, and letting them go in time.

The files stay at the provider. What is kept here is which there are and from when until when each was taken; where it
lies and its passcode are asked for when somebody looks. A meeting knows its session by the code alone, so whoever asks by
blocks says from when until when.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings.models import Meeting, ProviderAccount, Recording
from echo_sessions.meetings.recording_rules import USUAL_DAYS, Dark, check_reason, may_show
from echo_sessions.meetings.recording_rules import File as RuleFile
from echo_sessions.outside.meetings import RecordingFile
from echo_sessions.people.models import Person

CODE = "RF"


def by_code(code: str) -> Recording | None:
    """The recording with this code."""
    return db.session.scalars(select(Recording).where(Recording.code == code)).unique().one_or_none()


def of_session(session_code: str) -> Sequence[Recording]:
    """Everything that was recorded of a session, also in meetings that were replaced, in order of time."""
    here = (Meeting.code == session_code) | Meeting.code.startswith(f"{session_code}/", autoescape=True)
    chosen = select(Recording).join(Meeting, Meeting.id == Recording.meeting_id).where(here)
    return db.session.scalars(chosen.order_by(Recording.starts_at, Recording.kind, Recording.id)).unique().all()


def file_of(recording: Recording) -> RuleFile:
    """What the rules need to know of it."""
    return RuleFile(
        kind=recording.kind, since=recording.starts_at, until=recording.ends_at, shown=recording.shown,
        dark=(recording.dark_kind or Dark.TAKEN_DOWN) if recording.dark_since else None, removed=recording.removed_at is not None,
        keep_until=recording.keep_until,
    )  # fmt: skip


def as_found(recording: Recording) -> RecordingFile:
    """The file in the words of its provider."""
    return RecordingFile(
        ref=recording.ref, instance=recording.instance, kind=recording.kind, starts_at=recording.starts_at,
        ends_at=recording.ends_at, bytes=recording.bytes,
    )  # fmt: skip


def note_files(meeting: Meeting, files: Sequence[RecordingFile], *, now: datetime) -> int:
    """Note which files the provider has; returns how many are new. A file that was noted may have grown since."""
    known = {each.ref: each for each in db.session.scalars(select(Recording).where(Recording.meeting_id == meeting.id))}
    new = 0
    for file in files:
        row = known.get(file.ref)
        if row is None:
            row = Recording(code=ids.code(CODE), meeting_id=meeting.id, ref=file.ref, kind=file.kind)
            db.session.add(row)
            new += 1
        row.instance, row.starts_at, row.ends_at = file.instance, file.starts_at, max(file.starts_at, file.ends_at)
        row.bytes, row.seen_at, row.kind = file.bytes, now, file.kind
        row.keep_until = row.ends_at + timedelta(days=kept_days(meeting.provider))
    db.session.flush()
    return new


def kept_days(provider: str) -> int:
    """For how many days recordings at this provider are kept after their end."""
    chosen = select(ProviderAccount.recordings_days).where(ProviderAccount.provider == provider)
    return db.session.scalar(chosen) or USUAL_DAYS


def decide(recording: Recording, *, shown: bool | None, reason: str, watched: bool, by: Person, now: datetime) -> None:
    """Say who may see it, with a reason: everybody who takes part, only those who run the program, or (None) whoever may by
    the run sheet. Only what somebody has watched to its end is shown against the run sheet."""
    _refuse_dark(recording)
    why = check_reason(reason)
    if shown:
        may_show(file_of(recording), watched=watched)
    was, became = _word(recording.shown), _word(shown)
    recording.shown, recording.shown_by_id, recording.shown_reason = shown, by.id, why
    audit.record(by.id, "recording shown or hidden", recording.code, at=now, was=was, became=became)


def take_down(recording: Recording, *, reason: str, by: Person, now: datetime) -> None:
    """Out of everybody's view at once, and away at the provider as soon as it confirms. Cannot be undone."""
    if recording.removed_at is not None:
        raise Refused("This recording was removed at the provider already.")
    why = check_reason(reason)
    if recording.dark_kind is not Dark.TAKEN_DOWN:
        _darken(recording, Dark.TAKEN_DOWN, now)
        recording.dark_by_id, recording.dark_reason = by.id, why
        audit.record(by.id, "recording taken down", recording.code, at=now, was="kept", became="dark")
    ask_removal(recording, now=now)


def ask_removal(recording: Recording, *, now: datetime) -> None:
    """Have it removed at the provider by a job, which tries again until it is confirmed."""
    recording.remove_since = recording.remove_since or now
    jobs.queue("meetings.remove_recording", {"recording": recording.id}, now=now)


def removed(recording: Recording, *, now: datetime) -> None:
    """The provider has it no more."""
    if recording.removed_at is None:
        recording.removed_at, recording.remove_words = now, None
        audit.record(None, "recording removed at the provider", recording.code, at=now, was="dark", became="removed")


def let_go(recording: Recording, *, now: datetime) -> None:
    """Its time is over: nobody sees it any more, and it is removed at the provider."""
    if recording.dark_since is None:
        _darken(recording, Dark.OVER, now)
    ask_removal(recording, now=now)


# For cases, which stand above and know when theirs was discussed


def darken_for(session_code: str, since: datetime, until: datetime, *, now: datetime) -> int:
    """A case that was discussed in this stretch is out of view: so are all files of the session that touch it, for
    everybody; returns how many. Files whose meeting bears no time of it stay as they are."""
    count = 0
    for recording in of_session(session_code):
        if recording.dark_since is None and recording.removed_at is None and _overlap(recording, since, until):
            _darken(recording, Dark.RECALL, now)
            count += 1
    return count


def lighten_for(session_code: str, since: datetime, until: datetime, *, now: datetime) -> int:
    """The case is in view again: so are the files that were dark only because of it. Asked of the stretch of one case; a
    file that touches another recalled case as well is darkened again by whoever knows of that."""
    count = 0
    for recording in of_session(session_code):
        if recording.dark_kind is Dark.RECALL and recording.remove_since is None and _overlap(recording, since, until):
            recording.dark_since, recording.dark_kind = None, None
            audit.record(None, "recording in view again", recording.code, at=now, was="dark", became="kept")
            count += 1
    return count


def remove_for(session_code: str, since: datetime, until: datetime, *, now: datetime) -> int:
    """The text of the case was deleted for good: so are the files that touch it, at the provider."""
    count = 0
    for recording in of_session(session_code):
        if recording.removed_at is None and _overlap(recording, since, until):
            if recording.dark_since is None:
                _darken(recording, Dark.RECALL, now)
            ask_removal(recording, now=now)
            count += 1
    return count


def _darken(recording: Recording, kind: Dark, now: datetime) -> None:
    recording.dark_since, recording.dark_kind = recording.dark_since or now, kind
    if kind is not Dark.TAKEN_DOWN:
        audit.record(None, "recording out of view", recording.code, at=now, was="kept", became=kind.value)


def _overlap(recording: Recording, since: datetime, until: datetime) -> bool:
    return recording.starts_at < until and since < max(
        recording.ends_at, recording.starts_at + timedelta(microseconds=1)
    )


def _refuse_dark(recording: Recording) -> None:
    if recording.dark_since is not None or recording.removed_at is not None:
        raise Refused("This recording is out of everybody's view; nobody decides about it any more.")


def _word(shown: bool | None) -> str:
    return "by run sheet" if shown is None else "shown" if shown else "hidden"
