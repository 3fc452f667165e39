"""The fixture `logged`: what the application writes to its log, as it would stand in the file."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged(app: Any) -> Iterator[Lines]:
    """`logged()` gives the events so far, each as the JSON that was written."""
    before, written = structlog.get_config(), io.StringIO()
    structlog.configure(
        **{
            **before,
            "logger_factory": structlog.PrintLoggerFactory(file=written),
            "wrapper_class": structlog.make_filtering_bound_logger(logging.INFO),
        }
    )
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.configure(**before)
