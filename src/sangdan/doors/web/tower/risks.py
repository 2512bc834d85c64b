"""Risks: every parcel that will probably be late, the most urgent first, and what can be done about it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sangdan.doors.web import states
from sangdan.doors.web.words import Words, mark
from sangdan.flows.picture import network_of
from sangdan.flows.shopper_picture import number_of
from sangdan.flows.watch import ParcelSeen, Risk
from sangdan.offer.network.model import Node

from .live import Live
from .naming import nodes_as_options
from .places import ALLIES
from .risk_actions import actions_of, parcel_of, title_of
from .sentences import CODES, RISKS
from .tables import Asked, Cell, Choice, Column, Option, Rows, Search, Table
from .tables.columns import Tone

PARCEL_STATES: Final[dict[str, str]] = {
    **states.PARCEL, "packed": mark("packed"), "waiting_pickup": mark("waits for the shopper"),
}  # fmt: skip
HOURS: Final = (1, 3, 12, 24)
HOUR_S: Final = 3600
ON_ITS_FLOOR: Final = frozenset({"planned", "released", "packed"})
UNSURE_PPM: Final = 400_000
PPM_PER_CENT: Final = 10_000


# gc=False: none can be part of a cycle, and thousands are made for each page.
class Row(msgspec.Struct, frozen=True, gc=False):
    """A parcel at risk.

    rank    its place by how soon and how unlikely
    left_s  until it was promised, negative when that is over
    """

    rank: int
    risk: Risk
    seen: ParcelSeen
    node: Node | None
    left_s: int


# What to try first with a parcel at risk.
TRIES: Final[dict[str, str]] = {
    "save": mark("Another way"),
    "later": mark("A later date"),
    "tell": mark("A word to the shopper"),
}


def first_try(row: Row) -> str:
    """What may still help: another way as long as an hour is left, a later date after that, a word once it has left."""
    if row.seen.state not in ON_ITS_FLOOR or row.seen.service == "pickup":
        return "tell"
    return "save" if row.left_s > HOUR_S else "later"


async def cause_of(live: Live, parcel_id: UUID) -> str:
    """What the shopper is told of why a parcel will be late, as a code; 'operator' of one that is at no risk."""
    found = (await live.watch()).seen(parcel_id, None)
    return found[0].code if found is not None and found[0] is not None else "operator"


def risk_table(live: Live) -> Table[Row]:
    """The list of risks.

    live  knows them
    """

    async def rows(asked: Asked) -> Sequence[Row]:
        watch, network = await live.watch(), await network_of(asked.conn)
        now = asked.at.timestamp()
        return [
            Row(rank, risk, seen, network.nodes.get(risk.node_id), int(risk.promised_at.timestamp() - now))
            for rank, (risk, seen) in enumerate(watch.risky(asked.seer.seen_by))
        ]

    async def called(asked: Asked, row_id: str) -> str:
        found = (await live.watch()).seen(parcel_of(row_id), asked.seer.seen_by)
        return "" if found is None else title_of(found[1].order_id, found[1].parcel_no, asked.say)

    async def why(parcel_id: UUID) -> str:
        return await cause_of(live, parcel_id)

    return Table[Row](
        path="/risks",
        title=mark("Risks"),
        lead=mark(
            "Parcels that will probably be late: the sooner they are due and the less likely they are, the higher."
        ),
        roles=ALLIES,
        columns=_COLUMNS,
        filters=(
            Search("q", mark("Order"), mark("Order number"), str.lower),
            Choice("code", mark("Reason"), tuple(Option(code, name) for code, name in CODES.items())),
            Choice("left", mark("Due"), tuple(Option(str(h), _WITHIN[h]) for h in HOURS), sift=int),
            Choice("service", mark("Service"), tuple(Option(each, name) for each, name in states.SERVICE.items())),
            Choice("try", mark("Suggested"), tuple(Option(each, name) for each, name in TRIES.items())),
            Choice("node", mark("Node"), ask=nodes_as_options),
        ),
        source=Rows(rows, _ORDERS, _FILTERS),
        order="urgency",
        row_id=lambda row: str(row.risk.parcel_id),
        link=lambda row: f"/tower/orders/{row.risk.order_id}",
        actions=actions_of(why),
        called=called,
        empty=mark("Nothing is at risk. Every open promise is likely to be kept."),
    )


_WITHIN: Final[dict[int, str]] = {
    1: mark("within the hour"), 3: mark("within three hours"), 12: mark("within half a day"), 24: mark("within a day"),
}  # fmt: skip
_ORDERS: Final[dict[str, Callable[[Row], tuple[Any, ...]]]] = {
    "urgency": lambda row: (row.rank,),
    "promised": lambda row: (int(row.risk.promised_at.timestamp()), row.rank),
    "chance": lambda row: (row.risk.chance_ppm, row.rank),
    "node": lambda row: (row.risk.node_id, row.rank),
}
_FILTERS: Final[dict[str, Callable[[Row, Any], bool]]] = {
    "q": lambda row, text: text in str(row.risk.order_id) or text in number_of(row.risk.order_id).lower(),
    "code": lambda row, code: row.risk.code == code,
    "left": lambda row, hours: row.left_s <= hours * HOUR_S,
    "service": lambda row, service: row.seen.service == service,
    "try": lambda row, name: first_try(row) == name,
    "node": lambda row, node_id: row.risk.node_id == node_id,
}


def _number(row: Row, say: Words) -> Cell:
    parcel = say("parcel %(parcel_no)s", parcel_no=row.seen.parcel_no)
    return Cell(number_of(row.risk.order_id), under=f"{parcel} · {say(PARCEL_STATES[row.seen.state])}", code=True)


def _chance(row: Row, say: Words) -> Cell:
    tone: Tone = "change" if row.risk.chance_ppm >= UNSURE_PPM else "bad"
    return Cell(say.chance(row.risk.chance_ppm), tone=tone)


def span(seconds: int, say: Words) -> str:
    """A length of time in two units at most."""
    minutes = abs(seconds) // 60
    hours, days = minutes // 60, minutes // 1440
    if hours < 1:
        return say("%(m)s min", m=minutes)
    if hours < 48:
        return say("%(h)s h %(m)s min", h=hours, m=minutes % 60) if minutes % 60 else say("%(h)s h", h=hours)
    return say("%(d)s d %(h)s h", d=days, h=hours % 24)


def _left(row: Row, say: Words) -> Cell:
    told = span(row.left_s, say)
    text = say("%(span)s left", span=told) if row.left_s >= 0 else say("%(span)s over", span=told)
    return Cell(text, under=say.when(row.risk.promised_at))


def _node(row: Row, say: Words) -> Cell:
    name = row.risk.node_id if row.node is None else say.of(row.node)
    return Cell(name, under=say(states.SERVICE[row.seen.service]))


def because(risk: Risk, node: str, say: Words) -> str:
    """Why a parcel will probably be late, in a sentence."""
    args: dict[str, Any] = {"node": node}
    for name, value in risk.args.items():
        args[name] = say.when(value) if isinstance(value, datetime) else value
    if "usual_s" in risk.args:
        args["usual"] = span(risk.args["usual_s"], say)
    waits = risk.code == "slow_transit" and risk.args.get("departed_at") is None
    more = "_waiting" if waits else "_next" if risk.args.get("next_departs_at") else ""
    return say(RISKS.get(f"{risk.code}{more}", RISKS[risk.code]), **args)


def _try(row: Row, say: Words) -> Cell:
    name = first_try(row)
    return Cell(say(TRIES[name]), href=None if name == "tell" else f"/tower/risks/{row.risk.parcel_id}/dates")


def _because(row: Row, say: Words) -> Cell:
    return Cell(because(row.risk, row.risk.node_id if row.node is None else say.of(row.node), say))


_COLUMNS: Final[tuple[Column[Row], ...]] = (
    Column("order", mark("Order"), _number, value=lambda row: str(row.risk.order_id)),
    Column(
        "chance",
        mark("Chance"),
        _chance,
        value=lambda row: row.risk.chance_ppm // PPM_PER_CENT,
        kind="whole",
        order="chance",
    ),
    Column("left", mark("Due"), _left, value=lambda row: row.risk.promised_at, kind="instant", order="promised"),
    Column("because", mark("Why"), _because, wide=True, phone=False),
    Column("try", mark("Suggested"), _try, phone=False),
    Column("node", mark("From"), _node, order="node", phone=False),
)
