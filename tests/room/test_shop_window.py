"""Cards say of one unit what the promise says, from the picture as from the database, for goods of every kind."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from sangdan.flows import quote_promise
from sangdan.flows.import_rows import load
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.flows.shop_window import Card, Looker, cards, goods_page
from sangdan.kit.db import Conn, Pool, run
from sangdan.offer.catalogue.model import UnitPrice
from sangdan.offer.network.errors import PostcodeUnknown
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Service, Way
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.ports import Transit

from .alliance_town import Town
from .test_picture import followed, until
from .test_twin_load import a_world

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
GANGNAM, JEJU = "06001", "63004"
SHOP = "market"


@pytest.fixture
async def demo(db: Pool) -> Pool:
    """The goods and shelves of a small demo world."""
    for name, table in a_world().tables.items():
        if name not in ("members", "people"):
            await load(db, name, table, datetime(2026, 11, 22, 15, tzinfo=UTC))
    return db


async def seen(conn: Conn, postcode: str, product_ids: list[str], shelves: Shelves | None = None) -> list[Card]:
    network = await network_of(conn)
    looker = Looker(SHOP, network.zone_of(postcode), AT)
    return await cards(conn, network, looker, product_ids, shelves)


async def promised(conn: Conn, postcode: str, sku: str) -> list[Way]:
    """What the promise offers of one unit to somebody old enough."""
    basket = Basket(wishes=(Wish(sku, 1),), postcode=postcode, birth_year=1980, shop_id=SHOP)
    try:
        return list((await quote_promise.ask(conn, await network_of(conn), basket, AT))[1].ways)
    except NoWay:
        return []


@pytest.mark.parametrize("postcode", [GANGNAM, JEJU])
async def test_a_card_offers_what_the_promise_offers(demo: Pool, postcode: str) -> None:
    async with demo.transaction() as conn:
        product_ids = [f"p{number:06d}" for number in range(1, 300, 9)]
        for card in await seen(conn, postcode, product_ids):
            ways = await promised(conn, postcode, card.sku)
            if card.state == "coming":
                continue  # the promise knows when supply comes, a list does not
            assert {way.service for way in card.ways} == {way.service for way in ways}, card
            for mine in card.ways:
                told = [(way.promised_at, way.price.total_minor, way.node_id) for way in ways
                        if way.service == mine.service]  # fmt: skip
                at_store = mine.node_id if mine.service == "pickup" else told[0][2]
                assert (mine.promised_at, mine.total_minor, at_store) in told, card


class Slow(Transit):
    """Every parcel takes a day longer than its lane says."""

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        return [each + 86_400 for each in trip.configured_s]


async def test_what_was_learned_of_transit_times_moves_the_dates(demo: Pool) -> None:
    slow, later = Slow(), 0
    async with demo.transaction() as conn:
        network = await network_of(conn)
        looker = Looker(SHOP, network.zone_of(GANGNAM), AT)
        for card in await cards(conn, network, looker, [f"p{number:06d}" for number in range(1, 90, 9)], transit=slow):
            basket = Basket(wishes=(Wish(card.sku, 1),), postcode=GANGNAM, birth_year=1980, shop_id=SHOP)
            try:
                ways = (await quote_promise.ask(conn, network, basket, AT, transit=slow))[1].ways
            except NoWay:
                continue
            told = {(way.service, way.promised_at) for way in ways}
            brought = {(way.service, way.promised_at) for way in card.ways if way.service != "pickup"}
            assert brought <= told, card
            later += len(brought)
    assert later


async def test_the_picture_shows_what_the_database_shows(demo: Pool, empty_url: str, tmp_path: Path) -> None:
    async with demo.connection() as conn:
        url = f"{conn.info.dsn} password=" if not conn.info.password else conn.info.dsn
        product_ids = [f"p{number:06d}" for number in range(1, 120)]
        shelves = await Shelves.open(conn, tmp_path)
        async with followed(url, tmp_path):

            async def is_there() -> bool:
                return shelves.sweep([]) is not None

            await until(is_there)
            assert await seen(conn, GANGNAM, product_ids, shelves) == await seen(conn, GANGNAM, product_ids)


async def test_cards_come_in_the_order_asked_for_and_what_vanished_is_left_out(demo: Pool) -> None:
    async with demo.transaction() as conn:
        found = await seen(conn, GANGNAM, ["p000007", "no-such", "p000002"])
        assert [card.product_id for card in found] == ["p000007", "p000002"]
        with pytest.raises(PostcodeUnknown):
            await seen(conn, "99999", ["p000007"])


async def test_pages_of_a_category_hold_every_product_once(demo: Pool) -> None:
    async with demo.transaction() as conn:
        network = await network_of(conn)
        looker = Looker(SHOP, None, AT)
        found, skip = list[str](), 0
        while skip is not None:
            page, skip = await goods_page(conn, network, looker, "fresh", skip=skip, limit=7)
            found += [card.product_id for card in page]
            assert all(card.category.startswith("fresh/") and not card.ways for card in page)
        wanted = a_world().tables["products"].filter(pl.col("category").str.starts_with("fresh/"))
        assert sorted(found) == sorted(wanted["product_id"].to_list())


async def test_the_last_units_are_counted_and_gone_is_gone(town: Town) -> None:
    async with town.pool.transaction() as conn:
        [card] = await _things(conn)
        assert (card.sku, card.price_minor, card.skus) == ("ice", 3000, 4)
        assert (card.state, card.left) == ("few", 5)
        await run(conn, "UPDATE stock.balance SET on_hand = 0")
        [card] = await _things(conn)
        assert (card.state, card.left, card.ways) == ("sold_out", None, ())
        assert card.price_minor == 3000


async def test_a_shop_sees_its_share_alone(town: Town) -> None:
    share = {"rule_id": "ours", "sku": "ice", "shop_id": "market", "units_max": 2}
    await load(town.pool, "stock-rules", pl.DataFrame([share]), AT)
    async with town.pool.transaction() as conn:
        [card] = await _things(conn)
        assert (card.sku, card.left) == ("ice", 2)


async def test_a_kit_is_there_as_often_as_its_parts_are(town: Town) -> None:
    kit = {"sku": "set", "product_id": "sets", "name_ko": "세트", "name_en": "Set", "weight_g": 900, "length_mm": 100,
           "width_mm": 100, "height_mm": 100, "temperature": "ambient", "vat_class": "standard"}  # fmt: skip
    offer = {"sku": "set", "seller_id": "leaf", "valid_from": "2026-01-01T00:00:00+09:00", "currency": "KRW",
             "price_minor": 17_000}  # fmt: skip
    product = {"product_id": "sets", "category": "things", "name_ko": "세트", "name_en": "Sets"}
    for kind, row in (
        ("products", product), ("skus", kit), ("offers", offer),
        ("kits", {"kit_sku": "set", "sku": "tea", "units": 4}),
        ("contents", {"sku": "set", "amount": 400, "unit": "g", "per": 100}),
    ):  # fmt: skip
        report = await load(town.pool, kind, pl.DataFrame([row]), AT)
        assert not report.rejected, report.rejects
    async with town.pool.transaction() as conn:
        [card] = await _things(conn, "sets")
        assert (card.state, card.left) == ("few", 2 + 1)  # 10 // 4 in Icheon, 6 // 4 in Gimhae
        assert card.unit_price == UnitPrice(4250, 100, "g")
        assert {way.service for way in card.ways} == {"next_day", "standard"}


async def _things(conn: Conn, product_id: str = "things") -> list[Card]:
    network = await network_of(conn)
    return await cards(conn, network, Looker("market", network.zone_of("06236"), AT), [product_id])
