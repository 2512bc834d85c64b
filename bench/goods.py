"""Lists of 20 products with price, stock and date over the demo's 406 nodes: as a shop asks for them, GET /v1/goods,
and as a page of the storefront.

The demo world at its full size, the picture of the stock in memory with its follower. Categories and places change with
every request; nothing of a list is remembered but its order and what reaches a place, for a minute each.
"""

import asyncio
from typing import Final

from . import ground, storefront
from .figures import Measured
from .storefront import AT_HOME, PLACES, figures, rate, served

PRODUCTS: Final = 20
AT_LEAST: Final = 500.0


def measure() -> Measured:
    """Ask for lists for a while, of one process and of two, and for pages."""
    with ground.durable() as server:
        world = asyncio.run(storefront.found(server))
        lists = [
            f"/v1/goods?category={category}&postcode={postcode}&limit={PRODUCTS}"
            for category in world.categories
            for postcode in PLACES
        ]
        with served(server, world.key) as shop:
            bare, listed = shop.bare(), shop.ask(lists)
            pages = shop.ask([f"/shop/categories/{category}" for category in world.categories], AT_HOME)
        with served(server, world.key, workers=2) as shop:
            both_bare, both = shop.bare(), shop.ask(lists)
    about = (
        f"{storefront.described()}, {len(lists)} different lists; one server process where no other "
        "number is named; pages are of a category, for a shopper with a place"
    )
    return Measured(
        "goods", about,
        [
            *figures("a list of 20", listed, bare, AT_LEAST),
            rate("a list of 20, two server processes,", both, both_bare, AT_LEAST),
            *figures("a category's page", pages, bare),
        ],
    )  # fmt: skip
