"""The page on which an order is paid for: all of it before anybody agrees to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response

from sangdan.doors.api.desk import WayView
from sangdan.doors.api.placing import Till
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.partners import commands as partners
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import spoken
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Choice
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoRecipient
from sangdan.order.shoppers.model import Recipient, masked_recipient

from ..answers import Asked, html, words
from ..words import SEOUL, Words
from .booth import Booth
from .checkout import in_words
from .details import SAME, Details
from .legal_texts import LegalTexts
from .parts import back_to
from .persons import person_of
from .shell import Shell
from .telling import Teller
from .visitor import Visitor, own_order

SUMS: Final = ("goods_minor", "delivery_minor", "vat_minor", "total_minor")
# What cannot be sold again after a while must be marked where it is ordered: E-Commerce Act §17 (2).
PERISHABLE: Final = frozenset({"chilled", "frozen"})


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is about to be bought.

    perishable  not to be returned for a change of mind
    """

    name: str
    picture: str | None
    units: int
    sum_minor: int
    seller: str
    perishable: bool
    age_limit: int


async def pay_page(
    request: Asked,
    conn: Conn,
    shell: Shell,
    booth: Booth,
    till: Till,
    texts: LegalTexts,
    choice: Choice,
    ways: Sequence[Opened],
    at: datetime,
    *,
    details: Details | None = None,
    wrong: dict[str, str] | None = None,
    told: str | None = None,
    status: int = 200,
) -> Response[Any]:
    """The page, empty, or with what was filled in; each way with its goods, its date and its own charge.

    wrong  what has to be mended, by field
    told   said above everything
    """
    say, prices = words(request), [each.way.price for each in ways]
    shown = [
        (await in_words(conn, [_view(each, token, say)], say, Teller(say, at)))[0]
        for each, token in zip(ways, choice.tokens, strict=True)
    ]
    lines = [await _lines(conn, each, say, at) for each in ways]
    again = await like_recipient(conn, shell.visitor, till, choice)
    agreed = {} if again is None or choice.like_order_id is None else await baskets.agreed(conn, choice.like_order_id)
    known = {each.text for each in texts.consents if agreed.get(each.text) == texts.version_of(each)}
    if details is None:
        details = await _proposed(conn, shell.visitor, till, at)
        if again is not None:
            details = msgspec.structs.replace(details, recipient=SAME)
    return html(
        request, "shop/pay.html", status, shell=shell, ways=list(zip(shown, lines, strict=True)), choice=choice,
        details=details, again=None if again is None else masked_recipient(again), texts=texts,
        postcode=ways[0].facts.postcode, known=known, wrong=wrong or {}, told=told, back=back_to(booth, choice),
        pickup=all(each.way.node_id is not None for each in ways), currency=ways[0].way.currency,
        sums={name: sum(getattr(each, name) for each in prices) for name in SUMS},
    )  # fmt: skip


def _view(opened: Opened, token: str, say: Words) -> WayView:
    return WayView(token, [spoken(reason, say.language, SEOUL.key) for reason in opened.way.reasons], opened.way)


async def like_recipient(conn: Conn, visitor: Visitor, till: Till, choice: Choice) -> Recipient | None:
    """The recipient of the order that is to be repeated; None of no such order, or of nobody known."""
    if choice.like_order_id is None:
        return None
    try:
        await own_order(conn, visitor, choice.like_order_id)
        return await shoppers.recipient(conn, till.vault, choice.like_order_id)
    except (NoSuchOrder, NoRecipient):
        return None


async def _proposed(conn: Conn, visitor: Visitor, till: Till, at: datetime) -> Details:
    """What is known already of whoever orders."""
    person = None if visitor.member is None else await person_of(conn, till.vault, visitor.member, at, till.ids)
    if person is None:
        return Details()
    lines = (*person.lines, "", "")
    return Details(
        name=person.name, phone=person.phone or "", email=person.email or "", line1=lines[0],
        line2=" ".join(filter(None, lines[1:])),
    )  # fmt: skip


async def _lines(conn: Conn, opened: Opened, say: Words, at: datetime) -> list[LineShown]:
    lines = opened.way.lines
    goods = await catalogue.skus(conn, sorted({line.sku for line in lines}))
    shown = await catalogue.displayed(conn, sorted({sku.product_id for sku in goods.values()}), at)
    pictures = {each.product_id: each.picture for each in shown}
    sellers = {
        each.partner_id: say.of(each)
        for each in await partners.partners(conn, sorted({line.seller_id for line in lines}))
    }
    return [
        LineShown(
            name=say.of(goods[line.sku]),
            picture=pictures.get(goods[line.sku].product_id),
            units=line.units,
            sum_minor=line.goods_minor,
            seller=sellers.get(line.seller_id, line.seller_id),
            perishable=goods[line.sku].temperature in PERISHABLE,
            age_limit=goods[line.sku].age_limit,
        )
        for line in lines
    ]
