"""What was bought in one go and comes in parts: each part as it stands, and all of it in one line."""

import zlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from sangdan.flows.follow_order import Followed, follow
from sangdan.kit.db import Conn
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Order

from ..words import Words, mark
from .order_story import HEADLINES, MONEY_BACK, STEPS, TO_STORE, WHY, Story, story
from .telling import Teller
from .visitor import Visitor, own_order

PURCHASES: Final = "/shop/purchases"
ARRIVED: Final = frozenset({"delivered", "confirmed"})
_ALL_ARRIVED: Final = mark("All parts have arrived")
_SOME_ARRIVED: Final = mark("Arrived so far: %(n)s of %(all)s parts")
_SOME_SHIPPED: Final = mark("On the way or ready: %(n)s of %(all)s parts")


class PartNow(msgspec.Struct, frozen=True):
    """An order of a purchase; `when` it arrives, None when it has, or does not.

    purchase  the page of all of it
    """

    number: int
    href: str
    purchase: str
    here: bool
    service: str
    icon: str
    headline: str
    when: str | None
    due_minor: int
    currency: str


class PartTold(msgspec.Struct, frozen=True):
    """A part on the page of its purchase.

    pickup  whether its shopper fetches it
    ended   why it was cancelled, and what became of its money; nothing of one that stands
    """

    number: int
    href: str
    pickup: bool
    service: str
    icon: str
    story: Story
    ended: tuple[str, ...]


class PurchaseTold(msgspec.Struct, frozen=True, kw_only=True):
    """The page of a purchase.

    order_id  of its first order, by which the page is found
    ending    orders that can still be cancelled, and ends_by: until when all of those can
    version   changes when anything of it does
    """

    order_id: UUID
    order_no: str
    placed: str
    headline: str
    parts: tuple[PartTold, ...]
    goods_minor: int
    delivery_minor: int
    cancelled_minor: int
    due_minor: int
    currency: str
    ending: tuple[UUID, ...]
    ends_by: str
    version: str

    @property
    def lives(self) -> bool:
        """Whether there is news to wait for."""
        return any(part.story.lives for part in self.parts)

    @property
    def stands(self) -> bool:
        """Whether any of it was not cancelled."""
        return any(part.story.state != "cancelled" for part in self.parts)

    @property
    def confirmable(self) -> bool:
        """Whether all that was not cancelled has arrived, and some of it is not confirmed yet."""
        states = {part.story.state for part in self.parts} - {"cancelled"}
        return "delivered" in states and states <= ARRIVED

    @property
    def fetched(self) -> bool:
        """Whether nothing of it is brought."""
        return all(part.pickup for part in self.parts)

    @property
    def ends_all(self) -> bool:
        """Whether all that still stands can be cancelled."""
        return len(self.ending) == sum(part.story.state != "cancelled" for part in self.parts)


async def own_purchase(conn: Conn, who: Visitor, order_id: UUID) -> tuple[UUID, ...]:
    """The orders of a purchase that this visitor may look at, by any of them.

    raises  NoSuchOrder, also for anybody else's, and of an order that was placed alone
    """
    order = await own_order(conn, who, order_id)
    together = await orders.together(conn, order.order_id)
    if not together:
        raise NoSuchOrder(f"Order {order_id} was placed alone.", order_id=str(order_id))
    return together


async def page_of(conn: Conn, order_id: UUID) -> str:
    """Where a shopper follows what they bought: a purchase as a whole when they name its first order."""
    together = await orders.together(conn, order_id)
    return f"{PURCHASES}/{order_id}" if together[:1] == (order_id,) else f"/shop/orders/{order_id}"


async def parts_now(conn: Conn, order_id: UUID, say: Words, tell: Teller) -> list[PartNow]:
    """All orders that one was placed with, itself among them; none of an order that was placed alone."""
    parts: list[PartNow] = []
    together = await orders.together(conn, order_id)
    for number, each in enumerate(together, start=1):
        order = await orders.get(conn, each)
        coming = [p.promised_at for p in await orders.parcels(conn, each) if p.state not in ("cancelled", "lost")]
        ended = order.state in (*ARRIVED, "cancelled") or not coming
        parts.append(
            PartNow(
                number=number,
                href=f"/shop/orders/{each}",
                purchase=f"{PURCHASES}/{together[0]}",
                here=each == order_id,
                service=tell.service(order.service),
                icon=tell.icon(order.service),
                headline=_headline(order, say),
                when=None if ended else tell.arrival(order.service, max(coming)),
                due_minor=order.due_minor,
                currency=order.currency,
            )
        )
    return parts


async def purchase_told(conn: Conn, together: Sequence[UUID], say: Words, tell: Teller) -> PurchaseTold:
    """A purchase in words.

    together  its orders, in their sequence
    """
    followed = [await follow(conn, order_id) for order_id in together]
    bought = [each.order for each in followed]
    parts = [
        PartTold(
            number, f"/shop/orders/{each.order.order_id}", each.order.service == PICKUP,
            tell.service(each.order.service), tell.icon(each.order.service), story(each, say, tell),
            _ended(each, say),
        )
        for number, each in enumerate(followed, start=1)
    ]  # fmt: skip
    ending = [order for part, order in zip(parts, bought, strict=True) if part.story.cancellable]
    return PurchaseTold(
        order_id=together[0],
        order_no=parts[0].story.order_no,
        placed=parts[0].story.placed,
        headline=headline([order.state for order in bought], say),
        parts=tuple(parts),
        goods_minor=sum(order.goods_minor for order in bought),
        delivery_minor=sum(order.delivery_minor for order in bought),
        cancelled_minor=sum(order.cancelled_minor for order in bought),
        due_minor=sum(order.due_minor for order in bought),
        currency=bought[0].currency,
        ending=tuple(order.order_id for order in ending),
        ends_by=say.time(min(order.release_at for order in ending)) if ending else "",
        version=f"{zlib.crc32(msgspec.json.encode(parts)):x}",
    )


def headline(states: Sequence[str], say: Words) -> str:
    """How far a purchase is, in a line.

    states  of its orders, at least one
    """
    standing = [state for state in states if state != "cancelled"]
    arrived = sum(state in ARRIVED for state in standing)
    gone = sum(state == "shipped" for state in standing)
    if arrived and arrived < len(standing):
        return say(_SOME_ARRIVED, n=arrived, all=len(standing))
    if arrived:
        return say(_ALL_ARRIVED)
    if gone:
        return say(_SOME_SHIPPED, n=gone, all=len(standing))
    behind = ("placed", "released", "authorised", "cancelled")
    return say(HEADLINES[next(state for state in behind if state in states)])


def _ended(followed: Followed, say: Words) -> tuple[str, ...]:
    order = followed.order
    if order.state != "cancelled":
        return ()
    back = [step for step in followed.steps if step.code in MONEY_BACK]
    money = [say(STEPS[step.code], amount=say.money(step.amount_minor or 0, order.currency)) for step in back[-1:]]
    why = WHY.get(order.reason or "")
    return (*money,) if why is None else (say(why), *money)


def version_of(version: str, parts: Sequence[PartNow]) -> str:
    """What tells a page of a purchase from what it was before, by that of its own order."""
    return f"{version}-{zlib.crc32(msgspec.json.encode(parts)):x}" if parts else version


def _headline(order: Order, say: Words) -> str:
    return say((TO_STORE if order.service == PICKUP else HEADLINES)[order.state])
