"""The network in memory, for routes that ask about nodes: read again only when it changed."""

from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.network import commands as network
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.network.model import Network, Node


class Picture:
    """The latest network this process has seen."""

    def __init__(self) -> None:
        self._known: Network | None = None

    async def now(self, conn: Conn) -> Network:
        """The network as it is now."""
        self._known = await network.fresh(conn, self._known)
        return self._known

    async def own_node(self, conn: Conn, node_id: str, seer: Seer) -> Node:
        """A node that the caller works on.

        raises  NodeUnknown, also for another ally's node and for one that the caller is not confined to
        """
        node = (await self.now(conn)).node(node_id)
        if seer.seen_by not in (None, node.operator_id) or seer.node_id not in (None, node_id):
            raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
        return node
