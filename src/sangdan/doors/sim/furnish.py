"""A world's tables go in through the import, as an ally's files would."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from sangdan.flows.import_rows import SEALED, load
from sangdan.kit.db import Pool
from sangdan.kit.problems import Conflict
from sangdan.kit.vault import Vault
from sangdan.order.orders import commands as orders
from sangdan.ship.warehouse import commands as warehouse

# A made-up company prefix of restricted circulation; the digits after it are the node's.
COMPANY_PREFIX: Final = "2000000"


class NotEmpty(Conflict):
    """The database holds orders already: their figures would be mixed up with the run's."""

    code = "database-not-empty"


def _nothing(kind: str, rows: int) -> None:
    """Nobody wants to be told."""


async def furnish(
    pool: Pool,
    tables: Mapping[str, pl.DataFrame],
    at: datetime,
    told: Callable[[str, int], None] = _nothing,
    vault: Vault | None = None,
) -> dict[str, int]:
    """Load every table, and give each node the prefix under which it numbers its parcels.

    tables  by import kind, in the order in which they must be loaded
    told    called with each kind and its rows once it is in
    vault   seals the people; without it nobody in this world has a name
    gives   rows that the import rejected, by kind; none of a world that fits
    raises  NotEmpty
    """
    async with pool.transaction() as conn:
        if await orders.promised_days(conn) is not None:
            raise NotEmpty("This database holds orders: name an empty one, or none for a throw-away one.")
    rejected: dict[str, int] = {}
    for kind, frame in tables.items():
        if kind in SEALED and vault is None:
            continue
        report = await load(pool, kind, frame, at, vault=vault)
        if report.rejected:
            rejected[kind] = report.rejected
        told(kind, report.rows)
    nodes = sorted(tables["nodes"]["node_id"].to_list())
    digits = len(str(len(nodes)))
    async with pool.transaction() as conn:
        for number, node_id in enumerate(nodes):
            await warehouse.adopt_prefix(conn, node_id, f"{COMPANY_PREFIX}{number:0{digits}}")
    return rejected
