"""Private words stay where they are: no letter, calendar, job, log line or deed of the audit carries one.

What every page, feed and file shows to every role is looked at by the crawl of `test_matrix.py`, with the canaries of
`canaries.py`. Here the verbs that are given such words are carried out, and everything that leaves is searched.
"""

import json

from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.cases import glass, recalling
from echo_sessions.cases import service as cases
from echo_sessions.conduct import service as conduct
from echo_sessions.conduct.rules import Step
from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from echo_sessions.jobs.models import Job
from echo_sessions.mail.models import Letter
from echo_sessions.people.models import Person
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import service as sessions
from echo_sessions.verification import service as verification
from echo_sessions.verification.rules import Verdict, Way
from tests.cases.scene import Scene

WORDS = {
    "story": "canaryone", "review": "canarytwo", "report": "canarythree", "step": "canaryfour", "licence": "canaryfive",
    "verifier": "canarysix", "glass": "canaryseven", "recall": "canaryeight", "access": "canarynine", "meeting": "canaryten",
}  # fmt: skip
LONG = "Somebody asks for it now, and it cannot wait: {}"


def test_no_letter_log_job_deed_or_calendar_carries_a_private_word(make, app, logged):
    scene = Scene(make, make.now)
    case, placed, ana, author = scene.in_review(), scene.scheduled(), scene.coordinator, scene.author
    session = placed.session
    assert session is not None
    now, program = make.now, scene.program
    expert = make.member(program, Role.EXPERT)
    with transaction():
        author.registration, author.access_needs = WORDS["licence"], WORDS["access"]
        case.answers = {**case.answers, "main_question": WORDS["story"]}
        cases.return_to_author(case, field="main_question", note=f"Take out {WORDS['review']}.", by=ana, now=now)
        [incident] = conduct.report(
            reporter=expert, about=[author], text=f"Said {WORDS['report']}.", program=program, now=now
        )
        conduct.take_step(incident, Step.REMINDER, told="Please be kind.", note=WORDS["step"], by=ana, now=now)
        newcomer = make_newcomer(make)
        asked = verification.ask(
            newcomer, program=program, way=Way.REGISTER, body="Board", number=WORDS["licence"], now=now
        )
        verification.decide(
            asked,
            verdict=Verdict.REFUSED,
            reason="The number is not in the register.",
            note=WORDS["verifier"],
            by=ana,
            now=now,
        )
        glass.break_it(placed, reason=LONG.format(WORDS["glass"]), by=expert, now=now)
        recalling.raise_recall(case, by=ana, now=now, note=f"It says {WORDS['recall']}")
    with transaction():
        sessions.set_link(session, f"https://meet.test/{WORDS['meeting']}", by=ana, now=now)
        sessions.tell(session.series_id, now=now)
    worker.work_off(app, now=now)

    letters = [
        " ".join((row.subject, row.text, row.html, (row.calendar or b"").decode(), row.server_words or "", row.to_name))
        for row in db.session.scalars(select(Letter))
    ]
    jobs = [f"{row.payload} {row.key} {row.last_error}" for row in db.session.scalars(select(Job))]
    deeds = [f"{row.deed} {row.thing} {json.dumps(row.facts)}" for row in db.session.scalars(select(Entry))]
    lines = [json.dumps(line) for line in logged()]
    assert len(letters) > 6 and len(deeds) > 10, "nothing was told, so nothing was tested"
    for kind, told in {"letter": letters, "job": jobs, "deed": deeds, "log": lines}.items():
        carried = {field for field, word in WORDS.items() if any(word in text for text in told)}
        assert carried == set(), f"a {kind} carries {carried}"


def make_newcomer(make) -> Person:
    """Somebody who waits to be verified; made by hand, since a transaction is open."""
    from echo_sessions.people import service as people

    return people.add_person(name="Nia New", email="nia@clinic.test", now=make.now)
