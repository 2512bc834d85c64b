"""Every list that people filter: the database understands each of its conditions and orders."""

import sys
from collections.abc import Callable
from typing import LiteralString

from msgspec.structs import replace

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


def makers(listing: Listing) -> list[Callable[..., LiteralString]]:
    """What makes its statements: those of a page, and of where a page stops looking."""
    return [listing.statement, listing.end] if listing.rows else [listing.statement]


async def wrong(conn: Conn, name: str, listing: Listing) -> list[str]:
    """What the database objects to: each condition alone, each order from its beginning and from a row on."""
    asked = [
        make({key.partition(":")[0]: Which(key.partition(":")[2]) if ":" in key else ""}, order,
             descending=False, after=False)
        for key in listing.where for order in listing.orders for make in makers(listing)
    ]  # fmt: skip
    asked += [
        make({}, order, descending=descending, after=after)
        for order in listing.orders for descending in (True, False) for after in (True, False)
        for make in makers(listing)
    ]  # fmt: skip
    return await understood(conn, [Statement(name, "", text) for text in asked])


async def test_the_database_understands_every_condition_and_order(conn: Conn) -> None:
    found = listings()
    assert any(name.endswith("ORDERS") for name in found)
    bad = [each for name, listing in found.items() for each in await wrong(conn, name, listing)]
    assert not bad, "\n".join(bad)


async def test_a_condition_that_it_does_not_understand_is_seen(conn: Conn) -> None:
    [listing] = [each for name, each in listings().items() if name == "sangdan.order.orders.queries.listing.ORDERS"]
    broken = replace(listing, where={"x:y": "o.no_such_column = 1"})
    assert len(await wrong(conn, "broken", broken)) == len(listing.orders)


def test_what_an_index_serves_is_a_condition_of_the_list() -> None:
    """A name that is written otherwise would choose among rows that were looked at, and find few of them."""
    for name, listing in listings().items():
        for order in listing.orders.values():
            assert {*order.served, *order.bounds, *order.apart} <= listing.where.keys(), name
            assert listing.rows or not order.served, f"{name} is looked through whole"
