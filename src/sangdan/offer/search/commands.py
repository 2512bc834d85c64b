"""The verbs of the search room: other names come in, and are read with those that come with the program."""

import csv
from collections import defaultdict
from importlib.resources import files
from typing import Final

from sangdan.kit import bulk
from sangdan.kit.db import Conn

from . import queries
from .model.lexicon import Words
from .model.words import squeezed
from .queries import Category, Synonym, brands, categories, listings, page, tidy

__all__ = [
    "Category", "Synonym", "add_names", "brands", "categories", "listings", "load_synonyms", "ours", "page",
    "synonyms", "tidy",
]  # fmt: skip

_OURS: Final = "synonyms.csv"


async def load_synonyms(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring other names in; rows as CSV in the order of their statement."""
    return await bulk.load(conn, queries.BULK_SYNONYMS, rows)


async def synonyms(conn: Conn) -> list[Synonym]:
    """All other names: ours, then the alliance's."""
    return [*ours(), *await queries.synonyms(conn)]


def add_names(said: Words, names: list[Synonym]) -> None:
    """Put other names in place of those that a catalogue's words had."""
    alike: defaultdict[str, dict[str, None]] = defaultdict(dict)
    kinds: defaultdict[str, dict[str, None]] = defaultdict(dict)
    spaced: dict[str, str] = {}
    for each in names:
        word, same = squeezed(each.word), squeezed(each.same)
        if each.mutual:
            alike[word][each.same] = None
            alike[same][each.word] = None
        else:
            kinds[word][each.same] = None
        spaced |= {squeezed(text): text for text in (each.word, each.same) if " " in text.strip()}
    said.alike = {word: list(others) for word, others in alike.items() if word}
    said.kinds = {word: list(others) for word, others in kinds.items() if word}
    said.spaced = spaced


def ours() -> list[Synonym]:
    """The list that comes with the program."""
    text = (files(__package__ or "") / _OURS).read_text(encoding="utf-8")
    return [Synonym(row["word"], row["same"], row["mutual"] == "true") for row in csv.DictReader(text.splitlines())]
