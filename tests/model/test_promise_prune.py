"""Which of hundreds of gates a promise needs: against every set of gates, tried one by one."""

from itertools import combinations
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model.prune import NEVER, Field, kept, undominated

# Cost, promised at, parcels, nodes.
Key = tuple[int, int, int, tuple[int, ...]]


def a_field(random: Random, *, most_gates: int = 12, heavy: bool = False) -> Field:
    """Gates of nodes with one lane or two, of which some hold a line from one seller or the other."""
    gates, lines, sellers = random.randint(1, most_gates), random.randint(1, 4), random.randint(1, 2)
    held, dear, base = random.choice((0.2, 0.4, 0.8)), random.choice((2, 20)), random.choice((1, 10, 100))
    cost = [
        [random.randrange(dear) if random.random() < held else NEVER for _ in range(gates)]
        for _ in range(lines * sellers)
    ]
    return Field(
        node=np.array(sorted(random.randrange(gates) for _ in range(gates))),
        base=np.array([random.randrange(base) for _ in range(gates)]),
        first=np.arange(lines) * sellers,
        cost=np.array(cost),
        goods_minor=np.array([random.randint(1, 9) for _ in range(lines * sellers)]),
        promised_at=np.array([random.randrange(3) for _ in range(gates)]),
        max_weight_g=np.array([random.choice((150, 300, 1000)) if heavy else 1000 for _ in range(gates)]),
        weight_g=np.full(lines, 100),
    )


def key_of(field: Field, gates: tuple[int, ...]) -> Key:
    cost = np.minimum.reduceat(field.cost, field.first)[:, list(gates)].min(axis=1).sum()
    nodes = tuple(sorted(int(field.node[gate]) for gate in gates))
    promised_at = max(int(field.promised_at[gate]) for gate in gates)
    return int(field.base[list(gates)].sum() + cost), promised_at, len(gates), nodes


def tried(field: Field, parcels: int) -> Key | None:
    """The best of all sets; a gate alone carries all of the basket."""
    keys = [
        key_of(field, gates)
        for size in range(1, parcels + 1)
        for gates in combinations(range(len(field.node)), size)
        if len({int(field.node[gate]) for gate in gates}) == size
        if size > 1 or int(field.max_weight_g[gates[0]]) >= int(field.weight_g.sum())
    ]
    return min((key for key in keys if key[0] < NEVER), default=None)


@settings(max_examples=1500, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_kept_is_the_best_of_all_sets(seed: int) -> None:
    random = Random(seed)
    field, parcels = a_field(random), random.randint(1, 3)
    found = kept(field, parcels)
    assert found is not None, "every carrier takes every basket here"
    assert (key_of(field, found.gates) if found.gates else None) == tried(field, parcels)
    alone = tried(field, 1)
    assert (None if found.single is None else key_of(field, (found.single,))) == alone


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32))
def test_where_limits_bind_either_the_best_keeps_them_or_nothing_is_claimed(seed: int) -> None:
    random = Random(seed)
    field, parcels = a_field(random, heavy=True), random.randint(1, 3)
    found = kept(field, parcels)
    assert found is None or (key_of(field, found.gates) if found.gates else None) == tried(field, parcels)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32))
def test_the_best_set_is_among_those_that_nothing_outdoes(seed: int) -> None:
    random = Random(seed)
    field, parcels = a_field(random, most_gates=10), random.randint(1, 3)
    measures = np.stack([field.base, field.promised_at, *field.cost])
    left = undominated(measures, measures, field.node, np.ones(len(field.node), np.bool_), parcels)
    fewer = Field(
        node=field.node[left], base=field.base[left], first=field.first, cost=field.cost[:, left],
        goods_minor=field.goods_minor, promised_at=field.promised_at[left], max_weight_g=field.max_weight_g[left],
        weight_g=field.weight_g,
    )  # fmt: skip
    assert tried(fewer, parcels) == tried(field, parcels)


def test_of_gates_alike_only_as_many_are_left_as_parcels_may_come() -> None:
    """Forty nodes that give the same: the first three by id."""
    measures = np.zeros((4, 40), np.int64)
    assert list(undominated(measures, measures, np.arange(40), np.ones(40, np.bool_), 3)) == [0, 1, 2]


def test_who_may_be_delayed_stands_in_for_nobody() -> None:
    """The first would outdo the second, but has others to serve first."""
    measures = np.array([[0, 1], [0, 1]])
    assert list(undominated(measures, measures, np.arange(2), np.array([False, True]), 1)) == [0, 1]
    assert list(undominated(measures, measures, np.arange(2), np.array([True, True]), 1)) == [0]
