"""How finds can be had where the shopper is, from the cards of the shop's window."""

from collections.abc import Mapping, Sequence

from sangdan.flows.picture import Shelves
from sangdan.flows.shop_window import Card, Looker, cards
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.search.model.listing import Standing

_THERE = frozenset({"in_stock", "few"})


class Window:
    """Looks at products for one shopper; keeps the cards it has seen, so that a page need not ask for them again.

    looker   who looks, where it would go, when
    shelves  the picture of the stock; None: the database
    """

    def __init__(self, conn: Conn, network: Network, looker: Looker, shelves: Shelves | None = None) -> None:
        self._conn = conn
        self._network = network
        self._looker = looker
        self._shelves = shelves
        self.cards: dict[str, Card] = {}

    async def look(self, product_ids: Sequence[str]) -> Mapping[str, Standing]:
        """How products stand, those that exist."""
        for card in await cards(self._conn, self._network, self._looker, product_ids, self._shelves):
            self.cards[card.product_id] = card
        return {each: self._standing(self.cards[each]) for each in product_ids if each in self.cards}

    def _standing(self, card: Card) -> Standing:
        there = card.state in _THERE and (self._looker.place is None or bool(card.ways))
        soonest = min((way.promised_at for way in card.ways), default=None)
        return Standing(there, None if soonest is None else int((soonest - self._looker.at).total_seconds()))
