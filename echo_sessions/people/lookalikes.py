"""Spellings that look alike to a reader and are not the same to a machine: `аna@clinic` with a Cyrillic first letter.

Pure. The table is small and our own: the letters of other alphabets that most typefaces draw like Latin ones.
"""

import unicodedata
from functools import cache

_CYRILLIC = {
    "а": "a", "в": "b", "с": "c", "е": "e", "о": "o", "р": "p", "у": "y", "х": "x", "н": "h", "т": "t", "м": "m", "к": "k",
    "і": "i", "ї": "i", "ё": "e", "ѕ": "s", "ј": "j", "ӏ": "l", "ԁ": "d", "ԛ": "q", "ԝ": "w", "һ": "h", "п": "n", "г": "r",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x",
    "ω": "w", "γ": "y", "ζ": "z", "ϲ": "c", "ϳ": "j",
}  # fmt: skip
_OTHERS = {"ı": "i", "ɡ": "g", "ʟ": "l", "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "զ": "q", "ɑ": "a", "ƅ": "b"}
_LIKE_LATIN = str.maketrans({**_CYRILLIC, **_GREEK, **_OTHERS})
_ALONE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")


def skeleton(text: str) -> str:
    """The spelling by which texts that look alike are the same: small, without accents, in Latin where that is drawn alike."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LIKE_LATIN)


def mixes_alphabets(text: str) -> bool:
    """Whether one word of the text has letters of two alphabets that look alike, which nobody types by chance."""
    word: set[str] = set()
    for letter in text:
        if not letter.isalpha():
            word = set()
        elif alphabet := _alphabet(letter):
            word.add(alphabet)
            if len(word) > 1:
                return True
    return False


def look_alike(one: str, other: str) -> bool:
    """Whether two different spellings look the same."""
    return one != other and skeleton(one) == skeleton(other)


@cache
def _alphabet(letter: str) -> str | None:
    name = unicodedata.name(letter, "")
    return next((alphabet for alphabet in _ALONE if name.startswith(alphabet)), None)
