"""Whose node it is."""

from sangdan.flows.picture import network_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.network.model import Node


async def own_node(conn: Conn, node_id: str, seer: Seer) -> Node:
    """A node that the caller works on.

    raises  NodeUnknown, also for another ally's node and for one outside of what the caller is confined to
    """
    node = (await network_of(conn)).node(node_id)
    if seer.seen_by not in (None, node.operator_id) or seer.node_id not in (None, node_id):
        raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
    return node
