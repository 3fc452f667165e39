"""What is pure about signing in: waits, networks, strength of passwords, words for devices, days of grace."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import Refused
from echo_sessions.people.devices import device_words
from echo_sessions.people.rules import GRACE, Stay, grace_left, stay_of
from echo_sessions.people.strength import LEAST, MOST, check
from echo_sessions.people.waits import ADDRESS, NETWORK, Kind, Wait, network_of
from tests.conftest import NOON

OWN = ("Grace Okoro", "grace.okoro@clinic-valley.example", "Mountain Hub")
WAITS = st.sampled_from([*ADDRESS.values(), *NETWORK.values()])


@given(WAITS, st.integers(0, 10**9))
def test_waits_grow_and_end(wait, count):
    assert wait.after(count) <= wait.after(count + 1) <= wait.most
    assert (wait.after(count) == timedelta(0)) == (count < wait.free)
    assert wait.most <= wait.forget, "else the wait would outlive its reason"


def test_a_wait_doubles():
    wait = Wait(free=2, first=timedelta(seconds=10), most=timedelta(minutes=1), forget=timedelta(hours=1))
    assert [wait.after(count).total_seconds() for count in range(7)] == [0, 0, 10, 20, 40, 60, 60]


def test_every_kind_has_its_waits():
    assert set(ADDRESS) == set(NETWORK) == set(Kind)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="an IPv4 address is itself"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="of IPv6 the first half"),
        pytest.param("2001:db8:1:2::", "2001:db8:1:2::/64", id="another of the same customer"),
        pytest.param("::ffff:192.0.2.7", "192.0.2.7", id="IPv4 within IPv6"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="with a zone"),
        pytest.param("", "unknown", id="none"),
        pytest.param(None, "unknown", id="none at all"),
        pytest.param("spoofed, 1.2.3.4", "unknown", id="no address"),
    ],
)
def test_networks(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("vtqmzkrlwpxn", id="twelve letters at random"),
        pytest.param("Purple mountain kettle seven", id="words that nobody puts together"),
        pytest.param("mein Hund heißt Bello", id="in another language"),
        pytest.param("Xk9#mQ2$vL7!", id="of all kinds"),
        pytest.param("ነገ ጠዋት እንገናኛለን", id="in another script"),
        pytest.param("x" + "qzvmtk" * 42, id="as long as fits"),
        pytest.param("            qzvmtkw", id="spaces count"),
    ],
)
def test_strong_passwords(password):
    assert check(password, own=OWN)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        pytest.param("qzvmtkwplrb", "needs 12", id="eleven letters"),
        pytest.param("", "needs 12", id="nothing"),
        pytest.param("qzvmtk" * 50, "at most 256", id="a book"),
        pytest.param("aaaaaaaaaaaa", "too few different", id="one letter"),
        pytest.param("abababababab", "too few different", id="two letters"),
        pytest.param("password1234", "everybody tries", id="the word itself"),
        pytest.param("P@ssw0rd12345!!", "everybody tries", id="in disguise"),
        pytest.param("passwordpassword", "everybody tries", id="twice"),
        pytest.param("qwertyuiop123", "everybody tries", id="the keyboard"),
        pytest.param("poiuytrewq321", "everybody tries", id="the keyboard backwards"),
        pytest.param("1234567890ab", "everybody tries", id="numbers"),
        pytest.param("Summer2026!!!", "everybody tries", id="season and year"),
        pytest.param("iloveyou123456", "everybody tries", id="love"),
        pytest.param("correct horse battery staple", "everybody tries", id="the famous one"),
        pytest.param("24.12.1985 24.12.1985", "everybody tries", id="a day"),
        pytest.param("graceokoro2024", "name or address", id="one's name"),
        pytest.param("Okoro, Grace!!", "name or address", id="the other way round"),
        pytest.param("clinic-valley-2026", "name or address", id="one's address"),
        pytest.param("MountainHub2026!", "name or address", id="the hub"),
    ],
)
def test_weak_passwords(password, why):
    with pytest.raises(Refused, match=why):
        check(password, own=OWN)


@given(st.text(min_size=LEAST, max_size=MOST))
def test_any_text_is_judged_in_time_and_kept_as_it_is(text):
    try:
        kept = check(text, own=OWN)
    except Refused:
        return
    assert check(kept, own=OWN) == kept


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_devices_in_words(told, words):
    assert device_words(told) == words


def test_a_shared_computer_wins():
    assert [stay_of(shared=shared, kept=kept) for shared in (False, True) for kept in (False, True)] == [
        Stay.ORDINARY, Stay.KEPT, Stay.SHARED, Stay.SHARED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("later", "left"),
    [(timedelta(0), 14), (timedelta(seconds=1), 14), (timedelta(days=13, hours=23), 1), (GRACE, 0), (GRACE * 9, 0)],
)
def test_days_of_grace(later, left):
    assert grace_left(NOON, NOON + later) == left
