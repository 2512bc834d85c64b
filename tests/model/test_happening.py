"""Reality, put to a parcel: nothing before its time, runs as the carrier has them, the same answer to whoever asks."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.doors.sim.happening import Happening
from sangdan.kit.calendars import Calendar
from sangdan.kit.ids import Ids
from sangdan.offer.network.model import Lane, Network, Node, Postcode, Surcharge, Zone
from sangdan.order.orders.model import Parcel
from sangdan.ship.warehouse.model import TaskLine
from sangdan.tower.twin.model import Reality

IDS = Ids(seed=9)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)  # nine in the morning in Seoul
TONIGHT = MONDAY + timedelta(hours=11)
ORDER = IDS.new(MONDAY)
SEOUL, ULLEUNG = "06236", "40200"
HOUR = 3600


def a_node(node_id: str, kind: str) -> Node:
    return Node(node_id, kind, "logis", "", "", "seoul", 0, 0, ("ambient",), "daily", HOUR, 50, kind == "store")


def a_lane(to_zone: str) -> Lane:
    hours = (8, 8, 9, 9, 10, 11, 12, 13, 16, 24)
    return Lane(
        f"seoul.{to_zone}", "seoul", to_zone, "next_day", "swift", "daily", (time(18),), (time(20),), None,
        [each * HOUR for each in hours], ("ambient",), "KRW", 2500, 0, 20_000, 60_000, 100,
    )  # fmt: skip


NETWORK = Network(
    version="1",
    nodes={each.node_id: each for each in (a_node("icheon", "fulfilment_centre"), a_node("gangnam", "store"))},
    zones={each: Zone(each, "", "", 0, 0) for each in ("seoul", "ulleung")},
    postcodes={SEOUL: Postcode(SEOUL, "seoul", "mainland"), ULLEUNG: Postcode(ULLEUNG, "ulleung", "island")},
    lanes={("seoul", to): (a_lane(to),) for to in ("seoul", "ulleung")},
    surcharges={("swift", "island"): Surcharge("swift", "island", 5000, "KRW", 48 * HOUR)},
    calendars={"daily": Calendar("Asia/Seoul", ("00:00-24:00",) * 6 + ("",))},
    reasons={},
)


def a_parcel(number: int = 1, node_id: str = "icheon", carrier_id: str | None = "swift") -> Parcel:
    return Parcel(
        order_id=ORDER, parcel_no=number, parcel_id=IDS.new(MONDAY), node_id=node_id, operator_id="logis",
        carrier_id=carrier_id, service="next_day", state="released", slot_at=MONDAY + timedelta(hours=2),
        ready_at=MONDAY + timedelta(hours=3), departs_at=TONIGHT, promised_at=TONIGHT + timedelta(hours=28),
        probability_ppm=900_000, fee_minor=3000, carrier_minor=2500, weight_g=1500, re_sourced=False,
    )  # fmt: skip


def happening(seed: int = 1, postcode: str = SEOUL) -> Happening:
    made = Happening(Reality(seed=seed))
    made.network = NETWORK
    made.postcodes[ORDER] = postcode
    return made


@given(st.integers(0, 100), st.integers(-5, 20))
def test_nobody_picks_before_the_hour_that_is_kept_nor_before_being_told(seed: int, hours: int) -> None:
    parcel, told_at = a_parcel(), MONDAY + timedelta(hours=hours)
    assert happening(seed).picked_at(parcel, told_at) > max(told_at, parcel.slot_at)


def test_a_parcel_in_time_leaves_with_its_run_and_a_late_one_with_the_next() -> None:
    day = timedelta(days=1)
    saturday = MONDAY + 5 * day
    runs = {
        MONDAY: TONIGHT,
        TONIGHT: TONIGHT,
        TONIGHT + timedelta(seconds=1): TONIGHT + day,
        saturday + timedelta(hours=12): TONIGHT + 7 * day,  # nobody drives on Sunday
    }
    assert {at: happening().handed_over_at(a_parcel(), at) for at in runs} == runs


def test_what_is_fetched_waits_for_no_run() -> None:
    parcel = a_parcel(node_id="gangnam", carrier_id=None)
    assert happening().handed_over_at(parcel, MONDAY) == MONDAY
    fetched_at = happening().delivered_at(parcel, MONDAY)
    assert MONDAY < fetched_at <= MONDAY + timedelta(hours=20)


@given(st.integers(0, 200))
def test_the_road_takes_about_as_long_as_its_lane_says(seed: int) -> None:
    took = happening(seed).delivered_at(a_parcel(), TONIGHT) - TONIGHT
    assert timedelta(hours=6) < took < timedelta(hours=24 + 24 + 8)


def test_an_island_takes_its_carriers_days_longer() -> None:
    parcel = a_parcel()
    here, there = (happening(postcode=each).delivered_at(parcel, TONIGHT) for each in (SEOUL, ULLEUNG))
    assert timedelta(hours=48 - 24) < there - here < timedelta(hours=48 + 24)


@given(st.integers(0, 300), st.integers(1, 9))
def test_never_more_is_found_than_was_looked_for(seed: int, units: int) -> None:
    parcel = a_parcel(node_id="gangnam")
    line = TaskLine(parcel.parcel_id, 1, IDS.new(MONDAY), "tea", "leaf", units, None)
    assert 0 <= happening(seed).found(parcel, line) <= units


def test_sometimes_it_is_not_there() -> None:
    parcels = [a_parcel(node_id="gangnam") for _ in range(400)]
    found = [
        happening().found(parcel, TaskLine(parcel.parcel_id, 1, parcel.parcel_id, "tea", "leaf", 2, None))
        for parcel in parcels
    ]
    assert 370 <= found.count(2) < 400


@pytest.mark.parametrize("node_id", ["icheon", "gangnam"])
def test_it_does_not_matter_who_asks_first(node_id: str) -> None:
    one, other = a_parcel(1, node_id), a_parcel(2, node_id)
    forth, back = happening(), happening()
    first = [(forth.picked_at(each, MONDAY), forth.delivered_at(each, TONIGHT)) for each in (one, other)]
    again = [(back.picked_at(each, MONDAY), back.delivered_at(each, TONIGHT)) for each in (other, one)]
    assert first == again[::-1]
    assert first[0] != first[1]
    twin = replace(one, parcel_no=7)
    assert forth.delivered_at(twin, TONIGHT) == forth.delivered_at(one, TONIGHT), "a parcel is known by its id"
