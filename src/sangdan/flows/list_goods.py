"""What a shopper looks for, as a list: the search finds it, the shop window says what can be had and when."""

from collections.abc import Mapping, Sequence
from datetime import UTC

import msgspec

from sangdan.flows.picture import Shelves
from sangdan.flows.search_goods import (
    Asked,
    Finder,
    Finds,
    SearchBuilding,
    SearchMissing,
    SearchOff,
    Standing,
    search,
)
from sangdan.flows.shop_window import Card, Looker, cards, goods_page
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network


class Listed(msgspec.Struct, frozen=True):
    """A page of a list.

    found  what the search said of all of it; None when there is no search here, and the catalogue was asked instead
    more   whether there is a page after this one
    """

    cards: Sequence[Card]
    found: Finds | None
    more: bool


async def list_goods(
    conn: Conn, network: Network, looker: Looker, finder: Finder, asked: Asked, shelves: Shelves | None = None
) -> Listed:
    """The goods that a shopper asks for, those first that fit best and can be had soonest.

    asked    what for; without a text a category, or all there is
    raises   SearchOff, SearchMissing, SearchBuilding when only a search could tell
    """

    seen: dict[str, Card] = {}

    async def look(product_ids: Sequence[str]) -> Mapping[str, Standing]:
        seen.update((card.product_id, card) for card in await cards(conn, network, looker, product_ids, shelves))
        return {product_id: _standing(seen[product_id], looker) for product_id in product_ids if product_id in seen}

    try:
        found = await search(finder, asked, look if looker.place is not None else None)
    except (SearchOff, SearchMissing, SearchBuilding):
        if asked.text:
            raise
        shown, more = await goods_page(
            conn, network, looker, asked.category, skip=asked.offset, limit=asked.limit, shelves=shelves
        )
        return Listed(shown, None, more is not None)
    hits = [hit.product_id for hit in found.hits]
    further = [product_id for product_id in hits if product_id not in seen]
    if further:
        await look(further)
    return Listed(
        [seen[product_id] for product_id in hits if product_id in seen], found, asked.offset + asked.limit < found.total
    )


def _standing(card: Card, looker: Looker) -> Standing:
    if card.price_minor is None or not card.ways:
        return Standing(available=False)
    return Standing(True, round((card.ways[0].promised_at - looker.at.astimezone(UTC)).total_seconds()))
