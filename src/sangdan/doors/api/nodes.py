"""Whose node it is, and what those see who are confined to some."""

from uuid import UUID

from sangdan.flows.picture import network_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.problems import Forbidden
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.network.model import Node
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Order


class ConfinedToNodes(Forbidden):
    """It belongs to the whole ally, and the asker is confined to some of its nodes."""

    code = "confined-to-nodes"


async def own_node(conn: Conn, node_id: str, seer: Seer) -> Node:
    """A node that the caller works on.

    raises  NodeUnknown, also for another ally's node and for one outside of what the caller is confined to
    """
    node = (await network_of(conn)).node(node_id)
    if seer.seen_by not in (None, node.operator_id) or not seer.sees_node(node_id):
        raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
    return node


def check_whole(seer: Seer) -> None:
    """Only those may go on who see all of their ally.

    raises  ConfinedToNodes
    """
    if seer.node_ids is not None:
        raise ConfinedToNodes(
            f"{seer.client_id} is confined to some nodes, and this is of the whole ally: ask as one who is not.",
            client_id=seer.client_id,
        )


async def seen_order(conn: Conn, order_id: UUID, seer: Seer) -> Order:
    """An order that the caller has a part in; who is confined to nodes has it in the parcels that leave from there.

    raises  NoSuchOrder
    """
    order = await orders.see(conn, order_id, seer.seen_by)
    if seer.node_ids is not None:
        whole = await orders.read(conn, order)
        if not any(seer.sees_node(parcel.node_id) for parcel in whole.parcels):
            raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))
    return order
