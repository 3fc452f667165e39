"""A request cannot say where we live."""

import re

import pytest

from echo_sessions.config import BadSettings, Settings
from tests.client import Page
from tests.people.conftest import write_letters


def test_a_forged_host_does_not_reach_a_sign_in_letter(make, client, outbox):
    make.hub()
    person = make.person()
    visitor, evil = client.as_(), {"base_url": "https://evil.test", "headers": {"Referer": "https://echo.test/"}}
    fields = Page(visitor.get("/sign-in", **evil)).fields("/sign-in/link")
    answer = visitor.post("/sign-in/link", data={**fields, "email": person.address}, **evil)
    assert answer.status_code == 303
    write_letters()
    [letter] = outbox("people/sign_in_link")
    assert re.search(r"https://echo\.test/sign-in/\S+", letter.text) and "evil.test" not in letter.text + letter.html


def test_a_plain_request_behind_a_web_server_still_makes_https_links(make, whole_app):
    make.hub()
    answer = whole_app.test_client().get("/me", base_url="http://127.0.0.1:8000")
    assert answer.status_code == 302 and "127.0.0.1" not in answer.headers["Location"]


@pytest.mark.parametrize("number", ["-1", "ten", "10", "1.5"])
def test_the_number_of_web_servers_in_front_is_a_digit(number):
    with pytest.raises(BadSettings, match="ECHO_PROXIES"):
        Settings.from_env({"ECHO_PROXIES": number})
