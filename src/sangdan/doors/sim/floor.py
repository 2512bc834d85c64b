"""What happens on the floors and on the road of a simulated day, as reality has it; the tower only hears the scans."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderReleased, OrderRePromised
from sangdan.order.orders.model import Parcel
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.model import Report
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.events import ParcelHandedOver
from sangdan.ship.warehouse.model import TaskLine

from .world import World


class Reality(Protocol):
    """What really happens to a parcel. The promise room never sees it."""

    def picked_at(self, parcel: Parcel, at: datetime) -> datetime | None:
        """When somebody has looked for its units, not before `at`; None when nobody ever does."""
        ...

    def found(self, parcel: Parcel, line: TaskLine) -> int:
        """How many units of a line they found, 0..line.units."""
        ...

    def handed_over_at(self, parcel: Parcel, at: datetime) -> datetime:
        """When it leaves the node, not before `at`."""
        ...

    def delivered_at(self, parcel: Parcel, at: datetime) -> datetime | None:
        """When it is in the shopper's hands, not before `at`; None when it never is."""
        ...


class Floor:
    """Clerks and couriers: they pick, pack, hand over and deliver what the tower releases."""

    def __init__(self, world: World, reality: Reality) -> None:
        self._world = world
        self._reality = reality
        self._seen: dict[UUID, Parcel] = {}
        world.when(OrderReleased, lambda fact, at: self._look(fact.order_id, at))
        world.when(OrderRePromised, lambda fact, at: self._look(fact.order_id, at))
        world.when(ParcelHandedOver, self._on_the_road)

    def _look(self, order_id: UUID, at: datetime) -> None:
        async def look() -> None:
            async with self._world.pool.connection() as conn:
                parcels = await orders.parcels(conn, order_id)
            for parcel in parcels:
                if parcel.state == "released" and parcel.parcel_id not in self._seen:
                    self._seen[parcel.parcel_id] = parcel
                    picked_at = self._reality.picked_at(parcel, self._world.clock.now())
                    if picked_at is not None:
                        self._world.plan(picked_at, lambda parcel=parcel: self._pick(parcel))

        self._world.plan(at, look)

    async def _pick(self, parcel: Parcel) -> None:
        now = self._world.clock.now()
        async with self._world.pool.transaction() as conn:
            if (await warehouse.task(conn, parcel.node_id, parcel.parcel_id)).state == "cancelled":
                return  # another node makes it
            lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
            found = {line.reservation_id: self._reality.found(parcel, line) for line in lines}
            await warehouse.pick(conn, parcel.node_id, parcel.parcel_id, found, now)
            if any(found.values()):
                await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, now)
        if any(found.values()):
            leaves_at = self._reality.handed_over_at(parcel, now)
            self._world.plan(leaves_at, lambda: self._hand_over(parcel))

    async def _hand_over(self, parcel: Parcel) -> None:
        async with self._world.pool.transaction() as conn:
            if (await warehouse.task(conn, parcel.node_id, parcel.parcel_id)).state == "cancelled":
                return
            await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, self._world.clock.now())

    def _on_the_road(self, gone: ParcelHandedOver, at: datetime) -> None:
        parcel = self._seen.pop(gone.parcel_id, None)
        delivered_at = None if parcel is None else self._reality.delivered_at(parcel, at)
        if delivered_at is None:
            return

        async def deliver() -> None:
            report = Report(order_id=gone.order_id, parcel_id=gone.parcel_id, at=delivered_at, state="delivered")
            async with self._world.pool.transaction() as conn:
                await delivery.track(conn, report, None, delivered_at)

        self._world.plan(delivered_at, deliver)
