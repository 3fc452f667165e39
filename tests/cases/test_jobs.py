"""What happens to cases by itself."""

from datetime import timedelta
from typing import Any

import pytest

from echo_sessions.cases import jobs, queries, recommending, service
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db, transaction
from echo_sessions.errors import TryLater
from echo_sessions.files.models import File
from echo_sessions.jobs import worker
from echo_sessions.outside.pdf import PdfMaker
from tests.conftest import NOON
from tests.outside.reading import needs_poppler, text_of

DAY = timedelta(days=1)


class Press:
    """A PDF maker that notes the page and may do something in the meantime."""

    def __init__(self, meanwhile: Any = None) -> None:
        self.pages: list[str] = []
        self.meanwhile = meanwhile

    def render(self, html: str, *, lang: str, title: str) -> bytes:
        self.pages.append(html)
        if self.meanwhile:
            self.meanwhile()
        return b"%PDF-1.7 of " + title.encode()


@pytest.fixture
def press(app):
    real = app.extensions["pdf"]
    app.extensions["pdf"] = press = Press()
    yield press
    app.extensions["pdf"] = real


def approved(scene):
    case = scene.recommended()
    with transaction():
        service.approve_recommendations(case, by=scene.coordinator, now=NOON)
    return case


def test_approved_recommendations_are_printed_once_and_the_author_is_told_once(scene, press, outbox, app):
    case = approved(scene)
    worker.work_off(app, now=NOON)
    jobs.send_recommendations({"case": case.id}, NOON)
    sheet = queries.sheet_of(case.id)
    assert sheet.state is RecommendationState.SENT and sheet.sent_at == NOON
    assert len(press.pages) == 1 and len(outbox("cases/recommendations")) == 1
    [page] = press.pages
    assert "Check ferritin again in 8 weeks." in page and case.code in page
    assert "Tired for 6 weeks" not in page and "Which second medicine" not in page and scene.author.name not in page
    key = db.session.get_one(File, sheet.file_id).key
    assert app.extensions["storage"].get(key).startswith(b"%PDF")


def test_an_approval_taken_back_while_the_press_ran_sends_nothing(scene, press, outbox):
    case = approved(scene)

    def change():
        with transaction():
            recommending.change_recommendation(
                case.recommendations[0],
                text="Wait 4 weeks.",
                category="diagnostic",
                said_by="hub",
                by=scene.coordinator,
                now=NOON,
            )

    press.meanwhile = change
    jobs.send_recommendations({"case": case.id}, NOON)
    assert queries.sheet_of(case.id).state is RecommendationState.DRAFT
    assert outbox("cases/recommendations") == []


def test_nothing_is_sent_that_was_not_approved_or_is_not_there(scene, press):
    jobs.send_recommendations({"case": scene.recommended().id}, NOON)
    jobs.send_recommendations({"case": 0}, NOON)
    assert press.pages == []


def test_a_press_that_fails_changes_nothing_and_is_tried_again(scene, press, outbox):
    case = approved(scene)

    def fail():
        raise TryLater("The PDF engine died.")

    press.meanwhile = fail
    with pytest.raises(TryLater):
        jobs.send_recommendations({"case": case.id}, NOON)
    assert queries.sheet_of(case.id).state is RecommendationState.APPROVED and outbox("cases/recommendations") == []


@needs_poppler
def test_the_document_says_who_approved_and_what_it_is_not(scene, app):
    case = approved(scene)
    maker = PdfMaker()
    pdf = maker.render(jobs.recommendations_html(jobs.printed(case)), lang="en", title="Recommendations")
    maker.close()
    text = text_of(pdf, as_written=True)
    for words in (
        case.code,
        "Check ferritin again in 8 weeks.",
        "The hub",
        "Hepatologist",
        "Approved by Ana Ruiz",
        "Not for emergencies",
    ):
        assert words in text


def test_a_case_counts_as_presented_half_a_day_after_its_session(scene):
    case = scene.scheduled(timedelta(minutes=-90))
    ends = case.session.ends_at
    jobs.present_due({}, ends + timedelta(hours=11))
    assert case.state is CaseState.SCHEDULED
    jobs.present_due({}, ends + timedelta(hours=12))
    jobs.present_due({}, ends + timedelta(hours=13))
    assert case.state is CaseState.PRESENTED and queries.sheet_of(case.id) is not None
    assert [step.went_to for step in case.reviews].count(CaseState.PRESENTED) == 1


def test_a_case_of_a_cancelled_session_was_not_presented(scene):
    case = scene.scheduled(-DAY)
    with transaction():
        case.session.state = "cancelled"
    jobs.present_due({}, NOON)
    assert case.state is CaseState.SCHEDULED


def test_a_cancelled_session_sets_its_cases_free_and_their_authors_hear_it(scene, outbox):
    case, backup, other = scene.scheduled(), scene.accepted(), scene.scheduled()
    with transaction():
        service.set_backup(backup, case.session, by=scene.coordinator, now=NOON)
        case.session.state = "cancelled"
    for _twice in range(2):
        jobs.free_cancelled({}, NOON)
    assert case.state is CaseState.ACCEPTED and case.session is None and queries.blocks_with(case.id) == []
    assert not backup.backup and other.state is CaseState.SCHEDULED
    assert len(outbox("cases/unplaced")) == 2


def test_texts_of_finished_cases_are_deleted_after_thirty_days(scene):
    gone, declined, going = scene.withdrawn(), scene.declined(), scene.submitted()
    jobs.forget_due({}, NOON + 30 * DAY)
    assert gone.answers != {}
    jobs.forget_due({}, NOON + 31 * DAY)
    assert gone.answers == {} and declined.answers == {} and going.answers != {}
    assert declined.reviews[-1].note, "why it was declined stays"
