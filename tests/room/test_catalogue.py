"""The catalogue: one SKU however many sell it, offers that count at an instant, barcodes however they are scanned."""

from datetime import UTC, datetime, timedelta

import pytest

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.errors import BarcodeUnknown, GtinWrong, SkuUnknown
from sangdan.offer.catalogue.model import gtin_forms
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Partner

from .copy_rows import csv

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def a_sku(sku: str, *, options: str = '"{M,white}"', gtin: str = "", product: str = "tee") -> str:
    return f"{sku},{product},{gtin},티셔츠,T-shirt,{options},180,300,250,20,ambient,standard,610910,KR,0,false"


async def a_shop(conn: Conn) -> None:
    """A product with two SKUs and two sellers."""
    for partner_id in ("daesang", "global"):
        await partners.save_partner(conn, Partner(partner_id, "seller", "판매자", "Seller"))
    await catalogue.load_products(conn, csv('tee,의류,티셔츠,T-shirt,,"{size,colour}",'))
    await catalogue.load_skus(conn, csv(a_sku("tee-m", gtin="0036000291452"), a_sku("tee-l", options='"{L,white}"')))


async def test_skus_come_in_the_order_asked_for(conn: Conn) -> None:
    await a_shop(conn)
    found = await catalogue.skus(conn, ["tee-m", "tee-l", "tee-m"])
    assert list(found) == ["tee-m", "tee-l"]
    assert (found["tee-l"].options, found["tee-l"].weight_g, found["tee-l"].gtin) == (["L", "white"], 180, None)


async def test_unknown_skus_are_all_named(conn: Conn) -> None:
    await a_shop(conn)
    with pytest.raises(SkuUnknown, match="nope, neither") as told:
        await catalogue.skus(conn, ["tee-m", "nope", "neither", "nope"])
    assert told.value.facts["skus"] == ["nope", "neither"]


async def test_only_offers_that_count_now(conn: Conn) -> None:
    await a_shop(conn)
    await catalogue.load_offers(
        conn,
        csv(
            "tee-m,daesang,2026-11-01T00:00:00Z,2026-11-21T09:00:00Z,KRW,9900",  # ends at this very instant
            "tee-m,daesang,2026-11-10T00:00:00Z,,KRW,12900",
            "tee-m,daesang,2026-11-20T00:00:00Z,2026-11-22T00:00:00Z,KRW,10900",  # a sale, on top of the price before
            "tee-m,global,2026-11-21T09:00:00Z,,USD,1200",  # begins at this very instant
            "tee-m,global,2026-12-01T00:00:00Z,,USD,1100",
            "tee-l,daesang,2026-11-01T00:00:00Z,,KRW,13900",
        ),
    )
    now = await catalogue.offers_for(conn, ["tee-l", "tee-m"], AT)
    assert [(offer.sku, offer.seller_id, offer.price_minor) for offer in now] == [
        ("tee-l", "daesang", 13900), ("tee-m", "daesang", 10900), ("tee-m", "global", 1200),
    ]  # fmt: skip
    later = await catalogue.offers_for(conn, ["tee-m"], AT + timedelta(days=1))
    assert [(offer.seller_id, offer.price_minor) for offer in later] == [("daesang", 12900), ("global", 1200)]
    assert await catalogue.offers_for(conn, ["tee-m"], AT - timedelta(days=365)) == []


async def test_a_barcode_is_found_however_it_is_scanned(conn: Conn) -> None:
    """12 digits on an American shelf, 13 in the catalogue, 14 on the carton."""
    await a_shop(conn)
    for scanned in ("036000291452", "0036000291452", "00036000291452"):
        assert (await catalogue.by_gtin(conn, scanned)).sku == "tee-m"
    with pytest.raises(BarcodeUnknown, match="4006381333931"):
        await catalogue.by_gtin(conn, "4006381333931")
    with pytest.raises(GtinWrong, match="mistyped"):
        await catalogue.by_gtin(conn, "036000291453")


def test_gtin_forms_are_one_number() -> None:
    assert gtin_forms("96385074") == ["96385074", "000096385074", "0000096385074", "00000096385074"]


async def test_options_must_match_the_product(conn: Conn) -> None:
    await a_shop(conn)
    loaded = await catalogue.load_skus(conn, csv(a_sku("tee-s", options="{S}"), a_sku("tee-xl")))
    assert loaded.changed == 1
    assert [(each.line, each.reason) for each in loaded.refused] == [
        (2, "options: 1 values, but product tee has 2 option names")
    ]
    narrower = await catalogue.load_products(conn, csv("tee,의류,티셔츠,T-shirt,,{size},"))
    assert (narrower.changed, len(narrower.refused)) == (0, 1)


async def test_a_barcode_belongs_to_one_sku(conn: Conn) -> None:
    await a_shop(conn)
    loaded = await catalogue.load_skus(conn, csv(a_sku("tee-s", gtin="0036000291452"), a_sku("tee-m")))
    assert [each.reason for each in loaded.refused] == ["gtin: 0036000291452 belongs to SKU tee-m"]
    assert (await catalogue.skus(conn, ["tee-m"]))["tee-m"].gtin is None


async def test_loading_again_changes_nothing(conn: Conn) -> None:
    await a_shop(conn)
    again = await catalogue.load_skus(conn, csv(a_sku("tee-m", gtin="0036000291452"), a_sku("tee-l")))
    assert again.changed == 1  # tee-l is white M now
    again = await catalogue.load_skus(conn, csv(a_sku("tee-m", gtin="0036000291452"), a_sku("tee-l")))
    assert again.changed == 0
