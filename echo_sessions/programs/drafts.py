"""Texts to begin with, after what hubs usually promise and ask. A hub changes them until they are its own."""

from flask_babel import gettext as _

from echo_sessions.people.models import Hub
from echo_sessions.programs.rules import TextKind


def of(kind: TextKind, hub: Hub) -> str:
    """A draft of this kind of text."""
    made = {TextKind.COLLABORATION: _collaboration, TextKind.CONDUCT: _conduct, TextKind.PRIVACY: _privacy}
    return "\n\n".join(made[kind](hub))


def _collaboration(hub: Hub) -> tuple[str, ...]:
    return (
        _(
            "%(hub)s gives you regular sessions with specialists, advice on your cases in conversation and in writing, talks, help with the technology, and credit where it can, all free of charge.",
            hub=hub.name,
        ),
        _(
            "You come to as many sessions as you can, with your camera on; you present cases, send follow-up on them, and fill in short questionnaires."
        ),
        _(
            "You protect patients: no name, date of birth, address, record number or picture is spoken, shown or typed. What you hear about people in a session stays there."
        ),
        _(
            "Sessions may be recorded for teaching; by taking part you consent to it. Discussions of cases are not recorded unless you are told so."
        ),
        _(
            "Everybody teaches and everybody learns. We treat each other with respect; whoever does not may be asked to leave."
        ),
    )


def _conduct(hub: Hub) -> tuple[str, ...]:
    return (
        _(
            "We come under our own names and say where we work. Everybody teaches and everybody learns; nobody is made to feel small for a question."
        ),
        _(
            "We speak of patients as if they sat with us. Nothing that could identify one is spoken, shown or typed, and nothing that is said about people leaves the session: no pictures of the screen, no recordings of our own."
        ),
        _(
            "We let each other finish, keep to the time, and criticise what was done, not who did it. We say when we have an interest in what we recommend."
        ),
        _(
            "No harassment, no insult, no discrimination, and no advertising. Whoever meets it, or sees it, reports it with the button on every page or writes to %(address)s.",
            address=hub.contact_address,
        ),
        _(
            "What follows: a reminder, then a warning, then the end of taking part, each with its reason; what is grave ends it at once. Whoever is concerned is heard and may appeal to a second person outside of the program. Whoever is accused decides nothing about it."
        ),
    )


def _privacy(hub: Hub) -> tuple[str, ...]:
    return (
        _(
            "%(hub)s keeps what it needs to run sessions and to give credit: your name, addresses, profession, licence or registration, site, attendance, answers and certificates. Licence numbers are kept encrypted.",
            hub=hub.name,
        ),
        _(
            "Those who run your programs see it; other participants see your name, profession and site. Sponsors and leads of sites see counts, never your answers or cases. We sell nothing and track nobody."
        ),
        _(
            "Cases are written without anything that identifies a patient, are checked before anybody reads them, and are read on our pages only, by verified people, never by mail."
        ),
        _(
            "Records of attendance and credit stay for six years, because accreditors ask for them. What is not needed for that is deleted on request or after its time. You can take all your data with you, and ask for correction or deletion, on your own page."
        ),
        _("Questions and complaints: %(name)s, %(address)s.", name=hub.contact_name, address=hub.contact_address),
    )
