"""Imports of whom we deal with and at what rates: partners, contracts, members, people, exchange rates."""

from datetime import datetime
from typing import Final

import polars as pl

from sangdan.kit import rates
from sangdan.kit.bulk import LINE, Loaded
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.offer.partners import commands as partners
from sangdan.order.orders import commands as orders
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import Details

from ..cells import MOST, code, currency, day, instant, one_of, postcode, text, whole
from .kind import Column, Kind, Reference, Rule, ends_after_it_begins, plain

PPM: Final = 1_000_000
BEARERS: Final = ("shopper", "seller", "carrier", "logistics", "marketplace")

PARTNER: Final = Reference("partner", "partners", partners.known_partners)


def _ppm(name: str, meaning: str, example: str, default: str) -> Column:
    return Column(name, whole(0, PPM), f"{meaning}, in parts per million", example, need=False, default=default)


PARTNERS: Final = Kind(
    "partners",
    "an ally, of whatever kind",
    (
        Column("partner_id", code(), "its id", "hanbit"),
        Column(
            "kind",
            one_of("marketplace", "seller", "logistics", "retailer", "carrier", "telco", "overseas"),
            "what it brings",
            "logistics",
        ),
        Column("name_ko", text(), "name in Korean", "한빛물류"),
        Column("name_en", text(), "name in English", "Hanbit Logistics"),
    ),
    key=("partner_id",),
    put=plain(partners.load_partners),
)

CONTRACTS: Final = Kind(
    "contracts",
    "what was agreed with an ally, from a date on",
    (
        Column("partner_id", code(), "with whom", "hanbit", refers=PARTNER),
        Column("valid_from", day(), "first day", "2026-01-01"),
        Column("valid_to", day(), "first day on which it is over; empty: further notice", "2027-01-01", need=False),
        Column("currency", currency(), "of the fees", "KRW"),
        _ppm("commission_ppm", "commission it pays on goods sold", "110000", "0"),
        _ppm("gateway_fee_ppm", "payment gateway's fee on what it collects", "25000", "0"),
        Column(
            "unit_fee_minor", whole(), "it is paid for each unit picked, in minor units", "300", need=False, default="0"
        ),
        Column(
            "parcel_fee_minor",
            whole(),
            "it is paid for each parcel packed, in minor units",
            "900",
            need=False,
            default="0",
        ),
        _ppm("vat_ppm", "value-added tax on fees", "100000", "100000"),
        Column("settlement_cycle", one_of("daily", "weekly", "monthly"), "how often it is settled", "weekly"),
        Column("settlement_days", whole(0, 90), "days from a cycle's end to payment", "3", need=False, default="1"),
        Column(
            "return_mind_bearer",
            one_of(*BEARERS),
            "who bears a return by change of mind",
            "shopper",
            need=False,
            default="shopper",
        ),
        Column(
            "return_defect_bearer",
            one_of(*BEARERS),
            "who bears a return of faulty goods",
            "seller",
            need=False,
            default="seller",
        ),
    ),
    key=("partner_id", "valid_from"),
    put=plain(partners.load_contracts),
    rules=(ends_after_it_begins(),),
)

MEMBERS: Final = Kind(
    "members",
    "a shopper of the alliance; no names or addresses",
    (
        Column("member_id", code(), "its id", "m-000123"),
        Column("locale", one_of("ko", "en"), "language", "ko", need=False, default="ko"),
        Column("birth_year", whole(1900, 2100), "year of birth, for age limits", "1991", need=False),
        Column("postcode", postcode(), "where parcels usually go", "04524", need=False),
        Column("joined_on", day(), "first day", "2024-05-01", need=False),
    ),
    key=("member_id",),
    put=plain(orders.load_members),
)


async def _seal_people(conn: Conn, vault: Vault, rows: pl.DataFrame, at: datetime, reference: str) -> Loaded:
    told = [
        shoppers.Told(
            row[LINE],
            row["shop_id"],
            row["shopper_id"],
            Details(row["name"], row["phone"], row["email"], row["address"], row["postcode"], row["locale"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    return await shoppers.put_many(conn, vault, told, reference, at, Ids())


PEOPLE: Final = Kind(
    "people",
    "a shopper's name and how to reach them, as one shop knows them; kept encrypted",
    (
        Column("shop_id", code(), "the ally whose shop it is", "hanbit", refers=PARTNER),
        Column("shopper_id", code(), "the shopper's id in that shop, a member's or another", "m-000123"),
        Column("name", text(100), "full name", "홍길동"),
        Column("phone", text(40), "phone number, Korean or with a leading +", "010-0000-1234", need=False),
        Column("email", text(254), "e-mail address", "gildong@example.com", need=False),
        Column(
            "address", text(200), "address on one line, from the province down", "서울 중구 세종대로 110", need=False
        ),
        Column("postcode", postcode(), "of that address", "04524", need=False),
        Column("locale", one_of("ko", "en"), "language", "ko", need=False, default="ko"),
    ),
    key=("shop_id", "shopper_id"),
    seal=_seal_people,
    notes=(
        "rejected rows are written to the file of rejects as they came: delete it when it is mended",
        "somebody who was erased is rejected: whoever comes back gets a new id",
    ),
)

RATES: Final = Kind(
    "rates",
    "an exchange rate from an instant on; never changed, since orders refer to it",
    (
        Column("source", currency(), "currency that is exchanged", "USD"),
        Column("target", currency(), "currency that it buys", "KRW"),
        Column(
            "rate_ppm", whole(1, MOST), "millionths of a unit of the target for one unit of the source", "1391500000"
        ),
        Column("valid_from", instant(), "from when", "2026-11-20T09:00:00+09:00"),
    ),
    key=("source", "target", "valid_from"),
    put=plain(rates.load),
    rules=(Rule("target", "source and target must differ", pl.col("source") == pl.col("target")),),
)
