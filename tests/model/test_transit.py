"""Transit learned from completed parcels: on made-up carriers whose truth is known, and never from the future."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.offer.promise.model.arrival import GRID_PPM, PPM, chance
from sangdan.offer.promise.model.history import Trip, survival_quantiles
from sangdan.offer.promise.model.transit import THIN, Learner

from .transit_cases import CONFIGURED, DAY, MEDIAN, NINTH, START, ZONES, Sent, a_carrier, a_trip, live


def answers(sent: Sequence[Sent]) -> Iterator[tuple[int, ...]]:
    learner, told = Learner(), list[tuple[int, ...]]()
    live(learner, sent, lambda each: told.append(learner.quantiles(each.trip, each.at)))
    return iter(told)


@pytest.fixture(scope="module")
def seasoned() -> Learner:
    """A learner that has seen 1,500 parcels of a carrier as it is configured."""
    learner = Learner()
    live(learner, a_carrier(1500))
    return learner


@given(
    node_id=st.sampled_from(("gimpo", "elsewhere")),
    to_zone=st.sampled_from((*ZONES, "unknown")),
    weekday=st.integers(0, 6),
    distance_m=st.integers(0, 5_000_000),
    weight_g=st.integers(0, 10**8),
    lead_s=st.integers(0, 10 * DAY),
    estimate_s=st.none() | st.integers(-30 * DAY, 90 * DAY),
    configured=st.lists(st.integers(0, 60 * DAY), min_size=10, max_size=10).map(sorted),
    after=st.integers(0, 400 * DAY),
)
def test_quantiles_are_ten_and_never_decrease(
    seasoned: Learner, node_id: str, to_zone: str, weekday: int, distance_m: int, weight_g: int, lead_s: int,
    estimate_s: int | None, configured: list[int], after: int,
) -> None:  # fmt: skip
    configured[MEDIAN:] = [max(second, 1) for second in configured[MEDIAN:]]
    trip = Trip(
        node_id=node_id, from_zone="seoul", to_zone=to_zone, area=to_zone[:3], weekday=weekday, distance_m=distance_m,
        weight_g=weight_g, configured_s=configured, estimate_s=estimate_s, lead_s=lead_s,
    )  # fmt: skip
    told = seasoned.quantiles(trip, START + timedelta(days=63, seconds=after))
    assert len(told) == len(GRID_PPM)
    assert told[0] >= 0
    assert list(told) == sorted(told)


def test_thin_history_says_what_is_configured() -> None:
    learner = Learner()
    live(learner, a_carrier(THIN, median_days=1.0), until=START + timedelta(days=90))
    assert learner.quantiles(a_trip(), START + timedelta(days=91)) == CONFIGURED


@settings(max_examples=6, deadline=None)
@given(cut=st.integers(700, 1100), seed=st.integers(0, 3), lost=st.booleans())
def test_nothing_that_happens_later_is_used(cut: int, seed: int, *, lost: bool) -> None:
    """Whatever leaves or arrives after an instant, and whatever is ordered after it, its answers are the same."""
    sent = a_carrier(1101, seed=seed)
    now = sent[cut].at

    def after(each: Sent, then: timedelta | None, days: int) -> timedelta | None:
        if then is not None and each.at + then <= now:
            return then
        return None if lost else now - each.at + timedelta(days=days)

    other = [
        replace(each, leaves=after(each, each.leaves, 5), takes=after(each, each.takes, 9)) for each in sent[: cut + 1]
    ]
    assert list(answers(other)) == list(answers(sent[: cut + 1]))


def test_the_same_calls_give_the_same_answers() -> None:
    sent = a_carrier(1000)
    assert list(answers(sent)) == list(answers(sent))


def test_asking_changes_nothing(seasoned: Learner) -> None:
    before = msgspec.json.encode([seasoned.quantiles(a_trip(zone), START + timedelta(days=63)) for zone in ZONES])
    for day in range(63, 163):
        seasoned.quantiles(a_trip("jeju", estimate_s=DAY), START + timedelta(days=day))
    after = msgspec.json.encode([seasoned.quantiles(a_trip(zone), START + timedelta(days=63)) for zone in ZONES])
    assert before == after


def test_a_carrier_slower_than_it_says_and_a_zone_slower_still() -> None:
    learner = Learner()
    sent = a_carrier(2000, median_days=8.0)
    live(learner, sent)
    near, far = (learner.quantiles(a_trip(zone, weekday=3), sent[-1].at) for zone in ("seoul", "jeju"))
    assert near[MEDIAN] / DAY == pytest.approx(8.0, rel=0.12)
    assert far[MEDIAN] / DAY == pytest.approx(16.0, rel=0.12)


@pytest.mark.parametrize("point", [MEDIAN, NINTH])
def test_a_stated_share_is_kept(point: int) -> None:
    """Of parcels told beforehand, the share that came in time is the one that was stated."""
    told: list[bool] = []
    learner = Learner()

    def ask(each: Sent) -> None:
        if each.at > START + timedelta(days=60) and each.takes is not None:
            told.append(each.takes.total_seconds() <= learner.quantiles(each.trip, each.at)[point])

    live(learner, a_carrier(4000), ask)
    assert sum(told) / len(told) == pytest.approx(GRID_PPM[point] / PPM, abs=0.03)


def test_a_carrier_that_slows_down_is_followed() -> None:
    """Of what is ordered from six weeks after the change on, the stated share comes in time again."""
    before, after = a_carrier(1500), a_carrier(3000, median_days=9.0, seed=8)
    shift = timedelta(hours=len(before))
    later = [replace(each, parcel_id=f"q{each.parcel_id}", at=each.at + shift) for each in after]
    learner, told = Learner(), list[bool]()

    def ask(each: Sent) -> None:
        if each.at > later[0].at + timedelta(days=42) and each.takes is not None:
            told.append(each.takes.total_seconds() <= learner.quantiles(each.trip, each.at)[NINTH])

    live(learner, [*before, *later], ask)
    assert sum(told) / len(told) == pytest.approx(0.9, abs=0.03)


def test_parcels_that_do_not_come_count_as_late_before_they_come() -> None:
    """The carrier stops: nothing arrives any more, so no late arrival is known, and yet dates move back."""
    sent = a_carrier(1500)
    stops = sent[-1].at - timedelta(days=14)
    stopped = [
        replace(each, takes=None) if each.takes is not None and each.at + each.takes > stops else each for each in sent
    ]
    going, halted = Learner(), Learner()
    live(going, sent)
    live(halted, stopped)
    trip, now = a_trip(weekday=3), sent[-1].at
    assert halted.quantiles(trip, now)[NINTH] > 1.3 * going.quantiles(trip, now)[NINTH]


def test_a_cancelled_parcel_leaves_no_trace() -> None:
    plain, crossed = Learner(), Learner()
    sent = a_carrier(1200)
    live(plain, sent)

    def cancel_one_more(each: Sent) -> None:
        crossed.expect(f"{each.parcel_id}x", a_trip("busan"), each.at)
        crossed.forget(f"{each.parcel_id}x")

    live(crossed, sent, cancel_one_more)
    now = sent[-1].at
    assert [crossed.quantiles(a_trip(zone), now) for zone in ZONES] == [
        plain.quantiles(a_trip(zone), now) for zone in ZONES
    ]


def test_somebody_who_knows_better_is_believed_in_part() -> None:
    """An estimate that knows half of what nobody else does narrows the date."""
    random = np.random.default_rng(5)
    sent: list[Sent] = []
    for number in range(2500):
        at = START + timedelta(hours=number)
        secret, luck = random.normal(size=2)
        estimate_s = int(5 * DAY * np.exp(0.4 * secret))
        takes = timedelta(seconds=estimate_s * float(np.exp(0.1 * luck)))
        sent.append(Sent(f"p{number}", a_trip(weekday=at.weekday(), estimate_s=estimate_s), at, takes))
    learner = Learner()
    live(learner, sent)
    now = sent[-1].at
    blind = learner.quantiles(a_trip(), now)
    quick, slow = (learner.quantiles(a_trip(estimate_s=days * DAY), now) for days in (3, 9))
    assert quick[NINTH] < blind[NINTH] < slow[NINTH]
    assert quick[NINTH] - quick[1] < blind[NINTH] - blind[1]


def test_the_wait_for_the_departure_is_not_transit() -> None:
    """Told the same from order to door, a parcel that leaves a day later needs a day less from its departure."""
    learner = Learner()
    waiting = [replace(each, trip=replace(each.trip, lead_s=DAY)) for each in a_carrier(1500, median_days=7.0)]
    live(learner, waiting)
    told = learner.quantiles(a_trip(weekday=3, lead_s=DAY), waiting[-1].at)
    assert told[MEDIAN] / DAY == pytest.approx(6.0, rel=0.12)


def test_more_parcels_than_it_keeps() -> None:
    learner = Learner(capacity=500)
    sent = a_carrier(4000, median_days=8.0)
    live(learner, sent)
    told = learner.quantiles(a_trip(weekday=3), sent[-1].at)
    assert told[MEDIAN] / DAY == pytest.approx(8.0, rel=0.2)
    assert chance(told, 30 * DAY) == PPM


@given(scores=st.lists(st.integers(0, 10**6), min_size=400, max_size=400, unique=True))
def test_without_open_or_late_watched_cases_it_is_the_plain_quantile(scores: list[int]) -> None:
    left = np.array(scores, float)
    told = survival_quantiles(np.full(400, -np.inf), left, np.ones(400, bool), np.array([0.2505, 0.5005, 0.9005]))
    assert list(told) == [sorted(scores)[place] for place in (100, 200, 360)]


def test_open_cases_push_the_quantile_back_by_hand() -> None:
    """100 cases arrive at 1..100; 100 more have reached 50 and are open: what they do later, the others tell."""
    left = np.array([*range(1, 101), *[50.5] * 100], float)
    arrived = np.array([True] * 100 + [False] * 100)
    told = survival_quantiles(np.full(200, -np.inf), left, arrived, np.array([0.2, 0.25, 0.5]))
    # 0.25 of all have arrived by 50; of the 50 still watched then, a third must arrive for 0.5.
    assert list(told) == [40, 50, 67]


def test_cases_watched_from_a_point_on_say_nothing_of_before() -> None:
    """Old cases enter at 10: those that arrived sooner were never seen, and must not be thought to be missing."""
    left = np.array([*range(1, 101), *range(11, 101)], float)
    entered = np.array([-np.inf] * 100 + [10.0] * 90)
    told = survival_quantiles(entered, left, np.ones(190, bool), np.array([0.05, 0.5, 0.75]))
    assert list(told) == [5, 50, 75]
