"""One generation of the index, open for reading: questions in, finds out. Threads may share it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from tantivy import DocAddress, Occur, Order, Query, Searcher, SearchResult

from sangdan.offer.search.model.lexicon import Lexicon
from sangdan.offer.search.model.listing import DEEPEST, MOST, PRICES, STARS, Asked, Facet, Facets, Hit, Shown
from sangdan.offer.search.model.reading import read
from sangdan.offer.search.model.words import pairs
from sangdan.offer.search.ports import Answer

from .fields import opened, stem
from .folder import Generation
from .question import ANY, Leniency, Question, narrowed

_FEW: Final = 10
_SHOWN: Final = msgspec.msgpack.Decoder(Shown)
_BRANDS: Final = 30
_CATEGORIES: Final = 60


class Engine:
    """Reads one generation.

    of  a finished one
    """

    def __init__(self, of: Generation) -> None:
        self.of = of
        self._index = opened(str(of.index))
        self._index.config_reader("manual")
        self._schema = self._index.schema
        self._mark = (0, 0)
        self.lexicon = Lexicon(of.words())
        self._words_mark: int = of.words_mark()
        self.searcher: Searcher = self._index.searcher()
        self.refresh()

    def refresh(self) -> bool:
        """See what was written since; gives whether there was anything."""
        mark = (self.of.index_mark(), self.of.words_mark())
        if mark == self._mark:
            return False
        if mark[1] != self._words_mark:
            self.lexicon = Lexicon(self.of.words())
            self._words_mark = mark[1]
        self._index.reload()
        self.searcher = self._index.searcher()
        self._mark = mark
        return True

    def ask(self, asked: Asked, most: int) -> Answer:
        """Find goods.

        most  how many hits at least, where there are as many
        """
        reading = read(asked.text, self.lexicon)
        question = Question(asked.text, reading)
        strictly, *leniently = question.steps()
        having, query, found = self._tried(question, strictly, asked, most)
        relaxed = False
        for leniency in leniently:
            if _total(found) >= _FEW:
                break
            relaxed |= _total(found) == 0
            having, query, found = self._tried(question, leniency, asked, most)
        total = _total(found)
        facets = self._facets(having, query, asked) if asked.facets else Facets()
        spoken = reading.spoken if reading.because else ""
        return Answer(self._hits(found, asked), total, facets, spoken, reading.because, relaxed and total > 0)

    def _tried(
        self, question: Question, leniency: Leniency, asked: Asked, most: int
    ) -> tuple[Query, Query, SearchResult]:
        """What goods should have, the same with the shopper's filters, and what it finds."""
        having = question.having(leniency)
        query = narrowed(having, asked)
        return having, query, self._found(query, asked, most)

    def order(self, text: str, ids: Sequence[str]) -> list[str]:
        """Some products in the order in which they fit; those that have none of the words come last."""
        question = Question(text, read(text, self.lexicon))
        found = self._among(question.having(ANY), ids)
        return [*found, *(each for each in ids if each not in set(found))]

    def plain(self, text: str, most: int, ids: Sequence[str] | None = None) -> list[str]:
        """Products by BM25 of the words as they were typed, and of their pairs of characters: to be held against.

        ids  only these
        """
        typed = text.lower().split()
        terms = [("name", stem(word)) for word in typed] + [("gram", pair) for word in typed for pair in pairs(word)]
        query = Query.boolean_query([(Occur.Should, Query.term_query(self._schema, *each)) for each in terms])
        if ids is None:
            return [each.product_id for each in self._shown(self.searcher.search(query, most, count=False).hits)]
        found = self._among(query, ids)
        return [*found, *(each for each in ids if each not in set(found))]

    def _among(self, query: Query, ids: Sequence[str]) -> list[str]:
        only = Query.const_score_query(Query.term_set_query(self._schema, "id", list(ids)), 0.0)
        both = Query.boolean_query([(Occur.Must, query), (Occur.Must, only)])
        return [each.product_id for each in self._shown(self.searcher.search(both, len(ids), count=False).hits)]

    def _shown(self, hits: Sequence[tuple[Any, DocAddress]]) -> list[Shown]:
        documents = (self.searcher.doc(address) for _, address in hits)
        return [_SHOWN.decode(bytes(document["shown"][0])) for document in documents]

    def _found(self, query: Query, asked: Asked, most: int) -> SearchResult:
        limit = min(DEEPEST + MOST, most)
        if asked.sort in ("cheapest", "dearest"):
            order = Order.Asc if asked.sort == "cheapest" else Order.Desc
            return self.searcher.search(query, limit, order_by_field="price", order=order)
        if asked.sort == "rated" or (asked.sort == "best" and not asked.text):
            return self.searcher.search(query, limit, order_by_field="rating", order=Order.Desc)
        return self.searcher.search(query, limit)

    def _hits(self, found: SearchResult, asked: Asked) -> list[Hit]:
        hits = found.hits
        prices = self.searcher.fast_field_values("price", [address for _, address in hits])
        scored = asked.sort in ("best", "soonest")
        return [
            Hit(
                each.product_id, each.name_ko, each.name_en, each.brand, each.category,
                None if price is None else int(price), float(score or 0) if scored else 0.0,
            )
            for each, (score, _), price in zip(self._shown(hits), hits, prices, strict=True)
        ]  # fmt: skip

    def _facets(self, question: Query, query: Query, asked: Asked) -> Facets:
        kinds = _BY_REST if asked.brands else _BY_REST | _BY_BRAND
        counted = self._counted(query, kinds)
        if asked.brands:  # what else could be chosen as well
            counted |= self._counted(narrowed(question, asked, brands=False), _BY_BRAND)
        prices = _in_ranges(counted["prices"], PRICES)
        ratings = _in_ranges(counted["ratings"], _MILLI)
        return Facets(
            [Facet(str(each.key), each.doc_count) for each in counted["categories"].buckets],
            [Facet(str(each.key), each.doc_count) for each in counted["brands"].buckets],
            [
                Facet(f"{low}-{high or ''}", goods)
                for low, high, goods in zip(PRICES, (*PRICES[1:], None), prices, strict=True)
            ],
            [Facet(str(stars), sum(ratings[at:])) for at, stars in enumerate(STARS)],
        )

    def _counted(self, query: Query, kinds: dict[str, Any]) -> dict[str, "_Counted"]:
        untyped: Any = self.searcher  # its stubs do not say what is in the answer
        return msgspec.convert(untyped.aggregate(query, kinds), dict[str, _Counted])


def _total(found: SearchResult) -> int:
    return getattr(found, "count", 0) or 0


class _Bucket(msgspec.Struct, frozen=True):
    key: str | float
    doc_count: int
    begin: float = msgspec.field(default=0.0, name="from")


class _Counted(msgspec.Struct, frozen=True):
    buckets: list[_Bucket]


def _ranges(field: str, begins: Sequence[int]) -> dict[str, Any]:
    """Ranges side by side; the last has no end."""
    ends = (*begins[1:], None)
    ranges = [{"from": low, "to": high} if high else {"from": low} for low, high in zip(begins, ends, strict=True)]
    return {"range": {"field": field, "ranges": ranges}}


def _in_ranges(counted: _Counted, begins: Sequence[int]) -> list[int]:
    """How many are in each range; an index without a value has none."""
    by_begin = {round(each.begin): each.doc_count for each in counted.buckets}
    return [by_begin.get(begin, 0) for begin in begins]


_MILLI: Final = tuple(stars * 1000 for stars in STARS)
_BY_BRAND: Final[dict[str, Any]] = {"brands": {"terms": {"field": "brand", "size": _BRANDS}}}
_BY_REST: Final[dict[str, Any]] = {
    "categories": {"terms": {"field": "category", "size": _CATEGORIES}},
    "prices": _ranges("price", PRICES),
    "ratings": _ranges("rating", _MILLI),
}
