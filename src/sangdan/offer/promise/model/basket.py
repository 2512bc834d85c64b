"""What a shopper asks about: a basket, where it should go, and what is known of who asks."""

from collections import defaultdict
from datetime import datetime
from typing import Final

import msgspec

from ..errors import BadQuantity, BasketSize, MixedSellers

MOST_UNITS: Final = 9_999
MOST_LINES: Final = 100


class Wish(msgspec.Struct, frozen=True):
    """Units of a SKU, from any seller or from a certain one."""

    sku: str
    units: int
    seller_id: str | None = None


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """A question to the promise.

    wishes         1..100, of 1..9999 units each
    postcode       five digits, as text
    currency       in which everything is priced
    birth_year     the shopper's, None when unknown: goods with an age limit need it
    estimated_at   when somebody else says it will arrive, None when nobody does
    """

    wishes: tuple[Wish, ...]
    postcode: str
    currency: str = "KRW"
    birth_year: int | None = None
    estimated_at: datetime | None = None


def merged(basket: Basket) -> list[Wish]:
    """The basket's wishes, each SKU and seller once, in the order of their first mention.

    raises  BasketSize, BadQuantity, MixedSellers when a SKU is wished for from anybody and from somebody
    """
    if not 1 <= len(basket.wishes) <= MOST_LINES:
        raise BasketSize(
            f"A basket has 1 to {MOST_LINES} lines; this one has {len(basket.wishes)}.",
            lines=len(basket.wishes), most=MOST_LINES,
        )  # fmt: skip
    units: defaultdict[tuple[str, str | None], int] = defaultdict(int)
    for wish in basket.wishes:
        units[wish.sku, wish.seller_id] += _checked(wish.sku, wish.units)
    for sku, seller_id in units:
        if seller_id is not None and (sku, None) in units:
            raise MixedSellers(
                f"SKU {sku} is wished for from any seller and from {seller_id}: name sellers on both lines or on none.",
                sku=sku, seller_id=seller_id,
            )  # fmt: skip
    return [Wish(sku, _checked(sku, wanted), seller_id) for (sku, seller_id), wanted in units.items()]


def _checked(sku: str, units: int) -> int:
    if not 1 <= units <= MOST_UNITS:
        raise BadQuantity(
            f"SKU {sku}: units must be 1 to {MOST_UNITS}, not {units}.", sku=sku, units=units, most=MOST_UNITS
        )
    return units
