"""What was read, as a question to the index."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tantivy import FieldType, Occur, Query, Schema

from sangdan.offer.search.model.hangul import is_syllable
from sangdan.offer.search.model.listing import Asked
from sangdan.offer.search.model.reading import Reading, Word
from sangdan.offer.search.model.words import pairs, squeezed, words

from .fields import is_code, stem

# How much each place counts where a word may stand.
NAME: Final = 1.0
HEAD: Final = 1.2
GRAM: Final = 0.45
SIDE: Final = 0.5
TIE_EN: Final = 0.5
JOINED: Final = 1.0
NEXT: Final = 0.3
OTHER: Final = 0.8  # another name of what is sought
OPTIONAL: Final = 0.3
WHOLE: Final = 0.15  # the text as it was typed, two characters at a time
TOGETHER: Final = 2.0  # what has every word
TIE: Final = 0.25
# The share of the words that goods must have at least.
STRICT: Final = 1.0
LENIENT: Final = 0.6
ANY: Final = 0.0


def asked_for(text: str, reading: Reading, schema: Schema, share: float) -> Query:
    """The question behind a text.

    text     as typed
    reading  of it; '' has no words and finds everything
    share    of the words that goods must have at least, 0..1; one in any case
    """
    firm = [_word(word, schema) for word in reading.words if not word.optional]
    if not firm:
        return Query.all_query() if not text.strip() else Query.empty_query()
    least = max(1, round(share * len(firm)))
    needed = Query.boolean_query([(Occur.Should, each) for each in firm], least)
    parts = [(Occur.Must, needed)]
    if len(firm) > 1:
        together = Query.boolean_query([(Occur.Must, each) for each in firm])
        parts.append((Occur.Should, Query.const_score_query(together, TOGETHER * len(firm))))
    for word in reading.words:
        if word.optional:
            parts.append((Occur.Should, Query.boost_query(_word(word, schema), OPTIONAL)))
    parts += [
        (Occur.Should, Query.boost_query(Query.term_query(schema, "gram", pair), WHOLE))
        for pair in dict.fromkeys(pairs(squeezed(reading.spoken)))
        if is_syllable(pair[0])
    ]
    latin = [stem(word) for word in words(reading.spoken) if not is_syllable(word[0])]
    parts += [
        (Occur.Should, Query.boost_query(Query.term_query(schema, "gram", one + other), NEXT))
        for one, other in pairwise(latin)
    ]
    found = Query.boolean_query(parts)
    if not is_code(text):
        return found
    code = Query.term_query(schema, "code", text.strip().lower())
    return Query.disjunction_max_query([found, Query.const_score_query(code, 1000.0)])


def _word(word: Word, schema: Schema) -> Query:
    ways = [_text(word.text, schema)]
    ways += [Query.boost_query(_text(other, schema), OTHER) for other in word.others]
    return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)


def _text(text: str, schema: Schema) -> Query:
    """Goods that have a word, or all words of a phrase."""
    each = [_single(word, schema) for word in words(text)]
    if len(each) == 1:
        return each[0]
    return Query.boolean_query([(Occur.Must, one) for one in each])


def _single(word: str, schema: Schema) -> Query:
    def term(field: str, token: str, boost: float) -> Query:
        return Query.boost_query(Query.term_query(schema, field, token), boost)

    if not is_syllable(word[0]):
        token = stem(word)
        places = (("name", NAME), ("gram", JOINED), ("side", SIDE))
        return Query.disjunction_max_query([term(field, token, boost) for field, boost in places], TIE_EN)
    ways = [term("name", word, NAME), term("head", word, HEAD), term("side", word, SIDE)]
    if len(word) > 1:
        grams = [(Occur.Must, Query.term_query(schema, "gram", pair)) for pair in dict.fromkeys(pairs(word))]
        ways.append(Query.boost_query(Query.boolean_query(grams), GRAM))
    return Query.disjunction_max_query(ways, TIE)


def narrowed(found: Query, asked: Asked, schema: Schema, *, brands: bool = True) -> Query:
    """A question with the filters of a shopper; they count nothing."""
    filters: list[Query] = []
    if asked.category:
        filters.append(Query.term_query(schema, "category", asked.category))
    if asked.brands and brands:
        filters.append(Query.term_set_query(schema, "brand", list(asked.brands)))
    if asked.price_from_minor is not None or asked.price_to_minor is not None:
        filters.append(_between(schema, "price", asked.price_from_minor or 0, asked.price_to_minor))
    if asked.rating_from is not None:
        filters.append(_between(schema, "rating", asked.rating_from * 1000, None))
    if asked.sort in ("cheapest", "dearest"):
        filters.append(_between(schema, "price", 0, None))
    if not filters:
        return found
    parts: Sequence[tuple[Occur, Query]] = [
        (Occur.Must, found),
        *((Occur.Must, Query.const_score_query(each, 0.0)) for each in filters),
    ]
    return Query.boolean_query(parts)


def _between(schema: Schema, field: str, low: int, high: int | None) -> Query:
    return Query.range_query(schema, field, FieldType.Unsigned, low, high)
