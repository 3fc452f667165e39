"""Background work as rows, written in the transaction that asks for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from echo_sessions.database import Model, UtcDateTime, Word
from echo_sessions.jobs.rules import JobState


class Job(Model):
    """One piece of work: a handler's name and the ids it needs.

    `run_at` is when it is due; claiming moves it a lease ahead, so a dead worker's job falls due by itself.
    `key`, when given, makes the job unique for ever (a slot of the schedule, a letter's delivery).
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_run_at", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[JobState] = mapped_column(Word(JobState), default=JobState.WAITING)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(40))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[int | None]
    total: Mapped[int | None]
