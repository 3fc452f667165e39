"""The scene of the tests of cases: at noon of a day for verbs, now for pages."""

import pytest

from echo_sessions import clock
from tests.cases.scene import Scene
from tests.conftest import NOON
from tests.make import Make


@pytest.fixture
def scene(make: Make) -> Scene:
    return Scene(make, NOON)


@pytest.fixture
def today(make: Make) -> Scene:
    """The scene at the real moment, for pages: they ask the clock."""
    return Scene(make, clock.now())
