"""First come, first picked: a store's queue, how late the floors may be told, and neither promises too much."""

from heapq import heapreplace
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model import Hours, Inputs, Unpicked, Way, decode, encode, quote, starts_by
from sangdan.offer.promise.model.arrival import Ready, make_ready
from sangdan.offer.promise.model.turns import queue_of

from .promise_cases import (
    ALWAYS,
    HOUR_S,
    MIDNIGHT,
    NOON,
    PICKUP,
    a_node,
    a_policy,
    a_question,
    a_route,
    a_shelf,
)

MINUTE_S = 60


def a_store(*unpicked: Unpicked, **more: object) -> Inputs:
    """A store with four pickers, who take twelve minutes for a parcel."""
    plain: dict[str, object] = {"handling_s": 720, "parcels_per_hour": 20, "pickup": True, "unpicked": unpicked}
    store = a_node("store", kind="store", **plain | more)
    return a_question(cells=(a_shelf("store"),), nodes=(store,), policy=a_policy(PICKUP, margin_s=180))


def minutes(inputs: Inputs) -> int:
    return int(quote(inputs).ways[0].promised_at.timestamp() - NOON) // MINUTE_S


def ahead(parcels: int, hour_at: int = NOON) -> Unpicked:
    return Unpicked(hour_at, parcels)


def test_a_quiet_store_is_ready_in_a_quarter_of_an_hour_and_a_busy_one_says_thirty_minutes() -> None:
    """Up to three others have a picker each, and ours the fourth."""
    assert [minutes(a_store(ahead(n))) for n in (1, 3, 4, 7, 8)] == [15, 15, 30, 30, 40]
    assert minutes(a_store()) == 15


def test_what_it_waits_for_is_said_only_when_it_waits() -> None:
    busy, easy = (quote(a_store(ahead(n))).ways[0].reasons for n in (5, 2))
    waits = [reason.args for reason in busy if reason.code == "waits_turn"]
    assert waits == [{"node_id": "store", "parcels": 5}]
    assert all(reason.code != "waits_turn" for reason in easy)


def test_parcels_of_a_later_hour_are_not_in_the_way() -> None:
    assert minutes(a_store(ahead(9, NOON + HOUR_S))) == 15
    assert minutes(a_store(ahead(3, NOON - HOUR_S), ahead(3))) == 30


def test_a_slow_single_picker_takes_what_an_hour_allows() -> None:
    """Two parcels an hour: whatever handling says, the next one begins half an hour later."""
    assert queue_of((ahead(1),), 60, 2, NOON) is not None
    ready = make_ready(ALWAYS, (), 60, NOON, queue_of((ahead(1),), 60, 2, NOON))
    assert ready == Ready(NOON, NOON, NOON + 1800 + 60, 1)


def test_pickers_go_home_at_closing_and_go_on_in_the_morning() -> None:
    office = Hours((MIDNIGHT + 9 * HOUR_S, MIDNIGHT + 33 * HOUR_S), (MIDNIGHT + 18 * HOUR_S, MIDNIGHT + 42 * HOUR_S))
    late = MIDNIGHT + 18 * HOUR_S - 600
    ready = make_ready(office, (), 720, late, queue_of((ahead(4, late - late % HOUR_S),), 720, 20, late))
    assert ready is not None
    assert ready.ready_at == MIDNIGHT + 33 * HOUR_S + 120 + 720


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_no_parcel_is_later_than_its_queue_said(seed: int) -> None:
    """Against pickers who take the oldest first, each for as long as it takes but never longer than reckoned with."""
    random = Random(seed)
    pickers, each_s, before = random.randint(1, 6), random.randint(60, 1800), random.randint(0, 40)
    rate = -(-pickers * HOUR_S // each_s)  # so that as many pickers are derived
    queue = queue_of((ahead(before),) if before else (), each_s, rate, NOON)
    ready = make_ready(ALWAYS, (), each_s, NOON, queue)
    assert ready is not None
    if queue is not None:
        assert queue.pickers >= pickers
        pickers = queue.pickers
    free_at = [NOON] * pickers
    for _ in range(before):
        heapreplace(free_at, free_at[0] + random.randint(1, each_s))
    assert free_at[0] + each_s <= ready.ready_at


def test_a_queue_does_not_change_the_bytes_of_questions_without_one() -> None:
    """Promises that were stored before stores told their queues compute to the same answer."""
    assert b"unpicked" not in encode(a_store())
    assert decode(encode(a_store(ahead(5)))) == a_store(ahead(5))


# How late the floors may be told.


def told_by(inputs: Inputs, wait_s: int) -> int:
    """For the question's first way, taken at once: how many seconds later the floors are told."""
    return starts_by(inputs, quote(inputs).ways[0], NOON, NOON + wait_s) - NOON


def test_the_floors_wait_for_second_thoughts_when_the_date_allows_it() -> None:
    standard = a_question(cells=(a_shelf("a"),), nodes=(a_node("a"),), routes=(a_route("a"),))
    assert told_by(standard, 300) == 300


def test_the_floors_are_told_sooner_when_a_parcel_would_be_late_otherwise() -> None:
    """Promised in fifteen minutes with twelve of work: three minutes, not five."""
    assert 120 <= told_by(a_store(), 300) <= 180


def test_a_cut_off_does_not_wait_either() -> None:
    """An hour's work for a cut-off at 17:00, asked at 15:58."""
    question = a_question(
        at=MIDNIGHT + 15 * HOUR_S + 58 * MINUTE_S, cells=(a_shelf("a"),), nodes=(a_node("a"),), routes=(a_route("a"),)
    )
    at = question.at
    told_s = starts_by(question, quote(question).ways[0], at, at + 300) - at
    assert 60 <= told_s <= 120


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 30), st.integers(0, 59), st.integers(0, 3600))
def test_told_by_then_it_is_ready_as_promised(before: int, minute: int, wait_s: int) -> None:
    inputs = msgspec.structs.replace(a_store(*([ahead(before)] if before else [])), at=NOON + minute * MINUTE_S)
    way: Way = quote(inputs).ways[0]
    taken_at = int(way.expires_at.timestamp()) - MINUTE_S
    told_at = starts_by(inputs, way, taken_at, taken_at + wait_s)
    node = inputs.nodes[0]
    queue = queue_of(node.unpicked, node.handling_s, node.parcels_per_hour, inputs.start)
    ready = make_ready(ALWAYS, (), node.handling_s, told_at, queue)
    assert taken_at <= told_at <= taken_at + wait_s
    assert ready is not None
    assert ready.ready_at <= way.promised_at.timestamp()
