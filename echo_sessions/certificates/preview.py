"""A certificate from given facts, without any database: to try a wording, a name, a font."""

from typing import Any

from echo_sessions.certificates import page
from echo_sessions.certificates.facts import facts_from, read_facts
from echo_sessions.certificates.rules import Facts
from echo_sessions.errors import BadInput, GaveUp, TryLater
from echo_sessions.outside.pdf import PdfMaker
from echo_sessions.words import msgid


def preview(facts: dict[str, Any], maker: PdfMaker) -> bytes:
    """The certificate that these facts would become, as PDF; raises `BadInput` or what the maker raises."""
    return printed(read_facts(facts), maker)


def printed(facts: Facts, maker: PdfMaker) -> bytes:
    """The PDF of facts that were read already, an issued certificate's snapshot among them."""
    return maker.render(page.html(facts), lang=page.language(facts), title=page.title(facts))


def preview_file(data: bytes, file_name: str) -> bytes:
    """The same from the bytes of a JSON file, for the command line."""
    facts = facts_from(data, file_name)
    maker = PdfMaker()
    try:
        return printed(facts, maker)
    except (GaveUp, TryLater) as fault:
        raise BadInput(
            msgid("The certificate of %(file)s cannot be printed: %(why)s"), file=file_name, why=fault.words
        ) from None
    finally:
        maker.close()
