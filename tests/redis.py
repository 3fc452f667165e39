"""A throw-away Redis for tests, on a free port of this machine, behind a password of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import pytest
from redis import Redis
from redis.exceptions import RedisError

PATIENCE_SECONDS = 30


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """An empty Redis as `redis://…`, nothing kept; the test is skipped where the program is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("NO REDIS HERE: install it (apt-get install redis-server).")
    port, password = _free_port(), token_hex(16)
    settings = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir "{folder}"\n'
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([program, "-"], stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            assert process.stdin is not None
            process.stdin.write(settings.encode())
            process.stdin.close()
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            _wait(process, url, log.name)
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: str) -> None:
    """Until the server answers."""
    until = time.monotonic() + PATIENCE_SECONDS
    with Redis.from_url(url) as redis:
        while process.poll() is None and time.monotonic() < until:
            try:
                redis.ping()
                return
            except RedisError:
                time.sleep(0.02)
    pytest.fail(f"Redis did not start, see {log}")
