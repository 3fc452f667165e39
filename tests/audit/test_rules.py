"""The chain: any change of any deed is found, wherever it is; facts are no texts."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.audit import rules
from echo_sessions.audit.rules import BEFORE_ALL, Anchor, Break, Deed, Fault, Link, Restored

KEY, OLD, FOREIGN = (hashlib.sha256(word).digest() for word in (b"key", b"old", b"foreign"))
MOMENT = datetime(2026, 11, 25, 12, 0, 0, 5, tzinfo=UTC)

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
facts = st.dictionaries(st.text(max_size=10), scalars | st.lists(scalars, max_size=3), max_size=4)
bare = st.builds(
    Deed,
    seq=st.just(0),
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)),
    person_id=st.none() | st.integers(1, 10**9),
    deed=st.text(max_size=30),
    thing=st.text(max_size=12),
    facts=facts,
    previous=st.just(""),
)


def chained(deeds, key=KEY, after=BEFORE_ALL):
    """The deeds as the house writes them."""
    here, done = after, []
    for one in deeds:
        deed = replace(one, seq=here.seq + 1, previous=here.hash)
        done.append(replace(deed, hash=rules.seal(key, deed)))
        here = Link(done[-1].seq, done[-1].hash)
    return done


def ordinary(count):
    return [
        Deed(0, MOMENT + timedelta(seconds=n), n % 3 or None, "case accepted", f"HCV-{n:08}", {"was": "in review", "became": "accepted"}, "")
        for n in range(count)
    ]  # fmt: skip


def found(deeds, keys=(KEY,), after=BEFORE_ALL):
    """The breaks in the deeds themselves, and the end of the table held against the head that was."""
    *breaks, last = rules.judge(deeds, keys, after=after)
    assert isinstance(last, Link) and all(isinstance(one, Break) for one in breaks)
    return breaks, last


@given(st.lists(bare, max_size=8))
def test_what_the_house_wrote_is_whole(deeds):
    written = chained(deeds)
    breaks, last = found(written)
    assert breaks == []
    assert last == (Link(written[-1].seq, written[-1].hash) if written else BEFORE_ALL)


@given(bare)
def test_canonical_bytes_are_the_same_after_a_journey_through_a_database(deed):
    """JSON there and back, the moment in another zone and back: nothing that is sealed depends on how it is kept."""
    travelled = replace(
        deed,
        facts=json.loads(json.dumps(deed.facts)),
        at=deed.at.astimezone(timezone(timedelta(hours=-7))),
    )
    assert rules.canonical(travelled) == rules.canonical(deed)


@given(bare, bare)
def test_different_deeds_have_different_bytes(one, other):
    same = json.dumps([str(one.at), one.person_id, one.deed, one.thing, one.facts], sort_keys=True) == json.dumps(
        [str(other.at), other.person_id, other.deed, other.thing, other.facts], sort_keys=True
    )
    assert (rules.canonical(one) == rules.canonical(other)) == same


def test_the_bytes_are_these_for_ever():
    """Form 1, byte by byte: whoever changes this makes every seal ever written a break."""
    deed = Deed(7, MOMENT, 3, "case accepted", "HCV-7K3Q29FM", {"became": "é", "was": 1.5}, previous="start")
    assert rules.canonical(deed) == (
        b'["echo-audit",1,7,"start","2026-11-25T12:00:00.000005Z",3,"case accepted","HCV-7K3Q29FM",{"became":"\\u00e9","was":1.5}]'
    )
    assert rules.seal(KEY, deed) == "1.d67c23e0.96d870f916fcce50b9dca97ef9cab9a181e6b7a89e4962bffe73bf0ea689211b"


def flipped(text, place, bit):
    """One bit of one byte of the text as it lies in a file; None where the result cannot be read back as text."""
    raw = bytearray(text.encode())
    raw[place % len(raw)] ^= 1 << bit
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


@given(st.data())
def test_any_changed_byte_of_any_deed_is_found_where_it_is(data):
    written = chained(ordinary(6))
    number = data.draw(st.integers(0, 5))
    name = data.draw(st.sampled_from(["deed", "thing", "hash", "previous", "facts", "at", "person_id"]))
    deed = written[number]
    if name == "facts":
        raw = flipped(json.dumps(deed.facts), data.draw(st.integers(0, 200)), data.draw(st.integers(0, 7)))
        try:
            value = json.loads(raw) if raw is not None else None
        except ValueError:
            return  # no JSON any more: the database itself would refuse to read it
    elif name == "at":
        value = deed.at + timedelta(microseconds=data.draw(st.integers(-(10**12), 10**12).filter(bool)))
    elif name == "person_id":
        value = data.draw((st.none() | st.integers(1, 9)).filter(lambda other: other != deed.person_id))
    else:
        value = flipped(getattr(deed, name), data.draw(st.integers(0, 200)), data.draw(st.integers(0, 7)))
    if (value is None and name != "person_id") or value == getattr(deed, name):
        return
    breaks, _last = found([*written[:number], replace(deed, **{name: value}), *written[number + 1 :]])
    assert breaks and breaks[0].seq == number + 1


@given(st.integers(0, 9), st.integers(1, 10))
def test_any_cut_is_found_in_the_middle_by_its_gap_at_the_end_by_the_head(start, count):
    written = chained(ordinary(10))
    head = Link(10, written[-1].hash)
    left = written[:start] + written[start + count :]
    breaks, last = found(left)
    if start + count < 10:
        assert [(one.kind, one.seq, one.words.values["first"]) for one in breaks] == [
            (Fault.MISSING, start + count, start + 1)
        ]
    else:
        assert breaks == []
        wrong = rules.judge_end(last, head)
        assert wrong is not None and wrong.kind is Fault.HEAD


@given(st.integers(0, 9), st.integers(0, 9))
def test_two_deeds_that_changed_places_are_found(one, other):
    written = chained(ordinary(10))
    swapped = list(written)
    swapped[one], swapped[other] = (replace(written[b], seq=a + 1) for a, b in ((one, other), (other, one)))
    breaks, _last = found(swapped)
    assert bool(breaks) == (one != other)
    if breaks:
        assert breaks[0].seq == min(one, other) + 1


@given(st.integers(0, 10))
def test_a_deed_that_was_slipped_in_is_found_even_when_everything_behind_it_moved_up(place):
    written = chained(ordinary(10))
    forged = replace(
        ordinary(1)[0], seq=place + 1, thing="FORGED", previous=written[place - 1].hash if place else "start"
    )
    forged = replace(forged, hash=rules.seal(FOREIGN, forged))
    behind = [replace(one, seq=one.seq + 1) for one in written[place:]]
    breaks, last = found([*written[:place], forged, *behind])
    assert breaks[0].seq == place + 1 and breaks[0].kind is Fault.KEY
    assert rules.judge_end(last, Link(10, written[-1].hash)) is not None


@given(st.integers(0, 8))
def test_a_chain_written_anew_without_the_key_does_not_pass(place):
    """Whoever has the database only can make hashes, but no seals: under a key of their own, or under our key's name."""
    written = chained(ordinary(10))
    before = Link(place, written[place - 1].hash) if place else BEFORE_ALL
    anew = chained([replace(one, person_id=99) for one in ordinary(10)[place:]], key=FOREIGN, after=before)
    assert {one.kind for one in found([*written[:place], *anew])[0]} == {Fault.KEY}
    renamed = [replace(one, hash=one.hash.replace(rules.name_of(FOREIGN), rules.name_of(KEY))) for one in anew]
    assert found([*written[:place], *renamed])[0] != []


def test_deeds_sealed_before_the_key_was_replaced_stay_whole_while_it_is_known():
    before = chained(ordinary(3), key=OLD)
    written = [*before, *chained(ordinary(3), after=Link(3, before[-1].hash))]
    assert found(written, keys=(KEY, OLD))[0] == []
    breaks = found(written, keys=(KEY,))[0]
    assert [(one.seq, one.kind) for one in breaks] == [(1, Fault.KEY), (2, Fault.KEY), (3, Fault.KEY)]
    assert "ECHO_OLD_SECRET_KEYS" in str(breaks[0].words)


def signed(seq, hash, at=MOMENT, key=KEY):
    anchor = Anchor(seq, hash, at)
    return replace(anchor, proof=rules.proof_of(key, anchor))


LOST = Restored(ended=5, anchored=9, at=MOMENT + timedelta(hours=1))


@pytest.mark.parametrize(
    ("anchor", "there", "last", "restored", "kind"),
    [
        pytest.param(signed(5, "h5"), "h5", 9, (), None, id="the table holds what the anchor knows"),
        pytest.param(signed(9, "h9"), None, 5, (), Fault.CUT, id="the end of the table is gone"),
        pytest.param(signed(5, "h5"), "other", 9, (), Fault.ANCHOR, id="the chain was written anew"),
        pytest.param(signed(5, "h5"), None, 9, (), Fault.ANCHOR, id="that deed is missing in the middle"),
        pytest.param(signed(9, "h9"), None, 5, (LOST,), None, id="lost with a restore that was noted"),
        pytest.param(signed(9, "h9"), "other", 12, (LOST,), None, id="the same once the chain has grown past it"),
        pytest.param(signed(10, "h10"), None, 5, (LOST,), Fault.CUT, id="more is gone than the restore explains"),
        pytest.param(signed(5, "h5"), "other", 9, (LOST,), Fault.ANCHOR, id="a restore explains nothing before it"),
        pytest.param(signed(9, "h9", at=MOMENT + timedelta(hours=2)), None, 5, (LOST,), Fault.CUT, id="nor what came after"),
        pytest.param(replace(signed(5, "h5"), seq=4), "h5", 9, (), Fault.FORGED, id="the anchor was changed"),
        pytest.param(signed(5, "h5", key=FOREIGN), "h5", 9, (), Fault.FORGED, id="another key made the anchor"),
    ],
)  # fmt: skip
def test_an_anchor_against_the_table(anchor, there, last, restored, kind):
    wrong = rules.judge_anchor(anchor, keys=(KEY, OLD), there=there, last=last, restored=restored)
    assert (wrong.kind if wrong else None) == kind
    assert wrong is None or "%(" not in str(wrong.words)


@pytest.mark.parametrize("kind", list(Fault))
def test_every_fault_has_a_sentence(kind):
    values = {"first": 1, "key": "k", "last": 2, "day": "2026-11-25"}
    assert "%(" not in str(rules.broken(kind, 3, **values).words)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 81, id="longer than 80 letters"),
        pytest.param("ana@clinic.example", id="an address"),
        pytest.param("asked ana@clinic.example about it", id="an address within words"),
        pytest.param("one\ntwo", id="two lines"),
        pytest.param(["fine", "x" * 81], id="in a list"),
        pytest.param({"was": {"note": "x" * 81}}, id="deep inside"),
        pytest.param({"ana@clinic.example": 1}, id="as a name"),
    ],
)
def test_facts_that_look_like_text_are_refused(value):
    with pytest.raises(ValueError, match="fact"):
        rules.plain({"note": value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_facts_that_no_json_holds_are_refused(value):
    with pytest.raises((ValueError, TypeError)):
        rules.plain({"note": value})


def test_facts_are_kept_as_they_will_be_read():
    kept = rules.plain({"kind": Fault.CUT, "count": 3, "codes": ("S-1", "S-2"), "became": {"minutes": 90.5}})
    assert kept == {"kind": "cut", "count": 3, "codes": ["S-1", "S-2"], "became": {"minutes": 90.5}}
    assert type(kept["kind"]) is str


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param({"was": "asked", "became": "active"}, [("changed", "asked → active")], id="a state"),
        pytest.param({"became": 90}, [("changed", "– → 90")], id="something new"),
        pytest.param(
            {"was": {"minutes": 80, "role": "guest"}, "became": {"minutes": 90, "role": "guest"}},
            [("changed", "minutes: 80 → 90")],
            id="only what differs",
        ),
        pytest.param({"session": "S-1", "fields": ["a", "b"]}, [("session", "S-1"), ("fields", "a, b")], id="others"),
        pytest.param({"role": {"was": None, "became": "expert"}}, [("role", "– → expert")], id="under a name"),
    ],
)
def test_facts_in_words(facts, said):
    assert rules.readable(facts) == said
