"""`sangdan order`: look at orders, and do for a shopper what a shopper may do."""

from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from cyclopts import App

from sangdan.doors.api.order_view import standing, told_shopper
from sangdan.flows.cancel_order import cancel as cancel_order
from sangdan.flows.confirm_order import confirm as confirm_order
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.history import Told, history
from sangdan.kit.money import spelled
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Order, Whole
from sangdan.pay.payments import commands as payments

from .output import Json, Most, answer, local, table
from .session import in_database

app = App(name="order", help="Look at orders; cancel and confirm them.")

State: TypeAlias = Literal["placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled"]
FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
TIMELINE_MOST: Final = 1000


@app.command
def show(order_id: UUID, /, *, json: Json = False) -> None:
    """Show an order with its lines and parcels.

    Parameters
    ----------
    order_id
        As `sangdan order list` shows it.
    """

    async def read(conn: Conn) -> Whole:
        return await orders.read(conn, await orders.get(conn, order_id))

    whole = in_database(read)
    answer(whole, _told(whole), json=json)


@app.command(name="list")
def show_all(*, state: State | None = None, limit: Most = 50, json: Json = False) -> None:
    """List orders by time of placing.

    Parameters
    ----------
    state
        Only orders in this state.
    limit
        How many at most, 1 to 10,000.
    """
    found = in_database(lambda conn: orders.page(conn, None, None, state, FIRST, limit))
    rows = [(each.order_id, each.state, _amount(each), each.currency, local(each.placed_at)) for each in found]
    text = table(("order", "state", "to pay", "currency", "placed at"), rows) if rows else "There is no such order."
    answer({"orders": found}, text, json=json)


@app.command
def timeline(order_id: UUID, /, *, json: Json = False) -> None:
    """Tell everything that happened to an order, its payment and its parcels, and what its shopper was told."""

    async def read(conn: Conn) -> list[Told]:
        whole = await orders.read(conn, await orders.get(conn, order_id))
        paid = await payments.payment(conn, order_id, None)
        subjects = [order_id, paid.payment_id, *(parcel.parcel_id for parcel in whole.parcels)]
        facts = await history(conn, [str(subject) for subject in subjects], TIMELINE_MOST)
        return sorted([*facts, *await told_shopper(conn, order_id)], key=lambda each: each.at)

    facts = in_database(read)
    answer({"facts": facts}, table(("at", "what"), [(local(each.at), each.type) for each in facts]), json=json)


@app.command
def cancel(order_id: UUID, /, *, reason: str = "operator", json: Json = False) -> None:
    """Cancel an order that has not been released to the floor: units, capacity and money go back.

    Parameters
    ----------
    reason
        A code that stays with the order.
    """
    at = WallClock().now()
    cut = in_database(
        lambda conn: cancel_order(conn, order_id, reason, at),
        what="order.cancelled",
        subject=f"order/{order_id}",
        stands=lambda conn: _standing(conn, order_id),
        reason=reason,
    )
    answer(cut, f"{order_id} is cancelled.", json=json)


@app.command
def confirm(order_id: UUID, /, *, json: Json = False) -> None:
    """Confirm (구매확정) an order that has arrived, so that the allies are settled with."""
    at = WallClock().now()
    in_database(
        lambda conn: confirm_order(conn, order_id, at),
        what="order.confirmed",
        subject=f"order/{order_id}",
        stands=lambda conn: _standing(conn, order_id),
    )
    answer({"confirmed": order_id}, f"{order_id} is confirmed.", json=json)


async def _standing(conn: Conn, order_id: UUID) -> dict[str, object]:
    return standing(await orders.read(conn, await orders.get(conn, order_id)))


def _told(whole: Whole) -> str:
    order = whole.order
    lines = [(n.line_no, n.sku, n.seller_id, n.units, n.cancelled_units) for n in whole.lines]
    parcels = [(p.parcel_no, p.node_id, p.service, p.state, local(p.promised_at)) for p in whole.parcels]
    return "\n\n".join(
        [
            f"{order.order_id}  {order.state}{f' ({order.reason})' if order.reason else ''}\n"
            f"placed {local(order.placed_at)}, promised {local(order.promised_at)} "
            f"at {order.probability_ppm / 10_000:.1f} %, to pay {_amount(order)} {order.currency}",
            table(("line", "sku", "seller", "units", "cancelled"), lines),
            table(("parcel", "node", "service", "state", "promised"), parcels),
        ]
    )


def _amount(order: Order) -> str:
    return spelled(order.due_minor, order.currency)
