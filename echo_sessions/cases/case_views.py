"""The list of cases, and a case: one page for everybody who may read it, each seeing what they may."""

from collections.abc import Iterator
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from echo_sessions.audit.rules import Seen
from echo_sessions.cases import drafting, form_schema, glass_queries, marks, policy, queries, rules, service
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.blueprint import asked_at, bp, find, spoken
from echo_sessions.cases.models import Case
from echo_sessions.cases.recommending import SAID_BY
from echo_sessions.cases.rules import CATEGORY_WORDS, STATE_WORDS, CaseState
from echo_sessions.database import db, transaction
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.looks import seen
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer

TONES: dict[CaseState, str] = {
    CaseState.DRAFT: "quiet",
    CaseState.SUBMITTED: "info",
    CaseState.IN_REVIEW: "info",
    CaseState.CHANGES_REQUESTED: "attention",
    CaseState.ACCEPTED: "good",
    CaseState.SCHEDULED: "good",
    CaseState.PRESENTED: "info",
    CaseState.FOLLOWED_UP: "good",
}


@bp.get("/cases")
@signed_in
def list_cases() -> ResponseReturnValue:
    """My cases, and those of the programs I run."""
    page, now = page_of(_listed()), asked_at()
    mine = programs.submittable(me().id)
    return render_template(
        "cases/list_cases.html", page=page, lines=queries.author_lines(page.rows, now), now=now, spoken=spoken, words=STATE_WORDS,
        tones=TONES, glazed=_glazed(page), recalled=recalls.any_for(me().id), programs=_choosable(), may_bring=bool(mine), asked={name: request.args.get(name, "") for name in ("q", "program", "state")},
    )  # fmt: skip


@bp.get("/cases.csv")
@signed_in
def export_cases() -> ResponseReturnValue:
    """The same cases as facts to take away: codes, states and days, never a word of a story."""
    head = [
        _("ECHO ID"), _("Program"), _("State"), _("Author"), _("Profession"), _("Site"), _("Region"), _("Begun"), _("Submitted"),
        _("Accepted"), _("Session"), _("Session starts"), _("Backup"), _("Due"),
    ]  # fmt: skip
    chosen = _listed().options(selectinload(Case.site))
    return csv_answer("cases.csv", head, _facts(db.session.scalars(chosen).unique()))


@bp.get("/cases/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    """A case. Whoever does not review it is shown what the form marks as for the group; its auditors see that there is a
    text, and not one word of it."""
    case, now = find(code), asked_at()
    person = me()
    author, runs = policy.is_author(person, case), policy.may_run(person, case)
    blacked = policy.may_audit(person, case, now) and not policy.may_read(person, case, now)
    if not author:
        seen(Seen.AUDITED if blacked else Seen.CASE, case.code, role=policy.role_word(person, case, now))
    sheet = queries.sheet_of(case.id)
    story = policy.may_read_story(person, case, now)
    answers = drafting.in_hand(case) if author and case.state is CaseState.DRAFT else case.answers
    return render_template(
        "cases/show.html",
        case=case,
        blacked=blacked,
        openings=policy.may_see_openings(person, case, now),
        broken=glass_queries.of_case(case.id) if policy.may_see_openings(person, case, now) else [],
        author=author,
        runs=runs,
        line=queries.author_line(case, now),
        tone=TONES.get(case.state, "quiet"),
        word=_(STATE_WORDS[case.state]),
        sections=form_schema.sections(case.form.schema),
        answers=answers if story else {},
        whole=author or runs,
        sheet=sheet if policy.may_read_recommendations(person, case, sheet, now) else None,
        recommendations=case.recommendations if policy.may_read_recommendations(person, case, sheet, now) else [],
        categories={kind.value: words for kind, words in CATEGORY_WORDS.items()},
        said_by=SAID_BY,
        steps=_steps(case, person),
        notes=[step for step in case.reviews if step.note] if author or policy.may_review(person, case) else [],
        labels=marks.labels_of(case),
        unsent=author and case.state is not CaseState.DRAFT and queries.draft_of(case.id) is not None,
        may=_may(person, case, sheet, now),
        spoken=spoken,
        now=now,
    )


@bp.route("/cases/<code>/give-back", methods=["GET", "POST"])
@signed_in
def give_back(code: str) -> ResponseReturnValue:
    """The author cannot come on that day."""
    case = find(code, lambda person, case: policy.may_give_back(person, case, asked_at()))
    if request.method == "GET":
        return render_template("cases/give_back.html", case=case)
    with transaction():
        service.unplace(case, by=me(), now=asked_at())
    flash(_("Thank you for saying so. The coordinators look for another date."))
    return see_other(url_for("cases.show", code=code))


def _may(person: Person, case: Case, sheet: Any, now: Any) -> dict[str, bool]:
    """What this reader may do with the case now, by the name of the action."""
    runs = policy.may_run(person, case)
    session = case.session
    begun = session is not None and session.starts_at <= now
    return {
        "recall": policy.may_recall(person, case, now) and case.forgotten_at is None,
        "say_consent_ended": policy.may_say_consent_ended(person, case, now),
        "edit": policy.may_edit(person, case, now),
        "withdraw": policy.may_withdraw(person, case),
        "give_back": policy.may_give_back(person, case, now),
        "review": policy.may_review(person, case) and case.state in policy.REVIEWED,
        "place": runs and case.state in {CaseState.ACCEPTED, CaseState.SCHEDULED} and not (case.state is CaseState.SCHEDULED and begun),
        "note_presented": runs and case.state is CaseState.SCHEDULED and begun,
        "recommend": policy.may_recommend(person, case, now),
        "approve": policy.may_approve(person, case, sheet, now) and sheet.state is rules.RecommendationState.DRAFT and bool(case.recommendations),
    }  # fmt: skip


def _steps(case: Case, person: Person) -> list[tuple[Any, str | None, str]]:
    """What happened to it, last first; who did it is said to those who write and review only."""
    inside = (
        policy.is_author(person, case) or policy.may_run(person, case) or policy.may_audit(person, case, asked_at())
    )
    lines = [
        (step.at, step.by.name if step.by and inside else None, _(STATE_WORDS[step.went_to]).capitalize())
        for step in reversed(case.reviews)
    ]
    return [*lines, (case.created_at, case.author.name, _("Begun"))] if inside else lines


def _listed() -> Any:
    state = request.args.get("state", "")
    return queries.seen_by(
        me().id,
        now=asked_at(),
        code=request.args.get("q", "").strip()[:40],
        program=request.args.get("program", ""),
        state=CaseState(state) if state in set(CaseState) else None,
    )


def _glazed(page: Any) -> str | None:
    """The code of a case that was looked for and not found, where the reader may open it in an emergency."""
    wanted = request.args.get("q", "").strip()
    case = queries.by_code(wanted) if wanted and not page.total else None
    return case.code if case is not None and policy.may_break_glass(me(), case, asked_at()) else None


def _choosable() -> list[tuple[str, str]]:
    """The programs to filter by: those whose sessions I read."""
    ids = programs.programs_read_by(me().id, asked_at())
    return [(program.code, program.name) for program in db.session.scalars(programs.programs(ids, "")).unique()]


def _facts(cases: Any) -> Iterator[list[object]]:
    for case in cases:
        session = case.session
        yield [
            case.code, case.program.name, _(STATE_WORDS[case.state]), case.author.name, case.profession, case.site.name if case.site else None,
            case.region, _day(case.created_at), _day(case.submitted_at), _day(case.accepted_at), session.code if session else None,
            session.starts_at.isoformat() if session else None, _("yes") if case.backup else None, _day(case.due_at),
        ]  # fmt: skip


def _day(moment: Any) -> str | None:
    return moment.date().isoformat() if moment else None
