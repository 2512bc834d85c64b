"""What happened to one order, told in sentences: why each promise was made, moved, kept or broken."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sangdan.doors.api.order_view import OrderView, owns, view
from sangdan.doors.web import states
from sangdan.doors.web.names import node_name, with_names
from sangdan.doors.web.words import SEOUL, Words
from sangdan.flows.picture import network_of
from sangdan.flows.shopper_picture import number_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.history import Told, history
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import spoken
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Whole
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.errors import NoSuchPayment

from .sentences import CODES, FACTS, MOVED, REASONS, REPORTS

FACTS_MAX: Final = 500
# Steps between systems that tell a person nothing new.
SILENT: Final = frozenset({
    "payments.requested", "payments.capture_requested", "payments.refund_requested", "payments.void_requested",
    "payments.inquiry_due", "orders.authorised",
})  # fmt: skip
# How a moment is marked: it went well, it is news of a change, it went wrong.
GOOD: Final = frozenset({"delivery.delivered", "orders.delivered", "orders.confirmed"})
TROUBLE: Final = frozenset({"exception", "attempt_fail"})
BAD: Final = frozenset({"delivery.lost", "orders.cancelled", "payments.declined", "payments.refused"})
# Of facts of one instant the order is told before its parts, and what follows from them after them.
FIRST: Final = frozenset({"orders.placed", "orders.cancelled"})
LAST: Final = frozenset({"orders.shipped", "orders.delivered", "payments.refunded", "payments.voided"})


class Moment(msgspec.Struct, frozen=True):
    """Something that happened.

    mark  plain, good, change or bad
    more  sentences that explain it
    """

    at: str
    mark: str
    text: str
    more: tuple[str, ...] = ()


class ParcelTold(msgspec.Struct, frozen=True):
    """A parcel as a person reads it; `stands` is false when it will never come."""

    parcel_no: int
    node: str
    state: str
    stands: bool
    promised: str
    chance: str
    goods: tuple[str, ...]


class Story(msgspec.Struct, frozen=True):
    """One order, for one reader.

    number    as the shop and its shopper call it
    standing  its state as the database calls it
    sums      what the shopper pays; None for allies that only have a part in it
    why       why the promise was made as it was, in sentences
    together  ids and numbers of the orders that were bought and are paid with it, for its own shop and the tower
    """

    order_id: UUID
    number: str
    standing: str
    state: str
    place: str
    placed: str
    promised: str
    chance: str
    is_pickup: bool
    sums: str | None
    why: tuple[str, ...]
    parcels: tuple[ParcelTold, ...]
    moments: tuple[Moment, ...]
    together: tuple[tuple[UUID, str], ...]


async def story_of(conn: Conn, order_id: UUID, seer: Seer, say: Words) -> Story:
    """One order as its reader may see it.

    raises  NoSuchOrder, also when the reader has no part in it
    """
    whole = await orders.read(conn, await orders.see(conn, order_id, seer.seen_by))
    seen = view(whole, seer)
    network = await network_of(conn)
    teller = _Teller(whole, network, say)
    goods = await catalogue.skus(conn, [line.sku for line in seen.lines])
    mine = owns(whole.order, seer)
    subjects = [str(parcel.parcel_id) for parcel in seen.parcels]
    if mine:
        subjects.append(str(order_id))
        with suppress(NoSuchPayment):  # an order that was brought in from elsewhere was paid there
            subjects.append(str((await payments.payment(conn, order_id, None)).payment_id))
    told = await history(conn, subjects, FACTS_MAX)
    given = await promises.given(conn, order_id) if mine else None
    reasons = () if given is None else given.reasons
    zone = network.zones.get(network.zone_of(whole.order.postcode).zone_id)
    return Story(
        order_id=order_id,
        number=whole.order.order_ref if mine and whole.order.order_ref else number_of(order_id),
        standing=whole.order.state,
        placed=say.when(whole.order.placed_at),
        state=say(states.ORDER[whole.order.state]),
        place=whole.order.postcode if zone is None else f"{say.of(zone)} {whole.order.postcode}",
        promised=say.when(whole.order.promised_at),
        chance=say.chance(whole.order.probability_ppm),
        is_pickup=whole.order.service == PICKUP,
        sums=None if seen.sums is None else say.money(whole.order.due_minor, seen.currency),
        why=tuple(with_names(spoken(reason, say.language, SEOUL.key), network, goods, say) for reason in reasons),
        parcels=tuple(_parcel(parcel, seen, goods, network, say) for parcel in seen.parcels),
        moments=teller.moments(told),
        together=await _together(conn, order_id) if mine else (),
    )


async def _together(conn: Conn, order_id: UUID) -> tuple[tuple[UUID, str], ...]:
    others = [each for each in await orders.together(conn, order_id) if each != order_id]
    return tuple([(each, (await orders.get(conn, each)).order_ref or number_of(each)) for each in others])


class _Teller:
    """Puts facts into sentences."""

    def __init__(self, whole: Whole, network: Network, say: Words) -> None:
        self._parcels = {parcel.parcel_no: parcel for parcel in whole.parcels}
        self._currency = whole.order.currency
        self._network = network
        self._say = say

    def moments(self, told: Sequence[Told]) -> tuple[Moment, ...]:
        """Everything that a person wants to know of, oldest first."""
        said = [fact for fact in told if fact.type not in SILENT]
        said.sort(key=lambda fact: (fact.at, fact.type not in FIRST, fact.type in LAST))
        return tuple(map(self._fact, said))

    def _fact(self, fact: Told) -> Moment:
        say, data = self._say, fact.data
        text = FACTS.get(fact.type)
        args: dict[str, Any] = {"parcel_no": data.get("parcel_no"), "node": self._node(data.get("node_id"))}
        mark, more = "plain", ()
        if "amount_minor" in data:
            args["amount"] = say.money(data["amount_minor"], self._currency)
        if "reason" in data:
            args["reason"] = self._reason(data["reason"])
        if fact.type == "warehouse.picked" and data["short"]:
            text, mark = FACTS["warehouse.picked_short"], "change"
            args["missing"] = sum(short["units"] for short in data["short"])
        elif fact.type == "delivery.moved":
            text = REPORTS.get(data["state"])
            mark = "change" if data["state"] in TROUBLE else "plain"
        elif fact.type == "orders.re_promised":
            text, mark, args, more = self._moved(data)
        elif fact.type == "delivery.delivered":
            kept = datetime.fromisoformat(data["at"]) <= self._parcels[data["parcel_no"]].promised_at
            text = FACTS[f"delivery.delivered_{'kept' if kept else 'late'}"]
            mark = "good" if kept else "bad"
        elif fact.type in BAD or fact.type in GOOD:
            mark = "bad" if fact.type in BAD else "good"
        return Moment(say.when(fact.at), mark, fact.type if text is None else say(text, **args), more)

    def _moved(self, data: Mapping[str, Any]) -> tuple[str, str, dict[str, Any], tuple[str, ...]]:
        """Another source: where from, and whether the date stands."""
        parcel = self._parcels[data["parcel_no"]]
        args = {"parcel_no": parcel.parcel_no, "node": self._node(parcel.node_id)}
        kept = "kept" if data["kept"] else "later"
        promised, chance = self._say.when(parcel.promised_at), self._say.chance(parcel.probability_ppm)
        why = self._say(MOVED[kept], promised=promised, chance=chance)
        cause = CODES.get(data.get("why", ""))
        return FACTS["orders.re_promised"], "change", args, (why,) if cause is None else (self._say(cause), why)

    def _node(self, node_id: str | None) -> str:
        return node_name(node_id or "", self._network, self._say)

    def _reason(self, reason: str) -> str:
        return self._say(REASONS[reason]) if reason in REASONS else reason


def _parcel(parcel: Any, seen: OrderView, goods: Mapping[str, Sku], network: Network, say: Words) -> ParcelTold:
    names = {line.line_no: say.of(goods[line.sku]) for line in seen.lines}
    others = say("another seller's goods")
    inside = [
        f"{names.get(part.line_no, others)} × {part.units - part.lost_units}"
        for part in parcel.contents
        if part.units > part.lost_units
    ]
    return ParcelTold(
        parcel_no=parcel.parcel_no,
        node=node_name(parcel.node_id, network, say),
        state=say(states.PARCEL[parcel.state]),
        stands=parcel.state not in ("cancelled", "lost"),
        promised=say.when(parcel.promised_at),
        chance=say.chance(parcel.probability_ppm),
        goods=tuple(inside),
    )
