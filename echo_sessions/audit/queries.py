"""Reading the audit."""

from sqlalchemy import Select, select

from echo_sessions.audit.models import Entry


def listed(*, thing: str = "", person_id: int | None = None) -> Select[Entry]:
    """Deeds, last first; only those done to things whose code begins so, only those of one person."""
    chosen = select(Entry).order_by(Entry.id.desc())
    if thing:
        chosen = chosen.where(Entry.thing.istartswith(thing, autoescape=True))
    if person_id is not None:
        chosen = chosen.where(Entry.person_id == person_id)
    return chosen
