"""What a shopper shows at the counter: a code for each parcel of an order that waits there."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.secrets import shared_key
from sangdan.ship.delivery import commands as delivery
from sangdan.store.pickup.model import Ticket, ticket

KEY_NAME: Final = "pickup"


async def pickup_key(conn: Conn, at: datetime) -> bytes:
    """The alliance's key that codes are computed from."""
    return await shared_key(conn, KEY_NAME, at)


async def tickets(conn: Conn, order_id: UUID, at: datetime) -> list[Ticket]:
    """The tickets of an order, for the shopper alone: whoever calls has made sure of who asks.

    gives  one for each parcel that waits behind a counter; [] when none does
    """
    waiting = [each for each in await delivery.parcels(conn, order_id) if each.state == "available_for_pickup"]
    if not waiting:
        return []
    secret = await pickup_key(conn, at)
    return [ticket(secret, each.parcel_id) for each in waiting]
