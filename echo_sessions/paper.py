"""Pages that become PDFs: their templates, in the language of the paper and without the web around them.

Such a page carries everything in itself (style, mark, QR code), since the PDF maker fetches nothing, and is made
from plain values only: the same values give the same page in ten years.
"""

import unicodedata
from datetime import date
from functools import cache
from gettext import NullTranslations
from typing import Any

import segno
from babel import Locale
from babel.dates import format_date
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from echo_sessions.config import PACKAGE, ROOT

OWN_LANGUAGE = "en"
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


def page(template: str, *, language: str, **values: Any) -> str:
    """The page of `templates/pdf/<template>` in a language that `spoken` gave; an undefined name is an error."""
    return (
        _environment(language).get_template(template).render(values, language=language, direction=direction(language))
    )


def spoken(language: str) -> str:
    """The language in which our own words can be printed for somebody of this language: theirs, or English."""
    if language.split("-")[0].lower() == OWN_LANGUAGE or isinstance(_translations(language), Translations):
        return language
    return OWN_LANGUAGE


def direction(language: str) -> str:
    """Which way a language is written: ltr or rtl."""
    return "rtl" if language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def way(text: str) -> str:
    """Which way a text is written, by its first letter that has one: the PDF maker knows no `dir=auto`."""
    for letter in text:
        bidirectional = unicodedata.bidirectional(letter)
        if bidirectional in {"L", "R", "AL"}:
            return "ltr" if bidirectional == "L" else "rtl"
    return "ltr"


def say(message: str, language: str) -> str:
    """A msgid in a language."""
    return _translations(language).gettext(message)


def day(value: date, language: str) -> str:
    """A date in full, in the order of the language: 25 November 2026."""
    locale = Locale.parse("en-GB" if language == OWN_LANGUAGE else language, sep="-")
    return str(format_date(value, "long", locale))


def qr_code(text: str) -> Markup:
    """The text as a QR code in SVG, with its quiet zone; the title inside is what the PDF's tags take as its text."""
    svg = segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, title=f"QR: {text}")
    return Markup(svg)  # segno escapes the title


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "pdf"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(_translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.filters["way"] = way
    environment.filters["day"] = lambda value: day(
        date.fromisoformat(str(value)), language
    )  # str() of a missing value fails, naming it
    return environment


@cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(PACKAGE / "translations", [language.replace("-", "_"), language.split("-")[0]])
