"""Asking the tiny alliance as a shop does, with sellers and shares; and bringing rows into it."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from sangdan.flows import quote_promise
from sangdan.flows.import_rows import load
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.db import Pool
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Way

from .alliance_cases import AT, BUYER, SECRET, SEOUL
from .alliance_town import Town


async def ask(
    town: Town, *wishes: Wish, service: str = "next_day", shop_id: str | None = BUYER.shop_id
) -> tuple[str, Way]:
    """A service's way for a basket, with its token.

    raises  what `quote_promise.ask` raises
    """
    now = town.clock.now()
    basket = Basket(wishes=wishes, postcode=SEOUL, shop_id=shop_id)
    async with town.pool.transaction() as conn:
        inputs, quote = await quote_promise.ask(conn, await network_of(conn), basket, now)
    way = next(each for each in quote.ways if each.service == service)
    return promises.seal(way, promises.pack(inputs), town.ids.new(now), BUYER.client_id, SECRET), way


async def bring(pool: Pool, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Import rows; gives why any was refused."""
    report = await load(pool, kind, pl.DataFrame(rows), AT)
    return report.rejects["import_reason"].to_list()
