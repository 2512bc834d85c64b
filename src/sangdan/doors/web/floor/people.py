"""Whom the floor app is for, and where they work."""

from typing import Final

from sangdan.kit.access import Role, Seer
from sangdan.offer.network.model import Network, Node

AT_NODES: Final[frozenset[Role]] = frozenset({"tower", "floor"})
ON_THE_ROAD: Final[frozenset[Role]] = frozenset({"courier"})


def own_nodes(network: Network, seer: Seer) -> list[Node]:
    """The nodes that somebody may work on, by name."""
    mine = [
        node
        for node in network.nodes.values()
        if seer.seen_by in (None, node.operator_id) and seer.sees_node(node.node_id)
    ]
    return sorted(mine, key=lambda node: (node.name_ko, node.node_id))
