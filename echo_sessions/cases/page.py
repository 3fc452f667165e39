"""The written recommendations of a case as a page of one or two sheets, to be made a PDF."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, NamedTuple

from echo_sessions import paper


class Advice(NamedTuple):
    """One recommendation as it is printed: under which heading, what, who said it (hub or spoke) and as what."""

    category: str
    text: str
    said_by: str
    profession: str


def recommendations_html(values: Mapping[str, Any]) -> str:
    """The page made from `values`; a missing one is an error, so nothing is left out unnoticed.

    Texts: `code` (the ECHO ID), `program`, `session_title`, `approved_by`, `disclaimer`, and if wanted `question`
    and `language`. Dates: `session_date`, `approved_on`. `recommendations`: `Advice`, or tuples in its order.
    Recommendations keep their order; those of one category stand together where its first one stood.
    """
    language = paper.spoken(values.get("language", paper.OWN_LANGUAGE))
    advices = [Advice(*advice) for advice in values["recommendations"]]
    order = list(dict.fromkeys(advice.category for advice in advices))
    advices.sort(key=lambda advice: order.index(advice.category))
    groups = [(category, list(rows)) for category, rows in groupby(advices, key=lambda advice: advice.category)]
    chosen = {**values, "question": values.get("question", ""), "language": language}
    return paper.page("recommendations.html", groups=groups, title=recommendations_title(values), **chosen)


def recommendations_title(values: Mapping[str, Any]) -> str:
    """What the PDF calls itself: the code only, for titles travel further than papers."""
    language = paper.spoken(values.get("language", paper.OWN_LANGUAGE))
    return paper.say("Recommendations for case %(code)s", language) % {"code": values["code"]}
