"""What a network says of all its nodes and lanes at once: worked out when it is first asked for, and kept beside it."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from itertools import accumulate
from typing import Final, NamedTuple, TypeVar

import msgspec
import numpy as np

from sangdan.offer.network.model import Lane, Network, Node, Postcode
from sangdan.offer.promise.model import ServiceRule
from sangdan.offer.promise.model.arrival import needed
from sangdan.offer.promise.model.prune import Flags, Numbers

from .distance import distance_m

# Pictures of networks that are kept: the one in use, and those before it that questions still ask.
KEPT: Final = 4
TEMPERATURES: Final = ("ambient", "chilled", "frozen")

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Profile(NamedTuple):
    """What decides when a node has something packed, while its hours are free and nothing waits."""

    calendar_id: str
    handling_s: int
    takes: bool


class Lanes(msgspec.Struct, frozen=True, eq=False):
    """Every lane of a service to a zone, a gate for each node that it leaves from, sorted by node and lane.

    node           by gate: its node's number
    lane           by gate: its place in `lanes`
    course         by gate: its place in `courses`
    courses        what decides when a parcel leaves: how the node works, and a lane with the same runs
    due            by gate: its place in `dues`
    dues           a lane for each kind of deadlines
    extra_s        by gate: what the area adds to the transit
    needed_s       by gate: from departure to the door at the rule's probability, as configured
    base_minor     by gate; so are per_kg_minor, surcharge_minor, max_weight_g
    keeps          temperature by gate: whether node and lane keep it
    currencies     in which anything of that is
    reaches        by node: whether a lane leaves from it
    """

    lanes: tuple[Lane, ...]
    node: Numbers
    lane: Numbers
    course: Numbers
    courses: tuple[tuple[Profile, Lane], ...]
    due: Numbers
    dues: tuple[Lane, ...]
    extra_s: Numbers
    needed_s: Numbers
    base_minor: Numbers
    per_kg_minor: Numbers
    surcharge_minor: Numbers
    max_weight_g: Numbers
    keeps: Flags
    currencies: frozenset[str]
    reaches: Flags


class Atlas:
    """One network's nodes by number, in the order of their ids.

    profile    by node: its place in `profiles`
    operator   by node: its place in `operators`
    keeps      temperature by node
    pickup     by node
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.ids = tuple(sorted(network.nodes))
        self.nodes = tuple(network.nodes[node_id] for node_id in self.ids)
        self.number = {node_id: number for number, node_id in enumerate(self.ids)}
        self.profiles, self.profile = _numbered(map(_profile, self.nodes))
        self.operators, self.operator = _numbered(node.operator_id for node in self.nodes)
        self.keeps = np.array([[t in node.temperatures for node in self.nodes] for t in TEMPERATURES], np.bool_)
        self.pickup = np.array([node.pickup for node in self.nodes], np.bool_)
        self._numbers_in: dict[str, list[int]] = {}
        for number, node in enumerate(self.nodes):
            self._numbers_in.setdefault(node.zone_id, []).append(number)
        self._distances: dict[str, Numbers] = {}
        self._lanes: dict[tuple[str, str, str, int], Lanes] = {}
        self._currencies: dict[tuple[str, str], frozenset[str]] = {}

    def distances_m(self, zone_id: str) -> Numbers:
        """By node: to the middle of a zone."""
        if zone_id not in self._distances:
            zone = self.network.zones[zone_id]
            there = (zone.lat_e6, zone.lon_e6)
            self._distances[zone_id] = _whole(distance_m(node.lat_e6, node.lon_e6, *there) for node in self.nodes)
        return self._distances[zone_id]

    def currencies(self, place: Postcode) -> frozenset[str]:
        """Those in which carriers ask for their charges to a place."""
        key = place.zone_id, place.area
        if key not in self._currencies:
            lanes = [lane for zone_id in self._numbers_in for lane in self.network.between(zone_id, place.zone_id)]
            self._currencies[key] = self._asked_in(lanes, place.area)
        return self._currencies[key]

    def lanes(self, place: Postcode, rule: ServiceRule) -> Lanes:
        """The lanes of a service to a place."""
        key = place.zone_id, place.area, rule.service, rule.target_ppm
        if key not in self._lanes:
            self._lanes[key] = self._laid_out(place, rule)
        return self._lanes[key]

    def _laid_out(self, place: Postcode, rule: ServiceRule) -> Lanes:
        rows = sorted(
            (number, lane.lane_id, lane)
            for zone_id, numbers in self._numbers_in.items()
            for lane in self.network.between(zone_id, place.zone_id)
            if lane.service == rule.service
            for number in numbers
        )
        lanes = [lane for _, _, lane in rows]
        node = _whole(number for number, _, _ in rows)
        distinct, which = _numbered_by(lanes, [lane.lane_id for lane in lanes])
        shared = [(self.profiles[int(self.profile[number])], lane) for number, _, lane in rows]
        courses, course = _numbered_by(shared, [(profile, _runs(lane)) for profile, lane in shared])
        dues, due = _numbered_by(lanes, [(lane.calendar_id, lane.due_local) for lane in lanes])
        surcharges = [self.network.surcharge(lane.carrier_id, place.area) for lane in lanes]
        reaches = np.zeros(len(self.ids), np.bool_)
        reaches[node] = True
        keeps = np.array([[t in lane.temperatures for lane in lanes] for t in TEMPERATURES], np.bool_)
        return Lanes(
            lanes=tuple(distinct),
            node=node,
            lane=which,
            course=course,
            courses=tuple(courses),
            due=due,
            dues=tuple(dues),
            extra_s=_whole(0 if each is None else each.extra_s for each in surcharges),
            needed_s=_whole(needed(tuple(accumulate(lane.transit_s, max)), rule.target_ppm) for lane in lanes),
            base_minor=_whole(lane.base_minor for lane in lanes),
            per_kg_minor=_whole(lane.per_kg_minor for lane in lanes),
            surcharge_minor=_whole(0 if each is None else each.amount_minor for each in surcharges),
            max_weight_g=_whole(lane.max_weight_g for lane in lanes),
            keeps=keeps & self.keeps[:, node],
            currencies=self._asked_in(distinct, place.area),
            reaches=reaches,
        )

    def _asked_in(self, lanes: Iterable[Lane], area: str) -> frozenset[str]:
        found: set[str] = set()
        for lane in lanes:
            surcharge = self.network.surcharge(lane.carrier_id, area)
            found |= {lane.currency} if surcharge is None else {lane.currency, surcharge.currency}
        return frozenset(found)


def atlas_of(network: Network) -> Atlas:
    """The atlas of a network, made once."""
    found = _known.pop(id(network), None)
    # An atlas keeps its network alive, so that no other one takes its identity.
    _known[id(network)] = found = Atlas(network) if found is None else found
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return found


_known: Final = OrderedDict[int, Atlas]()


def _profile(node: Node) -> Profile:
    return Profile(node.calendar_id, node.handling_s, node.parcels_per_hour > 0)


def _runs(lane: Lane) -> tuple[object, ...]:
    return lane.calendar_id, tuple(lane.cut_offs), tuple(lane.departures)


def _whole(numbers: Iterable[int]) -> Numbers:
    return np.array(list(numbers), np.int64)


def _numbered(things: Iterable[K]) -> tuple[list[K], Numbers]:
    """Each distinct thing once, and by position which of them stands there."""
    every = list(things)
    return _numbered_by(every, every)


def _numbered_by(things: Iterable[T], keys: Iterable[Hashable]) -> tuple[list[T], Numbers]:
    """The same, things being distinct when their keys are."""
    places: dict[Hashable, int] = {}
    distinct: list[T] = []
    numbers: list[int] = []
    for thing, key in zip(things, keys, strict=True):
        if key not in places:
            places[key] = len(distinct)
            distinct.append(thing)
        numbers.append(places[key])
    return distinct, np.array(numbers, np.int64)
