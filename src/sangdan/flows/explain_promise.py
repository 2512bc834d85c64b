"""A promise is explained: asked anew with every node in sight, or as it was given, from what was stored with it."""

import asyncio
from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Policy
from sangdan.offer.promise.model.basket import Basket
from sangdan.offer.promise.model.explanation import Explanation, explained
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

from .quote_promise import gather


async def of_basket(
    conn: Conn,
    network: Network,
    basket: Basket,
    at: datetime,
    *,
    policy: Policy | None = None,
    transit: Transit = AS_CONFIGURED,
) -> Explanation:
    """What would be promised now, with a verdict on every node that holds any of the goods.

    network, policy, transit  as for `quote_promise.gather`
    raises                    what `gather` raises
    """
    inputs = await gather(conn, network, basket, at, policy=policy, transit=transit, everywhere=True)
    # Seconds of arithmetic where hundreds of nodes hold the goods: whoever else is on the loop need not wait.
    return await asyncio.to_thread(explained, inputs)


async def of_order(conn: Conn, order_id: UUID) -> Explanation:
    """What an order was promised, from the facts stored then: only of the service that was taken.

    raises  NoSuchPromise
    """
    inputs = await promises.taken_on(conn, order_id)
    way = await promises.given(conn, order_id)
    assert way is not None, "facts are stored with the way that was taken"
    return await asyncio.to_thread(explained, inputs, way.service)
