"""The allies of the demo world and what was agreed with each. Every name is invented."""

from datetime import date
from typing import Final

import polars as pl

SHOP: Final = "market"
LOGISTICS: Final = "neoul"
RETAILER: Final = "haedeun"
OVERSEAS: Final = "norvale"
PARCEL_CARRIER: Final = "marugil"
SWIFT_CARRIER: Final = "saebyeokbit"

# partner_id, kind, Korean name, English name
_PARTNERS: Final = (
    (SHOP, "marketplace", "가온길장터", "Gaongil Market"),
    ("deulbit", "seller", "들빛찬 식품", "Deulbitchan Foods"),
    ("salimdoran", "seller", "살림도란", "Salimdoran Living"),
    ("oneulgyeol", "seller", "오늘결 스타일", "Oneulgyeol Style"),
    ("voltnaru", "seller", "볼트나루 디지털", "Volt Naru Digital"),
    (OVERSEAS, "overseas", "노르베일 다이렉트", "Norvale Direct"),
    (LOGISTICS, "logistics", "너울온로지스", "Neoulon Logis"),
    (RETAILER, "retailer", "해든나루마트", "Haedeun Naru Mart"),
    (PARCEL_CARRIER, "carrier", "마루길택배", "Marugil Parcel"),
    (SWIFT_CARRIER, "carrier", "새벽빛배송", "Saebyeokbit Delivery"),
    ("sorigyeol", "telco", "소리결텔레콤", "Sorigyeol Telecom"),
)

# Who sells a department's goods in the marketplace; the retailer and the overseas ally sell beside them.
SELLERS: Final = {
    "fresh": "deulbit", "chilled": "deulbit", "frozen": "deulbit", "pantry": "deulbit", "drinks": "deulbit",
    "household": "salimdoran", "kids": "salimdoran", "pets": "salimdoran", "books": "salimdoran",
    "beauty": "oneulgyeol", "fashion": "oneulgyeol", "shoes": "oneulgyeol",
    "electronics": "voltnaru", "overseas": OVERSEAS,
}  # fmt: skip

# commission, gateway fee (parts per million), unit fee, parcel fee (won), cycle, days
_TERMS: Final = {
    "marketplace": (0, 21_000, 0, 0, "weekly", 2),
    "seller": (108_000, 0, 0, 0, "weekly", 7),
    "overseas": (125_000, 0, 0, 0, "monthly", 15),
    "logistics": (0, 0, 180, 950, "weekly", 5),
    "retailer": (65_000, 0, 150, 700, "weekly", 5),
    "carrier": (0, 0, 0, 0, "weekly", 5),
    "telco": (0, 0, 0, 0, "monthly", 10),
}


def partners() -> pl.DataFrame:
    """The columns of partners.partner."""
    return pl.DataFrame(_PARTNERS, schema=["partner_id", "kind", "name_ko", "name_en"], orient="row")


# Where those who sell to shoppers have their place of business; the streets are invented, the numbers belong to nobody.
_SELLING: Final = {
    SHOP: ("서울특별시 마포구 가온길 1", "1 Gaongil, Mapo-gu, Seoul", "서울특별시 마포구", "Mapo-gu, Seoul"),
    "deulbit": ("전라남도 나주시 들빛로 12", "12 Deulbit-ro, Naju-si, Jeollanam-do", "나주시", "Naju-si"),
    "salimdoran": ("경기도 파주시 도란길 8", "8 Doran-gil, Paju-si, Gyeonggi-do", "파주시", "Paju-si"),
    "oneulgyeol": ("서울특별시 성동구 오늘로 25", "25 Oneul-ro, Seongdong-gu, Seoul", "성동구", "Seongdong-gu"),
    "voltnaru": ("경기도 성남시 볼트로 64", "64 Volt-ro, Seongnam-si, Gyeonggi-do", "성남시", "Seongnam-si"),
    OVERSEAS: ("인천광역시 중구 하늘나루로 7", "7 Haneulnaru-ro, Jung-gu, Incheon", "인천 중구", "Jung-gu, Incheon"),
    RETAILER: ("부산광역시 해운대구 해든로 100", "100 Haedeun-ro, Haeundae-gu, Busan", "해운대구", "Haeundae-gu"),
}  # fmt: skip


def disclosures() -> pl.DataFrame:
    """The columns of partners.disclosure: of each who sells. No such number is given out by any authority."""
    names = {partner_id: (name_ko, name_en) for partner_id, _, name_ko, name_en in _PARTNERS}
    rows = [
        {
            "partner_id": partner_id,
            "trade_name_ko": f"주식회사 {names[partner_id][0]}",
            "trade_name_en": f"{names[partner_id][1]} Co., Ltd.",
            "representative_ko": f"{names[partner_id][0]} 대표이사",
            "representative_en": f"The managing director of {names[partner_id][1]}",
            "address_ko": address_ko,
            "address_en": address_en,
            "phone": f"0000-{number:04d}",
            "email": f"help@{partner_id}.example",
            "business_no": f"000-00-{number:05d}",
            "mail_order_no": f"2024-{number:05d}",
            "mail_order_authority_ko": authority_ko,
            "mail_order_authority_en": authority_en,
            "privacy_officer_ko": "개인정보보호팀장",
            "privacy_officer_en": "The head of data protection",
        }
        for number, (partner_id, (address_ko, address_en, authority_ko, authority_en)) in enumerate(_SELLING.items(), 1)
    ]
    return pl.DataFrame(rows)


def contracts(start_on: date) -> pl.DataFrame:
    """The columns of partners.contract: one of each ally, in force from the first day of the year before.

    start_on  the day on which the world begins
    """
    rows = [
        {
            "partner_id": partner_id,
            "valid_from": date(start_on.year - 1, 1, 1),
            "valid_to": None,
            "currency": "KRW",
            "commission_ppm": commission,
            "gateway_fee_ppm": gateway,
            "unit_fee_minor": unit,
            "parcel_fee_minor": parcel,
            "vat_ppm": 100_000,
            "settlement_cycle": cycle,
            "settlement_days": days,
            "return_mind_bearer": "shopper",
            "return_defect_bearer": "seller",
        }
        for partner_id, kind, _, _ in _PARTNERS
        for commission, gateway, unit, parcel, cycle, days in [_TERMS[kind]]
    ]
    return pl.DataFrame(rows, schema_overrides={"valid_to": pl.Date})
