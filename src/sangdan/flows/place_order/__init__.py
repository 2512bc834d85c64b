"""A promise is taken: stock, capacity, promise, order and payment intent in one durable step, or nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Rollback
from psycopg.errors import SerializationFailure, UniqueViolation

from sangdan.kit.db import Conn
from sangdan.kit.ids import derive
from sangdan.kit.problems import Problem
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import starts_by
from sangdan.order.orders.errors import OrderRefTaken

from .batch import place_batch
from .taken import Buyer, Claim, PromiseTaken, Short, SourceClosed, StockGone, Taken, Terms

__all__ = [
    "Buyer",
    "Claim",
    "PromiseTaken",
    "Short",
    "SourceClosed",
    "StockGone",
    "Taken",
    "Terms",
    "opened",
    "place",
    "place_batch",
    "refusal",
    "take",
    "take_opened",
]


async def take(conn: Conn, token: str, buyer: Buyer, terms: Terms, secret: bytes, at: datetime) -> Taken:
    """Open a promise and place its order. A promise is taken once: the order's id derives from it.

    token   as it was handed out to this client
    secret  the alliance's promise key
    gives   what was placed
    raises  StockGone when goods or hour went in between, SourceClosed when a node did, PromiseTaken, PromiseAltered,
            PromiseForeign, PromiseExpired
    """
    promise = promises.open_(token, buyer.client_id, at, secret)
    return await take_opened(conn, promise, buyer, terms, derive(promise.promise_id, "order"), at)


async def take_opened(conn: Conn, promise: Opened, buyer: Buyer, terms: Terms, order_id: UUID, at: datetime) -> Taken:
    """Place the order of a promise that needs no opening.

    order_id  a UUIDv7 that no order has
    gives     what was placed
    raises    StockGone when goods or hour went in between, SourceClosed when a node did, PromiseTaken
    """
    taken = opened(promise, buyer, terms, order_id, at)
    short = await place(conn, taken, at)
    if short:
        raise refusal(taken, short)
    return taken


def opened(promise: Opened, buyer: Buyer, terms: Terms, order_id: UUID, at: datetime) -> Taken:
    """A promise as somebody takes it now."""
    return Taken(
        order_id=order_id, buyer=buyer, promise=promise, release_at=_release_at(promise, terms, at),
        confirm_days=terms.confirm_days, at=at,
    )  # fmt: skip


async def place(conn: Conn, taken: Taken, at: datetime) -> list[Short]:
    """Place one order.

    gives  [] when it is placed; otherwise what stood in its way, and nothing of this call is left in the database
    """
    for locked in (False, True):
        try:
            async with conn.transaction() as placing:
                (short,) = await place_batch(conn, [taken], at, locked=locked)
                if short:
                    raise Rollback(placing)
            return short
        except (SerializationFailure, UniqueViolation):  # others were faster meanwhile; now they can be seen
            if locked:
                raise
    raise AssertionError("the second try answers or raises")


def refusal(taken: Taken, short: list[Short]) -> Problem:
    """What to tell whoever could not have their order.

    short  from `place`, not empty; no twin
    """
    kinds = {each["what"] for each in short}
    if "taken" in kinds:
        return PromiseTaken(
            f"This promise was taken by order {taken.order_id}; ask again for another.", order_id=str(taken.order_id)
        )
    if "ref" in kinds:
        other = next(each["order_id"] for each in short if each["what"] == "ref")
        return OrderRefTaken(
            f"order_ref {taken.order_ref!r} is the number of order {other}: give this one a number of its own.",
            order_ref=taken.order_ref, order_id=other,
        )  # fmt: skip
    if "node" in kinds:
        named = ", ".join(sorted({each["node_id"] for each in short if each["what"] == "node"}))
        return SourceClosed(
            f"{named} went out of service: what was promised from there cannot come. Ask again.",
            nodes=named, short=short,
        )  # fmt: skip
    names = ", ".join(sorted({each.get("sku", each["node_id"]) for each in short}))
    return StockGone(f"Somebody else was faster: {names} cannot be promised like this any more.", short=short)


def _release_at(promise: Opened, terms: Terms, at: datetime) -> datetime:
    """As long as may be for the shopper to think again, as long as the floors can still keep every date."""
    until = at + timedelta(seconds=terms.release_after_s)
    if until.timestamp() <= promise.slip.holds_until:
        return until
    latest = starts_by(promise.facts, promise.way, int(at.timestamp()), int(until.timestamp()))
    return until if latest == int(until.timestamp()) else max(at, datetime.fromtimestamp(latest, at.tzinfo))
