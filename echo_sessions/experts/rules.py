"""Whom to ask: what speaks for and against each person, in words, and in which order they are shown. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from echo_sessions.errors import Refused
from echo_sessions.people.rules import clean_name, normal_address
from echo_sessions.words import Said, msgid

LOAD_WINDOW = timedelta(days=90)
ANSWER_WITHIN = timedelta(days=5)
NOTE_MOST = 1000


@dataclass(frozen=True)
class Standing:
    """What is known of one person for one part. `recent` and `coming` count parts they agreed to."""

    recent: int = 0
    coming: int = 0
    busy_at: str | None = None
    asked_at: str | None = None
    same_site: str | None = None
    is_author: bool = False
    already: str | None = None


def hindrance(standing: Standing) -> Said | None:
    """Why somebody cannot be asked at all."""
    if standing.is_author:
        return Said(msgid("Brings this case, so cannot be its expert."))
    if standing.busy_at is not None:
        return Said(msgid("Has agreed to be in %(code)s at that time."), {"code": standing.busy_at})
    if standing.already in {"offered", "accepted"}:
        return Said(msgid("Has been asked for this already."))
    return None


def remarks(standing: Standing) -> list[Said]:
    """What a coordinator should know before asking, the load first."""
    load: dict[str, object] = {"recent": standing.recent, "coming": standing.coming}
    said = [
        Said(msgid("%(recent)s times in the last 90 days, %(coming)s ahead"), load)
        if standing.recent or standing.coming
        else Said(msgid("not asked for in the last 90 days"))
    ]
    if standing.already == "declined":
        said.append(Said(msgid("said no to this once")))
    if standing.asked_at is not None:
        said.append(
            Said(msgid("was asked for %(code)s at the same time and has not answered"), {"code": standing.asked_at})
        )
    if standing.same_site is not None:
        said.append(Said(msgid("works at %(site)s, where the case comes from"), {"site": standing.same_site}))
    return said


def order(standing: Standing) -> tuple[bool, bool, bool, int]:
    """Those who can come first, then those nothing speaks against, then by how little was asked of them."""
    return (
        hindrance(standing) is not None,
        standing.already == "declined",
        standing.asked_at is not None or standing.same_site is not None,
        standing.recent + standing.coming,
    )


def answer_by(now: datetime, starts_at: datetime | None) -> datetime:
    """By when an answer is hoped for: in five days, but at the latest two days before the session, and never in the past."""
    wished = now + ANSWER_WITHIN
    return wished if starts_at is None else max(min(wished, starts_at - timedelta(days=2)), now + timedelta(hours=12))


def suggestion(name: str, email: str) -> str | None:
    """A colleague as one line, `Ben Diaz <ben@clinic.example>`; None where nobody was named. Refuses half of it."""
    if not name.strip() and not email.strip():
        return None
    if not name.strip() or not email.strip():
        raise Refused("To suggest a colleague, give both the name and the e-mail address.")
    normal_address(email)
    return f"{clean_name(name).translate(_PLAIN)} <{email.strip()}>"


def suggested(text: str) -> tuple[str, str]:
    """Name and address of a colleague who was suggested."""
    name, _, address = text.rpartition(" <")
    return name, address.rstrip(">")


_PLAIN = str.maketrans("<>", "()")
