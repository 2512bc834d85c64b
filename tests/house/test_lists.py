"""Every list that people filter: the database understands each of its conditions and orders."""

import sys

from sangdan.doors.web.tower import routes
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Which

from .test_statements import Statement, understood


def listings() -> dict[str, Listing]:
    """The listings of the rooms, by where they stand."""
    assert routes, "whatever the pages show is imported"
    return {
        f"{name}.{each}": thing
        for name, module in sorted(sys.modules.items())
        if name.startswith("sangdan.") and ".queries" in name
        for each, thing in vars(module).items()
        if isinstance(thing, Listing)
    }


async def wrong(conn: Conn, name: str, listing: Listing) -> list[str]:
    """What the database objects to: each condition alone, each order from its beginning and from a row on."""
    order = next(iter(listing.orders))
    asked = [
        listing.statement({key.partition(":")[0]: Which(key.partition(":")[2]) if ":" in key else ""}, order,
                          descending=False, after=False)
        for key in listing.where
    ]  # fmt: skip
    asked += [
        listing.statement({}, each, descending=descending, after=after)
        for each in listing.orders for descending in (True, False) for after in (True, False)
    ]  # fmt: skip
    return await understood(conn, [Statement(name, "", text) for text in asked])


async def test_the_database_understands_every_condition_and_order(conn: Conn) -> None:
    found = listings()
    assert any(name.endswith("ORDERS") for name in found)
    bad = [each for name, listing in found.items() for each in await wrong(conn, name, listing)]
    assert not bad, "\n".join(bad)


async def test_a_condition_that_it_does_not_understand_is_seen(conn: Conn) -> None:
    [listing] = [each for name, each in listings().items() if name == "sangdan.order.orders.queries.listing.ORDERS"]
    broken = Listing(listing.select, {"x:y": "o.no_such_column = 1"}, listing.orders)
    assert len(await wrong(conn, "broken", broken)) == 1
