"""`sangdan node`: take a node out of service, and back."""

from datetime import UTC, datetime

import msgspec
from cyclopts import App
from msgspec.structs import asdict

from sangdan.doors.api.outages import state_of
from sangdan.flows import close_node
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.problems import Invalid
from sangdan.offer.network import commands as networks
from sangdan.offer.network.model import Outage, Quarantine, Trouble

from .output import Json, answer, local, table
from .session import in_database

app = App(name="node", help="Take nodes out of service, and back.")


class InstantWithoutOffset(Invalid):
    """An instant that does not say how far it is from UTC."""

    code = "instant-without-offset"


class Troubles(msgspec.Struct, frozen=True):
    """The last outage of each node that ever had one, and the goods in quarantine."""

    outages: list[Outage]
    quarantine: list[Quarantine]


@app.command
def close(node: str, /, *, reason: Trouble, until: datetime | None = None, json: Json = False) -> None:
    """Take a node out of service at once: nothing is promised from it, and its open orders come from elsewhere.

    Parameters
    ----------
    node
        Its id.
    reason
        power: chilled and frozen goods go into quarantine. fire, flood: all goods do. other: none do.
    until
        When it will work again, e.g. 2026-11-24T07:00:00+09:00; leave it out while nobody knows.
    """
    if until is not None and until.tzinfo is None:
        told = f"{until.isoformat()} does not say how far it is from UTC: add +09:00, for one."
        raise InstantWithoutOffset(told, instant=until.isoformat())
    at = WallClock().now()
    ends = None if until is None else until.astimezone(UTC)
    outage = in_database(
        lambda conn: close_node.close(conn, node, reason, ends, at),
        what="node.closed",
        subject=f"node/{node}",
        stands=lambda conn: _standing(conn, node, at),
    )
    answer(outage, f"{node} is out of service. Its orders are moved by the worker.", json=json)


@app.command
def reopen(node: str, /, *, checked: bool = False, json: Json = False) -> None:
    """Take a node back into service. What was moved from it stays where it is now.

    Parameters
    ----------
    node
        Its id.
    checked
        Somebody has looked at the goods in quarantine: what is still on the books may be sold again.
    """
    at = WallClock().now()
    ended = in_database(
        lambda conn: close_node.reopen(conn, node, at, checked=checked),
        what="node.opened",
        subject=f"node/{node}",
        stands=lambda conn: _standing(conn, node, at),
        after={"goods_checked": checked},
    )
    answer({"node_id": node, "ended": ended}, f"{node} is back in service.", json=json)


@app.command(name="list")
def show(*, json: Json = False) -> None:
    """List the last outage of each node, and the goods that nobody may sell until somebody has looked at them."""
    told = in_database(_all)
    outages = [(each.node_id, each.reason, local(each.from_at), _end(each)) for each in told.outages]
    barred = [(each.node_id, each.temperature, local(each.since_at)) for each in told.quarantine]
    text = table(("node", "reason", "from", "until"), outages) if outages else "No node was ever out of service."
    if barred:
        text += "\n\n" + table(("node", "goods in quarantine", "since"), barred)
    answer(told, text, json=json)


async def _standing(conn: Conn, node: str, at: datetime) -> dict[str, object]:
    return asdict(await state_of(conn, node, at))


async def _all(conn: Conn) -> Troubles:
    return Troubles(await networks.outages(conn), await networks.quarantines(conn))


def _end(outage: Outage) -> str:
    return "" if outage.until_at is None else local(outage.until_at)
