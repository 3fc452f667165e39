"""How long a word of a case is still seen after the press that recalls it: over every route that shows it, by another process.

A word that nobody says otherwise is planted in the story, a note, a recommendation and a slot. Each round looks at all
routes that show it (the same crawl, lit: what the figures are compared with), presses in one application, and crawls in a
second one that shares nothing but the database and the files. Then two others undo it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from echo_sessions import clock, create_app
from echo_sessions.bench import BASE, NOTHING, Scale, hub, result
from echo_sessions.cases import recall_queries, recalling
from echo_sessions.cases import service as cases
from echo_sessions.cases.jobs import send_recommendations
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CHECKLIST_18
from echo_sessions.database import db, transaction
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.models import Membership
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Block, Session
from echo_sessions.sessions.rules import BlockKind

WORD = "kingfisher"
PROMISED_MS = 5000.0
TOLD = {
    "reason": ["treatment"], "age": 54, "sex": "female", "tried": "Rest.", "consent": "yes", "attestation": True,
}  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """The case with the word, and who may undo its recall."""

    code: str
    asks: int
    agrees: int


def recall(rounds: int, few: Scale, many: Scale) -> list[dict[str, Any]]:
    """From the press to the last route dark, against the same routes looked at once while they showed it."""
    with hub(many) as (client, addresses):
        app = client.application
        planted = _plant(app)
        other = create_app(app.extensions["settings"])
        theirs = _same_person(client, other)
        showing = _showing(theirs, app, planted, addresses)
        lit, dark, presses, nothing = [], [], [], []
        for _round in range(rounds):
            nothing.append(_timed(lambda: theirs.get(NOTHING, base_url=BASE)))
            lit.append(_timed(lambda: _crawl(theirs, showing)))
            form = client.get(f"/cases/{planted.code}/recall", base_url=BASE).get_data(as_text=True)
            start = perf_counter()
            _press(client, planted, form)
            presses.append((perf_counter() - start) * 1000)
            while _crawl(theirs, showing):
                pass
            dark.append((perf_counter() - start) * 1000)
            _undo(app, planted)
        with other.app_context():
            db.session.remove()
            db.engine.dispose()
    routes = f"{len(showing)} routes that showed it"
    name = f"from the press to the last of {routes} dark, in another process"
    return [
        result(name, median(dark), "ms", "the same routes looked at once before", median(lit), rounds),
        result(f"{name}, the slowest round", max(dark), "ms", "5 s, as promised", PROMISED_MS, rounds),
        result("the press alone", median(presses), "ms", f"{NOTHING}, which does nothing", median(nothing), rounds),
    ]


def _plant(app: Flask) -> Planted:
    """The word in everything that people write about one case, brought the whole way by the verbs they use."""
    with app.app_context(), app.test_request_context(base_url=BASE):
        now = clock.now()
        session = db.session.scalars(select(Session).where(Session.starts_at > now).order_by(Session.starts_at)).first()
        coordinator = (
            db.session.scalars(select(Person).join(Membership, Membership.person_id == Person.id)).unique().first()
        )
        assert session is not None and coordinator is not None
        told = {**TOLD, "main_question": f"Which {WORD}?", "story": f"The {WORD}."}
        with transaction():
            slot = Block(session_id=session.id, position=99, kind=BlockKind.CASE, minutes=10, title=f"The {WORD}")
            db.session.add(slot)
            author = people.add_person(name="Grace Phiri", email="phiri@bench.example", now=now)
            case = cases.start(session.series.program, author=author, now=now)
            cases.save(case, told, now=now)
            cases.submit(case, now=now)
            cases.return_to_author(case, field="story", note=f"The {WORD}.", by=coordinator, now=now)
            cases.save(case, {**told, "tried": f"A {WORD}."}, now=now)
            cases.submit(case, now=now)
            cases.accept(case, checked=list(CHECKLIST_18), by=coordinator, now=now)
            cases.place(case, slot, by=coordinator, now=now)
            session.starts_at = now - timedelta(minutes=10)
        with transaction():
            asks, agrees = _officers(case, now)
            cases.present(case, now=now, by=coordinator)
            cases.add_recommendation(
                case, text=f"Give the {WORD}.", category="social", said_by="hub", by=coordinator, now=now
            )
            cases.approve_recommendations(case, by=coordinator, now=now)
        send_recommendations({"case": case.id}, now)
        return Planted(case.code, asks, agrees)


def _officers(case: Case, now: datetime) -> tuple[int, int]:
    hub_row = db.session.scalars(select(Hub)).one()
    owner, director = (
        people.add_person(name=name, email=f"{name[:3]}@bench.example", now=now)
        for name in ("Tom Begay", "Ruth Alvarez")
    )
    people.appoint(owner, hub_row, StaffRole.OWNER, now=now)
    db.session.add(Membership(program_id=case.program_id, person_id=director.id, role=Role.DIRECTOR, since=now))
    db.session.flush()
    return owner.id, director.id


def _same_person(client: FlaskClient, other: Flask) -> FlaskClient:
    """The same browser in front of another process."""
    with client.session_transaction(base_url=BASE) as cookie:
        known = dict(cookie)
    theirs = other.test_client()
    with theirs.session_transaction(base_url=BASE) as cookie:
        cookie.update(known)
    return theirs


def _showing(client: FlaskClient, app: Flask, planted: Planted, addresses: dict[str, str]) -> list[str]:
    """The routes that show the case to this reader: each of its own pages, and whatever else has its word or code."""
    own = [
        rule.rule.replace("<code>", planted.code)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.rule.startswith("/cases/<code>") and rule.arguments == {"code"}
    ]
    everything = [*own, *addresses.values(), "/cases.csv", f"/cases?q={planted.code}"]
    return [url for url in dict.fromkeys(everything) if _shows(client, url)]


def _shows(client: FlaskClient, url: str) -> bool:
    answer = client.get(url, base_url=BASE)
    return answer.status_code == 200 and (WORD.encode() in answer.data or "/cases/" in url)


def _crawl(client: FlaskClient, urls: list[str]) -> int:
    """How many of these still show it."""
    return sum(_shows(client, url) for url in urls)


def _press(client: FlaskClient, planted: Planted, form: str) -> None:
    token = form.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    answer = client.post(
        f"/cases/{planted.code}/recall", base_url=BASE, headers={"Referer": BASE + "/"},
        data={"csrf_token": token, "kind": "identifier", "field": "unsure", "identifier": "unnamed", "note": ""},
    )  # fmt: skip
    if answer.status_code != 303:
        raise RuntimeError(f"the press answered {answer.status_code}")


def _undo(app: Flask, planted: Planted) -> None:
    """Two others bring it back, for the next round."""
    with app.app_context(), app.test_request_context(base_url=BASE):
        now = clock.now()
        case = db.session.scalars(select(Case).where(Case.code == planted.code)).unique().one()
        found = recall_queries.open_of(case.id)
        assert found is not None
        owner, director = (db.session.get_one(Person, number) for number in (planted.asks, planted.agrees))
        with transaction():
            recalling.ask_undo(found, reason="It was the bench.", by=owner, now=now)
        with transaction():
            recalling.agree_undo(found, by=director, now=now)


def _timed(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return (perf_counter() - start) * 1000
