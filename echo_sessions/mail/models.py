"""The outbox: every letter as a row, finished when it is queued."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from echo_sessions.database import Model, UtcDateTime, Word
from echo_sessions.mail.rules import LetterState


class Letter(Model):
    """One letter to one address.

    `key` makes it unique (kind, thing, sequence, person). Letters of one `thread` (one calendar entry, one
    person) leave in order, and one not yet sent gives way to the next.
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_thread_state", "thread", "state"),
        Index("ix_letters_to_queued_at", "to_address", "queued_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    thread: Mapped[str | None] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(80), index=True)
    about: Mapped[str | None] = mapped_column(String(40), index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    to_address: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(String(300))
    from_name: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    calendar: Mapped[bytes | None] = mapped_column(LargeBinary)
    method: Mapped[str | None] = mapped_column(String(20))
    uid: Mapped[str | None] = mapped_column(String(255))
    sequence: Mapped[int | None]
    message_id: Mapped[str] = mapped_column(String(255))
    secret: Mapped[bool] = mapped_column(default=False)
    state: Mapped[LetterState] = mapped_column(Word(LetterState), default=LetterState.QUEUED, index=True)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    server_words: Mapped[str | None] = mapped_column(Text)
