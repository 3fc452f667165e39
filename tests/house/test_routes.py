"""Every way into the house has a guard, or stands in a list by hand with its reason."""

import pytest
from werkzeug.routing import IntegerConverter

from tests.house.routes import FOREIGN, routes

OPEN = {
    "people.sign_in": "the door itself",
    "people.ask_link": "one asks for a link before one is signed in; the answer tells nothing",
    "people.type_code": "the letter's code is the proof, in the browser that asked for it",
    "people.passkey_question": "a random text for a passkey to sign; tells nothing about anybody",
    "people.by_passkey": "the passkey is the proof",
    "people.second": "who is half in proves the second factor; others are sent to the door",
    "people.second_by_passkey": "likewise, by a passkey",
    "people.by_provider": "off to the organisation's own sign-in; tells nothing",
    "people.back_from_provider": "the provider's signed answer is the proof, once",
    "people.link_sent": "what to do now; tells nothing about anybody",
    "people.use_link": "the link is the proof, and works once",
    "people.confirm_address": "the link from the letter proves the mailbox; it works once and signs nobody in",
    "merging.recover": "whoever lost every address cannot sign in; the answer is the same whoever asks",
    "merging.recovery_asked": "what to do now; tells nothing about anybody",
    "merging.confirm_recovery": "the link proves the new mailbox; it works once and signs nobody in",
    "merging.stop_recovery": "the link went to an old address of the record, whose owner may object",
    "sessions.join": "the link is the proof: one click to the meeting, on any device",
    "sessions.join_file": "the same link: this one date for a calendar, without the provider's address",
    "sessions.try_line": "the same link: camera, sound and line are tried before one has to sign in anywhere",
    "sessions.line_sample": "the same link: random bytes by which that page measures the line",
    "sessions.rsvp": "the link is the proof: people answer from their mailbox",
    "sessions.feed": "calendar programs cannot sign in; the link is the proof",
    "sessions.calendar_list": "the link is the proof",
    "sessions.no_delegate": "whoever was named to keep a diary may not want it; the link is the proof, and can only end it",
    "experts.answer": "experts answer from their mailbox; the link is the proof",
    "sessions.calendar_file": "the same as a file, for calendar programs that ask for one",
    "programs.enrol_by_link": "people enrol before they have an account; the link is the proof",
    "programs.trust": "people read whom they trust before they enrol; names of those who answer for it, and texts",
    "programs.enrolment_asked": "what to do now; tells nothing about anybody",
    "programs.ask_to_observe": "people ask to look on before they have an account; tells nothing about anybody",
    "programs.confirm_observing": "proves the address that was typed; the link works once",
    "programs.confirm_enrolment": "proves the address that was typed; the link works once",
    "certificates.download": "the link is the proof, for 30 days",
    "certificates.verify": "an employer or a board asks whether a certificate is genuine",
    "health.healthz": "whoever watches over the processes cannot sign in; says only that this one lives",
    "health.readyz": "likewise; says which part is missing, by a word",
    "reports.csp_reports": "browsers report by themselves what the security policy refused; a line of the log, cut short",
    "reports.security_txt": "whoever finds a hole looks here for whom to write to (RFC 9116)",
    "meetings.zoom_hook": "Zoom tells what happens and cannot sign in; its signature over the bytes is the proof, the answer is empty",
    "meetings.bbb_hook": "BigBlueButton likewise",
    "certificates.verify_code": "the same, with the code in the address, as the paper's square code has it",
    "demo.inbox": "only in a demo: shows invented letters to whoever tries it",
    "demo.letter": "only in a demo, likewise",
    "demo.letter_html": "only in a demo, likewise",
}
"""Routes that need no sign-in. A new one is added here together with its reason, and its own tests of what it tells."""

SECURITY = {
    "security.login": "the door",
}
"""Routes of the sign-in library that are switched on."""


UNFORGED = {
    "reports.csp_reports": "sent by browsers themselves, changes nothing",
    "meetings.zoom_hook": "sent by Zoom itself, under its signature",
    "meetings.bbb_hook": "sent by BigBlueButton itself, under its signature",
}
"""Routes that take what was sent without the token against forging."""


def test_every_route_is_guarded_or_open_for_a_reason(whole_app):
    unguarded = {route.endpoint for route in routes(whole_app) if route.guard is None}
    assert unguarded == set(), "put @signed_in, @staff_only or @open_to_all directly under the route"
    opened = {route.endpoint for route in routes(whole_app) if route.guard == "open_to_all"}
    assert opened - OPEN.keys() == set(), "write down why everybody may look, in tests/house/test_routes.py"


def test_routes_of_others_are_the_ones_we_know(whole_app):
    foreign = {rule.endpoint for rule in whole_app.url_map.iter_rules() if rule.endpoint.startswith(FOREIGN)}
    known = {"static", "bootstrap.static", "security.static", "_fs_static"} | SECURITY.keys()
    assert foreign - known == set(), "the sign-in library opens a route that nobody has thought about"


def test_nothing_is_sent_without_the_token_against_forging(app, make, client):
    hers = client.as_(make.coordinator())
    sending = [
        route
        for route in routes(app)
        if route.methods & {"POST", "PUT", "PATCH", "DELETE"} and route.endpoint not in UNFORGED
    ]
    answers = {route.endpoint: hers.post(route.url()).status_code for route in sending if "POST" in route.methods}
    assert len(answers) > 3
    assert {endpoint for endpoint, status in answers.items() if status != 400} == set()


def test_the_hubs_pages_are_unknown_to_participants(app, make, client):
    make.hub()
    theirs = client.as_(make.person())
    staff = [route for route in routes(app) if route.guard == "staff_only" and "GET" in route.methods]
    assert {route.endpoint: theirs.get(route.url()).status_code for route in staff} == {
        route.endpoint: 404 for route in staff
    }
    assert len(staff) > 3


def test_strangers_are_sent_to_the_door(app, make, client):
    make.hub()
    closed = [route for route in routes(app) if route.guard in {"staff_only", "signed_in"} and "GET" in route.methods]
    sent = {route.endpoint: client.as_().get(route.url()) for route in closed}
    assert {endpoint for endpoint, answer in sent.items() if answer.status_code != 302} == set()
    assert {endpoint for endpoint, answer in sent.items() if "/sign-in/" not in answer.headers["Location"]} == set()


def test_open_pages_survive_a_link_that_is_nonsense(app, make, client):
    make.hub()
    opened = [route for route in routes(app) if route.guard == "open_to_all" and "GET" in route.methods]
    answers = {route.endpoint: client.as_().get(route.url()).status_code for route in opened}
    assert {endpoint: status for endpoint, status in answers.items() if status >= 500} == {}


def test_no_address_counts_rows(whole_app):
    """Codes in addresses tell nothing; numbers would tell how many there are. Below a thing whose code one has to know they
    are fine; and jobs and awards have no code of their own: only the hub, or their owner, sees them."""
    counting = {
        route.endpoint
        for route in routes(whole_app)
        if {type(converter) for converter in route.rule._converters.values()} == {IntegerConverter}
    }
    assert counting <= {"jobs.try_again", "credit.claim"}


def test_endpoints_are_called_like_their_functions(whole_app):
    for route in routes(whole_app):
        assert whole_app.view_functions[route.endpoint].__name__ == route.endpoint.rsplit(".", 1)[-1]


@pytest.mark.parametrize(
    "header", ["Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"]
)
def test_every_answer_carries_the_headers(app, make, client, header):
    make.hub()
    for url in ("/sign-in", "/nowhere", "/static/theme.css", "/sign-in/link-sent"):
        with client.as_().get(url) as answer:
            assert header in answer.headers, url
