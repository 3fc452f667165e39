"""A series: planning it with a preview of every date, its page, its enrolment link."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.meetings import planning, providers
from echo_sessions.programs import agreements, policy, queries, service, waiting, ways
from echo_sessions.programs.blueprint import bp, find_program, find_series
from echo_sessions.programs.forms import SeriesDetailsForm, SeriesForm
from echo_sessions.programs.models import Series
from echo_sessions.programs.recurrence import Occurrence, Rule, dates, in_words, remarks
from echo_sessions.programs.rules import BEFORE, PREPARES, STATE_WORDS, EnrolmentState
from echo_sessions.sessions import queries as session_queries
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import BlockKind, DutyState, SessionState, Stage, stage
from echo_sessions.sessions.wording import STAGE_WORDS
from echo_sessions.web.faults import see_other
from echo_sessions.web.filters import reader_zone
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import Page, page_of

PEOPLE_PER_PAGE = 30
LINK = "link"


@dataclass(frozen=True)
class Date:
    """One date of the preview: an occurrence, or a date that is left out."""

    number: int | None
    at: Occurrence


@dataclass(frozen=True)
class Row:
    """One session in the list of a series."""

    session: Session
    word: str
    tone: str
    panel: int
    asked: int
    slots: int
    cases: int


@bp.route("/programs/<code>/series/new", methods=["GET", "POST"])
@signed_in
def new_series(code: str) -> ResponseReturnValue:
    """Plan a series: the form, then every date it makes, and only then is anything written."""
    program = find_program(code, policy.may_run)
    form = SeriesForm(zone=program.hub.zone, start=time(12, 0))
    form.offer(_providers())
    if not form.validate_on_submit() or request.form.get("do") == "edit":
        faulty = bool(form.errors or form.form_errors)
        return render_template("programs/new_series.html", form=form, program=program), 422 if faulty else 200
    assert form.rule is not None  # a form that holds has one
    if request.form.get("do") != "save":
        found = _clashes(form.rule, form.chosen_provider)
        return render_template(
            "programs/preview_series.html", form=form, program=program, clashes=found, **_preview(form.rule)
        )
    now = clock.now()
    with transaction():
        series = service.plan_series(
            program, name=form.name.data, rule=form.rule, invite_days=form.invite_days.data, by=me(), now=now,
            capacity=form.capacity.data, by_approval=form.by_approval.data, provider=form.chosen_provider,
        )  # fmt: skip
        made = len(sessions.make_sessions(series, dates(form.rule), by=me(), now=now))
    flash(_("The series is planned: %(count)s sessions as drafts. Nobody has been told.", count=made))
    return see_other(url_for("programs.show_series", code=series.code))


@bp.get("/series/<code>")
@signed_in
def show_series(code: str) -> ResponseReturnValue:
    """A series: the next step, its dates, its people, its enrolment link. Who does not take part yet sees how it stands."""
    if _waits(code):
        return see_other(url_for("programs.my_place", code=code))
    series, now = find_series(code), clock.now()
    runs, looks = policy.may_run(me(), series.program), policy.may_look(me(), series.program, now)
    rows = _rows(series, now, looks=looks)
    statement = queries.statement_in_force(series.program.hub_id)
    counts = queries.counts_by_state(series.id)
    return render_template(
        "programs/show_series.html", series=series, rows=rows, runs=runs, looks=looks, rule=in_words(service.rule_of(series)).through(_),
        counts=counts, statement=statement, link=ways.enrol_url(series) if runs else None, state_words=STATE_WORDS,
        drafts=sum(row.session.state is SessionState.DRAFT and row.session.starts_at > now for row in rows),
        coming=next((row.session for row in rows if row.session.ends_at > now and row.session.state is SessionState.SCHEDULED), None),
        page=_people(series) if looks else None, q=request.args.get("q", ""), chosen=request.args.get("state", "active"),
        lined=waiting.standings([series.id]) if looks else {},
        takes_part=queries.is_enrolled(series.id, me().id), may_publish=policy.may_publish(me()),
        lacks=agreements.lacks_of(series.program) if runs and not session_queries.is_public(series.program_id) else [],
    )  # fmt: skip


@bp.route("/series/<code>/edit", methods=["GET", "POST"])
@signed_in
def change_series(code: str) -> ResponseReturnValue:
    """Another name, or another time for invitations; dates are changed one by one on their sessions."""
    series = find_series(code, run=True)
    form = SeriesDetailsForm(obj=series)
    form.offer(_providers(series.provider))
    provider = form.chosen_provider if "provider" in form else series.provider
    if not form.validate_on_submit() or not form.catches_up(series):
        faulty = bool(form.errors or form.form_errors)
        return render_template("programs/edit_series.html", form=form, series=series), 422 if faulty else 200
    with transaction():
        service.change_series(
            series, name=form.name.data, invite_days=form.invite_days.data, by_approval=form.by_approval.data,
            capacity=form.capacity.data, provider=provider, by=me(), now=clock.now(),
        )  # fmt: skip
    flash(_("The series is saved."))
    return see_other(url_for("programs.show_series", code=series.code))


@bp.post("/series/<code>/link")
@signed_in
def change_link(code: str) -> ResponseReturnValue:
    """Open, close or renew the enrolment link."""
    series, do, now = find_series(code, run=True), request.form.get("do"), clock.now()
    said = {
        "open": _("Enrolment is open."),
        "close": _("Enrolment is closed; who follows the link is told so."),
        "renew": _("There is a new link; the old ones no longer work."),
    }
    if do not in said:
        abort(400)
    with transaction():
        if do == "renew":
            service.renew_link(series, by=me(), now=now)
        else:
            service.switch_enrolment(series, open_now=do == "open", by=me(), now=now)
    flash(said[do])
    return see_other(url_for("programs.show_series", code=series.code, _anchor="enrolment"))


def _providers(chosen: str | None = None) -> list[tuple[str, str]]:
    """Who can make the meetings of a series, the hub's usual way first; nobody to choose from where only links are pasted.
    What was chosen before stays among them, also while it is not set up."""
    found = providers.creating()
    if not found:
        return []
    usual = next((each.title for each in found if each.name == providers.usual()), "")
    known = {each.name for each in found}
    by_name = [(each.name, _("%(provider)s makes a meeting for each", provider=_(each.title))) for each in found]
    return [
        ("", _("As usual in this hub: %(provider)s", provider=_(usual)) if usual else _("As usual in this hub")),
        *by_name,
        *[
            (name, _("%(provider)s, which is not set up now", provider=name))
            for name in {chosen} - {*known, None, LINK}
            if name
        ],
        (LINK, _("We paste a link for each session")),
    ]


def _clashes(rule: Rule, provider: str | None) -> list[planning.Found]:
    """The dates on which no host of the provider is free."""
    wishes = [planning.Wish(at.starts_at, rule.minutes) for at in dates(rule) if at.starts_at > clock.now()]
    return planning.clashes(provider or providers.usual(), wishes, zone=rule.zone, language=me().language)


def _waits(code: str) -> bool:
    """Whether this is a series I may not read, but am invited to or wait for."""
    series = queries.series_by_code(code)
    enrolment = queries.enrolment_of(series.id, me().id) if series else None
    return enrolment is not None and enrolment.state in BEFORE and not policy.may_read_series(me(), enrolment.series)


def _preview(rule: Rule) -> dict[str, object]:
    """Everything about the dates that a rule makes, dates left out in their places."""
    planned = dates(rule)
    last = planned[-1].date
    without = dates(replace(rule, skipped=frozenset(), count=None, until=last)) if rule.skipped else planned
    numbers: dict[date, int] = {at.date: number for number, at in enumerate(planned, start=1)}
    reader = reader_zone()
    return {
        "rule": in_words(rule).through(_),
        "zone": rule.zone,
        "dates": [Date(numbers.get(at.date), at) for at in without],
        "count": len(planned),
        "remarks": [said.through(_) for said in remarks(rule)],
        "changes": _clock_changes(planned, rule.zone, reader),
        "notes": {at.date: at.note.through(_) for at in planned if at.note},
        "reader": reader,
    }


def _clock_changes(planned: list[Occurrence], zone: str, reader: str) -> dict[date, str]:
    """Where clocks changed between two sessions: in the series' zone, or in the reader's against it."""
    found = {}
    for before, after in pairwise(planned):
        if _offset(before, zone) != _offset(after, zone):
            found[after.date] = _(
                "The clocks of the series have changed since the session before; its local time stays."
            )
        elif _offset(before, reader) != _offset(after, reader):
            found[after.date] = _(
                "Your clocks have changed since the session before, so it is at another time for you."
            )
    return found


def _offset(at: Occurrence, zone: str) -> timedelta | None:
    return at.starts_at.astimezone(ZoneInfo(zone)).utcoffset()


def _rows(series: Series, now: datetime, *, looks: bool) -> list[Row]:
    found = session_queries.of_series(series.id)
    if not looks and not queries.roles_in(series.program_id, me().id) & PREPARES:
        found = [session for session in found if session.state is not SessionState.DRAFT]
    facts = session_queries.facts_of(found)
    return [_row(session, stage(facts[session.id], now)) for session in found]


def _row(session: Session, at: Stage) -> Row:
    word, tone = STAGE_WORDS[at]
    slots = [block for block in session.blocks if block.kind is BlockKind.CASE]
    return Row(
        session=session, word=word, tone=tone, panel=sum(duty.state is DutyState.ACCEPTED for duty in session.duties),
        asked=sum(duty.state is DutyState.OFFERED for duty in session.duties), slots=len(slots),
        cases=sum(slot.case_id is not None for slot in slots),
    )  # fmt: skip


def _people(series: Series) -> Page:
    """The participants that the address asks for: `q` for words, `state` for another state than active."""
    asked = request.args.get("state", "active")
    state = EnrolmentState(asked) if asked in set(EnrolmentState) else None
    return page_of(queries.enrolments(series.id, request.args.get("q", ""), state), per_page=PEOPLE_PER_PAGE)
