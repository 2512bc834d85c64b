"""`sangdan promise scarcity`: what units are worth where other regions will miss them."""

import msgspec

from sangdan.flows import price_scarcity
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.money import spelled
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.queries import Round, Scarcity

from .output import Json, Most, answer, local, table
from .session import in_database


class Priced(msgspec.Struct, frozen=True):
    """The last round, and the highest prices."""

    round: Round
    prices: list[Scarcity]


def scarcity(
    *,
    refresh: bool = False,
    node: str | None = None,
    sku: str | None = None,
    limit: Most = 100,
    json: Json = False,
) -> None:
    """Show what a unit counts more on a node than where it is worth least; it decides between sources, nobody pays it.

    Parameters
    ----------
    refresh
        Price everything anew first. The worker does that by itself every 15 minutes.
    node, sku
        Only these.
    limit
        How many at most, the highest first, 1 to 10,000.
    """

    async def asked(conn: Conn) -> Priced:
        if refresh:
            await _whole_round(conn)
        return Priced(await promises.round_now(conn), await promises.dearest(conn, node, sku, limit))

    told = in_database(asked)
    answer(told, _told(told, everything=node is None and sku is None), json=json)


async def _whole_round(conn: Conn) -> None:
    """From the first SKU to the last, each step committed: the worker may go on beside us, and what is done stays."""
    began = await promises.lock_round(conn)
    await promises.keep_round(conn, msgspec.structs.replace(began, began_at=None))
    while await price_scarcity.step(conn, WallClock().now()):
        await conn.commit()
    await conn.commit()


def _told(priced: Priced, *, everything: bool) -> str:
    last = priced.round
    if last.ended_at is None and last.began_at is None:
        return "Nothing was priced yet: the worker does it every 15 minutes, or do it now with --refresh."
    state = f"ended {local(last.ended_at)}" if last.began_at is None and last.ended_at is not None else "under way"
    head = f"The round of pricing is {state}: {last.looked_at:,} SKUs looked at, {last.scarce:,} scarce."
    if not priced.prices:
        none = "Nothing has a price: wherever an order comes from, others find enough."
        return f"{head}\n{none if everything else 'Nothing of that has a price.'}"
    rows = [
        (each.sku, each.node_id, f"{spelled(each.price_minor, each.currency)} {each.currency}", local(each.priced_at))
        for each in priced.prices
    ]
    return f"{head}\n\n{table(('sku', 'node', 'worth more by', 'priced'), rows)}"
