"""The outbox as files, as a mail program would open them."""

from pathlib import Path

from echo_sessions.errors import BadInput
from echo_sessions.mail import queries
from echo_sessions.mail.bytes import written


def export(folder: Path, *, to: str | None) -> int:
    """Write `0001-sessions-invitation.eml` and so on, in the order the letters were queued; returns how many.

    Letters that failed or whose place another took are left out: nobody got them. The text of one with a one-time
    link is left out too. Refuses (`BadInput`) a folder that holds letters already, lest two exports mix.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if next(folder.glob("*.eml"), None) is not None:
        raise BadInput("%(folder)s holds letters already; name an empty folder.", folder=str(folder))
    number = 0
    for number, letter in enumerate(queries.leaving(to=to), start=1):
        (folder / f"{number:04}-{letter.kind.replace('/', '-')}.eml").write_bytes(
            written(letter, letter.queued_at, to_show=True)
        )
    return number
