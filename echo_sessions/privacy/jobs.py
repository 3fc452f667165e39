"""What happens to people's data beside the pages: copies are made and removed, erasures and clearings out carried out."""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale

from echo_sessions.certificates import queries as certificates
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp
from echo_sessions.files import service as files
from echo_sessions.files.models import File
from echo_sessions.jobs.handlers import handler
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.privacy import copying, erasing, queries, records, service
from echo_sessions.privacy.models import DataRequest, RetentionRun
from echo_sessions.privacy.rules import RequestState


@handler("privacy.make_copy")
def make_copy(payload: dict[str, Any], now: datetime) -> None:
    """Collect everything about a person into one file. Done twice, the second file is swept away."""
    asked = db.session.get(DataRequest, payload["request"])
    if asked is None or asked.state is not RequestState.WAITING:
        return
    number, person, hub = asked.id, asked.person, people.hub()
    rows = records.collected(person.id)
    held = [row for row in certificates.of_person(person.id) if row.file_id is not None]
    keys = {row.code: db.session.get_one(File, row.file_id).key for row in held}
    with force_locale(person.language):
        page = {"name": person.name, "hub_name": hub.name if hub else "ECHO Sessions"}
        papers = _papers(keys)
        data = copying.archive(rows, made_at=now, papers=papers, **page)
    db.session.rollback()
    stored = current_app.extensions["storage"].put(data, type="application/zip")
    with transaction():
        counts = {table: len(found) for table, found in rows.items()}
        service.copy_made(
            db.session.get_one(DataRequest, number), file=files.keep(stored, now=now), counts=counts, now=now
        )


@handler("privacy.keep_promises", every_minutes=60)
def keep_promises(payload: dict[str, Any], now: datetime) -> None:
    """Erasures whose week is over are carried out, copies whose week is over removed."""
    for number in queries.erasures_due(now):
        with transaction():
            service.carry_out(db.session.get_one(DataRequest, number), now=now)
    for number in queries.copies_over(now):
        with transaction():
            service.remove_copy(db.session.get_one(DataRequest, number), now=now)


@handler("privacy.erase_again", every_minutes=24 * 60)
def erase_again(payload: dict[str, Any], now: datetime) -> None:
    """Whoever was erased before an older copy of the database was restored is erased again, at once."""
    for number in erasing.restored():
        with transaction():
            erasing.erase(db.session.get_one(Person, number), by=None, now=now)


@handler("privacy.show_old", every_minutes=24 * 60)
def show_old(payload: dict[str, Any], now: datetime) -> None:
    """Count what is past its time, show it to the owners, and do what was shown a week ago."""
    with transaction():
        run = queries.open_run()
        if run is None:
            service.prepare_run(now=now)
        else:
            service.clear_out(run, now=now)


@handler("privacy.clear_out")
def clear_out(payload: dict[str, Any], now: datetime) -> None:
    """Do at once what somebody has let go."""
    with transaction():
        service.clear_out(db.session.get_one(RetentionRun, payload["run"]), now=now)


def _papers(keys: dict[str, str]) -> dict[str, bytes]:
    """The certificates' PDFs; one whose file is gone is left out, as its row says."""
    found = {}
    for code, key in keys.items():
        try:
            found[code] = current_app.extensions["storage"].get(key)
        except GaveUp:
            continue
    return found
