"""As much of S3 as the storage speaks, over HTTP on a free port: put, get, head, delete, list in pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from re import findall
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

PAGE = 2
MOMENT = "2026-11-22T12:00:00.000Z"


class Bucket(ThreadingHTTPServer):
    """Objects by path, and whether requests are answered as by a store that is locked or broken."""

    objects: dict[str, bytes]
    refuse_with: int | None = None


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._refused():
            self.server.objects[self._path()] = body
            self._answer(200, etag=md5(body).hexdigest())

    def do_GET(self) -> None:
        if self._refused():
            return
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._answer(200, self._listing(query))
        elif self._path() in self.server.objects:
            body = self.server.objects[self._path()]
            self._answer(200, body, etag=md5(body).hexdigest())
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Delete what the body lists: the only way in which the client deletes."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._refused():
            keys = [unescape(key) for key in findall(r"<Key>(.*?)</Key>", body.decode())]
            for key in keys:
                self.server.objects.pop(f"{self._path()}/{key}", None)
            gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
            self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _listing(self, query: dict[str, list[str]]) -> bytes:
        root = self._path().rstrip("/") + "/"
        prefix = root + query.get("prefix", [""])[0]
        found = sorted(path for path in self.server.objects if path.startswith(prefix))
        start = int(query.get("continuation-token", ["0"])[0])
        page = found[start : start + PAGE]
        more = start + PAGE < len(found)
        contents = "".join(
            f"<Contents><Key>{escape(path.removeprefix(root))}</Key><LastModified>{MOMENT}</LastModified>"
            f"<ETag>x</ETag><Size>{len(self.server.objects[path])}</Size></Contents>"
            for path in page
        )
        token = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if more else ""
        truncated = str(more).lower()
        return (
            f"<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{contents}{token}</ListBucketResult>"
        ).encode()

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _refused(self) -> bool:
        if self.server.refuse_with is not None:
            self._answer(self.server.refuse_with, b"<Error><Code>AccessDenied</Code></Error>")
        return self.server.refuse_with is not None

    def _answer(self, status: int, body: bytes = b"", etag: str = "") -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", f'"{etag}"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 12:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving_bucket() -> Iterator[Bucket]:
    """Serve until the block ends."""
    bucket = Bucket(("127.0.0.1", 0), _Requests)
    bucket.daemon_threads = True
    bucket.objects = {}
    thread = threading.Thread(target=bucket.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bucket
    finally:
        bucket.shutdown()
        thread.join()
        bucket.server_close()
