"""How long it takes to look at a hundred thousand open parcels again: each against every node that could send it now.

Measured from what was read to the findings, moves settled against one another's stock. The yardstick is one trip of the
same parcels through JSON and back with Python's standard library.
"""

import json
import time
from datetime import timedelta
from random import Random
from typing import Final, cast
from uuid import UUID

import numpy as np

from sangdan.flows.quote_promise.columns import Columns
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.quote_promise.goods import Goods
from sangdan.flows.quote_promise.reach import Asked, Reach
from sangdan.flows.re_promise.look import Finding, Stock, findings, group_of
from sangdan.kit.db import Conn
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.ports import AS_CONFIGURED
from sangdan.order.orders.queries import Waiting

from .figures import Figure, Measured, Target
from .ground import AT
from .nation import DESTINATIONS, FEES, SKUS, Nation

PARCELS: Final = 100_000
LEAST_SAVING: Final = 500
_SHARES: Final = {"standard": 0.5, "next_day": 0.35, "dawn": 0.1, "quick": 0.05}


def measure() -> Measured:
    """Lay the parcels of a nation out, weigh them, and settle who moves."""
    random = Random(41)
    nation = Nation(random, density=0.2)
    parcels = _parcels(random, nation)
    rows = {(f"sku-{sku:05}", "hanbit"): sku for sku in range(SKUS)}
    shelf = np.minimum(nation.shelf, 2)
    stock = Stock(Columns(rows, shelf, shelf, np.zeros((1, 1), np.int64)), {sku: "ambient" for sku, _ in rows})
    began, worked = time.perf_counter(), time.process_time()
    found = _found(nation, parcels, stock)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - worked
    trip_s = _trip_s(parcels)
    kinds = ", ".join(
        f"{sum(each.kind == kind for each in found):,} {kind}" for kind in ("danger", "cheaper", "sooner")
    )
    yardstick = "the same parcels to JSON and back"
    return Measured(
        "re_promise",
        f"{PARCELS:,} parcels of 1 to 4 parts, {len(nation.network.nodes)} nodes, {DESTINATIONS} zones, 4 services;"
        f" found {kinds}; one core, from the rows in memory to the findings",
        [
            Figure("100,000 open parcels", took_s, "s", yardstick, trip_s, "s", Target("value", at_most=60)),
            Figure("their processor time", cpu_s, "s", yardstick, trip_s, "s"),
        ],
    )


def _parcels(random: Random, nation: Nation) -> list[Waiting]:
    """Promised within the last days, from where they are."""
    nodes = sorted(nation.network.nodes)
    services = random.choices(list(_SHARES), list(_SHARES.values()), k=PARCELS)
    found: list[Waiting] = []
    for number, service in enumerate(services):
        skus = random.sample(range(SKUS), random.randint(1, 4))
        days = {"standard": 6, "next_day": 3, "dawn": 2, "quick": 1}[service]
        found.append(
            Waiting(
                order_id=UUID(int=number), parcel_no=1, node_id=random.choice(nodes), service=service,
                promised_at=AT + timedelta(hours=random.randint(12 * days, 24 * days)),
                weight_g=random.randint(200, 5000),
                postcode=f"{random.randrange(DESTINATIONS):05}", currency="KRW", awaits_supply=False,
                skus=[f"sku-{sku:05}" for sku in skus], sellers=["hanbit"] * len(skus), units=[1] * len(skus),
            )
        )  # fmt: skip
    return found


def _found(nation: Nation, parcels: list[Waiting], stock: Stock) -> list[Finding]:
    places: dict[tuple[str, str], list[Waiting]] = {}
    for each in parcels:
        places.setdefault((each.postcode, each.service), []).append(each)
    policy, nothing = policy_for("KRW"), Goods((), (), {})
    rules = {rule.service: rule for rule in policy.services}
    groups = [
        group_of(
            waiting,
            Reach(
                nation.network, Asked(AT, nation.network.zone_of(postcode), policy, None), nothing,
                Exchange(cast("Conn", None), "KRW", AT), AS_CONFIGURED, (),
            ),
            next(rule for name, rule in rules.items() if name == service), stock, FEES,
        )
        for (postcode, service), waiting in places.items()
    ]  # fmt: skip
    return findings(groups, stock, LEAST_SAVING)


def _trip_s(parcels: list[Waiting]) -> float:
    rows = [(str(p.order_id), p.node_id, p.postcode, p.service, p.skus, p.units) for p in parcels]
    began = time.perf_counter()
    json.loads(json.dumps(rows))
    return time.perf_counter() - began
