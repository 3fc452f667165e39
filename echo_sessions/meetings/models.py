"""What is kept about meetings at a provider: the account, its hosts, each meeting wanted and made, ways in, hooks, files.

A meeting knows no session but by its code: sessions stand above and ask for meetings.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.meetings.recording_rules import Dark
from echo_sessions.meetings.rules import BUFFER_MINUTES, MeetingState, TroubleKind
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people.models import Person
from echo_sessions.sealed import Sealed


class ProviderAccount(Versioned, Model):
    """The account at a provider by which all meetings are made: one a provider. What the deployment's environment says
    wins over what was pasted here.

    The token is shared by all workers: whoever holds `renewing_until` fetches the next; `token_serial` rises with each.
    `token_mark` tells which credentials it was asked for with; `scopes` are null where the sign-in did not name any.
    `checked` is what the last look said: scopes, warnings about settings, faults.
    """

    __tablename__ = "provider_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20), unique=True)
    account_ref: Mapped[str | None] = mapped_column(String(200))
    client_id: Mapped[str | None] = mapped_column(String(200))
    client_secret: Mapped[str | None] = mapped_column(Sealed("provider_accounts.client_secret"))
    hook_secrets: Mapped[str | None] = mapped_column(Sealed("provider_accounts.hook_secrets"))
    token: Mapped[str | None] = mapped_column(Sealed("provider_accounts.token"))
    token_mark: Mapped[str | None] = mapped_column(String(16))
    token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_serial: Mapped[int] = mapped_column(default=0)
    renewing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    api_url: Mapped[str | None] = mapped_column(String(400))
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), default=list)
    buffer_minutes: Mapped[int] = mapped_column(default=BUFFER_MINUTES)
    recordings_days: Mapped[int] = mapped_column(default=90)
    checked: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Host(Versioned, Model):
    """An account that can open meetings. `in_pool`: our meetings may be given to it. `at_once`: how many of them at a time.

    `gone_at`: the provider no longer lists it, or says it is inactive.
    """

    __tablename__ = "hosts"
    __table_args__ = (UniqueConstraint("provider", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    provider: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(300))
    licensed: Mapped[bool] = mapped_column(default=False)
    in_pool: Mapped[bool] = mapped_column(default=True)
    at_once: Mapped[int] = mapped_column(default=1)
    seats: Mapped[int | None]
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Meeting(Versioned, Model):
    """The meeting of one session (`code` is the session's): what is wanted, and what there is. The row is the intent:
    it stands before any call goes out, and a job brings the provider to agree with it.

    `tried_at`: a call to make it (or to take it away) went out and its answer is not known; such a meeting is looked for
    before it is made again. `asked` is what the provider was last asked for, to find our own changes by; `made` is what
    it said it has, to find its changes by. `held_until`: one worker has it to itself. `next_try_at` and `links_next_at`:
    when there is something to do for the meeting, for its ways in; nothing, where they are empty.

    A meeting that is replaced leaves a row behind that is only taken away any more, with its ways in: `code` of such a
    **leftover** has its generation after a stroke (`S-7K3Q29FM/0`), and each generation bears a mark of its own.
    """

    __tablename__ = "meetings"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    provider: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    hosts_too: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[MeetingState] = mapped_column(Word(MeetingState), default=MeetingState.WANTED, index=True)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("hosts.id"), index=True)
    ref: Mapped[str | None] = mapped_column(String(120), index=True)
    uuid: Mapped[str | None] = mapped_column(String(120))
    generation: Mapped[int] = mapped_column(default=0)
    asked: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    phones: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    failures: Mapped[int] = mapped_column(default=0)
    links_next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    links_failures: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recording_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    report_tries: Mapped[int] = mapped_column(default=0)
    report_next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    report_final_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    host: Mapped[Host | None] = relationship(lazy="joined")
    troubles: Mapped[list["Trouble"]] = relationship(back_populates="meeting", order_by="Trouble.id")

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def session_code(self) -> str:
        """The code of the session it is or was for, also of a leftover."""
        return self.code.partition("/")[0]

    @property
    def mark(self) -> str:
        """What it is found again by at the provider: another one for each generation."""
        return f"{self.session_code}.{self.generation}" if self.generation else self.session_code


class HostSlot(Model):
    """A time for which a host is given to a meeting: while the row stands, nobody else gets the host then. A meeting that
    is being moved has two, until the provider has said that it moved."""

    __tablename__ = "host_slots"
    __table_args__ = (Index("ix_host_slots_host_ends", "host_id", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

    meeting: Mapped[Meeting] = relationship()


class Trouble(Model):
    """Something about a meeting that a person should know, once for each kind and thing; `over_at` when it has passed."""

    __tablename__ = "meeting_troubles"
    __table_args__ = (Index("ix_meeting_troubles_meeting_over", "meeting_id", "over_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    kind: Mapped[TroubleKind] = mapped_column(Word(TroubleKind))
    about: Mapped[str] = mapped_column(String(120), default="")
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    meeting: Mapped[Meeting] = relationship(back_populates="troubles")


class MeetingLink(Model):
    """One person's own way into one meeting. `address` is what the provider was told; `url` is kept sealed, because it
    carries the way past the passcode."""

    __tablename__ = "meeting_links"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[LinkState] = mapped_column(Word(LinkState), default=LinkState.WANTED, index=True)
    address: Mapped[str] = mapped_column(String(320))
    registrant: Mapped[str | None] = mapped_column(String(120), index=True)
    url: Mapped[str | None] = mapped_column(Sealed("meeting_links.url"))
    words: Mapped[str | None] = mapped_column(String(400))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person] = relationship()


class ProviderCall(Model):
    """How many calls went out on one UTC day: `kind` is `write` (made and changed meetings of `host`, which are limited by
    day), or the provider's own class of the call; `host` is empty for those of the whole account."""

    __tablename__ = "provider_calls"
    __table_args__ = (UniqueConstraint("provider", "day", "host", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    host: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(20))
    count: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    limited: Mapped[int] = mapped_column(default=0)


class ProviderPause(Model):
    """Until when calls of one kind (or of one host) are not to be made, because the provider said so."""

    __tablename__ = "provider_pauses"
    __table_args__ = (UniqueConstraint("provider", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(160))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Hook(Model):
    """One delivery of a provider, kept as it came. The same bytes are one row; `times` says how often they came."""

    __tablename__ = "hooks"
    __table_args__ = (
        UniqueConstraint("provider", "sha256"),
        Index("ix_hooks_provider_meeting", "provider", "meeting_ref"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    meeting_ref: Mapped[str] = mapped_column(String(120), default="")
    raw: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    times: Mapped[int] = mapped_column(default=1)


class HookDay(Model):
    """Deliveries that were turned away on one UTC day: `why` is forged or old. Nothing of them is kept but the count."""

    __tablename__ = "hook_days"
    __table_args__ = (UniqueConstraint("provider", "day", "why"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    why: Mapped[str] = mapped_column(String(20))
    count: Mapped[int] = mapped_column(default=0)


class Recording(Versioned, Model):
    """One recorded file at the provider; where it lies and its passcode are asked for when somebody looks, never kept.

    `shown`: a person's decision who may see it (None: by the run sheet), and why. `dark_since`: out of everybody's view, and
    why; `remove_since`: to be removed at the provider, `remove_words` what it last said when that failed; `removed_at`: gone
    there, as it confirmed.
    """

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("meeting_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    ref: Mapped[str] = mapped_column(String(200))
    instance: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    keep_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    shown: Mapped[bool | None]
    shown_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    shown_reason: Mapped[str | None] = mapped_column(Text)
    dark_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dark_kind: Mapped[Dark | None] = mapped_column(Word(Dark))
    dark_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    dark_reason: Mapped[str | None] = mapped_column(Text)
    remove_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    remove_words: Mapped[str | None] = mapped_column(String(400))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    meeting: Mapped[Meeting] = relationship()
