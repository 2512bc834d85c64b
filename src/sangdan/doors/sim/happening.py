"""The twin's reality, put to each parcel of a simulated day."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sangdan.flows.quote_promise.timetables import departures_of
from sangdan.offer.network.model import Lane, Network
from sangdan.order.orders.model import Parcel
from sangdan.ship.warehouse.model import TaskLine
from sangdan.tower.twin.model import Reality

DAYS_AHEAD = 14


class Happening:
    """Answers what happens to a parcel, from the seed alone.

    network    set before the day begins
    postcodes  where each order goes
    """

    network: Network

    def __init__(self, reality: Reality) -> None:
        self._reality = reality
        self.postcodes: dict[UUID, str] = {}

    def picked_at(self, parcel: Parcel, at: datetime) -> datetime:
        """Picking starts in the hour that was kept for it, and takes as long as it takes."""
        starts_at = max(at, parcel.slot_at)
        units = max(1, parcel.weight_g // 500)
        took_s = self._reality.picking_s(self._kind(parcel), str(parcel.parcel_id), units, starts_at)
        return starts_at + timedelta(seconds=took_s)

    def found(self, parcel: Parcel, line: TaskLine) -> int:
        """Nearly always all of it."""
        return self._reality.found(self._kind(parcel), str(parcel.parcel_id), line.line_no, line.units)

    def handed_over_at(self, parcel: Parcel, at: datetime) -> datetime:
        """With the run it was promised for; a parcel that is late waits for the next. A counter needs no run."""
        if parcel.carrier_id is None or at <= parcel.departs_at:
            return at if parcel.carrier_id is None else parcel.departs_at
        lane = self._lane(parcel)
        calendar = self.network.calendar(lane.calendar_id)
        first_on: date = calendar.local(at).date()
        runs = departures_of(calendar, tuple(lane.cut_offs), tuple(lane.departures), first_on, DAYS_AHEAD)
        return next((datetime.fromtimestamp(run, at.tzinfo) for run in runs.departs if run >= at.timestamp()), at)

    def delivered_at(self, parcel: Parcel, at: datetime) -> datetime:
        """When it is at the door, or fetched."""
        if parcel.carrier_id is None:
            return self._reality.collected_at(str(parcel.parcel_id), at)
        lane = self._lane(parcel)
        took_s = self._reality.transit_s(lane.lane_id, str(parcel.parcel_id), lane.transit_s, at)
        place = self.network.zone_of(self.postcodes[parcel.order_id])
        surcharge = self.network.surcharge(lane.carrier_id, place.area)
        return at + timedelta(seconds=took_s + (0 if surcharge is None else surcharge.extra_s))

    def _kind(self, parcel: Parcel) -> str:
        return self.network.node(parcel.node_id).kind

    def _lane(self, parcel: Parcel) -> Lane:
        from_zone = self.network.node(parcel.node_id).zone_id
        to_zone = self.network.zone_of(self.postcodes[parcel.order_id]).zone_id
        return next(
            lane
            for lane in self.network.known_between(from_zone, to_zone)
            if (lane.service, lane.carrier_id) == (parcel.service, parcel.carrier_id)
        )
