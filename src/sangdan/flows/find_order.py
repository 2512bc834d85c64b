"""A guest asks for their order: by its number, and the phone that it was ordered or is received with."""

from contextlib import suppress
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.vault import Vault
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Order
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoRecipient, NoSuchShopper, PersonUnfit
from sangdan.order.shoppers.model import phone_number

from .check_out import CLIENT, number_as_kept

_FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


async def find_order(conn: Conn, vault: Vault, shop_id: str, order_no: str, phone: str) -> Order:
    """The order that both belong to.

    order_no  as somebody types it
    raises    NoSuchOrder: one answer, whether the number or the phone is wrong
    """
    found = await orders.page(conn, CLIENT, shop_id, None, _FIRST, 1, number_as_kept(order_no))
    try:
        wanted = phone_number(phone)
    except PersonUnfit:
        wanted = ""
    if found and wanted:
        phones = await _phones(conn, vault, found[0])
        if any(compare_digest(wanted.encode(), each.encode()) for each in phones):
            return found[0]
    raise NoSuchOrder("There is no order with this number and this phone; check both.", order_id=order_no[:40])


async def _phones(conn: Conn, vault: Vault, order: Order) -> list[str]:
    """The phones that an order is known by."""
    phones: list[str] = []
    with suppress(NoRecipient):
        phones.append((await shoppers.recipient(conn, vault, order.order_id)).phone)
    try:
        [known] = await shoppers.known(conn, vault, order.shopper_id, order.shop_id)
    except NoSuchShopper:
        return phones
    if known.person is not None and known.person.phone is not None:
        phones.append(known.person.phone)
    return phones
