"""A living alliance that the stories of a run share; each story has goods of its own in it."""

from collections.abc import Iterator

import httpx
import pytest

from . import town
from .tower import Tower, tower
from .town import Keys


@pytest.fixture(scope="session")
def alliance() -> Iterator[tuple[Tower, Keys]]:
    """A tower that serves, the small alliance in it, and its clients' keys."""
    with tower() as running:
        yield running, town.found(running)


@pytest.fixture
def alone() -> Iterator[tuple[Tower, Keys]]:
    """A tower for one test, whose orders go to the floor at once."""
    with tower(release_after_s="0") as running:
        yield running, town.found(running)


@pytest.fixture
def shop(alliance: tuple[Tower, Keys]) -> Iterator[httpx.Client]:
    """Asks as 온마루's web shop."""
    running, keys = alliance
    with town.caller(running, keys["onmaru-web"]) as door:
        yield door


@pytest.fixture
def other_shop(alliance: tuple[Tower, Keys]) -> Iterator[httpx.Client]:
    """Asks as 다른가게's."""
    running, keys = alliance
    with town.caller(running, keys["dareun-web"]) as door:
        yield door
