"""Evidence of presence, kept raw; decisions about who it was; and the register computed from both."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.attendance.presence import MarkKind
from echo_sessions.attendance.rules import RegisterState, Source
from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.files.models import File
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Site
from echo_sessions.sessions.models import Session


class Upload(Model):
    """One piece of evidence as it came, kept raw. Append-only; `withdrawn_at` says that it no longer counts, and it stays.

    `source` is a file that somebody uploaded, a provider's report, or the hooks it sent, gathered; the last two have
    nobody's name (`by_id` is empty), and newer ones of the same source take the place of older ones. `final`: the source
    has nothing to add. How sources reconcile is told in `attendance/sources.py`.

    The same bytes count at most once for a session; read again in another zone, they take the place of the first
    reading, which stays. `columns` are titles that somebody mapped by hand. `open_until_end` is somebody's decision
    that whoever has no leaving time in this file stayed to the end of the session.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index(
            "uq_uploads_session_id_sha256_counting",
            "session_id",
            "sha256",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(255))
    provider: Mapped[str] = mapped_column(String(20))
    layout: Mapped[str] = mapped_column(String(60))
    zone: Mapped[str] = mapped_column(String(64))
    date_order: Mapped[str | None] = mapped_column(String(3))
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    open_until_end: Mapped[bool] = mapped_column(default=False)
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    rows: Mapped[int]
    people: Mapped[int]
    source: Mapped[Source] = mapped_column(Word(Source), default=Source.FILE)
    final: Mapped[bool] = mapped_column(default=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    session: Mapped[Session] = relationship()
    file: Mapped[File] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])


class StayRow(Model):
    """One row of the evidence: a name as the provider wrote it, and one unbroken presence. Append-only.

    `identity` is the key of the somebody it belongs to within the session (by registrant, e-mail, then name);
    `names` are the plausible names in what is written. `instance` is the provider's name of one opening of the meeting, in
    a file the number of the meeting where it bears one; `assumed`: nobody said when the presence ended, and the end of the meeting was taken.
    """

    __tablename__ = "stays"
    __table_args__ = (Index("ix_stays_session_identity", "session_id", "identity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    line: Mapped[int]
    identity: Mapped[str] = mapped_column(String(400))
    written_name: Mapped[str] = mapped_column(String(400))
    names: Mapped[list[str]] = mapped_column(JSON, default=list)
    email: Mapped[str | None] = mapped_column(String(320))
    registrant: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))
    joined: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_minutes: Mapped[str | None] = mapped_column(String(20))
    waiting_room: Mapped[bool] = mapped_column(default=False)
    instance: Mapped[str] = mapped_column(String(120), default="")
    assumed: Mapped[bool] = mapped_column(default=False)

    upload: Mapped[Upload] = relationship()


class Identification(Model):
    """A decision about who an identity of a session is. The newest that is not undone holds.

    `verdict` is person, guest (somebody present whom nobody names), nobody (a recorder, a test) or room (several
    people behind one connection; who they were stands in `marks`). `how` is by what they were recognised, or hand.
    """

    __tablename__ = "identifications"
    __table_args__ = (Index("ix_identifications_session_identity", "session_id", "identity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    identity: Mapped[str] = mapped_column(String(400))
    verdict: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    how: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    by: Mapped[Person | None] = relationship(foreign_keys=[by_id])


class Alias(Model):
    """A name or number under which a person has appeared before, as a coordinator once decided."""

    __tablename__ = "aliases"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(String(400), index=True)
    identification_id: Mapped[int | None] = mapped_column(ForeignKey("identifications.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Mark(Model):
    """What somebody who runs the program says by hand about one person's presence, with the reason.

    `minutes`, where given, is the person's total, whatever the files say; the newest such mark that is not undone
    holds. Without minutes the person was in the room of `identity`, and the stays of that room count for them.
    `attested_by` is who saw them there.
    """

    __tablename__ = "marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[MarkKind] = mapped_column(Word(MarkKind))
    minutes: Mapped[int | None]
    identity: Mapped[str | None] = mapped_column(String(400))
    identification_id: Mapped[int | None] = mapped_column(ForeignKey("identifications.id"), index=True)
    attested_by: Mapped[str | None] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class Figure(Model):
    """A person's minutes in an open register after evidence came that changed them: a line from what to what. Append-only.

    `upload_id` is what brought the change, where it was evidence; `was` is empty for the first figure.
    """

    __tablename__ = "figures"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    was: Mapped[int | None]
    became: Mapped[int]
    source: Mapped[Source] = mapped_column(Word(Source))
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("uploads.id"))
    after_close: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()
    upload: Mapped[Upload | None] = relationship()


class Register(Versioned, Model):
    """The attendance of one session: open while it is being settled, then closed, for good but for corrections.

    The row is made with the first evidence. Every verb that changes evidence locks it, so that nothing arrives while
    somebody closes.
    """

    __tablename__ = "registers"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), unique=True)
    state: Mapped[RegisterState] = mapped_column(Word(RegisterState), default=RegisterState.OPEN)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    session: Mapped[Session] = relationship()
    rows: Mapped[list["Attendance"]] = relationship(back_populates="register", order_by="Attendance.id")
    closed_by: Mapped[Person | None] = relationship()


class Attendance(Model):
    """One person's minutes in a closed register, with role, profession and site as they were that day.

    `facts` tells where the minutes come from (rows of the evidence, who settled it).
    """

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("register_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    minutes: Mapped[int]
    role: Mapped[str] = mapped_column(String(40))
    profession: Mapped[str | None] = mapped_column(String(120))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    region: Mapped[str | None] = mapped_column(String(120))
    rural: Mapped[bool | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    register: Mapped[Register] = relationship(back_populates="rows")
    person: Mapped[Person] = relationship(lazy="joined")
    site: Mapped[Site | None] = relationship()
    corrections: Mapped[list["Correction"]] = relationship(order_by="Correction.id")


class Correction(Model):
    """A recorded change of somebody's minutes after the register was closed, with its reason."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendance.id"), index=True)
    was: Mapped[int]
    became: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[Person] = relationship()
