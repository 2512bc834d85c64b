"""A shopper says what a purchase was like: only of what arrived, and once."""

from datetime import datetime
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.ids import derive
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.errors import NotReviewable
from sangdan.offer.reviews.model import Draft, Review, State
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Line, Whole


class OpenLine(msgspec.Struct, frozen=True):
    """A line that arrived.

    review  what its shopper said of it, None while nothing was said
    """

    line_no: int
    sku: str
    product_id: str
    name_ko: str
    name_en: str
    review: Review | None


class Written(msgspec.Struct, frozen=True):
    """A review that was taken; waiting until somebody has looked at it, or shown."""

    review_id: UUID
    product_id: str
    state: State


async def write(
    conn: Conn, shop_id: str, order_id: UUID, line_no: int, stars: int, body: str, at: datetime,
    *, shopper_id: str | None = None,
) -> Written:  # fmt: skip
    """Take a review of a line of an order.

    shop_id     whose shop the order came through
    shopper_id  who writes, where the shop knows: it must be the order's
    raises      NoSuchOrder, NotReviewable, BadReview, ReviewExists
    """
    whole = await _own(conn, shop_id, order_id, shopper_id)
    line = next((each for each in whole.lines if each.line_no == line_no), None)
    if line is None or not arrived(whole, line):
        raise NotReviewable(
            f"Line {line_no} has not arrived: it can be reviewed when it has.", order_id=str(order_id), line_no=line_no
        )
    product_id = (await catalogue.skus(conn, [line.sku]))[line.sku].product_id
    draft = Draft(
        review_id=_id(line),
        product_id=product_id,
        order_id=order_id,
        line_no=line_no,
        sku=line.sku,
        shop_id=shop_id,
        shopper_id=whole.order.shopper_id,
        stars=stars,
        body=body,
        written_at=at,
    )
    return Written(draft.review_id, product_id, await reviews.write(conn, draft))


async def open_lines(conn: Conn, shop_id: str, order_id: UUID, *, shopper_id: str | None = None) -> list[OpenLine]:
    """The lines of an order that arrived, each with its review.

    raises  NoSuchOrder
    """
    whole = await _own(conn, shop_id, order_id, shopper_id)
    lines = [line for line in whole.lines if arrived(whole, line)]
    known = {each.review_id: each for each in await reviews.known(conn, [_id(line) for line in lines])}
    skus = await catalogue.skus(conn, [line.sku for line in lines])
    return [
        OpenLine(
            line.line_no, line.sku, skus[line.sku].product_id, skus[line.sku].name_ko, skus[line.sku].name_en,
            known.get(_id(line)),
        )
        for line in lines
    ]  # fmt: skip


def arrived(whole: Whole, line: Line) -> bool:
    """Whether units of a line are with the shopper."""
    delivered = {parcel.parcel_no for parcel in whole.parcels if parcel.state == "delivered"}
    return any(
        part.line_no == line.line_no and part.parcel_no in delivered and part.left > 0 for part in whole.parcel_lines
    )


def _id(line: Line) -> UUID:
    return derive(line.order_id, "review", line.line_no)


async def _own(conn: Conn, shop_id: str, order_id: UUID, shopper_id: str | None) -> Whole:
    order = await orders.see(conn, order_id, shop_id)
    if order.shop_id != shop_id or shopper_id not in (None, order.shopper_id):
        raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))
    return await orders.read(conn, order)
