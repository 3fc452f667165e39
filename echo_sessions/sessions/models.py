"""A session, its run sheet, who has a duty in it, and what each person was told."""

from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.meetings.models import Meeting
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Series
from echo_sessions.sessions.rules import Answer, BlockKind, DutyRole, DutyState, SessionState
from echo_sessions.sessions.updates import Method


class Session(Versioned, Model):
    """One meeting of a series. Only draft, scheduled and cancelled are stored; the rest follows from the clock.

    `uid` and `organizer` are fixed at the first calendar letter. `sequence` rises with each change of time,
    length, place or status. `changed_at` is the last change that calendars show to everybody.

    `provider` is who makes its meeting, which is `meeting`; `meeting_url` is an address that a coordinator pasted, and
    where there is one, everybody goes there. `disclosure` is what those who speak have disclosed, as the hub recorded it
    for this session; participants are shown it at the door.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_series_starts", "series_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(300), default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    state: Mapped[SessionState] = mapped_column(Word(SessionState), default=SessionState.DRAFT, index=True)
    sequence: Mapped[int] = mapped_column(default=0)
    uid: Mapped[str | None] = mapped_column(String(255), unique=True)
    organizer: Mapped[str | None] = mapped_column(String(320))
    previous_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(String(20), default="link")
    meeting_url: Mapped[str | None] = mapped_column(Text)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id"), unique=True)
    disclosure: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    series: Mapped[Series] = relationship(lazy="joined")
    meeting: Mapped[Meeting | None] = relationship(lazy="joined")
    blocks: Mapped[list["Block"]] = relationship(
        back_populates="session", order_by="Block.position", cascade="all, delete-orphan"
    )
    duties: Mapped[list["Duty"]] = relationship(back_populates="session", order_by="Duty.id")

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def zone(self) -> str:
        """The zone of its series, in which the session is announced."""
        return self.series.zone

    @property
    def has_way_in(self) -> bool:
        """Whether there is a room that people can be let into."""
        return self.meeting_url is not None or (self.meeting is not None and self.meeting.state is MeetingState.MADE)


class Block(Model):
    """One line of the run sheet. A block of kind case is a slot; `case_id` is the case that has it."""

    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    position: Mapped[int]
    kind: Mapped[BlockKind] = mapped_column(Word(BlockKind))
    title: Mapped[str] = mapped_column(String(200), default="")
    minutes: Mapped[int]
    recorded: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), unique=True)

    session: Mapped[Session] = relationship(back_populates="blocks")
    owner: Mapped[Person | None] = relationship()


class Duty(Versioned, Model):
    """What somebody is asked to do in a session (or for one case in it), and the answer.

    `suggested` is the colleague named by somebody who declined. Profession and site are as they were when asked.
    """

    __tablename__ = "duties"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[DutyRole] = mapped_column(Word(DutyRole))
    state: Mapped[DutyState] = mapped_column(Word(DutyState), default=DutyState.OFFERED)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(Text)
    suggested: Mapped[str | None] = mapped_column(String(400))
    profession: Mapped[str | None] = mapped_column(String(120))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    link_generation: Mapped[int] = mapped_column(default=1)

    session: Mapped[Session | None] = relationship(back_populates="duties")
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    asked_by: Mapped[Person | None] = relationship(foreign_keys=[asked_by_id])


class Invitation(Model):
    """What one person's calendar was last told about one session, and what they answered.

    `for_ids`: whose diary the entry stands for, where the person only keeps it for them; empty for one's own part.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str] = mapped_column(String(320))
    for_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    method: Mapped[Method | None] = mapped_column(Word(Method))
    sequence: Mapped[int | None]
    dtstamp: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[Answer] = mapped_column(Word(Answer), default=Answer.NEEDS_ACTION)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_sequence: Mapped[int | None]
    link_generation: Mapped[int] = mapped_column(default=1)

    session: Mapped[Session] = relationship()
    person: Mapped[Person] = relationship(lazy="joined")


class Companion(Model):
    """Somebody who sits in the same room as a participant, as that participant said at the door: a claim for the register
    to look at, no presence. `called` is a name that was typed; `other` a colleague who was ticked, or whom those who
    settle the register took `called` for. `dismissed_at`: they decided that nothing follows from it."""

    __tablename__ = "companions"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    called: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    other: Mapped[Person | None] = relationship(foreign_keys=[other_id])


class Shown(Model):
    """The disclosures and the statement of credit that somebody was shown at the door, and when first. `text` is exactly
    what stood there, once for each wording of a session."""

    __tablename__ = "shown"
    __table_args__ = (UniqueConstraint("session_id", "person_id", "text_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("shown_texts.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ShownText(Model):
    """One wording of what is shown at the door of a session."""

    __tablename__ = "shown_texts"
    __table_args__ = (UniqueConstraint("session_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Visit(Model):
    """One press at a personal way in after the door had opened: a click, which proves no presence. Not `let_in`: there was
    no way into the meeting for them at that moment."""

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    let_in: Mapped[bool] = mapped_column(default=True)
