"""Where a series is held, and whom one rings who cannot get in."""

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.programs import rules
from echo_sessions.programs.models import Program, Series
from tests.make import Make


class Maker:
    """A provider that is set up and makes meetings, as far as a form asks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.title = name.title()

    class capabilities:
        creates, hosts = True, False

    def configured(self) -> bool:
        return True


@pytest.fixture
def make(app):
    return Make(now=clock.now())


@pytest.fixture
def zoom(app):
    """The hub can make meetings at Zoom."""
    before = dict(app.extensions["meetings"])
    app.extensions["meetings"]["zoom"] = Maker("zoom")
    yield
    app.extensions["meetings"].clear()
    app.extensions["meetings"].update(before)


@pytest.fixture
def series(make):
    return make.series()


@pytest.fixture
def hers(make, client):
    return client.as_(make.coordinator())


def stored(thing):
    db.session.rollback()
    return db.session.get_one(type(thing), thing.id)


def test_where_only_links_are_pasted_nobody_is_asked(hers, series):
    edit = f"/series/{series.code}/edit"
    assert "Where its sessions are held" not in hers.get_page(edit).text()
    hers.submit(edit, name="Autumn again")
    kept = stored(series)
    assert isinstance(kept, Series) and (kept.name, kept.provider) == ("Autumn again", None)


def test_a_series_says_who_makes_its_meetings(hers, series, zoom):
    edit = f"/series/{series.code}/edit"
    page = hers.get_page(edit)
    assert "As usual in this hub: Zoom" in page.text() and "published from now on" in page.text()
    for chosen, kept in (("link", "link"), ("zoom", "zoom"), ("", None)):
        hers.submit(edit, provider=chosen)
        assert stored(series).provider == kept
        assert hers.get_page(edit).fields()["provider"] == chosen
    hers.submit(edit, status=422, provider="carrier pigeon")
    assert stored(series).provider is None


def test_what_was_chosen_stays_while_the_provider_is_not_set_up(app, hers, series, zoom):
    edit = f"/series/{series.code}/edit"
    hers.submit(edit, provider="zoom")
    app.extensions["meetings"]["zoom"].configured = lambda: False
    hers.submit(edit, name="Autumn again")
    assert stored(series).provider == "zoom"
    app.extensions["meetings"]["other"] = Maker("other")
    assert "zoom, which is not set up now" in hers.get_page(edit).text()
    hers.submit(edit, name="Autumn again")
    assert stored(series).provider == "zoom"


def test_a_new_series_is_planned_with_its_provider(hers, series, zoom):
    url = f"/programs/{series.program.code}/series/new"
    page = hers.get_page(url)
    data = {
        **page.fields(),
        "name": "Spring",
        "first_date": "2030-01-09",
        "start": "12:30",
        "count": "3",
        "provider": "zoom",
    }
    preview = hers.post(url, data={**data, "do": "preview"})
    assert preview.status_code == 200 and 'name="provider" value="zoom"' in preview.get_data(as_text=True)
    assert hers.post(url, data={**data, "do": "save"}).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Series.provider).where(Series.name == "Spring")).one() == "zoom"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("+1 (505) 555-0142", "+1 (505) 555-0142", id="as people write it"),
        pytest.param("  0414  123456 ", "0414 123456", id="on one line, single spaces"),
        pytest.param("", None, id="none"),
    ],
)
def test_a_telephone_number_is_kept_as_written(written, kept):
    assert rules.clean_phone(written) == kept


@pytest.mark.parametrize("wrong", ["ring Ana", "12", "+1 505 CALL-NOW", "+" * 20, "1 - - - - -", "9" * 61, "tel:12345"])
def test_what_no_telephone_dials_is_refused(wrong):
    with pytest.raises(Refused, match="no telephone number"):
        rules.clean_phone(wrong)


def test_the_program_says_whom_to_ring(hers, series):
    program = series.program
    edit = f"/programs/{program.code}/edit"
    page = hers.submit(edit, status=422, help_phone="ring Ana")
    assert "no telephone number" in page.text() and page.fields()["help_phone"] == "ring Ana"
    assert "+1 505 555 0142" in hers.submit(edit, help_phone=" +1 505 555 0142").text()
    kept = stored(program)
    assert isinstance(kept, Program) and kept.help_phone == "+1 505 555 0142"
    hers.submit(edit, help_phone="")
    assert stored(program).help_phone is None
