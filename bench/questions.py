"""Questions as shoppers ask them: three lines, a dozen nodes that hold some of it, every service in play."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Final

from sangdan.offer.promise.model import (
    Cell,
    Departures,
    Hours,
    Inputs,
    Line,
    Node,
    Offer,
    Route,
    Service,
)
from sangdan.offer.promise.model.policy import policy_for

CANDIDATES: Final = 12
LINES: Final = 3
HOUR_S: Final = 3600
DAY_S: Final = 86_400
DAYS: Final = 22

_RULES: Final = policy_for("KRW")
# Local hour of the cut-off (the van leaves half an hour later), and hours on the road at the ten probabilities.
_LANES: Final[dict[Service, tuple[int, tuple[float, ...]]]] = {
    "quick": (0, (0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.3, 1.5, 2, 4)),
    "dawn": (14, (3, 4, 4.5, 5, 6, 7, 8, 9, 11, 20)),
    "next_day": (11, (6, 8, 9, 10, 12, 14, 18, 22, 30, 48)),
    "standard": (9, (12, 18, 20, 24, 30, 40, 54, 70, 96, 150)),
}


def question(random: Random, at: datetime, nodes: Sequence[str], skus: Sequence[str]) -> Inputs:
    """One question.

    random  decides who holds how much, and what it costs
    at      the instant of asking
    nodes   CANDIDATES of them, nearest first; the last four are stores
    skus    a line each
    """
    assert len(nodes) == CANDIDATES
    now = int(at.timestamp())
    midnight = now - now % DAY_S
    # Every line is to be had on two nodes of three, so that one parcel often does, and not always.
    cells = [
        Cell(node, sku, "hanbit", random.randint(1, 40)) for node in nodes for sku in skus if random.random() < 0.66
    ]
    return Inputs(
        at=now,
        year=at.year,
        currency="KRW",
        postcode="04524",
        zone_id="seoul-jung",
        area="mainland",
        lines=tuple(
            Line(line_no=number, sku=sku, units=1, weight_g=random.randint(100, 2000))
            for number, sku in enumerate(skus, start=1)
        ),
        offers=tuple(Offer(sku, "hanbit", random.randrange(2000, 40_000, 100)) for sku in skus),
        cells=tuple(cells),
        nodes=tuple(_node(random, place, node) for place, node in enumerate(nodes)),
        routes=tuple(_route(random, place, node, service) for place, node in enumerate(nodes) for service in _LANES),
        hours=(Hours((midnight - DAY_S,), (midnight + DAYS * DAY_S,)),),
        departures=tuple(_departures(midnight, service, hour) for service, (hour, _) in _LANES.items()),
        deadlines=(tuple(midnight + day * DAY_S - 1 for day in range(1, DAYS)),),
        policy=_RULES,
    )


def _node(random: Random, place: int, node_id: str) -> Node:
    store = place >= CANDIDATES - 4
    return Node(
        node_id=node_id,
        kind="store" if store else "fulfilment_centre",
        operator_id="hanbit",
        temperatures=("ambient",),
        hours=0,
        handling_s=random.choice((1800, 3600, 7200)),
        parcels_per_hour=1_000_000,
        pickup=store,
        distance_m=(place + 1) * 7000,
        unit_fee_minor=300,
        parcel_fee_minor=900,
    )


def _route(random: Random, place: int, node_id: str, service: Service) -> Route:
    services = list(_LANES)
    further = 1 + place / 10
    return Route(
        node_id=node_id,
        service=service,
        lane_id=f"{node_id}.{service}",
        carrier_id="hanbit",
        departures=services.index(service),
        deadlines=None if service == "quick" else 0,
        transit_s=tuple(int(hours * HOUR_S * further) for hours in _LANES[service][1]),
        temperatures=("ambient",),
        base_minor=random.choice((2500, 2700, 3000)),
        per_kg_minor=100,
        max_weight_g=20_000,
        distance_m=(place + 1) * 9000,
        co2e_mg_per_kg_km=105,
    )


def _departures(midnight: int, service: Service, hour: int) -> Departures:
    """Runs for as long as the service is promised ahead: every hour by quick, once a day by the others."""
    every_s = HOUR_S if service == "quick" else DAY_S
    within_s = next(rule.within_s for rule in _RULES.services if rule.service == service)
    cut_offs = tuple(range(midnight + hour * HOUR_S, midnight + DAY_S + within_s, every_s))
    return Departures(cut_offs, tuple(cut_off + HOUR_S // 2 for cut_off in cut_offs))
