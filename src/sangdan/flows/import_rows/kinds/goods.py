"""Imports of what is sold and where it lies: products, SKUs, offers, stock, inbound supply."""

from datetime import datetime
from typing import Final

import polars as pl

from sangdan.kit.bulk import Loaded
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import MAX_UNITS

from ..cells import code, currency, flag, gtin, instant, matching, one_of, several, text, whole
from .kind import Column, Kind, Reference, Rule, ends_after_it_begins, plain
from .people import PARTNER
from .places import NODE, TEMPERATURES


def _given(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()


async def _put_rules(conn: Conn, rows: bytes, at: datetime, reference: str) -> Loaded:
    return await stock.load_rules(conn, rows, at)


PRODUCT: Final = Reference("product", "products", catalogue.known_products)
SKU: Final = Reference("SKU", "skus", catalogue.known_skus)
LONGEST_MM: Final = 100_000
PICTURE: Final = matching("^[a-z0-9][a-z0-9-]{0,63}$", "the name of a picture: small letters, digits and hyphens")

PRODUCTS: Final = Kind(
    "products",
    "what shoppers compare, whoever sells it",
    (
        Column("product_id", code(), "its id", "tee-101"),
        Column("category", text(), "where it is filed", "의류/티셔츠"),
        Column("name_ko", text(), "name in Korean", "순면 반팔 티셔츠"),
        Column("name_en", text(), "name in English", "Cotton T-shirt"),
        Column("brand", text(), "its brand", "무명", need=False),
        Column("options", several(text(60)), "names of what shoppers choose", "size|colour", need=False, default=""),
        Column("picture", PICTURE, "the name of its picture", "t-shirt", need=False),
    ),
    key=("product_id",),
    put=plain(catalogue.load_products),
)

SKUS: Final = Kind(
    "skus",
    "one sellable combination of a product's options",
    (
        Column("sku", code(), "its code", "tee-101-m-white"),
        Column("product_id", code(), "the product it belongs to", "tee-101", refers=PRODUCT),
        Column("gtin", gtin(), "its barcode number", "8801234567893", need=False),
        Column("name_ko", text(), "name in Korean", "순면 반팔 티셔츠 M 흰색"),
        Column("name_en", text(), "name in English", "Cotton T-shirt M white"),
        Column(
            "options",
            several(text(60)),
            "a value for each option name of the product, in that order",
            "M|white",
            need=False,
            default="",
        ),
        Column("weight_g", whole(1, 100_000_000), "grams, packed for sale", "180"),
        Column("length_mm", whole(1, LONGEST_MM), "longest side, millimetres", "300"),
        Column("width_mm", whole(1, LONGEST_MM), "millimetres", "250"),
        Column("height_mm", whole(1, LONGEST_MM), "millimetres", "20"),
        Column("temperature", one_of(*TEMPERATURES), "how it must be kept", "ambient"),
        Column("vat_class", one_of("standard", "exempt", "zero"), "value-added tax", "standard"),
        Column(
            "hs_code", matching("^[0-9]{6,10}$", "an HS code of 6 to 10 digits"), "customs tariff", "610910", need=False
        ),
        Column("origin", matching("^[A-Z]{2}$", "a country code like KR"), "country of origin", "KR", need=False),
        Column("age_limit", whole(0, 99), "years a buyer must have; 0: none", "0", need=False, default="0"),
        Column("pickup_only", flag(), "handed over in person only, like alcohol", "false", need=False, default="false"),
    ),
    key=("sku",),
    put=plain(catalogue.load_skus),
    unique=(("gtin",),),
)

KITS: Final = Kind(
    "kits",
    "a part of a kit: the kit is a SKU with offers, sold from what its parts have on the shelves",
    (
        Column("kit_sku", code(), "the kit", "gift-tee", refers=SKU),
        Column("sku", code(), "what is in it", "tee-101-m-white", refers=SKU),
        Column("units", whole(0, 9_999), "how many in one kit; 0: no part of it any more", "2"),
    ),
    key=("kit_sku", "sku"),
    put=plain(catalogue.load_kits),
)

OFFERS: Final = Kind(
    "offers",
    "an ally's price for a SKU while it is valid",
    (
        Column("sku", code(), "what is offered", "tee-101-m-white", refers=SKU),
        Column("seller_id", code(), "the ally that sells", "hanbit", refers=PARTNER),
        Column("valid_from", instant(), "from when", "2026-11-01T00:00:00+09:00"),
        Column(
            "valid_to", instant(), "until before when; empty: further notice", "2026-12-01T00:00:00+09:00", need=False
        ),
        Column("currency", currency(), "of the price", "KRW"),
        Column("price_minor", whole(), "of one unit, tax included, in minor units", "12900"),
    ),
    key=("sku", "seller_id", "valid_from"),
    put=plain(catalogue.load_offers),
    rules=(ends_after_it_begins(),),
)

STOCK: Final = Kind(
    "stock",
    "a count: how many units of a SKU an ally owns on a node; the difference to before becomes a movement",
    (
        Column("node_id", code(), "where", "seoul-1", refers=NODE),
        Column("sku", code(), "what", "tee-101-m-white", refers=SKU),
        Column("owner_id", code(), "whose", "hanbit", refers=PARTNER),
        Column("on_hand", whole(0, MAX_UNITS), "units counted on the shelf, reserved ones included", "120"),
        Column("safety", whole(0, MAX_UNITS), "units never promised; empty: as before, 0 at first", "2", need=False),
    ),
    key=("node_id", "sku", "owner_id"),
    put=stock.count,
)

STOCK_RULES: Final = Kind(
    "stock-rules",
    "what is kept back of the stock: safety units, or how much of it an ally's shops may take",
    (
        Column("rule_id", code(), "its id", "tee-for-hanbit"),
        Column("node_id", code(), "only there", "seoul-1", need=False, refers=NODE),
        Column("sku", code(), "only this", "tee-101-m-white", need=False, refers=SKU),
        Column("category", text(), "only products filed there, or below it: 의류 holds 의류/티셔츠", "", need=False),
        Column("owner_id", code(), "only this ally's goods", "hanbit", need=False, refers=PARTNER),
        Column("shop_id", code(), "whose shops have a share; empty for safety", "hanbit", need=False, refers=PARTNER),
        Column("safety", whole(0, MAX_UNITS), "units that are never promised", "", need=False),
        Column("share_ppm", whole(0, 1_000_000), "what the shops may take, in parts per million", "300000", need=False),
        Column("units_max", whole(0, MAX_UNITS), "what the shops may take, in units", "", need=False),
    ),
    key=("rule_id",),
    put=_put_rules,
    rules=(
        Rule("category", "give a sku or a category, not both", _given("sku") & _given("category")),
        Rule(
            "shop_id",
            "give a shop_id and what its shops may take (share_ppm or units_max), or no shop_id and safety",
            _given("shop_id") == _given("safety"),
        ),
        Rule(
            "safety",
            "give exactly one of safety, share_ppm and units_max",
            _given("safety").cast(pl.Int8) + _given("share_ppm").cast(pl.Int8) + _given("units_max").cast(pl.Int8) != 1,
        ),
    ),
    notes=(
        "Of the rules that fit a cell the most particular one counts: a SKU, else the longest category, before a node, "
        "before an owner.",
        "More in docs/stock-rules.md; `sangdan stock withdraw RULE` takes one away.",
    ),
)

INBOUND: Final = Kind(
    "inbound",
    "supply that will arrive on a date and can be promised before",
    (
        Column("node_id", code(), "where it arrives", "seoul-1", refers=NODE),
        Column("inbound_id", code(), "its id on that node", "asn-20261124-7"),
        Column("sku", code(), "what", "tee-101-m-white", refers=SKU),
        Column("owner_id", code(), "whose", "hanbit", refers=PARTNER),
        Column("units", whole(1, MAX_UNITS), "how many", "500"),
        Column("due_at", instant(), "when it will be on the shelf", "2026-11-24T14:00:00+09:00"),
        Column(
            "preorder_max",
            whole(0, MAX_UNITS),
            "how many of them are promised before they are there; empty: all",
            "300",
            need=False,
        ),
    ),
    key=("node_id", "inbound_id"),
    put=plain(stock.expect),
)
