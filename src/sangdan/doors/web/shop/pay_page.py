"""The page on which an order is paid for: all of it before anybody agrees to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response
from msgspec.structs import replace

from sangdan.doors.api.desk import WayView
from sangdan.doors.api.placing import Till
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.partners import commands as partners
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import spoken
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Choice
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoRecipient
from sangdan.order.shoppers.model import MOST, Address, Book, Recipient, masked_recipient, phone_as_read

from ..answers import Asked, html, words
from ..words import SEOUL, Words
from .addresses import AddressShown, book_of
from .addresses import shown as shown_book
from .booth import Booth
from .checkout import in_words
from .details import LONGEST, NEW, SAME, Details, filled_from
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
        (await in_words(conn, [_view(each, token, say)], each.facts.postcode, say, Teller(say, at)))[0]
        for each, token in zip(ways, choice.tokens, strict=True)
    ]
    lines = [await _lines(conn, each, say, at) for each in ways]
    again = await like_recipient(conn, shell.visitor, till, choice, ways)
    book = await book_of(conn, till, shell.visitor.member, at)
    postcode, pickup = ways[0].facts.postcode, all(each.way.node_id is not None for each in ways)
    here = [] if pickup else [each for each in book.addresses if _fits(each, postcode)]
    agreed = {} if again is None or choice.like_order_id is None else await baskets.agreed(conn, choice.like_order_id)
    known = {each.text for each in texts.consents if agreed.get(each.text) == texts.version_of(each)}
    if details is None:
        details = await _proposed(conn, shell.visitor, till, postcode, at)
        if again is not None or here:
            first = SAME if again is not None else str(here[0].address_id)
            details = replace(details, recipient=first)
    return html(
        request, "shop/pay.html", status, shell=shell, ways=list(zip(shown, lines, strict=True)), choice=choice,
        details=details, again=None if again is None else masked_recipient(again), texts=texts,
        postcode=postcode, known=known, wrong=wrong or {}, told=told, back=back_to(booth, choice),
        pickup=pickup, currency=ways[0].way.currency, room=len(book.addresses) < MOST,
        addresses=[each for each in shown_book(book) if each.address_id in {one.address_id for one in here}],
        elsewhere=[] if pickup or len(ways) > 1 else _elsewhere(book, postcode),
        sums={name: sum(getattr(each, name) for each in prices) for name in SUMS},
    )  # fmt: skip


def _view(opened: Opened, token: str, say: Words) -> WayView:
    return WayView(token, [spoken(reason, say.language, SEOUL.key) for reason in opened.way.reasons], opened.way)


async def like_recipient(
    conn: Conn, visitor: Visitor, till: Till, choice: Choice, ways: Sequence[Opened]
) -> Recipient | None:
    """The recipient of the order that is to be repeated; None of no such order, or of nobody known.

    ways  of the choice: what is to be brought needs the address of something that was brought to the same postcode
    """
    if choice.like_order_id is None:
        return None
    try:
        order = await own_order(conn, visitor, choice.like_order_id)
        brought = any(each.way.node_id is None for each in ways)
        if brought and (order.service == PICKUP or order.postcode != ways[0].facts.postcode):
            return None
        return await shoppers.recipient(conn, till.vault, choice.like_order_id)
    except (NoSuchOrder, NoRecipient):
        return None


async def from_book(
    conn: Conn, visitor: Visitor, till: Till, details: Details, ways: Sequence[Opened], at: datetime
) -> Details:
    """The form with what the address holds that was chosen in it; to be filled in where there is none of that id in the
    member's own book, or the date was asked for another place.
    """
    if details.recipient in (NEW, SAME):
        return details
    book = await book_of(conn, till, visitor.member, at)
    found = next((each for each in book.addresses if str(each.address_id) == details.recipient), None)
    if found is None or not _fits(found, ways[0].facts.postcode):
        return replace(details, recipient=NEW)
    return filled_from(details, found)


def _fits(address: Address, postcode: str) -> bool:
    """Whether an order for this postcode can go to the address as it is."""
    short = len(" ".join(address.lines[1:])) <= LONGEST["line2"]
    return address.postcode == postcode and address.phone is not None and short


def _elsewhere(book: Book, postcode: str) -> list[AddressShown]:
    """Addresses to which another date would hold."""
    return [each for each in shown_book(book) if each.postcode not in (None, postcode)]


async def _proposed(conn: Conn, visitor: Visitor, till: Till, postcode: str, at: datetime) -> Details:
    """What is known already of whoever orders; an address goes with its own postcode alone."""
    person = None if visitor.member is None else await person_of(conn, till.vault, visitor.member, at, till.ids)
    if person is None:
        return Details()
    lines = (*person.lines, "", "") if person.postcode in (None, postcode) else ("", "")
    return Details(
        name=person.name, phone=phone_as_read(person.phone or ""), email=person.email or "", line1=lines[0],
        line2=" ".join(filter(None, lines[1:])), keep="" if person.lines else "on",
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
