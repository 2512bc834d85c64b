"""Risks: every parcel that will probably be late, the most urgent first, and what can be done about it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sangdan.doors.web import states
from sangdan.doors.web.names import node_name
from sangdan.doors.web.words import Words, mark
from sangdan.flows.picture import network_of
from sangdan.flows.rescue_parcel import How, NothingToRescue, rescue, warn_shopper
from sangdan.flows.shopper_picture import number_of
from sangdan.flows.watch import ParcelSeen, Risk
from sangdan.kit import audit
from sangdan.offer.network.model import Network, Node
from sangdan.order.orders.model import Parcel

from .live import Live
from .naming import nodes_as_options
from .places import ALLIES, TOWER
from .sentences import RISKS
from .tables import Action, Asked, Cell, Choice, Column, Foreseen, Option, Rows, Search, Table
from .tables.columns import Tone

CODES: Final[dict[str, str]] = {
    "late_pick": mark("Late on the floor"),
    "missed_departure": mark("Missed its departure"),
    "slow_transit": mark("Slow on the way"),
    "carrier_exception": mark("Carrier trouble"),
    "node_down": mark("Node out of service"),
    "lane_closed": mark("Lane closed"),
    "lost": mark("Lost"),
}
PARCEL_STATES: Final[dict[str, str]] = {
    **states.PARCEL, "packed": mark("packed"), "waiting_pickup": mark("waits for the shopper"),
}  # fmt: skip
HOURS: Final = (1, 3, 12, 24)
HOUR_S: Final = 3600
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

    async def why(parcel_id: UUID) -> str:
        found = (await live.watch()).seen(parcel_id, None)
        return found[0].code if found is not None and found[0] is not None else "operator"

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
            Choice("node", mark("Node"), ask=nodes_as_options),
        ),
        source=Rows(rows, _ORDERS, _FILTERS),
        order="urgency",
        row_id=lambda row: str(row.risk.parcel_id),
        link=lambda row: f"/tower/orders/{row.risk.order_id}",
        actions=(_rescue("elsewhere"), _rescue("faster"), _tell(why)),
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
    Column("node", mark("From"), _node, order="node"),
)


def _rescue(how: How) -> Action:
    """Another way for a parcel: from elsewhere, or faster from where it is."""

    async def foresee(asked: Asked, row_id: str) -> Foreseen:
        rescued = await rescue(asked.conn, _parcel_id(row_id), how, asked.at)
        network = await network_of(asked.conn)
        return Foreseen(
            _title(rescued.before, asked.say),
            _way(rescued.before, network, asked.say),
            " + ".join(_way(parcel, network, asked.say) for parcel in rescued.moved),
            rescued.kept,
        )

    async def act(asked: Asked, row_id: str, reason: str) -> None:
        rescued = await rescue(asked.conn, _parcel_id(row_id), how, asked.at)
        await audit.note(
            asked.conn, asked.seer, asked.at, "parcel.sent-another-way", f"order/{rescued.before.order_id}",
            before=_facts([rescued.before]), after=_facts(rescued.moved), reason=reason,
        )  # fmt: skip

    if how == "elsewhere":
        return Action(
            how, mark("Send from elsewhere"),
            mark("Another node makes the parcel, if all of it still comes in time; its own is told to stop."),
            TOWER, foresee, act, icon="route",
        )  # fmt: skip
    return Action(
        how, mark("Send faster"),
        mark("The same node sends it by a faster service, if it then comes in time. The shopper pays nothing for it."),
        TOWER, foresee, act, icon="zap",
    )  # fmt: skip


def _tell(why: Callable[[UUID], Awaitable[str]]) -> Action:
    """A word to the shopper that it may come late."""

    async def foresee(asked: Asked, row_id: str) -> Foreseen:
        parcel = await warn_shopper(asked.conn, _parcel_id(row_id), await why(_parcel_id(row_id)), asked.at)
        return Foreseen(
            _title(parcel, asked.say),
            asked.say("promised by %(promised)s", promised=asked.say.when(parcel.promised_at)),
            asked.say("The shopper is told once that it may come late; the date stands."),
        )

    async def act(asked: Asked, row_id: str, reason: str) -> None:
        code = await why(_parcel_id(row_id))
        parcel = await warn_shopper(asked.conn, _parcel_id(row_id), code, asked.at)
        await audit.note(
            asked.conn, asked.seer, asked.at, "parcel.shopper-warned", f"order/{parcel.order_id}",
            after={"parcel_no": parcel.parcel_no, "why": code}, reason=reason,
        )  # fmt: skip

    return Action(
        "tell", mark("Tell the shopper"),
        mark("The shopper hears that the parcel may come late, and why, by their usual way; once for each parcel."),
        TOWER, foresee, act, icon="message-square",
    )  # fmt: skip


def _parcel_id(row_id: str) -> UUID:
    try:
        return UUID(row_id)
    except ValueError:
        raise NothingToRescue("There is no such parcel.", parcel_id=row_id) from None


def _title(parcel: Parcel, say: Words) -> str:
    return f"{number_of(parcel.order_id)} · {say('parcel %(parcel_no)s', parcel_no=parcel.parcel_no)}"


def _way(parcel: Parcel, network: Network, say: Words) -> str:
    return say(
        "%(node)s, %(service)s, by %(promised)s · %(chance)s",
        node=node_name(parcel.node_id, network, say),
        service=say(states.SERVICE[parcel.service]),
        promised=say.when(parcel.promised_at),
        chance=say.chance(parcel.probability_ppm),
    )


def _facts(parcels: Sequence[Parcel]) -> dict[str, object]:
    return {
        f"parcel_{parcel.parcel_no}": {
            "node_id": parcel.node_id, "service": parcel.service, "carrier_id": parcel.carrier_id,
            "promised_at": parcel.promised_at.isoformat(), "chance_ppm": parcel.probability_ppm,
        }
        for parcel in parcels
    }  # fmt: skip
