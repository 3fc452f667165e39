"""A letter from its three templates, in its reader's language."""

import re
from typing import Any

from flask import render_template
from flask_babel import force_locale

from echo_sessions.errors import Refused
from echo_sessions.mail.rules import Calendar, Message

_BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


def compose(
    kind: str, *, to: str, to_name: str, language: str, hub: Any, person_id: int | None = None,
    about: str | None = None, calendar: Calendar | None = None, secret: bool = False, **values: Any,
) -> Message:  # fmt: skip
    """The finished letter `templates/mail/<kind>.{subject,txt,html}`. Refused when the person has no address.

    `hub` gives the name it is signed with and the contact to write to.
    """
    if not to:
        raise Refused("%(name)s has no e-mail address, so no letter can be sent.", name=to_name)
    shared = {
        "hub_name": hub.name, "contact": (hub.contact_name, hub.contact_address), "lang": language, "to_name": to_name, **values,
    }  # fmt: skip
    with force_locale(language):
        subject = " ".join(render_template(f"mail/{kind}.subject", **shared).split())
        text = _BLANKS.sub("\n\n", render_template(f"mail/{kind}.txt", **shared)).strip() + "\n"
        html = render_template(f"mail/{kind}.html", subject=subject, **shared)
    return Message(
        kind=kind, to=to, to_name=to_name, subject=subject, text=text, html=html, person_id=person_id, about=about,
        calendar=calendar, secret=secret,
    )  # fmt: skip
