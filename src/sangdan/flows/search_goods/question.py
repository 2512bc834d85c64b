"""What was read, as a question to the index."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from tantivy import FieldType, Occur, Query

from sangdan.offer.search.model.asides import ASIDES
from sangdan.offer.search.model.hangul import is_syllable
from sangdan.offer.search.model.listing import Asked
from sangdan.offer.search.model.reading import PARTICLES, Reading, Word
from sangdan.offer.search.model.words import pairs, words

from .fields import is_code, schema, stem

# How much each place counts where a word may stand.
NAME: Final = 1.0
HEAD: Final = 1.2
GRAM: Final = 0.45
SIDE: Final = 0.5
TIE_EN: Final = 0.5
JOINED: Final = 1.0
NEXT: Final = 0.3
PARTICLE: Final = 0.3
LAST: Final = 0.5  # in Korean the last word says what is sought: 겨울 이불 is an 이불
WHOLE: Final = 0.15  # the text as it was typed, two characters at a time
TOGETHER: Final = 6.0  # what has every word
TIE: Final = 0.25


class Leniency(NamedTuple):
    """How much of a question goods must have.

    share  of the words, at least
    last   the last Korean word in any case: it says what is sought
    """

    share: float
    last: bool = False


# Asked one after the other until there is enough.
STRICT: Final = Leniency(1.0)
ANY: Final = Leniency(0.0)
STEPS: Final = (STRICT, Leniency(0.6, last=True), Leniency(0.0, last=True), ANY)
# Words whose part of a question is kept: the next one who looks for milk need not have it made again.
_KEPT: Final = 5_000
_SCHEMA: Final = schema()  # the same in every index of this version


class Question:
    """The question behind a text, asked strictly or leniently.

    text     as typed
    reading  of it; '' has no words and finds everything
    """

    def __init__(self, text: str, reading: Reading) -> None:
        self._text = text
        firm = [word for word in reading.words if not word.optional]
        self._firm = [_word(word) for word in firm]
        backwards = zip(reversed(firm), reversed(self._firm), strict=True)
        self._last = next((query for word, query in backwards if is_syllable(word.text[0])), None)
        self._more = _welcome(reading, self._firm, self._last) if self._firm else []

    def least(self, leniency: Leniency) -> int:
        """How many words goods must have: one in any case."""
        return max(1, round(leniency.share * len(self._firm)))

    def steps(self) -> list[Leniency]:
        """How to ask, strictly first; what would say the same again is left out."""
        said: dict[tuple[int, bool], Leniency] = {}
        for each in STEPS:
            fewer = self.least(each) < len(self._firm)
            said.setdefault((self.least(each), fewer and each.last and self._last is not None), each)
        return list(said.values())

    def having(self, leniency: Leniency) -> Query:
        """What finds the goods with so many of the words."""
        if not self._firm:
            return Query.empty_query() if self._text.strip() else Query.all_query()
        needed = Query.boolean_query([(Occur.Should, each) for each in self._firm], self.least(leniency))
        found = Query.boolean_query([(Occur.Must, needed), *self._more])
        if leniency.last and self._last is not None:
            last = Query.const_score_query(self._last, 0.0)
            found = Query.boolean_query([(Occur.Must, found), (Occur.Must, last)])
        if not is_code(self._text):
            return found
        code = Query.term_query(_SCHEMA, "code", self._text.strip().lower())
        return Query.disjunction_max_query([found, Query.const_score_query(code, 1000.0)])


def _welcome(reading: Reading, firm: Sequence[Query], last: Query | None) -> list[tuple[Occur, Query]]:
    """What goods need not have, but come first with."""
    parts: list[Query] = []
    if len(firm) > 1:
        together = Query.boolean_query([(Occur.Must, each) for each in firm])
        parts.append(Query.const_score_query(together, TOGETHER * len(firm)))
        if last is not None:
            parts += [Query.boost_query(last, LAST), Query.const_score_query(last, TOGETHER)]
    optional = [word for word in reading.words if word.optional]
    # 딸기잼 may well be 잼, but 강아지가 is not 가.
    parts += [Query.boost_query(_word(word), PARTICLE if _says_little(word.text) else NAME) for word in optional]
    spoken = words(reading.spoken)
    parts += [_gram(pair, WHOLE) for pair in dict.fromkeys(pairs("".join(spoken))) if is_syllable(pair[0])]
    latin = [stem(word) for word in spoken if not is_syllable(word[0])]
    parts += [_gram(one + other, NEXT) for one, other in pairwise(latin)]
    return [(Occur.Should, each) for each in parts]


def _says_little(text: str) -> bool:
    return text in PARTICLES or text in ASIDES


@lru_cache(_KEPT)
def _gram(token: str, boost: float) -> Query:
    return Query.boost_query(Query.term_query(_SCHEMA, "gram", token), boost)


@lru_cache(_KEPT)
def _word(word: Word) -> Query:
    ways = [_text(word.text)]
    ways += [Query.boost_query(_text(other.text), other.worth) for other in word.others]
    return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways, TIE)


def _text(text: str) -> Query:
    """Goods that have a word, or all words of a phrase."""
    each = [_single(word) for word in words(text)]
    if len(each) == 1:
        return each[0]
    return Query.boolean_query([(Occur.Must, one) for one in each])


def _single(word: str) -> Query:
    def term(field: str, token: str, boost: float) -> Query:
        return Query.boost_query(Query.term_query(_SCHEMA, field, token), boost)

    if not is_syllable(word[0]):
        token = stem(word)
        places = (("name", NAME), ("gram", JOINED), ("side", SIDE))
        return Query.disjunction_max_query([term(field, token, boost) for field, boost in places], TIE_EN)
    ways = [term("name", word, NAME), term("head", word, HEAD), term("side", word, SIDE)]
    if len(word) > 1:
        grams = [(Occur.Must, Query.term_query(_SCHEMA, "gram", pair)) for pair in dict.fromkeys(pairs(word))]
        ways.append(Query.boost_query(Query.boolean_query(grams), GRAM))
    return Query.disjunction_max_query(ways, TIE)


def narrowed(found: Query, asked: Asked, *, brands: bool = True) -> Query:
    """A question with the filters of a shopper; they count nothing."""
    filters: list[Query] = []
    if asked.category:
        filters.append(Query.term_query(_SCHEMA, "category", asked.category))
    if asked.brands and brands:
        filters.append(Query.term_set_query(_SCHEMA, "brand", list(asked.brands)))
    if asked.price_from_minor is not None or asked.price_to_minor is not None:
        filters.append(_between("price", asked.price_from_minor or 0, asked.price_to_minor))
    if asked.rating_from is not None:
        filters.append(_between("rating", asked.rating_from * 1000, None))
    if asked.sort in ("cheapest", "dearest"):
        filters.append(_between("price", 0, None))
    if not filters:
        return found
    parts: Sequence[tuple[Occur, Query]] = [
        (Occur.Must, found),
        *((Occur.Must, Query.const_score_query(each, 0.0)) for each in filters),
    ]
    return Query.boolean_query(parts)


def _between(field: str, low: int, high: int | None) -> Query:
    return Query.range_query(_SCHEMA, field, FieldType.Unsigned, low, high)
