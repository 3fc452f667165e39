"""The link by which a certificate is fetched from a letter: derived, good for thirty days without signing in."""

from datetime import datetime, timedelta

from flask import current_app, url_for

from echo_sessions import links
from echo_sessions.certificates import queries
from echo_sessions.certificates.models import Certificate
from echo_sessions.config import Settings

PURPOSE = "certificate"
LIVES = timedelta(days=30)


def url(certificate: Certificate) -> str:
    """The address that the holder's letter carries."""
    token = links.make(_key(), PURPOSE, certificate.code, certificate.link_generation)
    return url_for("certificates.download", token=token, _external=True)


def read(token: str) -> Certificate | None:
    """The certificate that a token of ours names, or None."""
    said = links.read(_key(), PURPOSE, token)
    certificate = queries.by_code(said.code) if said else None
    return (
        certificate
        if certificate is not None and said is not None and certificate.link_generation == said.generation
        else None
    )


def still_open(certificate: Certificate, now: datetime) -> bool:
    """Whether the link works without signing in."""
    return now < certificate.issued_at + LIVES


def _key() -> bytes:
    settings: Settings = current_app.extensions["settings"]
    return settings.link_key
