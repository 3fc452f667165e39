"""The link in the letter that asks: made from the duty, void once it is asked anew or taken back and asked again."""

from flask import current_app, url_for

from echo_sessions import links
from echo_sessions.config import Settings
from echo_sessions.sessions import queries
from echo_sessions.sessions.models import Duty

ANSWER = "duty"


def answer_url(duty: Duty) -> str:
    """The page on which this person says yes or no to this part."""
    return url_for("experts.answer", token=links.make(_key(), ANSWER, duty.code, duty.link_generation), _external=True)


def read(token: str) -> Duty | None:
    """The part a token is about; None when it is not ours or void."""
    said = links.read(_key(), ANSWER, token)
    duty = queries.duty_by_code(said.code) if said else None
    return duty if duty is not None and said is not None and duty.link_generation == said.generation else None


def _key() -> bytes:
    settings: Settings = current_app.extensions["settings"]
    return settings.link_key
