"""Cases: the form they were written with, the story, the screen's hits, reviews, recommendations.

This is the only feature that holds patient text. No other one reads `answers`, `note`, `reason` or `text`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.cases.recall import Fate, RecallKind, RecallState, Step
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.people.models import Person
from echo_sessions.people.rules import Law
from echo_sessions.programs.models import Program, Site
from echo_sessions.sealed import Sealed
from echo_sessions.sessions.models import Session


class CaseForm(Model):
    """One version of a case form as a JSON Schema. `program_id` empty: for every program of the hub."""

    __tablename__ = "case_forms"
    __table_args__ = (UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("programs.id"))
    name: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    schema: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Case(Versioned, Model):
    """One case. Its code is the ECHO ID: random, made at creation, telling nothing about the patient.

    `answers` is the text as it was last submitted; what the author is still writing lies in `Draft`, so nobody
    reads half a sentence and a text once signed off stays what it was. `accepted_hash` names the text that was
    signed off. `forgotten_at`: when the text of a withdrawn or declined case was deleted. `dark_since`: it was recalled, and nobody
    sees it, its recommendations or their document; `back_with_author`: nobody but its author, who corrects it. Profession,
    site, region and rural flag are the author's as they were at submission. `state_since`, `due_at` and `waits_for_id`
    feed the line that the author always sees.
    """

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_program_state", "program_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("case_forms.id"))
    state: Mapped[CaseState] = mapped_column(Word(CaseState), default=CaseState.DRAFT)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attested: Mapped[bool] = mapped_column(default=False)
    profession: Mapped[str | None] = mapped_column(String(120))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    region: Mapped[str | None] = mapped_column(String(120))
    rural: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waits_for_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_hash: Mapped[str | None] = mapped_column(String(64))
    backup: Mapped[bool] = mapped_column(default=False)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dark_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    back_with_author: Mapped[bool] = mapped_column(default=False)

    program: Mapped[Program] = relationship(lazy="joined")
    author: Mapped[Person] = relationship(foreign_keys=[author_id], lazy="joined")
    waits_for: Mapped[Person | None] = relationship(foreign_keys=[waits_for_id])
    reviewer: Mapped[Person | None] = relationship(foreign_keys=[reviewer_id])
    form: Mapped[CaseForm] = relationship()
    site: Mapped[Site | None] = relationship()
    session: Mapped[Session | None] = relationship()
    hits: Mapped[list["Hit"]] = relationship(back_populates="case", order_by="Hit.id", cascade="all, delete-orphan")
    reviews: Mapped[list["Review"]] = relationship(back_populates="case", order_by="Review.id")
    recommendations: Mapped[list["Recommendation"]] = relationship(
        back_populates="case", order_by="Recommendation.position, Recommendation.id"
    )


class Draft(Model):
    """What an author is writing. Only the author's own pages read it; submitting makes it the case's answers.

    `aside`: the text of another window, which would have overwritten a newer one. It is kept until its author
    takes it, throws it away or submits.
    """

    __tablename__ = "case_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    aside: Mapped[bool] = mapped_column(default=False)


class Hit(Model):
    """A passage of one version of a field that the screen marked, and what was decided about it.

    Offsets only: the passage itself stays in the answers. `text_hash` ties the decision to the text it was
    made about; any edit of that field voids it.
    """

    __tablename__ = "hits"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    field: Mapped[str] = mapped_column(String(120))
    text_hash: Mapped[str] = mapped_column(String(64))
    start: Mapped[int]
    end: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    tier: Mapped[int]
    rule: Mapped[str] = mapped_column(String(60))
    engine: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship(back_populates="hits")


class Review(Model):
    """One step in a case's life: who moved it from where to where, with field and note for a return."""

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    came_from: Mapped[CaseState] = mapped_column(Word(CaseState))
    went_to: Mapped[CaseState] = mapped_column(Word(CaseState))
    field: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(Text)
    checked: Mapped[list[str]] = mapped_column(JSON, default=list)

    case: Mapped[Case] = relationship(back_populates="reviews")
    by: Mapped[Person | None] = relationship(lazy="joined")


class Recommendation(Model):
    """One recommendation for a case, from a spoke or the hub."""

    __tablename__ = "recommendations"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[int]
    category: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    said_by: Mapped[str] = mapped_column(String(10))
    profession: Mapped[str | None] = mapped_column(String(120))
    evidence: Mapped[str | None] = mapped_column(Text)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship(back_populates="recommendations")


class RecommendationSheet(Versioned, Model):
    """The recommendations of one case as one document: draft, approved by an expert, sent to the author."""

    __tablename__ = "recommendation_sheets"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    state: Mapped[RecommendationState] = mapped_column(Word(RecommendationState), default=RecommendationState.DRAFT)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))

    case: Mapped[Case] = relationship()
    approver: Mapped[Person | None] = relationship()


class Recall(Versioned, Model):
    """A case taken out of sight: by whom, why and where it was seen, by when an authority must know, what became of it.

    `field` and `identifier` are words from lists, never the passage. `law` and `due_at` are the hub's as they were when it
    was raised; none where no clock runs. `came_from`: the case's state then. `proposed_by_id`: asks to undo it.
    """

    __tablename__ = "recalls"
    __table_args__ = (Index("ix_recalls_state_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[RecallKind] = mapped_column(Word(RecallKind))
    state: Mapped[RecallState] = mapped_column(Word(RecallState), default=RecallState.OPEN)
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    field: Mapped[str | None] = mapped_column(String(120))
    identifier: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str | None] = mapped_column(Sealed("recalls.note"))
    law: Mapped[Law | None] = mapped_column(Word(Law))
    law_name: Mapped[str | None] = mapped_column(String(80))
    law_hours: Mapped[int | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    came_from: Mapped[CaseState] = mapped_column(Word(CaseState))
    fate: Mapped[Fate | None] = mapped_column(Word(Fate))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship(lazy="joined")
    raised_by: Mapped[Person | None] = relationship(foreign_keys=[raised_by_id], lazy="joined")
    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])
    officers: Mapped[list["RecallOfficer"]] = relationship(order_by="RecallOfficer.id", lazy="selectin")
    steps: Mapped[list["RecallStep"]] = relationship(order_by="RecallStep.at, RecallStep.id", back_populates="recall")


class RecallOfficer(Model):
    """One of the two who were told of a recall and decide about it."""

    __tablename__ = "recall_officers"
    __table_args__ = (UniqueConstraint("recall_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)

    person: Mapped[Person] = relationship(lazy="joined")


class RecallStep(Model):
    """What was decided or done about a recall, by whom and why. Append-only; the reason is sealed."""

    __tablename__ = "recall_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(ForeignKey("recalls.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    step: Mapped[Step] = mapped_column(Word(Step))
    reason: Mapped[str | None] = mapped_column(Sealed("recall_steps.reason"))

    recall: Mapped[Recall] = relationship(back_populates="steps")
    by: Mapped[Person | None] = relationship(lazy="joined")


class BrokenGlass(Model):
    """Somebody opened a case that they may not read otherwise, for an hour, for a reason. Append-only; the reason is sealed."""

    __tablename__ = "broken_glass"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Sealed("broken_glass.reason"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined")
