"""Letters to people about signing in."""

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import CODE_LIVES, LINK_LIVES, short_name
from echo_sessions.words import Said, msgid


def sign_in_link(person: Person, hub: Hub, token: str, code: str, *, to: str) -> Message:
    """The one-time link that signs in, and the code for the browser that asked; its text is dropped once sent."""
    return compose(
        "people/sign_in_link", to=to, to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        secret=True, greeting=short_name(person.name), link=url_for("people.use_link", token=token, _external=True),
        code=f"{code[:3]} {code[3:]}", minutes=int(LINK_LIVES.total_seconds() // 60),
        code_minutes=int(CODE_LIVES.total_seconds() // 60),
    )  # fmt: skip


PASSWORD_SET, PASSWORD_REMOVED, APP_SET, APP_REMOVED, PASSKEY_ADDED, PASSKEY_REMOVED, CODES_MADE, RECOVERY_USED, RESET, SECOND_FAILING, PROVIDER_LINKED = (
    Said(msgid("The password of your account was set or changed.")),
    Said(msgid("The password of your account was removed.")),
    Said(msgid("An authenticator app was set up as your second factor.")),
    Said(msgid("The authenticator app was removed from your account.")),
    Said(msgid("A passkey was added to your account.")),
    Said(msgid("A passkey was removed from your account.")),
    Said(msgid("New recovery codes were made; those of before are void.")),
    Said(msgid("Somebody signed in with one of your recovery codes.")),
    Said(msgid("Your second factor was taken away by your hub, and all your devices were signed out. Set up a new one at your next visit.")),
    Said(msgid("Somebody who can begin to sign in as you typed several wrong codes of your second factor.")),
    Said(msgid("Your account was connected with your organisation’s sign-in.")),
)  # fmt: skip


def security_changed(person: Person, hub: Hub, what: Said) -> Message:
    """How somebody signs in was changed, or tried: so that a stranger's hand is noticed."""
    return compose(
        "people/security_changed", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, greeting=short_name(person.name), what=what, link=url_for("people.security", _external=True),
    )  # fmt: skip


ADDED, PRIMARY, REMOVED = (
    Said(msgid("An e-mail address was added to your record.")),
    Said(msgid("Letters to you go to another one of your e-mail addresses from now on, and you sign in by it.")),
    Said(msgid("This e-mail address was taken off your record; no more letters come here.")),
)


def confirm_address(person: Person, hub: Hub, to: str, token: str) -> Message:
    """To a new address: one button makes it count; its text is dropped once sent."""
    return compose(
        "people/confirm_address", to=to, to_name=person.name, language=person.language, hub=hub, person_id=person.id, secret=True,
        greeting=short_name(person.name), link=url_for("people.confirm_address", token=token, _external=True),
    )  # fmt: skip


def address_wanted_by_other(owner: Person, hub: Hub, to: str) -> Message:
    """To the owner of an address that another record asked for: perhaps that record is theirs too."""
    return compose(
        "people/address_wanted_by_other", to=to, to_name=owner.name, language=owner.language, hub=hub, person_id=owner.id,
        greeting=short_name(owner.name),
    )  # fmt: skip


def address_changed(person: Person, hub: Hub, to: str, what: Said) -> Message:
    """To an address that was there before: so that a stranger's hand is noticed."""
    return compose(
        "people/address_changed", to=to, to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        greeting=short_name(person.name), what=what, link=url_for("people.addresses", _external=True),
    )  # fmt: skip
