"""Erasure: contact and consents go at once, what the law keeps goes aside, what an open order needs goes with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.events import emit
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault, key_of

from ..errors import NoSuchShopper
from ..events import ShopperErased
from ..model import (
    KEPT_YEARS,
    Change,
    Consent,
    Kept,
    Person,
    Recipient,
    Trade,
    filled,
    keep_person_until,
    keep_until,
    kept_of,
    standing,
    years_after,
)
from ..queries import book, leaving, members, persons, telling
from ..queries.leaving import Whose
from ..queries.persons import SealedRecipient
from .sealing import kept_context, opened, person_context, recipient_context, seal

PERSON: Final = "person"
ERASURE: Final = "erasure"


class Erased(msgspec.Struct, frozen=True):
    """What became of a person.

    kept         how many names with addresses the law still wants
    keep_until   the last day of these, None when nothing is kept
    open_orders  orders still to be delivered: the courier's copy goes when they end
    """

    erased_at: datetime
    kept: int
    keep_until: datetime | None
    open_orders: int


class KeptPerson(msgspec.Struct, frozen=True):
    """Something kept for the law: `what` is 'person' or the order whose recipient it was."""

    what: str
    kept: Kept
    keep_until: datetime


async def erase(
    conn: Conn, vault: Vault, shop_id: str, shopper_id: str, trades: Sequence[Trade], by: str, at: datetime, ids: Ids
) -> Erased:
    """Let a person go.

    trades  all orders of the shopper in this shop, read after `hold`
    gives   what is kept and why; of one who was erased before, how it stands
    raises  NoSuchShopper when nothing is known and nothing was ordered
    """
    held = await persons.hold(conn, shop_id, shopper_id, at)
    if held.erased_at is None:
        if not trades and held.sealed is None and not await telling.consents(conn, shop_id, shopper_id):
            raise NoSuchShopper(f"Nothing is known of a shopper {shopper_id}.", shopper_id=shopper_id)
        fields: list[str] = []
        if held.sealed is not None:
            context = person_context(shop_id, shopper_id)
            person = await opened(conn, vault, Person, held.sealed, context)
            fields = filled(person)
            if (until := keep_person_until(trades, at)) is not None:
                await _keep(conn, vault, Whose(shop_id, shopper_id), PERSON, kept_of(person), until)
        await _let_recipients_go(conn, vault, Whose(shop_id, shopper_id), trades, at)
        await _withdraw_consents(conn, shop_id, shopper_id, by, at)
        if await book.drop(conn, shop_id, shopper_id):
            fields.append("addresses")
        await members.drop(conn, shop_id, shopper_id)
        await persons.erase(conn, shop_id, shopper_id, at)
        await telling.add_change(
            conn, ids.new(at), Change(at, shop_id, shopper_id, "erased", by, order_id=None, fields=fields)
        )
        await emit(conn, at, ShopperErased(shop_id=shop_id, shopper_id=shopper_id))
    kept = await leaving.kept(conn, shop_id, shopper_id)
    return Erased(
        erased_at=held.erased_at or at,
        kept=len(kept),
        keep_until=max((each.keep_until for each in kept), default=None),
        open_orders=sum(trade.is_open for trade in trades),
    )


async def hold(conn: Conn, shop_id: str, shopper_id: str, at: datetime) -> None:
    """Keep anybody else from changing the person, or naming a recipient, until the transaction ends."""
    await persons.hold(conn, shop_id, shopper_id, at)


async def order_ended(conn: Conn, order_id: UUID, at: datetime) -> Whose | None:
    """An order was delivered or cancelled: if its shopper was erased meanwhile, the recipient goes too.

    gives  whose kept data now has a later day; None of everybody else's orders
    """
    whose = await leaving.left(conn, order_id)
    if whose is not None:
        await persons.drop_recipients(conn, [order_id])
        until = years_after(at, KEPT_YEARS)
        await leaving.keep_longer(conn, whose.shop_id, whose.shopper_id, [PERSON, str(order_id)], until)
    return whose


async def purge(conn: Conn, shop_id: str, shopper_id: str, by: str, at: datetime, ids: Ids) -> int:
    """Delete what was kept of a person for the law and has had its day; gives how much."""
    gone = await leaving.purge(conn, shop_id, shopper_id, at)
    if gone:
        await telling.add_change(
            conn, ids.new(at), Change(at, shop_id, shopper_id, "purged", by, order_id=None, fields=[])
        )
    return gone


async def next_purge(conn: Conn, shop_id: str, shopper_id: str) -> datetime | None:
    """When something more of a person is due to go."""
    return await leaving.next_purge(conn, shop_id, shopper_id)


async def due(conn: Conn, at: datetime) -> list[Whose]:
    """Whose kept data has had its day."""
    return await leaving.due(conn, at)


async def kept(conn: Conn, vault: Vault, shop_id: str, shopper_id: str) -> list[KeptPerson]:
    """What is kept of an erased person, in the clear: for whoever asks for the law's sake."""
    return [
        KeptPerson(
            each.what,
            await opened(conn, vault, Kept, each.sealed, kept_context(shop_id, shopper_id, each.what)),
            each.keep_until,
        )
        for each in await leaving.kept(conn, shop_id, shopper_id)
    ]


async def _keep(conn: Conn, vault: Vault, whose: Whose, what: str, kept: Kept, until: datetime) -> None:
    await vault.ready(conn)
    sealed = seal(vault, kept, kept_context(whose.shop_id, whose.shopper_id, what))
    await leaving.keep(conn, whose.shop_id, whose.shopper_id, what, sealed, key_of(sealed), until)


async def _let_recipients_go(conn: Conn, vault: Vault, whose: Whose, trades: Sequence[Trade], at: datetime) -> None:
    """Put name and address aside for each order that counts; drop the rest, but what a courier still needs."""
    by_order = {trade.order_id: trade for trade in trades}
    gone: list[UUID] = []
    for each in await persons.recipients_of(conn, whose.shop_id, whose.shopper_id):
        trade = by_order.get(each.order_id)
        if trade is not None and (until := keep_until(trade, at)) is not None:
            await _keep(conn, vault, whose, str(each.order_id), kept_of(await _recipient(conn, vault, each)), until)
        if trade is None or not trade.is_open:
            gone.append(each.order_id)
    await persons.drop_recipients(conn, gone)
    for trade in trades:
        if trade.is_open:
            await leaving.leave(conn, trade.order_id, whose.shop_id, whose.shopper_id)


async def _recipient(conn: Conn, vault: Vault, each: SealedRecipient) -> Recipient:
    return await opened(conn, vault, Recipient, each.sealed, recipient_context(each.order_id))


async def _withdraw_consents(conn: Conn, shop_id: str, shopper_id: str, by: str, at: datetime) -> None:
    told = await telling.consents(conn, shop_id, shopper_id)
    for number, kind in enumerate(sorted(standing(told)), len(told) + 1):
        await telling.add_consent(conn, shop_id, shopper_id, Consent(number, kind, False, ERASURE, by, at))
