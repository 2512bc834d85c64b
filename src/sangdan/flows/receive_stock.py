"""Units are put on a shelf. Its key names node, goods and owner without looking them up, so that is done here."""

from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.stock import commands as stock

from .picture import network_of


async def receive(
    conn: Conn, node_id: str, movement_id: UUID, sku: str, owner_id: str, units: int, reference: str, at: datetime
) -> bool:
    """Put units of somebody's goods on a node.

    movement_id  made by the caller, so a retry is harmless
    gives        False when this movement was written before
    raises       NodeUnknown, SkuUnknown, PartnerUnknown, BadUnits
    """
    (await network_of(conn)).node(node_id)
    await catalogue.skus(conn, [sku])
    if not await partners.known_partners(conn, [owner_id]):
        raise PartnerUnknown(f"There is no partner {owner_id!r}.", partner_id=owner_id)
    return await stock.receive(conn, node_id, movement_id, sku, owner_id, units, reference, at)
