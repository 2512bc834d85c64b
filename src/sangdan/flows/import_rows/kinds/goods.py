"""Imports of what is sold and where it lies: products, SKUs, offers, stock, inbound supply."""

from typing import Final

from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import MAX_UNITS

from ..cells import code, currency, flag, gtin, instant, matching, one_of, several, text, whole
from .kind import Column, Kind, Reference, ends_after_it_begins, plain
from .people import PARTNER
from .places import NODE, TEMPERATURES

PRODUCT: Final = Reference("product", "products", catalogue.known_products)
SKU: Final = Reference("SKU", "skus", catalogue.known_skus)
LONGEST_MM: Final = 100_000

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
    ),
    key=("node_id", "inbound_id"),
    put=plain(stock.expect),
)
