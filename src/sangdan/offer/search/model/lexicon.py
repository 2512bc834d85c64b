"""The words that a catalogue is written in: what is known, what is nearest to what is not, where words end."""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from .hangul import initials, is_syllable, letters
from .words import squeezed, words

# Pairs of letters that sound alike or lie side by side on a keyboard: half a mistake.
_ALIKE: Final = frozenset(
    frozenset(pair)
    for pair in (
        "ㅐㅔ", "ㅒㅖ", "ㄱㄲ", "ㄷㄸ", "ㅂㅃ", "ㅅㅆ", "ㅈㅉ", "ㄱㅋ", "ㄷㅌ", "ㅂㅍ", "ㅈㅊ", "ㅅㅌ", "ㅏㅑ", "ㅓㅕ",
        "ㅗㅛ", "ㅜㅠ", "ㅡㅜ", "ㅓㅗ", "ㅏㅓ", "ㄲㅋ", "ㄸㅌ", "ㅃㅍ", "ㅉㅊ",
    )
)  # fmt: skip
_HALF: Final = 0.5
LONGEST: Final = 14
_NEAR: Final = 12  # how many near words are looked at closely
_OTHERS: Final = 12  # how many other names of a word are sought
# What another name is worth beside the word itself: the same thing, and what is only a kind of it.
_SAME: Final = 0.85
_KIND: Final = 0.75


class Other(msgspec.Struct, frozen=True):
    """What a word is called as well.

    text   a word or a phrase
    worth  beside the word itself, 0..1
    """

    text: str
    worth: float = _SAME


class Words(msgspec.Struct):
    """What a catalogue says, counted; kept in a file beside its index.

    words       in how many products each is
    brands      by name as written
    categories  by path: how many products
    named       by path: what people call it, in Korean and English
    phrases     names without their brand
    alike       what else a word is called, from the lists of synonyms; by the word without its spaces
    kinds       what is a kind of it, and what may be meant by it
    spaced      how those are written that have spaces
    """

    words: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    brands: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    categories: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    named: dict[str, list[str]] = msgspec.field(default_factory=dict[str, list[str]])
    phrases: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    alike: dict[str, list[str]] = msgspec.field(default_factory=dict[str, list[str]])
    kinds: dict[str, list[str]] = msgspec.field(default_factory=dict[str, list[str]])
    spaced: dict[str, str] = msgspec.field(default_factory=dict[str, str])


class Lexicon:
    """Answers questions about the words of a catalogue.

    of  what it holds; not changed afterwards
    """

    def __init__(self, of: Words) -> None:
        self.of = of
        self._known: dict[str, int] = dict.fromkeys((*of.alike, *of.kinds), 1) | of.words
        for brand, count in of.brands.items():
            name = squeezed(brand)
            self._known[name] = max(count, self._known.get(name, 0))
        self._most = math.log(2 + max(self._known.values(), default=1))
        self._by_length = _by_length(self._known)
        self._by_initials = _by_initials(self._known)
        self.nearest = lru_cache(maxsize=20_000)(self._nearest)
        self.alike = lru_cache(maxsize=20_000)(self._alike)

    def count(self, word: str) -> int:
        """In how many products a word is; 0 when it is not known."""
        return self._known.get(word, 0)

    def cost(self, word: str) -> float:
        """How surprising a known word is: 1 for the most frequent, up to 1.5."""
        return 1.5 - 0.5 * math.log(1 + self._known[word]) / self._most

    def _alike(self, word: str) -> tuple[Other, ...]:
        """What else a word is called, what is the same first.

        A name that no goods have leads on to what that one is called, and is left out where others are known. All are
        weighed as if they were as rare as the word itself, or where nobody sells it so, as the rarest of them: that
        one kind of paper is rarer does not make it likelier that 휴지 means it.
        """
        found: dict[str, float] = {}
        for names, worth in ((self.of.alike, _SAME), (self.of.kinds, _KIND)):
            for name in names.get(word, ()):
                further = () if self._rarities(name) else self.of.alike.get(squeezed(name), ())
                for each in [far for far in further if self._rarities(far) and word not in squeezed(far)] or [name]:
                    found.setdefault(each, worth)
        known = {name: rarities for name in found if (rarities := self._rarities(name))}
        itself = sum(self._rarities(word))
        if not known:
            return () if itself else tuple(map(Other, found))[:_OTHERS]
        level = itself or max(map(max, known.values()))
        # A phrase keeps what its words add where it is what was meant, and not where goods have the word itself.
        return tuple(
            Other(name, found[name] * level / (sum(rarities) if itself and word not in name else max(rarities)))
            for name, rarities in known.items()
        )[:_OTHERS]

    def _rarities(self, text: str) -> list[float]:
        """How rare each word of a text is among goods; none when one of them is nowhere."""
        counts = [self.of.words.get(word, 0) for word in words(text)]
        return [1 + self._most - math.log(1 + count) for count in counts] if all(counts) else []

    def with_initials(self, typed: str, most: int) -> list[str]:
        """The known words whose initial consonants these are, most frequent first; else those that begin so."""
        return self._by_initials.get(typed, [])[:most]

    def _nearest(self, word: str, most: float) -> tuple[str, float] | None:
        """The known word that is nearest to one that is not, and how far.

        most   the longest distance, in letters; what sounds alike is half a letter
        source Damerau and Levenshtein's distance of letters, not of syllables: 떡복이 is one letter from 떡볶이
        """
        from rapidfuzz.distance import OSA  # an extra: only whoever searches needs it
        from rapidfuzz.process import extract

        spelt = letters(word)
        found: list[tuple[float, float, str]] = []
        raw = math.ceil(most / _HALF) if is_syllable(word[0]) else math.ceil(most)
        for length in range(len(spelt) - raw, len(spelt) + raw + 1):
            spellings, known = self._by_length.get((is_syllable(word[0]), length), ((), ()))
            near = extract(
                spelt, spellings, scorer=OSA.distance, score_cutoff=min(raw, 1 + len(spelt) // 3), limit=_NEAR
            )
            for spelling, _, at in near:
                far = _distance(spelt, spelling)
                if far <= most:
                    found.append((far + 0.4 * self.cost(known[at]), far, known[at]))
        if not found:
            return None
        _, far, name = min(found)
        return name, far


def _by_length(known: Iterable[str]) -> dict[tuple[bool, int], tuple[list[str], list[str]]]:
    """Words of two characters and more with their letters: Korean or not, and how many letters."""
    sorted_out: dict[tuple[bool, int], tuple[list[str], list[str]]] = {}
    for word in known:
        if len(word) > 1 and not any(char.isdigit() for char in word):
            spelt = letters(word)
            spellings, words = sorted_out.setdefault((is_syllable(word[0]), len(spelt)), ([], []))
            spellings.append(spelt)
            words.append(word)
    return sorted_out


def _by_initials(known: Mapping[str, int]) -> dict[str, list[str]]:
    sorted_out: dict[str, list[str]] = {}
    for word in sorted(known, key=lambda each: (-known[each], each)):
        if len(word) > 1 and all(map(is_syllable, word)):
            sorted_out.setdefault(initials(word), []).append(word)
    return sorted_out


def _distance(one: str, other: str) -> float:
    """Letters to change, leave out, put in or swap; half of one for letters that sound alike."""
    before: list[float] = []
    row: list[float] = [float(at) for at in range(len(other) + 1)]
    for i, left in enumerate(one, 1):
        before, last, row = row, before, [float(i)]
        for j, right in enumerate(other, 1):
            change = 0.0 if left == right else _HALF if frozenset((left, right)) in _ALIKE else 1.0
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + change)
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]
