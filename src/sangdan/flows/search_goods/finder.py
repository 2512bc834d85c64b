"""The index for one process that answers: found in its folder, seen anew when it was written to or replaced."""

import logging
import time
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from sangdan.kit.settings import Settings
from sangdan.offer.search.errors import SearchBuilding, SearchMissing, SearchOff
from sangdan.offer.search.model.listing import Asked
from sangdan.offer.search.model.suggesting import Suggester, Suggestion
from sangdan.offer.search.ports import Answer, Index

from . import folder

log = logging.getLogger("sangdan.search")

OFF: Final = "off"
LOOK_S: Final = 0.2
_KEPT: Final = 2_000
_LIBRARIES: Final = ("tantivy", "rapidfuzz")


def installed() -> bool:
    """Whether the libraries that reading an index needs are there."""
    return all(find_spec(name) is not None for name in _LIBRARIES)


def folder_of(settings: Settings) -> Path | None:
    """Where the index is kept; None where the operator wants none."""
    if settings.search is None:
        return settings.home / "search"
    return None if settings.search.name == OFF else settings.search


class Finder:
    """Looks into the index of one folder.

    at  the folder; None: there is none
    """

    def __init__(self, at: Path | None = None) -> None:
        self._folder = at
        self._engine: Index | None = None
        self._name = ""
        self._looked_s = 0.0
        self._answers = lru_cache(maxsize=_KEPT)(self._asked)
        self._suggester: Suggester | None = None

    def ask(self, asked: Asked, most: int) -> Answer:
        """Find goods, at least `most` where there are as many.

        raises  SearchOff, SearchMissing, SearchBuilding
        """
        self._fresh()
        return self._answers(msgspec.json.encode(asked), most)

    def suggest(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """What somebody who has typed so far may want.

        raises  SearchOff, SearchMissing, SearchBuilding
        """
        engine = self._fresh()
        if self._suggester is None:
            self._suggester = Suggester(engine.lexicon)
        return self._suggester.suggest(text, limit)

    def _asked(self, asked: bytes, most: int) -> Answer:
        assert self._engine is not None
        return self._engine.ask(msgspec.json.decode(asked, type=Asked), most)

    def _fresh(self) -> Index:
        """The index as it is now, looked for not more often than every LOOK_S."""
        now_s = time.monotonic()
        if self._engine is None or now_s - self._looked_s > LOOK_S:
            self._looked_s = now_s
            self._look()
        if self._engine is None:
            raise SearchBuilding("The search index is being made; try again in a moment.")
        return self._engine

    def _look(self) -> None:
        if self._folder is None:
            raise SearchOff("Searching is switched off here: SANGDAN_SEARCH is 'off'.")
        if not installed():
            raise SearchMissing("Searching needs libraries that are not installed: pip install 'sangdan[search]'.")
        found = folder.current(self._folder)
        if found is None:
            self._engine = None
            return
        try:
            if self._engine is None or found.name != self._name:
                from .engine import Engine  # an extra: only whoever searches needs it

                self._engine, self._name = Engine(found), found.name
            elif not self._engine.refresh():
                return
        except (OSError, ValueError) as reason:  # it was replaced between two looks
            log.info("the index could not be read and is looked for again: %s", reason)
            return
        self._answers.cache_clear()
        self._suggester = None
