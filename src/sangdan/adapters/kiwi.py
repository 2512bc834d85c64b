"""Kiwi, which takes Korean words apart; an extra, and loaded only when there is something to take apart.

source  https://github.com/bab2min/kiwipiepy
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, Final

from sangdan.offer.search.model.words import squeezed

# Common and proper nouns, numerals as nouns, roots.
_NOUNS: Final = frozenset({"NNG", "NNP", "NNB", "NR", "XR"})
_PREFIX: Final = "XPN"
_SUFFIX: Final = "XSN"
_UNITS: Final = ("개입", "인분", "매입", "겹", "구", "롤", "팩")
_PROPER: Final = "NNP"


class Kiwi:
    """Korean words by their nouns."""

    def __init__(self) -> None:
        self._kiwi: Any = None
        self._names: set[str] = set()

    def learn(self, names: Iterable[str]) -> None:
        """Know these as words of their own."""
        new = {squeezed(name) for name in names} - self._names - {""}
        self._names |= new
        if self._kiwi is not None:
            self._teach(new)

    def nouns(self, word: str) -> Sequence[str]:
        """The nouns of a word; what comes before or after a noun and cannot stand alone stays with it."""
        if self._kiwi is None:
            self._kiwi = import_module("kiwipiepy").Kiwi(num_workers=1)
            self._teach({*self._names, *_UNITS})
        found: list[str] = []
        ahead = ""
        for token in self._kiwi.tokenize(word):
            form, tag = str(token.form), str(token.tag)
            if tag in _NOUNS:
                found.append(ahead + form)
            elif tag == _SUFFIX and found:
                found[-1] += form
            ahead = form if tag == _PREFIX else ""
        return found

    def _teach(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            self._kiwi.add_user_word(name, _PROPER)
