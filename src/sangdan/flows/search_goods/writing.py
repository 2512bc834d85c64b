"""One generation of the index, open for writing: made from the whole catalogue, then brought in step with it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tantivy import Index, IndexWriter

from sangdan.kit.db import Conn
from sangdan.offer.search import commands as search
from sangdan.offer.search.model.lexicon import Words
from sangdan.offer.search.model.listing import Listing
from sangdan.offer.search.ports import Morphemes

from .fields import Scribe, opened
from .folder import Generation

HEAP_BYTES: Final = 128_000_000
PAGE: Final = 2_000


class Writer:
    """Writes one generation; there can be one at a time.

    of         the generation
    scribe     takes listings apart
    """

    def __init__(self, of: Generation, scribe: Scribe) -> None:
        self.of = of
        self._scribe = scribe
        self._index: Index = opened(str(of.index))
        self._writer: IndexWriter = self._index.writer(HEAP_BYTES, 1)
        self._changed = False

    @classmethod
    async def open(cls, of: Generation, morphemes: Morphemes, conn: Conn) -> "Writer":
        """Begin, or go on where the generation ends."""
        said = of.words() if (of.path / "words").exists() else Words()
        writer = cls(of, Scribe(morphemes, said))
        await writer.learn_names(conn, morphemes)
        return writer

    async def learn_names(self, conn: Conn, morphemes: Morphemes) -> None:
        """Read what words are called as well, the names of categories, and the brands."""
        search.add_names(self._scribe.said, await search.synonyms(conn))
        named = {each.category: [each.name_ko, each.name_en] for each in await search.categories(conn)}
        self._scribe.said.named = named
        morphemes.learn(await search.brands(conn))
        self._scribe.news += 1

    async def make(self, conn: Conn, at: datetime, stop: asyncio.Event) -> int:
        """Write the whole catalogue, as this transaction sees it; gives how many products.

        at    prices are those of this instant
        stop  ends it early
        """
        done, after = 0, ""
        while not stop.is_set() and (ids := await search.page(conn, after, PAGE)):
            await asyncio.to_thread(self._add, await search.listings(conn, ids, at))
            done, after = done + len(ids), ids[-1]
        return done

    async def renew(self, conn: Conn, ids: Sequence[str], at: datetime) -> None:
        """Write some products anew; those that are gone are taken out."""
        for first in range(0, len(ids), PAGE):
            some = ids[first : first + PAGE]
            listings = await search.listings(conn, some, at)
            await asyncio.to_thread(self._replace, some, listings)

    def commit(self) -> None:
        """Let readers see what was written. Words come first: they are harmless without their goods."""
        if self._scribe.news:
            self.of.keep(self._scribe.said)
            self._scribe.news = 0
        if self._changed or not self.of.index_mark():
            self._writer.commit()
            self._changed = False

    def close(self) -> None:
        """Let go of the generation; what was not committed is forgotten."""
        self._writer.rollback()
        del self._writer

    def _add(self, listings: Sequence[Listing]) -> None:
        self._changed |= bool(listings)
        for listing in listings:
            self._writer.add_document(self._scribe.document(listing))

    def _replace(self, ids: Sequence[str], listings: Sequence[Listing]) -> None:
        self._changed |= bool(ids)
        for product_id in ids:
            self._writer.delete_documents_by_term("id", product_id)
        self._add(listings)
