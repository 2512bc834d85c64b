"""What really happened to the file's orders, as the floors and the vans of the replay live it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sangdan.adapters.olist import Happened
from sangdan.doors.sim.floor import Reality
from sangdan.order.orders.model import Parcel
from sangdan.ship.warehouse.model import TaskLine

# The file does not say when these were done.
CANCELLED_AFTER: Final = timedelta(minutes=1)
PICKED_BEFORE: Final = timedelta(hours=1)


class Past(Reality):
    """Hand-overs and deliveries at their own times; never before the tower could have had them.

    A parcel is picked an hour before its hand-over. One that was delivered but never handed over left when it was
    delivered. Of an order that was `unavailable` the picker finds nothing. One that was never handed over is never
    picked, and one that was never delivered stays on the road.
    """

    def __init__(self) -> None:
        self._orders: dict[UUID, Happened] = {}

    def remember(self, order_id: UUID, happened: Happened) -> None:
        """An order was placed: this is what becomes of it."""
        self._orders[order_id] = happened

    def picked_at(self, parcel: Parcel, at: datetime) -> datetime | None:
        """See Reality."""
        happened = self._orders[parcel.order_id]
        if not_there(happened):
            return at
        leaves_at = _leaves_at(happened)
        return None if leaves_at is None else max(at, leaves_at - PICKED_BEFORE)

    def found(self, parcel: Parcel, line: TaskLine) -> int:
        """See Reality."""
        return 0 if not_there(self._orders[parcel.order_id]) else line.units

    def handed_over_at(self, parcel: Parcel, at: datetime) -> datetime:
        """See Reality."""
        leaves_at = _leaves_at(self._orders[parcel.order_id])
        return at if leaves_at is None else max(at, leaves_at)

    def delivered_at(self, parcel: Parcel, at: datetime) -> datetime | None:
        """See Reality."""
        delivered_at = self._orders[parcel.order_id].delivered_at
        return None if delivered_at is None else max(at, delivered_at)


def cancelled(happened: Happened) -> bool:
    """Whether the shopper took the order back while that was possible: cancelled, and never handed over."""
    return happened.status == "canceled" and _leaves_at(happened) is None


def not_there(happened: Happened) -> bool:
    """Whether the seller turned out not to have the goods."""
    return happened.status == "unavailable" and _leaves_at(happened) is None


def _leaves_at(happened: Happened) -> datetime | None:
    return happened.handed_over_at or happened.delivered_at
