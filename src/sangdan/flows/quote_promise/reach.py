"""What can be reached from where: the nodes that hold a question's goods and the lanes from them, resolved."""

from collections.abc import Collection
from datetime import date, datetime
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from sangdan.offer.network.model import Lane, Network, Postcode
from sangdan.offer.promise.model import Departures, Hours, Policy, Seconds, ServiceRule
from sangdan.offer.promise.model.arrival import SPOKEN_STEP_S, Ready, collect, make_ready, needed, next_run
from sangdan.offer.promise.model.prune import Flags, Numbers
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

from .atlas import Lanes, Profile, atlas_of
from .exchange import Exchange
from .goods import Goods
from .timetables import deadlines_of, departures_of, horizon, hours_of, seconds, shut_today
from .trips import trip

# Nodes and lanes are looked at so far ahead; dates may lie later.
LONGEST_WAIT_S: Final = 30 * 86_400
# What cannot be promised in time is promised then.
LATE: Final = 1 << 60
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

    exchange       prepared for `currencies` before any leg is asked for
    without        nodes that are not asked
    as_configured  whether parcels take what their lanes are configured with
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
        self.as_configured = transit is AS_CONFIGURED
        self._local_at = asked.local_at
        self._weight_g = sum(line.weight_g * line.units for line in goods.lines)
        self._wait_s = min(LONGEST_WAIT_S, max((rule.within_s for rule in asked.policy.services), default=0))
        self._ready: dict[Profile, Ready | None] = {}
        self._hours: dict[str, Hours] = {}
        self._days: dict[tuple[str, int], tuple[date, int]] = {}
        self._shut: dict[str, str | None] = {}
        self._runs: dict[tuple[str, str], list[Run]] = {}
        self._legs: dict[tuple[str, str], list[Leg]] = {}
        self._without = without
        self.atlas = atlas_of(network)

    def currencies(self) -> frozenset[str]:
        """Those in which the carriers ask for their charges."""
        return self.atlas.currencies(self._asked.place)

    def asked(self) -> Flags:
        """By node: whether it may be asked at all."""
        flags = np.ones(len(self.atlas.ids), np.bool_)
        flags[[self.atlas.number[node_id] for node_id in self._without if node_id in self.atlas.number]] = False
        return flags

    def works(self) -> Flags:
        """By node: whether it is in service."""
        flags = np.ones(len(self.atlas.ids), np.bool_)
        out = [node_id for node_id in self._network.outages if self._network.out(node_id, self._asked.at)]
        flags[[self.atlas.number[node_id] for node_id in out if node_id in self.atlas.number]] = False
        return flags

    def gates(self, rule: ServiceRule) -> Lanes:
        """Every lane of a service to the shopper's zone."""
        return self.atlas.lanes(self._asked.place, rule)

    def distances_m(self) -> Numbers:
        """By node: to the middle of the shopper's zone, as the crow flies."""
        return self.atlas.distances_m(self._asked.place.zone_id)

    def lanes(self, node_id: str, service: str | None = None) -> list[Lane]:
        """The lanes from a node to the shopper's zone, of one service or of all."""
        lanes = self._network.between(self._network.nodes[node_id].zone_id, self._asked.place.zone_id)
        return [lane for lane in lanes if service in (None, lane.service)]

    def hours(self, node_id: str) -> Hours:
        """When the node is open, as far ahead as matters."""
        return self._hours_by(self._network.nodes[node_id].calendar_id)

    def _hours_by(self, calendar_id: str) -> Hours:
        if calendar_id not in self._hours:
            calendar = self._network.calendar(calendar_id)
            self._hours[calendar_id] = hours_of(calendar, *self._ahead(calendar_id, self._wait_s))
        return self._hours[calendar_id]

    def distance_m(self, node_id: str) -> int:
        """From a node to the middle of the shopper's zone, as the crow flies."""
        return int(self.distances_m()[self.atlas.number[node_id]])

    def shut(self, node_id: str) -> str | None:
        """Why a node does not open today."""
        return self.closed(self._network.nodes[node_id].calendar_id)

    def closed(self, calendar_id: str) -> str | None:
        """Why nodes of a calendar do not open today."""
        if calendar_id not in self._shut:
            self._shut[calendar_id] = shut_today(self._network, calendar_id, self._asked.at)
        return self._shut[calendar_id]

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
        return Run(
            lane, self._departures(lane, rule), self._deadlines(lane, rule),
            0 if surcharge is None else surcharge.extra_s,
            base.amount_minor, per_kg.amount_minor, extra.amount_minor,
        )  # fmt: skip

    def _departures(self, lane: Lane, rule: ServiceRule) -> Departures:
        calendar = self._network.calendar(lane.calendar_id)
        days = self._ahead(lane.calendar_id, min(rule.within_s, LONGEST_WAIT_S))
        return departures_of(calendar, tuple(lane.cut_offs), tuple(lane.departures), *days)

    def _deadlines(self, lane: Lane, rule: ServiceRule) -> tuple[Seconds, ...] | None:
        if rule.service == INSTANT and lane.due_local is None:
            return None
        calendar = self._network.calendar(lane.calendar_id)
        return deadlines_of(calendar, lane.due_local, *self._ahead(lane.calendar_id, rule.within_s))

    def _ahead(self, calendar_id: str, within_s: int) -> tuple[date, int]:
        """The local dates that can matter so far ahead."""
        if (calendar_id, within_s) not in self._days:
            found = horizon(self._asked.at, self._network.calendar(calendar_id), within_s)
            self._days[calendar_id, within_s] = found
        return self._days[calendar_id, within_s]

    def _transit_s(self, node_id: str, run: Run, rule: ServiceRule) -> tuple[int, ...]:
        lane, ready = run.lane, self.ready(node_id)
        departs_at = None if ready is None else next_run(run.departures, ready)
        if departs_at is None:
            return tuple(lane.transit_s)
        if self.as_configured:
            return tuple(accumulate(lane.transit_s, max))
        asked = self._asked
        asked_for = trip(node_id, lane, asked.place.postcode, self._local_at, self._weight_g, departs_at, asked.due)
        return tuple(accumulate(self._transit.quantiles(rule.service, asked_for, asked.at), max))

    def ready(self, node_id: str) -> Ready | None:
        """When a node has packed what lies on its shelf, whatever its hours are booked for."""
        return self._packed(self.atlas.profiles[int(self.atlas.profile[self.atlas.number[node_id]])])

    def _packed(self, profile: Profile) -> Ready | None:
        if profile not in self._ready:
            hours = self._hours_by(profile.calendar_id)
            begun = make_ready(hours, (), profile.handling_s, self._asked.start) if profile.takes else None
            self._ready[profile] = begun
        return self._ready[profile]

    def collected(self, rule: ServiceRule) -> Numbers:
        """By node: from when a parcel can be picked up there; LATE when not in time."""
        ready = [(profile, self._packed(profile)) for profile in self.atlas.profiles]
        soonest_at = seconds(self._asked.at) + rule.soonest_s
        courses = [r and collect(self._hours_by(p.calendar_id), rule.target_ppm, r, soonest_at) for p, r in ready]
        promised = np.array([LATE if course is None else course.promised_at for course in courses], np.int64)
        return self._in_time(rule, promised)[self.atlas.profile]

    def delivered(self, rule: ServiceRule, lanes: Lanes, gates: Numbers, *, at_best: bool = False) -> Numbers:
        """By gate: what would be promised of goods on the shelf, as far as hours and runs go; LATE when not in time.

        gates    of `lanes`
        at_best  do not ask whoever has learned transit times: as if a parcel took no time, then
        """
        leaves: list[int] = []
        for profile, lane in lanes.courses:
            ready = self._packed(profile)
            departs_at = None if ready is None else next_run(self._departures(lane, rule), ready)
            leaves.append(LATE if departs_at is None else departs_at)
        likely = np.array(leaves, np.int64)[lanes.course[gates]] + lanes.extra_s[gates]
        if self.as_configured:
            likely += lanes.needed_s[gates]
        elif not at_best:
            likely += self._needed(rule, lanes, gates)
        promised = np.empty_like(likely)
        for place, lane in enumerate(lanes.dues):
            mine = lanes.due[gates] == place
            deadlines = self._deadlines(lane, rule)
            if deadlines is None:
                promised[mine] = likely[mine] + -likely[mine] % SPOKEN_STEP_S
            else:
                dates = np.array([*deadlines, LATE], np.int64)
                promised[mine] = dates[np.searchsorted(dates[:-1], likely[mine])]
        return self._in_time(rule, promised)

    def _needed(self, rule: ServiceRule, lanes: Lanes, gates: Numbers) -> Numbers:
        """By gate: from departure to the door, by what whoever knows transit times says."""
        return np.array(
            [
                needed(leg.transit_s, rule.target_ppm)
                for gate in gates.tolist()
                for leg in self.legs(self.atlas.ids[int(lanes.node[gate])], rule)
                if leg.run.lane.lane_id == lanes.lanes[int(lanes.lane[gate])].lane_id
            ],
            np.int64,
        )

    def _in_time(self, rule: ServiceRule, promised: Numbers) -> Numbers:
        return np.where(promised - seconds(self._asked.at) <= rule.within_s, promised, LATE)
