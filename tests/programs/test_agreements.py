"""Texts with versions: what changed, who must agree, who has, and the page a program is trusted by."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.programs import agreements, differences, queries, service
from echo_sessions.programs.differences import Kind
from echo_sessions.programs.models import Acceptance
from echo_sessions.programs.rules import EnrolmentState, Role, TextKind

TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "dd", "eee"]), min_size=1, max_size=6).map(" ".join), max_size=5
).map("\n\n".join)


def publish(make, by, kind=TextKind.CONDUCT, text="We are kind.\n\nWe keep secrets."):
    with transaction():
        return service.publish_statement(make.hub(), text, by=by, now=make.now, kind=kind)


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


@pytest.fixture
def series(make, ana):
    return make.series(make.program())


# What changed


@given(TEXTS, TEXTS)
def test_without_what_was_added_it_is_the_old_text_and_without_what_was_taken_out_the_new(old, new):
    lines = differences.between(old, new)

    def words(leave: Kind) -> list[str]:
        return " ".join(run.words for line in lines for run in line if run.kind is not leave).split()

    assert words(Kind.ADDED) == old.split() and words(Kind.REMOVED) == new.split()


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        pytest.param("a b c", "a b c", [["same: a b c"]], id="nothing"),
        pytest.param("we meet on Monday", "we meet on Friday", [["same: we meet on ", "removed: Monday", "added: Friday"]], id="a word"),
        pytest.param("a b", "a b\n\nnew here", [["same: a b"], ["added: new here"]], id="a paragraph came"),
        pytest.param("a b\n\nold here", "a b", [["same: a b"], ["removed: old here"]], id="a paragraph went"),
        pytest.param("", "a", [["added: a"]], id="from nothing"),
    ],
)  # fmt: skip
def test_what_changed_is_said_word_by_word(old, new, runs):
    assert [[f"{run.kind}: {run.words}" for run in line] for line in differences.between(old, new)] == runs


# Who must agree


def test_a_member_agrees_to_each_text_once_and_again_when_it_changes(make, ana, series):
    grace = make.enrol(series)
    hub = make.hub()
    assert queries.to_accept(grace.id, hub.id) == []
    first, promise = publish(make, ana), publish(make, ana, TextKind.COLLABORATION)
    publish(make, ana, TextKind.PRIVACY)
    assert queries.to_accept(grace.id, hub.id) == [promise, first], "nobody agrees to a privacy notice"
    with transaction():
        for text in (first, promise, first):
            service.accept(grace, text, now=make.now)
    assert queries.to_accept(grace.id, hub.id) == []
    second = publish(make, ana, text="We are kind, always.")
    assert queries.to_accept(grace.id, hub.id) == [second]
    assert agreements.accepted_before(grace.id, second) == first
    stranger = make.person()
    with pytest.raises(Refused, match="changed meanwhile"), transaction():
        service.accept(stranger, first, now=make.now)


def test_only_members_are_asked(make, ana, series):
    text, hub = publish(make, ana), make.hub()
    asked = {
        "enrolled": make.enrol(series), "expert": make.member(series.program, Role.EXPERT),
        "left": make.enrol(series, state=EnrolmentState.LEFT), "waiting": make.enrol(series, state=EnrolmentState.ASKED),
        "nobody": make.person(),
    }  # fmt: skip
    assert {who for who, person in asked.items() if queries.to_accept(person.id, hub.id) == [text]} == {
        "enrolled",
        "expert",
    }


def test_whoever_publishes_has_agreed_by_it(make, ana, series):
    make.member(series.program, Role.COORDINATOR, ana)
    publish(make, ana)
    assert queries.to_accept(ana.id, make.hub().id) == []


# The gate


@pytest.fixture
def grace(make, ana, series):
    person = make.enrol(series, make.person("Grace Okoro"))
    publish(make, ana)
    return person


def test_a_member_is_led_to_the_text_and_back_to_where_they_wanted_to_go(client, series, grace):
    hers = client.as_(grace)
    answer = hers.get(f"/series/{series.code}?q=a")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/agreements?next=/series/{series.code}?q%3Da"
    page = hers.get_page(answer.headers["Location"])
    assert "We keep secrets." in page.text() and f"Leave {series.name}" in page.text()
    page = hers.submit(answer.headers["Location"], status=422)
    assert "Tick each text" in page.text()
    [box] = [field for field in page.all("input") if field.get("name") == "agree"]
    page = hers.submit(answer.headers["Location"], agree=box.get("value"))
    assert page.answer.request.path == f"/series/{series.code}"
    assert hers.get("/me").status_code == 200


def test_a_changed_text_shows_what_changed(client, make, ana, grace):
    with transaction():
        service.accept(grace, queries.statement_in_force(make.hub().id, TextKind.CONDUCT), now=make.now)
    publish(make, ana, text="We are kind.\n\nWe keep all secrets.")
    page = client.as_(grace).get_page("/agreements?next=/me")
    assert [" ".join("".join(ins.itertext()).split()) for ins in page.all("ins")] == ["added: all"]


def test_what_is_sent_meanwhile_is_refused_with_the_way_to_the_text(client, make, series, grace):
    hers = client.as_(grace)
    token = hers.get_page("/agreements").fields("/agreements")["csrf_token"]
    answer = hers.post("/cases/new", data={"csrf_token": token, "program": "1"})
    assert answer.status_code == 409
    body = answer.get_data(as_text=True)
    assert 'href="/agreements" target="_blank"' in body and "nothing you typed is lost" in body


def test_scripts_that_fetch_are_refused_not_led_elsewhere(client, grace):
    assert client.as_(grace).get("/me", headers={"Sec-Fetch-Dest": "empty"}).status_code == 409


def test_what_stays_open_while_a_text_waits(client, make, series, grace):
    hers = client.as_(grace)
    session = make.session(series)
    from echo_sessions.sessions import ways

    for url in (
        ways.join_url(session, grace), "/me/settings", "/me/verification", "/statement", "/texts/conduct", "/sign-out",
        f"/series/{series.code}/leave", f"/programs/{series.program.code}/trust", "/verify", "/healthz",
    ):  # fmt: skip
        assert hers.get(url).status_code == 200, url
    assert "agreements" not in hers.get("/feeds/x", follow_redirects=False).headers.get("Location", "")


def test_who_does_not_agree_leaves_and_is_asked_no_more(client, make, series, grace):
    hers = client.as_(grace)
    hers.submit(f"/series/{series.code}/leave", follow=False)
    assert queries.to_accept(grace.id, make.hub().id) == [] and hers.get("/me").status_code == 200


def test_strangers_and_hubs_without_texts_meet_no_gate(client, make):
    person = make.enrol(make.series())
    assert client.as_(person).get("/me").status_code == 200
    assert client.as_(person).get("/agreements").headers["Location"] == "/"
    assert client.as_().get("/agreements").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("onward", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"])
def test_nobody_is_led_out_of_the_house(client, grace, onward):
    hers = client.as_(grace)
    page = hers.get_page("/agreements?next=" + onward)
    [box] = [field for field in page.all("input") if field.get("name") == "agree"]
    data = {**page.fields("/agreements"), "agree": box.get("value")}
    answer = hers.post("/agreements?next=" + onward, data=data)
    assert answer.headers["Location"] == "/"


# Publishing, and who has agreed


def test_every_kind_has_versions_a_draft_and_what_changed(client, make, ana):
    hers = client.as_(ana)
    for kind in TextKind:
        assert "Write" in hers.get_page(f"/texts/{kind}").text()
        hers.submit(f"/texts/{kind}/new", follow=False)
        page = hers.submit(f"/texts/{kind}/new", text="Something else entirely, and short.")
        assert "Version 2 is in force" in page.body
        page = hers.get_page(f"/texts/{kind}/changes")
        assert page.all("del") and page.all("ins")
        assert hers.get(f"/texts/{kind}/changes?from=1&to=9").status_code == 404
    assert hers.get("/texts/nonsense").status_code == 404
    page = hers.submit("/texts/conduct/new", status=422, text="")
    assert "Write the text" in page.text()


def test_the_publisher_hears_how_many_are_asked(client, make, ana, series):
    make.enrol(series)
    assert "1 member reads what changed" in client.as_(ana).get_page("/texts/conduct/new").text()
    assert "Nobody is asked to agree" in client.as_(ana).get_page("/texts/privacy/new").text()


def test_the_hub_sees_who_has_agreed_and_who_has_not(client, make, ana, grace):
    hers = client.as_(ana)
    assert "Grace Okoro" in hers.get_page("/acceptances?who=still").text()
    assert "Grace Okoro" not in hers.get_page("/acceptances").text()
    with transaction():
        service.accept(grace, queries.statement_in_force(make.hub().id, TextKind.CONDUCT), now=make.now)
    assert "Grace Okoro" in hers.get_page("/acceptances?q=grace&kind=conduct").text()
    assert "Everybody has agreed" in hers.get_page("/acceptances?who=still").text()
    table = hers.get("/acceptances.csv").get_data(as_text=True)
    assert "Grace Okoro" in table and "conduct,1" in table
    for url in ("/acceptances", "/acceptances.csv", "/texts/conduct/new"):
        assert client.as_(grace).get(url).status_code == 404


# Trust


def test_the_trust_page_is_open_and_names_who_answers_for_it(client, make, ana, series):
    program = series.program
    make.member(program, Role.DIRECTOR, make.person("Dr Chidi Okoro"))
    for kind in TextKind:
        publish(make, ana, kind, f"This is about {kind}.")
    page = client.as_().get_page(f"/programs/{program.code}/trust")
    for words in (
        "Dr Chidi Okoro",
        "Mountain Hub",
        "hub@echo.test",
        "about conduct",
        "about privacy",
        "six years",
        "verified",
    ):
        assert words in page.text(), words
    assert "/enrol/" not in page.body and "person1@" not in page.body
    assert client.as_().get("/programs/PRG-00000000/trust").status_code == 404


def test_the_first_dates_wait_for_what_the_trust_page_lacks(client, make, ana, series):
    program = series.program
    assert [str(one)[:25] for one in agreements.lacks_of(program)] == [
        "There is no code of condu",
        "There is no privacy notic",
    ]
    with pytest.raises(Refused, match=r"no code of conduct.*no privacy notice"):
        agreements.may_publish_dates(program)
    assert "this page needs" in client.as_(ana).get_page(f"/programs/{program.code}/trust").text()
    assert "this page needs" not in client.as_().get_page(f"/programs/{program.code}/trust").text()
    publish(make, ana)
    publish(make, ana, TextKind.PRIVACY)
    with transaction():
        program.contact = " "
    assert ["no address" in str(one) for one in agreements.lacks_of(program)] == [True]


def test_an_acceptance_is_kept_with_its_moment(make, ana, grace):
    text = queries.statement_in_force(make.hub().id, TextKind.CONDUCT)
    later = make.now + timedelta(days=1)
    with transaction():
        service.accept(grace, text, now=later)
        service.accept(grace, text, now=later + timedelta(days=1))
    [kept] = db.session.query(Acceptance).filter_by(person_id=grace.id).all()
    assert kept.at == later
