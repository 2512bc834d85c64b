"""What was learned, stored and read again: the same answers, bounded, and nothing in it is believed or run."""

import zlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.offer.promise.model import snapshot as snapshots
from sangdan.offer.promise.model.arrival import GRID_PPM
from sangdan.offer.promise.model.history import Means, Trip, Watched
from sangdan.offer.promise.model.lately import Lately
from sangdan.offer.promise.model.snapshot import Answers, Snapshot, SnapshotUnfit, decode, encode
from sangdan.offer.promise.model.transit import THIN, Learner

from .transit_cases import DAY, START, ZONES, a_carrier, a_trip, live


@pytest.fixture(scope="module")
def learned() -> Snapshot:
    """From 1,500 parcels of a carrier that needs eight days where five are configured."""
    learner = Learner()
    sent = a_carrier(1500, median_days=8.0)
    live(learner, sent)
    found = learner.snapshot(sent[-1].at)
    assert found is not None
    return found


def test_it_answers_as_the_learner_does_at_that_instant() -> None:
    learner = Learner()
    sent = a_carrier(1500, median_days=8.0)
    live(learner, sent)
    now = sent[-1].at
    found = learner.snapshot(now)
    assert found is not None
    answers = Answers(decode(encode(found)))
    assert answers.learned_at == now
    for zone in (*ZONES, "unknown"):
        for estimate_s in (None, 6 * DAY):
            trip = snapshots.coarse(a_trip(zone, weekday=3, estimate_s=estimate_s))
            assert answers.quantiles(trip) == learner.quantiles(trip, now)


def test_nothing_is_kept_of_a_few_parcels() -> None:
    learner = Learner()
    live(learner, a_carrier(THIN), until=START + timedelta(days=90))
    assert learner.snapshot(START + timedelta(days=91)) is None


def test_the_same_parcels_make_the_same_bytes(learned: Snapshot) -> None:
    again = Learner()
    sent = a_carrier(1500, median_days=8.0)
    live(again, sent)
    same = again.snapshot(sent[-1].at)
    assert same is not None
    assert encode(same) == encode(learned)


@settings(max_examples=60, deadline=None)
@given(
    to_zone=st.sampled_from((*ZONES, "unknown")),
    weekday=st.integers(0, 6),
    weight_g=st.integers(0, 10**7),
    lead_s=st.integers(0, 10 * DAY),
    configured=st.lists(st.integers(1, 60 * DAY), min_size=10, max_size=10).map(sorted),
)
def test_answers_are_ten_and_never_decrease(
    learned: Snapshot, to_zone: str, weekday: int, weight_g: int, lead_s: int, configured: list[int]
) -> None:
    trip = Trip(
        node_id="gimpo", from_zone="seoul", to_zone=to_zone, area=to_zone[:3], weekday=weekday, distance_m=40_000,
        weight_g=weight_g, configured_s=configured, lead_s=lead_s,
    )  # fmt: skip
    told = Answers(learned).quantiles(trip)
    assert len(told) == len(GRID_PPM)
    assert told[0] >= 0
    assert list(told) == sorted(told)


def test_trips_that_differ_little_share_an_answer(learned: Snapshot) -> None:
    answers = Answers(learned)
    one, other = a_trip(lead_s=1800), replace(a_trip(lead_s=1860), weight_g=905)
    assert answers.quantiles(one) is answers.quantiles(other)
    assert answers.quantiles(a_trip("jeju")) != answers.quantiles(a_trip("seoul"))


def changed(learned: Snapshot, **parts: Any) -> bytes:
    """Its bytes, with other parts in the place of its own."""
    return zlib.compress(msgspec.json.encode({**msgspec.to_builtins(learned), **parts}))


def test_what_is_damaged_is_not_used(learned: Snapshot) -> None:
    plain = msgspec.to_builtins(learned)
    fit, around = plain["fit"], plain["around"]
    for body, says in (
        (b"", "cut off"),
        (b"garbage", "cannot be read"),
        (encode(learned)[:-20], "cut off"),
        (zlib.compress(b"[]"), "cannot be read"),
        (changed(learned, format=2), "format 2"),
        (changed(learned, fit={**fit, "coefficients": fit["coefficients"][1:]}), "other features"),
        (changed(learned, fit={**fit, "spreads": [0.0, *fit["spreads"][1:]]}), "not above zero"),
        (changed(learned, around={**around, "scores": [[1.0], None]}), "another grid"),
        (changed(learned, around={**around, "scores": [[2.0, *[1.0] * 9], None]}), "decreases"),
        (changed(learned, around={**around, "scores": []}), "too few"),
        (changed(learned, lately={"means": [], "waiting": {}}), "cannot be read"),
        (changed(learned, completed=-1), "does not say"),
        (changed(learned, learned_at=1e300), "does not say"),
    ):
        with pytest.raises(SnapshotUnfit, match=says):
            decode(body)


def test_numbers_out_of_this_world_leave_the_lane_as_it_is(learned: Snapshot) -> None:
    """They are numbers, so they are read; what comes of them is no time that a parcel could take."""
    trip = a_trip("seoul", weekday=3)
    plain = msgspec.to_builtins(learned)
    for number in (1e300, -1e300):
        wild = {**plain["fit"], "coefficients": [number] * len(plain["fit"]["coefficients"])}
        answers = Answers(decode(changed(learned, fit=wild)))
        assert answers.quantiles(trip) in {tuple(trip.configured_s), (0,) * len(GRID_PPM)}


def test_a_body_that_swells_is_not_unpacked() -> None:
    with pytest.raises(SnapshotUnfit, match="larger than"):
        decode(zlib.compress(b" " * (snapshots.MOST_BYTES + 1)))


def test_a_table_tells_its_heaviest_entries() -> None:
    means = Means(DAY)
    for number in range(100):
        for _ in range(number + 1):
            means.add((f"k{number:03}",), 1.0, 0.0)
    told = means.told(0.0, 10)
    assert [key for key, _, _ in told] == [(f"k{number:03}",) for number in range(90, 100)]
    assert means.told(100.0 * DAY, 10) == ()


def test_a_node_that_keeps_parcels_waiting_is_seen_before_any_is_late() -> None:
    """It always handed over in time; then parcels stay: what a prediction sees of it changes with every day."""
    lately, now = Lately(), START.timestamp()
    for number in range(40):
        watched = Watched(a_trip(), now + number * 3600)
        lately.expected(f"p{number}", watched)
        lately.handed_over(f"p{number}", watched, now + number * 3600)
    for number in range(10):
        lately.expected(f"q{number}", Watched(a_trip(), now + 2 * DAY))
    told = [lately.features(a_trip(), now + days * DAY)[-1] for days in (2, 4, 8)]
    assert told == sorted(set(told))
    assert told[0] < 0 < told[-1]  # sooner than is usual before anything is known, and later in the end
    again = Lately.again(lately.remembered(now + 8 * DAY), now + 8 * DAY)
    assert again.features(a_trip(), now + 8 * DAY)[-1] == pytest.approx(told[-1])
