"""`sangdan promise refresh`: look at what was promised and not begun, and say what could be better now."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from sangdan.flows import re_promise
from sangdan.flows.re_promise import Finding, Looked
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn

from .output import Json, Most, answer, local, table
from .session import in_database

Least = Annotated[int, Parameter(validator=Number(gte=1))]

_SAID = {
    "node_out": "the node is out of service",
    "no_lane": "no lane leaves from there any more",
    "too_late": "begun now, it is late",
    "costs_less": "costs less, and keeps its date",
    "arrives_sooner": "arrives sooner",
}
_LEFT_OUT = {
    "awaits_supply": "wait for supply",
    "no_service": "have a service or a postcode that nobody promises now",
    "foreign_charges": "are carried for charges in another currency",
}


def refresh(*, act: bool = False, saving: Least = 1, limit: Most = 50, json: Json = False) -> None:
    """Weigh every parcel that nobody works on yet against every place that could send it now. Nothing changes.

    Parameters
    ----------
    act
        Hand the orders whose node is out of service to re-sourcing; the worker moves each of them.
    saving
        What moving a parcel must save to be told, in minor units, 1 or more.
    limit
        How many are told at most, the most urgent first, 1 to 10,000; all of them with --json.
    """

    async def looked(conn: Conn) -> tuple[Looked, int]:
        now = WallClock().now()
        found = await re_promise.look_again(conn, now, least_saving_minor=saving)
        return found, await re_promise.act(conn, found, now) if act else 0

    found, handed_on = in_database(looked)
    answer(found, told(found, limit, handed_on if act else None), json=json)


def told(found: Looked, limit: int, handed_on: int | None) -> str:
    """What people read.

    limit      findings at most
    handed_on  orders that go to re-sourcing, None when nothing was to be done
    """
    counts = ", ".join(f"{found.counts.get(kind, 0):,} {kind}" for kind in ("danger", "cheaper", "sooner"))
    lines = [f"{found.looked_at:,} parcels looked at: {counts}."]
    lines += [f"{count:,} {_LEFT_OUT[cause]}: not looked at." for cause, count in sorted(found.left_out.items())]
    if found.findings:
        names = ("order", "parcel", "now at", "promised", "could come from", "by", "saves", "why")
        lines += ["", table(names, [_row(each) for each in found.findings[:limit]])]
    if handed_on is not None:
        lines += ["", f"{handed_on:,} orders were handed to re-sourcing."]
    return "\n".join(lines)


def _row(each: Finding) -> tuple[object, ...]:
    to_at = "" if each.to_at is None else local(each.to_at)
    return (
        each.order_id, each.parcel_no, each.from_node, local(each.promised_at), each.to_node or "nowhere", to_at,
        f"{each.saving_minor:,}", _SAID[each.why],
    )  # fmt: skip
