"""Every column that names a person is decided about by hand: a new table cannot be forgotten when two records are merged."""

from sqlalchemy import select

from echo_sessions.database import Model, db, transaction
from echo_sessions.merging import service
from echo_sessions.merging.journal import person_columns
from echo_sessions.merging.rules import BOTH_ENDS, FATES, FILLED, NUMBERED, STAYS_WITH_TWIN, Fate
from echo_sessions.people.models import Person
from echo_sessions.sealed import Sealed


def test_every_column_that_names_a_person_is_decided(whole_app):
    there = {str(column) for column in person_columns()}
    assert there - FATES.keys() == set(), (
        "decide in echo_sessions/merging/rules.py: does the row move, stay, or need its own lines?"
    )
    assert FATES.keys() - there == set(), "these columns are no more"


def test_whatever_points_to_people_is_found_and_what_names_them_without_pointing(whole_app):
    """So that the search above cannot miss a kind of column."""
    names = {str(column) for column in person_columns()}
    pointing = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == "people.id"
    }
    assert pointing <= names and {"audit.person_id", "letters.person_id"} <= names - pointing


def test_what_may_be_taken_out_holds_nothing_sealed_and_nothing_points_to_it(whole_app):
    """A row that has no room is kept whole, in plain, in the merge, and may get another number when it comes back."""
    pointed = {key.column.table.name for table in Model.metadata.sorted_tables for key in table.foreign_keys}
    for column in person_columns():
        table = column.table
        unique = any(
            column.name in {each.name for each in constraint.columns}
            for constraint in table.constraints
            if type(constraint).__name__ == "UniqueConstraint"
        ) or bool(column.unique)
        if FATES[str(column)] is Fate.MOVES and unique and table.name not in STAYS_WITH_TWIN | NUMBERED:
            assert not any(isinstance(each.type, Sealed) for each in table.columns), table.name
            assert table.name not in pointed, f"rows of {table.name} cannot be taken out: something points to them"


def test_the_words_of_the_rules_name_what_there_is(whole_app):
    tables = Model.metadata.tables
    assert STAYS_WITH_TWIN | NUMBERED | BOTH_ENDS.keys() <= tables.keys()
    assert all(name in tables[table].c for table, names in BOTH_ENDS.items() for name in names)
    assert set(FILLED) <= {column.name for column in Person.__table__.columns if column.nullable}


def test_a_table_that_nobody_has_decided_about_moves_all_the_same(app, make, monkeypatch):
    from echo_sessions.people.models import WantedAddress

    kept, gone, by = make.person(), make.person(), make.coordinator()
    with transaction():
        db.session.add(WantedAddress(person_id=gone.id, email="a@b.test", normal="a@b.test", at=make.now))
    monkeypatch.delitem(FATES, "wanted_addresses.person_id")
    with transaction():
        service.merge(kept, gone, by=by, now=make.now)
    assert db.session.scalars(select(WantedAddress.person_id)).all() == [kept.id]
