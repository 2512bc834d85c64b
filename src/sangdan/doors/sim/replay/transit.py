"""Transit times as the replay's tower knows them: from the deliveries that it has seen so far."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.adapters.olist import Alliance, Wish, metres
from sangdan.flows.place_order import Taken
from sangdan.flows.quote_promise import promised_trip
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model import Service
from sangdan.offer.promise.model.transit import Learner, Trip
from sangdan.offer.promise.ports import Transit
from sangdan.order.orders.events import OrderCancelled
from sangdan.ship.delivery.events import ParcelDelivered
from sangdan.ship.warehouse.events import ParcelHandedOver

from ..world import World


class Learned(Transit):
    """One learner behind the port.

    blind  by node, of the last question: what would have been answered without the marketplace's estimate
    """

    def __init__(self, world: World, alliance: Alliance) -> None:
        self._learner = Learner()
        self._alliance = alliance
        self._place = (0.0, 0.0)
        self._parcels: dict[UUID, list[str]] = {}
        self.blind: dict[str, tuple[int, ...]] = {}
        world.when(ParcelHandedOver, self._handed_over)
        world.when(ParcelDelivered, self._arrived)
        world.when(OrderCancelled, self._cancelled)

    def about(self, wish: Wish) -> None:
        """The questions that follow are this order's."""
        self._place = self._alliance.points[wish.postcode]
        self.blind = {}

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        """See Transit."""
        exact = self._exact(trip)
        self.blind[trip.node_id] = self._learner.quantiles(replace(exact, estimate_s=None), at)
        return self._learner.quantiles(exact, at)

    def expect(self, network: Network, taken: Taken, estimated_at: datetime, at: datetime) -> None:
        """A promise was taken: its parcels are waited for."""
        facts = taken.promise.facts
        keys = self._parcels[taken.order_id] = []
        for parcel in taken.promise.way.parcels:
            keys.append(_key(taken.order_id, parcel.parcel_no))
            trip = promised_trip(network, facts, parcel, estimated_at)
            self._learner.expect(keys[-1], self._exact(trip), at)

    def _exact(self, trip: Trip) -> Trip:
        """From zip prefix to zip prefix instead of from state to state."""
        return replace(trip, distance_m=metres(self._alliance.sellers[trip.node_id].point, self._place))

    def _handed_over(self, fact: ParcelHandedOver, at: datetime) -> None:
        self._learner.hand_over(_key(fact.order_id, fact.parcel_no), at)

    def _arrived(self, fact: ParcelDelivered, at: datetime) -> None:
        self._learner.observe(_key(fact.order_id, fact.parcel_no), at)

    def _cancelled(self, fact: OrderCancelled, at: datetime) -> None:
        for key in self._parcels.get(fact.order_id, ()):
            self._learner.forget(key)


def _key(order_id: UUID, parcel_no: int) -> str:
    return f"{order_id}/{parcel_no}"
