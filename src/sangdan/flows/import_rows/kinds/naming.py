"""Imports of what things are called: other names, for searching."""

from typing import Final

from sangdan.offer.search import commands as search

from ..cells import flag, text
from .kind import Column, Kind, plain

SYNONYMS: Final = Kind(
    "synonyms",
    "another name: who searches for the word finds what is called the same as well",
    (
        Column("word", text(60), "what people type", "달걀"),
        Column("same", text(60), "what it is called in the catalogue; a phrase needs all its words", "계란"),
        Column("mutual", flag(), "whether it holds the other way round too", "true", need=False, default="true"),
    ),
    key=("word", "same"),
    put=plain(search.load_synonyms),
    notes=("They count beside the list that comes with the program, within seconds and without a new index.",),
)
