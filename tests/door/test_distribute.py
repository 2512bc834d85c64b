"""`sangdan db distribute`: what it would do, that it says what is missing, and that a second run has nothing to do.

Citus itself is not here: a stand-in writes down what it is told (tests/citus_stand_in.py).
"""

import asyncio

import psycopg
import pytest

from sangdan.doors.cli import main
from sangdan.flows.spread import LAYOUT

from ..citus_stand_in import WORKER, stand_in


@pytest.fixture
def address(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return url


def with_citus(address: str, *, workers: bool) -> None:
    async def made() -> None:
        async with await psycopg.AsyncConnection.connect(address) as conn:
            await stand_in(conn)
            if workers:
                await conn.execute(WORKER)

    asyncio.run(made())


def calls(address: str) -> list[str]:
    with psycopg.connect(address) as conn:
        return [told for (told,) in conn.execute("SELECT told FROM citus_stand_in.called ORDER BY call_no").fetchall()]


def foreign_keys(address: str) -> set[str]:
    with psycopg.connect(address) as conn:
        rows = conn.execute("SELECT conrelid::regclass || ': ' || conname FROM pg_constraint WHERE contype = 'f'")
        return {told for (told,) in rows.fetchall()}


def test_a_dry_run_tells_the_whole_plan_and_does_nothing(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = foreign_keys(address)
    assert main(["db", "distribute", "--dry-run"]) == 0
    told = capsys.readouterr().out

    first = "SELECT create_distributed_table('orders.order', 'order_id', colocate_with => 'none');"
    assert first in told.splitlines()
    assert "SELECT create_reference_table('kit.exchange_rate');" in told.splitlines()
    assert told.index('"call" DROP') < told.index("'payments.call', 'order_id'") < told.index('"call" ADD')
    assert foreign_keys(address) == before


def test_without_citus_it_says_what_is_missing(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "distribute"]) == 1
    assert "CREATE EXTENSION citus" in capsys.readouterr().err
    with_citus(address, workers=False)
    assert main(["db", "distribute"]) == 1
    assert "citus_add_node" in capsys.readouterr().err


def test_every_table_is_spread_once_and_its_references_stand_again(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = foreign_keys(address)
    with_citus(address, workers=True)
    assert main(["db", "distribute"]) == 0
    said = calls(address)

    assert said[0] == "replicate kit.exchange_rate"
    assert [each.split()[1].replace('"', "") for each in said[1:]] == list(LAYOUT.distributed)
    assert all(each.endswith(" order_id") for each in said[1:])
    assert foreign_keys(address) == before
    capsys.readouterr()
    assert main(["db", "distribute"]) == 0
    assert capsys.readouterr().out == "Nothing to do.\n"
    assert calls(address) == said


def test_a_run_that_was_cut_off_is_mended(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = foreign_keys(address)
    with_citus(address, workers=True)
    with psycopg.connect(address) as conn:
        for reference in LAYOUT.references:
            conn.execute(f"ALTER TABLE {reference.table} DROP CONSTRAINT {reference.name}".encode())
        conn.execute("SELECT create_distributed_table('orders.order', 'order_id', colocate_with => 'none')")
    assert main(["db", "distribute"]) == 0

    assert len(calls(address)) == len(LAYOUT.distributed) + len(LAYOUT.replicated)
    assert foreign_keys(address) == before
    assert "ADD CONSTRAINT" in capsys.readouterr().out
