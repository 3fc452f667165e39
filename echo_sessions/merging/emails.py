"""Letters about a lost record: to the new address, and to all the old ones."""

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.merging.models import Recovery
from echo_sessions.merging.rules import RECOVERY_WAITS
from echo_sessions.people.models import Hub
from echo_sessions.people.rules import short_name

HOURS = int(RECOVERY_WAITS.total_seconds() // 3600)


def confirm_mailbox(recovery: Recovery, hub: Hub, token: str) -> Message:
    """To the new address, the same whoever asks: press the button and go on waiting."""
    return compose(
        "merging/confirm_mailbox", to=recovery.email, to_name=recovery.claimed_name, language="en", hub=hub, secret=True,
        greeting=short_name(recovery.claimed_name), link=url_for("merging.confirm_recovery", token=token, _external=True),
    )  # fmt: skip


def notice(recovery: Recovery, hub: Hub, to: str, token: str) -> Message:
    """To an old address: somebody asks for this record; one click stops it."""
    person = recovery.person
    assert person is not None
    return compose(
        "merging/notice", to=to, to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        greeting=short_name(person.name), hours=HOURS, link=url_for("merging.stop_recovery", token=token, _external=True),
    )  # fmt: skip


def given_back(recovery: Recovery, hub: Hub) -> Message:
    """To the new address: the record is theirs again."""
    person = recovery.person
    assert person is not None
    return compose(
        "merging/given_back", to=recovery.email, to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        greeting=short_name(person.name), link=url_for("people.sign_in", _external=True),
    )  # fmt: skip


def not_given(recovery: Recovery, hub: Hub) -> Message:
    """To the new address: nothing came of it. Why is told by the hub, to whoever it knows."""
    return compose(
        "merging/not_given", to=recovery.email, to_name=recovery.claimed_name, language="en", hub=hub,
        greeting=short_name(recovery.claimed_name),
    )  # fmt: skip
