"""Programs, their series, sites, and who takes part."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.people.models import Hub, Person
from echo_sessions.programs.rules import EnrolmentState, ObserverState, Role, TextKind


class Site(Versioned, Model):
    """A spoke: a place where participants work. `normal` is the name as compared, unique within the hub.

    `shortage`: in an area that is short of clinicians. `room_seats`: how many learn together in its group room.
    `proposed`: a stranger typed its name and has not confirmed the own address yet; until then nobody is shown it.
    """

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("hub_id", "normal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"))
    name: Mapped[str] = mapped_column(String(200))
    normal: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(120))
    country: Mapped[str | None] = mapped_column(String(2))
    zone: Mapped[str | None] = mapped_column(String(64))
    county: Mapped[str | None] = mapped_column(String(120))
    rural: Mapped[bool] = mapped_column(default=False)
    shortage: Mapped[bool] = mapped_column(default=False)
    room_seats: Mapped[int | None]
    proposed: Mapped[bool] = mapped_column(default=False)


class SiteLead(Model):
    """Who answers for a site: gathers its room and vouches for its people. Sees the own room list and counts."""

    __tablename__ = "site_leads"
    __table_args__ = (UniqueConstraint("site_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    site: Mapped[Site] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined")


class Program(Versioned, Model):
    """A topic line of a hub, with its charter. `label` begins the ECHO IDs of its cases, such as HCV. `help_phone` is rung by
    whoever cannot get into a session."""

    __tablename__ = "programs"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    label: Mapped[str] = mapped_column(String(6))
    aim: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    scope_in: Mapped[str] = mapped_column(Text)
    scope_out: Mapped[str] = mapped_column(Text)
    sponsor: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(320))
    help_phone: Mapped[str | None] = mapped_column(String(60))
    recommendations_due_hours: Mapped[int] = mapped_column(default=48)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    hub: Mapped[Hub] = relationship(lazy="joined")
    series: Mapped[list["Series"]] = relationship(back_populates="program", order_by="Series.first_date")


class Membership(Model):
    """A person's role in one program; `ends_at` for an auditor, whose look is for a time."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("program_id", "person_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    specialty: Mapped[str | None] = mapped_column(String(120))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    program: Mapped[Program] = relationship()
    person: Mapped[Person] = relationship()


class Statement(Model):
    """One version of a text of the hub: statement of collaboration, code of conduct or privacy notice; of each kind the
    newest is in force."""

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("hub_id", "kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"))
    kind: Mapped[TextKind] = mapped_column(Word(TextKind), default=TextKind.COLLABORATION)
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Acceptance(Model):
    """A person's word that they accept one version of a text. Append-only."""

    __tablename__ = "acceptances"
    __table_args__ = (UniqueConstraint("person_id", "statement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    statement: Mapped[Statement] = relationship(lazy="joined")


class Series(Versioned, Model):
    """One run of a program: its members and its dates, kept as a rule in local time.

    `kind` is weekly or monthly; `weekday` 0 is Monday; `nth` (monthly) is 1 to 4, or -1 for the last one.
    Raising `link_generation` makes the enrolment link void. `capacity`: how many may take part, the others wait in the
    order in which they came; None is no limit. `by_approval`: somebody who runs the program says yes to each.
    `provider`: who makes the meetings of its sessions; None is the hub's usual one.
    """

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    interval: Mapped[int]
    weekday: Mapped[int]
    nth: Mapped[int | None]
    start: Mapped[time] = mapped_column(Time)
    minutes: Mapped[int]
    first_date: Mapped[date] = mapped_column(Date)
    count: Mapped[int | None]
    until: Mapped[date | None] = mapped_column(Date)
    skipped: Mapped[list[str]] = mapped_column(JSON, default=list)
    run_sheet: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    invite_days: Mapped[int] = mapped_column(default=21)
    enrolment_open: Mapped[bool] = mapped_column(default=True)
    by_approval: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int | None]
    provider: Mapped[str | None] = mapped_column(String(20))
    link_generation: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    program: Mapped[Program] = relationship(back_populates="series", lazy="joined")


class Enrolment(Versioned, Model):
    """A person's part in one series, from which site and under which statement.

    `how`: link, invitation, file or hand. `queued_at`: since when the person waits for a place; the order of the list.
    """

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("series_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"), index=True)
    state: Mapped[EnrolmentState] = mapped_column(Word(EnrolmentState), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    how: Mapped[str] = mapped_column(String(20), default="hand")
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statements.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    series: Mapped[Series] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined")
    site: Mapped[Site | None] = relationship(lazy="joined")


class ObserverRequest(Versioned, Model):
    """Somebody asks to look on. Becomes a membership only when whoever runs the program says yes."""

    __tablename__ = "observer_requests"
    __table_args__ = (UniqueConstraint("program_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[ObserverState] = mapped_column(Word(ObserverState), index=True)
    why: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    program: Mapped[Program] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=[person_id])
