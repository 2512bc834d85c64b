"""Rows in bulk, as files. Made whole before the first byte is sent: a slow reader holds no connection, and a refusal
is told as one.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO, Final
from weakref import WeakSet

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from sangdan.adapters import exports
from sangdan.adapters.exports import Form, TooManyForSheet
from sangdan.doors.problems import problems
from sangdan.flows import export_rows
from sangdan.flows.export_rows import ExportTimeless, ResourceForbidden, ResourceUnknown, Scope, Spooled
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.problems import Unavailable

from .fields import check_instant
from .periods import PeriodUnfit

AT_ONCE: Final = 3
# Of one client, being made or fetched: each takes room on the disk until its last byte is sent.
OF_ONE: Final = 2
PIECE: Final = 256 * 1024

From = Annotated[
    datetime | None, QueryParameter(name="from", description="Rows from this instant on, with its offset from UTC.")
]
Until = Annotated[datetime | None, QueryParameter(description="Rows before this instant, with its offset from UTC.")]
Format = Annotated[
    Form, QueryParameter(name="format", description="csv, excel (CSV as Excel reads it), xlsx or parquet.")
]


class ExportsBusy(Unavailable):
    """As many exports are under way as the server makes at a time."""

    code = "exports-busy"


class Order:
    """A file that somebody wants; it is under way until it is over, or nobody holds this any more."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.is_over = False


class Workshop:
    """Where files are made: a few at a time, so that they leave connections and room to everybody else."""

    def __init__(self) -> None:
        self._busy = 0
        self._orders: WeakSet[Order] = WeakSet()

    def take(self, client_id: str) -> Order:
        """Take an order of a client's.

        raises  ExportsBusy
        """
        if sum(each.client_id == client_id and not each.is_over for each in self._orders) >= OF_ONE:
            raise ExportsBusy(f"You have {OF_ONE} exports under way; wait until one has arrived.", most=OF_ONE)
        order = Order(client_id)
        self._orders.add(order)
        return order

    async def make(self, pool: Pool, resource: str, scope: Scope, form: Form) -> BinaryIO:
        """The file, open and without a name: it is gone when it is closed.

        raises  ExportsBusy, TooManyForSheet, and what `export_rows.check` raises
        """
        export_rows.check(resource, scope)

        async def spool(file: BinaryIO) -> Spooled:
            async with pool.transaction() as conn:
                return await export_rows.spool(conn, resource, scope, file)

        return await self.finish(spool, form)

    async def finish(self, spool: Callable[[BinaryIO], Awaitable[Spooled]], form: Form) -> BinaryIO:
        """The file of rows that somebody else writes.

        spool   writes CSV lines without a header
        raises  ExportsBusy, TooManyForSheet
        """
        if self._busy >= AT_ONCE:
            raise ExportsBusy(f"{AT_ONCE} exports are under way; try again in a moment.", most=AT_ONCE)
        self._busy += 1
        try:
            with tempfile.TemporaryDirectory(prefix="sangdan-export-") as folder:
                spooled, out = Path(folder, "spooled"), Path(folder, "made")
                with await asyncio.to_thread(spooled.open, "wb") as file:
                    told = await spool(file)
                await asyncio.to_thread(exports.finish, spooled, told.rows, told.columns, form, out)
                return await asyncio.to_thread(out.open, "rb")
        finally:
            self._busy -= 1


# What it sends is not held back by a transaction, and it must not keep one open.
@get(
    "/v1/exports/{resource:str}",
    tags=["exports"],
    opt={"own_transactions": True, "gives": tuple(exports.MEDIA_TYPES.values())},
    responses={200: ResponseSpec(bytes, media_type=exports.MEDIA_TYPES["csv"], description="The file.")}
    | problems(ResourceUnknown, ResourceForbidden, ExportTimeless, PeriodUnfit, TooManyForSheet, ExportsBusy),
)
async def export(
    resource: FromPath[str],
    pool: NamedDependency[Pool],
    seer: NamedDependency[Seer],
    workshop: NamedDependency[Workshop],
    form: Format = "csv",
    since: From = None,
    until: Until = None,
) -> Stream:
    """All rows of a resource that concern the asker; docs/export.md lists them.

    Shoppers' names, addresses and numbers are in none.
    """
    if seer.node_ids is not None:
        detail = "A key that is confined to a node may not export: ask with the ally's own."
        raise ResourceForbidden(detail, role=seer.role, resource=resource)
    for name, at in (("from", since), ("until", until)):
        if at is not None and at.tzinfo is None:
            raise PeriodUnfit(f"{name}: give the instant with its offset from UTC.", most=0)
        if at is not None:
            check_instant(name, at)
    scope = Scope(seer.role, seer.seen_by, since, until)
    return await send(workshop, seer.client_id, resource, form, partial(workshop.make, pool, resource, scope, form))


async def send(
    workshop: Workshop, client_id: str, name: str, form: Form, make: Callable[[], Awaitable[BinaryIO]]
) -> Stream:
    """The answer that carries a file, once it is made.

    client_id  whoever wants it
    name       of the file, without its suffix
    make       begun once the order is taken
    raises     ExportsBusy, and what `make` raises
    """
    order = workshop.take(client_id)
    try:
        file = await make()
    except BaseException:
        order.is_over = True
        raise
    headers = {
        "content-disposition": f'attachment; filename="{name}.{exports.SUFFIXES[form]}"',
        "cache-control": "no-store",
    }
    return Stream(_pieces(file, order), media_type=exports.MEDIA_TYPES[form], headers=headers)


async def _pieces(file: BinaryIO, order: Order) -> AsyncGenerator[bytes]:
    """The file, piece by piece; the order goes with it, also when nobody asks for the first."""
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
