"""A shopper asks to be forgotten: contact and consents go at once, the law's share when its term is over (ADR 0007)."""

from datetime import datetime
from typing import Any, Final

from sangdan.kit import forgotten, passkeys, sessions, tickets
from sangdan.kit.db import Conn
from sangdan.kit.events import due, on, set_timer
from sangdan.kit.history import history
from sangdan.kit.ids import Ids
from sangdan.kit.passkeys import Owner
from sangdan.kit.vault import Vault
from sangdan.offer.reviews import commands as reviews
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderCancelled, OrderDelivered
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.commands import Erased
from sangdan.order.shoppers.model import Trade

from . import floor_photo

PURGE: Final = "shoppers.purge"
BY_TIMER: Final = "timer"
FACTS_MAX: Final = 100_000

_ids = Ids()


async def erase(conn: Conn, vault: Vault, shop_id: str, shopper_id: str, by: str, at: datetime, ids: Ids) -> Erased:
    """Let a shop's shopper go. Harmless when done before.

    by      the client that asks for it
    gives   what is kept, until when, and how many orders are still to be delivered
    raises  NoSuchShopper
    """
    await shoppers.hold(conn, shop_id, shopper_id, at)
    trades = await _trades(conn, shop_id, shopper_id)
    erased = await shoppers.erase(conn, vault, shop_id, shopper_id, trades, by, at, ids)
    await sessions.end_all(conn, "member", f"{shop_id}/{shopper_id}")
    await tickets.withdraw(conn, "member", f"{shop_id}/{shopper_id}")
    await passkeys.remove_all(conn, Owner("member", f"{shop_id}/{shopper_id}"))
    await forgotten.drop_of(conn, f"{shop_id}/{shopper_id}")
    await reviews.forget(conn, shop_id, shopper_id)
    await floor_photo.let_go(conn, [each.order_id for each in trades], at)
    others = await shoppers.known(conn, vault, shopper_id, None)
    if all(each.erased_at is not None for each in others):
        await orders.forget_member(conn, shopper_id)
    await _plan_purge(conn, shop_id, shopper_id)
    return erased


@on(OrderDelivered)
async def let_recipient_go(conn: Conn, arrived: OrderDelivered, at: datetime) -> None:
    """The courier needs the address no more. May run twice: the second finds nothing."""
    if (whose := await shoppers.order_ended(conn, arrived.order_id, at)) is not None:
        await floor_photo.let_go(conn, [arrived.order_id], at)
        await _plan_purge(conn, whose.shop_id, whose.shopper_id)


@on(OrderCancelled)
async def let_recipient_of_cancelled_go(conn: Conn, cancelled: OrderCancelled, at: datetime) -> None:
    """Nothing will be delivered."""
    if (whose := await shoppers.order_ended(conn, cancelled.order_id, at)) is not None:
        await _plan_purge(conn, whose.shop_id, whose.shopper_id)


@due(PURGE)
async def purge_when_due(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """What was kept for the law has had its day; the next timer is for what has not."""
    shop_id, _, shopper_id = key.partition("/")
    await purge(conn, shop_id, shopper_id, BY_TIMER, at, _ids)


async def purge(conn: Conn, shop_id: str, shopper_id: str, by: str, at: datetime, ids: Ids) -> int:
    """Delete what is due of one erased person; gives how much."""
    gone = await shoppers.purge(conn, shop_id, shopper_id, by, at, ids)
    await _plan_purge(conn, shop_id, shopper_id)
    return gone


async def _plan_purge(conn: Conn, shop_id: str, shopper_id: str) -> None:
    next_at = await shoppers.next_purge(conn, shop_id, shopper_id)
    if next_at is not None:
        await set_timer(conn, PURGE, f"{shop_id}/{shopper_id}", next_at)


async def _trades(conn: Conn, shop_id: str, shopper_id: str) -> list[Trade]:
    """The shopper's orders, each with the last instant on record; a cancellation's is in the order's history."""
    terms = await orders.terms_of(conn, shop_id, shopper_id)
    cancelled = [str(each.order_id) for each in terms if each.state == "cancelled"]
    ended = {
        fact.subject: fact.at for fact in await history(conn, cancelled, FACTS_MAX) if fact.type == OrderCancelled.type
    }
    return [Trade(each.order_id, each.state, ended.get(str(each.order_id), each.last_at)) for each in terms]
