"""Who may do what with the hub's accounts at meeting providers.

What may be done with the meeting of one session follows from the session: see `sessions/policy.py`.
"""

from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs


def may_set_up(person: Person) -> bool:
    """Owners of the hub: credentials, hosts and health of a provider. Whoever runs a program is told what to ask them."""
    return programs.is_owner(person)


def may_see_set_up(person: Person) -> bool:
    """The hub's staff: how a provider is, its hosts and its last days. Never what is secret, and nothing to press."""
    return programs.may_found(person)
