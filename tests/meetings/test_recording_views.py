"""The page of recordings by who reads it; looking, deciding, taking down; and what the provider is asked meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.audit.models import Entry, Look
from echo_sessions.cases import darkness, recalling
from echo_sessions.cases import service as cases
from echo_sessions.cases.common_form import common_core
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs import worker
from echo_sessions.meetings import recordings
from echo_sessions.meetings.models import Meeting, Recording
from echo_sessions.meetings.recording_rules import Dark
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import GaveUp, NotThere, RecordingFile, TryLater, Way
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Block
from tests.house.cast import STORY

LINK, PASSCODE = "https://recorded.test/play/only-here", "p4ss-only-here"


class Recorder:
    """A provider that only records: what it has, what it was asked, and how it answers."""

    name, title = "zoom", "Zoom"

    def __init__(self, real) -> None:
        self.capabilities, self.files, self.asked, self.fault, self.keeps = real.capabilities, [], [], None, False

    def configured(self):
        return True

    def _ask(self, *what):
        self.asked.append(what)
        if self.fault is not None:
            raise self.fault

    def read_event(self, raw, at):
        return []

    def recordings(self, meeting, instances):
        self._ask("list", *instances)
        return list(self.files)

    def recording_way(self, meeting, file):
        self._ask("way", file.ref)
        return Way(LINK, PASSCODE)

    def remove_recording(self, meeting, file):
        self._ask("remove", file.ref)
        if not self.keeps:
            self.files = [one for one in self.files if one.ref != file.ref]


@pytest.fixture
def recorder(app, make, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: make.now)
    before = app.extensions["meetings"]["zoom"]
    app.extensions["meetings"]["zoom"] = Recorder(before)
    yield app.extensions["meetings"]["zoom"]
    app.extensions["meetings"]["zoom"] = before


@pytest.fixture
def held(make, recorder):
    """A session of yesterday at Zoom: a didactic was recorded, then a case, then the chat was kept."""
    program = make.program()
    series = make.series(program)
    session = make.session(series, starts_in=timedelta(days=-1))
    with transaction():
        meeting = Meeting(
            code=session.code, provider="zoom", topic="x", starts_at=session.starts_at, minutes=90, zone="UTC", ref="81",
            state=MeetingState.MADE, created_at=make.now, uuid="uuid-1",
        )  # fmt: skip
        db.session.add(meeting)
        db.session.flush()
        db.session.merge(session).meeting_id = meeting.id
        start = session.starts_at
        recorder.files = [
            RecordingFile("f-didactic", "one", "shared_screen_with_speaker_view", start + timedelta(minutes=11), start + timedelta(minutes=29), 7_000_000),
            RecordingFile("f-case", "one", "shared_screen_with_speaker_view", start + timedelta(minutes=31), start + timedelta(minutes=50)),
            RecordingFile("f-chat", "one", "chat_file", start + timedelta(minutes=11), start + timedelta(minutes=29)),
        ]  # fmt: skip
        recordings.note_files(meeting, recorder.files, now=make.now)
    return session


def one(ref) -> Recording:
    db.session.rollback()
    return db.session.scalars(select(Recording).where(Recording.ref == ref)).unique().one()


def path(session) -> str:
    return f"/sessions/{session.code}/recordings"


def test_participants_see_the_didactic_and_why_not_the_rest(make, client, held):
    page = client.as_(make.enrol(held.series)).get_page(path(held))
    assert len(page.all("tbody/tr")) == 1
    assert "There is 1 more file" in page.text()
    assert "a case was discussed while it ran" in page.text()
    assert "chat" not in page.text().lower()


def test_whoever_runs_the_program_sees_all_and_why(make, client, held):
    page = client.as_(make.coordinator()).get_page(path(held))
    assert len(page.all("tbody/tr")) == 3
    assert "texts and chats may quote a patient" in page.text()


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OBSERVER, 200), (Role.EVALUATOR, 200), (Role.EXPERT, 200), (Role.FACILITATOR, 200), (Role.SPONSOR, 404), (Role.AUDITOR, 403)],
)  # fmt: skip
def test_who_opens_the_page(make, client, held, role, status):
    ends_at = make.now + timedelta(days=9) if role is Role.AUDITOR else None
    person = make.member(held.series.program, role, ends_at=ends_at)
    assert client.as_(person).get(path(held)).status_code == status


def test_strangers_learn_nothing(make, client, held):
    assert client.as_(make.person()).get(path(held)).status_code == 404
    assert client.as_().get(path(held)).status_code == 302


def test_looking_asks_for_link_and_passcode_now_shows_them_once_and_is_noted(make, client, held, recorder):
    person = make.enrol(held.series)
    file = one("f-didactic")
    page = client.as_(person).submit(path(held), status=200, action=f"/recordings/{file.code}/watch")
    assert LINK in page.links()
    assert PASSCODE in page.text()
    assert page.answer.headers["Cache-Control"] == "no-store"
    assert recorder.asked == [("way", "f-didactic")]
    look = db.session.scalars(select(Look)).one()
    assert (look.person_id, look.what, look.thing) == (person.id, "recording", file.code)
    with db.engine.connect() as connection:
        kept = " ".join(str(row) for table in db.metadata.sorted_tables for row in connection.execute(table.select()))
    assert LINK not in kept and PASSCODE not in kept


def test_nobody_looks_at_what_is_not_for_them(make, client, held, recorder):
    theirs = client.as_(make.enrol(held.series))
    for ref in ("f-case", "f-chat"):
        assert theirs.post(f"/recordings/{one(ref).code}/watch").status_code in {400, 403}
        page = theirs.get_page(path(held))
        data = {"csrf_token": page.fields()["csrf_token"]}
        assert theirs.post(f"/recordings/{one(ref).code}/watch", data=data).status_code == 403
    assert recorder.asked == []
    assert db.session.scalars(select(Look)).all() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (TryLater("timeout pwd=abc"), "does not answer just now"),
        (GaveUp("no"), "does not answer just now"),
        (NotThere("gone"), "does not find this recording"),
    ],
)
def test_a_provider_that_does_not_answer_is_said_in_a_sentence(make, client, held, recorder, fault, words):
    recorder.fault = fault
    page = client.as_(make.enrol(held.series)).submit(
        path(held), status=409, action=f"/recordings/{one('f-didactic').code}/watch"
    )
    assert words in page.text()
    assert "pwd=" not in page.body


def test_a_file_of_a_case_is_shown_to_everybody_only_by_somebody_who_watched_it(make, client, held):
    hers, file = client.as_(make.coordinator()), one("f-case")
    url = f"/recordings/{file.code}/show"
    refused = hers.submit(url, status=409, who="all", reason="The case was moved; only the didactic is in it.")
    assert "Watch it to its end" in refused.text()
    hers.submit(url, who="all", reason="The case was moved; only the didactic is in it.", watched="y")
    page = client.as_(make.enrol(held.series)).get_page(path(held))
    assert len(page.all("tbody/tr")) == 2
    entry = db.session.scalars(select(Entry).where(Entry.thing == file.code)).one()
    assert (entry.facts["was"], entry.facts["became"]) == ("by run sheet", "shown")


def test_a_chat_is_shown_to_nobody_else_whoever_says_so(make, client, held):
    hers = client.as_(make.coordinator())
    page = hers.submit(f"/recordings/{one('f-chat').code}/show", status=409, who="all", reason="Please.", watched="y")
    assert "Texts and chats" in page.text()


def test_a_didactic_can_be_hidden_with_a_reason(make, client, held):
    hers = client.as_(make.coordinator())
    assert "Say why" in hers.submit(f"/recordings/{one('f-didactic').code}/show", status=422, who="team").text()
    hers.submit(f"/recordings/{one('f-didactic').code}/show", who="team", reason="The speaker named a patient.")
    assert len(client.as_(make.enrol(held.series)).get_page(path(held)).all("tbody/tr")) == 0


def test_a_decision_over_somebody_elses_is_refused(make, client, held):
    hers, file = client.as_(make.coordinator()), one("f-didactic")
    page = hers.get_page(f"/recordings/{file.code}/show")
    fields = page.fields()
    hers.submit(f"/recordings/{file.code}/show", who="team", reason="The speaker asked.")
    answer = hers.post(f"/recordings/{file.code}/show", data={**fields, "who": "sheet", "reason": "It is fine."})
    assert answer.status_code == 422
    assert one("f-didactic").shown is False


def test_taking_down_is_dark_at_once_and_then_removed_and_said(app, make, client, held, recorder):
    hers, file = client.as_(make.coordinator()), one("f-didactic")
    page = hers.submit(f"/recordings/{file.code}/take-down", reason="The speaker asked for it.")
    assert "Nobody" in page.text() and "Not confirmed yet" in page.text() and "The speaker asked for it." in page.text()
    participant = client.as_(make.enrol(held.series))
    assert len(participant.get_page(path(held)).all("tbody/tr")) == 0
    assert "The speaker asked" not in participant.get_page(path(held)).body
    assert watch(hers, held, file).status_code == 409
    assert recorder.asked == []
    recorder.keeps = True
    worker.work_off(app, now=make.now)
    assert "It is still there." in hers.get_page(path(held)).text()
    assert one("f-didactic").removed_at is None
    recorder.keeps = False
    later = make.now + timedelta(minutes=20)
    worker.work_off(app, now=later)
    assert one("f-didactic").removed_at == later
    assert ("remove", "f-didactic") in recorder.asked
    assert "Removed" in hers.get_page(path(held)).text()


def watch(client, session, file):
    token = client.get_page(path(session)).fields()["csrf_token"]
    return client.post(f"/recordings/{file.code}/watch", data={"csrf_token": token})


def test_a_removal_that_fails_for_good_is_said_and_asked_for_again_by_the_clock(app, make, client, held, recorder):
    hers, file = client.as_(make.coordinator()), one("f-didactic")
    hers.submit(f"/recordings/{file.code}/take-down", reason="The speaker asked for it.")
    recorder.fault = GaveUp("You may not delete recordings.")
    worker.work_off(app, now=make.now)
    assert "You may not delete recordings." in hers.get_page(path(held)).text()
    recorder.fault = None
    later = make.now + timedelta(hours=7)
    keep(app, later)
    assert one("f-didactic").removed_at == later


def keep(app, now):
    """What the clock asks for every half hour, and what follows from it."""
    with transaction():
        jobs.queue("meetings.keep_recordings", {}, now=now)
    worker.work_off(app, now=now)


def test_past_its_time_a_recording_is_dark_and_removed_and_a_week_ahead_the_page_says_so(
    app, make, client, held, recorder, monkeypatch
):
    ends = one("f-didactic").ends_at
    hers = client.as_(make.coordinator())
    assert one("f-didactic").keep_until == ends + timedelta(days=90)
    assert "Soon removed" not in hers.get_page(path(held)).text()
    monkeypatch.setattr(clock, "now", lambda: ends + timedelta(days=84))
    hers = client.as_(make.coordinator("Bea Again"))
    assert "Soon removed" in hers.get_page(path(held)).text()
    after = ends + timedelta(days=90, minutes=1)
    keep(app, after)
    file = one("f-didactic")
    assert (file.dark_kind, file.removed_at) == (Dark.OVER, after)
    assert ("remove", "f-didactic") in recorder.asked


def test_after_a_session_it_is_looked_what_was_recorded_and_found_files_are_noted_once(
    app, make, client, held, recorder
):
    with transaction():
        for row in db.session.scalars(select(Recording)).unique():
            db.session.delete(row)
    keep(app, make.now)
    keep(app, make.now + timedelta(minutes=30))
    db.session.rollback()
    assert {row.ref for row in db.session.scalars(select(Recording)).unique()} == {"f-didactic", "f-case", "f-chat"}
    assert [what for what in recorder.asked if what[0] == "list"] == [("list", "uuid-1")] * 2


def place_case(make, session) -> Case:
    """A case in the first slot of the session, presented there."""
    author = make.person("Author Writes")
    with transaction():
        cases.publish_form(name="common-core", schema=common_core(), now=make.now)
        case = cases.start(session.series.program, author=author, now=make.now)
        case.answers = {"main_question": STORY}
        case.state, case.submitted_at, case.session_id = CaseState.PRESENTED, make.now, session.id
        slot = db.session.scalars(select(Block).where(Block.session_id == session.id, Block.kind == "case")).first()
        slot.case_id = case.id
    return case


def test_a_recalled_case_takes_its_recordings_out_of_view_and_back(app, make, client, held, recorder):
    coordinator, other = make.coordinator(), make.person("Other Looks")
    case = place_case(make, held)
    hers = client.as_(coordinator)
    assert watch(hers, held, one("f-case")).status_code == 200
    with transaction():
        recalling.raise_recall(db.session.get_one(Case, case.id), by=db.session.merge(other), now=make.now)
    assert one("f-case").dark_kind is Dark.RECALL
    assert one("f-didactic").dark_since is None
    assert watch(hers, held, one("f-case")).status_code == 409
    late = RecordingFile("f-late", "one", "audio_only", one("f-case").starts_at, one("f-case").ends_at)
    recorder.files.append(late)
    keep(app, make.now)
    assert one("f-late").dark_kind is Dark.RECALL
    with transaction():
        darkness.lighten(db.session.get_one(Case, case.id), letters=False, now=make.now)
    assert one("f-case").dark_since is None and one("f-late").dark_since is None


def test_with_the_text_of_a_case_its_recordings_go(app, make, client, held, recorder):
    case = place_case(make, held)
    with transaction():
        darkness.darken(db.session.get_one(Case, case.id), word="identifier", now=make.now)
        darkness.bury_text(db.session.get_one(Case, case.id), now=make.now)
    worker.work_off(app, now=make.now)
    assert one("f-case").removed_at == make.now
    assert one("f-didactic").removed_at is None
