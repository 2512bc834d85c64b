"""How fast a count of the whole stock comes in, beside a plain COPY of the same rows.

    python bench/import_stock.py [--rows 1000000] [--skus 20000] [--json]

Four figures of one run on one throw-away server, two cores: the yardstick (the same rows by COPY into an unlogged table
without a key), the first import (every cell new), the same file again (nothing changes), and a recount in which every
tenth cell differs. An import is the whole command: read, decode, check, look up, write, commit.
"""

import argparse
import asyncio
import io
import json
import sys
import tempfile
import time
from contextlib import redirect_stdout
from datetime import UTC, datetime
from os import environ
from pathlib import Path

import polars as pl
import psycopg

from sangdan.doors.cli import main as sangdan
from sangdan.flows.import_rows import KINDS, load, template
from sangdan.kit import postgres
from sangdan.kit.db import Pool
from sangdan.kit.migrate import migrate

AT = datetime(2026, 11, 21, tzinfo=UTC)


def example(kind: str, column: str, values: list[str]) -> pl.DataFrame:
    """The manual's example of a kind, once for each value of its key."""
    row = pl.read_csv(template(KINDS[kind]).encode(), infer_schema=False)
    return row.drop(column).join(pl.DataFrame({column: values}), how="cross").select(row.columns)


async def alliance(url: str, nodes: list[str], skus: list[str]) -> None:
    """The partner, nodes and SKUs that a count may name."""
    pool = await Pool.open(url, size=2)
    for kind, column, values in (
        ("partners", "partner_id", ["hanbit"]),
        ("calendars", "calendar_id", ["weekdays"]),
        ("zones", "zone_id", ["seoul-jung"]),
        ("nodes", "node_id", nodes),
        ("products", "product_id", ["tee-101"]),
    ):
        await load(pool, kind, example(kind, column, values), AT)
    await load(pool, "skus", example("skus", "sku", skus).with_columns(gtin=pl.lit(None, pl.String)), AT)
    await pool.close()


def plain_copy(url: str, data: bytes) -> float:
    """Seconds for the yardstick."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "CREATE UNLOGGED TABLE yardstick (node_id text, sku text, owner_id text, on_hand bigint, safety bigint)"
        )
        began = time.monotonic()
        with conn.cursor().copy("COPY yardstick FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(data)
        seconds = time.monotonic() - began
        conn.execute("DROP TABLE yardstick")
    return seconds


def timed_import(path: Path) -> tuple[float, dict[str, int]]:
    """Seconds for the command, and its answer."""
    told = io.StringIO()
    began = time.monotonic()
    with redirect_stdout(told):
        code = sangdan(["import", "stock", str(path), "--json"])
    seconds = time.monotonic() - began
    assert code == 0, told.getvalue()
    return seconds, json.loads(told.getvalue())


def measure(url: str, folder: Path, rows: int, skus: int) -> dict[str, dict[str, float]]:
    """Every figure: seconds and rows a second."""
    nodes = [f"node-{number:04}" for number in range(-(-rows // skus))]
    codes = [f"sku-{number:07}" for number in range(skus)]
    asyncio.run(alliance(url, nodes, codes))
    cells = pl.DataFrame({"node_id": nodes}).join(pl.DataFrame({"sku": codes}), how="cross").head(rows)
    count = cells.sample(fraction=1, shuffle=True, seed=1).with_columns(
        owner_id=pl.lit("hanbit"), on_hand=pl.int_range(pl.len()) % 90, safety=pl.lit(0)
    )
    first, again = folder / "count.csv", folder / "recount.csv"
    count.write_csv(first)
    count.with_columns(on_hand=pl.col("on_hand") + (pl.int_range(pl.len()) % 10 == 0).cast(pl.Int64)).write_csv(again)
    figures = {"plain COPY, unlogged, no key": plain_copy(url, first.read_bytes())}
    tenth = -(-rows // 10)
    imports = (("first import", first, rows), ("same file again", first, 0), ("recount, a tenth differs", again, tenth))
    for name, path, changed in imports:
        figures[name], told = timed_import(path)
        assert (told["rows"], told["loaded"], told["rejected"]) == (rows, changed, 0), told
    with psycopg.connect(url) as conn:
        drift = conn.execute(
            "SELECT count(*) FROM stock.balance b JOIN (SELECT node_id, sku, owner_id, sum(units) AS units"
            " FROM stock.movement GROUP BY 1, 2, 3) m USING (node_id, sku, owner_id) WHERE b.on_hand <> m.units"
        ).fetchone()
    assert drift == (0,), drift
    return {name: {"seconds": round(s, 2), "rows_per_s": round(rows / s)} for name, s in figures.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--skus", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgres.throwaway() as server:
        url = server.url_of("bench")
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE bench OWNER sangdan")
        migrate(url)
        environ["SANGDAN_DATABASE_URL"] = url
        figures = measure(url, Path(folder), asked.rows, asked.skus)
    if asked.json:
        print(json.dumps({"rows": asked.rows, "skus": asked.skus, "figures": figures}))
        return
    for name, figure in figures.items():
        print(f"{name:<30} {figure['seconds']:>8.2f} s {figure['rows_per_s']:>12,.0f} rows/s")


if __name__ == "__main__":
    sys.exit(main())
