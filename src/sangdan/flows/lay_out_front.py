"""What stands in the window of the shop: something of every department, what is there today, what others like."""

from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from sangdan.flows.picture import Shelves
from sangdan.flows.shop_window import Card, CardWay, Looker, cards
from sangdan.flows.shop_window.lists import listed
from sangdan.flows.shopper_picture import TIMEZONE
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model.inputs import PICKUP

ON_THEIR_CLOCK: Final = ZoneInfo(TIMEZONE)
# Of each department, when there are any.
EACH: Final = 6
SHOWN: Final = 8
NEW: Final = 4
THERE: Final = frozenset({"in_stock", "few"})


class Front(msgspec.Struct, frozen=True):
    """The window.

    soonest  what is in the shopper's hands first of all that stands here; None where nobody said where to
    today    what is brought before midnight on the shopper's clock; after that what can be fetched by then
    rated    the best of every department; new: the latest of each, of these the latest
    """

    soonest: CardWay | None
    today: Sequence[Card]
    rated: Sequence[Card]
    new: Sequence[Card]


async def lay_out_front(
    conn: Conn, network: Network, looker: Looker, departments: Sequence[str], shelves: Shelves | None = None
) -> Front:
    """Fill the window.

    departments  at the top of the tree; none of them: of all goods together
    """
    lists = [await listed(conn, name, "rated", looker.at) for name in departments or [None]]
    each = EACH if departments else EACH * SHOWN
    best = [name for name in chain.from_iterable(zip_longest(*(names[:each] for names in lists))) if name is not None]
    newest = [await listed(conn, name, "new", looker.at) for name in departments or [None]]
    latest = sorted((name for names in newest for name in names[: 1 if departments else NEW]), reverse=True)
    shown = await cards(conn, network, looker, list(dict.fromkeys([*best, *latest])), shelves)
    seen = {card.product_id: card for card in shown}
    there = [seen[name] for name in best if name in seen and _there(seen[name], looker)]
    brought = [card for card in there if _today(card, looker, fetched=False)]
    fetched = [card for card in there if card not in brought and _today(card, looker, fetched=True)]
    today = [*brought, *fetched][:SHOWN]
    named = {card.product_id for card in today}
    return Front(
        soonest=min((card.ways[0] for card in there if card.ways), key=lambda way: way.promised_at, default=None),
        today=today,
        rated=[card for card in there if card.product_id not in named][:SHOWN],
        new=[seen[name] for name in latest if name in seen and seen[name].price_minor is not None][:NEW],
    )


def _there(card: Card, looker: Looker) -> bool:
    return card.state in THERE and (bool(card.ways) or looker.place is None)


def _today(card: Card, looker: Looker, *, fetched: bool) -> bool:
    """Whether it is brought, or can be fetched, before the day ends."""
    today = looker.at.astimezone(ON_THEIR_CLOCK).date()
    return any(
        (way.service == PICKUP) == fetched and way.promised_at.astimezone(ON_THEIR_CLOCK).date() == today
        for way in card.ways
    )
