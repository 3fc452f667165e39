"""What is known about a file; the bytes are in `outside/storage.py` under its key."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from echo_sessions.database import Model, UtcDateTime


class File(Model):
    """One stored object. The object is written first, then this row; a job removes objects without one.

    `held_at`: since when nobody is given the bytes, whoever asks: what they show was recalled.
    """

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    type: Mapped[str] = mapped_column(String(100))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
