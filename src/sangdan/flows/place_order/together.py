"""A purchase is placed: several promises of one basket, each an order, all of them or none (docs/decisions/0015)."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

import psycopg
from psycopg import Rollback
from psycopg.errors import UniqueViolation
from psycopg_pool import PoolTimeout

from sangdan.kit.clock import Clock
from sangdan.kit.db import RETRYABLE, Conn, Pool
from sangdan.kit.problems import Invalid
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model.basket import wishes_of
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import MOST_PARTS

from .batch import place_batch
from .queue import lock_queues
from .taken import Short, Taken

TRIES: Final = 3
# What else is written with the orders, in their transaction: before they are placed, and after.
Step: TypeAlias = Callable[[Conn], Awaitable[None]]


class PartsUnfit(Invalid):
    """The ways do not make up the basket: something is in two of them or in none, or is not as much as was asked."""

    code = "parts-unfit"


class PartsApart(Invalid):
    """The ways were asked for different postcodes or in different currencies: one purchase goes to one place."""

    code = "parts-apart"


def check_parts(parts: Sequence[Opened], wanted: Mapping[str, int]) -> None:
    """Whether ways bring a basket: all of it, nothing twice, to one place and in one currency.

    parts   2..MOST_PARTS
    wanted  units by SKU, a kit under its own name
    raises  PartsUnfit naming what is missing, too much or there twice; PartsApart
    """
    assert 2 <= len(parts) <= MOST_PARTS
    brought = [{wish.sku: wish.units for wish in wishes_of(part.facts.lines)} for part in parts]
    named = Counter(sku for each in brought for sku in each)
    sums = {sku: units for each in brought for sku, units in each.items()}
    wrong = sorted(sku for sku in {*sums, *wanted} if named[sku] > 1 or sums.get(sku) != wanted.get(sku))
    if wrong:
        raise PartsUnfit(
            f"Together the ways bring each SKU of the basket once, in one of them; look at {', '.join(wrong)}.",
            skus=wrong, named=", ".join(wrong),
        )  # fmt: skip
    if len({(part.slip.postcode, part.way.currency) for part in parts}) > 1:
        raise PartsApart("Ask for all ways of a purchase with one postcode, and in one currency.")


async def place_together(conn: Conn, parts: Sequence[Taken], at: datetime) -> list[list[Short]]:
    """Place the orders of a purchase, in the caller's transaction.

    parts  no order twice
    gives  for each what stood in its way, as `place_batch` tells it; unless all are [], nothing of this call is left
    """
    await lock_queues(conn, {store for part in parts for store in part.promise.slip.queues}, at)
    for locked in (False, True):
        told: list[list[Short]] = [[] for _ in parts]
        try:
            async with conn.transaction() as placing:
                for turn in _turns(parts):
                    batch = [parts[number] for number in turn]
                    for number, short in zip(turn, await place_batch(conn, batch, at, locked=locked), strict=True):
                        told[number] = short
                if any(told):
                    raise Rollback(placing)
                await orders.bind(conn, [part.order_id for part in parts])
            return told
        except (psycopg.errors.SerializationFailure, UniqueViolation):  # others were faster; now they can be seen
            if locked:
                raise
    raise AssertionError("the second try answers or raises")


async def take_together(
    pool: Pool, clock: Clock, parts: Sequence[Taken], also: Step, before: Step | None = None
) -> list[list[Short]]:
    """Place the orders of a purchase in a transaction of its own, again when it lost a race.

    also    written once all are placed; when it raises, nothing is
    before  done first, in the same transaction
    gives   as `place_together`; all [] when it is committed
    """
    told: list[list[Short]] = []
    for tried in range(TRIES):
        try:
            async with pool.transaction() as conn:
                if before is not None:
                    await before(conn)
                told = await place_together(conn, parts, clock.now())
                if any(told):
                    raise Rollback
                await also(conn)
            return told
        except PoolTimeout:
            raise
        except (*RETRYABLE, UniqueViolation):
            if tried == TRIES - 1:
                raise
    raise AssertionError("the last try answers or raises")


def _turns(parts: Sequence[Taken]) -> list[list[int]]:
    """Which parts are placed in one call: of those that stand in one store's queue, the second must see the first."""
    turns: list[tuple[set[str], list[int]]] = []
    for number, part in enumerate(parts):
        queues = set(part.promise.slip.queues)
        for stores, turn in turns:
            if stores.isdisjoint(queues):
                stores |= queues
                turn.append(number)
                break
        else:
            turns.append((queues, [number]))
    return [turn for _, turn in turns]
