"""구매확정: the order is settled between the allies."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer, due, on, set_timer
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Contract, local_date
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderConfirmed, OrderDelivered
from sangdan.order.orders.model import Whole
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.model import Payment
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.model import LineFacts, OrderFacts, ParcelFacts, Terms


@on(OrderDelivered)
async def start_term(conn: Conn, arrived: OrderDelivered, at: datetime) -> None:
    """The dated term begins; a shopper who confirms earlier ends it."""
    order = await orders.get(conn, arrived.order_id)
    await set_timer(conn, "order.confirm", str(arrived.order_id), at + timedelta(days=order.confirm_days))


@due("order.confirm")
async def confirm_by_term(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """Nobody objected."""
    await orders.confirm(conn, UUID(key), at)


async def confirm(conn: Conn, order_id: UUID, at: datetime) -> None:
    """The shopper confirms; harmless twice.

    raises  NoSuchOrder, WrongState before everything has arrived
    """
    await orders.confirm(conn, order_id, at)
    await drop_timer(conn, "order.confirm", str(order_id))


async def confirm_purchase(conn: Conn, together: Sequence[UUID], at: datetime) -> None:
    """The shopper confirms all that they bought in one go; what was cancelled stays out, and twice is harmless.

    together  the orders, in their sequence
    raises    NoSuchOrder, WrongState with nothing confirmed before all of them have arrived
    """
    for order in [await orders.lock(conn, order_id) for order_id in together]:
        if order.state != "cancelled":
            await confirm(conn, order.order_id, at)


@on(OrderConfirmed)
async def settle(conn: Conn, confirmed: OrderConfirmed, at: datetime) -> None:
    """What the allies owe one another for this order goes into the ledger, on the terms of its day."""
    whole = await orders.read(conn, await orders.get(conn, confirmed.order_id))
    paid = await payments.payment(conn, confirmed.order_id, None)
    allies = {line.seller_id for line in whole.lines} | {parcel.operator_id for parcel in whole.parcels}
    agreed = await partners.contracts_on(conn, sorted(allies), local_date(at))
    carriers = {parcel.carrier_id for parcel in whole.parcels if parcel.carrier_id is not None}
    shops = await partners.collecting(conn, allies | carriers)
    await settlement.settle(conn, facts(whole, paid, at), {ally: terms(agreed[ally]) for ally in agreed}, shops)


def facts(whole: Whole, paid: Payment, at: datetime) -> OrderFacts:
    """What settling needs to know of an order."""
    order = whole.order
    return OrderFacts(
        order_id=order.order_id,
        shop_id=order.shop_id,
        currency=order.currency,
        delivery_minor=order.delivery_minor,
        captured_minor=paid.captured_minor,
        refunded_minor=paid.refunded_minor,
        at=at,
        lines=tuple(
            LineFacts(line.line_no, line.seller_id, line.units - line.cancelled_units, line.unit_price_minor)
            for line in whole.lines
        ),
        parcels=tuple(
            ParcelFacts(
                parcel.parcel_no,
                parcel.operator_id,
                parcel.carrier_id,
                parcel.carrier_minor,
                units_of(whole, parcel.parcel_no),
            )
            for parcel in whole.parcels
            if parcel.state == "delivered"
        ),
    )


def units_of(whole: Whole, parcel_no: int) -> dict[int, int]:
    """The units that came in a parcel, by line; a line may be filled from several reservations."""
    units: Counter[int] = Counter()
    for part in whole.inside(parcel_no):
        units[part.line_no] += part.left
    return dict(units)


def terms(contract: Contract) -> Terms:
    """A contract as settlement reads it."""
    return Terms(
        contract.partner_id,
        contract.currency,
        contract.commission_ppm,
        contract.unit_fee_minor,
        contract.parcel_fee_minor,
        contract.vat_ppm,
    )
