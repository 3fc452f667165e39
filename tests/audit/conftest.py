"""Anchors lie outside of the database, so they outlive the rows of a test unless they are taken away."""

import shutil
from pathlib import Path

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def no_anchors(request: pytest.FixtureRequest) -> None:
    """Begin without any, and as a process that has not anchored yet."""
    if "app" in request.fixturenames:
        app: Flask = request.getfixturevalue("app")
        app.extensions.pop("audit_anchored_at", None)
        shutil.rmtree(
            Path(app.extensions["settings"].storage_url.removeprefix("file://")) / "audit", ignore_errors=True
        )
