"""The application's own address, whatever a request claims.

Links in letters are made from the address of the request. A forged Host header would put a stranger's address into
a sign-in letter, and behind a web server that speaks https they would begin with http. So every request is given
the address of the settings before anybody reads it.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

LONGEST = 2000
"""Letters of an address to come back to; what is longer was not made by our pages."""
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def connect(app: Flask, base_url: str, proxies: int) -> None:
    """Give each request our own address; behind `proxies` web servers of ours the visitor's is the one they report."""
    scheme, host = urlsplit(base_url).scheme, urlsplit(base_url).netloc
    answer: Wsgi = app.wsgi_app

    def own(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"], environ["HTTP_HOST"] = scheme, host
        return answer(environ, start)

    outermost: Any = ProxyFix(own, x_for=proxies, x_proto=0, x_host=0) if proxies else own
    app.wsgi_app = outermost  # type: ignore[method-assign]  # as Flask's own papers do


def inside(url: str | None) -> str | None:
    """The address if it is a path of ours, else None: nobody is sent elsewhere after signing in."""
    if (
        not url
        or not url.startswith("/")
        or url.startswith(("//", "/\\"))
        or any(ord(c) < 33 or c == "\\" for c in url)
    ):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if not parts.scheme and not parts.netloc and len(url) <= LONGEST else None
