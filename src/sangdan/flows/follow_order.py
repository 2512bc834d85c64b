"""An order as its shopper follows it: how far it is, and every step so far with what explains it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.history import Told, history
from sangdan.offer.network.model import Network
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Order, Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.errors import NoSuchPayment
from sangdan.talk.notices.model import Names, Picture

from .late_parcels import ON_THE_FLOOR, open_date
from .picture import network_of
from .shopper_picture import picture

FACTS_MAX: Final = 1000
# Steps between systems, and those that a later one says better.
SILENT: Final = frozenset({
    "payments.requested", "payments.capture_requested", "payments.refund_requested", "payments.void_requested",
    "payments.inquiry_due", "payments.refused", "orders.authorised", "orders.shipped", "warehouse.cancelled",
})  # fmt: skip
# Of what happened at one instant: what comes of the placing follows it, what sums up the parcels follows them.
_TURNS: Final[Mapping[str, int]] = {"orders.placed": 0, "orders.delivered": 2}
GONE: Final = frozenset({"cancelled", "lost"})
_CARRIED: Final = frozenset({"in_transit"})  # said by the hand-over already


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, for the shopper.

    code          the fact's name, told apart further where it means different things
    parcel_no     the parcel it is about, where the order has several
    why           code of what made a promise move, or an order shrink or end
    place         where it happened, or where the goods come from now
    amount_minor  money that it is about
    by, was       the date that holds from now on, and the one before
    chance_ppm    that it is kept
    """

    code: str
    at: datetime
    parcel_no: int | None = None
    why: str | None = None
    place: Names | None = None
    amount_minor: int | None = None
    by: datetime | None = None
    was: datetime | None = None
    chance_ppm: int | None = None


class Followed(msgspec.Struct, frozen=True):
    """An order, as its shopper may know it.

    steps       the oldest first
    prices      of a unit of each line, by its number, in the currency's minor unit
    later       the date of what comes later than it was sold for, as long as it has not left and the shopper has not
                taken that date; None when there is nothing to answer
    leaves_all  nothing of the order has left: all of it can be cancelled for that
    """

    order: Order
    now: Picture
    steps: tuple[Step, ...]
    prices: Mapping[int, int]
    later: datetime | None = None
    leaves_all: bool = False


async def follow(conn: Conn, order_id: UUID) -> Followed:
    """An order and its steps.

    raises  NoSuchOrder
    """
    whole = await orders.read(conn, await orders.get(conn, order_id))
    subjects = [str(order_id), *(str(parcel.parcel_id) for parcel in whole.parcels)]
    with suppress(NoSuchPayment):  # an order that was brought in from elsewhere was paid there
        subjects.append(str((await payments.payment(conn, order_id, None)).payment_id))
    told = await history(conn, subjects, FACTS_MAX)
    steps = steps_of(whole, told, await network_of(conn))
    return Followed(
        whole.order,
        await picture(conn, order_id),
        steps,
        {line.line_no: line.unit_price_minor for line in whole.lines},
        open_date(whole, told),
        all(parcel.state in (*ON_THE_FLOOR, *GONE) for parcel in whole.parcels),
    )


def steps_of(whole: Whole, told: Sequence[Told], network: Network) -> tuple[Step, ...]:
    """The facts that a shopper wants to know of."""
    parcels = {parcel.parcel_no: parcel for parcel in whole.parcels}
    several = len(parcels) > 1
    steps: list[Step] = []
    trouble: str | None = None
    for fact in sorted(told, key=_turn):
        if fact.type == "warehouse.picked":
            trouble = "not_on_shelf" if fact.data["short"] else trouble
            continue
        if fact.type in SILENT or (fact.type == "delivery.moved" and fact.data["state"] in _CARRIED):
            continue
        step = _step(fact, parcels, network, trouble)
        if not several:
            step = msgspec.structs.replace(step, parcel_no=None)
        steps.append(step)
    return tuple(steps)


def _turn(fact: Told) -> tuple[datetime, int, str, int]:
    return fact.at, _TURNS.get(fact.type, 1), fact.subject, fact.sequence


def _step(fact: Told, parcels: Mapping[int, Parcel], network: Network, trouble: str | None) -> Step:
    data = fact.data
    parcel = parcels.get(data.get("parcel_no", 0))
    code, at = fact.type, fact.at
    if code == "orders.re_promised" and parcel is not None:
        return _moved(fact, parcel, parcels, network, trouble)
    if code == "delivery.moved":
        code, at = f"delivery.{data['state']}", _instant(data["at"])
    elif code == "delivery.delivered" and parcel is not None:
        at = _instant(data["at"])
        what = "collected" if data["carrier_id"] is None else "delivered"
        code = f"delivery.{what}{'' if at <= parcel.promised_at or what == 'collected' else '_late'}"
    elif code == "warehouse.handed_over":
        code, at = ("ready" if data["carrier_id"] is None else "shipped"), _instant(data["at"])
    return Step(
        code=code,
        at=at,
        parcel_no=None if parcel is None else parcel.parcel_no,
        why=data.get("reason"),
        place=_place(data.get("node_id") or (parcel and parcel.node_id), network),
        amount_minor=data.get("amount_minor"),
    )


def _moved(fact: Told, parcel: Parcel, parcels: Mapping[int, Parcel], network: Network, trouble: str | None) -> Step:
    """Another source: which, by when now, by when before, and what made it necessary."""
    before = [each.promised_at for each in parcels.values() if each.parcel_no != parcel.parcel_no and _is_gone(each)]
    out = [each for each in parcels.values() if _is_gone(each) and each.node_id in network.outages]
    why = f"node_{network.outages[out[0].node_id].reason}" if out and trouble is None else trouble
    return Step(
        code="re_promised_kept" if fact.data["kept"] else "re_promised",
        at=fact.at,
        parcel_no=parcel.parcel_no,
        why=fact.data.get("why") or why,
        place=_place(parcel.node_id, network),
        by=parcel.promised_at,
        was=max(before, default=None),
        chance_ppm=parcel.probability_ppm,
    )


def _is_gone(parcel: Parcel) -> bool:
    return parcel.state in GONE


def _place(node_id: Any, network: Network) -> Names | None:
    node = network.nodes.get(node_id or "")
    return None if node is None else Names(node.name_ko, node.name_en)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
