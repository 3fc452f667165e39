"""The personal way in and what belongs to it: the door, a test of camera, sound and line, the date as a file.

They work without signing in: the link names the person and only the hub can have made it. Looking changes nothing, because
mail scanners open every link; only a button does. The provider's address stands in no page: it is told once, as a redirect.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Response, abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.credit import queries as credit
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.meetings import doorstep
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.moments import hour_of
from echo_sessions.people.models import Person
from echo_sessions.people.places import country_in_words
from echo_sessions.sessions import door, entering, policy, queries, rules, service, ways
from echo_sessions.sessions import feed as feeds
from echo_sessions.sessions.blueprint import bp
from echo_sessions.sessions.door import RoomSaid, Spoken
from echo_sessions.sessions.emails import DOOR_MINUTES, title_of, when_of
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.personal_views import personal_page, void
from echo_sessions.sessions.rules import BlockKind, Door, SessionState
from echo_sessions.sessions.wording import BLOCK_WORDS
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import open_to_all
from echo_sessions.web.headers import CSP, FIXED
from echo_sessions.web.limits import limiter
from echo_sessions.words import Said

LEADS_OUT = CSP.replace("form-action 'self'", "form-action 'self' https:")
WATCHES = (
    FIXED["Permissions-Policy"].replace("camera=()", "camera=(self)").replace("microphone=()", "microphone=(self)")
)
"""Camera and microphone may be asked for on the page that tests them, and on no other."""
SAMPLES = {"small": 64, "large": 300_000}
"""Bytes of one request by which the line is measured."""
LOOKS_AGAIN = 60
ZOOM_TEST_ROOM = "https://zoom.us/test"


@dataclass(frozen=True)
class Visitor:
    """Who stands at which door, when."""

    session: Session
    person: Person
    now: datetime
    door: Door

    @property
    def spoken(self) -> Spoken:
        """What is shown before they go in."""
        with force_locale(self.person.language):
            return spoken_in(self.session)


@dataclass(frozen=True)
class Trouble:
    """Why somebody was not let in; `noted`: they pressed, and the hub sees it."""

    why: Said
    noted: bool = False


@dataclass
class Typed:
    """What comes back with a page that was refused: the fault, and what was ticked and typed."""

    fault: str = ""
    ticked: frozenset[str] | None = None
    names: str = ""
    changed: bool = field(default=False)
    """Whether what is shown before going in was changed since the page was made."""


@bp.route("/join/<token>", methods=["GET", "POST"])
@open_to_all
def join(token: str) -> ResponseReturnValue:
    """The personal way in. The meeting's own address is told only to whoever presses the button at an open door.

    Open to all: the link itself proves who it was made for.
    """
    visitor = _visitor(token)
    if not isinstance(visitor, Visitor):
        return visitor
    if request.method == "GET" or visitor.door is not Door.OPEN:
        return _page(visitor)
    said = _room()
    typed = Typed(ticked=said.ticked, names=request.form.get("names", ""))
    spoken, seen = visitor.spoken, request.form.get("shown", "")
    try:
        with transaction():
            door.keep_room(visitor.session, visitor.person, said, now=visitor.now)
            if spoken.sha256 == seen:
                door.note_shown(visitor.session, visitor.person, spoken, now=visitor.now)
    except Refused as fault:
        with force_locale(visitor.person.language):
            typed.fault = words_of(fault)
        return _page(visitor, typed, status=422)
    if request.form.get("do") == "room":
        with force_locale(visitor.person.language):
            flash(_("Thank you, it is noted who is in the room."))
        return see_other(request.path)
    if spoken.sha256 != seen:
        return _page(visitor, Typed(changed=bool(seen)))
    return _enter(visitor)


@bp.get("/join/<token>.ics")
@open_to_all
def join_file(token: str) -> ResponseReturnValue:
    """This one date for a calendar. Open to all: the link proves whose it is."""
    visitor = _visitor(token)
    if not isinstance(visitor, Visitor):
        abort(404)
    if visitor.session.uid is None or not queries.belongs(visitor.person.id, visitor.session):
        abort(404)
    data = feeds.download(visitor.person, [visitor.session.id])
    return Response(
        data, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="echo-session.ics"'}
    )


@bp.get("/join/<token>/test")
@open_to_all
def try_line(token: str) -> ResponseReturnValue:
    """Try camera, microphone, loudspeaker and line, on any day. Open to all: the link proves for whom. Nothing is recorded,
    and of picture and sound nothing leaves the device."""
    visitor = _visitor(token)
    if not isinstance(visitor, Visitor):
        return visitor
    page = personal_page(
        "try_line", visitor.session, visitor.person, way=ways.join_url(visitor.session, visitor.person), test_room=ZOOM_TEST_ROOM if _on_zoom(visitor.session) else None,
        samples={name: url_for("sessions.line_sample", token=token, size=name) for name in SAMPLES}, large=SAMPLES["large"],
    )  # fmt: skip
    page.headers["Permissions-Policy"] = WATCHES
    return page


@bp.get("/join/<token>/sample/<size>")
@limiter.limit("300 per minute")
@open_to_all
def line_sample(token: str, size: str) -> ResponseReturnValue:
    """Random bytes by which the test page measures the line to us. Open to all who hold a link; a whole clinic may test."""
    if size not in SAMPLES or ways.read_personal(ways.JOIN, token) is None:
        abort(404)
    return Response(secrets.token_bytes(SAMPLES[size]), mimetype="application/octet-stream")


def spoken_in(session: Session) -> Spoken:
    """The disclosures that were recorded for a session, and the accreditor's statement under whose policy it gives credit;
    what is not there is left out. In the language of the moment, but for the words themselves."""
    parts = [(_("Disclosures of those who speak"), session.disclosure)] if session.disclosure else []
    rule = credit.policy_for(session)
    if rule is not None and rule.statement.strip():
        parts.append((_("Credit: %(type)s", type=rule.credit_type), rule.statement.strip()))
    return Spoken(tuple(parts))


def left_until(moment: datetime, now: datetime) -> str:
    """How long until then, in the two largest units: "2 days, 3 hours", "1 hour, 5 minutes", "less than a minute"."""
    minutes = max(0, int((moment - now).total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", rest) if rest and not days else "",
    ]
    return ", ".join(part for part in parts if part) or _("less than a minute")


def short_sheet(session: Session, zone: str, now: datetime) -> list[tuple[str, str, int, bool]]:
    """The run sheet as (hour by that clock, what, minutes, whether it is on now). Of a case it says that there is one."""
    lines, start = [], session.starts_at
    for block in session.blocks:
        end = start + timedelta(minutes=block.minutes)
        title = "" if block.kind is BlockKind.CASE else block.title
        lines.append((hour_of(start, zone), title or _(BLOCK_WORDS[block.kind]), block.minutes, start <= now < end))
        start = end
    return lines


def _visitor(token: str) -> Visitor | ResponseReturnValue:
    """Whose link this is; else the page for whoever has none, or does not belong here any more."""
    found = ways.read_personal(ways.JOIN, token)
    if found is None:
        return void()
    (session, person), now = found, clock.now()
    if not policy.may_enter(person, session):
        return personal_page("not_yours", session, person, 403)
    return Visitor(session, person, now, rules.door(now, session.starts_at, session.ends_at, session.state))


def _room() -> RoomSaid:
    typed = request.form.get("names", "").replace(";", ",").replace("\n", ",")
    return RoomSaid(
        ticked=frozenset(request.form.getlist("with")),
        known=frozenset(request.form.getlist("was")),
        names=tuple(name for name in (part.strip() for part in typed.split(",")) if name),
    )


def _enter(visitor: Visitor) -> ResponseReturnValue:
    """Ask for the way, note that somebody stood here, and send them there; or say why not, and what to do now."""
    found = entering.way_in(visitor.session, visitor.person, visitor.now)
    with transaction():
        service.record_visit(visitor.session, visitor.person, now=visitor.now, let_in=found.url is not None)
    if found.url is None:
        return _page(visitor, trouble=Trouble(found.why or entering.NO_ROOM, noted=True))
    answer = see_other(found.url)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _without_asking(session: Session) -> Said:
    """Why nobody can be let in, as far as it is known without asking the provider."""
    if session.meeting is None:
        return entering.NO_ROOM
    return doorstep.GONE if session.meeting.state is MeetingState.MISSING else doorstep.NOT_YET


def _page(
    visitor: Visitor, typed: Typed | None = None, *, trouble: Trouble | None = None, status: int = 200
) -> ResponseReturnValue:
    """The door as this person meets it now."""
    session, person, now = visitor.session, visitor.person, visitor.now
    opened = visitor.door is Door.OPEN
    if opened and trouble is None and not session.has_way_in:
        trouble = Trouble(_without_asking(session))
    onward = next((each for each in queries.upcoming(person.id, now, most=3) if each.id != session.id), None)
    opens = rules.door_opens(session.starts_at)
    with force_locale(person.language):
        sheet, left = short_sheet(session, person.zone, now), left_until(opens, now)
    page = personal_page(
        "join", session, person, status, door=visitor.door, opens=opens, left=left, sheet=sheet, typed=typed or Typed(), trouble=trouble,
        published=session.state is not SessionState.DRAFT, on=session.starts_at <= now, minutes=DOOR_MINUTES,
        onward=onward and (title_of(onward), when_of(onward, person), ways.join_url(onward, person)), rsvp=ways.rsvp_url(session, person),
        was=session.previous_starts_at if visitor.door is Door.EARLY else None, again=_again(visitor, opens), test=_sibling("sessions.try_line"),
        file=_sibling("sessions.join_file") if session.uid and queries.belongs(person.id, session) else None,
        **(_inside(visitor, typed, trouble) if opened else {}),
    )  # fmt: skip
    page.headers["Content-Security-Policy"] = LEADS_OUT
    return page


def _inside(visitor: Visitor, typed: Typed | None, trouble: Trouble | None) -> dict[str, object]:
    """What only an open door shows: the room, what is to be read first, and the telephone where one is not let in."""
    session, person = visitor.session, visitor.person
    standing = door.companions_of(session.id, person.id)
    stored = {door.key_of(row): row.called or (row.other.name if row.other else "") for row in standing}
    near = {each.code: each.name for each in door.colleagues(session, person)}
    ticked = typed.ticked if typed is not None and typed.ticked is not None else frozenset(stored)
    return {
        "spoken": visitor.spoken,
        "room": [(key, name, key in ticked) for key, name in {**near, **stored}.items()],
        "stored": sorted(stored),
        "phones": _phones(session, person) if trouble else [],
        "number": door.meeting_number(session) if trouble else "",
        "help_phone": (phone, door.dialled(phone)) if (phone := session.series.program.help_phone) else None,
    }


def _phones(session: Session, person: Person) -> list[tuple[str, tuple[tuple[str, str, str], ...]]]:
    found = door.numbers_of(session, door.country_of(session, person))
    return [(country_in_words(each.country, person.language), each.numbers) for each in found]


def _again(visitor: Visitor, opens: datetime) -> int | None:
    """After how many seconds a waiting page looks again by itself; None where there is nothing to wait for."""
    if visitor.door is not Door.EARLY or visitor.session.state is SessionState.DRAFT:
        return None
    return min(LOOKS_AGAIN, max(1, int((opens - visitor.now).total_seconds()) + 1))


def _sibling(endpoint: str) -> str:
    return url_for(endpoint, token=(request.view_args or {})["token"])


def _on_zoom(session: Session) -> bool:
    """Whether Zoom's own test page helps: its meeting is there, or the pasted address is Zoom's."""
    if session.meeting_url is not None:
        host = urlsplit(session.meeting_url).hostname or ""
        return host == "zoom.us" or host.endswith(".zoom.us")
    return session.provider == "zoom"
