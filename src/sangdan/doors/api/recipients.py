"""Who receives an order: named by its shop, seen in the clear by whoever brings it, masked for everybody else."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import CANCELLABLE, Order
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import (
    NoRecipient,
    PersonUnfit,
    ReasonNeeded,
    TooLateForRecipient,
    WasErased,
)
from sangdan.order.shoppers.model import Recipient, masked_recipient
from sangdan.ship.delivery import commands as delivery

from .nodes import seen_order
from .order_view import own_order, owns
from .shoppers import Reason

DELIVERY: Final = "delivery"


class RecipientView(msgspec.Struct, frozen=True, kw_only=True):
    """Who receives an order; the postcode is the order's own."""

    order_id: UUID
    masked: bool
    name: str
    phone: str
    lines: tuple[str, ...]
    postcode: str
    note: str | None


@put(
    "/v1/orders/{order_id:uuid}/recipient",
    tags=["orders"],
    responses=problems(NoSuchOrder, PersonUnfit, WasErased, TooLateForRecipient),
)
async def name(
    order_id: FromPath[UUID],
    data: JSONBody[Recipient],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> RecipientView:
    """Name who receives the order, until it is released to the floor. The answer is masked."""
    await own_order(conn, order_id, seer)
    order = await orders.lock(conn, order_id)
    if order.state not in CANCELLABLE:
        raise TooLateForRecipient(
            f"Order {order_id} is {order.state}: its recipient can be changed until it is released to the floor.",
            order_id=str(order_id),
            state=order.state,
        )
    await shoppers.put_recipient(conn, vault, order_id, order.shop_id, order.shopper_id, data, seer.client_id, at, ids)
    return _view(order, await shoppers.recipient(conn, vault, order_id), clear=False)


@get(
    "/v1/orders/{order_id:uuid}/recipient",
    tags=["orders"],
    responses=problems(NoSuchOrder, NoRecipient, ReasonNeeded),
)
async def recipient(
    order_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
    reason: Reason = None,
) -> RecipientView:
    """Who receives the order: in the clear for its shop, and for a carrier while it has a parcel of it on the road.

    For the tower with a `reason`, too; masked for everybody else. Each reading in the clear is written down.
    """
    order = await seen_order(conn, order_id, seer)
    found = await shoppers.recipient(conn, vault, order_id)
    match seer.role:
        case "shop":
            clear = owns(order, seer)
        case "tower":
            clear = reason is not None
        case "courier":
            clear, reason = await _brings(conn, order_id, seer), reason or DELIVERY
        case _:
            clear = False
    if clear:
        await shoppers.note(conn, order.shop_id, order.shopper_id, found, seer.client_id, reason, at, ids, order_id)
    return _view(order, found, clear=clear)


async def _brings(conn: Conn, order_id: UUID, seer: Seer) -> bool:
    """Whether the asker carries a parcel of the order that has left its floor and is still to arrive."""
    return any(
        parcel.carrier_id == seer.partner_id and parcel.state not in ("delivered", "lost")
        for parcel in await delivery.parcels(conn, order_id)
    )


def _view(order: Order, found: Recipient, *, clear: bool) -> RecipientView:
    shown = found if clear else masked_recipient(found)
    return RecipientView(
        order_id=order.order_id, masked=not clear, postcode=order.postcode, **msgspec.structs.asdict(shown)
    )
