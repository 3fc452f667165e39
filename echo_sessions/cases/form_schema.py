"""The case form as data: a JSON Schema (draft 2020-12), what it asks, and whether the answers are right.

A form is a schema whose properties carry notes of our own (`x-…`): `x-label`, `x-hint`, `x-section`, `x-widget`,
`x-unit`, `x-options` (value and words), `x-screen` (scan for identifiers), `x-show` (shown to the session),
`x-later` (offered as "add now or later"). Order is the order of writing. Labels and hints are msgids.
A case keeps the version it was written with, so everything here takes the schema as an argument.

There are no dates in a case form: times are relative ("3 months ago"), ages whole years or "90+".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from echo_sessions.cases.common_form import common_core as common_core  # the form module is where others look for it
from echo_sessions.words import Said, msgid

Schema = Mapping[str, Any]
Answers = Mapping[str, Any]

OLDEST = "90+"
"""The one class of ages over 89."""


class FieldKind(StrEnum):
    """The types of question a form may hold."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    AGE = "age"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    TABLE = "table"
    ATTESTATION = "attestation"


@dataclass(frozen=True)
class Option:
    """One answer to choose, and its words (a msgid)."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One question. `columns` are the questions of each row of a table; other kinds have none."""

    name: str
    kind: FieldKind
    label: str
    hint: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    """Only whole numbers."""
    longest: int | None = None
    """Characters of a text, or rows of a table."""
    columns: tuple["Field", ...] = ()
    section: str = ""
    screen: bool = True
    show_on_screen: bool = True
    later: bool = False


@dataclass(frozen=True)
class Section:
    """Questions that belong together. `later`: may be added now or later."""

    id: str
    label: str
    hint: str
    later: bool
    fields: tuple[Field, ...]


# Reading a schema


def fields(schema: Schema) -> tuple[Field, ...]:
    """The questions of a form in order, tables with their columns."""
    required = frozenset(schema.get("required", ()))
    return tuple(_field(name, part, required) for name, part in schema["properties"].items())


def sections(schema: Schema) -> tuple[Section, ...]:
    """The questions under their headings; a question whose section is unknown comes in the first."""
    asked = fields(schema)
    notes = schema.get("x-sections") or [{"id": "", "label": schema.get("title", "")}]
    known = [note["id"] for note in notes]
    return tuple(
        Section(
            id=note["id"],
            label=note["label"],
            hint=note.get("hint", ""),
            later=bool(note.get("later", False)),
            fields=tuple(f for f in asked if (f.section if f.section in known else known[0]) == note["id"]),
        )
        for note in notes
    )


def _field(name: str, part: Schema, required: frozenset[str]) -> Field:
    kind = _kind(part)
    choices = part["items"] if kind is FieldKind.MULTI_CHOICE else part
    columns: tuple[Field, ...] = ()
    if kind is FieldKind.TABLE:
        row = part["items"]
        columns = tuple(_field(n, p, frozenset(row.get("required", ()))) for n, p in row["properties"].items())
    words = choices.get("x-options", {})
    return Field(
        name=name,
        kind=kind,
        label=part.get("x-label", name),
        hint=part.get("x-hint", ""),
        required=name in required,
        options=tuple(Option(value, words.get(value, value)) for value in choices.get("enum", ())),
        unit=part.get("x-unit", ""),
        minimum=part.get("minimum", 0 if kind is FieldKind.AGE else None),
        maximum=part.get("maximum"),
        whole=part.get("type") == "integer",
        longest=part.get("maxItems") if kind is FieldKind.TABLE else part.get("maxLength"),
        columns=columns,
        section=part.get("x-section", ""),
        screen=bool(part.get("x-screen", True)),
        show_on_screen=bool(part.get("x-show", True)),
        later=bool(part.get("x-later", False)),
    )


def _kind(part: Schema) -> FieldKind:
    widget = part.get("x-widget")
    if widget in (FieldKind.AGE, FieldKind.ATTESTATION, FieldKind.LONG_TEXT):
        return FieldKind(widget)
    if part.get("type") == "array":
        return FieldKind.TABLE if part["items"].get("type") == "object" else FieldKind.MULTI_CHOICE
    if part.get("type") in ("number", "integer"):
        return FieldKind.NUMBER
    return FieldKind.CHOICE if "enum" in part else FieldKind.TEXT


# From a browser to answers


def values_from(getlist: Callable[[str], list[str]], schema: Schema) -> dict[str, Any]:
    """Answers from what a browser sent; `getlist` gives all values under a name (`request.form.getlist`).

    Empty answers and empty rows are left out. A number that cannot be read stays as it was typed, for
    `problems` to name. Rows of a table come as `labs-0-name`, `labs-1-name`, …
    """
    answers: dict[str, Any] = {}
    for field in fields(schema):
        value = _rows(getlist, field) if field.kind is FieldKind.TABLE else _value(getlist(field.name), field)
        if value not in (None, "", []):
            answers[field.name] = value
    return answers


def _rows(getlist: Callable[[str], list[str]], table: Field) -> list[dict[str, Any]]:
    """The rows that hold anything. Rows may be missing in between, where somebody removed one."""
    rows = []
    for number in range((table.longest or 50) + 10):
        row = {
            column.name: value
            for column in table.columns
            if (value := _value(getlist(f"{table.name}-{number}-{column.name}"), column)) not in (None, "", [])
        }
        if row:
            rows.append(row)
    return rows


def _value(sent: list[str], field: Field) -> Any:
    """One answer as JSON holds it. An age of 90 or more becomes "90+" here and is never kept as typed."""
    if field.kind is FieldKind.MULTI_CHOICE:
        return list(dict.fromkeys(text for text in sent if text))
    text = sent[0].replace("\r\n", "\n").strip() if sent else ""
    if not text:
        return None
    if field.kind is FieldKind.ATTESTATION:
        return True
    if field.kind is FieldKind.AGE:
        return _age(text)
    if field.kind is FieldKind.NUMBER:
        return _number(text)
    return text


_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,10})?")


def _number(text: str) -> int | float | str:
    """ "12", "12.5" and "12,5"; anything else stays text."""
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _age(text: str) -> int | float | str:
    if re.match(r"90\s*(?:\+|or )", text):
        return OLDEST
    age = _number(text)
    return OLDEST if not isinstance(age, str) and age >= 90 else age


# Whether the answers are right


_ONLY_WHEN_SUBMITTED = frozenset({"required", "minItems", "minLength", "const"})
FORM = "form"
"""The name under which `problems` speaks of the form as a whole."""


def problems(answers: Answers, schema: Schema, *, draft: bool) -> dict[str, Said]:
    """What is wrong, by field (`labs-0-value` in a table): one sentence each, never repeating an answer.

    A draft may be incomplete but not unreadable: missing answers and unticked statements are passed over.
    """
    asked = {field.name: field for field in fields(schema)}
    found: dict[str, Said] = {}
    for error in Draft202012Validator(schema).iter_errors(answers):
        if draft and error.validator in _ONLY_WHEN_SUBMITTED:
            continue
        for name, field in _named(error, asked):
            found.setdefault(name, _sentence(error, field))
    return found


def _named(error: ValidationError, asked: Mapping[str, Field]) -> Iterator[tuple[str, Field | None]]:
    """The fields an error is about, named as the browser names them."""
    path = list(error.absolute_path)
    if error.validator == "required":
        absent = [name for name in error.validator_value if name not in error.instance]
        here = [f"{path[0]}-{path[1]}-{name}" for name in absent] if path else absent
        table = asked[path[0]].columns if path else tuple(asked.values())
        yield from ((name, f) for name, short in zip(here, absent, strict=True) for f in table if f.name == short)
    elif not path or path[0] not in asked:
        yield FORM, None
    elif len(path) >= 3 and (column := next((c for c in asked[path[0]].columns if c.name == path[2]), None)):
        yield f"{path[0]}-{path[1]}-{path[2]}", column
    else:
        yield str(path[0]), asked[path[0]]


def _sentence(error: ValidationError, field: Field | None) -> Said:
    if field is None:
        return Said(msgid("An answer does not belong to this form. Reload the page and try again."))
    if field.kind is FieldKind.ATTESTATION:
        return Said(msgid("Please read this and tick it before you submit."))
    if error.validator in ("required", "minItems", "minLength"):
        return Said(msgid("Please answer this before you submit."))
    if field.kind is FieldKind.AGE:
        return Said(msgid("Write the age in whole years, 0 to 89, or 90+."))
    if field.kind in (FieldKind.CHOICE, FieldKind.MULTI_CHOICE):
        return Said(msgid("Choose from the answers given."))
    if error.validator == "maxLength":
        return Said(msgid("Too long: at most %(number)s characters, please."), {"number": field.longest})
    if error.validator == "maxItems":
        return Said(msgid("Too many rows: at most %(number)s, please."), {"number": field.longest})
    if field.kind is FieldKind.NUMBER:
        return _number_sentence(field)
    return Said(msgid("This answer cannot be read. Please write it again."))


def _number_sentence(field: Field) -> Said:
    values = {"low": field.minimum, "high": field.maximum, "unit": field.unit}
    whole = field.whole
    if field.minimum is None or field.maximum is None:
        return Said(msgid("Write a whole number.")) if whole else Said(msgid("Write a number, such as 12 or 12.5."))
    if field.unit:
        return Said(msgid("Write a number from %(low)s to %(high)s (%(unit)s)."), values)
    return Said(msgid("Write a number from %(low)s to %(high)s."), values)


def missing(answers: Answers, schema: Schema) -> tuple[Field, ...]:
    """The required questions that are not answered yet, in order."""
    return tuple(f for f in fields(schema) if f.required and answers.get(f.name) in (None, "", [], False))


def texts_to_screen(answers: Answers, schema: Schema) -> list[tuple[str, str]]:
    """Every text somebody typed, with its field (`labs-0-name` in a table), for the identifier screen.

    Only a field that is marked `x-screen: false` is left out, so a new field is screened unless someone decides otherwise.
    """
    texts = []
    for field in fields(schema):
        value = answers.get(field.name)
        if field.kind is FieldKind.TABLE and isinstance(value, list):
            texts += [
                (f"{field.name}-{number}-{column.name}", row[column.name])
                for number, row in enumerate(value)
                for column in field.columns
                if column.screen and column.kind not in _CHOSEN and isinstance(row.get(column.name), str)
            ]
        elif field.screen and field.kind not in _CHOSEN and isinstance(value, str):
            texts.append((field.name, value))
    return texts


_CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.MULTI_CHOICE, FieldKind.ATTESTATION})
"""Answers that come from the form itself; a number or an age that could not be read is screened as it was typed."""


def check(schema: Schema) -> None:
    """Raises `jsonschema.SchemaError` unless this is a well-formed schema; for programs that bring their own."""
    Draft202012Validator.check_schema(schema)
