"""The data map says of every column what it is for: a new one without an entry fails here."""

import pytest

from echo_sessions.config import ROOT
from echo_sessions.database import Model
from echo_sessions.privacy import data_map
from echo_sessions.privacy.data_map import PLAIN, Fate


def test_every_table_has_an_entry_and_every_entry_a_table(whole_app):
    assert set(data_map.tables()) == set(Model.metadata.tables), (
        "write the table into echo_sessions/privacy/data_map.toml"
    )


def test_every_column_has_an_entry_and_every_entry_a_column(whole_app):
    models = {f"{table.name}.{column.name}" for table in Model.metadata.sorted_tables for column in table.columns}
    entries = {f"{table.name}.{column}" for table in data_map.tables().values() for column in table.columns}
    plain = {f"{table}.{column}" for table in data_map.tables() for column in PLAIN}
    assert models - entries == set(), "write the column into echo_sessions/privacy/data_map.toml"
    assert entries - models - plain == set(), "these columns are no more"


def test_every_table_with_somebody_in_it_says_whose_rows_they_are(whole_app):
    """A table that points to people is about one of them, or says by hand here that its people are those who acted."""
    acting = {
        "blocks", "corrections", "hits", "incident_parties", "incident_steps", "provider_accounts", "recommendation_sheets", "recommendations", "registers", "retention_periods",
        "retention_runs", "reviews", "uploads",
    }  # fmt: skip
    silent = {
        table.name
        for table in Model.metadata.sorted_tables
        if any(key.column.table.name == "people" for key in table.foreign_keys)
        and not data_map.tables()[table.name].about
    }
    assert silent == acting


def test_what_stays_or_is_emptied_says_why(whole_app):
    unsaid = {
        table.name
        for table in data_map.tables().values()
        if table.about and table.erase is not Fate.DELETE and not table.because
    }
    assert unsaid == set()


def test_only_what_is_emptied_names_columns_to_empty(whole_app):
    odd = {table.name for table in data_map.tables().values() if bool(table.blanked) != (table.erase is Fate.BLANK)}
    assert odd == set()


def test_emptied_columns_can_be_empty(whole_app):
    """Numbers and moments that must be there cannot be emptied; words can."""
    stuck = {
        f"{entry.name}.{name}"
        for entry in data_map.tables().values()
        for name in entry.blanked
        if not (column := Model.metadata.tables[entry.name].c[name]).nullable and column.type.python_type is not str
    }
    assert stuck == set()


@pytest.mark.parametrize("secret", ["accounts.password", "one_time_links.hash", "sessions.meeting_url"])
def test_secrets_are_never_exported(whole_app, secret):
    table, column = secret.split(".")
    assert not data_map.tables()[table].columns[column].exported


@pytest.mark.parametrize(
    "told", ["cases.answers", "case_drafts.answers", "recommendations.text", "reviews.note", "hits.reason"]
)
def test_what_is_told_about_patients_is_never_exported(whole_app, told):
    table, column = told.split(".")
    assert not data_map.tables()[table].columns[column].exported


def test_the_page_among_the_papers_is_the_map():
    assert (ROOT / "docs" / "data-map.md").read_text(encoding="utf-8") == data_map.as_markdown(), (
        "write it anew: echo-sessions privacy map > docs/data-map.md"
    )
