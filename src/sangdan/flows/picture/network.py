"""The network as flows see it: one picture a database, read again only when it changed."""

import asyncio
from collections import defaultdict
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from sangdan.kit.db import Conn
from sangdan.offer.network import commands as network
from sangdan.offer.network.model import Network

_Key: TypeAlias = tuple[str, int, str]
_known: Final[dict[_Key, Network]] = {}
# Reading all of it takes a while: of many who find it changed one reads, and the others wait for that.
_turns: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, defaultdict[_Key, asyncio.Lock]]] = WeakKeyDictionary()


async def network_of(conn: Conn) -> Network:
    """The network of this connection's database, as it is now."""
    info = conn.info
    key = info.host, info.port, info.dbname
    known = _known.get(key)
    if known is not None and await network.is_fresh(conn, known):
        return known
    turns = _turns.setdefault(asyncio.get_running_loop(), defaultdict(asyncio.Lock))
    async with turns[key]:
        _known[key] = found = await network.fresh(conn, _known.get(key))
    return found
