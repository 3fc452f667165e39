"""The letter with which a certificate comes: a link, no attachment."""

from echo_sessions.certificates import ways
from echo_sessions.certificates.models import Certificate
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Hub
from echo_sessions.people.rules import short_name


def issued(certificate: Certificate, hub: Hub) -> Message:
    """To its holder: it is ready, behind one click, and stays on the own page for years."""
    person = certificate.person
    return compose(
        "certificates/issued", to=person.address or "", to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        about=certificate.activity, greeting=short_name(person.name), title=certificate.snapshot["title"],
        program=certificate.snapshot["program"], link=ways.url(certificate), days=ways.LIVES.days,
        verify=certificate.snapshot["verify_url"], replaces="replaces" in certificate.snapshot,
        private=person.lacks_private_address,
    )  # fmt: skip
