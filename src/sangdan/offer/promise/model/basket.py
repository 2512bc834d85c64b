"""What a shopper asks about: a basket, where it should go, and what is known of who asks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from ..errors import BadQuantity, BasketSize, MixedSellers
from .inputs import Line

MOST_UNITS: Final = 9_999
MOST_LINES: Final = 100


class Wish(msgspec.Struct, frozen=True):
    """Units of a SKU, which may be a kit, from any seller or from a certain one.

    unit_price_minor  what that seller has sold them for, in the basket's currency; None asks for today's offer
    """

    sku: str
    units: int
    seller_id: str | None = None
    unit_price_minor: int | None = None


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """A question to the promise.

    wishes         1..100, of 1..9999 units each
    postcode       five digits, as text
    currency       in which everything is priced
    birth_year     the shopper's, None when unknown: goods with an age limit need it
    estimated_at   when somebody else says it will arrive, None when nobody does
    shop_id        the ally whose shop asks, and takes from its shares of the shelves; None takes from all there is
    """

    wishes: tuple[Wish, ...]
    postcode: str
    currency: str = "KRW"
    birth_year: int | None = None
    estimated_at: datetime | None = None
    shop_id: str | None = None


def merged(basket: Basket) -> list[Wish]:
    """The basket's wishes, each SKU, seller and price once, in the order of their first mention.

    raises  BasketSize, BadQuantity, MixedSellers when a SKU is wished for from anybody and from somebody
    """
    if not 1 <= len(basket.wishes) <= MOST_LINES:
        raise BasketSize(
            f"A basket has 1 to {MOST_LINES} lines; this one has {len(basket.wishes)}.",
            lines=len(basket.wishes), most=MOST_LINES,
        )  # fmt: skip
    units: defaultdict[tuple[str, str | None, int | None], int] = defaultdict(int)
    for wish in basket.wishes:
        units[wish.sku, wish.seller_id, wish.unit_price_minor] += _checked(wish.sku, wish.units)
    from_anybody = {sku for sku, seller_id, _ in units if seller_id is None}
    for sku, seller_id, _ in units:
        if seller_id is not None and sku in from_anybody:
            raise MixedSellers(
                f"SKU {sku} is wished for from any seller and from {seller_id}: name sellers on both lines or on none.",
                sku=sku, seller_id=seller_id,
            )  # fmt: skip
    return [
        Wish(sku, _checked(sku, wanted), seller_id, sold_minor)
        for (sku, seller_id, sold_minor), wanted in units.items()
    ]


def wishes_of(lines: Sequence[Line]) -> list[Wish]:
    """The wishes that became these lines: a kit's parts are one wish again."""
    wishes: dict[int | tuple[int], Wish] = {}
    for line in lines:
        if line.kit_sku is None or line.kit_no is None:
            wishes[line.line_no] = Wish(line.sku, line.units, line.seller_id)
        else:
            wishes[line.kit_no,] = Wish(line.kit_sku, line.units // line.kit_units, line.seller_id)
    return list(wishes.values())


def _checked(sku: str, units: int) -> int:
    if not 1 <= units <= MOST_UNITS:
        raise BadQuantity(
            f"SKU {sku}: units must be 1 to {MOST_UNITS}, not {units}.", sku=sku, units=units, most=MOST_UNITS
        )
    return units
