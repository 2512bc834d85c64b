"""The stock of a question as columns over all nodes, so that hundreds of them are weighed at once."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from sangdan.offer.promise.model import Cell
from sangdan.offer.promise.model.prune import Numbers


class Columns(msgspec.Struct, frozen=True, eq=False):
    """What lies where: a row for each SKU and owner, a column for each node.

    rows            by SKU and owner: the row's number
    shelf           units that can be promised now
    total           and with all dated supply
    scarcity_minor  of a unit, as in a cell
    """

    rows: Mapping[tuple[str, str], int]
    shelf: Numbers
    total: Numbers
    scarcity_minor: Numbers


def columns_of(
    cells: Mapping[str, Sequence[Cell]], number: Mapping[str, int], keys: Iterable[tuple[str, str]] = ()
) -> Columns:
    """Lay cells out.

    cells   by node; nodes without a number are left out
    number  by node id: its column, 0..len-1
    keys    SKUs and owners that get a row in any case
    """
    rows: dict[tuple[str, str], int] = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    for there in cells.values():
        for cell in there:
            rows.setdefault((cell.sku, cell.owner_id), len(rows))
    shelf, total, scarcity = (np.zeros((len(rows), len(number)), np.int64) for _ in range(3))
    for node_id, there in cells.items():
        if (column := number.get(node_id)) is None:
            continue
        for cell in there:
            place = rows[cell.sku, cell.owner_id], column
            shelf[place] = cell.units
            total[place] = cell.units + sum(due.units for due in cell.inbounds)
            scarcity[place] = cell.scarcity_minor
    return Columns(rows, shelf, total, scarcity)
