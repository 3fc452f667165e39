"""The list of sessions, and the page of one session in all its stages."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, and_, or_, select, text

from echo_sessions import clock
from echo_sessions.cases import policy as case_policy
from echo_sessions.cases import queries as cases
from echo_sessions.database import db
from echo_sessions.meetings import page as meeting_page
from echo_sessions.meetings import policy as meeting_policy
from echo_sessions.meetings import queries as meetings
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program, Series
from echo_sessions.programs.rules import TAKES_PART
from echo_sessions.sessions import hosting, policy, queries, ways
from echo_sessions.sessions.blueprint import bp, find_session
from echo_sessions.sessions.hub_door_views import seen_at_door
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.page import Sheet, next_step, said, sheet_of, way_to
from echo_sessions.sessions.rules import Answer, DutyState, Facts, SessionState, door_opens, stage
from echo_sessions.sessions.wording import ANSWER_WORDS, DUTY_WORDS, ROLE_WORDS, STAGE_WORDS, missing, readiness
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer

MOST_PEOPLE = 24
NOT_CLOSED = (
    "NOT EXISTS (SELECT 1 FROM registers WHERE registers.session_id = sessions.id AND registers.state = 'closed')"
)


@bp.get("/sessions")
@signed_in
def list_sessions() -> ResponseReturnValue:
    """Sessions somebody runs or takes part in: what is coming first; `show` picks others, `program` and `q` narrow down."""
    now, show = clock.now(), request.args.get("show", "coming")
    page = page_of(_chosen(me(), now, show))
    facts = queries.facts_of(page.rows)
    runs = set(db.session.scalars(programs.programs_run_by(me().id)))
    troubled = _in_trouble(page.rows, now, runs)
    rows = [
        (
            session,
            STAGE_WORDS[stage(facts[session.id], now)],
            _ready(session, facts[session.id], now, runs),
            troubled.get(session.id),
        )
        for session in page.rows
    ]
    return render_template(
        "sessions/list_sessions.html", page=page, rows=rows, q=request.args.get("q", ""), show=show, shows=_shows(bool(runs)),
        program=request.args.get("program", ""), programs=_programs(me()), runs=bool(runs),
    )  # fmt: skip


@bp.get("/sessions.csv")
@signed_in
def sessions_csv() -> ResponseReturnValue:
    """The list as the address asks for it, whole, to take away."""
    now = clock.now()
    found = db.session.scalars(_chosen(me(), now, request.args.get("show", "coming"))).unique().all()
    facts = queries.facts_of(found)
    head = (
        _("Session"),
        _("Program"),
        _("Series"),
        _("Number"),
        _("Topic"),
        _("Starts (UTC)"),
        _("Minutes"),
        _("Zone"),
        _("Stage"),
    )
    return csv_answer(
        "sessions.csv", head,
        [
            (s.code, s.series.program.name, s.series.name, s.number, s.title, f"{s.starts_at:%Y-%m-%d %H:%M}", s.minutes, s.zone,
             _(STAGE_WORDS[stage(facts[s.id], now)][0]))
            for s in found
        ],
    )  # fmt: skip


@bp.get("/sessions/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    """One session in all its stages: when, the next step, the run sheet, who does what, who comes, what happened."""
    session, now = find_session(code), clock.now()
    runs, looks = policy.may_run(me(), session), policy.may_look(me(), session, now)
    facts = queries.facts_of([session])[session.id]
    at = stage(facts, now)
    shared: dict[str, object] = {
        "way_to": way_to, "session": session, "series": session.series, "now": now, "stage": at, "state_words": STAGE_WORDS[at], "runs": runs, "looks": looks,
        "sees_people": looks or policy.facilitates(me(), session),
        "sheet": _sheet(session, now), "words": {"role": ROLE_WORDS, "duty": DUTY_WORDS, "answer": ANSWER_WORDS},
        "duties": _duties(session, looks), "over": policy.is_over(session, now), "opens": door_opens(session.starts_at),
        "join": ways.join_url(session, me()) if policy.may_enter(me(), session) else None,
        "at_door": seen_at_door(session) if looks and now >= door_opens(session.starts_at) else None,
    }  # fmt: skip
    shared |= {
        "meeting": None,
        "live": _follows_live(session, now),
        "starts": hosting.may_ask(me(), session) and _opens_soon(session, now),
    }
    if not looks:
        mine = queries.invitation(session.id, me().id)
        answer = mine.answer if mine else Answer.NEEDS_ACTION
        return render_template(
            "sessions/show.html", answer=answer, rsvp=ways.rsvp_url(session, me()), step=None, **shared
        )
    invited = queries.invited(session)
    return render_template(
        "sessions/show.html", step=next_step(session, at, facts, join=ways.join_url(session, me())) if runs else None, points=readiness(facts), lacking=missing(facts),
        counts=queries.answers_of(session.id), invited=invited[:MOST_PEOPLE], total=len(invited), history=_history(session),
        **{**shared, "meeting": _meeting(session, now, acts=runs)},
    )  # fmt: skip


@bp.get("/sessions/<code>/people")
@signed_in
def people(code: str) -> ResponseReturnValue:
    """Everybody whom the session concerns and what they answered; `?as=csv` to take away."""
    now = clock.now()
    session = find_session(code, lambda person, session: policy.may_see_people(person, session, now))
    chosen = queries.concerned(session).order_by(Person.name, Person.id)
    for word in request.args.get("q", "").split():
        chosen = chosen.where(Person.name.icontains(word, autoescape=True))
    if request.args.get("as") == "csv":
        rows = _with_answers(session, db.session.scalars(chosen).unique().all())
        head = (_("Name"), _("Profession"), _("E-mail address"), _("Answer"), _("Told"))
        return csv_answer(
            f"people-{session.code}.csv", head,
            [(p.name, p.profession, p.address, _(ANSWER_WORDS[a][0]), _("yes") if told else _("no")) for p, a, told in rows],
        )  # fmt: skip
    page = page_of(chosen)
    return render_template(
        "sessions/people.html", session=session, page=page, rows=_with_answers(session, page.rows), q=request.args.get("q", ""),
        words=ANSWER_WORDS,
    )  # fmt: skip


def _meeting(session: Session, now: datetime, *, acts: bool) -> meeting_page.Standing | None:
    """How its meeting at a provider stands, if it has one."""
    if session.meeting is None:
        return None
    return meeting_page.standing_of(session.meeting, now, acts=acts, sets_up=meeting_policy.may_see_set_up(me()))


def _follows_live(session: Session, now: datetime) -> bool:
    """Whether the reader has the page for the second screen, from when the host may open the room."""
    is_near = session.state is SessionState.SCHEDULED and hosting.opens(session) <= now < session.ends_at
    return is_near and policy.may_follow_live(me(), session)


def _opens_soon(session: Session, now: datetime) -> bool:
    """Whether the page on which the host opens the meeting has something to say: from a day before until the end."""
    ahead = session.starts_at - timedelta(days=1) <= now < session.ends_at
    return session.state is SessionState.SCHEDULED and session.meeting is not None and ahead


def _chosen(person: Person, now: datetime, show: str) -> Select[Session]:
    """The sessions that the address asks for, of those somebody may read."""
    looked_at = programs.programs_looked_at_by(person.id, now)
    member = programs.programs_with_role(person.id, TAKES_PART)
    visible = or_(
        Series.program_id.in_(looked_at),
        and_(Series.program_id.in_(member), Session.state != SessionState.DRAFT),
        Session.id.in_(queries.mine(person.id).with_only_columns(Session.id)),
    )
    chosen = (
        select(Session)
        .join(Series, Series.id == Session.series_id)
        .join(Program, Program.id == Series.program_id)
        .where(visible)
    )
    for word in request.args.get("q", "").split():
        places = (Session.title, Session.code, Series.name, Program.name)
        chosen = chosen.where(or_(*(place.icontains(word, autoescape=True) for place in places)))
    if request.args.get("program"):
        chosen = chosen.where(Program.code == request.args["program"])
    late = now.replace(microsecond=0)
    ahead = queries.ends_after(late)
    wanted = {
        "past": (Session.state == SessionState.SCHEDULED, ~ahead),
        "to_close": (Session.state == SessionState.SCHEDULED, ~ahead, text(NOT_CLOSED)),
        "drafts": (Session.state == SessionState.DRAFT,),
        "cancelled": (Session.state == SessionState.CANCELLED,),
        "all": (),
    }.get(show, (Session.state != SessionState.CANCELLED, ahead))
    latest_first = show in {"past", "cancelled"}
    order = Session.starts_at.desc() if latest_first else Session.starts_at
    return chosen.where(*wanted).order_by(order, Session.id)


def _shows(runs: bool) -> list[tuple[str, str]]:
    shows = [
        ("coming", _("Coming")),
        ("past", _("Past")),
        ("to_close", _("To be closed")),
        ("drafts", _("Drafts")),
        ("cancelled", _("Cancelled")),
        ("all", _("All")),
    ]
    return shows if runs else [pair for pair in shows if pair[0] not in {"to_close", "drafts"}]


def _programs(person: Person) -> list[tuple[str, str]]:
    known = select(Program.code, Program.name).where(Program.id.in_(programs.programs_read_by(person.id, clock.now())))
    return [("", _("All programs")), *((code, name) for code, name in db.session.execute(known.order_by(Program.name)))]


def _ready(session: Session, facts: Facts, now: datetime, runs: set[int]) -> str | None:
    """ "2 of 6 missing: case, link", for those who run it and while it is ahead."""
    if session.series.program_id not in runs or session.state is not SessionState.SCHEDULED or session.starts_at <= now:
        return None
    count, total, names = missing(facts)
    if not count:
        return str(_("Nothing is missing"))
    return str(
        _(
            "%(count)s of %(total)s missing: %(names)s",
            count=count,
            total=total,
            names=", ".join(_(name).lower() for name in names),
        )
    )


def _in_trouble(sessions: Sequence[Session], now: datetime, runs: set[int]) -> dict[int, str]:
    """What is wrong with the meetings of those that lie ahead, in one word each, for those who run them."""
    ahead = [each for each in sessions if each.state is SessionState.SCHEDULED and each.ends_at > now]
    mine = [each for each in ahead if each.series.program_id in runs and each.meeting_id and not each.meeting_url]
    troubles = meetings.open_troubles(each.meeting_id for each in mine if each.meeting_id)
    return {each.id: meeting_page.word_of(troubles[each.meeting_id]) for each in mine if each.meeting_id in troubles}


def _sheet(session: Session, now: datetime) -> Sheet:
    """The run sheet as this reader may see it: the cases only where they may read them."""
    readable = {case.id: case for case in cases.of_session(session.id) if case_policy.may_look(me(), case, now)}
    return sheet_of(session, readable, now, dark=queries.dark_blocks(session.id))


def _duties(session: Session, runs: bool) -> list[object]:
    """For the team everybody who was asked; for others those who come."""
    duties = queries.duties_of(session.id)
    return [duty for duty in duties if runs or duty.state is DutyState.ACCEPTED or duty.person_id == me().id]


def _history(session: Session) -> list[tuple[datetime, str, str]]:
    """What was done with the session and the parts in it, last first, in words."""
    entries = queries.history(session)
    numbers = {entry.person_id for entry in entries if entry.person_id is not None}
    names = {
        number: name
        for number, name in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(numbers)))
    }
    whom = {duty.code: duty.person.name for duty in queries.duties_of(session.id)}
    return [(entry.at, names.get(entry.person_id or 0, ""), said(entry, whom)) for entry in entries]


def _with_answers(session: Session, people_: Sequence[Person]) -> list[tuple[Person, Answer, bool]]:
    told = queries.invitations_of(session.id, only=[person.id for person in people_])
    return [
        (
            person,
            told[person.id].answer if person.id in told else Answer.NEEDS_ACTION,
            bool(person.id in told and told[person.id].method),
        )
        for person in people_
    ]
