"""Imports in process: a frame made here, an import that was interrupted, two of the same at once."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from sangdan.flows.import_rows import KINDS, HeaderWrong, ImportRunning, KindUnknown, Report, load, template
from sangdan.kit.db import Conn, Pool, value
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=1)


async def test_a_frame_made_in_process(db: Pool) -> None:
    frame = pl.DataFrame(
        {"zone_id": ["a", "b", "c d"], "name_ko": "가", "name_en": "A", "lat_e6": [1, 2, 3], "lon_e6": [1, 2, 3]}
    )
    seen: list[tuple[int, int]] = []
    report = await load(db, "zones", frame, AT, told=lambda done, rows: seen.append((done, rows)), chunk=1)
    assert (report.rows, report.loaded, report.unchanged, report.rejected) == (3, 2, 0, 1)
    assert report.rejects["import_line"].to_list() == [3]
    assert report.reasons == {"zone_id": 1}
    assert seen == [(2, 3), (3, 3)]


class _PowerError(Exception):
    """The machine went dark."""


class _FailingPool:
    """Hands out transactions until the power goes."""

    def __init__(self, pool: Pool, transactions: int) -> None:
        self._pool, self._left = pool, transactions

    def transaction(self) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _PowerError
        return self._pool.transaction()


async def test_an_interrupted_count_goes_on_where_it_stopped(db: Pool) -> None:
    """What was received between the two runs is not counted away again."""
    for kind in ("partners", "calendars", "zones", "nodes", "products"):
        await load(db, kind, pl.read_csv(template(KINDS[kind]).encode(), infer_schema=False), AT)
    example = pl.read_csv(template(KINDS["skus"]).encode(), infer_schema=False)
    skus = [f"sku-{number}" for number in range(5)]
    await load(db, "skus", pl.concat(example.with_columns(sku=pl.lit(each), gtin=pl.lit("")) for each in skus), AT)
    count = pl.DataFrame(
        {"node_id": "seoul-1", "sku": [*skus, "unknown"], "owner_id": "hanbit", "on_hand": [10, 10, 10, 10, -1, 10]}
    )
    kept: list[tuple[int, bool]] = []

    def sink(rejected: pl.DataFrame, *, more: bool) -> None:
        kept.extend((line, more) for line in rejected["import_line"])

    with pytest.raises(_PowerError):
        await load(_FailingPool(db, 3), "stock", count, AT, run="stock:1", sink=sink, chunk=1)
    async with db.transaction() as conn:
        assert await on_hand(conn) == {"sku-0": 10, "sku-1": 10}
        await stock.receive(conn, "seoul-1", IDS.new(AT), "sku-0", "hanbit", 1, "asn", AT)
    report = await load(db, "stock", count, AT, run="stock:1", sink=sink, chunk=1)
    assert (report.rows, report.loaded, report.rejected, report.resumed) == (6, 2, 2, 2)
    assert kept == [(5, False), (6, True)]
    async with db.transaction() as conn:
        assert await on_hand(conn) == {"sku-0": 11, "sku-1": 10, "sku-2": 10, "sku-3": 10}
        assert await stock.drift(conn) == []
    report = await load(db, "stock", count, AT, run="stock:1", chunk=1)
    assert (report.loaded, report.unchanged, report.resumed) == (1, 3, 0)


async def on_hand(conn: Conn) -> dict[str, int]:
    cells = await stock.balances(conn, None, None, None, ("", "", ""), 100)
    return {cell.sku: cell.on_hand for cell in cells}


def zones(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"zone_id": [f"z-{row:03}" for row in range(rows)], "name_ko": "가", "name_en": "A", "lat_e6": 1, "lon_e6": 1}
    )


async def test_two_processes_with_the_same_file_do_it_once(db: Pool) -> None:
    """Each chunk is one's or the other's; who comes too late is told."""
    both = await asyncio.gather(
        *(load(db, "zones", zones(40), AT, run="zones:1", chunk=2) for _ in range(2)), return_exceptions=True
    )
    for each in both:
        assert isinstance(each, Report | ImportRunning), each
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM network.zone") == 40
    again = await load(db, "zones", zones(40), AT, run="zones:1")
    assert again.loaded == 0


async def test_typed_columns_are_read_as_their_text_would_be(db: Pool) -> None:
    """Instants with an offset, whole floats, booleans, times and lists come from Parquet and from our own code."""
    for kind in ("partners", "calendars", "zones"):
        await load(db, kind, pl.read_csv(template(KINDS[kind]).encode(), infer_schema=False), AT)
    rates = pl.DataFrame(
        {
            "source": ["USD", "USD", "JPY"],
            "target": "KRW",
            "rate_ppm": [1391500000.0, 0.5, 9_000_000.0],
            "valid_from": [AT, AT, AT.replace(hour=10)],
        }
    )
    report = await load(db, "rates", rates, AT)
    assert (report.loaded, report.rejects["import_reason"].to_list()) == (
        2, ["rate_ppm: '0.5' is not a whole number from 1 to 1000000000000"],
    )  # fmt: skip
    changed = rates.head(1).with_columns(rate_ppm=pl.lit(1_400_000_000))
    report = await load(db, "rates", changed, AT)
    assert report.reasons == {"refused": 1}
    without_offset = rates.head(1).with_columns(pl.col("valid_from").dt.replace_time_zone(None))
    assert "add the offset" in (await load(db, "rates", without_offset, AT)).rejects["import_reason"][0]


async def test_no_rows_are_no_problem_and_wrong_columns_are(db: Pool) -> None:
    assert (await load(db, "zones", zones(0), AT)).rows == 0
    with pytest.raises(HeaderWrong, match="missing: zone_id"):
        await load(db, "zones", zones(1).drop("zone_id"), AT)
    with pytest.raises(KindUnknown, match="choose one of partners"):
        await load(db, "castles", zones(1), AT)
