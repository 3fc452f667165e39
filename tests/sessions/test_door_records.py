"""What the door keeps, when two records become one, when somebody is erased, and when its time is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.merging import service as merging
from echo_sessions.privacy import erasing, retention
from echo_sessions.sessions import door
from echo_sessions.sessions.door import RoomSaid, Spoken
from echo_sessions.sessions.models import Companion, Shown, ShownText

DAY = timedelta(days=1)
WORDS = Spoken((("Disclosures", "Nobody has anything to disclose."),))


@pytest.fixture
def by(make):
    return make.coordinator()


@pytest.fixture
def session(make):
    return make.session(starts_in=-DAY)


@pytest.fixture
def two(make, session):
    """A nurse and a second record of hers, from one clinic."""
    clinic = make.site("Clinic of the Valley")
    people = make.person("Grace Okoro"), make.person("Okoro, Grace")
    for person in people:
        make.enrol(session.series, person, site=clinic)
    return people


def say(session, person, now, *ticked, names=()):
    with transaction():
        said = RoomSaid(ticked=frozenset(each.code for each in ticked), names=tuple(names))
        door.keep_room(session, person, said, now=now)


def shown(session, person, now):
    with transaction():
        door.note_shown(session, person, WORDS, now=now)


def rows():
    db.session.rollback()
    tables = (Companion, Shown, ShownText)
    return [
        [tuple(row) for row in db.session.execute(select(*table.__table__.c).order_by(table.id))] for table in tables
    ]


def test_two_records_made_one_keep_each_claim_once_and_the_undoing_gives_all_back(make, by, two, session):
    kept, gone = two
    say(session, gone, make.now, kept, names=["Nurse Ama"])
    for person in two:
        shown(session, person, make.now)
    before = rows()
    with transaction():
        merge = merging.merge(kept, gone, by=by, now=make.now)
    [claim] = db.session.scalars(select(Companion))
    assert (claim.person_id, claim.called) == (kept.id, "Nurse Ama"), "nobody sits in a room with themselves"
    assert db.session.scalars(select(Shown.person_id)).all() == [kept.id]
    with transaction():
        merging.undo(merge, by=by, now=make.now)
    assert rows() == before


def test_the_erased_are_in_no_room_and_that_words_were_shown_stays_without_a_name(make, by, two, session):
    grace, other = two
    say(session, other, make.now, grace)
    say(session, grace, make.now, names=["Nurse Ama"])
    shown(session, grace, make.now)
    with transaction():
        erasing.erase(grace, by=by, now=make.now)
    assert db.session.scalars(select(Companion)).all() == []
    assert db.session.scalars(select(Shown.person_id)).all() == [grace.id] and grace.name == "Erased person"


def test_rooms_go_after_two_years_and_what_was_shown_after_six(make, two, session):
    grace, other = two
    say(session, grace, make.now, other)
    shown(session, grace, make.now)
    for years, left in ((2, {"shown"}), (6, set())):
        later = make.now + (366 * years + 2) * DAY
        for name in ("companions", "shown"):
            if found := retention.old(later).get(name):
                with transaction():
                    assert retention.clear(name, found[1], now=later) == 1
        assert {"companions", "shown"} & _there() == left
    assert len(db.session.scalars(select(ShownText)).all()) == 1, "the words are about nobody"


def _there():
    db.session.rollback()
    return {
        name
        for name, table in (("companions", Companion), ("shown", Shown))
        if db.session.scalars(select(table.id)).all()
    }
