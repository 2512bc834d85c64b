"""The phones of a scene's shoppers: the production's notices, shown as they arrive."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sangdan.flows import tell_shopper
from sangdan.flows.send_notices import Post, deliver_due
from sangdan.kit.db import Conn
from sangdan.order.orders.events import OrderAuthorised, OrderCancelled, OrderReduced, OrderRePromised
from sangdan.ship.delivery.events import ParcelDelivered
from sangdan.ship.warehouse.events import ParcelHandedOver
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.model import Address, Receiver, Text
from sangdan.talk.notices.ports import Outgoing, Receipt

from .stage import Stage

REACTIVE = tell_shopper  # the notices are noted before anything happens
MOST: Final = 100
PARAGRAPHS: Final = 3
NUMBER: Final = Address("010-0000-0000", "010-****-0000")
_TOLD_OF: Final = (
    OrderAuthorised, OrderCancelled, OrderReduced, OrderRePromised, ParcelDelivered, ParcelHandedOver,
)  # fmt: skip


class Phone:
    """Hears every notice that goes out on a stage, and tells it as the shopper reads it.

    shown     the orders whose notices are told; None for all
    received  what came, oldest first
    """

    def __init__(self, stage: Stage, shown: Collection[UUID] | None = None) -> None:
        self._stage = stage
        self._shown = shown
        self._seen: set[UUID] = set()
        self.received: list[notices.Shown] = []
        for kind in _TOLD_OF:
            stage.world.when(kind, self._heard)

    async def send(self, message: Outgoing) -> Receipt:
        """It arrives."""
        return Receipt(outcome="sent", channel="alimtalk", ref=str(message.key))

    async def ask(self, message: Outgoing) -> Receipt:
        """It arrived."""
        return await self.send(message)

    def show(self, each: notices.Shown) -> None:
        """Tell a notice as its shopper reads it."""
        ko, en = each.text["ko"], each.text["en"]
        self._stage.message(
            _in_a_line(ko), _in_a_line(en),
            order_id=each.order_id, template=each.template, channel=each.channel,
            title_ko=ko.title, text_ko=ko.text, title_en=en.title, text_en=en.text,
        )  # fmt: skip

    def _heard(self, fact: object, at: datetime) -> None:
        self._stage.world.plan(at, self._ring)

    async def _ring(self) -> None:
        """Send what is due, show what is new, and come again when more is due."""
        world, now = self._stage.world, self._stage.clock.now()
        while await deliver_due(world.pool, Post(self, _owner), now):
            pass
        async with world.pool.transaction() as conn:
            sent = await notices.recent(conn, None, MOST)
            next_at = await notices.next_due(conn)
        for each in reversed([each for each in sent if each.notice_id not in self._seen]):
            self._seen.add(each.notice_id)
            self.received.append(each)
            if self._shown is not None and each.order_id not in self._shown:
                continue
            self.show(each)
        if next_at is not None:
            world.plan(max(next_at, now + timedelta(seconds=1)), self._ring)


def _in_a_line(said: Text) -> str:
    """The message down to what it is about; the whole of it is in the line's facts."""
    return " / ".join(" ".join(paragraph.split()) for paragraph in said.text.split("\n\n")[:PARAGRAPHS])


async def _owner(conn: Conn, shop_id: str, shopper_id: str) -> Receiver:
    """Every shopper of a scene has a phone and wishes to hear of orders."""
    return Receiver(language="ko", name="손님", phone=NUMBER, email=None, channels=("alimtalk",), consents=frozenset())
