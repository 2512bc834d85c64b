"""`sangdan settle`: one answer, for people or for programs, that adds up."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import pytest

from sangdan.doors.cli import build
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.partners.model import Kind, Partner
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.errors import BadPeriod, PeriodOpen
from sangdan.pay.settlement.model import LineFacts, OrderFacts, ParcelFacts, Terms

NOON_IN_SEOUL = datetime(2026, 11, 2, 3, tzinfo=UTC)
ALLIES: list[tuple[str, Kind, str]] = [
    ("market", "marketplace", "장터"),
    ("farm", "seller", "해남농장"),
    ("centre", "logistics", "한울물류"),
    ("van", "carrier", "번개"),
]


@pytest.fixture
def asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's database: one order, confirmed on 2 November in Seoul."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    asyncio.run(_settle_one(url))


async def _settle_one(url: str) -> None:
    order = OrderFacts(
        order_id=Ids(seed=5).new(NOON_IN_SEOUL),
        shop_id="market",
        currency="KRW",
        delivery_minor=3_000,
        captured_minor=23_000,
        refunded_minor=0,
        at=NOON_IN_SEOUL,
        lines=(LineFacts(1, "farm", 2, 10_000),),
        parcels=(ParcelFacts(1, "centre", "van", 2_500, {1: 2}),),
    )
    pool = await Pool.open(url, size=1)
    async with pool.transaction() as conn:
        for partner_id, kind, name_ko in ALLIES:
            await partners.save_partner(conn, Partner(partner_id, kind, name_ko, partner_id.title()))
        terms = {ally: Terms(ally, "KRW", 110_000, 300, 900, 100_000) for ally in ("farm", "centre")}
        await settlement.settle(conn, order, terms)
    await pool.close()


def run(*words: str) -> int:
    return int(build("settle")(["settle", *words]))


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(*words, "--json") == 0
    return msgspec.json.decode(capsys.readouterr().out)


@pytest.mark.usefixtures("asked")
def test_the_alliance_sums_to_zero(capsys: pytest.CaptureFixture[str]) -> None:
    month = told(capsys, "--from", "2026-11-01", "--to", "2026-12-01")
    assert {each["partner_id"]: each["owed_minor"] for each in month["partners"]} == {
        "market": -22_500 + 2_420, "farm": 20_000 - 2_420 - 1_650, "centre": 1_650, "van": 2_500,
    }  # fmt: skip
    assert month["sum_minor"] == {"KRW": 0}
    assert month["lines"] is None
    assert told(capsys, "--from", "2026-11-03", "--to", "2026-12-01")["partners"] == []


@pytest.mark.usefixtures("asked")
def test_one_ally_sees_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    van = told(capsys, "--from", "2026-11-02", "--to", "2026-11-03", "--partner", "van")
    assert [(line["kind"], line["owed_minor"]) for line in van["lines"]] == [("carriage", 2_500)]

    assert run("--from", "2026-11-02", "--to", "2026-11-03", "--partner", "centre") == 0
    text = capsys.readouterr().out
    assert "한울물류" in text
    assert "2026-11-02 12:00" in text
    assert "1,650" in text


@pytest.mark.usefixtures("asked")
def test_closing_is_told_and_harmless_twice(capsys: pytest.CaptureFixture[str], url: str) -> None:
    month = ("--from", "2026-10-01", "--to", "2026-11-15")
    assert {each["closed_at"] for each in told(capsys, *month)["partners"]} == {None}
    first = told(capsys, *month, "--close")
    assert first == told(capsys, *month, "--close") == told(capsys, *month)
    assert None not in {each["closed_at"] for each in first["partners"]}
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM settlement.statement").fetchone() == (4,)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--from", "2026-11-02", "--to", "2026-11-02"), BadPeriod),
        (("--from", "2026-11-02", "--to", "2126-11-03", "--close"), PeriodOpen),
        (("--from", "2026-11-01", "--to", "2026-12-01", "--partner", "nobody"), PartnerUnknown),
    ],
)
def test_what_makes_no_sense_is_told(words: tuple[str, ...], problem: type[Exception]) -> None:
    with pytest.raises(problem):
        run(*words)
