"""What is due is said: looked up in one transaction, sent outside any, recorded in another.

Whoever dies between sending and recording leaves a lease that ends: then the message is repeated with the same key, and
the provider, which knows the key, sends nothing twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import RETRYABLE, Conn, Pool
from sangdan.kit.vault import Vault
from sangdan.order.orders import commands as orders
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import mask_email, mask_phone
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.commands import Try
from sangdan.talk.notices.model import TOLD_TOGETHER, Address, Notice, Receiver
from sangdan.talk.notices.ports import Messenger, Receipt

from .shopper_picture import picture

log = logging.getLogger("sangdan.notices")

BATCH: Final = 20

# Who a shop's shopper is; None when nobody knows, or they asked to be forgotten.
Find = Callable[[Conn, str, str], Awaitable[Receiver | None]]


class Post(msgspec.Struct, frozen=True):
    """How messages leave.

    find     who is meant, asked when a message is sent
    opt_out  the free number by which advertisements are refused; None: none is sent
    """

    messenger: Messenger
    find: Find
    opt_out: str | None = None


def find_in(vault: Vault) -> Find:
    """Who shoppers are, by what they or their shop told us.

    vault  opens what is sealed
    """

    async def find(conn: Conn, shop_id: str, shopper_id: str) -> Receiver | None:
        reached = await shoppers.reach(conn, vault, shop_id, shopper_id)
        if reached is None:
            return None
        return Receiver(
            language=reached.locale,
            name=reached.name,
            phone=Address(reached.phone, mask_phone(reached.phone)) if reached.phone else None,
            email=Address(reached.email, mask_email(reached.email)) if reached.email else None,
            channels=reached.channels,
            consents=reached.consents,
        )

    return find


async def deliver_due(pool: Pool, post: Post, at: datetime) -> int:
    """Send what is due at `at`, one batch; several may do so at once.

    gives  how many notices were looked at; 0 when nothing is due
    """
    async with pool.transaction() as conn:
        due = await notices.due(conn, at, BATCH)
        bought = {notice.order_id: await orders.together(conn, notice.order_id) for notice in due}
        # What shoppers know is locked in one order, so that two batches cannot wait for each other.
        due.sort(
            key=lambda each: (min(bought[each.order_id], default=each.order_id), each.order_id, each.due_at, each.at)
        )
        prepared = [await _prepare(conn, post, notice, bought[notice.order_id], at) for notice in due]
        tries = [tried for tried in prepared if tried is not None]
    # A batch records by one connection: by as many as it has messages it would keep the pool from everybody else.
    alone = asyncio.Lock()
    await asyncio.gather(*(_send(pool, post.messenger, tried, at, alone) for tried in tries))
    return len(due)


async def _prepare(conn: Conn, post: Post, notice: Notice, bought: Sequence[UUID], at: datetime) -> Try | None:
    """What to send; a notice that cannot be made ready is tried again later, and holds up no other.

    bought  the orders of its purchase, none of an order that was placed alone
    """
    of = bought if notice.topic in TOLD_TOGETHER and bought else (notice.order_id,)
    try:
        async with conn.transaction():
            now = {order_id: await picture(conn, order_id) for order_id in of}
            receiver = await post.find(conn, notice.shop_id, notice.shopper_id)
            return await notices.prepare(conn, notice, now, receiver, post.opt_out, at)
    except RETRYABLE:
        raise
    except Exception:
        log.exception("a notice cannot be made ready", extra={"notice_id": str(notice.notice_id)})
        await notices.put_off(conn, notice, at)
        return None


async def _send(pool: Pool, messenger: Messenger, tried: Try, at: datetime, alone: asyncio.Lock) -> None:
    """One message: handed over, or asked about when it was accepted before; then recorded, alone of its batch."""
    call = messenger.send if tried.notice.provider_ref is None else messenger.ask
    try:
        receipt = await call(tried.outgoing)
    except Exception:
        # Words of the message must not get into the log with it.
        log.exception("a messenger failed", extra={"notice_id": str(tried.notice.notice_id)})
        receipt = Receipt(outcome="again", because="messenger_failed")
    async with alone, pool.transaction() as conn:
        await notices.record(conn, tried, receipt, at)
