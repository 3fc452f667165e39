"""The hub, its people, their addresses and accounts.

A `Person` is who somebody is, perhaps without address or account; every key of the domain points to one.
"""

from datetime import datetime

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.people.rules import StaffRole
from echo_sessions.sealed import Sealed


class Hub(Versioned, Model):
    """The organisation that runs programs. Its zone is where its coordinators work."""

    __tablename__ = "hubs"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    contact_name: Mapped[str] = mapped_column(String(300))
    contact_address: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Person(Versioned, Model):
    """Somebody known by name. `printed_name` is the name on certificates, when it differs.

    `link_generation` makes lasting links (feed, join, RSVP) void when it is raised. `registration` is a licence's
    number, in the register of `registration_body`; it and the needs of access are kept sealed. `prescriber` is None
    where nobody has asked. `merged_into_id`: this record is kept aside, everything of it moved to that person.
    `erased_at`: what could be forgotten was; name and address are placeholders, what must stay points here.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(300), index=True)
    printed_name: Mapped[str | None] = mapped_column(String(300))
    profession: Mapped[str | None] = mapped_column(String(120))
    credentials: Mapped[str | None] = mapped_column(String(120))
    prescriber: Mapped[bool | None]
    registration: Mapped[str | None] = mapped_column(Sealed("people.registration"))
    registration_body: Mapped[str | None] = mapped_column(String(200))
    practising_since: Mapped[int | None]
    county: Mapped[str | None] = mapped_column(String(120))
    how_heard: Mapped[str | None] = mapped_column(String(200))
    interests: Mapped[str | None] = mapped_column(Text)
    access_needs: Mapped[str | None] = mapped_column(Sealed("people.access_needs"))
    language: Mapped[str] = mapped_column(String(20), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    wants_invitations: Mapped[bool] = mapped_column(default=True)
    link_generation: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    addresses: Mapped[list["Address"]] = relationship(
        back_populates="person", order_by="Address.primary.desc(), Address.id", lazy="selectin"
    )
    account: Mapped["Account | None"] = relationship(back_populates="person")

    @property
    def address(self) -> str | None:
        """The primary e-mail address, if there is one."""
        return self.addresses[0].email if self.addresses else None


class Address(Model):
    """An e-mail address of a person, as written, and as compared (`normal`: unique over all people)."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    normal: Mapped[str] = mapped_column(String(320), unique=True)
    primary: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(back_populates="addresses")


class Account(UserMixin, Model):
    """A way to sign in, at most one a person. `email` is the person's primary address as compared."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(back_populates="account", lazy="joined")


class OneTimeLink(Model):
    """A link that works once: only the hash of its secret is kept. `purpose` is sign-in or enrolment."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    about: Mapped[str | None] = mapped_column(String(40))
    next_url: Mapped[str | None] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class FailedSignIn(Model):
    """One refused sign-in, counted over all processes by the hash of the address that was typed."""

    __tablename__ = "failed_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Staff(Model):
    """A role for the whole hub, apart from roles in single programs."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("hub_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[StaffRole] = mapped_column(Word(StaffRole))
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    hub: Mapped[Hub] = relationship()
    person: Mapped[Person] = relationship()


class Delegate(Model):
    """Somebody who keeps a person's diary: gets the same invitations, and never a case.

    `called` and `email` are as whoever named them wrote them: nothing else that the hub knows is shown on their page.
    """

    __tablename__ = "delegates"
    __table_args__ = (UniqueConstraint("person_id", "delegate_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    called: Mapped[str] = mapped_column(String(300), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    delegate: Mapped[Person] = relationship(foreign_keys=[delegate_id])


class Absence(Model):
    """The words "I am away": from when to when, and who takes over what waits for this person. Ended early or run out."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(String(300))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    deputy: Mapped[Person | None] = relationship(foreign_keys=[deputy_id])


class StandingDeputy(Model):
    """Whom somebody has named to stand in whenever they say that they are away; one a person."""

    __tablename__ = "standing_deputies"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    deputy: Mapped[Person] = relationship(foreign_keys=[deputy_id])


class Handover(Model):
    """Something that waited for somebody who was away and that a deputy has taken over for good: it stays with the
    deputy when the absence ends, until it is taken back (`returned_at`). `thing` is a code."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    absence_id: Mapped[int] = mapped_column(ForeignKey("absences.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    thing: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    absence: Mapped[Absence] = relationship(lazy="joined")
    deputy: Mapped[Person] = relationship()
