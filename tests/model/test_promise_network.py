"""The promise over the few nodes that are picked is the promise over all of them."""

from random import Random
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.offer.promise.model import Inputs, Way, quote, sourcing
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

from .network_cases import Learned, facts, facts_as_found, random_busy, random_goods, random_network, random_policy


def ways(inputs: Inputs) -> list[Way]:
    """Without the reasons, which count the nodes that were looked at."""
    return [replace(way, reasons=()) for way in quote(inputs).ways]


def picked_and_all(seed: int, transit: Transit) -> tuple[list[Way], list[Way]]:
    """One random question's ways over the picked nodes, and over all of them."""
    random = Random(seed)
    network = random_network(random, random.randint(13, 40))
    goods, policy, busy = random_goods(random, network), random_policy(random), random_busy(random, network)
    if not goods.cells:
        return [], []
    picked = facts(network, goods, policy, busy, transit)
    return ways(picked), ways(facts(network, goods, policy, busy, transit, everywhere=True))


@settings(max_examples=1000, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from((AS_CONFIGURED, Learned())))
@example(5844, AS_CONFIGURED)  # stores that are ready before what is promised at the soonest
def test_a_promise_over_the_picked_nodes_is_the_one_over_all(seed: int, transit: Transit) -> None:
    """Whatever ties the lines together, whoever is full or has others to serve first, whoever knows transit times."""
    # Searched to the end: where the steps run out, neither promise need be the best one.
    with patch.multiple(sourcing, STEPS_A_SET=1 << 40, STEPS=1 << 40):
        picked, everywhere = picked_and_all(seed, transit)
    assert picked == everywhere


@pytest.mark.parametrize("seed", [10597])
def test_the_steps_suffice_where_lines_share_stock_and_parcels_are_small(seed: int) -> None:
    """These took more than there are, when sets were searched in the order of their nodes."""
    picked, everywhere = picked_and_all(seed, AS_CONFIGURED)
    assert picked == everywhere


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_it_is_enough_to_look_up_who_is_busy_among_the_picked(seed: int) -> None:
    """A node that was not looked at may only be later than it seems: the ones that win have all been looked at."""
    random = Random(seed)
    network = random_network(random, random.randint(13, 40))
    goods, policy, busy = random_goods(random, network), random_policy(random), random_busy(random, network)
    if not goods.cells:
        return
    assert ways(facts_as_found(network, goods, policy, busy)) == ways(
        facts(network, goods, policy, busy, everywhere=True)
    )
