"""The ground that benches stand on: a durable server of their own, an alliance with full shelves, and the yardstick.

The yardstick is pgbench, PostgreSQL's own: eight clients, each transaction one conditional UPDATE of one row in a
million and one INSERT. That is the least any shop does to sell a unit.
"""

import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, LiteralString

import polars as pl
import psutil
import psycopg

from sangdan.flows.import_rows import KINDS, load, template
from sangdan.kit import postgres
from sangdan.kit.db import Pool
from sangdan.kit.migrate import migrate
from sangdan.kit.postgres import process
from sangdan.kit.postgres.cluster import Cluster

AT: Final = datetime(2026, 11, 21, 3, tzinfo=UTC)
# Outlives reboots by convention, so it is a disk: /tmp may be memory, where nothing needs to be flushed.
DISK: Final = Path("/var/tmp")
CLIENTS: Final = 8
CELLS: Final = 1_000_000
YARDSTICK: Final = f"pgbench, 1 UPDATE + 1 INSERT, {CLIENTS} clients"

_TABLES: Final = f"""
    DROP TABLE IF EXISTS yardstick_shelf, yardstick_sale;
    CREATE TABLE yardstick_shelf (cell integer PRIMARY KEY, on_hand bigint NOT NULL, reserved bigint NOT NULL);
    CREATE TABLE yardstick_sale (cell integer NOT NULL, units bigint NOT NULL);
    INSERT INTO yardstick_shelf SELECT n, 1000000, 0 FROM generate_series(1, {CELLS}) AS n;
    VACUUM ANALYZE yardstick_shelf;
"""
_FILL: Final[LiteralString] = """
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand)
    SELECT node_id, sku, 'hanbit', %(on_hand)s
      FROM unnest(%(nodes)s::text[]) AS n (node_id), unnest(%(skus)s::text[]) AS s (sku)
     ORDER BY 1, 2
"""
_SCRIPT: Final = rf"""
\set cell random(1, {CELLS})
BEGIN;
UPDATE yardstick_shelf SET reserved = reserved + 1 WHERE cell = :cell AND on_hand - reserved >= 1;
INSERT INTO yardstick_sale VALUES (:cell, 1);
COMMIT;
"""


@contextmanager
def durable() -> Generator[postgres.Server]:
    """A migrated server that flushes what it commits, in a folder of its own; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-bench-", dir=DISK))
    folder.chmod(0o755)  # the account that runs the server must be able to enter
    try:
        with postgres.attached(folder / "postgres") as server:
            migrate(server.url)
            yield server
    finally:
        shutil.rmtree(folder)


def example(kind: str, column: str, values: Sequence[str]) -> pl.DataFrame:
    """The manual's example of a kind, once for each value of its key."""
    row = pl.read_csv(template(KINDS[kind]).encode(), infer_schema=False)
    return row.drop(column).join(pl.DataFrame({column: list(values)}), how="cross").select(row.columns)


async def found(pool: Pool, nodes: Sequence[str], skus: Sequence[str]) -> None:
    """The partner, nodes and SKUs that a count may name."""
    for kind, column, values in (
        ("partners", "partner_id", ["hanbit"]),
        ("calendars", "calendar_id", ["weekdays"]),
        ("zones", "zone_id", ["seoul-jung"]),
        ("nodes", "node_id", nodes),
        ("products", "product_id", ["tee-101"]),
    ):
        await load(pool, kind, example(kind, column, values), AT)
    await load(pool, "skus", example("skus", "sku", skus).with_columns(gtin=pl.lit(None, pl.String)), AT)


def fill_whole(server: postgres.Server, nodes: Sequence[str], skus: Sequence[str], on_hand: int) -> None:
    """As many units of every SKU on every node, without the counts behind them: a million cells in seconds."""
    with psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute(_FILL, {"nodes": list(nodes), "skus": list(skus), "on_hand": on_hand})
        conn.execute("VACUUM ANALYZE stock.balance")


async def fill(pool: Pool, nodes: Sequence[str], skus: Sequence[str], on_hand: int) -> int:
    """As many units of every SKU on every node; gives the number of cells."""
    cells = pl.DataFrame({"node_id": list(nodes)}).join(pl.DataFrame({"sku": list(skus)}), how="cross")
    counted = cells.with_columns(owner_id=pl.lit("hanbit"), on_hand=pl.lit(on_hand), safety=pl.lit(0))
    return (await load(pool, "stock", counted, AT)).loaded


def yardstick(server: postgres.Server, seconds: int = 4) -> float:
    """Transactions a second that pgbench reaches on this server, to be measured in the same run as our figure."""
    with psycopg.connect(server.url, autocommit=True) as conn:
        for statement in _TABLES.split(";"):
            conn.execute(statement.encode())
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT)
        script.flush()
        told = subprocess.run(
            [
                str(server.programs / "pgbench"),
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={CLIENTS}",
                f"--jobs={min(2, os.cpu_count() or 1)}",
                f"--time={seconds}",
                f"--file={script.name}",
                server.url,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found_rate = re.search(r"tps = ([\d.]+)", told)
    assert found_rate is not None, told
    return float(found_rate[1])


def server_cpu_s(server: postgres.Server) -> float:
    """Processor seconds that the server's processes have used so far, those that have ended included."""
    pid = process.postmaster(Cluster(server.folder))
    assert pid is not None, "it runs"
    postmaster = psutil.Process(pid)
    spent = postmaster.cpu_times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in postmaster.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total


def flush_ms(folder: Path, times: int = 300) -> float:
    """The median time of making one 8 KB page durable on this disk: what every commit waits for."""
    page, taken = os.urandom(8192), list[float]()
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            began = time.perf_counter()
            os.pwrite(file.fileno(), page, 0)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000
