"""The picked nodes and lanes as the promise's inputs, with timetables that many share kept once each."""

from collections.abc import Collection, Iterable, Sequence
from typing import Generic, TypeVar

from sangdan.offer.network.model import Node as Place
from sangdan.offer.promise.model import Departures, Hours, Node, Route, Seconds, ServiceRule, Unpicked
from sangdan.offer.promise.model.inputs import PICKUP

from .reach import Leg, Reach

T = TypeVar("T")
# An operator's fees for a unit and for a parcel, in the basket's currency.
Fees = tuple[int, int]


class Shared(Generic[T]):
    """Things that many refer to: each is kept once, and named by its position."""

    def __init__(self) -> None:
        self._positions: dict[int, int] = {}
        self._kept: list[T] = []

    def position(self, thing: T) -> int:
        """Where this very object is; it stays alive here, so its identity is its key."""
        if id(thing) not in self._positions:
            self._positions[id(thing)] = len(self._kept)
            self._kept.append(thing)
        return self._positions[id(thing)]

    def all(self) -> tuple[T, ...]:
        """Everything, by position."""
        return tuple(self._kept)


class Assembly:
    """Nodes and routes of one question, made from what was reached."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.hours = Shared[Hours]()
        self.departures = Shared[Departures]()
        self.deadlines = Shared[tuple[Seconds, ...]]()

    def node(
        self,
        place: Place,
        fees: Fees,
        full_hours: Collection[Seconds],
        unpicked: Sequence[Unpicked],
        *,
        pickup: bool,
    ) -> Node:
        """A node as the promise sees it.

        full_hours  that take no further parcel
        unpicked    what it has to pick first, by hour, ascending
        pickup      whether this shopper may fetch there
        """
        unit_fee_minor, parcel_fee_minor = fees
        return Node(
            node_id=place.node_id,
            kind=place.kind,
            operator_id=place.operator_id,
            temperatures=tuple(place.temperatures),
            hours=self.hours.position(self._reach.hours(place.node_id)),
            handling_s=place.handling_s,
            parcels_per_hour=place.parcels_per_hour,
            full_hours=tuple(sorted(full_hours)),
            unpicked=tuple(unpicked),
            pickup=pickup,
            distance_m=self._reach.distance_m(place.node_id),
            unit_fee_minor=unit_fee_minor,
            parcel_fee_minor=parcel_fee_minor,
            shut=self._reach.shut(place.node_id),
        )

    def routes(self, picked: Iterable[tuple[ServiceRule, Sequence[str]]]) -> tuple[Route, ...]:
        """The routes of all services, each from its own nodes.

        picked  by service: its rule and node ids
        """
        return tuple(
            self._route(node_id, rule, leg)
            for rule, node_ids in picked
            if rule.service != PICKUP
            for node_id in node_ids
            for leg in self._reach.legs(node_id, rule)
        )

    def _route(self, node_id: str, rule: ServiceRule, leg: Leg) -> Route:
        run, lane = leg.run, leg.run.lane
        return Route(
            node_id=node_id,
            service=rule.service,
            lane_id=lane.lane_id,
            carrier_id=lane.carrier_id,
            departures=self.departures.position(run.departures),
            deadlines=None if run.deadlines is None else self.deadlines.position(run.deadlines),
            transit_s=leg.transit_s,
            extra_s=run.extra_s,
            temperatures=tuple(lane.temperatures),
            base_minor=run.base_minor,
            per_kg_minor=run.per_kg_minor,
            surcharge_minor=run.surcharge_minor,
            max_weight_g=lane.max_weight_g,
            distance_m=lane.distance_m,
            co2e_mg_per_kg_km=lane.co2e_mg_per_kg_km,
        )
