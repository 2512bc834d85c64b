"""A whole filtered list as a file: read page by page in one moment's view, written line by line."""

import csv
import io
from typing import Any, BinaryIO, Final

from msgspec.structs import replace

from sangdan.flows.export_rows import Spooled

from .sources import Asked
from .table import Table
from .view import View

PAGE: Final = 2_000
# More than a sheet holds; nobody reads further, and programs have GET /v1/exports.
MOST: Final = 1_000_000


async def spool(table: Table[Any], view: View, asked: Asked, file: BinaryIO) -> Spooled:
    """Write all rows of a view as CSV without a header, whichever page is shown.

    asked  in a transaction that sees one moment
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    lines = csv.writer(text, lineterminator="\n")
    wish, written = replace(view.wish(), after=None), 0
    while written < MOST:
        rows = await table.source.page(asked, wish, PAGE)
        for row in rows:
            lines.writerow(column.exported(row, asked.say) for column in table.columns)
        written += len(rows)
        full = len(rows) == PAGE
        after = table.source.key(rows[-1], view.order) if full else await table.source.end(asked, wish)
        if after is None:
            break
        wish = replace(wish, after=after)
    text.detach()
    return Spooled({asked.say(column.title): column.kind for column in table.columns}, written)
