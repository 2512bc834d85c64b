"""A day's wishes, and a reality that can be asked in any order."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.tower.twin.model.demand import HOURS, LINES, Wish, wishes
from sangdan.tower.twin.model.lanes import SERVICES
from sangdan.tower.twin.model.randomness import chance, stream
from sangdan.tower.twin.model.reality import Reality
from sangdan.tower.twin.model.world import SEOUL, Size, World, make_world

from .test_twin_world import some_places

DAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@cache
def a_world() -> World:
    """Stores enough that shoppers pick up."""
    size = Size(stores=60, products=1500, orders_per_day=4000, members=600)
    return make_world(5, some_places(), date(2026, 11, 23), size)


@cache
def a_day() -> list[Wish]:
    """Four thousand wishes."""
    return wishes(a_world(), DAY, 4000)


def test_a_day_is_the_same_again_and_another_day_is_not() -> None:
    assert wishes(a_world(), DAY, 4000) == a_day()
    assert wishes(a_world(), DAY + timedelta(1), 4000) != a_day()
    assert wishes(a_world(), DAY, 0) == []


def test_wishes_come_in_order_within_the_local_day_with_two_peaks() -> None:
    moments = [wish.at for wish in a_day()]
    hours = Counter(at.astimezone(SEOUL).hour for at in moments)

    assert moments == sorted(moments)
    assert {at.astimezone(SEOUL).date() for at in moments} == {DAY}
    assert min(hours[11], hours[21]) > 3 * hours[6] > 0
    assert sum(HOURS) == pytest.approx(1000, abs=25)


def test_baskets_hold_what_exists_each_once_for_a_known_shopper() -> None:
    skus = set(a_world().tables["skus"]["sku"])
    homes = dict(a_world().tables["members"].select("member_id", "postcode").iter_rows())

    for wish in a_day():
        assert 1 <= len(wish.lines) <= len(LINES)
        assert len({line.sku for line in wish.lines}) == len(wish.lines)
        assert all(line.sku in skus and 1 <= line.units <= 4 for line in wish.lines)
        assert homes[wish.shopper_id] == wish.postcode
        assert (wish.store is not None) == (wish.service in ("pickup", "quick"))


def test_all_services_are_hoped_for_and_most_baskets_go_home() -> None:
    hoped = Counter(wish.service for wish in a_day())

    assert set(hoped) == {"pickup", "quick", "dawn", "next_day", "standard"}
    assert hoped["next_day"] == max(hoped.values())


def test_a_store_basket_lies_on_that_stores_shelves() -> None:
    shelves = set(a_world().tables["stock"].select("node_id", "sku").iter_rows())

    collected = [wish for wish in a_day() if wish.store]

    assert len(collected) > 100
    assert all((wish.store, line.sku) in shelves for wish in collected for line in wish.lines)


def test_alcohol_is_wished_for_by_adults_who_collect_it() -> None:
    drinks = set(a_world().demand.filter(a_world().demand["pickup_only"])["sku"])
    with_drinks = [wish for wish in a_day() if any(line.sku in drinks for line in wish.lines)]

    assert with_drinks
    assert {wish.service for wish in with_drinks} == {"pickup"}
    assert all(DAY.year - wish.birth_year >= 19 for wish in with_drinks)


def test_few_goods_make_much_of_the_demand() -> None:
    units = Counter(line.sku for wish in a_day() for line in wish.lines)
    top = sum(count for _, count in units.most_common(len(a_world().demand) // 20))

    assert 0.3 < top / units.total() < 0.8


def test_nothing_that_is_still_abroad_is_wished_for() -> None:
    abroad = set(a_world().demand.filter(a_world().demand["abroad"])["sku"])

    assert abroad
    assert not abroad & {line.sku for wish in a_day() for line in wish.lines}


def test_streams_of_other_names_differ() -> None:
    assert stream(1, "a").random() == stream(1, "a").random() != stream(1, "b").random()


@given(st.integers(), st.text(max_size=8))
def test_a_chance_is_a_share(seed: int, name: str) -> None:
    assert 0 <= chance(seed, name) < 1


def test_reality_does_not_depend_on_the_order_of_the_questions() -> None:
    stated = [round(hours * 3600) for hours in SERVICES["next_day"].hours]
    keys = [f"parcel-{n}" for n in range(50)]

    def told(reality: Reality, names: list[str]) -> dict[str, tuple[int, int, int, str]]:
        return {
            name: (
                reality.transit_s("lane", name, stated, NOON),
                reality.picking_s("store", name, 3, NOON),
                reality.found("store", name, 1, 3),
                reality.payment(name),
            )
            for name in names
        }

    assert told(Reality(seed=1), keys) == told(Reality(seed=1), keys[::-1])
    assert told(Reality(seed=1), keys) != told(Reality(seed=2), keys)


def test_transit_is_near_what_the_lane_states_and_not_equal() -> None:
    stated = [round(hours * 3600) for hours in SERVICES["next_day"].hours]
    took = [Reality(seed=3).transit_s(f"lane-{n % 40}", f"p-{n}", stated, NOON) for n in range(6000)]

    assert np.quantile(took, 0.5) == pytest.approx(stated[4], rel=0.08)
    assert 0.90 < np.mean(np.array(took) <= stated[7]) < 0.975
    assert max(took) > stated[9]


def test_pickers_miss_a_little_and_never_find_more_than_there_is() -> None:
    reality = Reality(seed=4)
    store = [reality.found("store", f"p-{n}", 1, 3) for n in range(4000)]
    centre = [reality.found("fulfilment_centre", f"p-{n}", 1, 3) for n in range(4000)]

    assert set(store) <= {0, 1, 2, 3}
    assert 0.01 < sum(found < 3 for found in store) / 4000 < 0.04
    assert 0 < sum(found < 3 for found in centre) / 4000 < 0.01


def test_the_gateway_is_awkward_as_often_as_said() -> None:
    reality = Reality(seed=6, declined=0.1, timed_out=0.05, lost=0.05, late=0.05, twice=0.05)
    outcomes = Counter(reality.payment(f"k-{n}") for n in range(5000))

    assert outcomes["decline"] / 5000 == pytest.approx(0.1, abs=0.02)
    assert outcomes["approve"] / 5000 == pytest.approx(0.7, abs=0.03)
    assert set(outcomes) == {"approve", "decline", "time_out", "lose", "late", "twice"}


def test_shoppers_collect_what_is_ready_and_few_regret() -> None:
    reality = Reality(seed=8)

    assert all(NOON < reality.collected_at(f"p-{n}", NOON) <= NOON + timedelta(hours=20) for n in range(200))
    assert 0 < sum(reality.regrets(f"o-{n}") for n in range(4000)) < 120
