"""A promise is taken: stock, capacity, promise, order and payment intent in one durable step, or nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec
from psycopg import Rollback
from psycopg.errors import UniqueViolation

from sangdan.kit.db import Conn, Json, value
from sangdan.kit.events import note_emitted
from sangdan.kit.ids import derive
from sangdan.kit.problems import Conflict
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import Parcel, Unpicked, Way, overtaken, starts_by
from sangdan.ship.warehouse import commands as warehouse

PLACE: Final[LiteralString] = """
    SELECT flows.place_order(%(p)s::jsonb, %(inputs)s, %(answer)s, %(at)s) AS short
"""


FACTS: Final = 2  # orders.placed and payments.requested


class StockGone(Conflict):
    """Between the promise and the order others took goods, hour or turn; fresh ways come with the problem."""

    code = "stock-gone"


class SourceClosed(StockGone):
    """Between the promise and the order a place that it comes from went out of service; fresh ways come with it."""

    code = "source-closed"


class PromiseTaken(Conflict):
    """The promise became an order already; a retry of that wish brings its own key."""

    code = "promise-taken"


class Terms(msgspec.Struct, frozen=True):
    """What the alliance grants with every order: seconds until release, days until it confirms itself.

    release_after_s  less where waiting so long would break the date
    """

    release_after_s: int
    confirm_days: int


class Buyer(msgspec.Struct, frozen=True):
    """Who takes a promise: the shop's key, the ally that owns the shop and collects the money, and the shopper."""

    client_id: str
    shop_id: str
    shopper_id: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that somebody takes.

    release_at    until then it can be cancelled
    confirm_days  after its delivery it confirms itself
    """

    order_id: UUID
    buyer: Buyer
    promise: Opened
    release_at: datetime
    confirm_days: int


async def take(conn: Conn, token: str, buyer: Buyer, terms: Terms, secret: bytes, at: datetime) -> Taken:
    """Open a promise and place its order. A promise is taken once: the order's id derives from it.

    token   as it was handed out to this client
    secret  the alliance's promise key
    gives   what was placed
    raises  StockGone when goods or hour went in between, SourceClosed when a node did, PromiseTaken, PromiseAltered,
            PromiseForeign, PromiseExpired
    """
    promise = promises.open_(token, buyer.client_id, at, secret)
    order_id = derive(promise.promise_id, "order")
    try:
        return await take_opened(conn, promise, buyer, terms, order_id, at)
    except UniqueViolation as twice:
        raise PromiseTaken(
            f"This promise was taken by order {order_id}; ask again for another.", order_id=str(order_id)
        ) from twice


async def take_opened(conn: Conn, promise: Opened, buyer: Buyer, terms: Terms, order_id: UUID, at: datetime) -> Taken:
    """Place the order of a promise that needs no opening.

    order_id  a UUIDv7 that no order has
    gives     what was placed
    raises    StockGone when goods or hour went in between, SourceClosed when a node did
    """
    taken = Taken(
        order_id=order_id, buyer=buyer, promise=promise, release_at=_release_at(promise, terms, at),
        confirm_days=terms.confirm_days,
    )  # fmt: skip
    short = await place(conn, taken, at)
    closed = sorted({each["node_id"] for each in short if each["what"] == "node"})
    if closed:
        named = ", ".join(closed)
        raise SourceClosed(
            f"{named} went out of service: what was promised from there cannot come. Ask again.",
            nodes=named, short=short,
        )  # fmt: skip
    if short:
        names = ", ".join(sorted({each.get("sku", each["node_id"]) for each in short}))
        raise StockGone(f"Somebody else was faster: {names} cannot be promised like this any more.", short=short)
    return taken


def _release_at(promise: Opened, terms: Terms, at: datetime) -> datetime:
    """As long as may be for the shopper to think again, as long as the floors can still keep every date."""
    until = at + timedelta(seconds=terms.release_after_s)
    latest = starts_by(promise.facts, promise.way, int(at.timestamp()), int(until.timestamp()))
    return until if latest == int(until.timestamp()) else max(at, datetime.fromtimestamp(latest, at.tzinfo))


async def place(conn: Conn, taken: Taken, at: datetime) -> list[dict[str, str]]:
    """Place one order.

    gives  [] when it is placed; otherwise what was short, and nothing of this call is left in the database
    """
    short: list[dict[str, str]] | None = None
    note_emitted(FACTS)
    async with conn.transaction() as placing:
        short = await value(
            conn, PLACE, p=Json(rows(taken)), inputs=taken.promise.inputs, answer=taken.promise.answer, at=at
        )
        if short is None:
            short = await _overtaken(conn, taken, at)
        if short:
            raise Rollback(placing)
    return short


async def _overtaken(conn: Conn, taken: Taken, at: datetime) -> list[dict[str, str]]:
    """Stores where others, placed since the quote, are picked first and make this order late.

    Whoever places at the same store, for whichever hour, waits for our end: each counts all those before it.
    """
    facts, way = taken.promise.facts, taken.promise.way
    stores = {node.node_id for node in facts.nodes if node.pickup or node.unpicked}
    here = [parcel for parcel in way.parcels if parcel.node_id in stores]
    if not here:
        return []
    ours = [derive(taken.order_id, "parcel", parcel.parcel_no) for parcel in here]
    until = max(parcel.slot_at for parcel in here) + timedelta(seconds=1)
    queues: dict[str, list[Unpicked]] = {parcel.node_id: [] for parcel in here}
    await warehouse.line_up(conn, sorted(queues))
    for each in await warehouse.unpicked(conn, sorted(queues), until, ours):
        queues[each.node_id].append(Unpicked(int(each.hour_at.timestamp()), each.parcels))
    late = overtaken(facts, way, queues, int(at.timestamp()))
    return [{"what": "turn", "node_id": node_id} for node_id in late]


def rows(taken: Taken) -> dict[str, Any]:
    """The rows of an order, as flows.place_order takes them.

    gives  lists of rows named as the tables' columns are; ids derive from the order's, so twins are equal
    """
    way, order_id = taken.promise.way, taken.order_id
    payment_id = derive(order_id, "payment")
    return {
        "order": _order(taken),
        "lines": [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "seller_id": line.seller_id,
                "units": line.units,
                "unit_price_minor": line.unit_price_minor,
                "vat_class": line.vat_class,
                "rate_id": line.rate_id,
            }
            for line in way.lines
        ],
        "parcels": [_parcel(order_id, parcel) for parcel in way.parcels],
        "sources": list(_sources(order_id, way)),
        "slots": _slots(taken),
        "payment": {
            "payment_id": payment_id,
            "shop_id": taken.buyer.shop_id,
            "currency": way.currency,
            "amount_minor": way.price.total_minor,
        },
        "events": _events(taken, payment_id),
    }


def _parcel(order_id: UUID, parcel: Parcel) -> dict[str, Any]:
    return {
        "parcel_no": parcel.parcel_no,
        "parcel_id": derive(order_id, "parcel", parcel.parcel_no),
        "node_id": parcel.node_id,
        "operator_id": parcel.operator_id,
        "carrier_id": parcel.carrier_id,
        "service": parcel.service,
        "slot_at": parcel.slot_at,
        "ready_at": parcel.ready_at,
        "departs_at": parcel.departs_at,
        "promised_at": parcel.promised_at,
        "probability_ppm": parcel.probability_ppm,
        "fee_minor": parcel.fee_minor,
        "carrier_minor": parcel.carrier_minor,
        "weight_g": parcel.weight_g,
    }


def _sources(order_id: UUID, way: Way) -> Iterator[dict[str, Any]]:
    """Where each unit comes from: the cells, or the dated supply, that will hold it."""
    lines = {line.line_no: line for line in way.lines}
    for parcel in way.parcels:
        for part in parcel.contents:
            yield {
                "parcel_no": parcel.parcel_no,
                "line_no": part.line_no,
                "node_id": parcel.node_id,
                "sku": lines[part.line_no].sku,
                "owner_id": lines[part.line_no].seller_id,
                "units": part.units,
                "inbound_id": part.inbound_id,
                "reservation_id": derive(
                    order_id, "reservation", parcel.parcel_no, part.line_no, part.inbound_id or ""
                ),
            }


def _slots(taken: Taken) -> Sequence[dict[str, Any]]:
    capacity = {node.node_id: node.parcels_per_hour for node in taken.promise.facts.nodes}
    return [
        {
            "node_id": parcel.node_id,
            "parcel_id": derive(taken.order_id, "parcel", parcel.parcel_no),
            "hour_at": parcel.slot_at,
            "parcels_max": capacity[parcel.node_id],
        }
        for parcel in taken.promise.way.parcels
    ]


def _order(taken: Taken) -> dict[str, Any]:
    way, buyer = taken.promise.way, taken.buyer
    return {
        "order_id": taken.order_id,
        "client_id": buyer.client_id,
        "shop_id": buyer.shop_id,
        "shopper_id": buyer.shopper_id,
        "promise_id": taken.promise.promise_id,
        "currency": way.currency,
        "goods_minor": way.price.goods_minor,
        "delivery_minor": way.price.delivery_minor,
        "cost_minor": way.cost_minor,
        "co2e_g": way.co2e_g,
        "postcode": taken.promise.facts.postcode,
        "service": way.service,
        "promised_at": way.promised_at,
        "probability_ppm": way.probability_ppm,
        "release_at": taken.release_at,
        "confirm_days": taken.confirm_days,
    }


def _events(taken: Taken, payment_id: UUID) -> Sequence[dict[str, Any]]:
    return [
        {
            "subject": str(taken.order_id),
            "event_id": derive(taken.order_id, "event", "placed"),
            "type": "orders.placed",
            "data": {"order_id": taken.order_id},
        },
        {
            "subject": str(payment_id),
            "event_id": derive(taken.order_id, "event", "payment"),
            "type": "payments.requested",
            "data": {
                "order_id": taken.order_id,
                "payment_id": payment_id,
                "shop_id": taken.buyer.shop_id,
                "key": f"authorise-{payment_id}",
                "currency": taken.promise.way.currency,
                "amount_minor": taken.promise.way.price.total_minor,
            },
        },
    ]
