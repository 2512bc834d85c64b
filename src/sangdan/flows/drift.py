"""The proof that every balance is the sum of its facts: each room's checks, in one list."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit import ledger
from sangdan.kit.db import Conn
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.pay.payments import commands as payments
from sangdan.pay.settlement import commands as settlement
from sangdan.ship.warehouse import commands as warehouse


class Holds(msgspec.Struct, frozen=True):
    """An order that is over, and units that are still held for it."""

    check: str
    order_id: UUID
    units: int


async def holds(conn: Conn) -> list[Holds]:
    """Units that nobody will ever fetch."""
    held = {each.order_id: each.units for each in await stock.holders(conn)}
    return [Holds("holds", order_id, held[order_id]) for order_id in await orders.ended(conn, list(held))]


# A check gives one row for each thing that is not as its facts say; none when all is well.
CHECKS: Final[Mapping[str, Callable[[Conn], Awaitable[Sequence[msgspec.Struct]]]]] = {
    "stock": stock.drift,
    "payments": payments.drift,
    "ledger": ledger.drift,
    "settlement": settlement.drift,
    "slots": warehouse.drift,
    "orders": orders.drift,
    "reviews": reviews.drift,
    "holds": holds,
}


class Drift(msgspec.Struct, frozen=True):
    """One thing that is not as its facts say.

    room   which of CHECKS found it
    row    what the check says: where, what is written, what the facts add up to
    """

    room: str
    row: dict[str, Any]


async def drift(conn: Conn) -> list[Drift]:
    """Run every check.

    conn   best in a transaction that sees one moment (REPEATABLE READ) while others write
    gives  empty when every balance is the sum of its facts
    """
    return [Drift(room, asdict(row)) for room, check in CHECKS.items() for row in await check(conn)]
