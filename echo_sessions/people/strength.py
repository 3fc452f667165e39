"""Whether a password is strong enough. Pure: length first, then what attackers try first; no rules about kinds of letters.

A long password is weak when it is made of few letters, of runs over the keyboard or alphabet, of the words everybody
takes, or of one's own name and address, however they are doubled, numbered or written with digits for letters.
"""

import re
import unicodedata
from collections.abc import Iterable

from echo_sessions.errors import Refused

LEAST, MOST = 12, 256
LEFT_OVER = 5
"""So many letters have to stay when everything that is easily guessed is taken out."""
WORDS = re.findall(
    r"\S+",
    """
    password passwort passw0rd motdepasse contrasena senha secret geheim welcome willkommen bienvenue hello hallo letmein
    login admin administrator root user guest test tester testing changeme default master temp demo qwerty qwertz azerty
    iloveyou love princess prince dragon monkey football baseball basketball soccer hockey superman batman spiderman
    starwars pokemon naruto sunshine flower summer winter spring autumn january february march april june july august
    september october november december monday tuesday wednesday thursday friday saturday sunday hospital clinic doctor
    nurse medicine health patient echo sessions project telehealth pharmacy company computer internet google facebook
    microsoft windows apple samsung freedom whatever nothing forever jesus christ michael jennifer jessica charlie daniel
    thomas robert andrew matthew joshua ashley nicole hannah amanda maria angel baby lovely hunter ranger killer cheese
    chocolate cookie coffee orange banana purple yellow silver golden pepper ginger mustang ferrari porsche mercedes
    england london paris berlin america canada mexico india kenya kerala denver newyork texas california family mother
    father sister brother friend friends together correct horse battery staple trustno one two three four five six seven
    eight nine zero the and you are for from with your mine this that access pass word abc xyz key open sesame enter
""",
)
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "!@#$%^&*()", "qazwsxedcrfvtgb")  # fmt: skip
_LOOKS = str.maketrans("0134578@$!|", "oleastbasil")
_RUN = 4


def check(password: str, *, own: Iterable[str]) -> str:
    """The password as it is kept (NFC), or a refusal. `own`: the person's names and addresses."""
    text = unicodedata.normalize("NFC", password)
    if len(text) < LEAST:
        raise Refused("This password has %(length)s characters; it needs %(least)s. A few words in a row are easy to keep.", length=len(text), least=LEAST)  # fmt: skip
    if len(text) > MOST:
        raise Refused("This password has %(length)s characters; at most %(most)s fit.", length=len(text), most=MOST)
    if len(set(text.casefold())) < LEFT_OVER:
        raise Refused("This password is made of too few different characters.")
    plain = text.casefold()
    if _rest(plain, _parts(own)) < LEFT_OVER and _rest(plain, []) >= LEFT_OVER:
        raise Refused("This password is made of your own name or address, which others know.")
    if _rest(plain, _parts(own)) < LEFT_OVER:
        raise Refused("This password is made of what everybody tries first: common words, runs on the keyboard, dates.")
    return text


def _rest(text: str, own: list[str]) -> int:
    """How many letters stay when all that is easily guessed has been taken out, in either way of writing."""
    trimmed = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    return min(_left(text, own), _left(text.translate(_LOOKS), own), _left(trimmed.translate(_LOOKS), own))


def _left(text: str, own: list[str]) -> int:
    for word in sorted({*own, *WORDS}, key=len, reverse=True):
        text = text.replace(word, " ")
    for run in RUNS:
        for way in (run, run[::-1]):
            for length in range(len(way), _RUN - 1, -1):
                for start in range(len(way) - length + 1):
                    text = text.replace(way[start : start + length], " ")
    text = re.sub(r"(.{1,6}?)\1+", r"\1", text)  # what is said twice is said once
    text = re.sub(r"(19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", " ", text)
    digits = len(re.findall(r"\d", text))
    return sum(letter.isalnum() for letter in text) - digits + digits // 2


def _parts(own: Iterable[str]) -> list[str]:
    """The words of names and addresses that are long enough to be recognised."""
    found = {part for text in own for part in re.split(r"[\W_]+", text.casefold()) if len(part) >= 3}
    return sorted(found, key=len, reverse=True)
