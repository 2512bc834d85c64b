"""A new caller is let in: for an ally that exists, on a node that exists; as a shop only where money is collected."""

from datetime import datetime

from sangdan.kit import access
from sangdan.kit.access import Client, Role
from sangdan.kit.db import Conn
from sangdan.kit.problems import Invalid
from sangdan.offer.network import commands as network
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.partners.model import Partner, collects


class ShopCollectsNothing(Invalid):
    """An ally that collects no money from shoppers cannot have a shop."""

    code = "shop-collects-nothing"


async def admit(
    conn: Conn, client_id: str, role: Role, partner_id: str | None, node_id: str | None, key: str, at: datetime
) -> Client:
    """Let a client in.

    key     from `access.new_key`; only its hash is kept
    raises  PartnerUnknown, ShopCollectsNothing, NodeUnknown, NoPartner, ClientExists
    """
    if partner_id is not None:
        await (check_shop if role == "shop" else _ally)(conn, partner_id)
    if node_id is not None and not await network.known_nodes(conn, [node_id]):
        raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
    return await access.make(conn, client_id, role, partner_id, node_id, key, at)


async def check_shop(conn: Conn, partner_id: str) -> Partner:
    """The ally, if it may have a shop.

    raises  PartnerUnknown, ShopCollectsNothing
    """
    ally = await _ally(conn, partner_id)
    if not collects(ally):
        raise ShopCollectsNothing(
            f"{partner_id} is a {ally.kind}: only an ally that collects shoppers' money can have a shop.",
            partner_id=partner_id, kind=ally.kind,
        )  # fmt: skip
    return ally


async def _ally(conn: Conn, partner_id: str) -> Partner:
    found = await partners.partners(conn, [partner_id])
    if not found:
        raise PartnerUnknown(f"There is no partner {partner_id}; import it first.", partner_id=partner_id)
    return found[0]
