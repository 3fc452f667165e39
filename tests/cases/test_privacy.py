"""Patient text stays in the house of cases: through the whole flow and every refusal it reaches no letter, job, audit
entry, log line, error page or address. Every text field holds a word that exists nowhere else."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.cases import form_schema, queries, rules
from echo_sessions.cases.form_schema import FieldKind, common_core
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from echo_sessions.jobs.models import Job
from echo_sessions.mail.models import Letter

CANARY = "zanzibird"
"""A word without a capital, in no list of the screen."""


def canaries() -> Iterator[tuple[str, str]]:
    """A telling value for every field somebody can type into, as the browser names it."""
    for field in form_schema.fields(common_core()):
        if field.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT} and field.name != "earlier_case":
            yield field.name, f"The {CANARY} {field.name}."
        for column in field.columns:
            if column.kind is FieldKind.TEXT:
                yield f"{field.name}-0-{column.name}", f"{CANARY} {column.name}"


def whole() -> dict[str, Any]:
    return {
        **dict(canaries()),
        "earlier_case": CANARY,
        "age": "54",
        "sex": "female",
        "reason": ["treatment"],
        "consent": "yes",
        "attestation": "yes",
    }


class Watch:
    """All that leaves the pages of cases, gathered to be searched."""

    def __init__(self, log: io.StringIO, other_logs: Any) -> None:
        self.log, self.other_logs, self.seen = log, other_logs, []

    def page(self, answer: Any) -> Any:
        self.seen.append(str(answer.headers))
        return answer

    def errors(self, answer: Any) -> Any:
        self.seen.append(answer.get_data(as_text=True))
        return self.page(answer)

    def leaks(self) -> list[str]:
        db.session.rollback()
        letters = [
            f"{x.kind} {x.subject} {x.text} {x.html} {x.calendar} {x.key} {x.about}"
            for x in db.session.scalars(select(Letter))
        ]
        jobs = [
            f"{x.name} {json.dumps(x.payload)} {x.key} {x.words if hasattr(x, 'words') else ''}"
            for x in db.session.scalars(select(Job))
        ]
        audit = [f"{x.deed} {x.thing} {json.dumps(x.facts)}" for x in db.session.scalars(select(Entry))]
        assert letters and jobs and audit, "a watch over nothing would see nothing"
        everything = {
            "letter": letters,
            "job": jobs,
            "audit": audit,
            "log": [self.log.getvalue(), self.other_logs.text],
            "page": self.seen,
        }
        return [
            f"{kind}: {text[:200]}" for kind, texts in everything.items() for text in texts if CANARY in text.lower()
        ]


@pytest.fixture
def watch(app: Any, caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    """Everything is logged, through the house's own processors, into a file that can be read."""
    before, log = structlog.get_config(), io.StringIO()
    structlog.configure(
        processors=before["processors"],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(file=log),
    )
    caplog.set_level(logging.DEBUG)
    yield Watch(log, caplog)
    structlog.configure(**before)


def send(browser: Any, case: Any, page: str, of: str, **values: Any) -> Any:
    fields = browser.get_page(f"/cases/{case.code}/{of}".rstrip("/")).fields()
    return browser.post(f"/cases/{case.code}/{page}", data={**fields, **values})


def test_the_canary_is_in_every_text_field():
    texts = {
        field.name for field in form_schema.fields(common_core()) if field.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT}
    }
    assert texts <= set(whole())


def test_the_whole_way_of_a_case_leaks_nothing(today, client, watch, app):
    author, hub = client.as_(today.author), client.as_(today.coordinator)
    page = author.get_page("/cases/new")
    watch.page(author.post("/cases/new", data={**page.fields(), "question": whole()["main_question"]}))
    [case] = queries.of_author(today.author.id)
    watch.page(send(author, case, "draft", "edit", **whole()))
    watch.page(send(author, case, "screen", "edit", field="story", text=f"Mr. {CANARY.title()}, (505) 555-0142"))
    send(author, case, "edit", "edit", submit="1", **{**whole(), "story": f"The {CANARY} of Mr. Smith."})
    watch.page(send(author, case, "marks", "marks", **{"way-0": "keep", "other-0": f"my {CANARY} reason"}))
    assert case.state is CaseState.SUBMITTED
    watch.page(send(hub, case, "review/take", "review"))
    watch.page(
        send(
            hub,
            case,
            "review/return",
            "review",
            **{"return-field": "story", "return-note": f"This {CANARY} is too much."},
        )
    )
    watch.page(send(author, case, "edit", "edit", submit="1", **whole()))
    ticks = {"accept-checked": list(rules.CHECKLIST_18), "accept-neighbour": "no"}
    watch.page(send(hub, case, "review/accept", "review", **ticks))
    session = today.session()
    watch.page(send(hub, case, "place", "place", session=session.code, position="2"))
    with transaction():
        session.starts_at = today.now - timedelta(hours=2)
    watch.page(send(hub, case, "presented", ""))
    watch.page(
        send(
            hub,
            case,
            "recommendations/edit",
            "recommendations/edit",
            text=f"Give the {CANARY}.",
            category="social",
            said_by="hub",
            profession=CANARY,
            evidence=CANARY,
        )
    )
    watch.page(send(hub, case, "recommendations/approve", "recommendations/approve"))
    worker.work_off(app, now=today.now + timedelta(minutes=1))
    watch.page(author.get(f"/cases/{case.code}/recommendations.pdf"))
    watch.errors(hub.get("/cases"))
    watch.errors(hub.get("/cases.csv"))
    assert case.state is CaseState.PRESENTED
    db.session.expire_all()
    assert CANARY in case.answers["story"], "the case itself does hold it"
    assert {letter.kind for letter in db.session.scalars(select(Letter))} >= {
        "cases/submitted", "cases/received", "cases/returned", "cases/accepted", "cases/placed", "cases/recommendations",
    }  # fmt: skip
    assert watch.leaks() == []


def test_other_ends_of_a_case_leak_nothing(today, client, watch):
    author, hub = client.as_(today.author), client.as_(today.coordinator)
    sent = {name: value if isinstance(value, list) else [value] for name, value in whole().items()}
    told = form_schema.values_from(lambda name: sent.get(name, []), common_core())
    declined, changed, withdrawn, given = (
        today.submitted(told),
        today.accepted(told),
        today.accepted(told),
        today.accepted(told),
    )
    session = today.session()
    watch.page(send(hub, declined, "review/decline", "review", **{"decline-note": f"{CANARY}, so no."}))
    watch.page(send(author, changed, "edit", "edit", submit="1", **{**whole(), "story": f"Another {CANARY}."}))
    watch.page(send(hub, given, "place", "place", session=session.code, position="2"))
    watch.page(send(author, given, "give-back", "give-back"))
    watch.page(send(hub, given, "place", "place", session=session.code, backup="1"))
    watch.page(send(hub, given, "unplace", "place"))
    watch.page(send(author, withdrawn, "withdraw", "withdraw"))
    assert {letter.kind for letter in db.session.scalars(select(Letter))} >= {
        "cases/declined", "cases/changed", "cases/given_back", "cases/backup", "cases/unplaced", "cases/withdrawn",
    }  # fmt: skip
    assert watch.leaks() == []


def test_refusals_and_faults_leak_nothing(today, client, watch, monkeypatch):
    author, hub = client.as_(today.author), client.as_(today.coordinator)
    case = today.submitted()
    draft = today.draft({"main_question": f"The {CANARY}?"})
    watch.errors(author.post(f"/cases/{draft.code}/draft", data={"story": CANARY}))  # without its token
    watch.errors(send(author, draft, "draft", "edit", story=CANARY + "x" * 450_000))
    watch.errors(send(author, draft, "draft", "edit", version="stale", story=f"Second {CANARY}"))
    watch.errors(send(author, draft, "screen", "edit", text=CANARY * 5000))
    watch.errors(
        send(
            hub,
            case,
            "review/return",
            "review",
            **{"return-field": "story", "return-note": CANARY, "return-by": "2020-01-01"},
        )
    )
    token = author.get_page("/cases/new").fields()["csrf_token"]
    watch.errors(
        author.post(f"/cases/{case.code}/draft", data={"csrf_token": token, "story": CANARY})
    )  # submitted meanwhile
    watch.errors(
        hub.post(
            f"/cases/{case.code}/place",
            data={"csrf_token": hub.get_page("/cases/new").fields()["csrf_token"], "session": CANARY},
        )
    )
    watch.errors(client.as_(today.make.person()).get(f"/cases/{draft.code}/edit"))

    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError(f"a fault that quotes {CANARY}")

    monkeypatch.setattr("echo_sessions.cases.writing_views.drafting.save", broken)
    answer = watch.errors(send(author, draft, "edit", "edit", story=CANARY, submit="1"))
    assert answer.status_code == 500
    assert "page_failed" in watch.log.getvalue()
    assert watch.leaks() == []
