"""What must be true of the nodes on which units are held for a basket."""

from collections.abc import Sequence
from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.network.errors import NodeOut

from .picture import network_of


async def check_nodes(conn: Conn, cells: Sequence[tuple[str, str]], at: datetime) -> None:
    """Nothing is held on a node that is out of service, nor of goods in quarantine.

    cells   (node, SKU); unknown ones hold nothing anyway
    raises  NodeOut
    """
    network = await network_of(conn)
    kept = {node_id: network.nodes[node_id].temperatures for node_id, _ in cells if node_id in network.nodes}
    known = await catalogue.known_skus(conn, [sku for _, sku in cells])
    skus = await catalogue.skus(conn, sorted(known))
    for node_id, sku in cells:
        spoilt = node_id in kept and sku in skus and skus[sku].temperature not in kept[node_id]
        if spoilt or network.out(node_id, at) is not None:
            raise NodeOut(f"Node {node_id} is out of service, or cannot keep {sku}.", node_id=node_id, sku=sku)
