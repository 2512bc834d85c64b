"""Imports of what a shop shows: categories, what is told of products, contents for unit prices, and of sellers."""

from typing import Final

import polars as pl

from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.partners import commands as partners

from ..cells import code, matching, one_of, several, text, whole
from .goods import PICTURE, PRODUCT, SKU
from .kind import Column, Kind, Rule, plain
from .people import PARTNER

_LONG: Final = 2000
_AMOUNT: Final = 1_000_000_000

CATEGORIES: Final = Kind(
    "categories",
    "what people call a category; goods of a category that is not named here are filed under its bare path",
    (
        Column(
            "category", matching(r"^[^/\x00-\x1f]+(/[^/\x00-\x1f]+)*$", "a path like fresh/fruit"),
            "its path, as products name it; what stands before a slash holds what comes after", "의류/티셔츠",
        ),
        Column("name_ko", text(), "name in Korean", "티셔츠"),
        Column("name_en", text(), "name in English", "T-shirts"),
        Column("picture", PICTURE, "the name of its picture", "t-shirt", need=False),
        Column("place", whole(0, 9_999), "among those beside it, ascending", "10", need=False, default="0"),
    ),
    key=("category",),
    put=plain(catalogue.load_categories),
)  # fmt: skip

PRODUCT_TEXTS: Final = Kind(
    "product-texts",
    "what is told of a product on its own page",
    (
        Column("product_id", code(), "which product", "tee-101", refers=PRODUCT),
        Column("description_ko", text(_LONG), "in Korean", "부드러운 순면입니다.", need=False, default=""),
        Column("description_en", text(_LONG), "in English", "Soft pure cotton.", need=False, default=""),
        Column(
            "notice_ko", several(text(400)),
            "product information notice (상품정보제공고시), each item as 'what: how it is'",
            "소재: 면 100%|제조국: 대한민국", need=False, default="",
        ),
        Column(
            "notice_en", several(text(400)), "the same items in English",
            "Material: cotton 100 %|Made in: Korea", need=False, default="",
        ),
    ),
    key=("product_id",),
    put=plain(catalogue.load_texts),
)  # fmt: skip

CONTENTS: Final = Kind(
    "contents",
    "how much is in one unit of a SKU, for its unit price; goods without one have no row",
    (
        Column("sku", code(), "of what", "tee-101-m-white", refers=SKU),
        Column("amount", whole(1, _AMOUNT), "how much is in one unit", "3"),
        Column("unit", one_of("g", "ml", "m", "sheet", "each"), "of the amount", "each"),
        Column("per", whole(1, 1_000_000), "the price is told for so much", "1"),
    ),
    key=("sku",),
    put=plain(catalogue.load_contents),
)


def _company(name: str, meaning: str, example: str, most: int = 200, *, need: bool = True) -> Column:
    return Column(name, text(most), meaning, example, need=need)


_REPORTED: Final = ("mail_order_no", "mail_order_authority_ko", "mail_order_authority_en")
DISCLOSURES: Final = Kind(
    "disclosures",
    "what a shop must tell of a seller, and of itself (전자상거래법 제10조, 제13조)",
    (
        Column("partner_id", code(), "of whom", "hanbit", refers=PARTNER),
        _company("trade_name_ko", "trade name in Korean (상호)", "주식회사 한빛"),
        _company("trade_name_en", "trade name in English", "Hanbit Co., Ltd."),
        _company("representative_ko", "representative in Korean (대표자)", "대표이사"),
        _company("representative_en", "representative in English", "The managing director"),
        _company("address_ko", "place of business in Korean (사업장 소재지)", "서울특별시 …"),
        _company("address_en", "place of business in English", "Seoul …"),
        _company("phone", "for shoppers", "1500-0000", 40),
        _company("email", "for shoppers", "help@example.com"),
        _company("business_no", "business registration number (사업자등록번호)", "000-00-00000", 40),
        _company(
            "mail_order_no",
            "mail-order report number (통신판매업 신고번호); empty: none is needed",
            "2026-서울-0000",
            need=False,
        ),
        _company("mail_order_authority_ko", "to whom it was reported", "서울특별시", need=False),
        _company("mail_order_authority_en", "the same in English", "Seoul", need=False),
        _company("privacy_officer_ko", "privacy officer in Korean (개인정보 보호책임자)", "정보보호팀장", need=False),
        _company("privacy_officer_en", "privacy officer in English", "Head of data protection", need=False),
    ),
    key=("partner_id",),
    put=plain(partners.load_disclosures),
    rules=(
        Rule(
            "mail_order_no",
            "give the mail-order number and its authority in both languages, or none of the three",
            pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int8) for name in _REPORTED).is_in([1, 2]),
        ),
    ),
)
