"""The demo's mail server: accepts every letter and keeps it as a file, oldest first by name."""

from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from echo_sessions import clock


class Keep:
    """Keeps what is delivered; the name of a file is the moment it came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """One delivered letter."""
        store(self.folder, envelope.content)
        return "250 kept in the demo inbox"


class KeepOnly:
    """Takes the place of the mail server while history is played: what is sent is kept at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, data: bytes, *, sender: str, to: str) -> str:
        """Keep the letter; the words are what a server would have said."""
        store(self.folder, data)
        return "250 kept in the demo inbox"


def store(folder: Path, data: bytes) -> Path:
    """Write one letter; the same Message-ID again is the same letter and takes the place of the first."""
    headers = BytesParser(policy=policy.default).parsebytes(data, headersonly=True)
    number = str(headers["Message-ID"]).strip("<>").split("@")[0]
    known = list(folder.glob(f"*-{number}.eml"))
    path = known[0] if known else folder / f"{clock.now():%Y%m%d%H%M%S%f}-{number}.eml"
    path.write_bytes(data)
    return path


def serve(folder: Path, port: int) -> Controller:
    """Listen on loopback; stop it by `.stop()`."""
    controller = Controller(Keep(folder), hostname="127.0.0.1", port=port)
    controller.start()
    return controller
