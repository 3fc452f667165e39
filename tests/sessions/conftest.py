"""The post for stories about letters."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sessions.calendars import Post


@pytest.fixture
def post(app: Any) -> Iterator[Post]:
    """Everything that is sent arrives here; `post.run(now)` is the workers' turn."""
    here, real = Post(app), app.extensions["smtp"]
    app.extensions["smtp"] = here
    yield here
    app.extensions["smtp"] = real


@pytest.fixture(autouse=True)
def texts(request: pytest.FixtureRequest) -> None:
    """The hub has a code of conduct and a privacy notice: without them no dates are published."""
    if "make" in request.fixturenames:
        request.getfixturevalue("make").texts()
