"""Every page that an auditor is shown is noted in the audit, whoever wrote the page: which, and about which thing."""

from flask import Flask, Response, g, request

from echo_sessions import clock
from echo_sessions.audit import service as audit
from echo_sessions.database import transaction

LONGEST_CODE = 40
READ = frozenset({200, 206, 304})


def connect(app: Flask) -> None:
    """Look at every answer on its way out."""
    app.after_request(note)


def note(answer: Response) -> Response:
    """Note this page, if it was shown to an auditor. One that cannot be noted is not shown."""
    if g.get("audits") and request.endpoint not in {None, "static", "bootstrap.static"} and answer.status_code in READ:
        places = request.view_args or {}
        thing = str(places.get("code", places.get("person_code", "-")))[:LONGEST_CODE]
        with transaction():
            audit.record(g.person.id, "audited page", thing, at=clock.now(), page=str(request.endpoint))
    return answer
