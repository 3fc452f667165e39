"""The form every program starts with: the common core of a case. Eight required questions, the first one alone."""

from typing import Any

from echo_sessions.words import msgid

VERSION = 1


def common_core() -> dict[str, Any]:
    """The common core as a JSON Schema; programs add packs of their own to it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:echo-sessions:case-form:common-core:{VERSION}",
        "title": msgid("A case for the group"),
        "x-version": VERSION,
        "type": "object",
        "additionalProperties": False,
        "required": ["main_question", "reason", "age", "sex", "story", "tried", "consent", "attestation"],
        "x-sections": _SECTIONS,
        "properties": {
            name: part | {"x-section": section} for section, parts in _PARTS.items() for name, part in parts.items()
        },
    }


_SECTIONS: list[dict[str, Any]] = [
    {"id": "question", "label": msgid("Your question")},
    {"id": "patient", "label": msgid("The patient, in broad strokes"), "hint": msgid("No names, places or dates.")},
    {"id": "story", "label": msgid("What is going on")},
    {"id": "medicines", "label": msgid("Medicines and allergies"), "later": True},
    {"id": "background", "label": msgid("Past and family history"), "later": True},
    {"id": "life", "label": msgid("Daily life"), "later": True},
    {"id": "findings", "label": msgid("Examination, tests and scores"), "later": True},
    {"id": "goals", "label": msgid("Goals, strengths and barriers"), "later": True},
    {"id": "more", "label": msgid("More for the group"), "later": True},
    {"id": "consent", "label": msgid("Before you submit")},
]


def _text(label: str, hint: str = "", *, longest: int = 200, **notes: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "x-label": label, "x-hint": hint} | notes


def _long(label: str, hint: str = "", *, longest: int = 6000, later: bool = True) -> dict[str, Any]:
    return _text(label, hint, longest=longest) | {"x-widget": "long_text", "x-later": later}


def _choice(label: str, options: dict[str, str], hint: str = "", *, later: bool = False) -> dict[str, Any]:
    return {
        "type": "string", "enum": list(options), "x-options": options, "x-label": label, "x-hint": hint,
        "x-later": later, "x-screen": False,
    }  # fmt: skip


def _several(label: str, options: dict[str, str], hint: str = "") -> dict[str, Any]:
    return {
        "type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(options), "x-options": options},
        "x-label": label, "x-hint": hint, "x-screen": False,
    }  # fmt: skip


def _table(label: str, hint: str, columns: dict[str, dict[str, Any]], required: list[str], most: int) -> dict[str, Any]:
    row = {"type": "object", "additionalProperties": False, "required": required, "properties": columns}
    return {"type": "array", "maxItems": most, "items": row, "x-label": label, "x-hint": hint, "x-later": True}


_WHEN = msgid("When")
_RELATIVE = msgid("For example 3 months ago; never a date")

_PARTS: dict[str, dict[str, dict[str, Any]]] = {
    "question": {
        "main_question": _text(
            msgid("What do you want to ask the group?"),
            msgid("One or two sentences. It is the first thing everybody sees."),
            longest=600,
        )
        | {"x-widget": "long_text"},
    },
    "patient": {
        "age": {
            "oneOf": [{"type": "integer", "minimum": 0, "maximum": 89}, {"const": "90+"}],
            "maximum": 89,
            "x-widget": "age", "x-unit": msgid("years"),
            "x-label": msgid("Age"),
            "x-hint": msgid("In whole years. Write 90+ for 90 or older."),
        },
        "age_months": {
            "type": "integer", "minimum": 0, "maximum": 35,
            "x-unit": msgid("months"), "x-later": True,
            "x-label": msgid("Age in months, if under 3 years"),
        },
        "sex": _choice(
            msgid("Sex or gender"),
            {
                "female": msgid("Female"), "male": msgid("Male"), "another": msgid("Another, or non-binary"),
                "unsaid": msgid("Not known or not said"),
            },
        ),
        "setting": _choice(
            msgid("Where they live"),
            {"rural": msgid("Rural"), "small_town": msgid("Small town"), "urban": msgid("City"), "unknown": msgid("Not known")},
            msgid("Only the kind of place."),
            later=True,
        ),
        "insurance": _choice(
            msgid("Who pays for care"),
            {
                "public": msgid("Public or national scheme"), "private": msgid("Private insurance"),
                "self": msgid("Pays themselves"), "none": msgid("Nobody"), "unknown": msgid("Not known"),
            },
            later=True,
        ),
        "ethnicity": _text(
            msgid("Ethnicity"), msgid("Only if it matters for the question, in broad terms."), longest=80
        ) | {"x-later": True},
    },
    "story": {
        "reason": _several(
            msgid("What would you like help with?"),
            {
                "diagnosis": msgid("Finding the diagnosis"), "treatment": msgid("Treatment"),
                "medication": msgid("Medicines"), "behaviour": msgid("Behaviour"),
                "navigation": msgid("Finding a way through the system"), "ethics": msgid("An ethical question"),
                "other": msgid("Something else"),
            },
            msgid("Tick all that apply."),
        ),
        "story": _long(
            msgid("What has happened so far?"),
            msgid("The present problem in your own words, with times such as 6 weeks ago."),
            later=False,
        ),
        "tried": _long(
            msgid("What has been tried, and what came of it?"), msgid("If nothing yet, say so."), later=False
        ),
    },
    "medicines": {
        "medications": _table(
            msgid("Medicines now"),
            "",
            {
                "name": _text(msgid("Medicine"), longest=120),
                "dose": _text(msgid("Dose and how often"), longest=120),
                "since": _text(msgid("Since"), msgid("For example 2 years"), longest=60),
            },
            ["name"],
            40,
        ),
        "failed": _long(msgid("Treatments that did not work or were not tolerated")),
        "allergies": _long(msgid("Allergies and reactions"), longest=1000),
    },
    "background": {
        "past_history": _long(msgid("Past medical, psychiatric and surgical history")),
        "family_history": _long(msgid("Family history"), msgid("Say sister or uncle, not their names.")),
    },
    "life": {
        "social": _long(
            msgid("Home, work, support, transport, food, safety"),
            msgid("Say what they do in general terms: works outdoors, cares for a parent."),
        ),
        "language": _text(msgid("Language, and whether an interpreter is needed"), longest=120) | {"x-later": True},
        "substances": _long(msgid("Alcohol, tobacco and other substances")),
    },
    "findings": {
        "examination": _long(msgid("Examination")),
        "weight": {
            "type": "number", "minimum": 0.3, "maximum": 400, "x-unit": msgid("kg"), "x-later": True,
            "x-label": msgid("Weight"),
        },
        "results": _table(
            msgid("Tests, imaging and scores"),
            msgid("One row for each result that matters for your question."),
            {
                "name": _text(msgid("What"), msgid("For example ALT or PHQ-9"), longest=120),
                "value": _text(msgid("Result"), longest=200),
                "unit": _text(msgid("Unit"), longest=40),
                "when": _text(_WHEN, _RELATIVE, longest=60),
            },
            ["name", "value"],
            60,
        ),
    },
    "goals": {
        "goals": _long(msgid("What matters to the patient and the family")),
        "strengths": _long(msgid("Strengths"), longest=2000),
        "barriers": _long(msgid("What stands in the way")),
    },
    "more": {
        "second_question": _text(msgid("A second question"), longest=400) | {"x-later": True},
        "third_question": _text(msgid("A third question"), longest=400) | {"x-later": True},
        "earlier_case": _text(
            msgid("If this follows up an earlier case, its ECHO ID"), longest=40
        ) | {"x-later": True, "x-screen": False, "x-show": False, "pattern": r"^[A-Za-z0-9-]{4,40}$"},
        "for_the_hub": _long(
            msgid("Anything the coordinators should know"), msgid("Not shown to the group."), longest=1000
        ) | {"x-show": False},
    },
    "consent": {
        "consent": _choice(
            msgid("Does the patient agree to being discussed without a name?"),
            {
                "yes": msgid("Yes"), "no": msgid("No, or not asked"),
                "not_required": msgid("Consent is not required where I work"),
            },
        ) | {"x-show": False},
        "attestation": {
            "type": "boolean", "const": True, "x-widget": "attestation", "x-screen": False, "x-show": False,
            "x-label": msgid(
                "Nothing here identifies the patient. I understand that advice from the group makes no"
                " provider-patient relationship and does not replace my judgement, and I will report back."
            ),
        },
    },
}  # fmt: skip
