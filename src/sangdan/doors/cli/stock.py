"""`sangdan stock`: what is on the shelves, what of it is promised, and what came in."""

from uuid import UUID

from cyclopts import App
from msgspec.structs import asdict

from sangdan.flows import tell_shelves
from sangdan.flows.receive_stock import receive as receive_stock
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Rule

from .output import Json, Most, answer, table
from .session import in_database

app = App(name="stock", help="Look at shelves, put units on them, and at the rules of what is kept back.")


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
    new = in_database(
        lambda conn: receive_stock(conn, node, movement_id, sku, owner, units, reference, at),
        what="stock.received",
        subject=f"cell/{node}/{sku}/{owner}",
        stands=lambda conn: _shelf(conn, (node, sku, owner)),
        after={"movement_id": movement_id, "units": units, "reference": reference},
    )
    told = f"{units} of {sku} are on {node}." if new else f"Movement {movement_id} was written before."
    answer({"movement_id": movement_id, "written": new}, told, json=json)


@app.command
def rules(*, json: Json = False) -> None:
    """List the rules of the stock, the most particular first: safety units, and what allies' shops may take.

    They are brought in by `sangdan import stock-rules FILE`.
    """
    known = in_database(stock.rules)
    rows = [
        (r.rule_id, r.node_id or "any", r.sku or r.category or "any", r.owner_id or "any", r.shop_id or "-", _keeps(r))
        for r in known
    ]
    text = table(("rule", "node", "SKU or category", "owner", "shop", "keeps"), rows) if rows else "No rules."
    answer({"rules": known}, text, json=json)


@app.command
def withdraw(rule: str, /, *, json: Json = False) -> None:
    """Take a rule away. Its cells follow the next rule that fits them; without one nothing is kept back."""
    at = WallClock().now()
    gone = in_database(
        lambda conn: stock.withdraw_rule(conn, rule, at),
        what="stock.rule-withdrawn",
        subject=f"stock-rule/{rule}",
        stands=lambda conn: _rule(conn, rule),
    )
    answer({"withdrawn": gone}, f"{gone.rule_id} is withdrawn.", json=json)


@app.command
def apply(*, json: Json = False) -> None:
    """Bring every cell to what the rules say, and divide the shares of what lies there anew.

    Counts, receipts and changes of rules do so by themselves; this is for after products were filed elsewhere.
    """
    at = WallClock().now()
    cells = in_database(lambda conn: stock.apply_rules(conn, at), what="stock.rules-applied", subject="stock")
    answer({"cells": cells}, f"{cells:,} cells are as the rules say.", json=json)


async def _shelf(conn: Conn, cell: tuple[str, str, str]) -> dict[str, object] | None:
    shelf = (await tell_shelves.look(conn, [cell])).get(cell)
    return None if shelf is None else asdict(shelf)


async def _rule(conn: Conn, rule_id: str) -> dict[str, object] | None:
    return next((asdict(each) for each in await stock.rules(conn) if each.rule_id == rule_id), None)


def _keeps(rule: Rule) -> str:
    if rule.safety is not None:
        return f"{rule.safety} back"
    if rule.units_max is not None:
        return f"{rule.units_max} for the shop"
    return f"{(rule.share_ppm or 0) / 10_000:g} % for the shop"
