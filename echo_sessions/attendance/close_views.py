"""Closing a session: one page of what is still open, and closing the register for good."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions import clock
from echo_sessions.attendance import companions, figures, origins, queries
from echo_sessions.attendance.blueprint import PROVIDERS, bp, find_session, frame
from echo_sessions.attendance.queries import RegisterStatus
from echo_sessions.attendance.register import Computed, computed
from echo_sessions.cases import queries as cases
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.certificates import queries as certificates
from echo_sessions.credit import queries as credit_queries
from echo_sessions.credit import service as credit
from echo_sessions.database import transaction
from echo_sessions.moments import span
from echo_sessions.sessions.blueprint import address
from echo_sessions.sessions.models import Session
from echo_sessions.web.faults import see_other
from echo_sessions.web.forms import Form
from echo_sessions.web.guard import me, signed_in

TAUGHT = frozenset({CaseState.PRESENTED, CaseState.FOLLOWED_UP, CaseState.CLOSED, CaseState.LOST})


@dataclass(frozen=True)
class Point:
    """One thing about a session that is over: a word, what, what follows, and the button that goes on."""

    word: str
    tone: str
    title: str
    text: str
    label: str = ""
    url: str | None = None

    @property
    def is_open(self) -> bool:
        return self.tone != "good"


@bp.route("/sessions/<code>/close", methods=["GET", "POST"])
@signed_in
def close_page(code: str) -> ResponseReturnValue:
    """What is still open after a session; closing its register freezes who was there and writes the awards."""
    session = find_session(code, look=True)
    now = clock.now()
    if Form().validate_on_submit():
        with transaction():
            register = credit.close_and_award(session, by=me(), now=now)
            count = len(register.rows)
        flash(
            ngettext(
                "Closed: one person was there, and their award is written.",
                "Closed: %(num)s people were there, and their awards are written.",
                count,
            )
        )
        return see_other(url_for("attendance.close_page", code=session.code))
    whole = computed(session)
    told = frame(session, "close")
    status: RegisterStatus = told["status"]
    over = session.ends_at <= now
    points = (
        [
            *_register(session, status, whole),
            *_at_the_door(session, status, whole),
            *_provider(session, status, now),
            *_cases(session, now),
            *_certificates(session, status),
        ]
        if over
        else []
    )
    ready = over and not status.closed and not status.waiting and bool(whole.present)
    return render_template(
        "attendance/close_page.html", points=points, ready=ready, over=over, whole=whole, row=queries.register_of(session.id),
        policy=credit_queries.policy_for(session), **told,
    )  # fmt: skip


def _at_the_door(session: Session, status: RegisterStatus, whole: Computed) -> Iterator[Point]:
    """Who was said to sit beside somebody, while that can still count."""
    tables = [] if status.closed else companions.tables_of(session, whole)
    count = sum(claim.state is companions.ClaimState.OPEN for table in tables for claim in table.claims)
    if count:
        yield Point(
            _("%(count)s open", count=count),
            "attention",
            ngettext(
                "One person was said at the door to share a screen",
                "%(num)s people were said at the door to share a screen",
                count,
            ),
            _("They count nothing unless you take them, and after closing only by a correction each."),
            _("Settle them"),
            url_for("attendance.queue", code=session.code, _anchor="door"),
        )


def _register(session: Session, status: RegisterStatus, whole: Computed) -> Iterator[Point]:
    """Where the register stands, and the way on."""
    code = session.code
    if status.closed:
        people = ngettext("One person was there.", "%(num)s people were there.", len(queries.rows_of(session.id)))
        yield Point(
            _("Closed"), "good", _("The register"), people, _("Look at it"), url_for("attendance.register", code=code)
        )
    elif not whole.seen and not whole.lines:
        words = _("Export the participants' report from Zoom and upload it as it is. Credit waits for it.")
        yield Point(
            _("No file yet"),
            "attention",
            _("Upload the report of the meeting"),
            words,
            _("Upload"),
            url_for("attendance.upload", code=code),
        )
    elif status.waiting:
        title = ngettext(
            "One line of the report waits for you", "%(num)s lines of the report wait for you", status.waiting
        )
        yield Point(
            _("%(count)s wait", count=status.waiting),
            "attention",
            title,
            _("Say who they are; the register closes after that."),
            _("Settle them"),
            url_for("attendance.queue", code=code),
        )
    elif not whole.present:
        words = _("Nobody in the report was there during the session. Is its time zone right?")
        yield Point(
            _("Empty"),
            "attention",
            _("The register is empty"),
            words,
            _("Look at it"),
            url_for("attendance.register", code=code),
        )
    else:
        words = ngettext(
            "One person was there. Look once more, then close it below.",
            "%(num)s people were there. Look once more, then close it below.",
            len(whole.present),
        )
        yield Point(
            _("Ready"),
            "info",
            _("The register can be closed"),
            words,
            _("Look at it"),
            url_for("attendance.register", code=code),
        )


def _provider(session: Session, status: RegisterStatus, now: datetime) -> Iterator[Point]:
    """What the provider of the meeting has told by itself, where its report is awaited or missing; and what came too late."""
    url = url_for("attendance.upload", code=session.code)
    if status.closed:
        count = len(figures.otherwise(session.id))
        if count:
            title = ngettext(
                "Something came after closing and says otherwise about one person",
                "Something came after closing and says otherwise about %(num)s people",
                count,
            )
            words = _("A closed register never changes by itself. Correct a row where you believe the other figure.")
            at = url_for("attendance.register", code=session.code, _anchor="otherwise")
            yield Point(_("Otherwise"), "attention", title, words, _("Look at them"), at)
        return
    told = origins.told_of(session, now)
    if told is None or not told.gives_reports or told.final_at is not None:
        return
    name = PROVIDERS.get(told.provider, told.provider)
    title = _("%(provider)s's report", provider=name)
    heard = told.hooks is not None and told.hooks.withdrawn_at is None
    used = ngettext("one name", "%(num)s names", told.hooks.people) if told.hooks is not None else ""
    if told.missing and heard:
        words = _(
            "%(provider)s gave no report; what it told while it ran is used: %(names)s. Upload the file where people are missing.",
            provider=name, names=used,
        )  # fmt: skip
        yield Point(_("Not given"), "info", title, words, _("Upload"), url)
    elif told.missing:
        words = _(
            "%(provider)s gave no report and told nothing while it ran. Upload the file from its pages.", provider=name
        )
        yield Point(_("Not given"), "attention", title, words, _("Upload"), url)
    elif told.next_at is not None or not told.tries:
        when = span(told.next_at, None, session.zone) if told.next_at is not None else _("soon")
        words = _(
            "It is not final yet; next asked for: %(when)s. What you close now does not change when it comes.",
            when=when,
        )
        yield Point(_("Awaited"), "info", title, words, _("Look at it"), url)


def _cases(session: Session, now: datetime) -> Iterator[Point]:
    """Cases nobody has marked as presented, and recommendations that have not reached their author."""
    for case in cases.of_session(session.id):
        if case.backup and case.state not in TAUGHT:
            continue
        if case.state not in TAUGHT:
            yield Point(
                _("Not marked"), "attention", _("Was case %(code)s presented?", code=case.code), _("Its recommendations and its follow-up begin with that."),
                _("Look at the case"), address("cases.show", code=case.code),
            )  # fmt: skip
        else:
            yield _recommendations(session, case, now)


def _recommendations(session: Session, case: Case, now: datetime) -> Point:
    sheet = cases.sheet_of(case.id)
    if sheet is not None and sheet.state is RecommendationState.SENT:
        return Point(
            _("Sent"),
            "good",
            _("Recommendations for %(code)s", code=case.code),
            _("Their author has them."),
            _("Look at them"),
            address("cases.show", code=case.code),
        )
    late = sheet is not None and sheet.due_at < now
    due = _("Due %(when)s.", when=span(sheet.due_at, None, session.zone)) if sheet else _("Nobody has begun them.")
    word = _("Overdue") if late else _("To approve") if sheet and sheet.approver_id else _("Not sent")
    return Point(
        word, "danger" if late else "attention", _("Send the recommendations for %(code)s", code=case.code), due, _("Go on"),
        address("cases.recommend", code=case.code),
    )  # fmt: skip


def _certificates(session: Session, status: RegisterStatus) -> Iterator[Point]:
    """How many people could have a certificate and have none."""
    if not status.closed:
        yield Point(_("Later"), "quiet", _("Certificates"), _("They are issued from the closed register."))
        return
    awards = [award for award in certificates.awards_of([session.id]) if award.role != "guest"]
    without = len(awards) - len(certificates.certified([award.id for award in awards]))
    url = address("certificates.trial_run", code=session.code)
    if without:
        title = ngettext("One person has no certificate yet", "%(num)s people have no certificate yet", without)
        yield Point(
            _("Not issued"),
            "attention",
            title,
            _("You see who gets what, and why, before anything is issued."),
            _("Look who gets one"),
            url,
        )
    elif awards:
        yield Point(
            _("Issued"), "good", _("Certificates"), _("Everybody who was there has one."), _("Look at them"), url
        )
