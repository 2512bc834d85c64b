"""A promise from the database: gathered, sealed, opened, taken back and closed."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from sangdan.flows.quote_promise import ask, gather, promised_trip
from sangdan.kit.db import Conn, run, value
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Problem
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network import commands as network
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.errors import (
    BadQuantity,
    BasketSize,
    MixedSellers,
    NoRate,
    NoSuchPromise,
    NotForSale,
    NoWay,
    PromiseAltered,
    PromiseExpired,
    PromiseForeign,
    PromiseOutdated,
)
from sangdan.offer.promise.model import Inputs, Quote, Service, Way, quote
from sangdan.offer.promise.model.basket import Basket, Wish
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.model.outcome import Outcome, cause_of
from sangdan.offer.promise.ports import Transit

from .promise_world import AT, BUSAN, SEOUL, ULLEUNG, build, change

SECRET = b"not a secret, and long enough to be one"
IDS = Ids(seed=6)
Ask = Callable[..., Awaitable[tuple[Inputs, Quote]]]


@pytest.fixture
async def asking(conn: Conn) -> Ask:
    await build(conn)

    async def asked(*wishes: Wish, to: str = SEOUL, at: datetime = AT, **more: object) -> tuple[Inputs, Quote]:
        basket = msgspec.structs.replace(Basket(wishes=wishes or (Wish("tea", 1),), postcode=to), **more)
        return await ask(conn, await network.picture(conn), basket, at)

    return asked


def the(answer: Quote, service: str) -> Way:
    return next(way for way in answer.ways if way.service == service)


# Gathering.


async def test_the_ways_to_receive_a_tea_in_seoul(asking: Ask) -> None:
    """Saturday, two in the afternoon: fetched in minutes, brought within the hour, or on Monday from the centre."""
    inputs, answer = await asking()
    assert [way.service for way in answer.ways] == ["pickup", "quick", "standard"]
    pickup, quick, standard = answer.ways
    assert (pickup.node_id, pickup.price.total_minor) == ("store-1", 9_000)
    assert pickup.promised_at - AT <= timedelta(minutes=25)
    assert quick.promised_at - AT <= timedelta(minutes=75)
    # The carrier rests on Sunday: dates are Saturday, Monday, Tuesday; Busan's cheaper tea rides the same lanes.
    assert standard.promised_at == datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)
    assert (standard.lines[0].seller_id, standard.price.total_minor) == ("stem", 8_800 + 2_500)
    assert standard.cost_minor == 2_600 + 100 + 700 + 100
    assert {each.service for each in answer.not_offered} == {"dawn", "next_day"}
    assert msgspec.json.encode(quote(inputs)) == msgspec.json.encode(answer)


async def test_only_what_is_free_can_be_promised(asking: Ask) -> None:
    """Ten on the shelf, three reserved, two as safety: five of the centre's can be promised, and not six."""
    _, answer = await asking(Wish("tea", 5, "leaf"))
    assert the(answer, "standard").parcels[0].node_id == "icheon"
    _, more = await asking(Wish("tea", 8, "leaf"))
    units = {parcel.node_id: parcel.contents[0].units for parcel in the(more, "standard").parcels}
    assert units == {"icheon": 5, "store-1": 3}
    with pytest.raises(NoWay) as nothing:
        await asking(Wish("tea", 9, "leaf"))
    assert {"code": "short", "sku": "tea", "units": 9, "held": 8} in nothing.value.facts["services"]["standard"]


async def test_a_law_that_closes_the_store_is_respected_and_said(asking: Ask) -> None:
    _, answer = await asking(at=datetime(2026, 11, 22, 3, tzinfo=UTC))
    pickup = the(answer, "pickup")
    assert pickup.promised_at >= datetime(2026, 11, 23, 1, tzinfo=UTC)
    waits = next(reason for reason in pickup.reasons if reason.code == "waits_opening")
    assert waits.args["because"] == "law"
    assert the(answer, "quick").parcels[0].node_id == "icheon"


async def test_a_cut_off_moves_the_date(asking: Ask) -> None:
    """Cut-off at 18:00 and two hours of work: asked at 15:50 it leaves today, at 16:10 on Monday."""
    before, after = [(await asking(at=AT.replace(hour=hour, minute=m)))[1] for hour, m in ((6, 50), (7, 10))]
    assert (the(after, "standard").promised_at - the(before, "standard").promised_at).days == 1
    assert the(after, "standard").parcels[0].departs_at == datetime(2026, 11, 23, 11, tzinfo=UTC)


async def test_an_hour_that_is_full_is_not_promised(asking: Ask, conn: Conn) -> None:
    """The centre takes two parcels an hour."""
    await run(
        conn,
        "INSERT INTO warehouse.slot (node_id, hour_at, parcels_max, parcels) VALUES ('icheon', %(at)s, 2, 2)",
        at=AT,
    )
    _, answer = await asking(Wish("tea", 1, "leaf"), Wish("tea", 1, "stem"))
    slots = {parcel.node_id: parcel.slot_at for parcel in the(answer, "standard").parcels}
    assert slots["busan-1"] == AT
    _, alone = await asking(Wish("tea", 5, "leaf"))
    assert the(alone, "standard").parcels[0].slot_at == AT + timedelta(hours=1)


async def test_an_island_pays_the_surcharge_and_waits_longer(asking: Ask) -> None:
    _, answer = await asking(Wish("tea", 4, "leaf"), to=ULLEUNG)
    way = the(answer, "standard")
    # 36,000 of goods are delivered free; the boat is not.
    assert (way.price.fee_minor, way.price.surcharge_minor, way.price.total_minor) == (0, 5_000, 41_000)
    assert way.promised_at > the((await asking(Wish("tea", 4, "leaf")))[1], "standard").promised_at


async def test_dated_supply_is_promised_when_the_shelves_are_empty(asking: Ask, conn: Conn) -> None:
    await run(conn, "UPDATE stock.balance SET on_hand = reserved")
    with pytest.raises(NoWay):
        await asking()
    await run(
        conn,
        """
        INSERT INTO stock.inbound (node_id, inbound_id, sku, owner_id, units, reserved, due_at)
        VALUES ('icheon', 'asn-1', 'tea', 'leaf', 5, 4, %(due_at)s)
        """,
        due_at=AT + timedelta(days=3),
    )
    _, answer = await asking()
    assert the(answer, "standard").parcels[0].contents[0].inbound_id == "asn-1"
    with pytest.raises(NoWay):
        await asking(Wish("tea", 2))


async def test_wine_is_fetched_by_adults_only(asking: Ask) -> None:
    _, answer = await asking(Wish("wine", 1), birth_year=2007)
    assert [way.service for way in answer.ways] == ["pickup"]
    for birth_year, code in ((2008, "under_age"), (None, "age_unknown")):
        with pytest.raises(NoWay) as refused:
            await asking(Wish("wine", 1), birth_year=birth_year)
        assert refused.value.facts["services"]["pickup"][0]["code"] == code


async def test_stores_far_away_are_not_offered_for_picking_up(asking: Ask) -> None:
    _, answer = await asking(to=BUSAN)
    pickup = next(each for each in answer.not_offered if each.service == "pickup")
    assert [(reason.code, reason.args) for reason in pickup.reasons] == [("nodes_too_far", {"nodes": 1})]


async def test_foreign_prices_are_converted_by_the_rate_of_the_day(asking: Ask, conn: Conn) -> None:
    await run(conn, "UPDATE catalogue.offer SET currency = 'USD', price_minor = 1999 WHERE sku = 'cup'")
    with pytest.raises(NoRate):
        await asking(Wish("cup", 1))
    rate = IDS.new(AT)
    await run(
        conn,
        """
        INSERT INTO kit.exchange_rate (rate_id, source, target, rate_ppm, valid_from)
        VALUES (%(rate)s, 'USD', 'KRW', 1442880000, %(at)s), (%(later)s, 'USD', 'KRW', 1, %(tomorrow)s)
        """,
        rate=rate, later=IDS.new(AT), at=AT, tomorrow=AT + timedelta(days=1),
    )  # fmt: skip
    _, answer = await asking(Wish("cup", 2))
    line = the(answer, "standard").lines[0]
    # 19.99 x 1,442.88 = 28,843.17.
    assert (line.unit_price_minor, line.rate_id) == (28_843, str(rate))


async def test_a_node_without_terms_is_left_out_and_counted(asking: Ask, conn: Conn) -> None:
    await run(conn, "DELETE FROM partners.contract WHERE partner_id = 'mart'")
    _, answer = await asking()
    pickup = next(each for each in answer.not_offered if each.service == "pickup")
    assert [reason.code for reason in pickup.reasons] == ["nodes_no_terms"]


async def test_a_new_lane_is_seen_with_the_next_picture(asking: Ask, conn: Conn) -> None:
    await change(conn, "DELETE FROM network.lane WHERE to_zone = 'seoul' AND from_zone = 'busan'")
    _, answer = await asking()
    assert the(answer, "standard").lines[0].seller_id == "leaf"


@pytest.mark.parametrize(
    ("wishes", "to", "problem"),
    [
        ((Wish("tee", 1),), SEOUL, SkuUnknown),
        ((Wish("tea", 0),), SEOUL, BadQuantity),
        ((Wish("tea", -1),), SEOUL, BadQuantity),
        ((Wish("tea", 10_000),), SEOUL, BadQuantity),
        ((Wish("tea", 6_000), Wish("tea", 6_000)), SEOUL, BadQuantity),
        (tuple(Wish(f"s{n}", 1) for n in range(101)), SEOUL, BasketSize),
        ((Wish("tea", 1), Wish("tea", 1, "leaf")), SEOUL, MixedSellers),
        ((Wish("cup", 1, "stem"),), SEOUL, NotForSale),
        ((Wish("tea", 1),), "1000", PostcodeMalformed),
        ((Wish("tea", 1),), "99999", PostcodeUnknown),
    ],
)
async def test_a_question_that_makes_no_sense(
    asking: Ask, wishes: tuple[Wish, ...], to: str, problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        await asking(*wishes, to=to)


async def test_an_empty_basket(asking: Ask, conn: Conn) -> None:
    with pytest.raises(BasketSize):
        await gather(conn, await network.picture(conn), Basket(wishes=(), postcode=SEOUL), AT)


async def test_lines_of_one_sku_are_one_line(asking: Ask) -> None:
    inputs, _ = await asking(Wish("tea", 1), Wish("cup", 1), Wish("tea", 2))
    assert [(line.line_no, line.sku, line.units) for line in inputs.lines] == [(1, "tea", 3), (2, "cup", 1)]


async def test_of_many_stores_the_nearest_that_suffice_are_looked_at(asking: Ask, conn: Conn) -> None:
    """Forty more stores hold tea; only the farthest but one has four of them, and it is found."""
    await change(
        conn,
        """
        INSERT INTO network.node (node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures,
                                  calendar_id, handling_s, parcels_per_hour, pickup)
        SELECT 'far-' || to_char(n, 'FM00'), 'store', 'mart', 's', 's', 'seoul', 37510000 + n * 5000, 127037000,
               '{ambient}', 'store', 900, 20, true
          FROM generate_series(1, 40) AS n
        """,
    )
    await run(
        conn,
        """
        INSERT INTO stock.balance (node_id, sku, owner_id, on_hand)
        SELECT 'far-' || to_char(n, 'FM00'), 'tea', 'leaf', CASE n WHEN 39 THEN 4 ELSE 1 END
          FROM generate_series(1, 40) AS n
        """,
    )
    inputs, answer = await asking(Wish("tea", 4, "leaf"))
    assert len(inputs.nodes) <= 2 * (12 + 3)
    assert [way.node_id for way in answer.ways if way.service == "pickup"] == ["far-39"]
    _, one = await asking()
    assert [way.node_id for way in one.ways if way.service == "pickup"] == ["store-1", "far-01", "far-02"]


class Recording(Transit):
    """Answers as configured, and remembers what it was asked."""

    def __init__(self) -> None:
        self.trips: list[Trip] = []

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        self.trips.append(trip)
        return [4 * seconds for seconds in trip.configured_s]


async def test_a_learner_is_asked_and_later_told_of_the_same_trip(asking: Ask, conn: Conn) -> None:
    """What it knows moves the date; the parcel it is told to expect is the one it was asked about."""
    _, plain = await asking()
    picture, learner, due = await network.picture(conn), Recording(), AT + timedelta(days=5)
    basket = Basket(wishes=(Wish("tea", 1),), postcode=SEOUL, estimated_at=due)
    inputs, answer = await ask(conn, picture, basket, AT, transit=learner)
    way = the(answer, "standard")
    assert way.promised_at > the(plain, "standard").promised_at
    trip = promised_trip(picture, inputs, way.parcels[0], due)
    assert trip in learner.trips
    assert (trip.area, trip.weekday, trip.weight_g) == ("062", 5, 500)
    assert trip.estimate_s == (due - way.parcels[0].departs_at).total_seconds()


# Tokens.


def sealed(inputs: Inputs, answer: Quote, client_id: str = "shop") -> str:
    return promise.seal(the(answer, "standard"), promise.pack(inputs), IDS.new(AT), client_id, SECRET)


async def test_a_token_opens_to_the_very_same_way(asking: Ask) -> None:
    inputs, answer = await asking()
    for way in answer.ways:
        token = promise.seal(way, promise.pack(inputs), IDS.new(AT), "shop", SECRET)
        opened = promise.open_(token, "shop", AT, SECRET)
        assert opened.way == way
        assert opened.answer == msgspec.json.encode(way)
        assert opened.facts == inputs


async def test_every_altered_letter_is_noticed(asking: Ask) -> None:
    token = sealed(*await asking())
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(PromiseAltered):
            promise.open_(token[:place] + other + token[place + 1 :], "shop", AT, SECRET)
    for altered in ("", token + "A", token[:-1], token + "=", " " + token, "상단", token[:100]):
        with pytest.raises(PromiseAltered):
            promise.open_(altered, "shop", AT, SECRET)
    with pytest.raises(PromiseAltered):
        promise.open_(token, "shop", AT, SECRET + b"!")


async def test_another_shops_promise_and_an_old_one(asking: Ask) -> None:
    inputs, answer = await asking()
    token, ends = sealed(inputs, answer), the(answer, "standard").expires_at
    with pytest.raises(PromiseForeign):
        promise.open_(token, "other-shop", AT, SECRET)
    assert promise.open_(token, "shop", ends - timedelta(seconds=1), SECRET)
    with pytest.raises(PromiseExpired):
        promise.open_(token, "shop", ends, SECRET)


async def test_a_promise_that_cannot_be_computed_again_is_outdated(asking: Ask) -> None:
    """As if the rules of the code had changed: the sealed way is not what the sealed facts give."""
    inputs, answer = await asking()
    way = the(answer, "standard")
    dearer = msgspec.structs.replace(way, cost_minor=way.cost_minor + 1)
    token = under_other_rules(promise.seal(dearer, promise.pack(inputs), IDS.new(AT), "shop", SECRET))
    with pytest.raises(PromiseOutdated):
        promise.open_(token, "shop", AT, SECRET)


async def test_a_promise_of_another_version_opens_where_its_rules_give_the_same(asking: Ask) -> None:
    inputs, answer = await asking()
    opened = promise.open_(under_other_rules(sealed(inputs, answer)), "shop", AT, SECRET)
    assert (opened.way, opened.facts) == (the(answer, "standard"), inputs)


def under_other_rules(token: str) -> str:
    """The token as another version of ours would have spelled it."""
    return promise.spell(msgspec.structs.replace(promise.unspell(token, SECRET), rules="another"), SECRET)


# What is kept.


async def stored(conn: Conn, order_id: UUID, inputs: Inputs, answer: bytes) -> None:
    await run(
        conn,
        "INSERT INTO promise.promise VALUES (%(order_id)s, %(promise_id)s, %(inputs)s, %(answer)s, %(at)s)",
        order_id=order_id, promise_id=IDS.new(AT), inputs=promise.pack(inputs), answer=answer, at=AT,
    )  # fmt: skip


async def test_a_stored_promise_can_be_computed_again(asking: Ask, conn: Conn) -> None:
    inputs, answer = await asking()
    for way in answer.ways:
        order_id = IDS.new(AT)
        await stored(conn, order_id, inputs, msgspec.json.encode(way))
        assert await promise.recompute(conn, order_id)
    forged, way = IDS.new(AT), the(answer, "standard")
    await stored(conn, forged, inputs, msgspec.json.encode(msgspec.structs.replace(way, co2e_g=0)))
    assert not await promise.recompute(conn, forged)
    with pytest.raises(NoSuchPromise):
        await promise.recompute(conn, IDS.new(AT))


async def test_an_outcome_is_written_once(conn: Conn) -> None:
    late = Outcome(IDS.new(AT), 1, "icheon", "swift", "standard", AT, 900_000, AT + timedelta(hours=2), False, 7_200,
                   "late_transit")  # fmt: skip
    assert await promise.close(conn, late)
    assert not await promise.close(conn, late)
    assert await value(conn, "SELECT late_s FROM promise.outcome") == 7_200


@pytest.mark.parametrize(
    ("kept", "re_sourced", "late_start", "cause"),
    [
        (True, True, True, "kept"),
        (False, True, True, "re_sourced"),
        (False, False, True, "late_hand_over"),
        (False, False, False, "late_transit"),
    ],
)
def test_the_cause_of_a_missed_promise(kept: bool, re_sourced: bool, late_start: bool, cause: str) -> None:
    assert cause_of(kept, re_sourced, late_start) == cause
