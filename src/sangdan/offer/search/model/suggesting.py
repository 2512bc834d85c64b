"""What somebody who types may want: from the first letter on, in the middle of a syllable, on either keyboard."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from heapq import nlargest, nsmallest
from typing import Final, Literal

import msgspec

from .hangul import initials, is_initials, is_syllable, letters, plain_initials, typed_letters
from .lexicon import Lexicon, Words
from .words import MOST_CHARS, squeezed, written_alike

Kind = Literal["word", "brand", "category", "product"]

_MOST_PHRASES: Final = 30_000
_RARE: Final = 2
_LAST: Final = "\uffff"
# How much rather one kind is told than another of the same frequency.
_WEIGHTS: Final[dict[Kind, float]] = {"category": 8.0, "word": 2.0, "brand": 3.0, "product": 1.0}
_INSIDE: Final = 0.3  # a word in the middle of a name


class Suggestion(msgspec.Struct, frozen=True):
    """Something to search for.

    value  of a category: its path; '' otherwise
    """

    text: str
    kind: Kind
    value: str = ""


class _Entry(msgspec.Struct, frozen=True):
    key: str
    weight: float
    told: Suggestion


class Suggester:
    """Knows what can be searched for.

    lexicon  the words of the catalogue
    """

    def __init__(self, lexicon: Lexicon) -> None:
        told = list(_told(lexicon.of))
        self._lexicon = lexicon
        self._by_letters = sorted(_by_letters(told), key=lambda entry: entry.key)
        self._keys = [entry.key for entry in self._by_letters]
        self._by_initials = sorted(
            (_Entry(initials(squeezed(text.text)), weight, text) for text, weight in told if is_syllable(text.text[0])),
            key=lambda entry: entry.key,
        )
        self._initials = [entry.key for entry in self._by_initials]
        self.suggest = lru_cache(maxsize=4096)(self._suggest)

    def _suggest(self, text: str, limit: int) -> tuple[Suggestion, ...]:
        """What begins as typed, or has a word that does; nothing for nothing.

        text   as far as it is typed
        limit  at most so many, best first
        """
        typed = written_alike(text[:MOST_CHARS]).replace(" ", "").strip()
        if not typed:
            return ()
        if (len(typed) == 1 and typed in initials("가나다라마바사아자차카타파하")) or is_initials(typed):
            found = _within(self._by_initials, self._initials, plain_initials(typed))
        else:
            found = _within(self._by_letters, self._keys, letters(typed))
        if not found and typed.isascii():
            found = _within(self._by_letters, self._keys, typed_letters(text))
        if not found and (near := self._lexicon.nearest(typed, 1.0)) is not None:
            found = _within(self._by_letters, self._keys, letters(near[0]))
        best: dict[Suggestion, float] = {}
        for entry in found:
            best[entry.told] = max(entry.weight, best.get(entry.told, 0.0))
        return tuple(nlargest(limit, best, key=lambda told: (best[told], -len(told.text))))


def _within(entries: list[_Entry], keys: list[str], prefix: str) -> list[_Entry]:
    return entries[bisect_left(keys, prefix) : bisect_right(keys, prefix + _LAST)] if prefix else []


def _told(words: Words) -> Iterable[tuple[Suggestion, float]]:
    """Everything that can be suggested, and how much it weighs."""
    for path, names in words.named.items():
        for name in names:
            yield Suggestion(name, "category", path), _WEIGHTS["category"] * (1 + words.categories.get(path, 0))
    for brand, count in words.brands.items():
        yield Suggestion(brand, "brand"), _WEIGHTS["brand"] * (1 + count)
    for word, count in words.words.items():
        if count >= _RARE and len(word) > 1 and is_syllable(word[0]):
            yield Suggestion(word, "word"), _WEIGHTS["word"] * count
    many = nsmallest(_MOST_PHRASES, words.phrases.items(), key=lambda each: (-each[1], each[0]))
    for phrase, count in many:
        if phrase.strip():
            yield Suggestion(phrase, "product"), _WEIGHTS["product"] * count


def _by_letters(told: Iterable[tuple[Suggestion, float]]) -> Iterable[_Entry]:
    """Each under how it begins, and under how each of its words does."""
    for suggestion, weight in told:
        parts = suggestion.text.lower().split()
        for at in range(len(parts)):
            key = letters(squeezed(" ".join(parts[at:])))
            if key:
                yield _Entry(key, weight if at == 0 else weight * _INSIDE, suggestion)
