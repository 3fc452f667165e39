"""The pages of recalls, each refusal, and a crawl: whatever showed a word of a case shows none right after the press."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock, create_app
from echo_sessions.audit import service as audit
from echo_sessions.cases import queries, recommending, service
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Recall, Review
from echo_sessions.cases.recall import RecallState
from echo_sessions.database import db, transaction
from echo_sessions.mail.models import Letter
from echo_sessions.people.models import Hub
from echo_sessions.people.rules import Law, StaffRole
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import ways
from echo_sessions.sessions.rules import DutyRole
from tests.cases.recalls import Officers
from tests.cases.scene import COMPLETE
from tests.house.routes import routes
from tests.signing import signed_in

CANARY = "kingfisher"


@pytest.fixture
def scene(make):
    """At the real moment: pages ask the clock."""
    return Officers(make, clock.now())


def press(browser, case, **values):
    page = browser.get_page(f"/cases/{case.code}/recall")
    return browser.post(f"/cases/{case.code}/recall", data={**page.fields(), **values})


def decide(browser, found, what, **values):
    page = browser.get_page(f"/recalls/{found.code}/decide/{what}")
    return browser.post(f"/recalls/{found.code}/decide/{what}", data={**page.fields(), **values})


def test_everybody_who_may_read_has_the_button_and_others_have_none(scene, client):
    case = scene.presented()
    for person in (scene.author, scene.coordinator, scene.owner, scene.director, scene.participant):
        page = client.as_(person).get_page(f"/cases/{case.code}")
        assert "An identifier got through: darken this case" in page.body
        assert f"/cases/{case.code}/recall" in page.links()
    assert client.as_(scene.make.person()).get(f"/cases/{case.code}/recall").status_code == 404
    draft = scene.draft()
    assert "got through" not in client.as_(scene.author).get_page(f"/cases/{draft.code}").body
    assert client.as_(scene.author).get(f"/cases/{draft.code}/recall").status_code == 403
    assert client.as_().get(f"/cases/{case.code}/recall").status_code == 302


def test_only_the_author_and_those_who_run_it_say_that_the_patient_no_longer_agrees(scene, client):
    case = scene.presented()
    assert "no longer agrees" in client.as_(scene.author).get_page(f"/cases/{case.code}/recall").text()
    theirs = client.as_(scene.participant)
    assert "no longer agrees" not in theirs.get_page(f"/cases/{case.code}/recall").text()
    assert press(theirs, case, kind="withdrawn_consent").status_code == 422
    assert press(client.as_(scene.author), case, kind="withdrawn_consent").status_code == 303
    assert recalls.open_of(case.id).kind.value == "withdrawn_consent"


def test_the_button_alone_is_enough(scene, client):
    case = scene.presented()
    theirs = client.as_(scene.participant)
    answer = press(theirs, case)
    found = recalls.open_of(case.id)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/recalls/{found.code}")
    page = theirs.get_page(f"/recalls/{found.code}")
    assert "Thank you for saying so" in page.text() and "Who opened it" not in page.text()
    again = theirs.get(f"/cases/{case.code}")
    assert again.status_code == 404 and "being looked at" in again.get_data(as_text=True)
    assert f"/recalls/{found.code}" in again.get_data(as_text=True)


def test_who_would_have_read_it_hears_that_it_is_looked_at_and_strangers_nothing(scene, client):
    case = scene.presented()
    scene.recalled(case)
    other = scene.make.enrol(scene.series)
    page = client.as_(other).get_page(f"/cases/{case.code}", 404)
    assert "being looked at" in page.text() and not [link for link in page.links() if "/recalls/" in link]
    assert case.code not in page.text()
    assert "being looked at" not in client.as_(scene.make.person()).get(f"/cases/{case.code}").get_data(as_text=True)


def test_who_sees_what_of_a_recall(scene, client):
    case = scene.presented()
    found = scene.recalled(case, field="story", identifier="name", note="Second sentence.")
    with transaction():
        audit.saw(scene.participant.id, "case", case.code, at=scene.now)
    officers = client.as_(scene.owner).get_page(f"/recalls/{found.code}").text()
    assert "72 h by GDPR: until" in officers and "h left" in officers
    assert "Second sentence." in officers and "A name or initials" in officers and "Peter Phiri" in officers
    author = client.as_(scene.author).get_page(f"/recalls/{found.code}").text()
    assert "not even you" in author and "Peter Phiri" not in author and "Second sentence." not in author
    assert "Tom Begay" in author and "Ruth Alvarez" in author, "who decides is said"
    for person in (scene.coordinator, scene.make.person()):
        assert client.as_(person).get(f"/recalls/{found.code}").status_code == 404
    assert client.as_(scene.owner).get("/recalls/RC-NOWHERE1").status_code == 404
    assert client.as_().get(f"/recalls/{found.code}").status_code == 302


@pytest.mark.parametrize("what", ["authority", "people", "give-back", "destroy", "undo", "agree", "disagree", "close"])
def test_only_those_who_handle_it_decide(scene, client, what):
    found = scene.recalled()
    url = f"/recalls/{found.code}/decide/{what}"
    assert client.as_(scene.owner).get(url).status_code == 200
    assert client.as_(scene.author).get(url).status_code == client.as_(scene.participant).get(url).status_code == 403
    assert client.as_(scene.coordinator).get(url).status_code == 404
    assert client.as_(scene.owner).get(f"/recalls/{found.code}/decide/nothing").status_code == 404


def test_an_owner_who_raised_it_does_not_undo_it(scene, client):
    found = scene.recalled(by=scene.owner)
    hers = client.as_(scene.owner)
    assert hers.get(f"/recalls/{found.code}/decide/undo").status_code == 403
    assert hers.get(f"/recalls/{found.code}/decide/agree").status_code == 403
    assert "Undo this recall?" not in hers.get_page(f"/recalls/{found.code}").text()


def test_the_way_of_an_incident_through_its_pages(scene, client, app):
    case = scene.sent(app)
    with transaction():
        audit.saw(scene.participant.id, "case", case.code, at=scene.now)
    assert press(client.as_(scene.coordinator), case, field="recommendations", identifier="name").status_code == 303
    found = recalls.open_of(case.id)
    owner, director = client.as_(scene.owner), client.as_(scene.director)
    assert "Decide about case" in owner.get_page("/").text()
    assert decide(owner, found, "authority", tell="yes", reason="").status_code == 422
    assert decide(owner, found, "authority", reason="Kept words").status_code == 422
    assert decide(owner, found, "authority", tell="no", reason="Nobody could know.").status_code == 303
    assert decide(owner, found, "people", tell="yes", reason="They may have kept it.").status_code == 303
    refused = decide(owner, found, "close", reason="Too early, kept")
    assert refused.status_code == 422 and "Too early, kept" in refused.get_data(as_text=True)
    assert decide(director, found, "give-back", reason="The second sentence.", strike="y").status_code == 303
    author = client.as_(scene.author)
    assert "The second sentence." in author.get_page(f"/cases/{case.code}").text()
    assert "Correct the case" in author.get_page(f"/recalls/{found.code}").text()
    assert client.as_(scene.coordinator).get(f"/cases/{case.code}").status_code == 404
    assert decide(director, found, "close", reason="All is said.").status_code == 303
    db.session.expire_all()
    assert found.state is RecallState.CLOSED
    assert "All is said." in director.get_page(f"/recalls/{found.code}").text()
    assert owner.get_page(f"/recalls/{found.code}").text().count("Decide") == owner.get_page(
        f"/recalls/{found.code}"
    ).text().count("Decided")


def test_two_undo_it_through_their_pages(scene, client):
    case = scene.presented()
    found = scene.recalled(case)
    owner, director = client.as_(scene.owner), client.as_(scene.director)
    assert decide(owner, found, "undo", reason="A drug, not a name.").status_code == 303
    assert "Agree to undo it?" not in owner.get_page(f"/recalls/{found.code}").text()
    alone = decide(owner, found, "agree")
    assert alone.status_code == 422 and "somebody else must agree" in alone.get_data(as_text=True)
    assert "Agree to undo it?" in director.get_page(f"/recalls/{found.code}").text()
    assert decide(director, found, "agree").status_code == 303
    assert client.as_(scene.participant).get(f"/cases/{case.code}").status_code == 200


def test_destroying_through_its_page(scene, client):
    found = scene.recalled()
    assert decide(client.as_(scene.owner), found, "destroy", reason="Asked for.").status_code == 303
    page = client.as_(scene.author).get_page(f"/recalls/{found.code}").text()
    assert "deleted for good" in page
    assert "deleted for good" in client.as_(scene.author).get(f"/cases/{found.case.code}").get_data(as_text=True)


def test_the_list_has_what_one_may_see_and_is_searched(scene, client):
    first, second = scene.recalled(), scene.consent_ended(scene.submitted())
    theirs = client.as_(scene.participant).get_page("/recalls")
    assert first.case.code in theirs.body and second.case.code not in theirs.body
    owner = client.as_(scene.owner)
    page = owner.get_page("/recalls")
    assert first.case.code in page.body and second.case.code in page.body
    assert second.case.code not in owner.get_page(f"/recalls?q={first.case.code[-5:]}").body
    assert first.case.code in owner.get_page("/recalls?state=open").body
    assert "No recall found" in owner.get_page("/recalls?state=closed").text()
    assert "That is good." in client.as_(scene.make.person()).get_page("/recalls").text()
    assert "Cases out of view" in owner.get_page("/cases").text()
    assert "Cases out of view" not in client.as_(scene.make.person()).get_page("/cases").text()


def test_the_owner_sets_the_law(scene, client):
    owner = client.as_(scene.owner)
    page = owner.get_page("/recalls/law")
    fields = page.fields()
    assert fields["law"] == "gdpr"
    assert owner.post("/recalls/law", data={**fields, "law": "other", "name": "LGPD"}).status_code == 422
    assert owner.post("/recalls/law", data={**fields, "law": "other", "name": "LGPD", "hours": "48"}).status_code == 303
    hub = db.session.scalars(select(Hub)).one()
    assert (hub.law, hub.law_name, hub.law_hours) == (Law.OTHER, "LGPD", 48)
    found = scene.recalled()
    assert "48 h by LGPD" in owner.get_page(f"/recalls/{found.code}").text()
    assert client.as_(scene.director).get("/recalls/law").status_code == 404
    coordinator = scene.staff(scene.make.person(), StaffRole.COORDINATOR)
    assert client.as_(coordinator).get("/recalls/law").status_code == 404


def test_the_session_says_only_that_a_case_was_withdrawn(scene, client):
    case = scene.scheduled()
    with transaction():
        queries.blocks_with(case.id)[0].title = f"The {CANARY}"
    scene.recalled(case, by=scene.coordinator)
    hers = client.as_(scene.coordinator)
    page = hers.get_page(f"/sessions/{case.session.code}").text()
    assert "case withdrawn from view" in page and CANARY not in page and case.code not in page
    sheet = hers.get_page(f"/sessions/{case.session.code}/run-sheet")
    assert CANARY not in sheet.body
    answer = hers.post(f"/sessions/{case.session.code}/run-sheet", data=sheet.fields())
    assert answer.status_code == 303
    db.session.expire_all()
    assert queries.blocks_with(case.id)[0].title == f"The {CANARY}", "what is hidden is not lost by a save"


# The crawl


def whole(scene, app):
    """Four cases with the canary in everything that people write, and everybody who might see them."""
    make = scene.make
    told = {name: f"The {CANARY} {value}" if isinstance(value, str) and name in {"main_question", "story", "tried"} else value
            for name, value in COMPLETE.items()}  # fmt: skip
    review, returned, placed = scene.submitted(told), scene.returned(note=f"The {CANARY}."), scene.accepted(told)
    heard = scene.accepted(told)
    session, past = scene.session(timedelta(days=2)), scene.session()
    with transaction():
        service.place(placed, scene.slot(session), by=scene.coordinator, now=scene.now)
        service.place(heard, scene.slot(past), by=scene.coordinator, now=scene.now)
    with transaction():
        past.starts_at = scene.now - timedelta(hours=3)
        for case in (placed, heard):
            queries.blocks_with(case.id)[0].title = f"The {CANARY} slot"
    with transaction():
        service.present(heard, by=scene.coordinator, now=scene.now)
        recommending.add_recommendation(
            heard, text=f"Treat the {CANARY}.", category="diagnostic", said_by="hub", evidence=f"{CANARY} 2020", by=scene.coordinator, now=scene.now,
        )  # fmt: skip
    with transaction():
        service.save(returned, {**told, "story": f"A second {CANARY}."}, now=scene.now)
        db.session.add(
            Review(case=heard, at=scene.now, came_from=heard.state, went_to=heard.state, note=f"The {CANARY}.")
        )
    for one in (session, past):
        make.duty(one, DutyRole.PANEL, scene.director)
    people = {
        "author": scene.author, "coordinator": scene.coordinator, "owner": scene.owner, "director": scene.director,
        "participant": scene.participant, "panel": make.duty(session, DutyRole.PANEL).person, "facilitator": make.member(scene.program, Role.FACILITATOR),
        "observer": make.member(scene.program, Role.OBSERVER), "expert": make.duty(past, DutyRole.PANEL).person,
        "auditor": make.member(scene.program, Role.AUDITOR, ends_at=scene.now + timedelta(days=2)), "stranger": make.person(),
    }  # fmt: skip
    return (review, returned, placed, heard), (session, past), people


def addresses(app, scene, cases, sessions, people):
    """Every GET address that can be made of what there is."""
    codes = {
        "cases": [case.code for case in cases], "sessions": [session.code for session in sessions], "programs": [scene.program.code],
        "series": [scene.series.code], "people": [scene.author.code, scene.coordinator.code], "sites": [scene.site.code],
        "recalls": list(db.session.scalars(select(Recall.code))), "letters": list(db.session.scalars(select(Letter.code).order_by(Letter.id.desc()).limit(12))),
    }  # fmt: skip
    found = {urlpath(ways.feed_url(scene.author)), urlpath(ways.calendar_url(scene.author))}
    for route in routes(app):
        if "GET" not in route.methods:
            continue
        first = str(route.rule).split("/")[1]
        arguments = sorted(route.rule.arguments)
        if not arguments:
            found.add(str(route.rule))
        elif arguments == ["code"] and first in codes:
            found |= {route.url(code=code) for code in codes[first]}
        elif route.endpoint == "cases.decide_recall":
            found |= {route.url(code=code, what="destroy") for code in codes["recalls"]}
    return sorted(found)


def urlpath(url):
    return "/" + url.split("/", 3)[3]


EVERYWHERE = ("author", "coordinator", "owner")
"""Who walks through the whole house; the others where cases are."""
NEAR = ("/cases", "/recalls", "/sessions", "/me")


def shown(client, people, urls):
    """Where a word of a case is seen, and by whom."""
    seen = set()
    for who, person in people.items():
        browser = client.as_(person)
        for url in urls if who in EVERYWHERE else [url for url in urls if url == "/" or url.startswith(NEAR)]:
            answer = browser.get(url)
            if CANARY in answer.get_data(as_text=True).lower():
                seen.add((who, url))
    return seen


@pytest.mark.once
@pytest.mark.timeout(900)
def test_right_after_the_press_no_route_shows_a_word_of_it_to_anybody(scene, client, app, settings):
    cases, sessions, people = whole(scene, app)
    before = shown(client, people, addresses(app, scene, cases, sessions, people))
    seen_on = {url.replace(case.code, "…") for case in cases for _who, url in before if case.code in url}
    assert {
        "/cases/…",
        "/cases/…/review",
        "/cases/…/edit",
        "/cases/…/recommendations/edit",
        "/cases/…/recommendations/approve",
    } <= seen_on
    assert {url for _who, url in before} >= {f"/sessions/{session.code}" for session in sessions}
    assert {who for who, _url in before} == people.keys() - {"stranger"}
    for case in cases:
        assert press(client.as_(scene.coordinator), case, note="somewhere").status_code == 303
    after = addresses(app, scene, cases, sessions, people)
    assert len(after) > 60
    assert shown(client, people, after) == set()
    db.session.rollback()
    other = create_app(settings)  # another process, with nothing in its memory
    known, browser = signed_in(scene.author), other.test_client()
    with browser.session_transaction(base_url="https://echo.test") as cookie:
        cookie.update(known)
    assert {browser.get(f"/cases/{case.code}", base_url="https://echo.test").status_code for case in cases} == {404}
    with other.app_context():
        db.engine.dispose()


def test_no_button_of_a_dark_case_does_anything(scene, client, app):
    cases, _sessions, people = whole(scene, app)
    for case in cases:
        scene.recalled(case, by=scene.coordinator)
    asked = 0
    for person in (people["coordinator"], people["author"], people["owner"]):
        browser = client.as_(person)
        token = browser.get_page("/cases/new" if person is scene.author else "/me/settings").fields()["csrf_token"]
        for route in routes(app):
            if "POST" in route.methods and str(route.rule).startswith("/cases/<code>"):
                for case in cases:
                    answer = browser.post(
                        route.url(code=case.code), data={"csrf_token": token, "story": CANARY, "text": CANARY}
                    )
                    assert answer.status_code == 404, (route.endpoint, answer.status_code)
                    assert CANARY not in answer.get_data(as_text=True)
                    asked += 1
    assert asked > 50


def test_the_document_of_a_dark_case_is_given_to_nobody(scene, client, app):
    case = scene.sent(app)
    url = f"/cases/{case.code}/recommendations.pdf"
    for person in (scene.author, scene.participant, scene.coordinator):
        assert client.as_(person).get(url).status_code == 200
    scene.recalled(case)
    for person in (scene.author, scene.participant, scene.coordinator, scene.owner):
        assert client.as_(person).get(url).status_code == 404


def test_the_export_and_the_search_do_not_know_it(scene, client):
    case, other = scene.submitted(), scene.submitted()
    scene.recalled(case, by=scene.coordinator)
    hers = client.as_(scene.coordinator)
    csv = hers.get("/cases.csv").get_data(as_text=True)
    assert other.code in csv and case.code not in csv
    assert case.code not in hers.get_page(f"/cases?q={case.code}").text().replace("Search", "")
    assert "No case found" in hers.get_page(f"/cases?q={case.code}").text()


def test_a_recall_that_a_second_presses_is_one(scene, client):
    case = scene.presented()
    theirs, hers = client.as_(scene.participant), client.as_(scene.coordinator)
    fields = hers.get_page(f"/cases/{case.code}/recall").fields()
    assert press(theirs, case).status_code == 303
    late = hers.post(f"/cases/{case.code}/recall", data=fields)
    assert late.status_code == 404 and "being looked at" in late.get_data(as_text=True)
    assert len(db.session.scalars(select(Recall)).unique().all()) == 1
