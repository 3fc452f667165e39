"""Whether a name on its own stands for a disease, sign, score or device rather than for a person."""

import re

# What may stand between a name and its noun: "Edinburgh postnatal depression scale", "Rome IV criteria".
_BETWEEN = (
    r"(?:[ -](?:[A-Z][a-z]{1,20}|[IVX]{1,4}|(?:rating|severity|depression|anxiety|pain|postnatal|coma|activity|cognitive|disability|risk"
    r"|bleeding|prognostic|performance|functional|screening|motor|assessment|stool|naming|ankle|cell|type|like|positive)(?![^\W_]))){0,3}?"
)
_NAMED_AFTER_SOMEBODY = (
    r"syndromes?|signs?|scores?|scales?|criteri(?:a|on)|classification|tests?|man(?:o)?euv(?:er|re)s?|phenomenon|reflex(?:es)?|palsy|triad"
    r"|law|inventory|questionnaire|checklist|index|formula|equation|staging|grade|grading|stain|agar|wort|guidelines?|definition|protocol"
    r"|catheters?|drains?|clamps?|splint|fundoplication|procedures?|contractures?|lymphoma|thyroiditis|chorea|ataxia|gangrene|neuroma"
)
_OF_SOMEBODY_OR_ANYBODY = (
    r"diseases?|tubes?|fractures?|sarcoma|tumou?rs?|carcinoma|o?esophagus|nodules?|nodes?|ulcers?|hernias?|stage|an(?:a)?emia|dystrophy"
    r"|encephalopathy|lesions?|incision|repair|operation|rules?|interview|assessment|examination|exam|method|technique|therapy|diet|trial"
    r"|study|disorder|bodies|body|rings?|duct|glands?|ligament|muscle|nerve|cells?|virus|fever|spots?|patches|cyst|abscess|arthritis"
    r"|neuralgia|paralysis|effect|curve|apparatus|traction|brace|orthosis|bandage|dressing|needle|stent|valve|pouch|conduit|shunt|pump"
    r"|mutation|gene|antigen|antibody|protein|chromosome|coma|association|foundation|institute|chart"
)
_OF_SOMEBODY = re.compile(rf"(?:'s?)?{_BETWEEN}[ -](?i:{_NAMED_AFTER_SOMEBODY})(?![^\W_])")
_OF_ANYTHING = re.compile(rf"(?:'s?)?{_BETWEEN}[ -](?i:{_NAMED_AFTER_SOMEBODY}|{_OF_SOMEBODY_OR_ANYBODY})(?![^\W_])")
MEASURED = re.compile(
    r"\s?(?:\d+(?:\.\d+)?\s?(?:mg|mcg|ml|units|g\b|%)|mg\b|mcg\b|tablets?|capsules?|injections?|inhaler|patch|cream|spray)"
)
"""A dose or a form of medicine: what stands before it is a drug."""


def is_eponym(text: str, end: int, *, person: bool = False) -> bool:
    """Whether the noun after a word that ends at `end` makes an eponym of it.

    With `person` the word is a common name: then only nouns that nobody owns do ("Murphy sign"), for the ulcer,
    the fracture or the disease may well be John's.
    """
    return (_OF_SOMEBODY if person else _OF_ANYTHING).match(text, end) is not None


def is_measured(text: str, end: int) -> bool:
    """Whether a dose follows, as after a medicine."""
    return MEASURED.match(text, end) is not None
