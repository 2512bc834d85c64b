"""What a change would do: to parcels that are promised, and to the answers that shoppers would get. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from sangdan.kit.calendars import Calendar, next_departure
from sangdan.offer.network.model import Lane, Network
from sangdan.offer.promise.model import Way
from sangdan.order.orders.queries import Planned
from sangdan.ship.warehouse.model import Slot

HOUR: Final = timedelta(hours=1)
# A node that does not open within so long is as good as closed for what waits there.
HORIZON: Final = timedelta(days=14)

Why: TypeAlias = Literal["closed", "slower", "run_gone"]
What: TypeAlias = Literal["gone", "new", "later", "sooner", "dearer", "cheaper", "elsewhere"]


class Shifted(msgspec.Struct, frozen=True):
    """A promised parcel that could not leave as planned any more.

    departs_anew  the first departure that it could make, None within the horizon
    """

    order_id: UUID
    parcel_no: int
    node_id: str
    service: str
    departs_at: datetime
    promised_at: datetime
    departs_anew: datetime | None
    why: Why


class Crowded(msgspec.Struct, frozen=True):
    """A node's hour in which more is promised than could be made."""

    node_id: str
    hour_at: datetime
    parcels: int
    parcels_max: int


class Moved(msgspec.Struct, frozen=True):
    """A way that a basket would be offered differently.

    node_id  the store where it is picked up, None when it is delivered
    was, now amounts are all-in; None where there is no such way
    """

    order_id: UUID
    postcode: str
    service: str
    node_id: str | None
    what: What
    was_at: datetime | None
    now_at: datetime | None
    was_minor: int | None
    now_minor: int | None
    currency: str


class Courses:
    """When parcels would leave by one network; remembers, because many parcels share an hour and a lane."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._starts: dict[tuple[str, datetime], datetime | None] = {}
        self._runs: dict[tuple[str, datetime], datetime | None] = {}

    def starts_at(self, node_id: str, slot_at: datetime) -> datetime | None:
        """When work that was planned for an hour could begin: in it, or when the node opens next."""
        key = (self._network.node(node_id).calendar_id, slot_at)
        if key not in self._starts:
            self._starts[key] = _opens(self._network.calendar(key[0]), slot_at)
        return self._starts[key]

    def departs_at(self, parcel: Planned, ready_at: datetime) -> datetime | None:
        """The departure that a parcel makes which is packed at an instant; what is fetched leaves when it is packed."""
        if parcel.carrier_id is None:
            return ready_at
        lane = self._network.lane_of(parcel.node_id, parcel.postcode, parcel.service, parcel.carrier_id)
        if lane is None:
            return parcel.departs_at  # the lane was forgotten before: nothing that is changed now concerns it
        key = (lane.lane_id, ready_at)
        if key not in self._runs:
            self._runs[key] = _leaves(self._network.calendar(lane.calendar_id), lane, ready_at)
        return self._runs[key]


def shifted(parcels: Iterable[Planned], before: Network, after: Network) -> list[Shifted]:
    """The promised parcels that would leave later than they would as things are, in their order.

    parcels  on nodes that both networks have
    """
    was, now = Courses(before), Courses(after)
    return [found for each in parcels if (found := _judged(each, before, after, was, now)) is not None]


def _judged(parcel: Planned, before: Network, after: Network, was: Courses, now: Courses) -> Shifted | None:
    starts = was.starts_at(parcel.node_id, parcel.slot_at), now.starts_at(parcel.node_id, parcel.slot_at)
    slower_s = max(after.node(parcel.node_id).handling_s - before.node(parcel.node_id).handling_s, 0)
    if starts[0] is None:
        return None  # it is stranded already
    if starts[1] is None:
        return _told(parcel, None, "closed")
    waits = max(starts[1] - starts[0], timedelta())
    left_at = was.departs_at(parcel, parcel.ready_at)
    leaves_at = now.departs_at(parcel, parcel.ready_at + waits + timedelta(seconds=slower_s))
    if leaves_at is not None and (left_at is None or leaves_at <= max(left_at, parcel.departs_at)):
        return None
    if left_at is None:
        return None
    why: Why = "closed" if waits else "slower" if slower_s else "run_gone"
    return _told(parcel, leaves_at, why)


def _told(parcel: Planned, departs_anew: datetime | None, why: Why) -> Shifted:
    return Shifted(
        parcel.order_id, parcel.parcel_no, parcel.node_id, parcel.service, parcel.departs_at, parcel.promised_at,
        departs_anew, why,
    )  # fmt: skip


def _opens(calendar: Calendar, slot_at: datetime) -> datetime | None:
    """The first open instant of an hour, or after it."""
    windows = calendar.windows(slot_at, slot_at + HOUR) or calendar.windows(slot_at, slot_at + HORIZON)
    return max(windows[0][0], slot_at) if windows else None


def _leaves(calendar: Calendar, lane: Lane, ready_at: datetime) -> datetime | None:
    run = next_departure(calendar, lane.cut_offs, lane.departures, ready_at)
    return None if run is None else run[1]


def crowded(slots: Sequence[Slot], before: Network, after: Network) -> list[Crowded]:
    """The hours in which more is promised than would be allowed, and was not too much before."""
    found: list[Crowded] = []
    for slot in slots:
        most, was_most = (network.node(slot.node_id).parcels_per_hour for network in (after, before))
        if most < slot.parcels and most < was_most:
            found.append(Crowded(slot.node_id, slot.hour_at, slot.parcels, most))
    return found


Key: TypeAlias = tuple[str, str | None]


def moved(order_id: UUID, postcode: str, was: Sequence[Way], now: Sequence[Way]) -> list[Moved]:
    """The ways of one basket that differ: by their date, else by their price, else by where they come from."""
    before, after = _by_key(was), _by_key(now)
    found: list[Moved] = []
    for key in sorted(before.keys() | after.keys(), key=str):
        old, new = before.get(key), after.get(key)
        what = _difference(old, new)
        if what is not None:
            found.append(_move(order_id, postcode, key, old, new, what))
    return found


def _by_key(ways: Sequence[Way]) -> Mapping[Key, Way]:
    return {(way.service, way.node_id): way for way in ways}


def _difference(old: Way | None, new: Way | None) -> What | None:
    if old is None or new is None:
        return "new" if old is None else "gone"
    if new.promised_at != old.promised_at:
        return "later" if new.promised_at > old.promised_at else "sooner"
    if new.price.total_minor != old.price.total_minor:
        return "dearer" if new.price.total_minor > old.price.total_minor else "cheaper"
    from_ = [{parcel.node_id for parcel in way.parcels} for way in (old, new)]
    return "elsewhere" if from_[0] != from_[1] else None


def _move(order_id: UUID, postcode: str, key: Key, old: Way | None, new: Way | None, what: What) -> Moved:
    either = old or new
    assert either is not None, "a way differs from nothing only by being there"
    return Moved(
        order_id, postcode, key[0], key[1], what,
        None if old is None else old.promised_at, None if new is None else new.promised_at,
        None if old is None else old.price.total_minor, None if new is None else new.price.total_minor,
        either.currency,
    )  # fmt: skip
