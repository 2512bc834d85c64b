"""What promising asks of whoever knows how long parcels take."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from .model import Service
from .model.history import Trip


class Transit(Protocol):
    """Knows how long a parcel's way takes, as of an instant.

    snapshot_no  of what was learned that it answers from; None when it answers from anything else
    """

    snapshot_no: int | None = None

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        """Seconds from departure to the door at the probabilities of GRID_PPM: ten, non-decreasing.

        at  when it is asked; nothing that happened later may be used
        """
        ...


class AsConfigured(Transit):
    """Believes the lanes' own distributions."""

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        """The lane's, whatever happened on it."""
        return trip.configured_s


AS_CONFIGURED: Final = AsConfigured()
