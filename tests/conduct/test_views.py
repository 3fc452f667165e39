"""Pages about conduct: they work, and each refuses whom it must."""

from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.conduct import queries, service
from echo_sessions.conduct.rules import IncidentState, Step
from echo_sessions.database import transaction
from echo_sessions.programs import queries as programs
from echo_sessions.sessions.rules import DutyRole, DutyState
from tests.conduct.conftest import SECRET


@pytest.fixture
def incident(sent, town):
    [made] = sent(town.marc, now=clock.now())
    return made


@pytest.fixture
def decided(incident, town):
    with transaction():
        service.take_step(incident, Step.REMINDER, told="XTOLDX let others finish", by=town.ben, now=clock.now())
    return incident


@pytest.fixture
def appealed(decided, town):
    with transaction():
        service.appeal(decided, text="XAPPEALX I was provoked", by=town.marc, now=clock.now())
    return decided


@pytest.fixture
def heard(appealed, town):
    with transaction():
        service.choose_second(appealed, town.una, by=town.ben, now=clock.now())
    return appealed


def test_every_signed_in_page_has_the_way_to_report_with_its_code_in_hand(make, client, town):
    session = make.session(town.series)
    page = client.as_(town.grace).get_page(f"/sessions/{session.code}")
    [way] = [link for link in page.links() if link.startswith("/report")]
    assert way == f"/report?about={session.code}"
    form = client.as_(town.grace).get_page(way)
    assert form.fields("")["thing"] == session.code and form.fields("")["program"] == town.program.code
    assert "Report something" not in client.as_().get_page("/sign-in").body


def test_a_report_is_sent_and_its_sender_gets_a_receipt(make, client, town):
    hers = client.as_(town.grace)
    page = hers.submit("/report", text=SECRET, program=town.program.code, who="Marc", contact="y")
    [incident] = queries.reports_of(town.grace.id)
    assert incident.code in page.text() and "Received, being looked at" in page.text() and SECRET in page.text()
    assert incident.contact and incident.program is not None
    assert incident.code in hers.get_page("/report").text(), "earlier reports are found again"


def test_a_report_keeps_what_was_typed_when_words_are_missing(client, town):
    page = client.as_(town.grace).submit("/report", status=422, text="", who="Marc from the clinic")
    assert "Say what happened" in page.text() and page.fields("")["who"] == "Marc from the clinic"


def test_whoever_is_ticked_or_whose_page_it_was_is_out(client, town):
    client.as_(town.grace).submit("/report", text=SECRET, program=town.program.code, about=[town.ben.code])
    [incident] = queries.reports_of(town.grace.id)
    assert incident.accused == town.ben
    assert client.as_(town.ben).get(f"/conduct/{incident.code}").status_code == 404
    client.as_(town.grace).submit("/report", text=SECRET, program="", thing=town.dora.code)
    assert queries.reports_of(town.grace.id)[0].accused == town.dora


def test_only_those_are_offered_who_would_read_it(client, town):
    page = client.as_(town.grace).get_page("/report").text()
    assert "Ben Coordinator (runs Hepatitis C)" in page and "Olga Owner (works for the hub)" in page
    assert "Una Outside" not in page and "Marc Member" not in page


def test_a_receipt_is_its_senders_alone(client, town, incident):
    assert client.as_(town.grace).get(f"/report/{incident.code}").status_code == 200
    for other in (town.marc, town.ben, town.olga):
        assert client.as_(other).get(f"/report/{incident.code}").status_code == 404


def test_a_receipt_says_that_something_was_decided_and_not_what(client, town, decided):
    text = client.as_(town.grace).get_page(f"/report/{decided.code}").text()
    assert "Decided" in text and "eminder" not in text and "XTOLDX" not in text and "Marc" not in text


def test_the_list_shows_what_waits_to_those_who_handle_it(client, town, incident):
    for reader in (town.ben, town.dora, town.olga):
        page = client.as_(reader).get_page("/conduct")
        assert incident.code in page.text() and "Marc Member" in page.text() and SECRET not in page.body
    assert incident.code not in client.as_(town.una).get_page("/conduct").text(), "another program's business"
    for other in (town.marc, town.grace):
        assert client.as_(other).get("/conduct").status_code == 404
    found = client.as_(town.ben)
    assert incident.code in found.get_page("/conduct?q=marc").text()
    assert "Nothing found" in found.get_page("/conduct?q=XCANARYX").text(), "what was written cannot be searched"
    assert "Nothing found" in found.get_page("/conduct?state=warned").text()
    assert incident.code in found.get_page("/conduct?state=waiting").text()


def test_an_empty_list_says_how_reports_begin(client, town):
    assert "from the foot of every page" in client.as_(town.ben).get_page("/conduct").text()


def test_the_accused_moderator_finds_nothing_anywhere(make, client, town, sent):
    clerk = make.coordinator("Carl Clerk")
    [incident] = sent(clerk, now=clock.now())
    hers = client.as_(clerk)
    for url in ("/conduct", "/letters", f"/letters?q={incident.code}", "/audit", f"/audit?q={incident.code}", "/"):
        page = hers.get_page(url)
        assert not [link for link in page.links() if incident.code in link and "q=" not in link], url
        assert f"{incident.code} " not in page.text().replace(f"q={incident.code}", ""), url
        assert "A report waits" not in page.text(), url
    for url in (f"/conduct/{incident.code}", f"/conduct/{incident.code}/decide", f"/me/conduct/{incident.code}"):
        assert hers.get(url).status_code == 404, url
    assert incident.code in client.as_(town.olga).get_page("/letters").text()
    assert incident.code in client.as_(town.olga).get_page("/audit").text()


def test_a_report_is_read_by_those_who_handle_it(client, town, incident):
    text = client.as_(town.ben).get_page(f"/conduct/{incident.code}").text()
    assert SECRET in text and "Marc Member" in text and "Grace Okoro" not in text, "she did not wish to be asked"
    for other in (town.marc, town.grace, town.una):
        assert client.as_(other).get(f"/conduct/{incident.code}").status_code == 404
    assert client.as_().get(f"/conduct/{incident.code}").status_code == 302


def test_the_reporter_is_named_to_those_who_handle_it_only_where_she_said_so(client, town, sent):
    [incident] = sent(town.marc, contact=True, now=clock.now())
    assert "Grace Okoro" in client.as_(town.ben).get_page(f"/conduct/{incident.code}").text()


def test_a_reminder_is_decided_on_the_page(client, town, incident):
    page = client.as_(town.ben).submit(
        f"/conduct/{incident.code}/decide", step="reminder", told="Let others finish.", note="Spoke with both."
    )
    assert "Reminder given" in page.text() and "Spoke with both." in page.text()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param({"step": "reminder"}, "Write what the person is told", id="no words for the person"),
        pytest.param(
            {"step": "warning", "told": "x"}, "Reminder comes before this", id="a step is skipped without a reason"
        ),
        pytest.param({"step": "nothing"}, "Say why there is nothing to do", id="nothing to do without a reason"),
        pytest.param({}, "Choose one", id="nothing chosen"),
        pytest.param(
            {"step": "reminder", "told": "x", "version": "0"}, "Somebody else saved this", id="decided meanwhile"
        ),
    ],
)
def test_a_decision_that_lacks_something_comes_back_with_a_sentence(client, town, incident, values, sentence):
    page = client.as_(town.ben).submit(f"/conduct/{incident.code}/decide", status=422, note="", **values)
    assert sentence in page.text() or sentence in page.body
    assert queries.by_code(incident.code).state is IncidentState.REPORTED


def test_who_hears_an_appeal_does_not_decide_and_who_decides_does_not_hear(client, town, heard):
    assert client.as_(town.una).get(f"/conduct/{heard.code}").status_code == 200
    for url in ("decide", "person", "second"):
        assert client.as_(town.una).get(f"/conduct/{heard.code}/{url}").status_code == 403
    assert client.as_(town.ben).get(f"/conduct/{heard.code}/hearing").status_code == 403
    assert client.as_(town.marc).get(f"/conduct/{heard.code}/hearing").status_code == 404


def test_the_person_is_looked_for_and_named(client, town, sent):
    [incident] = sent(who="Mark from the clinic", now=clock.now())
    hers = client.as_(town.dora)
    assert "Nobody of this program is called so" in hers.get_page(f"/conduct/{incident.code}/person").text()
    assert "It is about Marc Member" in hers.get_page(f"/conduct/{incident.code}/person?q=marc").text()
    page = hers.submit(f"/conduct/{incident.code}/person?q=marc", person=town.marc.code, action="/person")
    assert "Marc Member" in page.text()
    answer = hers.post(f"/conduct/{incident.code}/person", data={"person": town.una.code})
    assert answer.status_code == 400, "without the token nothing is taken"


def test_who_is_no_part_of_the_program_is_not_named(client, town, sent):
    [incident] = sent(who="Marc", now=clock.now())
    url = f"/conduct/{incident.code}/person?q=marc"
    client.as_(town.dora).submit(url, status=200, person=town.una.code, action="/person")
    assert queries.by_code(incident.code).accused is None


def test_a_removal_clears_coming_sessions_and_calendars(make, client, town, incident):
    session = make.session(town.series, starts_at=clock.now() + timedelta(days=5))
    duty = make.duty(session, DutyRole.PANEL, town.marc)
    elsewhere = make.duty(make.session(make.series(make.program("Pain", label="PN")), starts_at=clock.now() + timedelta(days=6)), DutyRole.PANEL, town.marc)  # fmt: skip
    client.as_(town.ben).submit(
        f"/conduct/{incident.code}/decide", step="removal", told="Your part has ended.", because="He hurt somebody."
    )
    assert not programs.is_enrolled(town.series.id, town.marc.id)
    assert duty.state is DutyState.WITHDRAWN and elsewhere.state is DutyState.ACCEPTED


def test_the_person_concerned_reads_the_words_for_them_and_nothing_else(client, town, incident):
    url = f"/me/conduct/{incident.code}"
    assert client.as_(town.marc).get(url).status_code == 404, "before a decision there is nothing to know"
    with transaction():
        service.take_step(
            incident, Step.REMINDER, told="XTOLDX let others finish", note="XNOTEX", by=town.ben, now=clock.now()
        )
    page = client.as_(town.marc).get_page(url)
    assert "XTOLDX" in page.text() and "You may appeal until" in page.text()
    for word in (SECRET, "XNOTEX", "Grace", "Ben Coordinator"):
        assert word not in page.body
    for other in (town.grace, town.ben, town.olga):
        assert client.as_(other).get(url).status_code == 404


def test_a_removed_person_signs_in_and_appeals(make, client, town, incident):
    with transaction():
        service.take_step(
            incident,
            Step.REMOVAL,
            told="Your part has ended.",
            because="He hurt somebody.",
            by=town.ben,
            now=clock.now(),
        )
    theirs = client.as_(town.marc)
    theirs.submit(f"/me/conduct/{incident.code}", status=422, text="")
    page = theirs.submit(f"/me/conduct/{incident.code}", text="I was provoked.")
    assert "Your appeal is being heard" in page.text()
    assert queries.by_code(incident.code).state is IncidentState.APPEALED
    assert not [form for form in page.all("form") if form.get("method") == "post"], "one appeal"
    hers = client.as_(town.ben)
    assert "An appeal waits" in hers.get_page(f"/conduct/{incident.code}").text()
    hers.submit(f"/conduct/{incident.code}/second", status=422)
    hers.submit(f"/conduct/{incident.code}/second", person=town.una.code)
    second = client.as_(town.una)
    assert SECRET in second.get_page(f"/conduct/{incident.code}/hearing").text()
    second.submit(f"/conduct/{incident.code}/hearing", status=422, outcome="reversed", told="")
    second.submit(f"/conduct/{incident.code}/hearing", outcome="reversed", told="It was the other way round.")
    assert programs.is_enrolled(town.series.id, town.marc.id)
    page = theirs.get_page(f"/me/conduct/{incident.code}")
    assert "It was the other way round." in page.text() and "Final" in page.text()


def test_where_nobody_is_left_to_hear_the_page_says_what_to_do(make, client):
    program = make.program("Pain", label="PN")
    ben, marc = (make.member(program, role, make.person()) for role in ("coordinator", "expert"))
    grace = make.person()
    with transaction():
        [incident] = service.report(reporter=grace, about=[marc], text="x", program=program, now=clock.now())
        service.take_step(incident, Step.REMINDER, told="x", by=ben, now=clock.now())
        service.appeal(incident, text="x", by=marc, now=clock.now())
    assert "Nobody is left" in client.as_(ben).get_page(f"/conduct/{incident.code}/second").text()


def test_what_waits_stands_on_the_first_page_of_those_who_handle_it(client, town, incident):
    page = client.as_(town.ben).get_page("/")
    assert f"/conduct/{incident.code}" in page.links() and "Look at report" in page.text()
    assert "Look at report" not in client.as_(town.una).get_page("/").text()


def test_an_appeal_stands_on_the_first_page_of_whoever_hears_it(client, town, heard):
    assert f"/conduct/{heard.code}/hearing" in client.as_(town.una).get_page("/").links()
    assert f"/conduct/{heard.code}/hearing" not in client.as_(town.ben).get_page("/").links()


def test_who_is_named_between_looking_and_pressing_the_button_decides_nothing(client, town, sent):
    """The report is open on Ben's screen when Dora finds that it is about him."""
    [incident] = sent(now=clock.now())
    his = client.as_(town.ben)
    page = his.get_page(f"/conduct/{incident.code}/decide")
    with transaction():
        service.name_person(incident, town.ben, by=town.dora, now=clock.now())
    data = page.fields("") | {"step": "nothing", "note": "Nothing was there."}
    assert his.post(f"/conduct/{incident.code}/decide", data=data).status_code == 404
    assert queries.by_code(incident.code).state is IncidentState.REPORTED


def test_whoever_names_themselves_hands_it_over_in_the_same_step(client, town, sent):
    [incident] = sent(now=clock.now())
    page = client.as_(town.ben).submit(f"/conduct/{incident.code}/person?q=ben", person=town.ben.code, action="/person")
    assert "The report is about Ben Coordinator" in page.body
    assert client.as_(town.ben).get(f"/conduct/{incident.code}").status_code == 404
