"""The fields of the index, and a listing taken apart into them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import msgspec
from tantivy import Document, Filter, Index, Schema, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from sangdan.offer.reviews.model import PRIOR_MILLI, PRIOR_REVIEWS
from sangdan.offer.search.model.hangul import is_syllable
from sangdan.offer.search.model.lexicon import Words
from sangdan.offer.search.model.listing import Listing, Shown
from sangdan.offer.search.model.words import pairs, squeezed, words
from sangdan.offer.search.ports import Morphemes

# Bumped when the fields or what stands in them change: an index of another version is made anew.
VERSION: Final = 3
_WORDS: Final = "words"
_PACK: Final = re.compile(r"\([^)]*\)")
_FOR: Final = "용"  # what a word for a use ends with
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?=[a-z])")
_TOKENS: Final = TextAnalyzerBuilder(Tokenizer.whitespace()).build()
_ENGLISH: Final = TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()
MOST_PHRASES: Final = 200_000


def schema() -> Schema:
    """The fields.

    name   every word of both names, and what it is made of; English without its endings
    head   the last word of the Korean name, which says what the thing is
    gram   every two characters of the Korean name in a row, whatever its spacing; English words in pairs
    side   brand, category and options
    code   SKUs and barcode numbers
    shown  Shown, as msgpack
    """
    fields = SchemaBuilder()
    fields.add_bytes_field("shown", stored=True)
    for name in ("name", "head", "gram", "side"):
        fields.add_text_field(name, tokenizer_name=_WORDS, index_option="freq")
    for name in ("id", "code"):
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("category", "brand"):
        fields.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("price", "rating"):
        fields.add_unsigned_field(name, indexed=True, fast=True)
    return fields.build()


def opened(path: str) -> Index:
    """The index of a folder, made when there is none."""
    index = Index(schema(), path)
    index.register_tokenizer(_WORDS, _TOKENS)
    return index


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """An English word without its ending; others as they are."""
    return (_ENGLISH.analyze(word) or [word])[0] if word.isascii() and word.isalpha() else word


class Scribe:
    """Takes listings apart, and counts the words of the catalogue.

    said  the words counted so far; grows
    """

    def __init__(self, morphemes: Morphemes, said: Words) -> None:
        self.said = said
        self.news = 0  # words that were not known before
        self._morphemes = morphemes
        self._parts: dict[str, Sequence[str]] = {}
        morphemes.learn(said.brands)

    def document(self, listing: Listing) -> Document:
        """What the index keeps of a product."""
        typed = words(listing.name_ko)
        korean = [word for word in typed if is_syllable(word[0])]
        latin = [*(word for word in typed if not is_syllable(word[0])), *words(listing.name_en)]
        parts = [part for word in korean for part in self._taken_apart(word)]
        side = [*words(listing.brand or ""), *(word for option in listing.options for word in words(option))]
        filed = words(listing.category.replace("_", " "))
        filed += [word for path in _paths(listing.category) for word in self._named(path)]
        self._count(listing, {*parts, *latin, *side}, filed)
        paper = Document()
        shown = Shown(listing.product_id, listing.name_ko, listing.name_en, listing.brand, listing.category)
        paper.add_bytes("shown", msgspec.msgpack.encode(shown))
        paper.add_text("id", listing.product_id)
        numbers = [found[0] for word in latin if (found := _NUMBER.match(word))]
        paper.add_text("name", " ".join([*parts, *map(stem, latin), *numbers]))
        paper.add_text("head", " ".join(self._head(listing.name_ko)))
        paper.add_text("gram", " ".join([*pairs("".join(typed)), *_neighbours(listing.name_en)]))
        paper.add_text("side", " ".join(map(stem, side + filed)))
        for code in listing.codes:
            paper.add_text("code", code.lower())
        for path in _paths(listing.category):
            paper.add_text("category", path)
        if listing.brand:
            paper.add_text("brand", listing.brand)
        if listing.price_minor is not None:
            paper.add_unsigned("price", listing.price_minor)
        if listing.reviews:
            stars_milli = PRIOR_REVIEWS * PRIOR_MILLI + listing.stars * 1000
            paper.add_unsigned("rating", stars_milli // (PRIOR_REVIEWS + listing.reviews))
        return paper

    def _named(self, path: str) -> list[str]:
        """What a category is called: 분유와 이유식 are 분유 too."""
        said = [word for name in self.said.named.get(path, ()) for word in words(name)]
        return [part for word in said for part in (self._taken_apart(word) if is_syllable(word[0]) else (word,))]

    def _taken_apart(self, word: str) -> Sequence[str]:
        """A word and the nouns in it."""
        known = self._parts.get(word)
        if known is None:
            known = tuple(dict.fromkeys((word, *self._morphemes.nouns(word))))
            self._parts[word] = known
        return known

    def _head(self, name: str) -> list[str]:
        typed = words(_PACK.sub(" ", name))
        # 팬티 3장 are 팬티, and 삼겹살 구이용 is 삼겹살.
        korean = [word for before, word in pairwise(["", *typed]) if is_syllable(word[0]) and not before.isdigit()]
        things = [word for word in korean if len(word) == 1 or word[-1] != _FOR] or korean
        if not things:
            return []
        nouns = self._morphemes_of(things[-1])
        return list(dict.fromkeys((things[-1], "".join(nouns[-2:]), *nouns[-1:])))

    def _morphemes_of(self, word: str) -> Sequence[str]:
        parts = self._taken_apart(word)
        return parts[1:] or parts

    def _count(self, listing: Listing, said: set[str], filed: Sequence[str]) -> None:
        """Count what a product's words are; those of its category are known, and not the more frequent for it."""
        for word in said:
            before = self.said.words.get(word, 0)
            self.news += before == 0
            self.said.words[word] = before + 1
        for word in filed:
            self.news += word not in self.said.words
            self.said.words.setdefault(word, 1)
        brand = listing.brand or ""
        if brand:
            self.news += brand not in self.said.brands
            self.said.brands[brand] = self.said.brands.get(brand, 0) + 1
        for path in _paths(listing.category):
            self.said.categories[path] = self.said.categories.get(path, 0) + 1
        for phrase in (listing.name_ko.removeprefix(brand).strip(), listing.name_en):
            if phrase in self.said.phrases or len(self.said.phrases) < MOST_PHRASES:
                self.said.phrases[phrase] = self.said.phrases.get(phrase, 0) + 1


def _neighbours(name: str) -> list[str]:
    """Every two English words in a row as one: lawn mower is found as lawnmower too, and better than mower, lawn."""
    stems = [stem(word) for word in words(name)]
    return [one + other for one, other in pairwise(stems)]


def _paths(category: str) -> list[str]:
    """A category's path and every path above it: a/b gives a, a/b."""
    steps = category.split("/")
    return ["/".join(steps[: at + 1]) for at in range(len(steps))]


def is_code(text: str) -> bool:
    """Whether a text may be a SKU or a barcode number."""
    return any(char.isdigit() for char in text) and " " not in text.strip() and squeezed(text) != ""
