"""What happens to a parcel on the floor."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sangdan.kit.events import Fact, fact

from .model import Short


class OnFloor(Fact, frozen=True, kw_only=True):
    """Something that happened to a parcel on a node."""

    about: ClassVar[str] = "parcel_id"
    node_id: str
    parcel_id: UUID
    order_id: UUID
    parcel_no: int


@fact("warehouse.picked")
class ParcelPicked(OnFloor, frozen=True, kw_only=True):
    """Somebody looked for the parcel's units.

    found_units  all told; when there is none the task ends here
    short        what is missing
    """

    found_units: int
    short: tuple[Short, ...]


@fact("warehouse.packed")
class ParcelPacked(OnFloor, frozen=True, kw_only=True):
    """The parcel is closed and has its number."""

    sscc: str


@fact("warehouse.handed_over")
class ParcelHandedOver(OnFloor, frozen=True, kw_only=True):
    """The parcel left the floor, `at`: to the carrier, or to the counter where the shopper fetches it (no carrier)."""

    at: datetime
    sscc: str
    carrier_id: str | None


@fact("warehouse.cancelled")
class ParcelCancelled(OnFloor, frozen=True, kw_only=True):
    """The parcel is not to be made any more; what was picked goes back to its shelf."""
