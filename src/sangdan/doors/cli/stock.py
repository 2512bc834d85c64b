"""`sangdan stock`: what is on the shelves, what of it is promised, and what came in."""

from uuid import UUID

from cyclopts import App

from sangdan.flows.receive_stock import receive as receive_stock
from sangdan.kit.clock import WallClock
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock

from .output import Json, Most, answer, table
from .session import in_database

app = App(name="stock", help="Look at shelves, and put units on them.")


@app.command
def show(
    *, node: str | None = None, sku: str | None = None, owner: str | None = None, limit: Most = 100, json: Json = False
) -> None:
    """Show cells: units on hand, of them reserved for orders, and the safety stock that is never promised.

    Parameters
    ----------
    node, sku, owner
        Only these.
    limit
        How many cells at most, 1 to 10,000.
    """
    cells = in_database(lambda conn: stock.balances(conn, node, sku, owner, ("", "", ""), limit))
    rows = [(c.node_id, c.sku, c.owner_id, c.on_hand, c.reserved, c.safety) for c in cells]
    text = table(("node", "sku", "owner", "on hand", "reserved", "safety"), rows) if rows else "No such cell."
    answer({"cells": cells}, text, json=json)


@app.command
def receive(
    *,
    node: str,
    sku: str,
    owner: str,
    units: int,
    reference: str = "by hand",
    movement: UUID | None = None,
    json: Json = False,
) -> None:
    """Put units on a shelf.

    Parameters
    ----------
    reference
        Why: a delivery note, for one.
    movement
        Give your own id and the same command again changes nothing.
    """
    at = WallClock().now()
    movement_id = movement or Ids().new(at)
    new = in_database(lambda conn: receive_stock(conn, node, movement_id, sku, owner, units, reference, at))
    told = f"{units} of {sku} are on {node}." if new else f"Movement {movement_id} was written before."
    answer({"movement_id": movement_id, "written": new}, told, json=json)
