"""Uploading the meeting's report: choose, look at what it says, take it.

Between choosing and taking, the bytes wait in the storage under a key that no row knows; the sweep removes them when
nobody takes them. The form carries that key, signed for this session and this person, together with the file's name:
in the form, not in the address, since a file's name may be somebody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadData, URLSafeTimedSerializer

from echo_sessions import clock
from echo_sessions.attendance import collecting, origins, preview, proposals, queries, service
from echo_sessions.attendance.blueprint import bp, find_session, frame
from echo_sessions.attendance.evidence import seen_in
from echo_sessions.attendance.forms import UploadForm
from echo_sessions.attendance.imports.columns import Field
from echo_sessions.attendance.matching import Match
from echo_sessions.attendance.models import Upload
from echo_sessions.attendance.preview import Answers, Looked
from echo_sessions.attendance.rules import people_of
from echo_sessions.config import Settings
from echo_sessions.database import transaction
from echo_sessions.errors import GaveUp
from echo_sessions.files import service as files
from echo_sessions.outside.storage import Storage, Stored
from echo_sessions.people import queries as people_queries
from echo_sessions.people.forms import zone_choices
from echo_sessions.sessions.models import Session
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in
from echo_sessions.words import msgid

LIVES = 24 * 3600
TYPE = "text/csv"
COLUMNS = (
    (Field.NAME, msgid("Name")), (Field.FIRST, msgid("First name")), (Field.LAST, msgid("Last name")), (Field.EMAIL, msgid("E-mail")),
    (Field.JOINED, msgid("Came")), (Field.LEFT, msgid("Went")), (Field.MINUTES, msgid("Minutes")), (Field.PHONE, msgid("Telephone")),
    (Field.REGISTRANT, msgid("Registration number")), (Field.DATE, msgid("Date")), (Field.WAITING, msgid("In the waiting room")),
)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """One file between choosing and taking: where its bytes wait, and how it reads with the answers so far."""

    stored: Stored
    looked: Looked
    known: Upload | None
    people: int = 0
    recognised: int = 0
    left: int = 0

    @property
    def changes(self) -> bool:
        """Whether taking it would do anything."""
        return self.looked.can_be_taken and (self.known is None or self.is_another_reading)

    @property
    def is_another_reading(self) -> bool:
        """Whether the same bytes count already, but were read in another way."""
        known, answers = self.known, self.looked.answers
        if known is None or self.looked.reading is None:
            return False
        return (known.zone, known.date_order, known.open_until_end) != (
            answers.zone,
            self.looked.reading.date_order,
            answers.open_until_end,
        )


@bp.route("/sessions/<code>/attendance", methods=["GET", "POST"])
@signed_in
def upload(code: str) -> ResponseReturnValue:
    """The files of a session, and choosing another; a chosen one is shown before it is taken."""
    session = find_session(code, look=True)
    form = UploadForm(zone=usual_zone(session))
    if not form.validate_on_submit():
        return _page(session, form), 422 if form.errors else 200
    chosen = [(one.filename, one.read()) for one in form.files.data]
    kept = [(_storage().put(data, type=TYPE), name, data) for name, data in chosen]
    return _preview(session, [_look(session, *one, Answers(form.zone.data)) for one in kept])


@bp.post("/sessions/<code>/attendance/preview")
@signed_in
def take(code: str) -> ResponseReturnValue:
    """Read the chosen files with other answers, or take them exactly as they were shown."""
    session = find_session(code)
    waiting = [_look(session, *one, _answers(number)) for number, one in enumerate(_carried(session))]
    if request.form.get("do") != "take":
        return _preview(session, waiting)
    if _digest(waiting) != request.form.get("shown"):
        flash(_("You changed an answer: this is how it reads now."), "info")
        return _preview(session, waiting)
    if not any(one.changes for one in waiting):
        return _preview(session, waiting), 422
    now = clock.now()
    with transaction():
        for one in waiting:
            if one.changes and one.looked.reading is not None:
                service.take_upload(
                    session, file=files.keep(one.stored, now=now), file_name=one.looked.name, reading=one.looked.reading,
                    zone=one.looked.answers.zone, columns=one.looked.answers.columns, open_until_end=one.looked.answers.open_until_end,
                    again=one.is_another_reading, by=me(), now=now,
                )  # fmt: skip
    return _taken(session)


def _taken(session: Session) -> Response:
    status = queries.status_of([session.id])[session.id]
    if status.waiting:
        flash(
            ngettext(
                "Taken: %(known)s people are known; one line waits for you.", "Taken: %(known)s people are known; %(num)s lines wait for you.",
                status.waiting, known=status.matched,
            )
        )  # fmt: skip
        return see_other(url_for("attendance.queue", code=session.code))
    flash(_("Taken: everybody in it is known."))
    return see_other(url_for("attendance.register", code=session.code))


@bp.post("/sessions/<code>/attendance/files/<int:number>/withdraw")
@signed_in
def withdraw(code: str, number: int) -> ResponseReturnValue:
    """Let a file count no more."""
    session, chosen = _file(code, number)
    with transaction():
        service.withdraw_upload(chosen, by=me(), now=clock.now())
    flash(_("The file counts no more. It is kept, and can be put back."))
    return see_other(url_for("attendance.upload", code=session.code))


@bp.post("/sessions/<code>/attendance/files/<int:number>/restore")
@signed_in
def restore(code: str, number: int) -> ResponseReturnValue:
    """Let a withdrawn file count again."""
    session, chosen = _file(code, number)
    with transaction():
        service.restore_upload(chosen, by=me(), now=clock.now())
    flash(_("The file counts again."))
    return see_other(url_for("attendance.upload", code=session.code))


@bp.post("/sessions/<code>/attendance/ask")
@signed_in
def ask_report(code: str) -> ResponseReturnValue:
    """Have the provider asked for its report now, whatever the schedule says."""
    session = find_session(code)
    with transaction():
        asked = collecting.ask_soon(session, now=clock.now())
    if asked:
        flash(_("It is being asked. What it says appears here within a minute or so."))
    else:
        flash(_("There is no provider that could be asked for a report of this session. Upload the file."), "attention")
    return see_other(url_for("attendance.upload", code=session.code))


@bp.get("/sessions/<code>/attendance/files/<int:number>")
@signed_in
def download(code: str, number: int) -> ResponseReturnValue:
    """The file as it came, byte for byte."""
    _session, chosen = _file(code, number)
    key, name = chosen.file.key, chosen.file_name
    answer = Response(_storage().get(key), mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def usual_zone(session: Session) -> str:
    """Whose clock a new file probably shows: that of the program's last one, else the hub's."""
    hub = people_queries.hub()
    return queries.zone_of_last_upload(session.series.program_id) or (hub.zone if hub else session.series.zone)


def _file(code: str, number: int) -> tuple[Session, Upload]:
    session = find_session(code, look=True)
    chosen = queries.upload(session.id, number)
    if chosen is None:
        abort(404)
    return session, chosen


def _page(session: Session, form: UploadForm) -> str:
    return render_template(
        "attendance/upload.html", form=form, uploads=queries.uploads_of(session.id), told=origins.told_of(session, clock.now()),
        too_early=session.starts_at > clock.now(), **frame(session, "upload"),
    )  # fmt: skip


def _preview(session: Session, waiting: Sequence[Waiting]) -> str:
    """The page that shows what was read; its form brings everything back."""
    token = _signer(session).dumps([me().code, [(one.stored.key, one.stored.size, one.looked.name) for one in waiting]])
    return render_template(
        "attendance/preview.html", waiting=waiting, token=token, shown=_digest(waiting), columns=COLUMNS,
        words_of=words_of, window=queries.window_of(session), changes=any(one.changes for one in waiting),
        zones=zone_choices(), chosen_zone=waiting[0].looked.answers.zone, **frame(session, "upload"),
    )  # fmt: skip


def _look(session: Session, stored: Stored, name: str, data: bytes, answers: Answers) -> Waiting:
    """How one file reads, whether it counts already, and whom of it the house would recognise."""
    zones = [session.series.zone, usual_zone(session), me().zone, "UTC"]
    looked = preview.look(
        data, name, answers, queries.window_of(session), remembered=queries.known_columns(), zones=zones
    )
    found = Waiting(stored, looked, queries.counting(session.id, stored.sha256))
    if looked.reading is None:
        return found
    people = people_of(replace(looked.reading, rows=tuple(row for row in looked.rows if not row.waiting_room)))
    settled = set(queries.decisions_of(session.id))
    others = [
        proposals.identity_of(one)
        for key, one in seen_in(session).items()
        if key not in {person.key for person in people}
    ]
    told = proposals.proposals(session, [*people, *others])[: len(people)]
    known = {one.key for one in told if one.key in settled or (isinstance(one, Match) and one.sure)}
    window = queries.window_of(session)
    during = {
        service.key_of(row) for row in looked.rows if not row.waiting_room and window.touches(row.joined, row.left)
    }
    return replace(found, people=len(people), recognised=len(known), left=len(during - known))


def _answers(number: int) -> Answers:
    """What was said about the file with this number on the page."""
    titles = request.form.getlist(f"title-{number}")
    fields = request.form.getlist(f"column-{number}")
    known = {field.value for field in Field}
    return Answers(
        zone=_zone(),
        date_order=order if (order := request.form.get(f"order-{number}")) in {"mdy", "dmy"} else None,
        columns={title: field for title, field in zip(titles, fields, strict=False) if field in known},
        open_until_end=f"open-{number}" in request.form,
    )


def _zone() -> str:
    zone = request.form.get("zone", "")
    if zone not in {name for name, _words in zone_choices()}:
        abort(400)
    return zone


def _digest(waiting: Sequence[Waiting]) -> str:
    """The answers under which the files were shown, but for those whose effect the page tells beside them."""
    return repr(
        [
            (one.looked.answers.zone, one.looked.answers.date_order, sorted(one.looked.answers.columns.items()))
            for one in waiting
        ]
    )


def _carried(session: Session) -> list[tuple[Stored, str, bytes]]:
    """The files that the form carries; 404 when they are another's, too old, or gone."""
    try:
        whose, kept = _signer(session).loads(request.form.get("token", ""), max_age=LIVES)
        if whose != me().code:
            abort(404)
        return [(Stored(key, key[3:67], size, TYPE), name, _storage().get(key)) for key, size, name in kept]
    except (BadData, GaveUp, ValueError):
        abort(404)


def _signer(session: Session) -> URLSafeTimedSerializer:
    settings: Settings = current_app.extensions["settings"]
    return URLSafeTimedSerializer(settings.secret_key.value, salt=f"attendance of {session.code}")


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
