"""Letters about enrolling in a series, waiting for a place, roles in a program and sites."""

from typing import Any, Protocol

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import short_name
from echo_sessions.programs.models import Enrolment, Membership, ObserverRequest, Program, SiteLead
from echo_sessions.programs.rules import CONFIRM_LIVES, INVITATION_LIVES, ROLE_MEANS, ROLE_WORDS, Freed


class Place(Protocol):
    """Somebody's place on the waiting list."""

    @property
    def position(self) -> int: ...
    @property
    def total(self) -> int: ...


def confirm_enrolment(enrolment: Enrolment, token: str) -> Message:
    """The one-time link that proves the address and enrols; its text is dropped once sent."""
    return _about_enrolment(
        "programs/confirm_enrolment", enrolment, secret=True, days=CONFIRM_LIVES.days, approval=enrolment.series.by_approval,
        link=url_for("programs.confirm_enrolment", token=token, _external=True),
    )  # fmt: skip


def invited(enrolment: Enrolment, token: str) -> Message:
    """An invitation to take part, with the one-time link that accepts it; its text is dropped once sent."""
    return _about_enrolment(
        "programs/invited", enrolment, secret=True, days=INVITATION_LIVES.days, aim=enrolment.series.program.aim,
        link=url_for("programs.confirm_enrolment", token=token, _external=True),
    )  # fmt: skip


def enrolment_stands(enrolment: Enrolment, place: Place | None) -> Message:
    """Somebody asked to enrol again: how it stands, since the page itself must not tell."""
    return _about_enrolment(
        "programs/enrolment_stands", enrolment, state=enrolment.state.value, place=place, link=_page(enrolment)
    )


def waits_for_approval(enrolment: Enrolment) -> Message:
    """The wish has arrived, and somebody decides."""
    return _about_enrolment("programs/waits_for_approval", enrolment, link=_page(enrolment))


def approval_asked(program: Program, runner: Person) -> Message:
    """Somebody waits for an approval: to one of those who run the program. It names nobody, since letters are forwarded."""
    return compose(
        "programs/approval_asked", to=runner.address or "", to_name=runner.name, language=runner.language, hub=program.hub,
        person_id=runner.id, about=program.code, greeting=short_name(runner.name), program=program.name,
        link=url_for("programs.list_approvals", code=program.code, _external=True),
    )  # fmt: skip


def declined(enrolment: Enrolment, sentence: str) -> Message:
    """The wish to take part was declined, and why."""
    return _about_enrolment("programs/declined", enrolment, sentence=sentence, observer=False)


def observer_declined(request: ObserverRequest, sentence: str) -> Message:
    """The wish to look on was declined, and why."""
    return _about_observing("programs/declined", request, sentence=sentence, observer=True, series="")


def confirm_observing(request: ObserverRequest, token: str) -> Message:
    """The one-time link that proves the address of somebody who would like to look on."""
    return _about_observing(
        "programs/confirm_observing", request, secret=True, days=CONFIRM_LIVES.days,
        link=url_for("programs.confirm_observing", token=token, _external=True),
    )  # fmt: skip


def waits_for_place(enrolment: Enrolment, position: int, total: int) -> Message:
    """The series is full: which place on the list somebody has."""
    return _about_enrolment(
        "programs/waits_for_place", enrolment, position=position, total=total, link=_page(enrolment)
    )  # fmt: skip


def place_given(enrolment: Enrolment, why: Freed) -> Message:
    """Somebody takes part from now on, and why now; the welcome with all dates follows by itself."""
    return _about_enrolment("programs/place_given", enrolment, why_now=why.value, link=_page(enrolment))


def leads_site(lead: SiteLead, hub: Hub) -> Message:
    """Somebody answers for a site from now on: what that means."""
    person, site = lead.person, lead.site
    return compose(
        "programs/leads_site", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, about=site.code, greeting=short_name(person.name), site=site.name,
        link=url_for("programs.show_room", code=site.code, _external=True),
    )  # fmt: skip


def appointed(membership: Membership) -> Message:
    """What somebody was made in a program, what that means and where to begin."""
    person, program = membership.person, membership.program
    return compose(
        "programs/appointed", to=person.address or "", to_name=person.name, language=person.language, hub=program.hub,
        person_id=person.id, about=program.code, greeting=short_name(person.name), program=program.name, aim=program.aim,
        role=ROLE_WORDS[membership.role], means=ROLE_MEANS[membership.role],
        link=url_for("programs.show", code=program.code, _external=True),
    )  # fmt: skip


def _about_enrolment(kind: str, enrolment: Enrolment, **values: Any) -> Message:
    person, series = enrolment.person, enrolment.series
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=series.program.hub,
        person_id=person.id, about=enrolment.code, greeting=short_name(person.name), program=series.program.name,
        series=series.name, **values,
    )  # fmt: skip


def _about_observing(kind: str, request: ObserverRequest, **values: Any) -> Message:
    person, program = request.person, request.program
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=program.hub,
        person_id=person.id, about=request.code, greeting=short_name(person.name), program=program.name, **values,
    )  # fmt: skip


def _page(enrolment: Enrolment) -> str:
    """The series' page, which tells those who do not take part yet how it stands with them."""
    return url_for("programs.show_series", code=enrolment.series.code, _external=True)
