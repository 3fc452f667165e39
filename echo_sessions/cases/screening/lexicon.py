"""The words the screen knows: everyday, clinical, medicines, eponyms; given and family names; places and regions.

The lists are short, written for this project, one file each in `words/`. Everything is held in lower case.
"""

import re
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


def word_set(words: str) -> frozenset[str]:
    """The words of a line, as a set to look up."""
    return frozenset(words.split())


def _load(name: str) -> frozenset[str]:
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _load_phrases(name: str) -> frozenset[str]:
    """Lines that hold one name of several words; a line of more than four words is a list of single words."""
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if not line.startswith("#") and 2 <= len(line.split()) <= 4)


COMMON = _load("common") | _load("clinical") | _load("drugs")
EPONYMS = _load("eponyms")
REGIONS = _load("regions")
GIVEN = _load("given")
SURNAMES = _load("surnames")
SURE_GIVEN = GIVEN - COMMON - EPONYMS - REGIONS
SURE_SURNAMES = SURNAMES - COMMON - EPONYMS - REGIONS - GIVEN
PLACE_PHRASES = _load_phrases("places")
_PLACE_PARTS = frozenset(word for phrase in PLACE_PHRASES for word in phrase.split())
PLACES = _load("places") - _PLACE_PARTS
SURE_PLACES = PLACES - COMMON - SURNAMES - REGIONS - GIVEN

_ENDINGS = re.compile(
    r"(?:itis|osis|emia|aemia|uria|pathy|ectomy|ostomy|otomy|plasty|scopy|graphy|gram|logy|logic|logical|logist|oma|omas"
    r"|algia|plegia|paresis|trophy|philia|penia|rrhea|rrhoea|rrhage|genic|lysis|lytic|mab|nib|pril|sartan|statin"
    r"|olol|azole|idone|cillin|mycin|micin|cycline|floxacin|oxetine|ipine|azepam|azolam|barbital|caine|dronate|gliptin"
    r"|gliflozin|glutide|tide|parin|xaban|vir|fibrate|thiazide|semide|setron|triptan|profen|oxib|sone|solone|onide"
    r"|terol|tropium|phylline|lukast|prazole|tidine|zosin|amine|idine|azine|apine|peridol|codone|morphone|orphine"
    r"|ing|ings|tion|tions|sion|sions|ment|ments|ness|ity|ities|ous|ical|ically|able|ible|ively|ful|fully|less|ization"
    r"|isation|ize|ized|ise|ised|ive|ives|edly|ally|ology|ship|hood|wards?|ically|ated|ating|ates)$"
)


@lru_cache(maxsize=20_000)
def is_word(word: str) -> bool:
    """Whether a word (in lower case) is known, or built like an English, clinical or drug word."""
    if word in COMMON or word in EPONYMS or word in REGIONS:
        return True
    if word.endswith("'s"):
        return is_word(word[:-2])
    if "-" in word:
        return all(is_word(part) for part in word.split("-") if len(part) > 1)
    for ending, instead in (("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ies", "y"), ("ly", ""), ("er", "")):
        if word.endswith(ending) and word.removesuffix(ending) + instead in COMMON:
            return True
    return len(word) > 5 and _ENDINGS.search(word) is not None


TITLES = word_set(
    "mr mrs ms miss mx dr drs prof professor doctor señor señora sra dra mme mlle madame monsieur herr frau rev reverend fr father pastor"
    " rabbi imam sheikh sister brother nurse judge justice officer detective sgt sergeant capt captain lt col chief coach dame sir lord lady"
    " auntie aunt aunty uncle tía tio abuela grandma grandpa nana mama baba mzee bwana bi shri sri smt president senator mayor principal pt"
)
SAINTLY = word_set(
    "mercy providence sacred heart holy cross grace hope baptist methodist presbyterian lutheran adventist christian good samaritan trinity"
    " covenant shepherd cedars sinai mayo cleveland hopkins kaiser kenyatta st saint san santa"
)
"""Everyday words that name hospitals and schools."""


def is_suspect(word: str, written: str) -> bool:
    """Whether a capitalised word may belong to a name of a person or place."""
    if word in TITLES or word in SAINTLY or word in GIVEN or word in SURNAMES or word in PLACES:
        return True
    if len(written) < 5 and written.isupper() and len(written) > 1:
        return False
    return word not in REGIONS and not is_word(word)
