"""What can be reached from where: the nodes that hold a question's goods and the lanes from them, resolved."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from sangdan.offer.network.model import Lane, Network, Postcode
from sangdan.offer.promise.model import Departures, Hours, Policy, Seconds, ServiceRule
from sangdan.offer.promise.model.arrival import Ready, collect, deliver, make_ready, next_run
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.offer.promise.ports import Transit

from .distance import distance_m
from .exchange import Exchange
from .goods import Goods
from .timetables import deadlines_of, departures_of, horizon, hours_of, seconds, shut_today
from .trips import trip

# Nodes and lanes are looked at so far ahead; dates may lie later.
LONGEST_WAIT_S: Final = 30 * 86_400
# The service whose promise is an instant instead of a day.
INSTANT: Final = "quick"


class Asked(msgspec.Struct, frozen=True):
    """The question but for its goods.

    at      aware, UTC
    due     when somebody else says it will arrive, None when nobody does
    """

    at: datetime
    place: Postcode
    policy: Policy
    due: datetime | None

    @property
    def start(self) -> Seconds:
        """The instant from which nodes may work on the order."""
        return seconds(self.at) + self.policy.margin_s

    @property
    def local_at(self) -> datetime:
        """The instant on the shoppers' clock."""
        return self.at.astimezone(ZoneInfo(self.policy.timezone))


class Run(msgspec.Struct, frozen=True):
    """A lane, resolved for one question; amounts in the basket's currency."""

    lane: Lane
    departures: Departures
    deadlines: tuple[Seconds, ...] | None
    extra_s: int
    base_minor: int
    per_kg_minor: int
    surcharge_minor: int


class Leg(msgspec.Struct, frozen=True):
    """A lane from one node, with how long a parcel from there takes."""

    run: Run
    transit_s: tuple[int, ...]


class Reach:
    """What can be reached from where, each thing resolved when it is first asked for.

    exchange  prepared for `currencies` before any leg is asked for
    without   nodes that are not asked
    """

    def __init__(
        self,
        network: Network,
        asked: Asked,
        goods: Goods,
        exchange: Exchange,
        transit: Transit,
        without: Collection[str],
    ) -> None:
        self._network = network
        self._asked = asked
        self._goods = goods
        self._exchange = exchange
        self._transit = transit
        self._weight_g = sum(line.weight_g * line.units for line in goods.lines)
        self._wait_s = min(LONGEST_WAIT_S, max((rule.within_s for rule in asked.policy.services), default=0))
        self._ready: dict[str, Ready | None] = {}
        self._runs: dict[tuple[str, str], list[Run]] = {}
        self._legs: dict[tuple[str, str], list[Leg]] = {}
        self.nodes = sorted(node_id for node_id in goods.cells if node_id in network.nodes and node_id not in without)

    def currencies(self) -> Iterator[str]:
        """Those in which the carriers ask for their charges."""
        one_of_each_zone = {self._network.nodes[node_id].zone_id: node_id for node_id in self.nodes}
        for node_id in one_of_each_zone.values():
            for lane in self.lanes(node_id):
                yield lane.currency
                surcharge = self._network.surcharge(lane.carrier_id, self._asked.place.area)
                if surcharge is not None:
                    yield surcharge.currency

    def lanes(self, node_id: str, service: str | None = None) -> list[Lane]:
        """The lanes from a node to the shopper's zone, of one service or of all."""
        lanes = self._network.between(self._network.nodes[node_id].zone_id, self._asked.place.zone_id)
        return [lane for lane in lanes if service in (None, lane.service)]

    def hours(self, node_id: str) -> Hours:
        """When the node is open, as far ahead as matters."""
        calendar = self._network.calendar(self._network.nodes[node_id].calendar_id)
        return hours_of(calendar, *horizon(self._asked.at, calendar, self._wait_s))

    def distance_m(self, node_id: str) -> int:
        """From a node to the middle of the shopper's zone, as the crow flies."""
        node, zone = self._network.nodes[node_id], self._network.zones[self._asked.place.zone_id]
        return distance_m(node.lat_e6, node.lon_e6, zone.lat_e6, zone.lon_e6)

    def shut(self, node_id: str) -> str | None:
        """Why a node does not open today."""
        return shut_today(self._network, self._network.nodes[node_id].calendar_id, self._asked.at)

    def out(self, node_id: str) -> bool:
        """Whether a node is out of service."""
        return self._network.out(node_id, self._asked.at) is not None

    def runs(self, node_id: str, rule: ServiceRule) -> list[Run]:
        """The lanes of a service whose charges can be converted; nodes of one zone share them."""
        key = (self._network.nodes[node_id].zone_id, rule.service)
        if key not in self._runs:
            runs = (self._run(lane, rule) for lane in self.lanes(node_id, rule.service))
            self._runs[key] = [run for run in runs if run is not None]
        return self._runs[key]

    def legs(self, node_id: str, rule: ServiceRule) -> list[Leg]:
        """The same with their transit times, which whoever knows them is asked for."""
        key = (node_id, rule.service)
        if key not in self._legs:
            self._legs[key] = [Leg(run, self._transit_s(node_id, run, rule)) for run in self.runs(node_id, rule)]
        return self._legs[key]

    def _run(self, lane: Lane, rule: ServiceRule) -> Run | None:
        surcharge = self._network.surcharge(lane.carrier_id, self._asked.place.area)
        base = self._exchange.converted(lane.base_minor, lane.currency)
        per_kg = self._exchange.converted(lane.per_kg_minor, lane.currency)
        extra = self._exchange.converted(0, lane.currency)
        if surcharge is not None:
            extra = self._exchange.converted(surcharge.amount_minor, surcharge.currency)
        if base is None or per_kg is None or extra is None:
            return None
        calendar = self._network.calendar(lane.calendar_id)
        at = self._asked.at
        runs = horizon(at, calendar, min(rule.within_s, LONGEST_WAIT_S))
        departures = departures_of(calendar, tuple(lane.cut_offs), tuple(lane.departures), *runs)
        instant = rule.service == INSTANT and lane.due_local is None
        deadlines = None if instant else deadlines_of(calendar, lane.due_local, *horizon(at, calendar, rule.within_s))
        return Run(
            lane, departures, deadlines, 0 if surcharge is None else surcharge.extra_s,
            base.amount_minor, per_kg.amount_minor, extra.amount_minor,
        )  # fmt: skip

    def _transit_s(self, node_id: str, run: Run, rule: ServiceRule) -> tuple[int, ...]:
        lane, ready = run.lane, self.ready(node_id)
        departs_at = None if ready is None else next_run(run.departures, ready)
        if departs_at is None:
            return tuple(lane.transit_s)
        asked = self._asked
        asked_for = trip(node_id, lane, asked.place.postcode, asked.local_at, self._weight_g, departs_at, asked.due)
        return tuple(accumulate(self._transit.quantiles(rule.service, asked_for, asked.at), max))

    def ready(self, node_id: str) -> Ready | None:
        """When a node has packed what lies on its shelf, whatever its hours are booked for."""
        if node_id not in self._ready:
            node = self._network.nodes[node_id]
            takes = node.parcels_per_hour > 0
            hours = self.hours(node_id)
            self._ready[node_id] = make_ready(hours, (), node.handling_s, self._asked.start) if takes else None
        return self._ready[node_id]

    def in_time(self, node_id: str, rule: ServiceRule) -> bool:
        """Whether a node can promise in time by any of its lanes, as far as hours and runs go."""
        ready = self.ready(node_id)
        if ready is None:
            return False
        if rule.service == PICKUP:
            courses = [collect(self.hours(node_id), rule.target_ppm, ready)]
        else:
            courses = [
                deliver(leg.transit_s, leg.run.extra_s, leg.run.departures, leg.run.deadlines, rule.target_ppm, ready)
                for leg in self.legs(node_id, rule)
            ]
        latest = seconds(self._asked.at) + rule.within_s
        return any(course is not None and course.promised_at <= latest for course in courses)
