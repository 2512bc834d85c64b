"""A quote as a whole: the same to the byte, adding up to the unit, and lawful."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model import (
    Departures,
    Hours,
    Inbound,
    Inputs,
    Line,
    Offer,
    Policy,
    Quote,
    Reason,
    Way,
    decode,
    encode,
    quote,
    spoken,
    ways_of,
)

from .promise_cases import (
    DAY_S,
    HOUR_S,
    MIDNIGHT,
    NOON,
    PICKUP,
    QUICK,
    STANDARD,
    a_line,
    a_node,
    a_policy,
    a_question,
    a_route,
    a_shelf,
    random_question,
)


def a_simple(**more: object) -> Inputs:
    """One node that holds the tea."""
    simple = a_question(cells=(a_shelf("a"),), nodes=(a_node("a"),), routes=(a_route("a"),))
    return msgspec.structs.replace(simple, **more)


def a_store(node_id: str = "store", **more: object) -> Inputs:
    """One store that holds the tea and hands it out."""
    node = msgspec.structs.replace(a_node(node_id, kind="store", pickup=True, handling_s=900), **more)
    return a_question(cells=(a_shelf(node_id),), nodes=(node,), policy=a_policy(PICKUP))


def codes(reasons: Sequence[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def refused(answer: Quote) -> dict[str, list[Reason]]:
    return {each.service: list(each.reasons) for each in answer.not_offered}


# The same to the byte, and adding up.


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_a_stored_question_gives_the_same_bytes_again(seed: int, tight: bool, threshold: bool) -> None:
    inputs = random_question(seed, tight=tight, threshold=threshold)
    again = decode(encode(inputs))
    assert encode(again) == encode(inputs)
    assert msgspec.json.encode(quote(again)) == msgspec.json.encode(quote(inputs))
    ways = quote(inputs).ways
    assert ways_of(again, "standard") == tuple(way for way in ways if way.service == "standard")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_every_way_adds_up(seed: int, threshold: bool) -> None:
    inputs = random_question(seed, tight=True, threshold=threshold)
    for way in quote(inputs).ways:
        adds_up(inputs, way)


def adds_up(inputs: Inputs, way: Way) -> None:
    price = way.price
    assert price.goods_minor == sum(line.units * line.unit_price_minor for line in way.lines)
    assert price.delivery_minor == price.fee_minor + price.surcharge_minor == sum(p.fee_minor for p in way.parcels)
    assert price.total_minor == price.goods_minor + price.delivery_minor
    assert way.cost_minor == sum(p.carrier_minor + p.fulfilment_minor for p in way.parcels)
    assert way.promised_at == max(p.promised_at for p in way.parcels)
    for wish in inputs.lines:
        assert sum(line.units for line in way.lines if line.wish_no == wish.line_no) == wish.units
    for line in way.lines:
        sent = [c.units for p in way.parcels for c in p.contents if c.line_no == line.line_no]
        assert sum(sent) == line.units
    held = {(c.node_id, c.sku, c.owner_id): c for c in inputs.cells}
    named = {line.line_no: line for line in way.lines}
    for parcel in way.parcels:
        assert parcel.slot_at <= parcel.ready_at <= parcel.departs_at <= parcel.promised_at
        assert parcel.probability_ppm >= inputs.policy.services[0].target_ppm
        for content in parcel.contents:
            line = named[content.line_no]
            cell = held[parcel.node_id, line.sku, line.seller_id]
            due = {i.inbound_id: i.units for i in cell.inbounds}
            assert content.units <= (cell.units if content.inbound_id is None else due[content.inbound_id])


def test_the_price_of_a_parcel_by_hand() -> None:
    """2 x 750 g at 3,000 + 333 a kilogram to an island for 4,000 more; VAT is 1/11 of what carries it."""
    inputs = a_simple(
        lines=(a_line(units=2, weight_g=750),),
        nodes=(a_node("a", unit_fee_minor=150, parcel_fee_minor=700),),
        routes=(a_route("a", per_kg_minor=333, surcharge_minor=4_000, distance_m=450_000, co2e_mg_per_kg_km=429),),
    )
    way = quote(inputs).ways[0]
    # 333 x 1.5 = 499.5, and half goes to the even neighbour.
    assert way.price.fee_minor == 3_500
    assert (way.price.surcharge_minor, way.price.total_minor) == (4_000, 27_500)
    assert way.price.vat_minor == 1_818 + 682
    assert way.cost_minor == 7_500 + 2 * 150 + 700
    # 1.5 kg x 450 km x 429 mg = 289.6 g.
    assert way.co2e_g == 290


def test_a_flat_fee_is_paid_once_however_many_parcels_come() -> None:
    """3,000 for 1 kg and 500 g: two thirds and one third; the boat of each parcel is paid on top."""
    flat = msgspec.structs.replace(STANDARD, flat_minor=3_000)
    inputs = a_question(
        lines=(a_line(weight_g=1_000), a_line(2, "cup")), offers=(Offer("tea", "leaf", 100), Offer("cup", "leaf", 50)),
        cells=(a_shelf("a"), a_shelf("b", "cup")), nodes=(a_node("a"), a_node("b")),
        routes=(a_route("a", surcharge_minor=400), a_route("b", surcharge_minor=400)), policy=a_policy(flat),
    )  # fmt: skip
    way = quote(inputs).ways[0]
    assert (way.price.fee_minor, way.price.surcharge_minor, way.price.total_minor) == (3_000, 800, 3_950)
    assert [parcel.fee_minor for parcel in way.parcels] == [2_400, 1_400]


def test_exempt_goods_carry_no_vat_but_their_delivery_does() -> None:
    way = quote(a_simple(lines=(a_line(vat_class="exempt"),))).ways[0]
    assert (way.lines[0].vat_minor, way.price.vat_minor) == (0, 273)


def test_the_order_keeps_its_date_when_all_its_parcels_do() -> None:
    """Two parcels: the latest date, and the product of their probabilities."""
    inputs = a_question(
        lines=(a_line(), a_line(2, "cup")), offers=(Offer("tea", "leaf", 1_000), Offer("cup", "leaf", 500)),
        cells=(a_shelf("a"), a_shelf("b", "cup")), nodes=(a_node("a"), a_node("b")),
        routes=(a_route("a"), a_route("b", transit_s=tuple(n * DAY_S for n in range(1, 11)))),
    )  # fmt: skip
    way = quote(inputs).ways[0]
    first, second = way.parcels
    assert way.promised_at == second.promised_at > first.promised_at
    assert way.probability_ppm == first.probability_ppm * second.probability_ppm // 1_000_000
    assert "split_short" in codes(way.reasons)


# Time.


def test_a_way_dies_with_its_cut_off() -> None:
    """Packed at 16:55 for a cut-off at 17:00: it stands for five minutes, not for fifteen."""
    soon = msgspec.structs.replace(a_simple(), at=MIDNIGHT + 15 * HOUR_S + 55 * 60)
    stands = quote(soon).ways[0].expires_at - quote(soon).at
    assert 4 * 60 <= stands.total_seconds() <= 5 * 60
    assert (quote(a_simple()).ways[0].expires_at - quote(a_simple()).at).total_seconds() == 900


def test_the_shopper_is_given_time_to_decide() -> None:
    """With a margin of ten minutes the cut-off in five minutes is no longer promised."""
    policy = a_policy(STANDARD, margin_s=600)
    late = msgspec.structs.replace(a_simple(), at=MIDNIGHT + 15 * HOUR_S + 55 * 60)
    hurried, calm = quote(late).ways[0], quote(msgspec.structs.replace(late, policy=policy)).ways[0]
    assert (calm.parcels[0].departs_at - hurried.parcels[0].departs_at).days == 1
    assert (calm.expires_at - quote(late).at).total_seconds() == 900


def test_a_store_that_the_law_closes_today_promises_tomorrow_and_says_why() -> None:
    """Mandatory closing Sunday: the hours begin the day after."""
    tomorrow = Hours((MIDNIGHT + 33 * HOUR_S,), (MIDNIGHT + 45 * HOUR_S,))
    inputs = msgspec.structs.replace(a_store(shut="law"), hours=(tomorrow,))
    way = quote(inputs).ways[0]
    assert way.promised_at.timestamp() == MIDNIGHT + 33 * HOUR_S + 900
    waits = next(reason for reason in way.reasons if reason.code == "waits_opening")
    assert waits.args["because"] == "law"
    strict = msgspec.structs.replace(PICKUP, within_s=6 * HOUR_S)
    closed = msgspec.structs.replace(inputs, policy=a_policy(strict))
    assert refused(quote(closed)) == {"pickup": [Reason("nodes_law", {"nodes": 1})]}


def test_a_full_hour_moves_the_slot_and_says_so() -> None:
    way = quote(a_store(full_hours=(NOON,))).ways[0]
    assert way.parcels[0].slot_at.timestamp() == NOON + HOUR_S
    assert "waits_capacity" in codes(way.reasons)


def test_a_node_without_capacity_takes_nothing() -> None:
    assert refused(quote(a_store(parcels_per_hour=0))) == {"pickup": [Reason("nodes_capacity", {"nodes": 1})]}


def test_a_missed_cut_off_is_said() -> None:
    evening = msgspec.structs.replace(a_simple(), at=MIDNIGHT + 16 * HOUR_S + 30 * 60)
    assert "missed_cut_off" in codes(quote(evening).ways[0].reasons)


def test_a_promise_on_dated_supply_says_what_it_waits_for() -> None:
    due = a_shelf("a", "tea", 0, "leaf", Inbound("asn-1", NOON + 2 * DAY_S, 5))
    way = quote(a_simple(cells=(due,))).ways[0]
    assert "waits_supply" in codes(way.reasons)
    assert way.parcels[0].ready_at.timestamp() == NOON + 2 * DAY_S + HOUR_S


def test_quick_is_offered_only_while_it_is_quick() -> None:
    runs = tuple(NOON + n * 60 for n in range(1, 24 * 60))
    half_an_hour = (600, 700, 800, 900, 1200, 1500, 1800, 2400, 3600, 7200)
    fast = a_route("a", service="quick", deadlines=None, transit_s=half_an_hour)
    inputs = msgspec.structs.replace(a_simple(routes=(fast,)), policy=a_policy(QUICK))
    inputs = msgspec.structs.replace(inputs, departures=(Departures(runs, runs),))
    way = quote(inputs).ways[0]
    assert way.promised_at.timestamp() == NOON + HOUR_S + 1800
    assert codes(way.reasons) == ["arrives_by", "one_parcel"]
    slow = msgspec.structs.replace(inputs, nodes=(a_node("a", handling_s=8 * HOUR_S),))
    assert codes(refused(quote(slow))["quick"]) == ["nodes_too_late"]


# Law and physics.


@pytest.mark.parametrize(("birth_year", "reason"), [(2008, "under_age"), (None, "age_unknown"), (2007, None)])
def test_an_adult_turns_nineteen_this_year(birth_year: int | None, reason: str | None) -> None:
    """2026: born in 2007 or before, whatever the day."""
    inputs = a_simple(lines=(a_line(age_limit=19),), birth_year=birth_year)
    answer = quote(inputs)
    assert bool(answer.ways) == (reason is None)
    assert [codes(reasons) for reasons in refused(answer).values()] == ([] if reason is None else [[reason]])


def test_alcohol_is_handed_over_in_person_and_never_at_a_locker() -> None:
    wine: tuple[Line, ...] = (a_line(age_limit=19, pickup_only=True),)
    delivered = a_simple(lines=wine, birth_year=1990)
    assert codes(refused(quote(delivered))["standard"]) == ["pickup_only"]
    fetched = msgspec.structs.replace(a_store(), lines=wine, birth_year=1990)
    assert quote(fetched).ways[0].node_id == "store"
    locker = msgspec.structs.replace(a_store(kind="locker"), lines=wine, birth_year=1990)
    assert quote(locker).ways == ()


def test_cold_goods_need_a_cold_node_and_a_cold_carrier() -> None:
    cold = ("ambient", "chilled")
    inputs = a_question(
        lines=(a_line(temperature="chilled"),), cells=tuple(a_shelf(n) for n in "abc"),
        nodes=(a_node("a"), a_node("b", temperatures=cold), a_node("c", temperatures=cold)),
        routes=(a_route("a", temperatures=cold), a_route("b"), a_route("c", temperatures=cold, base_minor=9_000)),
    )  # fmt: skip
    assert quote(inputs).ways[0].parcels[0].node_id == "c"
    warm = msgspec.structs.replace(inputs, routes=inputs.routes[:2])
    assert refused(quote(warm))["standard"] == [
        Reason("short", {"sku": "tea", "units": 1, "held": 0}),
        Reason("nodes_temperature", {"nodes": 2}),
    ]


def test_nothing_left_is_told_with_what_there_is() -> None:
    reasons = refused(quote(a_simple(lines=(a_line(units=11),))))["standard"]
    assert reasons == [Reason("short", {"sku": "tea", "units": 11, "held": 10}), Reason("nodes_no_stock", {"nodes": 1})]


def test_lines_of_one_sku_that_each_could_be_filled_are_short_together() -> None:
    """A kit and its part alone, or a part at two prices: they draw on the same ten."""
    lines = (a_line(units=6), a_line(line_no=2, units=6, kit_sku="gift", kit_no=1, kit_units=1))
    reasons = refused(quote(a_simple(lines=lines)))["standard"]
    assert reasons == [Reason("short", {"sku": "tea", "units": 12, "held": 10})]


def test_goods_in_four_places_do_not_fit_three_parcels() -> None:
    skus = ("tea", "cup", "pot", "jar")
    inputs = a_question(
        lines=tuple(a_line(n, sku) for n, sku in enumerate(skus, start=1)),
        offers=tuple(Offer(sku, "leaf", 100) for sku in skus), cells=tuple(a_shelf(sku, sku) for sku in skus),
        nodes=tuple(a_node(sku) for sku in skus), routes=tuple(a_route(sku) for sku in skus),
    )  # fmt: skip
    assert refused(quote(inputs))["standard"][0] == Reason("too_scattered", {"parcels": 3})


def test_a_place_that_nobody_serves() -> None:
    assert refused(quote(a_simple(routes=())))["standard"] == [Reason("not_served", {"postcode": "06236"})]


def test_nearer_nodes_that_are_passed_over_are_counted_by_cause() -> None:
    inputs = a_question(
        cells=tuple(a_shelf(n) for n in "bcd"),
        nodes=(
            a_node("a", distance_m=1_000), a_node("b", distance_m=2_000, temperatures=("frozen",)),
            a_node("c", distance_m=3_000), a_node("d", distance_m=9_000), a_node("e", distance_m=500),
        ),
        routes=tuple(a_route(n, base_minor=9_000 if n == "c" else 100) for n in "abcde"),
    )  # fmt: skip
    passed = [reason for reason in quote(inputs).ways[0].reasons if reason.code.startswith("passed_")]
    assert passed == [
        Reason("passed_not_best", {"nodes": 1, "node_id": "c"}),
        Reason("passed_no_stock", {"nodes": 2, "node_id": "e"}),
        Reason("passed_temperature", {"nodes": 1, "node_id": "b"}),
    ]


def test_the_best_few_stores_by_when_the_shopper_can_hold_the_goods() -> None:
    """A store three kilometres off that is ready now beats one next door that is ready in three hours."""
    ready = {"near": 3 * HOUR_S, "three_km": 900, "far": 600}
    far = {"near": 100, "three_km": 3_000, "far": 200_000}
    inputs = a_question(
        cells=tuple(a_shelf(n) for n in ready), policy=a_policy(PICKUP, pickup_ways=1),
        nodes=tuple(a_node(n, kind="store", pickup=True, handling_s=s, distance_m=far[n]) for n, s in ready.items()),
    )  # fmt: skip
    assert [way.node_id for way in quote(inputs).ways] == ["three_km"]


def test_a_far_store_is_offered_only_where_none_nearer_by_has_it() -> None:
    """The one 24 km away opens first: nobody goes there while one in the next district has the goods."""
    far = {"next_door": 400, "district": 9_000, "town": 24_000, "farther": 39_000}
    ready = {"next_door": 3 * HOUR_S, "district": 2 * HOUR_S, "town": 900, "farther": 600}
    stores = tuple(a_node(n, kind="store", pickup=True, handling_s=s, distance_m=far[n]) for n, s in ready.items())
    policy = a_policy(PICKUP, near_m=10_000)

    def offered(*holding: str, policy: Policy = policy) -> list[str | None]:
        inputs = a_question(cells=tuple(a_shelf(n) for n in holding), policy=policy, nodes=stores)
        return [way.node_id for way in quote(inputs).ways]

    assert offered(*far) == ["district", "next_door"]
    assert offered("town", "farther") == ["farther", "town"], "about as far: one ring"
    assert offered("district", "farther") == ["district"]
    assert offered("farther") == ["farther"]
    assert offered(*far, policy=a_policy(PICKUP)) == ["farther", "town", "district"], "no store is far"


# Words.


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_every_reason_can_be_said_in_both_languages(seed: int) -> None:
    answer = quote(random_question(seed, tight=True, threshold=True))
    reasons = [reason for each in (*answer.ways, *answer.not_offered) for reason in each.reasons]
    for reason in reasons:
        korean, english = spoken(reason, "ko", "Asia/Seoul"), spoken(reason, "en", "Asia/Seoul")
        assert any("가" <= letter <= "힣" for letter in korean)
        assert english.isascii()
        assert "{" not in korean + english


def test_instants_are_said_in_local_time() -> None:
    """17:00 UTC is two in the morning in Seoul, a day later."""
    cut_off = {"cut_off_at": "2026-11-21T17:00:00Z", "departs_at": "2026-11-21T18:00:00Z"}
    waits = Reason("missed_cut_off", {"node_id": "a", **cut_off})
    assert "11월 22일(일) 02:00" in spoken(waits, "ko", "Asia/Seoul")
    assert "Sat 21 Nov 14:00" in spoken(waits, "en", "America/Sao_Paulo")
