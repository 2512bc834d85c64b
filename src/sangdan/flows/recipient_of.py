"""Whom a parcel is for: in the clear for its carrier while it is on the road, masked for the floor."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import Recipient, masked_recipient
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.errors import NoSuchParcel

REASON: Final = "delivery"
ENDED: Final = ("delivered", "lost")


async def bound_to(
    conn: Conn, vault: Vault, seer: Seer, parcel_id: UUID, at: datetime, ids: Ids
) -> tuple[bool, str, Recipient]:
    """Whether it is masked, the postcode, and the recipient. A reading in the clear is written down.

    raises  NoSuchParcel, also when the asker has no part in the order; NoRecipient
    """
    order_id = (await orders.orders_of_parcels(conn, [parcel_id])).get(parcel_id)
    unknown = NoSuchParcel(f"Parcel {parcel_id} was not handed over.", parcel_id=str(parcel_id))
    if order_id is None:
        raise unknown
    try:
        order = await orders.see(conn, order_id, seer.seen_by)
    except NoSuchOrder as foreign:  # which would say of what order the parcel is
        raise unknown from foreign
    found = await shoppers.recipient(conn, vault, order.order_id)
    held = await delivery.these(conn, {parcel_id: order.order_id})
    mine = [each for each in held if each.carrier_id == seer.partner_id and each.state not in ENDED]
    if seer.role != "courier" or not mine:
        return True, order.postcode, masked_recipient(found)
    await shoppers.note(conn, order.shop_id, order.shopper_id, found, seer.client_id, REASON, at, ids, order.order_id)
    return False, order.postcode, found
