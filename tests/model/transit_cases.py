"""Made-up carriers whose truth is known, and parcels that live through them."""

import heapq
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from sangdan.offer.promise.model.arrival import GRID_PPM
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.model.transit import Learner

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 86_400
MEDIAN, NINTH = GRID_PPM.index(500_000), GRID_PPM.index(900_000)
CONFIGURED = tuple(round(times * 5 * DAY) for times in (0.2, 0.4, 0.5, 0.7, 1.0, 1.5, 2.2, 2.8, 4.5, 8.0))
ZONES = ("seoul", "busan", "jeju")


class Sent(msgspec.Struct, frozen=True):
    """A parcel, how long it really takes and when it leaves its node; None: it never does."""

    parcel_id: str
    trip: Trip
    at: datetime
    takes: timedelta | None
    leaves: timedelta | None = None


def a_trip(to_zone: str = "seoul", *, weekday: int = 0, estimate_s: int | None = None, lead_s: int = 0) -> Trip:
    return Trip(
        node_id="gimpo", from_zone="seoul", to_zone=to_zone, area=to_zone[:3], weekday=weekday, distance_m=40_000,
        weight_g=900, configured_s=CONFIGURED, estimate_s=estimate_s, lead_s=lead_s,
    )  # fmt: skip


def a_carrier(
    parcels: int, median_days: float = 5.0, *, seed: int = 7, every: timedelta = timedelta(hours=1)
) -> list[Sent]:
    """Parcels that take about so long, with a spread of exp(0.3), to three zones of which the last is twice as far."""
    random = np.random.default_rng(seed)
    sent: list[Sent] = []
    for number in range(parcels):
        at = START + number * every
        zone = ZONES[int(random.integers(len(ZONES)))]
        days = median_days * (2.0 if zone == "jeju" else 1.0) * float(np.exp(0.3 * random.normal()))
        takes = timedelta(days=days)
        sent.append(Sent(f"p{number}", a_trip(zone, weekday=at.weekday()), at, takes, takes / 5))
    return sent


def live(
    learner: Learner,
    sent: Sequence[Sent],
    ask: Callable[[Sent], None] = lambda each: None,
    until: datetime | None = None,
) -> None:
    """Order and deliver in order of time; `ask` before each order."""
    ahead: list[tuple[datetime, str, bool]] = []

    def tell(now: datetime) -> None:
        while ahead and ahead[0][0] <= now:
            at, parcel_id, arrives = heapq.heappop(ahead)
            (learner.observe if arrives else learner.hand_over)(parcel_id, at)

    for each in sent:
        tell(each.at)
        ask(each)
        learner.expect(each.parcel_id, each.trip, each.at)
        for after, arrives in ((each.leaves, False), (each.takes, True)):
            if after is not None:
                heapq.heappush(ahead, (each.at + after, each.parcel_id, arrives))
    if until is not None:
        tell(until)
