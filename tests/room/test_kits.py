"""Kits: brought in, promised from their parts at the kit's price, placed, and cancelled whole."""

from datetime import timedelta
from typing import Any, Final

import polars as pl
import pytest

from sangdan.flows.cancel_order import KitApart
from sangdan.flows.import_rows import load
from sangdan.flows.quote_promise import Wish
from sangdan.kit.db import value
from sangdan.offer.promise.errors import BadQuantity, BasketSize, NotForSale, NoWay
from sangdan.offer.promise.model import Way

from .alliance_cases import AT, EVENING, ROWS, TERMS
from .alliance_town import Town
from .asking import ask, bring

FOREVER: Final = "2026-01-01T00:00:00+09:00"


def part(kit: str, sku: str, units: int) -> dict[str, Any]:
    return {"kit_sku": kit, "sku": sku, "units": units}


def offer(sku: str, seller: str, price_minor: int) -> dict[str, Any]:
    return {"sku": sku, "seller_id": seller, "valid_from": FOREVER, "currency": "KRW", "price_minor": price_minor}


@pytest.fixture
async def kits(town: Town) -> Town:
    """A gift of one tea and two cups of leaf's for 15,000 won; leaf has ten of each in Icheon."""
    sku = dict(ROWS["skus"][0])
    assert not await bring(town.pool, "skus", [{**sku, "sku": code} for code in ("gift", "tower", "bag")])
    assert not await bring(town.pool, "kits", [part("gift", "tea", 1), part("gift", "cup", 2)])
    assert not await bring(town.pool, "offers", [offer("gift", "leaf", 15_001), offer("cup", "leaf", 4_100)])
    assert not await bring(town.pool, "stock", [{"node_id": "icheon", "sku": "cup", "owner_id": "leaf", "on_hand": 10}])
    return town


def sums(way: Way) -> dict[tuple[str, int | None], tuple[int, int]]:
    """By SKU and kit: units and what they cost."""
    found: dict[tuple[str, int | None], tuple[int, int]] = {}
    for line in way.lines:
        units, minor = found.get((line.sku, line.kit_no), (0, 0))
        found[line.sku, line.kit_no] = units + line.units, minor + line.goods_minor
    return found


async def test_a_kit_is_promised_from_its_parts_at_its_price(kits: Town) -> None:
    _, way = await ask(kits, Wish("gift", 3))
    assert way.price.goods_minor == 3 * 15_001
    assert {key: units for key, (units, _) in sums(way).items()} == {("tea", 1): 3, ("cup", 1): 6}
    assert {line.seller_id for line in way.lines} == {"leaf"}
    assert {line.kit_sku for line in way.lines} == {"gift"}


async def test_parts_are_summed_over_the_basket_before_the_check(kits: Town) -> None:
    """Ten teas lie there: three in gifts and seven alone can be had, not eight."""
    _, way = await ask(kits, Wish("gift", 3), Wish("tea", 7, "leaf"))
    taken = sum(line.units for line in way.lines if line.sku == "tea")
    from_icheon = sum(
        content.units
        for parcel in way.parcels if parcel.node_id == "icheon"
        for content in parcel.contents
        if next(line.sku for line in way.lines if line.line_no == content.line_no) == "tea"
    )  # fmt: skip
    assert (taken, way.price.goods_minor) == (10, 3 * 15_001 + 7 * 9_000)
    assert from_icheon <= 10
    with pytest.raises(NoWay):
        await ask(kits, Wish("gift", 6))  # twelve cups of leaf's, and ten lie there


async def test_a_kit_is_placed_and_cancelled_whole(kits: Town) -> None:
    token, _ = await ask(kits, Wish("gift", 2), Wish("tea", 1))
    order_id = await kits.take(token)
    lines = (await kits.whole(order_id)).lines
    of_kit = [line for line in lines if line.kit_no is not None]
    alone = next(line for line in lines if line.kit_no is None)
    assert {line.kit_sku for line in of_kit} == {"gift"}
    with pytest.raises(KitApart):
        await kits.cancel(order_id, {of_kit[0].line_no: 1})
    with pytest.raises(KitApart):
        await kits.cancel(order_id, {line.line_no: 1 for line in of_kit} | {of_kit[-1].line_no: 2})
    await kits.cancel(order_id, {alone.line_no: 1})
    one = {line.line_no: line.units // 2 for line in of_kit}
    cut = await kits.cancel(order_id, one)
    assert cut.amount_minor == 15_001
    assert sum((line.units - line.cancelled_units) * line.unit_price_minor
               for line in (await kits.whole(order_id)).lines) == 15_001  # fmt: skip


async def test_the_seller_who_has_all_parts_sells_the_kit(kits: Town) -> None:
    """Stem asks less for the gift, and has no tea for it."""
    await bring(kits.pool, "offers", [offer("gift", "stem", 9_000)])
    assert {line.seller_id for line in (await ask(kits, Wish("gift", 1)))[1].lines} == {"leaf"}
    await bring(kits.pool, "stock", [{"node_id": "icheon", "sku": "tea", "owner_id": "stem", "on_hand": 1}])
    _, way = await ask(kits, Wish("gift", 1))
    assert ({line.seller_id for line in way.lines}, way.price.goods_minor) == ({"stem"}, 9_000)


async def test_a_kit_that_nobody_offers_is_not_for_sale(kits: Town) -> None:
    await bring(kits.pool, "kits", [part("bag", "tea", 1)])
    with pytest.raises(NotForSale):
        await ask(kits, Wish("bag", 1))
    with pytest.raises(NotForSale):
        await ask(kits, Wish("gift", 1, "mart"))


async def test_absurd_kits_are_refused(kits: Town) -> None:
    await bring(kits.pool, "kits", [part("gift", "cup", 9_999)])
    with pytest.raises(BadQuantity):
        await ask(kits, Wish("gift", 2))
    rows = ROWS["skus"][0]
    many = [f"part-{number}" for number in range(101)]
    await bring(kits.pool, "skus", [{**rows, "sku": code} for code in many])
    await bring(kits.pool, "kits", [part("tower", code, 1) for code in many])
    await bring(kits.pool, "offers", [offer("tower", "leaf", 10_000)])
    with pytest.raises(BasketSize):
        await ask(kits, Wish("tower", 1))


async def test_a_part_that_nobody_offers_alone_comes_from_elsewhere_when_it_is_not_there(kits: Town) -> None:
    """A bag has no price of its own: the kit's price is shared by units, and another centre may still send it."""
    await bring(kits.pool, "kits", [part("tower", "tea", 1), part("tower", "bag", 1)])
    await bring(kits.pool, "offers", [offer("tower", "leaf", 9_999)])
    shelf = {"sku": "bag", "owner_id": "leaf", "on_hand": 5}
    await bring(kits.pool, "stock", [{**shelf, "node_id": node} for node in ("icheon", "gimhae")])
    token, way = await ask(kits, Wish("tower", 1))
    assert sorted(line.unit_price_minor for line in way.lines) == [4_999, 5_000]
    order_id = await kits.take(token)
    await kits.react()
    await kits.until(kits.clock.now() + timedelta(seconds=TERMS.release_after_s))
    [before] = await kits.live(order_id)
    await kits.until(EVENING)
    await kits.pick(before, tea=1, bag=0)
    assert {parcel.node_id for parcel in await kits.live(order_id)} == {"icheon", "gimhae"}
    assert (await kits.whole(order_id)).order.cancelled_minor == 0


async def test_no_kit_lies_in_a_kit(kits: Town) -> None:
    said = await bring(
        kits.pool,
        "kits",
        [part("bag", "gift", 1), part("tea", "ice", 1), part("jam", "jam", 1), part("tower", "ice", 1)],
    )
    assert [text.partition(" (")[0] for text in said] == [
        "sku: gift is a kit; name its parts instead",
        "kit_sku: tea is part of another kit",
        "sku: a kit is no part of itself",
    ]


async def test_bringing_kits_in_twice_changes_nothing_and_zero_takes_a_part_out(kits: Town) -> None:
    rows = pl.DataFrame([part("gift", "tea", 1), part("gift", "cup", 2)])
    assert (await load(kits.pool, "kits", rows, AT)).loaded == 0
    assert (await load(kits.pool, "kits", pl.DataFrame([part("gift", "cup", 0)]), AT)).loaded == 1
    assert (await load(kits.pool, "kits", pl.DataFrame([part("gift", "cup", 0)]), AT)).loaded == 0
    async with kits.pool.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM catalogue.kit_part") == 1


async def test_two_lines_of_one_part_do_not_both_take_the_last_unit(kits: Town) -> None:
    """A part whose price makes two lines: one tea is left, and the pair needs two."""
    await bring(kits.pool, "kits", [part("bag", "tea", 2)])
    await bring(kits.pool, "offers", [offer("bag", "leaf", 20_001)])
    await bring(
        kits.pool,
        "stock",
        [
            {"node_id": node, "sku": "tea", "owner_id": "leaf", "on_hand": int(node == "icheon")}
            for node in ("icheon", "gimhae", "haeundae")
        ],
    )
    with pytest.raises(NoWay):
        await ask(kits, Wish("bag", 1))
