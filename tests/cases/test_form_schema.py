"""The case form as data: what it asks, how answers come from a browser, what is wrong with them, its page."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from echo_sessions.cases import form_schema
from echo_sessions.cases.form_schema import FieldKind, common_core
from echo_sessions.cases.screening import find

SCHEMA = common_core()
COMPLETE: dict[str, Any] = {
    "main_question": "Which second medicine would you add?",
    "reason": ["treatment"],
    "age": 54,
    "sex": "female",
    "story": "Tired for 6 weeks.",
    "tried": "Rest.",
    "consent": "yes",
    "attestation": True,
}


def sent(**values: str | list[str]) -> Callable[[str], list[str]]:
    """A browser's answers; `labs__0__name` stands for `labs-0-name`."""
    lists = {name.replace("__", "-"): value if isinstance(value, list) else [value] for name, value in values.items()}
    return lambda name: lists.get(name, [])


# The common core


def test_the_common_core_is_a_schema_with_the_main_question_first_and_alone() -> None:
    form_schema.check(SCHEMA)
    first = form_schema.sections(SCHEMA)[0]
    assert [field.name for field in first.fields] == ["main_question"]
    assert first.fields[0].required


def test_at_most_eight_questions_are_required_and_none_of_them_is_for_later() -> None:
    required = [field for field in form_schema.fields(SCHEMA) if field.required]
    assert len(required) <= 8
    assert not any(field.later for field in required)
    assert set(SCHEMA["required"]) == {field.name for field in required}


def test_every_question_stands_in_exactly_one_section_and_speaks_plainly() -> None:
    placed = [field.name for section in form_schema.sections(SCHEMA) for field in section.fields]
    assert sorted(placed) == sorted(SCHEMA["properties"])
    for field in form_schema.fields(SCHEMA):
        assert field.label[0].isupper()
        for column in field.columns:
            assert column.label[0].isupper()


def test_the_form_asks_for_no_date_and_its_own_words_pass_the_screen() -> None:
    for field in form_schema.fields(SCHEMA):
        words = [field.label, field.hint, *(option.label for option in field.options)]
        words += [text for column in field.columns for text in (column.label, column.hint)]
        assert not any("date" in word.lower() and "never a date" not in word for word in words)
        assert not [span for word in words for span in find(word, tiers=(1,))]
    assert '"format": "date' not in str(SCHEMA)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main_question", FieldKind.LONG_TEXT),
        ("language", FieldKind.TEXT),
        ("weight", FieldKind.NUMBER),
        ("age", FieldKind.AGE),
        ("sex", FieldKind.CHOICE),
        ("reason", FieldKind.MULTI_CHOICE),
        ("results", FieldKind.TABLE),
        ("attestation", FieldKind.ATTESTATION),
    ],
)
def test_a_question_knows_its_kind(name: str, kind: FieldKind) -> None:
    assert {field.name: field.kind for field in form_schema.fields(SCHEMA)}[name] is kind


# From a browser


def test_answers_come_as_numbers_lists_and_rows() -> None:
    answers = form_schema.values_from(
        sent(
            main_question="  What next?\r\nAnd when? ",
            age="54",
            weight="71,5",
            reason=["treatment", "ethics", "treatment"],
            sex="",
            results__0__name="ALT",
            results__0__value="88",
            results__0__when="3 months ago",
            results__1__name="",
            results__2__name="PHQ-9",
            results__2__value="14",
            attestation="yes",
        ),
        SCHEMA,
    )
    assert answers == {
        "main_question": "What next?\nAnd when?",
        "age": 54,
        "weight": 71.5,
        "reason": ["treatment", "ethics"],
        "results": [{"name": "ALT", "value": "88", "when": "3 months ago"}, {"name": "PHQ-9", "value": "14"}],
        "attestation": True,
    }


@pytest.mark.parametrize(
    ("typed", "age"),
    [
        ("0", 0),
        ("89", 89),
        ("90", "90+"),
        ("93", "90+"),
        ("104", "90+"),
        ("90+", "90+"),
        ("90 or older", "90+"),
        ("old", "old"),
    ],
)
def test_an_age_over_89_is_one_class_from_the_first_moment(typed: str, age: object) -> None:
    assert form_schema.values_from(sent(age=typed), SCHEMA) == {"age": age}


@given(st.dictionaries(st.sampled_from(list(SCHEMA["properties"])), st.lists(st.text(max_size=12), max_size=3)))
@settings(deadline=None)
def test_whatever_a_browser_sends_becomes_answers_that_can_be_judged(posted: dict[str, list[str]]) -> None:
    answers = form_schema.values_from(lambda name: posted.get(name, []), SCHEMA)
    found = form_schema.problems(answers, SCHEMA, draft=True)
    assert set(found) <= set(SCHEMA["properties"])


# Judging answers


def test_a_complete_case_has_no_problem_and_misses_nothing() -> None:
    assert form_schema.problems(COMPLETE, SCHEMA, draft=False) == {}
    assert form_schema.missing(COMPLETE, SCHEMA) == ()


def test_an_empty_draft_is_fine_but_cannot_be_submitted() -> None:
    assert form_schema.problems({}, SCHEMA, draft=True) == {}
    assert set(form_schema.problems({}, SCHEMA, draft=False)) == set(SCHEMA["required"])
    assert form_schema.missing({}, SCHEMA)[0].name == "main_question"
    assert len(form_schema.missing({"attestation": False}, SCHEMA)) == 8


WRONG = [
    pytest.param({"age": 90}, "age", "0 to 89, or 90+", id="an exact age over 89"),
    pytest.param({"age": "SECRET"}, "age", "0 to 89, or 90+", id="an age in words"),
    pytest.param({"age": 4.5}, "age", "0 to 89, or 90+", id="half a year of age"),
    pytest.param({"age_months": 36}, "age_months", "from 0 to 35 (months)", id="months from three years on"),
    pytest.param({"weight": "SECRET"}, "weight", "from 0.3 to 400 (kg)", id="a weight in words"),
    pytest.param({"sex": "SECRET"}, "sex", "Choose from", id="no such choice"),
    pytest.param({"reason": ["SECRET"]}, "reason", "Choose from", id="no such choice among several"),
    pytest.param({"main_question": "SECRET" * 101}, "main_question", "at most 600", id="too long"),
    pytest.param({"story": 5}, "story", "cannot be read", id="a number for a story"),
    pytest.param({"results": [{"name": "ALT", "value": "SECRET" * 40}]}, "results-0-value", "at most 200", id="a cell too long"),
    pytest.param({"results": [{"name": "x", "value": "1"}] * 61}, "results", "at most 60", id="too many rows"),
    pytest.param({"SECRET": "x"}, "form", "does not belong", id="an answer nobody asked for"),
    pytest.param({"results": [{"name": "x", "value": "1", "SECRET": "1"}]}, "results", "cannot be read", id="a cell nobody asked for"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "field", "words"), WRONG)
@pytest.mark.parametrize("draft", [True, False], ids=["draft", "submitted"])
def test_a_wrong_answer_is_named_in_a_sentence_that_does_not_repeat_it(
    answers: dict[str, Any], field: str, words: str, draft: bool
) -> None:
    found = form_schema.problems(COMPLETE | answers, SCHEMA, draft=draft)
    assert list(found) == [field]
    assert words in str(found[field])
    assert "SECRET" not in str(found)


def test_a_row_that_is_begun_must_be_finished_before_submitting() -> None:
    answers = COMPLETE | {"results": [{"name": "ALT", "value": "88"}, {"unit": "U/L"}]}
    assert form_schema.problems(answers, SCHEMA, draft=True) == {}
    assert set(form_schema.problems(answers, SCHEMA, draft=False)) == {"results-1-name", "results-1-value"}


def test_an_unticked_statement_blocks_submission_only() -> None:
    answers = COMPLETE | {"attestation": False}
    assert form_schema.problems(answers, SCHEMA, draft=True) == {}
    assert "tick it" in str(form_schema.problems(answers, SCHEMA, draft=False)["attestation"])


def test_every_typed_text_is_screened_and_nothing_that_was_chosen() -> None:
    answers = COMPLETE | {
        "weight": "about 70",
        "earlier_case": "HCV-7K3Q-29",
        "medications": [{"name": "metformin"}, {"name": "insulin", "dose": "10 units"}],
    }
    assert form_schema.texts_to_screen(answers, SCHEMA) == [
        ("main_question", "Which second medicine would you add?"),
        ("story", "Tired for 6 weeks."),
        ("tried", "Rest."),
        ("medications-0-name", "metformin"),
        ("medications-1-name", "insulin"),
        ("medications-1-dose", "10 units"),
        ("weight", "about 70"),
    ]


def test_a_program_may_bring_a_schema_of_its_own() -> None:
    schema = {
        "type": "object",
        "properties": {
            "stage": {"type": "string", "enum": ["F0", "F4"]},
            "note": {"type": "string", "x-screen": False},
        },
    }
    stage, note = form_schema.fields(schema)
    assert (note.kind, note.screen) == (FieldKind.TEXT, False)
    assert (stage.kind, [option.label for option in stage.options]) == (FieldKind.CHOICE, ["F0", "F4"])
    assert [len(section.fields) for section in form_schema.sections(schema)] == [2]
    assert form_schema.texts_to_screen({"note": "x"}, schema) == []


# The page


class _Page(HTMLParser):
    """The controls, labels and ids of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.described: set[str] = set()
        self.controls: dict[str, dict[str, str | None]] = {}
        self.tags: list[str] = []
        self.buttons: list[tuple[str | None, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        assert not {"style", "onclick"} & set(given)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label":
            self.labelled.add(str(given["for"]))
        if tag in ("input", "select", "textarea"):
            self.controls[str(given["id"])] = given
        if tag == "button":
            self.buttons.append((given.get("name"), given.get("value")))
        self.described |= set((given.get("aria-describedby") or "").split())


@pytest.fixture(scope="module")
def templates() -> Environment:
    folder = Path(__file__).parents[2] / "templates"
    env = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True)
    env.globals["_"] = lambda text, **values: text % values if values else text
    return env


def page(templates: Environment, answers: dict[str, Any], problems: dict[str, Any], **more: Any) -> tuple[_Page, str]:
    macros: Any = templates.get_template("cases/_form.html").module
    html = str(macros.form_sections(form_schema.sections(SCHEMA), answers, problems, **more))
    return _Page(html), html


def test_every_control_is_labelled_every_note_exists_and_no_id_stands_twice(templates: Environment) -> None:
    problems = form_schema.problems({"results": [{"unit": "x"}]}, SCHEMA, draft=False)
    shown, _ = page(templates, {"results": [{"unit": "x"}]}, problems, screen_url="/cases/screen")
    assert set(shown.controls) <= shown.labelled
    assert shown.described <= set(shown.ids)
    assert len(shown.ids) == len(set(shown.ids))
    assert {f"{name}-error" for name in problems} <= set(shown.ids)
    assert "script" not in shown.tags and "style" not in shown.tags


def test_a_table_offers_its_rows_a_spare_one_and_a_button_for_more(templates: Environment) -> None:
    shown, _ = page(templates, {"results": [{"name": "ALT", "value": "88"}]}, {})
    assert shown.controls["results-0-name"]["value"] == "ALT"
    assert shown.controls["results-1-name"]["value"] == ""
    assert "results-2-name" not in shown.controls
    assert ("add_row", "results") in shown.buttons
    more, _ = page(templates, {}, {}, spare={"results": 3})
    assert "results-2-name" in more.controls


def test_what_was_typed_comes_back_escaped_and_chosen(templates: Environment) -> None:
    shown, html = page(templates, COMPLETE | {"story": "<b>x", "age": "90+"}, {})
    assert "&lt;b&gt;x" in html and "<b>x" not in html
    assert shown.controls["age"]["value"] == "90+"
    assert "checked" in shown.controls["sex-0"]
    assert "checked" in shown.controls["reason-1"] and "checked" not in shown.controls["reason-0"]


def test_a_filled_page_read_back_gives_the_same_answers(templates: Environment) -> None:
    answers = COMPLETE | {"weight": 71.5, "results": [{"name": "ALT", "value": "88", "when": "3 weeks ago"}]}
    shown, html = page(templates, answers, {})
    posted: dict[str, list[str]] = {}
    for control in shown.controls.values():
        if control.get("type") not in ("radio", "checkbox") or "checked" in control:
            posted.setdefault(str(control["name"]), []).append(control.get("value") or "")
    for name in ("main_question", "story", "tried"):  # the text of a textarea is not an attribute
        assert answers[name] in html
        posted[name] = [answers[name]]
    assert form_schema.values_from(lambda name: posted.get(name, []), SCHEMA) == answers


def test_reading_shows_the_group_only_what_the_form_shows(templates: Environment) -> None:
    macros: Any = templates.get_template("cases/_form.html").module
    answers = COMPLETE | {"for_the_hub": "On leave soon.", "results": [{"name": "ALT", "value": "88"}]}
    shared = str(macros.answers_of(form_schema.sections(SCHEMA), answers))
    whole = str(macros.answers_of(form_schema.sections(SCHEMA), answers, shared=False))
    assert "ALT" in shared and "Female" in shared and "Tired for 6 weeks." in shared
    assert "On leave soon." not in shared and "On leave soon." in whole
