"""Zoom's refusals, whatever is in them: a fault without secrets, and scopes by their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import GaveUp
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom import refusals, scopes
from tests.outside.zoom_answers import ALL

SECRET = "tops3cretvalue"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(f"join https://zoom.us/j/1?pwd={SECRET}&x=1", id="a passcode in an address"),
        pytest.param(f"start https://zoom.us/s/1?zak={SECRET}", id="a start link"),
        pytest.param(f"https://zoom.us/w/1?tk={SECRET}", id="a personal link"),
        pytest.param(f"Authorization: Bearer {SECRET}", id="a bearer token"),
        pytest.param(f'{{"access_token": "{SECRET}"}}', id="a token in JSON"),
        pytest.param(f"password: {SECRET}", id="a password"),
        pytest.param(f"the token eyJzdiI6{SECRET}.x.y is expired", id="a token as it looks"),
        pytest.param(f"User {SECRET}@hub.example does not exist", id="somebody's address"),
        pytest.param(f"<a href='x?pwd={SECRET}'>here</a>", id="inside of HTML"),
    ],
)
def test_nothing_secret_stays_in_the_words(words):
    assert SECRET not in refusals.clean(words)


def test_what_is_no_secret_stays():
    words = "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests."
    assert refusals.clean(f"  {words}\n") == words
    assert len(refusals.clean("x" * 5000)) == refusals.LONGEST_WORDS


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "message", "errors", "field"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.sampled_from([400, 403, 404, 409, 422]), ANYTHING, st.sampled_from([op.CREATE, op.READ, op.REPORT]))
def test_whatever_the_body_is_there_is_a_fault(status, body, operation):
    fault = refusals.fault(status, body, operation)
    assert isinstance(fault, GaveUp) and fault.words.startswith("Zoom: ")


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        pytest.param(ALL.split(), (), id="an older app with everything"),
        pytest.param([need.new for need in scopes.VITAL], (), id="a newer app with everything"),
        pytest.param(
            [need.new.replace(":admin", ":master") for need in scopes.VITAL], (), id="of a master of accounts"
        ),
        pytest.param(None, (), id="nobody knows"),
        pytest.param(
            ["meeting:read:admin", "user:read:admin"], ("meeting:write:admin",), id="an older app that may only read"
        ),
        pytest.param(
            [need.new for need in scopes.VITAL if need is not scopes.REGISTER_MANY],
            ("meeting:write:batch_registrants:admin",),
            id="a newer app without batches",
        ),
        pytest.param([], tuple(dict.fromkeys(need.new for need in scopes.VITAL)), id="nothing at all"),
    ],
)
def test_missing_scopes_are_named_in_the_way_of_the_app(granted, expected):
    assert scopes.missing(scopes.VITAL, granted) == expected


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param("98765432101", "98765432101", id="a number"),
        pytest.param(
            "/ajXp112QmuoKj4854875==", "%252FajXp112QmuoKj4854875%253D%253D", id="a UUID that begins with a stroke"
        ),
        pytest.param("a//b==", "a%252F%252Fb%253D%253D", id="a UUID with two strokes"),
        pytest.param("KDcuGIm1QgePTO8WbOqwIQ", "KDcuGIm1QgePTO8WbOqwIQ", id="a user"),
        pytest.param("a-b_c", "a-b_c", id="a user with signs"),
        pytest.param("ada+x@hub.example", "ada%2Bx@hub.example", id="a user's address"),
        pytest.param("../../x?y=1#z", "..%252F..%252Fx%253Fy%253D1%2523z", id="what would lead elsewhere"),
    ],
)
def test_values_stay_where_they_are_put_in_a_path(value, path):
    assert op.READ.at(value) == f"/meetings/{path}"
