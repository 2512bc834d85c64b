"""The verbs of a basket that is held. What it holds lies in other rooms; a flow takes it there and gives it back."""

from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn

from . import queries
from .errors import HeldAlready, NoSuchHold, TooManyHolds
from .model import Hold
from .queries import end, fill, locked

__all__ = ["end", "fill", "locked", "open_", "stands"]


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
