"""Printing one certificate and writing to its holder."""

from datetime import datetime
from typing import Any

from flask import current_app

from echo_sessions.certificates import emails, service
from echo_sessions.certificates.facts import read_facts
from echo_sessions.certificates.models import Certificate
from echo_sessions.certificates.preview import printed
from echo_sessions.certificates.rules import CertificateState
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp
from echo_sessions.files import service as files
from echo_sessions.jobs.handlers import handler
from echo_sessions.mail import service as mail
from echo_sessions.people import queries as people


@handler("certificates.print")
def print_certificate(payload: dict[str, Any], now: datetime) -> None:
    """Make the PDF from the snapshot, store it, tell the holder. A name that cannot be printed is held back for a
    person to look at, and nothing is sent."""
    certificate = db.session.get(Certificate, payload["certificate"])
    if certificate is None or certificate.file_id is not None or certificate.state is not CertificateState.ISSUED:
        return
    facts = read_facts(certificate.snapshot)
    db.session.rollback()
    try:
        pdf = printed(facts, current_app.extensions["pdf"])
    except GaveUp as fault:
        with transaction():
            service.hold(certificate, because=fault.words)
        raise
    stored = current_app.extensions["storage"].put(pdf, type="application/pdf")
    with transaction():
        service.record_printed(certificate, files.keep(stored, now=now))
        hub = people.hub()
        if hub is not None and certificate.person.address:
            mail.queue(
                emails.issued(certificate, hub), now=now, from_name=hub.name, key=f"certificate:{certificate.code}"
            )
