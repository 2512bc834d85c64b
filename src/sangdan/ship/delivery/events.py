"""What happens to a parcel on its way."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sangdan.kit.events import Fact, fact

from .model import State


@fact("delivery.moved")
class ParcelMoved(Fact, frozen=True, kw_only=True):
    """The carrier reports the parcel in another state, not its last, since `at`."""

    about: ClassVar[str] = "parcel_id"
    order_id: UUID
    parcel_id: UUID
    parcel_no: int
    state: State
    at: datetime


@fact("delivery.delivered")
class ParcelDelivered(Fact, frozen=True, kw_only=True):
    """The shopper has the parcel since `at`. Final; may follow a loss that was told too soon.

    carrier_id  None: fetched by the shopper, for whom it was ready at handed_over_at
    """

    about: ClassVar[str] = "parcel_id"
    order_id: UUID
    parcel_id: UUID
    parcel_no: int
    carrier_id: str | None
    handed_over_at: datetime
    at: datetime


@fact("delivery.lost")
class ParcelLost(Fact, frozen=True, kw_only=True):
    """The carrier has given the parcel up."""

    about: ClassVar[str] = "parcel_id"
    order_id: UUID
    parcel_id: UUID
    parcel_no: int
    at: datetime
