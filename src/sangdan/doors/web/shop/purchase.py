"""The orders of one purchase, as the page of each shows them: what comes how, and how far it is."""

import zlib
from collections.abc import Sequence
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.order.orders import commands as orders

from ..words import Words
from .order_story import HEADLINES, TO_STORE
from .telling import Teller


class PartNow(msgspec.Struct, frozen=True):
    """An order of a purchase; `when` it arrives, None when it has, or does not."""

    number: int
    href: str
    here: bool
    service: str
    icon: str
    headline: str
    when: str | None
    due_minor: int
    currency: str


async def parts_now(conn: Conn, order_id: UUID, say: Words, tell: Teller) -> list[PartNow]:
    """All orders that one was placed with, itself among them; none of an order that was placed alone."""
    parts: list[PartNow] = []
    for number, each in enumerate(await orders.together(conn, order_id), start=1):
        order = await orders.get(conn, each)
        coming = [p.promised_at for p in await orders.parcels(conn, each) if p.state not in ("cancelled", "lost")]
        ended = order.state in ("delivered", "confirmed", "cancelled") or not coming
        parts.append(
            PartNow(
                number=number,
                href=f"/shop/orders/{each}",
                here=each == order_id,
                service=tell.service(order.service),
                icon=tell.icon(order.service),
                headline=say((TO_STORE if order.service == "pickup" else HEADLINES)[order.state]),
                when=None if ended else tell.arrival(order.service, max(coming)),
                due_minor=order.due_minor,
                currency=order.currency,
            )
        )
    return parts


def version_of(version: str, parts: Sequence[PartNow]) -> str:
    """What tells a page of a purchase from what it was before, by that of its own order."""
    return f"{version}-{zlib.crc32(msgspec.json.encode(parts)):x}" if parts else version
