"""A world's tables go in through the import, as an ally's files would."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from sangdan.flows.import_rows import load
from sangdan.kit.db import Pool
from sangdan.ship.warehouse import commands as warehouse

# Prefixes for numbering parcels: Korea's 880, then the node's place in the list. Nobody's own.
PREFIX: Final = "880{:06d}"


class TableRefusedError(Exception):
    """A world of ours has rows that the import rejects: a mistake of the generator or the adapter."""


async def furnish(
    pool: Pool, tables: Mapping[str, pl.DataFrame], at: datetime, told: Callable[[str, int], None]
) -> dict[str, int]:
    """Load every table, and give each node the prefix under which it numbers its parcels.

    tables  by import kind, in the order in which they must be loaded
    told    called with each kind and its rows once it is in
    gives   rows by kind
    """
    rows: dict[str, int] = {}
    for kind, frame in tables.items():
        report = await load(pool, kind, frame, at)
        if report.rejected:
            raise TableRefusedError(f"{report.rejected} rows of {kind} were rejected: {dict(report.reasons)}")
        rows[kind] = report.rows
        told(kind, report.rows)
    async with pool.transaction() as conn:
        for number, node_id in enumerate(sorted(tables["nodes"]["node_id"].to_list())):
            await warehouse.adopt_prefix(conn, node_id, PREFIX.format(number))
    return rows
