"""How fast a count of the whole stock comes in, beside a plain COPY of the same rows.

The yardstick is the same rows by COPY into an unlogged table without a key. Then the first import (every cell new), the
same file again (nothing changes), and a recount in which every tenth cell differs. An import is the whole command:
read, decode, check, look up, write, commit.
"""

import asyncio
import io
import json
import sys
import tempfile
import time
from contextlib import redirect_stdout
from os import environ
from pathlib import Path
from typing import Any, Final

import polars as pl
import psycopg

from sangdan.doors.cli import main as sangdan
from sangdan.flows import drift
from sangdan.kit.db import Pool

from . import ground
from .figures import Figure, Measured

NODES: Final = [f"node-{number:04}" for number in range(50)]
SKUS: Final = [f"sku-{number:07}" for number in range(20_000)]
ROWS: Final = len(NODES) * len(SKUS)
YARDSTICK: Final = "plain COPY, unlogged, no key"


def measure() -> Measured:
    """Import a count three times."""
    with tempfile.TemporaryDirectory() as folder, ground.durable() as server:
        environ["SANGDAN_DATABASE_URL"] = server.url
        try:
            asyncio.run(_found(server.url))
            seconds, yardstick_s = _timed(server.url, Path(folder))
            assert asyncio.run(_drift(server.url)) == []
        finally:
            del environ["SANGDAN_DATABASE_URL"]
    figures = [
        Figure(f"{what} ({spent:.1f} s)", ROWS / spent, "rows/s", YARDSTICK, ROWS / yardstick_s, "rows/s")
        for what, spent in seconds.items()
    ]
    return Measured("import_stock", f"{ROWS:,} rows of CSV by `sangdan import stock`, fsync on", figures)


async def _found(url: str) -> None:
    pool = await Pool.open(url, size=2)
    try:
        await ground.found(pool, NODES, SKUS)
    finally:
        await pool.close()


async def _drift(url: str) -> list[drift.Drift]:
    pool = await Pool.open(url, size=1)
    try:
        async with pool.transaction() as conn:
            return await drift.drift(conn)
    finally:
        await pool.close()


def _timed(url: str, folder: Path) -> tuple[dict[str, float], float]:
    """Seconds of each import, and of the yardstick."""
    cells = pl.DataFrame({"node_id": NODES}).join(pl.DataFrame({"sku": SKUS}), how="cross")
    count = cells.sample(fraction=1, shuffle=True, seed=1).with_columns(
        owner_id=pl.lit("hanbit"), on_hand=pl.int_range(pl.len()) % 90, safety=pl.lit(0)
    )
    first, again = folder / "count.csv", folder / "recount.csv"
    count.write_csv(first)
    count.with_columns(on_hand=pl.col("on_hand") + (pl.int_range(pl.len()) % 10 == 0).cast(pl.Int64)).write_csv(again)
    yardstick_s = _plain_copy(url, first.read_bytes())
    seconds: dict[str, float] = {}
    for what, path, changed in (
        ("first import", first, ROWS),
        ("same file again", first, 0),
        ("recount, a tenth differs", again, -(-ROWS // 10)),
    ):
        print(f"  {what}", file=sys.stderr)
        seconds[what], told = _import(path)
        assert (told["rows"], told["loaded"], told["rejected"]) == (ROWS, changed, 0), told
    return seconds, yardstick_s


def _plain_copy(url: str, data: bytes) -> float:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "CREATE UNLOGGED TABLE yardstick (node_id text, sku text, owner_id text, on_hand bigint, safety bigint)"
        )
        began = time.perf_counter()
        with conn.cursor().copy("COPY yardstick FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(data)
        seconds = time.perf_counter() - began
        conn.execute("DROP TABLE yardstick")
    return seconds


def _import(path: Path) -> tuple[float, dict[str, Any]]:
    """Seconds for the command, and its answer."""
    told = io.StringIO()
    began = time.perf_counter()
    with redirect_stdout(told):
        code = sangdan(["import", "stock", str(path), "--json"])
    seconds = time.perf_counter() - began
    assert code == 0, told.getvalue()
    return seconds, json.loads(told.getvalue())
