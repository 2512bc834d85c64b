"""`sangdan drift`: silence and 0 when all adds up, the rows and 1 when not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import pytest

from sangdan.doors.cli import build
from sangdan.flows.drift import CHECKS
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def shelf(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command's database, with nine bottles on a shelf."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)

    async def fill() -> None:
        pool = await Pool.open(url, size=1)
        async with pool.transaction() as conn:
            await stock.receive(conn, "icheon", Ids(seed=1).new(AT), "milk", "dairy", 9, "test", AT)
        await pool.close()

    asyncio.run(fill())
    return url


def told(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = int(build("drift")(["drift", "--json"]))
    return code, msgspec.json.decode(capsys.readouterr().out)


@pytest.mark.usefixtures("shelf")
def test_no_drift_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys) == (0, {"checks": list(CHECKS), "drift_rows": 0, "rows": []})
    assert build("drift")(["drift"]) == 0
    assert capsys.readouterr().out.startswith("No drift: stock, ")


def test_drift_is_listed_and_is_one(shelf: str, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(shelf, autocommit=True) as behind_our_back:
        behind_our_back.execute("UPDATE stock.balance SET on_hand = 10")
    code, proof = told(capsys)
    assert (code, proof["drift_rows"]) == (1, 1)
    assert proof["rows"] == [
        {
            "room": "stock",
            "row": {
                "check": "on_hand", "node_id": "icheon", "sku": "milk", "owner_id": "dairy", "balance": 10, "facts": 9
            },
        }
    ]  # fmt: skip
    assert build("drift")(["drift"]) == 1
    assert "node_id icheon, sku milk, owner_id dairy, balance 10, facts 9" in capsys.readouterr().out
