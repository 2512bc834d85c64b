"""The verbs of stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sangdan.kit import bulk
from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer, due, set_timer
from sangdan.kit.ids import derive

from . import queries
from .errors import BadUnits, NoSuchInbound, NoSuchReservation, OutOfStock
from .model import MAX_UNITS, Held, Reservation
from .queries import available, balances, drift, held, holders, oversold, supply

__all__ = [
    "arrive",
    "available",
    "balances",
    "count",
    "drift",
    "expect",
    "expire",
    "held",
    "hold",
    "holders",
    "let_go",
    "lose",
    "oversold",
    "receive",
    "release",
    "reserve",
    "ship",
    "supply",
]


def _whole(units: int) -> None:
    if not 1 <= units <= MAX_UNITS:
        raise BadUnits(f"Units must be between 1 and {MAX_UNITS}; got {units}.", units=units, most=MAX_UNITS)


async def reserve(conn: Conn, wanted: Reservation, at: datetime) -> Reservation:
    """Hold units for a basket until it expires.

    wanted  units >= 1; expires_at after `at`
    gives   the reservation as stored
    raises  OutOfStock when the shelf cannot cover it, BadUnits
    """
    _whole(wanted.units)
    taken = await queries.reserve(conn, wanted, at)
    if taken is None:
        raise OutOfStock(
            f"Node {wanted.node_id} cannot give {wanted.units} of {wanted.sku} now; ask for fewer or another node.",
            node_id=wanted.node_id,
            sku=wanted.sku,
            units=wanted.units,
        )
    await set_timer(conn, "stock.expire", str(wanted.reservation_id), wanted.expires_at, {"node_id": wanted.node_id})
    return taken


async def release(conn: Conn, node_id: str, reservation_id: UUID) -> None:
    """End a basket's hold before its time.

    raises  NoSuchReservation when there is none that still holds
    """
    if not await queries.end_hold(conn, node_id, reservation_id, "released"):
        raise NoSuchReservation(f"No reservation {reservation_id} holds units on {node_id}.", node_id=node_id)
    await drop_timer(conn, "stock.expire", str(reservation_id))


@due("stock.expire")
async def expire(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """A basket's hold runs out; nothing to do when it ended before."""
    await queries.end_hold(conn, data["node_id"], UUID(key), "expired")


async def hold(conn: Conn, order_id: UUID, wanted: Held, at: datetime) -> bool:
    """Hold units for a placed order's line, of the shelf or of an inbound; False when that cannot cover them."""
    _whole(wanted.units)
    return await queries.hold(conn, order_id, wanted, at)


async def let_go(conn: Conn, parts: Sequence[Held]) -> None:
    """Give units of an order's reservations back, in whole or in part; each must still be held."""
    if parts:
        gone = await queries.let_go(conn, parts)
        assert gone == len(parts), "a reservation was not held any more"


async def ship(conn: Conn, node_id: str, parts: Sequence[tuple[UUID, int]], reference: str, at: datetime) -> None:
    """Units leave the node with a parcel.

    parts  (reservation, units): all held on this node, received, in full
    """
    moves = [(reservation_id, units, derive(reservation_id, "ship", reference)) for reservation_id, units in parts]
    moved = await queries.leave(conn, node_id, moves, "shipped", "ship", reference, at)
    assert moved == len(moves), "a parcel shipped units that were not held"


async def lose(conn: Conn, node_id: str, parts: Sequence[tuple[UUID, int]], reference: str, at: datetime) -> None:
    """Reserved units are not on the shelf: correct the stock and end that part of the reservation at once."""
    moves = [(reservation_id, units, derive(reservation_id, "lost", reference)) for reservation_id, units in parts]
    moved = await queries.leave(conn, node_id, moves, "lost", "lost", reference, at)
    assert moved == len(moves), "units were lost that were not held"


async def receive(
    conn: Conn, node_id: str, movement_id: UUID, sku: str, owner_id: str, units: int, reference: str, at: datetime
) -> bool:
    """Put units on a shelf.

    movement_id  made by the caller, so a retry is harmless
    gives        False when this movement was written before
    raises       BadUnits
    """
    _whole(units)
    return await queries.receive(conn, node_id, movement_id, sku, owner_id, units, "receive", reference, at)


async def arrive(conn: Conn, node_id: str, inbound_id: str, movement_id: UUID, at: datetime) -> None:
    """A dated inbound reaches its shelf, and the promises made on it with it.

    raises  NoSuchInbound when it is unknown or was received before
    """
    if not await queries.arrive(conn, node_id, inbound_id, movement_id, at):
        raise NoSuchInbound(f"No inbound {inbound_id} is awaited on {node_id}.", node_id=node_id, inbound_id=inbound_id)


async def count(conn: Conn, rows: bytes, at: datetime, reference: str) -> bulk.Loaded:
    """Set shelves to what was counted; the difference is a movement, and no movement where there is none.

    rows       CSV: line, node_id, sku, owner_id, on_hand, safety (empty: as before)
    reference  what the movements say they come from; the same rows of the same count at one instant move once
    gives      refused: a count below what is reserved
    """
    await bulk.fill(conn, queries.MAKE_COUNT, queries.COPY_COUNT, rows)
    await queries.count_same(conn)
    opened = await queries.count_new(conn, reference, at)
    await queries.lock_counted(conn)
    refused = await bulk.refuse(conn, (queries.REFUSE_COUNT,))
    changed = await queries.count_again(conn, reference, at)
    await bulk.drop(conn)
    return bulk.Loaded(opened + changed, refused)


async def expect(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Note supply that will arrive, or move its date or its units.

    rows   CSV: line, node_id, inbound_id, sku, owner_id, units, due_at
    gives  refused: another SKU or owner under a known id, fewer units than are promised, a change after it was received
    """
    return await bulk.load(conn, queries.BULK_INBOUND, rows)
