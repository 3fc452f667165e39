"""Commands about people: the hub of a new installation with its first owner, and the way out of a lost second factor."""

from datetime import timedelta
from typing import Any

from flask import url_for

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import BadInput, Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import emails, queries, second_factor, service
from echo_sessions.people.rules import StaffRole, clean_name, normal_address
from echo_sessions.programs.rules import zone_named

LINK_LIVES = timedelta(hours=24)
"""Longer than a link in a letter: it goes no further than the terminal of whoever installs."""


def create_hub(
    *, name: str, zone: str, admin_name: str, admin_email: str, contact_name: str | None, contact_email: str | None
) -> tuple[dict[str, Any], str]:
    """Found the hub with its first owner; what was made, with a one-time link that signs the owner in.

    People are told to write to the owner unless another contact is given. Refuses a second hub; what cannot be
    read is refused by the option it was given in (`BadInput`), and nothing is written.
    """
    name, admin_name = _read("--name", clean_name, name), _read("--admin-name", clean_name, admin_name)
    zone = _read("--zone", zone_named, zone)
    for option, address in (("--admin-email", admin_email), ("--contact-email", contact_email)):
        if address is not None:
            _read(option, normal_address, address)
    now = clock.now()
    with transaction():
        hub = service.found_hub(
            name=name,
            zone=zone,
            contact_name=contact_name or admin_name,
            contact_address=contact_email or admin_email,
            now=now,
        )
        owner = service.add_person(name=admin_name, email=admin_email, zone=zone, now=now)
        service.open_account(owner, now=now)
        service.appoint(owner, hub, StaffRole.OWNER, now=now)
        token = service.make_link(owner, purpose="sign-in", now=now, lives=LINK_LIVES)
        answer = {"hub": hub.code, "name": hub.name, "zone": hub.zone, "owner": owner.code}
    answer["sign_in"] = url_for("people.use_link", token=token, _external=True)
    words = (
        f"{name} is founded, at home in {zone}; {admin_name} is its owner and signs in once, within 24 hours, here:\n{answer['sign_in']}\n"
        "Later the sign-in page sends links by e-mail, once a worker runs. Next, in the pages: the statement of collaboration, then a program."
    )
    return answer, words


def reset_second_factor(email: str) -> tuple[dict[str, Any], str]:
    """Take away a lost second factor, with a letter and a line in the audit; who did it is the machine's own log's business."""
    person, hub, now = queries.by_address(email), queries.hub(), clock.now()
    if person is None or person.account is None:
        raise Refused("Nobody with this address has an account.")
    had = person.account.second_factor_since is not None
    with transaction():
        second_factor.reset(person.account, by=None, now=now)
        if hub is not None and person.address:
            mail.queue(emails.security_changed(person, hub, emails.RESET), now=now, from_name=hub.name)
        answer = {"person": person.code, "had_second_factor": had}
    words = f"{person.name} has no second factor any more, and is signed out everywhere. A letter says so."
    return answer, words


def _read(option: str, rule: Any, text: str) -> str:
    """The value as the rule has it, or its refusal under the name of the option."""
    try:
        return str(rule(text))
    except Refused as fault:
        raise BadInput("%(option)s: %(why)s", option=option, why=str(fault)) from None
