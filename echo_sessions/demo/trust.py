"""How the demo's people know each other: the hub's texts, who agreed, who was checked and by what, and who waits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from echo_sessions.database import transaction
from echo_sessions.demo import cast
from echo_sessions.people.models import Hub, Person
from echo_sessions.programs import queries
from echo_sessions.programs import service as programs
from echo_sessions.programs import sites as places
from echo_sessions.programs.models import Program, Site
from echo_sessions.programs.rules import ACCEPTED_KINDS, TextKind
from echo_sessions.verification import queries as verifications
from echo_sessions.verification import service as verification
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import Verdict, Way

REGISTERS = {"America": "State board of licensure", "Africa": "Clinical Officers Council of Kenya", "Europe": "General Medical Council"}  # fmt: skip
WAITING = frozenset({"wei", "nora"})
"""Wei waits for somebody to look up a number, Nora for the word of the lead of her site."""
EXPIRED = "carlos"
LEAD = ("ruth", 3)
"""Ruth leads Red Mesa Health Center, and vouched for Sam, a community health worker."""


def publish(hub: Hub, people: Mapping[str, Person], *, by: Person, now: datetime) -> None:
    """The three texts, the code of conduct in its second version; everybody has agreed to what is in force."""
    programs.publish_statement(hub, cast.STATEMENT, by=by, now=now)
    programs.publish_statement(hub, cast.CONDUCT.replace(cast.CONDUCT_ADDED, ""), by=by, now=now, kind=TextKind.CONDUCT)
    later = now + timedelta(days=2)
    programs.publish_statement(hub, cast.CONDUCT, by=by, now=later, kind=TextKind.CONDUCT)
    programs.publish_statement(hub, cast.PRIVACY, by=by, now=now, kind=TextKind.PRIVACY)
    for kind in ACCEPTED_KINDS:
        text = queries.statement_in_force(hub.id, kind)
        assert text is not None, "it was published just now"
        for number, person in enumerate(people.values()):
            programs.accept(person, text, now=later + timedelta(hours=number))


def lead_a_site(sites: Sequence[Site], people: Mapping[str, Person], *, by: Person, now: datetime) -> None:
    """One site has a lead, who may vouch for its people."""
    key, number = LEAD
    places.add_lead(sites[number], people[key], by=by, now=now)


def check(
    program: Program, people: Mapping[str, Person], keys: Iterable[str], *, by: Person, now: datetime, random: Random
) -> None:
    """Whoever came into this program and is not known yet asked, and was checked a day later."""
    for key in keys:
        person = people[key]
        if key in WAITING or verifications.of_person(person.id):
            continue
        if key == "sam":
            verification.vouch(person, program=program, by=people[LEAD[0]], way=Way.SITE_LEAD, now=now)
            continue
        row = _ask(program, person, now=now, random=random)
        verification.decide(
            row, verdict=Verdict.VERIFIED, by=by, now=now + timedelta(days=1), note="Found in the register."
        )


def wait(program: Program, people: Mapping[str, Person], *, now: datetime, random: Random) -> None:
    """Two people of these days who wait, and one whose check has ended: it was on the hub's list on paper before."""
    with transaction():
        _ask(program, people["wei"], now=now - timedelta(days=3), random=random)
        verification.ask(people["nora"], program=program, way=Way.SITE_LEAD, now=now - timedelta(days=1))
        ended = now - timedelta(days=2)
        held = verifications.holding(people[EXPIRED].id, now)
        assert held is not None, "was checked with the others"
        held.expires_at = ended
        verification.tell_of_ends(now=ended)


def _ask(program: Program, person: Person, *, now: datetime, random: Random) -> Verification:
    body = REGISTERS[person.zone.split("/")[0]]
    return verification.ask(
        person, program=program, way=Way.REGISTER, body=body, number=f"{random.randrange(10_000, 99_999)}", now=now
    )
