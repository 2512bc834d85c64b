"""The network as flows see it: one picture a database, read again only when it changed."""

from sangdan.kit.db import Conn
from sangdan.offer.network import commands as network
from sangdan.offer.network.model import Network

_known: dict[tuple[str, int, str], Network] = {}


async def network_of(conn: Conn) -> Network:
    """The network of this connection's database, as it is now."""
    info = conn.info
    key = info.host, info.port, info.dbname
    _known[key] = await network.fresh(conn, _known.get(key))
    return _known[key]
