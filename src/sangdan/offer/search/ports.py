"""What searching asks of the outside: the parts of Korean words, and an index to look into."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from .model.lexicon import Lexicon
from .model.listing import Asked, Facets, Hit
from .model.reading import Because


class Morphemes(Protocol):
    """Takes Korean words apart."""

    def learn(self, names: Iterable[str]) -> None:
        """Know these as words of their own: brands, units."""
        ...

    def nouns(self, word: str) -> Sequence[str]:
        """What a word is made of, in order, without particles and endings."""
        ...


class Answer(msgspec.Struct, frozen=True):
    """What an index has.

    hits     best first, from the first on
    total    of all that fit
    read_as  what was sought instead of what was typed, '' when as typed
    relaxed  nothing has all of the words: these have some
    """

    hits: Sequence[Hit]
    total: int
    facets: Facets
    read_as: str
    because: Because
    relaxed: bool


class Index(Protocol):
    """An index that is open for reading."""

    lexicon: Lexicon

    def refresh(self) -> bool:
        """See what was written since; gives whether there was anything."""
        ...

    def ask(self, asked: Asked, most: int) -> Answer:
        """Find goods, at least `most` where there are as many."""
        ...
