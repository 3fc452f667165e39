"""The hub, its people, their addresses and accounts.

A `Person` is who somebody is, perhaps without address or account; every key of the domain points to one.
"""

from datetime import datetime

from flask_security.core import UserMixin
from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.people.rules import Law, SecondFactor, SignInWay, StaffRole, Stay
from echo_sessions.sealed import Sealed


class Hub(Versioned, Model):
    """The organisation that runs programs. Its zone is where its coordinators work.

    `law`: which law says by when a breach must be told to the authority; `law_name` and `law_hours` where it is another."""

    __tablename__ = "hubs"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    contact_name: Mapped[str] = mapped_column(String(300))
    contact_address: Mapped[str] = mapped_column(String(320))
    law: Mapped[Law] = mapped_column(Word(Law), default=Law.GDPR)
    law_name: Mapped[str | None] = mapped_column(String(80))
    law_hours: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Person(Versioned, Model):
    """Somebody known by name. `printed_name` is the name on certificates, when it differs.

    `link_generation` makes lasting links (feed, join, RSVP) void when it is raised. `registration` is a licence's
    number, in the register of `registration_body`; it and the needs of access are kept sealed. `prescriber` is None
    where nobody has asked. `asked_at`: since when nobody need be asked again what reports need. `merged_into_id`: this record is kept aside, everything of it moved to that person.
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
    country: Mapped[str | None] = mapped_column(String(2))
    how_heard: Mapped[str | None] = mapped_column(String(200))
    interests: Mapped[str | None] = mapped_column(Text)
    access_needs: Mapped[str | None] = mapped_column(Sealed("people.access_needs"))
    language: Mapped[str] = mapped_column(String(20), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    wants_invitations: Mapped[bool] = mapped_column(default=True)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    one_address_enough: Mapped[bool] = mapped_column(default=False)
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

    @property
    def lacks_private_address(self) -> bool:
        """Whether to suggest a second address, which stays when the employer changes; not once they said that one will do."""
        return len(self.addresses) == 1 and not self.one_address_enough


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


class WantedAddress(Model):
    """An address that somebody wants to add to the own record. It counts for nothing until its mailbox has answered.

    Several people may want the same one, and it may be somebody's already: that is told to the mailbox and to the hub,
    never to who wants it.
    """

    __tablename__ = "wanted_addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    normal: Mapped[str] = mapped_column(String(320), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class Account(UserMixin, Model):
    """A way to sign in, at most one a person. `email` is the person's primary address as compared.

    `totp_secret` is the authenticator app's, sealed; `totp_counter` the last of its steps that was used, so that a code
    works once. `passkey_handle` is what passkeys know the account by. `second_factor_since` is empty while there is
    neither app nor passkey; `second_factor_asked_at` is the first sign-in in a role that needs one.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    totp_secret: Mapped[str | None] = mapped_column(Sealed("accounts.totp_secret"))
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    passkey_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    second_factor_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    second_factor_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(back_populates="account", lazy="joined")
    passkeys: Mapped[list["Passkey"]] = relationship(back_populates="account", order_by="Passkey.id")


class Passkey(Model):
    """A key in somebody's device or stick. Only its public half is here."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(back_populates="passkeys")


class RecoveryCode(Model):
    """One of a set of codes for the day when the second factor is lost: only its hash is kept, salted by set."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    salt: Mapped[str] = mapped_column(String(32))
    hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignIn(Model):
    """One session: somebody signed in on one device. The browser holds the secret, here is its hash.

    `passed_at` is empty while a second factor is still awaited: until then the browser may do nothing else. It is over
    when it was ended, after `idle_seconds` without a page, and at `ends_at` in any case. `seen_at` is rounded to five
    minutes, so that a page costs no write.
    """

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[SignInWay] = mapped_column(Word(SignInWay))
    second: Mapped[SecondFactor | None] = mapped_column(Word(SecondFactor))
    stay: Mapped[Stay] = mapped_column(Word(Stay))
    device: Mapped[str] = mapped_column(String(80))
    next_url: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    passed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_seconds: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(80))

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class Identity(Model):
    """An account at the hub's own provider of sign-in (OIDC), remembered by the provider's name for it."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


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


class CodeAsk(Model):
    """Somebody asked for a letter to sign in with, in one browser: there, and only there, the letter's code may be typed.

    Written for unknown addresses too (without a person), so that the page behaves the same and takes as long: the letter
    with its link and code is a worker's business. The code is kept as a keyed hash; five wrong ones make it void.
    """

    __tablename__ = "code_asks"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    address_id: Mapped[int | None]
    next_url: Mapped[str | None] = mapped_column(Text)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("one_time_links.id"), index=True)
    browser: Mapped[str] = mapped_column(String(64), unique=True)
    about: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    link: Mapped[OneTimeLink | None] = relationship()
    person: Mapped[Person | None] = relationship()


class Challenge(Model):
    """A random text that a passkey signs, or that a provider of sign-in hands back: good once, for minutes."""

    __tablename__ = "challenges"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Tries(Model):
    """How often signing in was tried of late, counted over all processes: for one address or account, or for one network.

    `hash` is keyed, so that nobody can look an address up. The next try is heard from `free_at` on.
    """

    __tablename__ = "tries"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    free_at: Mapped[datetime] = mapped_column(UtcDateTime)
    forget_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RateCount(Model):
    """How often one network asked for what could be guessed or is costly, within one window of time: for `web.limits`.

    `hash` is keyed; neither an address nor a page can be read from it.
    """

    __tablename__ = "rate_counts"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FactorReset(Model):
    """Taking somebody's second factors away because they are lost: asked by one of the hub's staff, done by another."""

    __tablename__ = "factor_resets"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(String(300))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id])


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
