"""What the macros of forms and parts write, checked on a small application with undefined names as errors."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from flask import Flask, render_template_string
from flask_babel import Babel, lazy_gettext
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import StrictUndefined
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

ROOT = Path(__file__).parents[2]
FORMS = '{% from "layout/forms.html" import form_tag, field, submit, post_button, error_summary, csrf %}'
PARTS = '{% from "layout/parts.html" import state, facts, paging, search_row, filter_select, timeline, block_line, todo_line, empty, when, history %}'


class Site(Form):
    town = StringField("Town", [InputRequired("Name the town.")])


class CaseForm(FlaskForm):
    version = HiddenField(default="3")
    question = TextAreaField(
        "What do you ask?", [InputRequired(lazy_gettext("Write the question."))], description="One sentence."
    )
    age = IntegerField("Age")
    season = SelectField("Season", choices=[SelectChoice("a", "Autumn")])
    urgency = RadioField(
        "How soon?",
        [InputRequired("Choose one.")],
        choices=[SelectChoice("now", "Now"), SelectChoice("later", "Later")],
    )
    tried = SelectMultipleField(
        "Tried",
        choices=[SelectChoice("x", "X")],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    site = FormField(Site, "Your site")
    towns = FieldList(FormField(Site, "Other site"), "Other sites", min_entries=1)
    sure = BooleanField("I am sure", [InputRequired("Please confirm.")])


@pytest.fixture
def ctx() -> Iterator[None]:
    app = Flask("layout", template_folder=str(ROOT / "templates"))
    app.config.update(SECRET_KEY="x" * 32, BOOTSTRAP_SERVE_LOCAL=True)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(lambda at, zone=None: f"{at:%H:%M} {zone}", "local_time")
    app.add_template_filter(lambda start, end=None, zone=None: f"{start:%H:%M} {zone}", "both_zones")
    app.add_url_rule("/people/<site>", "people", lambda site: site)
    Babel(app)
    Bootstrap5(app)
    CSRFProtect(app)
    with app.test_request_context("/", method="POST"):
        yield


def show(template: str, **values: Any) -> Any:
    """The parsed tree of a piece of template."""
    return html5lib.parse(render_template_string(template, **values), namespaceHTMLElements=False)


def words(tree: Any) -> str:
    return " ".join(" ".join(tree.itertext()).split())


ALL_FIELDS = FORMS + (
    "{% call form_tag(form, action='/x', autosave='/draft', confirm='Sure?') %}"
    "{% for f in form if f.name not in ('csrf_token', 'version') %}{{ field(f) }}{% endfor %}"
    "{{ submit('Send', 'Two people are told.') }}{% endcall %}"
)


@pytest.mark.usefixtures("ctx")
class TestForms:
    def test_every_field_is_labelled_and_no_id_comes_twice(self) -> None:
        form = CaseForm()
        tree = show(ALL_FIELDS, form=form)
        ids = [e.get("id") for e in tree.iter() if isinstance(e.tag, str) and e.get("id")]
        labelled = {label.get("for") for label in tree.iter("label")}
        controls = [e for e in tree.iter() if e.tag in ("input", "textarea", "select") and e.get("type") != "hidden"]
        assert len(ids) == len(set(ids))
        assert len(controls) == 9
        assert {c.get("id") for c in controls} == labelled

    def test_hint_and_error_are_tied_to_the_field(self) -> None:
        form = CaseForm(meta={"csrf": False})
        form.validate()
        tree = show(FORMS + "{{ field(form.question, rows=7) }}", form=form)
        area = tree.find(".//textarea")
        assert area.get("aria-describedby") == "question-hint question-error"
        assert area.get("aria-invalid") == "true"
        assert area.get("rows") == "7"
        assert tree.find(".//*[@id='question-error']").text == "Write the question."

    def test_only_optional_fields_are_marked(self) -> None:
        form = CaseForm()
        marked = {
            f.name: "(optional)" in words(show(FORMS + "{{ field(f) }}", f=f))
            for f in (form.question, form.age, form.season, form.sure)
        }
        assert marked == {"question": False, "age": True, "season": False, "sure": False}

    def test_a_radio_group_is_a_fieldset_with_a_legend(self) -> None:
        tree = show(FORMS + "{{ field(form.urgency) }}", form=CaseForm())
        assert tree.find(".//fieldset").get("role") == "radiogroup"
        assert tree.find(".//legend").text == "How soon?"

    def test_the_summary_links_each_error_to_a_control_that_exists(self) -> None:
        form = CaseForm(meta={"csrf": False})
        form.validate()
        tree = show(ALL_FIELDS, form=form)
        links = tree.findall(".//*[@data-errors]//a")
        ids = {e.get("id"): e.tag for e in tree.iter() if isinstance(e.tag, str) and e.get("id")}
        assert [words(a) for a in links] == [
            "What do you ask? Write the question.",
            "Season: Not a valid choice.",
            "How soon? Choose one.",
            "Town: Name the town.",
            "Town: Name the town.",
            "I am sure: Please confirm.",
        ]
        assert {ids.get(a.get("href")[1:]) for a in links} <= {"input", "select", "textarea"}

    def test_a_form_without_errors_has_no_summary_but_token_and_hidden_fields(self) -> None:
        tree = show(ALL_FIELDS, form=CaseForm())
        hidden = {e.get("name"): e for e in tree.iter("input") if e.get("type") == "hidden"}
        assert tree.find(".//*[@data-errors]") is None
        assert hidden["version"].get("value") == "3"
        assert hidden["csrf_token"].get("value")
        assert all(e.get("id") is None for e in hidden.values())

    def test_a_post_button_carries_token_values_and_question(self) -> None:
        tree = show(
            FORMS
            + "{{ post_button('Withdraw', '/x', fields={'reason': 'a<b'}, confirm='Sure?', danger=true, key='w') }}"
        )
        form = tree.find(".//form")
        assert (form.get("method"), form.get("action"), form.get("data-confirm")) == ("post", "/x", "Sure?")
        assert {i.get("name") for i in form.iter("input")} == {"csrf_token", "reason"}
        assert form.find("button").get("data-key") == "w"


@pytest.mark.usefixtures("ctx")
class TestParts:
    def test_a_value_of_none_is_no_fact(self) -> None:
        assert (
            words(show(PARTS + "{{ facts([('Age', '50–59'), ('Since', none), ('Beds', 0)]) }}")) == "Age 50–59 Beds 0"
        )

    def test_names_from_people_are_escaped(self) -> None:
        assert "<script" not in render_template_string(
            PARTS + "{{ todo_line(x, 'danger', x, x, x, '/') }}{{ state(x) }}", x="<script>"
        )

    @pytest.mark.parametrize(
        ("total", "said"),
        [
            pytest.param(85, "5 minutes free 85 of 90 minutes planned.", id="too short says how much is free"),
            pytest.param(90, "90 minutes.", id="exact says no more"),
            pytest.param(97, "7 minutes too long 97 of 90 minutes planned.", id="too long says by how much"),
        ],
    )
    def test_a_run_sheet_says_whether_its_minutes_add_up(self, total: int, said: str) -> None:
        tree = show(
            PARTS
            + "{% call timeline(total, 90) %}{{ block_line('12:30', 5, 'Welcome', recorded=false) }}{% endcall %}",
            total=total,
        )
        assert words(tree.find(".//p[@class='sum']")) == said
        assert "not recorded" in words(tree)

    def test_paging_keeps_the_filters_and_offers_what_exists(self) -> None:
        page = SimpleNamespace(number=1, pages=3, total=120, first=1, last=50)
        tree = show(PARTS + "{{ paging(page, 'people', {'site': 'x', 'q': 'a b'}, [('CSV', '/p.csv')]) }}", page=page)
        assert [a.get("href") for a in tree.iter("a")] == ["/p.csv", "/people/x?q=a+b&page=2"]

    def test_one_page_has_no_links_to_others(self) -> None:
        page = SimpleNamespace(number=1, pages=1, total=3, first=1, last=3)
        assert list(show(PARTS + "{{ paging(page, 'people', {'site': 'x'}) }}", page=page).iter("a")) == []

    def test_search_works_alone_and_with_filters(self) -> None:
        alone = show(PARTS + "{{ search_row(none, 'Search') }}")
        both = show(
            PARTS
            + "{% call search_row('x', 'Search', into='#a') %}{{ filter_select('state', 'State', [('', 'Any'), ('in', 'In')], 'in') }}{% endcall %}"
        )
        assert [i.get("value") for i in alone.iter("input")] == [""]
        assert [o.get("value") for o in both.iter("option") if o.get("selected") is not None] == ["in"]

    def test_times_carry_the_moment_for_machines(self) -> None:
        at = datetime(2026, 11, 25, 19, 30, tzinfo=UTC)
        assert show(PARTS + "{{ when(at, none, 'Denver') }}", at=at).find(".//time").get("datetime") == at.isoformat()


@pytest.mark.usefixtures("ctx")
class TestSheets:
    def test_the_title_is_the_heading_and_comes_once(self) -> None:
        for sheet in ("base", "public", "live"):
            tree = show(
                '{% extends "layout/' + sheet + '.html" %}{% set title = "A & B" %}{% block content %}x{% endblock %}'
            )
            assert [words(h) for h in tree.iter("h1")] == ["A & B"]
            assert (tree.find(".//title").text or "").startswith("A & B · ")

    def test_a_stranger_sees_no_menu_and_an_empty_side_leaves_no_column(self) -> None:
        tree = show('{% extends "layout/base.html" %}{% set title = "A" %}')
        assert tree.find(".//details") is None
        assert tree.find(".//aside") is None

    def test_the_side_column_is_written_once(self) -> None:
        tree = show(
            '{% extends "layout/base.html" %}{% set title = "A" %}{% block side %}<section>beside</section>{% endblock %}'
        )
        assert words(tree).count("beside") == 1
        assert "with-side" in tree.find(".//aside/..").get("class")

    def test_a_public_page_is_light(self) -> None:
        text = render_template_string('{% extends "layout/public.html" %}{% set title = "A" %}')
        assert len(text) < 2_500
        assert "bootstrap" not in text

    def test_an_error_page_needs_only_its_sentences(self) -> None:
        tree = show('{% include "layout/error.html" %}', title="Not moved", why="It is cancelled.")
        assert "It is cancelled." in words(tree)
        assert "btn-primary" in tree.find(".//main//a").get("class")

    @pytest.mark.parametrize("contact", [None, ("Ana Ruiz", "ana@hub.example")])
    def test_a_letter_and_its_twin_say_the_same(self, contact: tuple[str, str] | None) -> None:
        letter = '{% extends "layout/letter.KIND" %}{% set button = ("Read them", "https://echo.example/x") %}{% set why = "You presented." %}{% block body %}Dear Mercy,{% endblock %}'
        plain = render_template_string(letter.replace("KIND", "txt"), hub_name="Mountain Hub", contact=contact)
        tree = show(letter.replace("KIND", "html"), hub_name="Mountain Hub", contact=contact)
        assert plain.startswith("Dear Mercy,\n\nRead them:\nhttps://echo.example/x\n\n")
        assert plain.rstrip().endswith("\n-- \nYou presented.")
        assert not re.search(r"\n\n\n", plain)
        said = words(tree.find("body"))
        assert all(w in said for w in re.sub(r"https?:\S+|-- ", " ", plain).replace(":", " ").split())
        assert tree.find(".//main//a").get("href") == "https://echo.example/x"
