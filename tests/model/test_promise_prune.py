"""Which of hundreds of nodes a promise looks at."""

from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model.prune import MOST, SHOWN, Prospect, candidates

UNITS = (0, 0, 0, 0, 1, 3, 4)


def a_prospect(node_id: str, units: tuple[int, ...], wanted: tuple[int, ...], base_minor: int = 3000) -> Prospect:
    costs = tuple(1000 * want if held >= want else None for held, want in zip(units, wanted, strict=True))
    return Prospect(node_id, base_minor, 1000, units, costs)


def fills(wanted: tuple[int, ...], prospects: list[Prospect], parcels: int) -> bool:
    """Whether any set of so many can fill the basket, tried one by one."""
    return any(
        all(sum(p.units[line] for p in chosen) >= units for line, units in enumerate(wanted))
        for size in range(1, parcels + 1)
        for chosen in combinations(prospects, size)
    )


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_a_basket_that_can_be_filled_still_can(seed: int) -> None:
    """The only nodes that can fill it together are picked, however dear, far and ill-stocked they are."""
    random = Random(seed)
    wanted = tuple(random.randint(1, 4) for _ in range(random.randint(1, 5)))
    prospects = [
        a_prospect(f"n{n:02}", tuple(random.choice(UNITS) for _ in wanted), wanted, random.randint(0, 9))
        for n in range(30)
    ]
    prospects = [p for p in prospects if any(p.units)]
    usable = {p.node_id for p in prospects if random.random() < 0.8}
    parcels = random.randint(1, 3)
    picked = candidates(wanted, prospects, lambda node_id: node_id in usable, parcels=parcels).nodes
    kept = [p for p in prospects if p.node_id in picked and p.node_id in usable]
    able = [p for p in prospects if p.node_id in usable]
    assert fills(wanted, kept, parcels) == fills(wanted, able, parcels)
    assert len(picked) <= max(MOST + SHOWN, len(prospects) if len(prospects) <= MOST else 0)


def test_the_cheapest_is_picked_and_the_unusable_are_not_all_shown() -> None:
    wanted = (1,)
    prospects = [a_prospect(f"n{n:02}", (5,), wanted, base_minor=n) for n in range(40)]
    picked = candidates(wanted, prospects, lambda node_id: node_id >= "n10", parcels=3)
    assert [node_id for node_id in picked.nodes if node_id >= "n10"] == [f"n{n}" for n in range(10, 10 + MOST)]
    assert [node_id for node_id in picked.nodes if node_id < "n10"] == ["n00", "n01", "n02"]
    assert len(picked.unusable) == 7


def test_few_are_all_picked_unasked() -> None:
    prospects = [a_prospect(f"n{n:02}", (1,), (1,)) for n in range(MOST)]
    picked = candidates((1,), prospects, lambda node_id: 1 / 0 > 0, parcels=1)
    assert picked.nodes == tuple(sorted(p.node_id for p in prospects))


def decoys(wanted: tuple[int, int]) -> list[Prospect]:
    """Forty cheap nodes that hold much of one line and nothing of the other: no two of them fill the basket."""
    much = [a_prospect(f"much{n:02}", (4, 0), wanted, base_minor=0) for n in range(20)]
    other = [a_prospect(f"other{n:02}", (0, 2), wanted, base_minor=0) for n in range(20)]
    return [*much, *other]


def test_two_alike_are_kept_when_both_are_needed() -> None:
    wanted = (5, 2)
    pair = [a_prospect(f"zz{n}", (3, 1), wanted, base_minor=9000) for n in range(2)]
    picked = candidates(wanted, [*decoys(wanted), *pair], lambda _: True, parcels=2)
    assert {"zz0", "zz1"} <= set(picked.nodes)


def test_no_node_is_counted_twice() -> None:
    """Twice the first would do, but it is there once: the second is needed."""
    wanted = (5, 2)
    pair = [a_prospect("zz0", (3, 1), wanted, base_minor=9000), a_prospect("zz1", (2, 1), wanted, base_minor=9999)]
    picked = candidates(wanted, [*decoys(wanted), *pair], lambda _: True, parcels=2)
    assert {"zz0", "zz1"} <= set(picked.nodes)
