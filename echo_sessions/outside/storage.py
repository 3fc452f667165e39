"""Where uploaded and made files are kept: a folder of this machine, or a bucket that speaks S3.

Files never change: a key is made from the SHA-256 of the bytes and a random part, never from a name, so that two
people's equal files stay apart and a key says nothing. Whoever keeps one writes the object first, its row then.
Apart from them there are notes: a few small files with names, written over and over.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from echo_sessions.errors import BadInput, GaveUp, TryLater
from echo_sessions.words import msgid

ENDINGS = {
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/plain": ".txt",
}
"""What a person who looks into the folder may want to know; any other type is kept as `.bin`."""

TOMBSTONES = "tombstones"
_STONE = re.compile(r"tombstones/([a-z]+)/([0-9a-f]{64})\.json")
_KEY = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})-[0-9a-f]{16}\.[a-z]{3,4}")

_NOTE = re.compile(r"[a-z]+/[a-z0-9-]+\.json")


@dataclass(frozen=True)
class Stored:
    """What the row of a kept file says: key, SHA-256 in hex, size in bytes, media type."""

    key: str
    sha256: str
    size: int
    type: str


class Storage:
    """The store at `file:///absolute/folder` or `s3://bucket/prefix?endpoint=https://…&region=…`.

    The credentials for S3 come from its usual environment variables or the machine's role, never from the address.
    `GaveUp` means that the file is not there or is damaged, `TryLater` that the store does not answer.
    """

    def __init__(self, url: str, *, timeout: timedelta = timedelta(seconds=30)) -> None:
        self._store, self._place = _opened(url, timeout)

    def __repr__(self) -> str:
        return f"Storage({self._place})"

    def put(self, data: bytes, *, type: str) -> Stored:
        """Keep these bytes under a new key. A half-written file is never visible."""
        sha256 = hashlib.sha256(data).hexdigest()
        ending = ENDINGS.get(type, ".bin")
        key = f"{sha256[:2]}/{sha256}-{secrets.token_hex(8)}{ending}"
        with self._told():
            self._store.put(key, data, use_multipart=False)
        return Stored(key, sha256, len(data), type)

    def get(self, key: str) -> bytes:
        """The bytes under a key, proved to be those once put there."""
        sha256 = _sha256_of(key)
        with self._told(key):
            data = bytes(self._store.get(key).bytes())
        if hashlib.sha256(data).hexdigest() != sha256:
            raise GaveUp(f"The file {key} is damaged: its bytes are not those that were stored.")
        return data

    def exists(self, key: str) -> bool:
        """Whether something is under this key; it is not read."""
        _sha256_of(key)
        try:
            with self._told():
                self._store.head(key)
        except _Missing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove what is under a key; removing it twice is no error."""
        _sha256_of(key)
        try:
            with self._told():
                self._store.delete(key)
        except _Missing:
            return

    def keys(self, *, before: datetime | None = None) -> Iterator[str]:
        """Every key kept, or only those put before a moment: a younger one may still be waiting for its row."""
        with self._told():
            for batch in self._store.list():
                for found in batch:
                    ours = _KEY.fullmatch(found["path"])
                    if ours and (before is None or found["last_modified"] < before):
                        yield found["path"]

    def bury(self, kind: str, value: str, data: bytes) -> None:
        """Keep a tombstone: few bytes under its kind and hash. It is no file of anybody, so no sweep finds it."""
        with self._told():
            self._store.put(_stone(kind, value), data, use_multipart=False)

    def dig_up(self, kind: str, value: str) -> None:
        """Remove a tombstone; removing it twice is no error."""
        try:
            with self._told():
                self._store.delete(_stone(kind, value))
        except _Missing:
            return

    def tombstones(self) -> Iterator[tuple[str, str]]:
        """Kind and hash of every tombstone."""
        with self._told():
            for batch in self._store.list(prefix=TOMBSTONES):
                for found in batch:
                    if stone := _STONE.fullmatch(found["path"]):
                        yield stone[1], stone[2]

    def inscription(self, kind: str, value: str) -> bytes:
        """The bytes of a tombstone."""
        with self._told(f"{kind} tombstone"):
            return bytes(self._store.get(_stone(kind, value)).bytes())

    def note(self, name: str, data: bytes) -> None:
        """Write a small note, such as `audit/2026-11-25.json`, over what stood under its name."""
        with self._told():
            self._store.put(_note_name(name), data, use_multipart=False)

    def noted(self, name: str) -> bytes | None:
        """The note under this name, if there is one."""
        try:
            with self._told():
                return bytes(self._store.get(_note_name(name)).bytes())
        except _Missing:
            return None

    def notes(self, folder: str) -> list[str]:
        """The names of all notes in this folder, in order."""
        with self._told():
            found = [meta["path"] for batch in self._store.list(f"{folder}/") for meta in batch]
        return sorted(name for name in found if _NOTE.fullmatch(name))

    @property
    def is_near(self) -> bool:
        """Whether it is a folder of this machine, which answers at once."""
        return isinstance(self._store, LocalStore)

    def check(self) -> str:
        """Put, read and remove a small file, for the doctor; answers with the place."""
        stored = self.put(b"Is somebody there?", type="text/plain")
        self.get(stored.key)
        self.delete(stored.key)
        return self._place

    def look(self) -> None:
        """Raise `TryLater` unless the store can be reached; nothing is written or read."""
        if isinstance(self._store, LocalStore) and not os.access(self._place, os.R_OK | os.W_OK | os.X_OK):
            raise TryLater(f"{self._place} does not let us in.")
        with self._told():
            next(iter(self._store.list(chunk_size=1)), None)

    @contextmanager
    def _told(self, key: str | None = None) -> Iterator[None]:
        """obstore's exceptions as ours, in one line without its notes for programmers."""
        try:
            yield
        except FileNotFoundError:
            raise _Missing(f"No file {key} is kept in {self._place}.") from None
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            raise TryLater(f"{self._place} does not let us in: {_first_line(error)}") from None
        except (BaseError, OSError) as error:
            raise TryLater(f"{self._place} does not answer: {_first_line(error)}") from None


class _Missing(GaveUp):
    """There is nothing under that key."""


def _opened(url: str, timeout: timedelta) -> tuple[LocalStore | S3Store, str]:
    """The store and a name for it that may be shown."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise BadInput(
            msgid("ECHO_STORAGE_URL holds credentials; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        )
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return _folder(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        return _bucket(parts.netloc, parts.path.strip("/"), parse_qs(parts.query), timeout)
    raise BadInput(msgid("ECHO_STORAGE_URL must be file:///absolute/folder or s3://bucket/prefix."))


def _folder(folder: Path) -> tuple[LocalStore, str]:
    """A folder that only this user may enter: it holds what people uploaded."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder), str(folder)
    except (OSError, BaseError) as error:
        raise BadInput(
            msgid("The folder %(folder)s of ECHO_STORAGE_URL cannot be made or opened: %(why)s"),
            folder=folder,
            why=_first_line(error),
        ) from None


def _bucket(bucket: str, prefix: str, query: dict[str, list[str]], timeout: timedelta) -> tuple[S3Store, str]:
    """A bucket; `endpoint` is for stores other than Amazon's, and may be plain http for one in the same rack."""
    unknown = query.keys() - {"endpoint", "region"}
    if unknown:
        raise BadInput(
            msgid("ECHO_STORAGE_URL knows endpoint and region, not %(what)s."), what=", ".join(sorted(unknown))
        )
    endpoint = query.get("endpoint", [""])[0]
    config: dict[str, Any] = {"region": query["region"][0]} if "region" in query else {}
    if endpoint:
        config["endpoint"] = endpoint
    store = S3Store(
        bucket,
        prefix=prefix or None,
        config=config,  # type: ignore[arg-type]  # a TypedDict that exists for type checkers only
        client_options={"timeout": timeout, "connect_timeout": timeout / 3, "allow_http": endpoint.startswith("http:")},
        retry_config={"max_retries": 2, "retry_timeout": timeout},
    )
    return store, f"s3://{bucket}/{prefix}"


def _stone(kind: str, value: str) -> str:
    """Where a tombstone lies. A kind or hash of another shape is a fault of ours."""
    place = f"{TOMBSTONES}/{kind}/{value}.json"
    if _STONE.fullmatch(place) is None:
        raise ValueError("not a tombstone")
    return place


def _sha256_of(key: str) -> str:
    """The digest that a key names. A key that no `put` made is a fault of ours, and never touches the store."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise ValueError("not a key of this storage")
    return match[1]


def _note_name(name: str) -> str:
    """The name of a note; no other may be written over."""
    if not _NOTE.fullmatch(name):
        raise ValueError("not the name of a note")
    return name


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
