"""Open parcels against every gate at once, and one by one."""

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model.prune import NEVER
from sangdan.offer.promise.model.re_promise import Open, Ways, weighed

NODES, ROWS = 8, 5


def some_parcels(random: Random, count: int) -> Open:
    most = random.randint(1, 3)
    rows = [[random.choice((-1, *range(ROWS))) for _ in range(most)] for _ in range(count)]
    wanted = [[0 if row < 0 else random.randint(1, 3) for row in each] for each in rows]
    return Open(
        node=np.array([random.randrange(-1, NODES) for _ in range(count)]),
        promised_at=np.array([random.randint(10, 30) for _ in range(count)]),
        weight_g=np.array([random.randint(100, 900) for _ in range(count)]),
        units=np.array([sum(each) for each in wanted]),
        rows=np.array(rows),
        wanted=np.array(wanted),
        needs=np.array([[random.random() < share for _ in range(count)] for share in (0.9, 0.2)]),
    )


def some_ways(random: Random) -> Ways:
    node = sorted(random.randrange(NODES) for _ in range(random.randint(0, 10)))
    return Ways(
        node=np.array(node, np.int64),
        promised_at=np.array([random.choice((1 << 60, *range(5, 35))) for _ in node], np.int64),
        parcel_minor=np.array([random.randint(0, 9) for _ in node], np.int64),
        unit_minor=np.array([random.randint(0, 3) for _ in node], np.int64),
        per_kg_minor=np.array([random.randint(0, 3) for _ in node], np.int64),
        max_weight_g=np.array([random.choice((500, 1000)) for _ in node], np.int64),
        keeps=np.array([[True for _ in node], [random.random() < 0.6 for _ in node]], np.bool_).reshape(2, len(node)),
    )


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_every_parcel_is_weighed_as_if_it_were_alone(seed: int) -> None:
    """Its own node without looking for more stock; others when they hold all of it, keep it cold and can carry it."""
    random = Random(seed)
    parcels, ways = some_parcels(random, random.randint(1, 6)), some_ways(random)
    shelf = np.array([[random.choice((0, 1, 2, 5)) for _ in range(NODES)] for _ in range(ROWS)])
    seen = weighed(parcels, ways, shelf)
    for place in range(len(parcels.node)):
        able: list[tuple[int, int, int]] = []  # gate, date, cost
        for gate in range(len(ways.node)):
            cold = all(ways.keeps[t, gate] for t in range(2) if parcels.needs[t, place])
            if not cold or parcels.weight_g[place] > ways.max_weight_g[gate] or ways.promised_at[gate] >= NEVER:
                continue
            fixed = int(ways.parcel_minor[gate]) + int(ways.unit_minor[gate]) * int(parcels.units[place])
            cost = fixed * 1000 + int(ways.per_kg_minor[gate]) * int(parcels.weight_g[place])
            able.append((gate, int(ways.promised_at[gate]), cost))
        own = min(((at, cost) for gate, at, cost in able if ways.node[gate] == parcels.node[place]), default=None)
        assert own == (None if seen.own_at[place] >= NEVER else (seen.own_at[place], seen.own_cost[place]))
        held = [
            (gate, at, cost) for gate, at, cost in able
            if ways.node[gate] != parcels.node[place]
            and all(
                row < 0 or shelf[row, ways.node[gate]] >= wanted
                for row, wanted in zip(parcels.rows[place], parcels.wanted[place], strict=True)
            )
        ]  # fmt: skip
        keeps = min(((cost, at) for _, at, cost in held if at <= parcels.promised_at[place]), default=None)
        gate = int(seen.keeps[place])
        assert keeps == (None if gate < 0 else (seen.keeps_cost[place], ways.promised_at[gate]))
        soonest = min(((at, cost) for _, at, cost in held), default=None)
        assert (None if soonest is None else soonest[0]) == (
            None if seen.soonest[place] < 0 else seen.soonest_at[place]
        )
