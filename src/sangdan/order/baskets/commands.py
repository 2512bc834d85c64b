"""The verbs of a basket, and of one that is held: what that holds lies in other rooms, where a flow takes it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn

from . import queries
from .errors import BasketFull, ChoiceGone, HeldAlready, NoSuchHold, TooManyHolds, UnitsUnfit
from .model import MOST_UNITS, MOST_WISHES, Choice, Hold, Wished
from .queries import (
    agree,
    agreed,
    bought,
    buy,
    choice,
    choose,
    drop,
    end,
    fill,
    forget,
    locked,
    may_see,
    touch,
    units,
    wishes,
)

__all__ = [
    "add", "agree", "agreed", "bought", "buy", "choice", "choose", "chosen", "drop", "end", "fill", "forget", "locked",
    "may_see", "merge", "open_", "put", "stands", "touch", "units", "wishes",
]  # fmt: skip


async def open_(
    conn: Conn, order_id: UUID, client_id: str, token: str, expires_at: datetime, most: int, at: datetime
) -> Hold:
    """Begin to hold a promise; nothing is kept yet.

    order_id  of the order that the promise would become
    most      holds of this client that may stand; those that begin at one moment are not counted among themselves
    raises    TooManyHolds, HeldAlready while it is held, or when it became an order
    """
    if await queries.held_by(conn, client_id, most, at) >= most:
        raise TooManyHolds(
            f"You hold {most} promises, as many as one client may: take or release some, or wait until they run out.",
            most=most,
        )
    turn = await queries.open_(conn, order_id, client_id, token, expires_at, at)
    if turn is None:
        raise HeldAlready(
            f"This promise is held by {order_id}, or became an order: take or release that one.", hold_id=str(order_id)
        )
    return Hold(order_id, client_id, turn, token, (), (), expires_at)


async def stands(conn: Conn, order_id: UUID, client_id: str, at: datetime) -> Hold:
    """A client's own hold that has not run out, locked.

    raises  NoSuchHold
    """
    hold = await locked(conn, order_id)
    if hold is None or hold.client_id != client_id or hold.expires_at <= at:
        raise NoSuchHold(f"No hold {order_id} of yours stands; ask for a fresh promise.", hold_id=str(order_id))
    return hold


async def add(conn: Conn, basket_id: UUID, wanted: Sequence[tuple[str, int]], at: datetime) -> None:
    """Put units into a basket, beside those of the same SKU that are there.

    wanted  SKUs with units, 1..9999 in all of each; one may come twice
    raises  UnitsUnfit, BasketFull with nothing of it put in
    """
    await touch(conn, basket_id, at)
    there = {each.sku: each.units for each in await wishes(conn, basket_id)}
    for sku, more in wanted:
        if more < 1:
            raise UnitsUnfit(f"{more} units of {sku} cannot be bought: ask for 1 to {MOST_UNITS}.", most=MOST_UNITS)
        there[sku] = there.get(sku, 0) + more
    await _write(conn, basket_id, [Wished(sku, there[sku], chosen=True) for sku in dict(wanted)], len(there), at)


async def put(conn: Conn, basket_id: UUID, wanted: Wished, at: datetime) -> None:
    """Say how many units of a SKU there are to be, and whether they go into the next order; none takes it out.

    raises  UnitsUnfit, BasketFull
    """
    await touch(conn, basket_id, at)
    if wanted.units == 0:
        await drop(conn, basket_id, [wanted.sku])
        return
    there = {each.sku for each in await wishes(conn, basket_id)} | {wanted.sku}
    await _write(conn, basket_id, [wanted], len(there), at)


async def merge(conn: Conn, basket_id: UUID, into: UUID, at: datetime) -> None:
    """Empty one basket into another; what does not fit any more stays out.

    basket_id  a visitor's
    into       the member's that the visitor turned out to be
    """
    await touch(conn, basket_id, at)
    await touch(conn, into, at)
    brought = await wishes(conn, basket_id)
    there = {each.sku: each.units for each in await wishes(conn, into)}
    fitting = [each for each in brought if each.sku in there] + [each for each in brought if each.sku not in there]
    room = MOST_WISHES - len(there) + sum(each.sku in there for each in brought)
    more = [
        Wished(each.sku, min(each.units + there.get(each.sku, 0), MOST_UNITS), each.chosen) for each in fitting[:room]
    ]
    await queries.put(conn, into, more, at)
    await drop(conn, basket_id, [each.sku for each in brought])


async def chosen(conn: Conn, basket_id: UUID, promise_id: UUID) -> Choice:
    """The way that a page spoke of, if it is still the one that is about to be taken.

    raises  ChoiceGone
    """
    found = await choice(conn, basket_id)
    if found is None or found.promise_id != promise_id:
        raise ChoiceGone("Another page has chosen something else since this one was opened; look at it again.")
    return found


async def _write(conn: Conn, basket_id: UUID, lines: Sequence[Wished], count: int, at: datetime) -> None:
    for line in lines:
        if not 1 <= line.units <= MOST_UNITS:
            raise UnitsUnfit(
                f"{line.units} units of {line.sku} cannot be bought: ask for 1 to {MOST_UNITS}.", most=MOST_UNITS
            )
    if count > MOST_WISHES:
        raise BasketFull(
            f"A basket holds {MOST_WISHES} different goods: order some of them, or take some out.", most=MOST_WISHES
        )
    await queries.put(conn, basket_id, lines, at)
