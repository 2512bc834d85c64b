"""Somebody corrects a shelf: by how many units, why, and what it was before and after."""

from datetime import datetime
from uuid import UUID

from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Balance, Cause

from .picture import network_of


async def adjust(
    conn: Conn,
    seer: Seer,
    movement_id: UUID,
    cell: tuple[str, str, str],
    by: int,
    cause: Cause,
    note: str,
    at: datetime,
) -> Balance:
    """Add units to a shelf or take some away; the same movement again changes nothing.

    movement_id  made when the form was shown
    cell         node, SKU, owner
    by           signed, not 0
    note         what happened, in the person's own words; may be ''
    gives        the cell as it stands
    raises       NodeUnknown, SkuUnknown, PartnerUnknown, BadUnits, UnitsReserved
    """
    node_id, sku, owner_id = cell
    node = (await network_of(conn)).node(node_id)
    if seer.seen_by not in (None, node.operator_id) or not seer.sees_node(node_id):
        raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
    await catalogue.skus(conn, [sku])
    if owner_id not in await partners.known_partners(conn, [owner_id]):
        raise PartnerUnknown(f"There is no partner {owner_id}.", partner_id=owner_id)
    was, now = await stock.adjust(conn, node_id, movement_id, sku, owner_id, by, cause, at)
    if was is not None:
        await audit.note(
            conn, seer, at, "stock.adjusted", f"cell/{node_id}/{sku}/{owner_id}",
            before={"on_hand": was.on_hand}, after={"on_hand": now.on_hand, "by": by, "cause": cause}, reason=note,
        )  # fmt: skip
    return now
