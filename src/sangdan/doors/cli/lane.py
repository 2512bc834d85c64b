"""`sangdan lane`: close lanes and carriers, and open them again."""

from datetime import UTC, datetime

from cyclopts import App
from msgspec.structs import asdict

from sangdan.flows import close_lane
from sangdan.flows.picture import network_of
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.problems import Invalid
from sangdan.offer.network import commands as networks
from sangdan.offer.network.model import Closing, Hindrance, Scope

from .node import InstantWithoutOffset
from .output import Json, answer, local, table
from .session import in_database

app = App(name="lane", help="Close lanes and carriers, and open them again.")


class LaneOrCarrier(Invalid):
    """Neither a lane nor a carrier was named, or both were."""

    code = "lane-or-carrier"


@app.command
def close(
    lane: str | None = None,
    /,
    *,
    reason: Hindrance,
    carrier: str | None = None,
    until: datetime | None = None,
    json: Json = False,
) -> None:
    """Close a lane at once: nothing is promised by it, and what was to leave by it takes another way, or waits.

    Parameters
    ----------
    lane
        Its id.
    reason
        Why, for those who look later.
    carrier
        Instead of a lane: all lanes of this carrier.
    until
        When it opens again by itself, e.g. 2026-11-24T07:00:00+09:00; leave it out while nobody knows.
    """
    scope, closed_id = _which(lane, carrier)
    if until is not None and until.tzinfo is None:
        told = f"{until.isoformat()} does not say how far it is from UTC: add +09:00, for one."
        raise InstantWithoutOffset(told, instant=until.isoformat())
    at = WallClock().now()
    ends = None if until is None else until.astimezone(UTC)
    closing = in_database(
        lambda conn: close_lane.close(conn, scope, closed_id, reason, ends, at),
        what=f"{scope}.closed",
        subject=f"{scope}/{closed_id}",
        stands=lambda conn: _standing(conn, scope, closed_id),
    )
    answer(closing, f"The {scope} {closed_id} is closed. Its parcels are moved by the worker.", json=json)


@app.command
def reopen(lane: str | None = None, /, *, carrier: str | None = None, json: Json = False) -> None:
    """Open a lane again. What took another way stays on it.

    Parameters
    ----------
    lane
        Its id.
    carrier
        Instead of a lane: this carrier. A lane of its that was closed by itself stays closed.
    """
    scope, closed_id = _which(lane, carrier)
    at = WallClock().now()
    ended = in_database(
        lambda conn: close_lane.reopen(conn, scope, closed_id, at),
        what=f"{scope}.opened",
        subject=f"{scope}/{closed_id}",
        stands=lambda conn: _standing(conn, scope, closed_id),
    )
    answer(ended, f"The {scope} {closed_id} is open again.", json=json)


@app.command(name="list")
def show(*, json: Json = False) -> None:
    """List the lanes and carriers that are closed."""
    closed = in_database(networks.closings)
    rows = [(each.scope, each.closed_id, each.reason, local(each.from_at), _end(each)) for each in closed]
    text = table(("what", "id", "reason", "from", "until"), rows) if rows else "Every lane is open."
    answer({"closings": closed}, text, json=json)


async def _standing(conn: Conn, scope: Scope, closed_id: str) -> dict[str, object] | None:
    closing = (await network_of(conn)).closings.get((scope, closed_id))
    return None if closing is None else asdict(closing)


def _which(lane: str | None, carrier: str | None) -> tuple[Scope, str]:
    if lane is not None and carrier is None:
        return "lane", lane
    if carrier is not None and lane is None:
        return "carrier", carrier
    raise LaneOrCarrier("Name a lane, or a carrier with --carrier, and not both.")


def _end(closing: Closing) -> str:
    return "" if closing.until_at is None else local(closing.until_at)
