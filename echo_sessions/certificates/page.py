"""The certificate as a page, made from its facts and nothing else."""

from echo_sessions import paper
from echo_sessions.certificates.rules import KIND_WORDS, Facts, name_size, printed_width

LEFT_LINES = 11
RIGHT_LINES = 16
"""About how many lines the two columns of the front hold; what is more goes on a page behind."""


def html(facts: Facts) -> str:
    """The whole certificate, its own words in the certificate's language where we speak it, else in English."""
    left, right = _left_lines(facts), _right_lines(facts)
    return paper.page(
        "certificate.html",
        language=language(facts),
        facts=facts,
        heading=paper.say(KIND_WORDS[facts.kind], language(facts)),
        size=name_size(facts.name),
        sessions_behind=left > LEFT_LINES,
        statements_behind=right > RIGHT_LINES,
        crowded=left > LEFT_LINES - 3 or right > RIGHT_LINES - 3 or _long_head(facts),
        qr_code=paper.qr_code(facts.verify_url),
        title=title(facts),
    )


def language(facts: Facts) -> str:
    """The language of the certificate's own words, for the PDF's properties too."""
    return paper.spoken(facts.lang)


def title(facts: Facts) -> str:
    """What the PDF calls itself."""
    return f"{paper.say(KIND_WORDS[facts.kind], language(facts))}: {facts.name}, {facts.title}"


def _left_lines(facts: Facts) -> int:
    """Lines of title, program and sessions at the widths of the sheet's left column."""
    title = 2 * _lines(facts.title, 110) + _lines(facts.program, 80)
    return title + sum(_lines(session.title, 50) for session in facts.sessions)


def _right_lines(facts: Facts) -> int:
    """Lines of the statements at the right column's width; the amount above one is as high as four."""
    return sum(4 + _lines(credit.statement, 50) for credit in facts.credits)


def _long_head(facts: Facts) -> bool:
    """Whether provider, name or registration may need more lines than is usual."""
    registration = f"{facts.registration.body}{facts.registration.number}" if facts.registration else ""
    return max(map(printed_width, (facts.name, facts.provider, registration))) > 70


def _lines(text: str, width: int) -> int:
    return -(-printed_width(text) // width)
