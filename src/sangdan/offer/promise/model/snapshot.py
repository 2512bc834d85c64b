"""What was learned, as it is kept: a version of its own, numbers and short texts only, checked before it is used."""

import math
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from sangdan.kit.problems import Invalid

from .arrival import GRID_PPM
from .fit import Around, Fit, Fitted, quantiles
from .history import Trip
from .lately import Lately, Remembered

FORMAT: Final = 1  # of what is learned from as well as of how it is written: another format is not read
MOST_BYTES: Final = 16_000_000
LATEST_S: Final = 1 << 33  # since 1970
# So coarsely a trip is looked at, and so many answers are kept, for the next who asks alike.
LEAD_STEP_S: Final = 900
WEIGHT_STEPS: Final = 8  # between one weight and the double of it
KEPT: Final = 20_000


class SnapshotUnfit(Invalid):
    """A stored snapshot that this program cannot use."""

    code = "snapshot-unfit"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that transit times of one service are answered from.

    learned_at  seconds since 1970; everything in it was known by then
    completed   parcels that had arrived
    lately      what parcels did, as of learned_at
    """

    format: int = FORMAT
    learned_at: float
    completed: int
    fit: Fit
    around: Around
    lately: Remembered


class Answers:
    """A snapshot, ready to answer. The same trip always gets the same answer."""

    def __init__(self, snapshot: Snapshot) -> None:
        """snapshot: without fault"""
        self._snapshot = snapshot
        self._fitted = Fitted(snapshot.fit)
        self._lately = Lately.again(snapshot.lately, snapshot.learned_at)
        self._answer = lru_cache(maxsize=KEPT)(self._reckoned)

    @property
    def learned_at(self) -> datetime:
        """When it was learned."""
        return datetime.fromtimestamp(self._snapshot.learned_at, UTC)

    def quantiles(self, trip: Trip) -> tuple[int, ...]:
        """Seconds from the planned departure to the door at the probabilities of GRID_PPM.

        gives  ten non-decreasing numbers, >= 0; trips that differ little share them
        """
        return self._answer(coarse(trip))

    def _reckoned(self, trip: Trip) -> tuple[int, ...]:
        known = self._snapshot
        features = self._lately.features(trip, known.learned_at)
        return quantiles(trip, features, self._fitted, known.around, known.completed)


def coarse(trip: Trip) -> Trip:
    """The trip that stands for all that differ from it by minutes of waiting or a tenth of the weight."""
    steps = round(WEIGHT_STEPS * math.log2(trip.weight_g + 1))
    return replace(
        trip,
        configured_s=tuple(trip.configured_s),
        lead_s=trip.lead_s // LEAD_STEP_S * LEAD_STEP_S,
        weight_g=round(2 ** (steps / WEIGHT_STEPS)) - 1,
    )


def encode(snapshot: Snapshot) -> bytes:
    """As it is stored: JSON, compressed."""
    return zlib.compress(msgspec.json.encode(snapshot))


def decode(data: bytes) -> Snapshot:
    """Read a stored snapshot; nothing in it is ever run, and nothing in it is believed.

    raises  SnapshotUnfit when it is damaged, another format's, too large, or would not answer
    """
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, MOST_BYTES)
        if not unpacker.eof:
            raise SnapshotUnfit(f"The snapshot is cut off, or larger than {MOST_BYTES} bytes; learn anew.")
        found = msgspec.json.decode(text, type=_Format).format
        if found != FORMAT:
            raise SnapshotUnfit(f"The snapshot has format {found}, this program reads {FORMAT}; learn anew.")
        snapshot = msgspec.json.decode(text, type=Snapshot)
        fault = _fault(snapshot)
    except (zlib.error, msgspec.DecodeError, ValueError) as reason:
        raise SnapshotUnfit(f"The snapshot cannot be read ({reason}); learn anew.") from reason
    if fault is not None:
        raise SnapshotUnfit(f"The snapshot would not answer: {fault}; learn anew.")
    return snapshot


class _Format(msgspec.Struct):
    format: int


def _fault(snapshot: Snapshot) -> str | None:
    if not 0 <= snapshot.learned_at <= LATEST_S or snapshot.completed < 0:
        return "it does not say when it was learned, and from what"
    lately = Lately.again(snapshot.lately, snapshot.learned_at)
    features = len(lately.features(_PROBE, snapshot.learned_at))
    return snapshot.fit.fault(features) or snapshot.around.fault(len(GRID_PPM))


_PROBE: Final = Trip(
    node_id="", from_zone="", to_zone="", area="", weekday=0, distance_m=0, weight_g=0,
    configured_s=(1,) * len(GRID_PPM),
)  # fmt: skip
