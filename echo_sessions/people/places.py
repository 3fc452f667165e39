"""Countries and languages by their names, as people write them, and back into words."""

from functools import cache

from babel.core import Locale, UnknownLocaleError

from echo_sessions.errors import Refused

NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
OFTEN_SPOKEN = (
    "en", "ar", "bn", "de", "es", "fa", "fr", "ha", "hi", "id", "it", "ja", "km", "ko", "my", "ne", "pl", "ps", "pt", "ru",
    "so", "sw", "ta", "th", "tl", "tr", "uk", "ur", "uz", "vi", "yo", "zh", "zu",
)  # fmt: skip
"""Languages offered for choosing; a file may name any other."""


def country_named(text: str) -> str:
    """A country by its two letters or by its English name."""
    code = text.upper() if text.upper() in _countries().values() else _countries().get(text.casefold())
    if code is None:
        raise Refused("No such country. Write its two letters, such as KE for Kenya.")
    return code


def country_in_words(code: str | None, language: str = "en") -> str:
    """The country's name in a language; nothing for none."""
    if not code:
        return ""
    return str(Locale.parse(language.replace("-", "_")).territories.get(code) or code)


def language_named(text: str) -> str:
    """A language by its code, such as `sw` or `pt-BR`."""
    try:
        return str(Locale.parse(text.replace("-", "_")))
    except (ValueError, UnknownLocaleError, TypeError):
        raise Refused("No such language. Write its code, such as en, es or pt-BR.") from None


def languages(stored: str | None = None) -> list[tuple[str, str]]:
    """Languages to choose from, each by its own name; the stored one too, where it is rarer."""
    codes = [*OFTEN_SPOKEN, *([stored] if stored and stored not in OFTEN_SPOKEN else [])]
    return [(code, _own_name(code)) for code in codes]


def _own_name(code: str) -> str:
    try:
        name = Locale.parse(code.replace("-", "_")).get_display_name()
    except (ValueError, UnknownLocaleError):
        return code
    return (name or code)[:1].upper() + (name or code)[1:]


@cache
def _countries() -> dict[str, str]:
    """English names of countries, small, to their two letters; what CLDR lists beside countries is left out."""
    every = Locale("en").territories.items()
    return {name.casefold(): code for code, name in every if len(code) == 2 and code not in NO_COUNTRIES}
