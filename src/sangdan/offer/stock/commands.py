"""The verbs of stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sangdan.kit import bulk
from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer, due, set_timer
from sangdan.kit.ids import derive

from . import queries
from .errors import BadUnits, NoSuchInbound, NoSuchReservation, NoSuchRule, OutOfStock, UnitsReserved
from .model import CAUSES, MAX_UNITS, Balance, Cause, Held, Movement, Reservation, Rule, Ruled
from .queries import (
    available,
    awaited,
    balances,
    cell,
    drift,
    held,
    hold_rules,
    holders,
    lock_cells,
    movements,
    oversold,
    rules,
    shares,
    supply,
)

__all__ = [
    "adjust",
    "apply_rules",
    "arrive",
    "available",
    "awaited",
    "balances",
    "cell",
    "count",
    "drift",
    "end",
    "expect",
    "expire",
    "held",
    "hold",
    "hold_rules",
    "holders",
    "keep",
    "let_go",
    "load_rules",
    "lock_cells",
    "lose",
    "movements",
    "oversold",
    "receive",
    "release",
    "reserve",
    "rules",
    "shares",
    "ship",
    "supply",
    "withdraw_rule",
]

# So many cells are brought to their rules in one go.
PAGE: Final = 10_000
# A rule that fits every cell: whatever the rules are, they are looked at again.
EVERYWHERE: Final = Rule(
    rule_id="", node_id=None, sku=None, category=None, owner_id=None, shop_id=None, safety=None, share_ppm=None,
    units_max=None,
)  # fmt: skip


def _whole(units: int) -> None:
    if not 1 <= units <= MAX_UNITS:
        raise BadUnits(f"Units must be between 1 and {MAX_UNITS}; got {units}.", units=units, most=MAX_UNITS)


async def reserve(conn: Conn, wanted: Reservation, at: datetime, shop_id: str | None = None) -> Reservation:
    """Hold units for a basket until it expires.

    wanted   units >= 1; expires_at after `at`
    shop_id  the ally whose shop asks, and has a share of the shelf perhaps
    gives    the reservation as stored
    raises   OutOfStock when the shelf, or the shop's share of it, cannot cover it, BadUnits
    """
    shelf = Held(wanted.node_id, wanted.reservation_id, None, wanted.sku, wanted.owner_id, wanted.units, None)
    if not await keep(conn, shelf, wanted.expires_at, shop_id, at):
        raise OutOfStock(
            f"Node {wanted.node_id} cannot give {wanted.units} of {wanted.sku} now; ask for fewer or another node.",
            node_id=wanted.node_id,
            sku=wanted.sku,
            units=wanted.units,
        )
    await set_timer(conn, "stock.expire", str(wanted.reservation_id), wanted.expires_at, {"node_id": wanted.node_id})
    return wanted


async def keep(conn: Conn, wanted: Held, expires_at: datetime, shop_id: str | None, at: datetime) -> bool:
    """Hold units for a basket, of the shelf or of an inbound; the caller sees to their end.

    shop_id  the ally whose shop asks
    gives    False when shelf, share or inbound cannot cover them
    raises   BadUnits
    """
    _whole(wanted.units)
    return await queries.reserve(conn, wanted, at, expires_at=expires_at, shop_id=shop_id)


async def end(conn: Conn, node_id: str, reservation_id: UUID, state: str) -> bool:
    """Give back what a basket holds; False when it has ended already.

    state  'released' or 'expired'
    """
    return await queries.end_hold(conn, node_id, reservation_id, state)


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
    return await queries.reserve(conn, wanted, at, order_id=order_id)


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
    ruled = await queries.hold_rules(conn)
    new = await queries.receive(conn, node_id, movement_id, sku, owner_id, units, "receive", reference, at)
    if new and ruled:
        await queries.grow(conn, Ruled(node_id, sku, owner_id), units, at)
    return new


async def adjust(
    conn: Conn, node_id: str, movement_id: UUID, sku: str, owner_id: str, by: int, cause: Cause, at: datetime
) -> tuple[Balance | None, Balance]:
    """Correct a shelf by hand.

    movement_id  made by the caller, so a retry is harmless
    by           signed: units that are there and were not known, or the other way round
    gives        the cell before, None when this movement was written before; and as it stands
    raises       BadUnits, UnitsReserved when units would go that are promised
    """
    _whole(abs(by))
    ruled = await queries.hold_rules(conn)
    was = await queries.lock_cell(conn, node_id, sku, owner_id)
    if await queries.movement(conn, node_id, movement_id) is not None:
        return None, was
    if was.on_hand + by < was.reserved:
        free = was.on_hand - was.reserved
        raise UnitsReserved(
            f"{was.reserved} of {was.on_hand} are promised: at most {free} can be taken off; what is missing of an "
            "order is told where it is picked.",
            on_hand=was.on_hand, reserved=was.reserved, free=free,
        )  # fmt: skip
    wanted = Movement(node_id, movement_id, sku, owner_id, by, CAUSES[cause], f"adjust:{cause}", at)
    now = await queries.correct(conn, wanted)
    assert now is not None, "a locked cell has no movement that another one writes"
    if ruled:
        await queries.rule_cells(conn, [Ruled(node_id, sku, owner_id)], at)
    return was, now


async def arrive(conn: Conn, node_id: str, inbound_id: str, movement_id: UUID, at: datetime) -> None:
    """A dated inbound reaches its shelf, and the promises made on it with it.

    raises  NoSuchInbound when it is unknown or was received before
    """
    ruled = await queries.hold_rules(conn)
    came = await queries.arrive(conn, node_id, inbound_id, movement_id, at)
    if came is None:
        raise NoSuchInbound(f"No inbound {inbound_id} is awaited on {node_id}.", node_id=node_id, inbound_id=inbound_id)
    if ruled:
        await queries.grow(conn, Ruled(came.node_id, came.sku, came.owner_id), came.units, at)


async def count(conn: Conn, rows: bytes, at: datetime, reference: str) -> bulk.Loaded:
    """Set shelves to what was counted; the difference is a movement, and no movement where there is none.

    rows       CSV: line, node_id, sku, owner_id, on_hand, safety (empty: as before; a safety rule outranks it)
    reference  what the movements say they come from; the same rows of the same count at one instant move once
    gives      refused: a count below what is reserved
    """
    await bulk.fill(conn, queries.MAKE_COUNT, queries.COPY_COUNT, rows)
    ruled = await queries.hold_rules(conn)
    if ruled:
        await queries.rule_count(conn)
    await queries.count_same(conn)
    cells = await queries.counted(conn) if ruled else []
    opened = await queries.count_new(conn, reference, at)
    await queries.lock_counted(conn)
    refused = await bulk.refuse(conn, (queries.REFUSE_COUNT,))
    changed = await queries.count_again(conn, reference, at)
    await bulk.drop(conn)
    if cells:
        await queries.rule_cells(conn, cells, at)
    return bulk.Loaded(opened + changed, refused)


async def expect(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Note supply that will arrive, or move its date or its units.

    rows   CSV: line, node_id, inbound_id, sku, owner_id, units, due_at, preorder_max (empty: all are promised)
    gives  refused: another SKU or owner under a known id, fewer units than are promised, a change after it was received
    """
    return await bulk.load(conn, queries.BULK_INBOUND, rows)


async def load_rules(conn: Conn, rows: bytes, at: datetime) -> bulk.Loaded:
    """Bring rules in, or up to date, and every cell that they fit, or did, to what the rules say now.

    rows   CSV: line, rule_id, node_id, sku, category, owner_id, shop_id, safety, share_ppm, units_max
    gives  refused: a rule for the cells and the shop of another one
    """
    await queries.lock_rules(conn)
    await bulk.fill(conn, queries.MAKE_RULE, queries.COPY_RULE, rows)
    refused = await bulk.refuse(conn, (queries.REFUSE_RULE,))
    old = await queries.old_rules(conn)
    new = await queries.put_rules(conn)
    await bulk.drop(conn)
    await _settle(conn, [*((rule, True) for rule in old), *((rule, False) for rule in new)], at)
    return bulk.Loaded(len(new), refused)


async def withdraw_rule(conn: Conn, rule_id: str, at: datetime) -> Rule:
    """Take a rule away: its cells follow the next rule that fits, or none. Without one nothing is kept back.

    raises  NoSuchRule
    """
    await queries.lock_rules(conn)
    gone = await queries.withdraw(conn, rule_id)
    if gone is None:
        raise NoSuchRule(f"There is no stock rule {rule_id!r}; `sangdan stock rules` lists them.", rule_id=rule_id)
    await _settle(conn, [(gone, True)], at)
    return gone


async def apply_rules(conn: Conn, at: datetime) -> int:
    """Bring every cell to what the rules say, and divide anew what lies there; gives how many cells there are."""
    await queries.lock_rules(conn)
    return await _settle(conn, [(EVERYWHERE, False)], at)


async def _settle(conn: Conn, scopes: Sequence[tuple[Rule, bool]], at: datetime) -> int:
    """Bring the cells that rules fit to what the rules say; a rule comes with whether it applies no more."""
    settled, last = 0, None
    while scopes and (cells := await queries.cells_under(conn, scopes, last, PAGE)):
        await queries.rule_cells(conn, cells, at)
        settled, last = settled + len(cells), cells[-1]
    return settled
