"""The demo's shoppers say what they think of what really arrived, some while after it did."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sangdan.flows import write_review
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderDelivered
from sangdan.tower.twin.model.opinions import opinion, waits_s

from .world import World


class Reviewers:
    """Listens for orders that arrived, and reviews some of their lines.

    seed      of what they say
    category  of each product
    """

    def __init__(self, world: World, seed: int, category: Mapping[str, str]) -> None:
        self._world = world
        self._seed = seed
        self._category = category
        world.when(OrderDelivered, self._hear)

    def _hear(self, arrived: OrderDelivered, at: datetime) -> None:
        order_id = arrived.order_id
        later = at + timedelta(seconds=waits_s(self._seed, str(order_id)))
        self._world.plan(later, lambda: self._review(order_id))

    async def _review(self, order_id: UUID) -> None:
        """Say what there is to say of one order; what its shopper said by themselves stands."""
        async with self._world.pool.transaction() as conn:
            order = await orders.get(conn, order_id)
            late = order.delivered_at is not None and order.delivered_at > order.promised_at
            for line in await write_review.open_lines(conn, order.shop_id, order_id):
                said = opinion(
                    self._seed, str(order_id), line.line_no, line.product_id,
                    self._category.get(line.product_id, ""), late=late,
                )  # fmt: skip
                if said is not None and line.review is None:
                    now = self._world.clock.now()
                    await write_review.write(conn, order.shop_id, order_id, line.line_no, said.stars, said.body, now)
