"""Partners and their dated contracts: what was agreed for a date is one thing, or a clear problem."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.kit.db import Conn, Pool
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import BadContract, ContractsOverlap, NoContract, PartnerUnknown
from sangdan.offer.partners.model import Contract, Partner, contract_on, stands_clear

BEGINS = date(2026, 1, 1)
NEW_YEAR = date(2027, 1, 1)
HANJIN = Partner("hanjin", "logistics", "한진물류", "Hanjin Logistics")


def a_contract(**changes: Any) -> Contract:
    usual = Contract(
        partner_id="hanjin",
        valid_from=BEGINS,
        valid_to=None,
        currency="KRW",
        commission_ppm=0,
        gateway_fee_ppm=0,
        unit_fee_minor=300,
        parcel_fee_minor=900,
        vat_ppm=100_000,
        settlement_cycle="weekly",
        settlement_days=3,
        return_mind_bearer="shopper",
        return_defect_bearer="seller",
    )
    return replace(usual, **changes)


def csv(*contracts: tuple[Any, ...]) -> bytes:
    """Rows of line, partner, first date, last date, unit fee."""
    return "".join(
        f"{line},{partner},{since},{until or ''},KRW,0,0,{fee},900,100000,weekly,3,shopper,seller\n"
        for line, partner, since, until, fee in contracts
    ).encode()


async def test_what_was_saved_is_read_again(conn: Conn) -> None:
    await partners.save_partner(conn, HANJIN)
    await partners.save_contract(conn, a_contract(valid_to=NEW_YEAR))
    await partners.save_contract(conn, a_contract(valid_from=NEW_YEAR, unit_fee_minor=330))

    assert await partners.partners(conn, ["hanjin", "nobody"]) == [HANJIN]
    assert (await partners.contract(conn, "hanjin", date(2026, 12, 31))).unit_fee_minor == 300
    assert (await partners.contract(conn, "hanjin", NEW_YEAR)).unit_fee_minor == 330
    assert await partners.contracts(conn, "someone-else") == []


async def test_saying_it_again_changes_it_and_adds_nothing(conn: Conn) -> None:
    await partners.save_partner(conn, HANJIN)
    await partners.save_partner(conn, replace(HANJIN, name_en="Hanjin"))
    await partners.save_contract(conn, a_contract())
    await partners.save_contract(conn, a_contract(parcel_fee_minor=950, valid_to=NEW_YEAR))

    assert await partners.partners(conn, None) == [replace(HANJIN, name_en="Hanjin")]
    assert await partners.contracts(conn, None) == [a_contract(parcel_fee_minor=950, valid_to=NEW_YEAR)]


async def test_no_contract_is_a_clear_problem(conn: Conn) -> None:
    await partners.save_partner(conn, HANJIN)
    await partners.save_contract(conn, a_contract())
    with pytest.raises(NoContract, match="hanjin is valid on 2025-12-31"):
        await partners.contract(conn, "hanjin", date(2025, 12, 31))
    with pytest.raises(NoContract, match="cj"):
        await partners.contracts_on(conn, ["hanjin", "cj"], BEGINS)
    with pytest.raises(PartnerUnknown):
        await partners.save_contract(conn, a_contract(partner_id="cj"))


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2026, 6, 1), None),
        (date(2025, 6, 1), None),
        (date(2026, 12, 31), NEW_YEAR),
        (date(2025, 6, 1), date(2026, 1, 2)),
    ],
)
async def test_two_contracts_never_hold_at_once(conn: Conn, since: date, until: date | None) -> None:
    await partners.save_partner(conn, HANJIN)
    await partners.save_contract(conn, a_contract(valid_to=NEW_YEAR))
    with pytest.raises(ContractsOverlap, match="from 2026-01-01 until 2027-01-01"):
        await partners.save_contract(conn, a_contract(valid_from=since, valid_to=until))


@pytest.mark.parametrize(
    "wrong",
    [
        {"commission_ppm": 1_000_001},
        {"vat_ppm": -1},
        {"unit_fee_minor": -1},
        {"settlement_days": 91},
        {"valid_to": BEGINS},
    ],
)
async def test_terms_that_cannot_be_are_refused(conn: Conn, wrong: dict[str, Any]) -> None:
    await partners.save_partner(conn, HANJIN)
    with pytest.raises(BadContract, match=next(iter(wrong))):
        await partners.save_contract(conn, a_contract(**wrong))


async def test_of_overlapping_contracts_at_once_one_is_entered(db: Pool) -> None:
    async with db.transaction() as conn:
        await partners.save_partner(conn, HANJIN)

    async def enter(day: int) -> None:
        async with db.transaction() as conn:
            await partners.save_contract(conn, a_contract(valid_from=BEGINS + timedelta(days=day)))

    answers = await asyncio.gather(*(enter(day) for day in range(8)), return_exceptions=True)
    assert Counter(map(type, answers)) == {type(None): 1, ContractsOverlap: 7}


async def test_a_file_of_contracts_loads_what_stands_clear(conn: Conn) -> None:
    await partners.save_partner(conn, HANJIN)
    await partners.save_partner(conn, replace(HANJIN, partner_id="cj"))
    await partners.save_contract(conn, a_contract())

    rows = csv(
        (2, "hanjin", "2025-01-01", "2026-01-02", 290),
        (3, "hanjin", "2026-01-01", "2026-07-01", 310),
        (4, "hanjin", "2026-07-01", None, 320),
        (5, "hanjin", "2026-08-01", None, 330),
        (6, "cj", "2026-08-01", None, 200),
    )
    loaded = await partners.load_contracts(conn, rows)

    assert loaded.changed == 3
    assert {row.line for row in loaded.refused} == {2, 5}
    assert (await partners.load_contracts(conn, rows)).changed == 0


async def test_a_contract_that_may_not_be_shortened_still_stands_in_the_way(conn: Conn) -> None:
    """Line 3 would end in July, but line 2 grows into it; so all three meet the contract as it was."""
    await partners.save_partner(conn, HANJIN)
    await partners.save_contract(conn, a_contract(valid_from=date(2025, 1, 1), valid_to=BEGINS))
    await partners.save_contract(conn, a_contract())

    loaded = await partners.load_contracts(
        conn,
        csv(
            (2, "hanjin", "2025-01-01", "2026-02-01", 290),
            (3, "hanjin", "2026-01-01", "2026-07-01", 310),
            (4, "hanjin", "2026-07-01", None, 320),
        ),
    )

    assert {row.line for row in loaded.refused} == {2, 3, 4}
    standing = await partners.contracts(conn, "hanjin")
    assert [(each.valid_from, each.valid_to) for each in standing] == [
        (date(2025, 1, 1), BEGINS),
        (BEGINS, None),
    ]


async def test_a_file_of_partners_is_safe_to_load_twice(conn: Conn) -> None:
    rows = "2,hanjin,logistics,한진물류,Hanjin\n3,cj,carrier,씨제이,CJ\n".encode()
    assert (await partners.load_partners(conn, rows)).changed == 2
    assert (await partners.load_partners(conn, rows)).changed == 0
    assert await partners.known_partners(conn, ["cj", "hanjin", "nobody"]) == {"cj", "hanjin"}


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30) | st.none()), max_size=12), st.integers(-1, 95))
def test_of_contracts_entered_one_by_one_at_most_one_holds(spans: list[tuple[int, int | None]], day: int) -> None:
    entered: list[Contract] = []
    for begins, lasts in spans:
        since = BEGINS + timedelta(days=begins)
        wanted = a_contract(valid_from=since, valid_to=None if lasts is None else since + timedelta(days=lasts))
        try:
            stands_clear(wanted, entered)
        except ContractsOverlap:
            continue
        entered = [each for each in entered if each.valid_from != since] + [wanted]
    on = BEGINS + timedelta(days=day)
    holding = [each for each in entered if each.holds_on(on)]
    assert len(holding) <= 1
    if holding:
        assert contract_on(entered, "hanjin", on) == holding[0]


async def test_who_may_own_a_shop_keeps_a_book(conn: Conn) -> None:
    await partners.save_partner(conn, HANJIN)
    await partners.save_partner(conn, Partner("market", "marketplace", "장터", "Market"))
    assert await partners.collecting(conn, {"hanjin", "market", "nobody"}) == {"market"}
