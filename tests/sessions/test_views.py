"""Pages of sessions for those who run them: they work, then each refusal."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from echo_sessions import clock, ids
from echo_sessions.cases.models import Case, CaseForm
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import letters, queries, service
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import BlockKind, DutyRole, DutyState, SessionState
from tests.sessions.test_letters import counted

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return clock.now().replace(second=0, microsecond=0)


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def series(make, hub):
    return make.series()


@pytest.fixture
def ana(make, series):
    return make.enrol(series, make.person("Ana Abeyta", zone="Africa/Nairobi"))


@pytest.fixture
def draft(make, series, now):
    return make.session(series, starts_at=now + 10 * DAY, state=SessionState.DRAFT)


@pytest.fixture
def session(draft, hub, ana, now):
    """Published, in ten days, and everybody told."""
    with transaction():
        service.schedule(draft, by=hub, now=now)
    letters.tell(draft.id, now=now)
    return draft


def fresh(session):
    db.session.expire_all()
    return session


# The list


def test_the_list_shows_what_is_coming_and_finds_by_words(make, client, hub, series, session, now):
    make.session(series, starts_at=now - 5 * DAY, title="Long over")
    page = client.as_(hub).get_page("/sessions")
    assert "Cirrhosis in primary care" in page.text() and "Long over" not in page.text()
    assert "5 of 5 missing" in page.text()
    assert "Long over" in client.as_(hub).get_page("/sessions?show=past").text()
    assert "Long over" in client.as_(hub).get_page("/sessions?show=to_close&q=long").text()
    assert "No session fits" in client.as_(hub).get_page("/sessions?q=nothing+such").text()
    assert "Cirrhosis" in client.as_(hub).get_page(f"/sessions?program={series.program.code}").text()


def test_participants_list_their_own_and_no_drafts(make, client, series, session, ana, now):
    make.session(series, starts_at=now + DAY, title="Only a draft", state=SessionState.DRAFT)
    make.session(make.series(), starts_at=now + DAY, title="Somebody else's")
    words = client.as_(ana).get_page("/sessions").text()
    assert (
        "Cirrhosis" in words and "Only a draft" not in words and "Somebody else" not in words and "missing" not in words
    )


def test_an_empty_list_says_how_to_begin(make, client, hub):
    assert "No session ahead" in client.as_(hub).get_page("/sessions").text()
    assert "No session ahead" in client.as_(make.person()).get_page("/sessions").text()


def test_the_list_takes_as_many_queries_for_thirty_as_for_one(make, client, hub, series, now):
    first = client.as_(hub)
    make.session(series, starts_at=now + DAY)
    first.get_page("/sessions")
    with counted() as one:
        first.get_page("/sessions")
    for number in range(30):
        make.duty(make.session(series, starts_at=now + number * DAY + HOUR), DutyRole.PANEL)
    with counted() as thirty:
        first.get_page("/sessions")
    assert len(one) == len(thirty)


def test_the_list_as_csv_is_safe_to_open(make, client, hub, series, now):
    make.session(series, starts_at=now + DAY, title="=1+1")
    text = client.as_(hub).get("/sessions.csv").get_data(as_text=True)
    assert "'=1+1" in text and text.count("\n") == 2


# One page for all stages


@pytest.mark.parametrize(
    ("starts_in", "state", "words"),
    [
        pytest.param(10 * DAY, SessionState.DRAFT, "Publish it", id="a draft is to be published"),
        pytest.param(10 * DAY, SessionState.SCHEDULED, "Ask somebody", id="a published one lacks a facilitator"),
        pytest.param(-HOUR / 2, SessionState.SCHEDULED, "Open the way in", id="one that is on leads in"),
        pytest.param(10 * DAY, SessionState.CANCELLED, "Restore it", id="a cancelled one may be restored"),
    ],
)
def test_the_page_offers_the_next_step_of_its_stage(make, client, hub, series, now, starts_in, state, words):
    session = make.session(series, starts_at=now + starts_in, state=state, uid="u@echo.test", organizer="hub@echo.test")
    page = client.as_(hub).get_page(f"/sessions/{session.code}")
    [button] = [link for link in page.all("a") if "btn-primary" in (link.get("class") or "")]
    assert words in "".join(button.itertext())


def test_after_the_event_it_asks_to_be_closed_where_there_is_a_page_for_that(make, client, app, hub, series, now):
    session = make.session(series, starts_at=now - DAY, uid="u@echo.test")
    page = client.as_(hub).get_page(f"/sessions/{session.code}")
    assert "Held" in page.text() and "Take back" not in page.text()
    assert ("Close this session" in page.text()) == ("attendance.close_page" in app.view_functions)


def test_the_run_sheet_stands_there_with_hours_that_add_up(client, hub, session):
    words = client.as_(hub).get_page(f"/sessions/{session.code}").text()
    zone = ZoneInfo(session.zone)
    for minutes in (0, 10, 30, 55, 80):
        assert f"{(session.starts_at + timedelta(minutes=minutes)).astimezone(zone):%H:%M}" in words
    assert "90 minutes." in words and "free slot" in words


def test_participants_see_the_plan_and_their_own_answer_but_nothing_of_the_work(make, client, session, ana):
    grace = make.person("Grace Okoro")
    make.duty(session, DutyRole.PANEL, grace)
    make.duty(session, DutyRole.PANEL, make.person("Ben Asked"), state=DutyState.OFFERED)
    page = client.as_(ana).get_page(f"/sessions/{session.code}")
    words = page.text()
    assert "Grace Okoro" in words and "Say whether you come" in words and "See the way in" in words
    assert "Ben Asked" not in words and "Readiness" not in words and "History" not in words and "Cancel" not in words


def test_the_providers_address_is_on_no_page_but_the_one_where_it_is_pasted(client, hub, session, ana, now):
    with transaction():
        service.set_link(session, "https://zoom.us/j/998877", by=hub, now=now)
    for person, path in ((hub, ""), (ana, ""), (hub, "/people"), (hub, "/edit"), (hub, "/run-sheet")):
        assert "998877" not in client.as_(person).get_page(f"/sessions/{session.code}{path}").body
    assert "998877" in client.as_(hub).get_page(f"/sessions/{session.code}/link").body


def test_a_full_page_stays_light(make, client, hub, series, draft, now):
    people = [make.enrol(series, make.person(f"Participant with a longer name {n}", account=False)) for n in range(24)]
    form = CaseForm(name="Common", number=1, schema={}, published_at=now)
    with transaction():
        db.session.add(form)
        db.session.flush()
        draft.blocks.clear()
        db.session.flush()
        from echo_sessions.sessions.models import Block

        for position in range(12):
            kind = BlockKind.CASE if position % 3 == 0 else BlockKind.DISCUSSION
            block = Block(
                position=position,
                kind=kind,
                minutes=7 + 6 * (position == 0),
                title=f"A block with a title {position}",
                owner_id=hub.id,
            )
            if kind is BlockKind.CASE:
                case = Case(
                    code=ids.code("HCV", 6),
                    program_id=series.program_id,
                    author_id=people[position].id,
                    form_id=form.id,
                    created_at=now,
                    state_since=now,
                    state=CaseState.SCHEDULED,
                    session_id=draft.id,
                )
                db.session.add(case)
                db.session.flush()
                block.case_id = case.id
            draft.blocks.append(block)
    for role in DutyRole:
        make.duty(draft, role)
    with transaction():
        service.schedule(draft, by=hub, now=now)
    letters.tell(draft.id, now=now)
    page = client.as_(hub).get_page(f"/sessions/{draft.code}")
    assert page.text().count("Participant with a longer name") >= 24 and "A block with a title 11" in page.text()
    assert len(page.body.encode()) < 25_000, len(page.body.encode())


@pytest.mark.parametrize("path", ["", "/people", "/edit", "/cancel", "/restore", "/link", "/run-sheet", "/publish"])
def test_strangers_find_nothing_and_participants_may_not_plan(make, client, session, ana, path):
    url = f"/sessions/{session.code}{path}"
    assert client.as_().get(url).status_code == 302
    client.as_(make.person()).get_page(url, status=404)
    client.as_(ana).get_page(url, status=403 if path else 200)
    assert client.as_(make.person()).get("/sessions/S-00000000").status_code == 404


def test_a_draft_is_not_there_for_participants(client, draft, ana):
    client.as_(ana).get_page(f"/sessions/{draft.code}", status=404)


def test_a_coordinator_of_the_program_may_plan_and_an_expert_may_look(make, client, series, session):
    runner, expert = make.member(series.program, Role.COORDINATOR), make.member(series.program, Role.EXPERT)
    client.as_(runner).get_page(f"/sessions/{session.code}/edit")
    client.as_(expert).get_page(f"/sessions/{session.code}")
    client.as_(expert).get_page(f"/sessions/{session.code}/edit", status=403)


def test_people_are_listed_with_their_answers_and_taken_away_as_csv(make, client, hub, session, ana):
    page = client.as_(hub).get_page(f"/sessions/{session.code}/people?q=abeyta")
    assert "Ana Abeyta" in page.text() and "No answer yet" in page.text()
    text = client.as_(hub).get(f"/sessions/{session.code}/people?as=csv").get_data(as_text=True)
    assert "Ana Abeyta" in text and ana.address in text


# Publishing


def test_one_draft_is_published_after_a_look_at_the_letters(client, hub, draft, ana, outbox):
    url = f"/sessions/{draft.code}/publish"
    page = client.as_(hub).get_page(url)
    assert (
        "1 invitation leaves now." in page.text()
        and "Send 1 invitation" in page.text()
        and "Invitation: Hepatitis C" in page.text()
    )
    assert fresh(draft).state is SessionState.DRAFT and outbox() == [] and draft.uid is None
    page = client.as_(hub).submit(url)
    assert "The session is published." in page.text() and fresh(draft).state is SessionState.SCHEDULED
    client.as_(hub).get_page(url, status=409)


def test_a_draft_far_ahead_tells_nobody_yet(make, client, hub, series, ana, now):
    far = make.session(series, starts_at=now + 100 * DAY, state=SessionState.DRAFT)
    page = client.as_(hub).get_page(f"/sessions/{far.code}/publish")
    assert "Nobody now. Invitations leave 21 days before" in page.text() and "Publish it" in page.text()


def test_a_season_is_published_at_once(make, client, hub, series, draft, ana, now, outbox):
    later = make.session(series, starts_at=now + 60 * DAY, state=SessionState.DRAFT)
    gone = make.session(series, starts_at=now - DAY, state=SessionState.DRAFT)
    url = f"/series/{series.code}/sessions/publish"
    page = client.as_(hub).get_page(url)
    assert (
        "Publish 2 sessions" in page.text()
        and "1 invitation leaves now; those for later dates follow 21 days before each." in page.text()
    )
    assert outbox() == []
    client.as_(hub).submit(url, follow=False)
    states = [fresh(each).state for each in (draft, later, gone)]
    assert states == [SessionState.SCHEDULED, SessionState.SCHEDULED, SessionState.DRAFT]
    assert "Nothing to publish" in client.as_(hub).get_page(url).text()


def test_drafts_that_changed_since_the_look_are_looked_at_again(make, client, hub, series, draft, now):
    url, browser = f"/series/{series.code}/sessions/publish", client.as_(hub)
    token = browser.get_page(url).fields()["csrf_token"]
    make.session(series, starts_at=now + 30 * DAY, state=SessionState.DRAFT)
    answer = browser.post(url, data={"csrf_token": token, "seen": draft.code})
    assert answer.status_code == 409 and "have changed since you looked" in answer.get_data(as_text=True)
    assert fresh(draft).state is SessionState.DRAFT


def test_only_who_runs_the_series_publishes_it(make, client, series, draft, ana):
    url = f"/series/{series.code}/sessions/publish"
    client.as_(ana).get_page(url, status=403)
    client.as_(make.person()).get_page(url, status=404)


# Changing


def local(session, by=timedelta()):
    at = (session.starts_at + by).astimezone(ZoneInfo(session.zone))
    return {"day": at.date().isoformat(), "start": f"{at:%H:%M}"}


def test_a_move_is_shown_first_then_done(client, hub, session, outbox):
    url, before = f"/sessions/{session.code}/edit", session.starts_at
    page = client.as_(hub).submit(url, status=200, **local(session, DAY))
    assert "1 letter leaves now." in page.text() and "Invitation: " in page.text(), (
        "the first letter never left, so this is one"
    )
    assert "Save and tell 1 person" in page.text() and fresh(session).starts_at == before and session.sequence == 0
    browser = client.as_(hub)
    fields = page.fields()
    fields["csrf_token"] = browser.get_page(url).fields()["csrf_token"]
    assert browser.post(url, data=fields).status_code == 303
    assert fresh(session).starts_at == before + DAY and session.sequence == 1


def test_from_the_look_one_can_go_back_with_everything_typed(client, hub, session):
    url, browser = f"/sessions/{session.code}/edit", client.as_(hub)
    page = browser.submit(url, status=200, title="Another topic")
    answer = browser.post(url, data={**page.fields(), "do": "back"})
    assert answer.status_code == 200 and 'value="Another topic"' in answer.get_data(as_text=True)
    assert fresh(session).title == "Cirrhosis in primary care"


def test_a_draft_is_saved_without_ado(client, hub, draft):
    page = client.as_(hub).submit(f"/sessions/{draft.code}/edit", title="New topic", minutes="60")
    assert "The session is saved." in page.text() and fresh(draft).title == "New topic" and draft.minutes == 60


def test_a_time_in_the_past_is_refused_where_it_was_typed(client, hub, session):
    page = client.as_(hub).submit(f"/sessions/{session.code}/edit", status=422, day="2020-01-01", title="Kept words")
    assert "The new time lies in the past" in page.text() and 'value="Kept words"' in page.body


@pytest.mark.parametrize(
    ("field", "value"), [("minutes", "ninety"), ("day", "soon"), ("start", "25:00"), ("minutes", "3")]
)
def test_what_cannot_be_read_is_said_beside_the_field(client, hub, session, field, value):
    page = client.as_(hub).submit(f"/sessions/{session.code}/edit", status=422, **{field: value})
    assert page.all("p[@class='err']")


@pytest.mark.parametrize("path", ["edit", "cancel", "link", "run-sheet"])
def test_a_save_over_somebody_elses_is_noticed(client, hub, session, path):
    browser = client.as_(hub)
    old = browser.get_page(f"/sessions/{session.code}/{path}").fields()
    with transaction():
        service.change(session, title="Theirs", starts_at=session.starts_at, minutes=90, by=hub, now=clock.now())
    answer = browser.post(
        f"/sessions/{session.code}/{path}", data={**old, "title": "Mine", "meeting_url": "https://mine.test/"}
    )
    assert answer.status_code == 422 and "Somebody else saved this" in answer.get_data(as_text=True)
    assert fresh(session).title == "Theirs" and session.state is SessionState.SCHEDULED and session.meeting_url is None


def test_cancelling_says_who_is_told_and_restoring_too(client, hub, session, ana, post, now):
    post.run(now)
    page = client.as_(hub).get_page(f"/sessions/{session.code}/cancel")
    assert "Cancel it and tell 1 person" in page.text()
    page = client.as_(hub).submit(f"/sessions/{session.code}/cancel", reason="The speaker is ill.")
    assert "The session is cancelled." in page.text() and "The speaker is ill." in page.text()
    post.run(clock.now())
    page = client.as_(hub).get_page(f"/sessions/{session.code}/restore")
    assert "Restore it and invite 1 person" in page.text() and "takes place after all" in page.text()
    page = client.as_(hub).submit(f"/sessions/{session.code}/restore")
    assert fresh(session).state is SessionState.SCHEDULED
    post.run(clock.now())
    assert [method for method, _ in post.told(ana)] == ["REQUEST", "CANCEL", "REQUEST"]


def test_cancelling_before_any_letter_left_tells_nobody(client, hub, session):
    assert "Nobody is told" in client.as_(hub).get_page(f"/sessions/{session.code}/cancel").text()


def test_a_look_changes_nothing_and_queues_nothing(client, hub, session, draft, outbox):
    from echo_sessions.audit.models import Entry
    from echo_sessions.jobs.models import Job

    def rows():
        db.session.rollback()
        return (
            [len(db.session.scalars(select(kind.id)).all()) for kind in (Entry, Job, Session)],
            len(outbox()),
            fresh(session).version,
        )

    hers, before = client.as_(hub), rows()  # who signs in is in the audit
    for path in ("", "/cancel", "/edit", "/people", "/link", "/run-sheet"):
        hers.get_page(f"/sessions/{session.code}{path}")
    assert rows() == before


def test_a_pasted_link_is_kept_and_what_is_none_is_refused(client, hub, session):
    url = f"/sessions/{session.code}/link"
    page = client.as_(hub).submit(url, status=422, meeting_url="zoom dot us")
    assert "This is no web address" in page.text() and 'value="zoom dot us"' in page.body
    client.as_(hub).submit(url, meeting_url="https://zoom.us/j/1")
    assert fresh(session).meeting_url == "https://zoom.us/j/1"


# The run sheet


def test_a_run_sheet_is_saved_when_it_adds_up(client, hub, session):
    page = client.as_(hub).submit(
        f"/sessions/{session.code}/run-sheet", **{"minutes-1": "5", "minutes-2": "25", "title-2": "DAA therapy"}
    )
    assert "The run sheet is saved." in page.text() and "DAA therapy" in page.text()
    assert [block.minutes for block in fresh(session).blocks] == [5, 25, 25, 25, 10]


def test_a_wrong_sum_is_refused_with_the_sentence_and_nothing_typed_is_lost(client, hub, session):
    page = client.as_(hub).submit(
        f"/sessions/{session.code}/run-sheet", status=422, **{"minutes-1": "30", "title-1": "A long hello"}
    )
    assert "The blocks add up to 110 minutes, 20 too many for a session of 90; shorten some." in page.text()
    assert 'value="A long hello"' in page.body and 'value="30"' in page.body
    assert fresh(session).blocks[0].minutes == 10


@pytest.mark.parametrize(
    ("act", "order"),
    [
        pytest.param("up:2", ["didactic", "welcome", "case", "case", "closing"], id="earlier"),
        pytest.param("down:1", ["didactic", "welcome", "case", "case", "closing"], id="later"),
        pytest.param("up:1", ["welcome", "didactic", "case", "case", "closing"], id="the first stays"),
        pytest.param("drop:5", ["welcome", "didactic", "case", "case"], id="out"),
        pytest.param("add", ["welcome", "didactic", "case", "case", "closing", "discussion"], id="one more"),
        pytest.param("drop:99", ["welcome", "didactic", "case", "case", "closing"], id="no such row"),
        pytest.param("hop:x", ["welcome", "didactic", "case", "case", "closing"], id="no such act"),
    ],
)
def test_rows_move_without_script_and_nothing_is_saved_by_it(client, hub, session, act, order):
    page = client.as_(hub).submit(
        f"/sessions/{session.code}/run-sheet", status=200, move=act, **{"title-1": "Typed just now"}
    )
    kinds = [value for name, value in page.fields().items() if name.startswith("kind-")]
    assert kinds == order and 'value="Typed just now"' in page.body
    assert len(fresh(session).blocks) == 5 and session.blocks[0].title == ""


def test_rows_moved_by_script_are_saved_in_their_new_places(client, hub, session):
    ids_ = [block.id for block in session.blocks]
    client.as_(hub).submit(f"/sessions/{session.code}/run-sheet", **{"position-1": "2", "position-2": "1"})
    assert [block.id for block in fresh(session).blocks] == [ids_[1], ids_[0], *ids_[2:]]


def test_nobody_from_elsewhere_gets_a_block_in_hand(make, client, hub, session):
    stranger = make.person()
    client.as_(hub).submit(f"/sessions/{session.code}/run-sheet", **{"owner-1": str(stranger.id)})
    assert fresh(session).blocks[0].owner_id is None


def test_a_visit_to_every_page_leaves_a_history_in_words(client, hub, session):
    client.as_(hub).submit(f"/sessions/{session.code}/link", meeting_url="https://zoom.us/j/1")
    words = client.as_(hub).get_page(f"/sessions/{session.code}").text()
    assert "Meeting link set" in words and "Published" in words and hub.name in words


def test_facts_come_from_the_rows(make, client, hub, session):
    for role in (DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.PRESENTER):
        make.duty(session, role)
    assert "2 of 5 missing: case, meeting link" in client.as_(hub).get_page("/sessions").text()
    assert queries.facts_of([fresh(session)])[session.id].experts == 1
