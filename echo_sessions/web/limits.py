"""How often one address may ask for what could be guessed or is costly. Counted per process, or in Redis where
the queue is there already."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=True, strategy="fixed-window")


def connect(app: Flask, queue_url: str) -> None:
    """Start counting."""
    app.config["RATELIMIT_STORAGE_URI"] = queue_url if queue_url.startswith("redis") else "memory://"
    limiter.init_app(app)
