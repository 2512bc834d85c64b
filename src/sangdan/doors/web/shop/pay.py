"""The second step to an order: who receives it, what is agreed to, and the payment. Here it is placed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from msgspec.structs import replace

from sangdan.doors.api.placing import Till
from sangdan.flows.check_out import ADS, Purchase, guest_of, skus_of
from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict
from sangdan.kit.settings import Settings
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseOutdated
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.errors import ChoiceGone
from sangdan.order.baskets.model import Choice
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.shoppers.model import Recipient

from ..answers import Asked, words
from ..people.members import MEMBER_COOKIE
from ..words import Words, mark
from .basket import BASKET
from .booth import Booth, order_of
from .checkout import CHECKOUT
from .details import NEW, SAME, Details, cleaned, faults, guest, recipient_of, to_keep
from .legal_texts import LegalTexts, legal_texts
from .parts import back_to
from .pay_page import from_book, like_recipient, pay_page
from .purchase import page_of
from .refused import refused
from .shell import Shell
from .visitor import Visitor, own_order

_STALE: Final = (PromiseExpired, PromiseOutdated, PromiseAltered)
FRESH: Final = mark("The offer had run out, so we asked again. Please check the date and the total once more.")


@get("/checkout/pay", opt={"open": True})
async def page(
    request: Asked,
    shell: NamedDependency[Shell],
    booth: NamedDependency[Booth],
    till: NamedDependency[Till],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """What is about to be bought, and what is still to be filled in."""
    visitor = shell.visitor
    async with till.pool.transaction() as conn:
        choice = None if visitor.basket_id is None else await baskets.choice(conn, visitor.basket_id)
        if choice is None:
            return _signed_out(request, visitor) or Redirect(CHECKOUT, status_code=303)
        bought = await _bought(conn, visitor, order_of(choice.promise_id))
        if bought is not None:
            return bought
        try:
            ways = booth.opened(choice, at)
        except _STALE:
            return Redirect(back_to(booth, choice, "expired"), status_code=303)
        return await pay_page(request, conn, shell, booth, till, legal_texts(settings), choice, ways, at)


@post("/checkout/pay", opt={"open": True})
async def pay(
    request: Asked,
    shell: NamedDependency[Shell],
    booth: NamedDependency[Booth],
    till: NamedDependency[Till],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Place the order. Sent twice, from two tabs or again after going back, it is one order."""
    visitor, texts = shell.visitor, legal_texts(settings)
    form = await request.form()
    agreed = [str(each) for each in form.getall("agreed", [])]
    details = cleaned({name: value for name, value in form.items() if isinstance(value, str)}, agreed)
    promise_id = _uuid(details.promise_id)
    if visitor.basket_id is None or promise_id is None:
        unknown = "?told=unknown" if visitor.basket_id is None else ""
        return _signed_out(request, visitor) or Redirect(f"{BASKET}{unknown}", status_code=303)
    async with till.pool.transaction() as conn:
        bought = await _bought(conn, visitor, order_of(promise_id))
        if bought is not None:
            return bought
        try:
            choice = await baskets.chosen(conn, visitor.basket_id, promise_id)
        except ChoiceGone:
            return _signed_out(request, visitor) or Redirect(f"{CHECKOUT}?told=other", status_code=303)
        try:
            ways = booth.opened(choice, at)
        except _STALE:
            return await _renewed(request, conn, shell, booth, till, texts, choice, details, at)
        if details.recipient == SAME and await like_recipient(conn, visitor, till, choice, ways) is None:
            details = replace(details, recipient=NEW)
        details = await from_book(conn, visitor, till, details, ways, at)
        pickup = all(each.way.node_id is not None for each in ways)
        wrong = faults(details, texts.consents, words(request), pickup=pickup)
        if wrong:
            return await pay_page(
                request, conn, shell, booth, till, texts, choice, ways, at, details=details, wrong=wrong, status=422
            )
        purchase = await _purchase(conn, visitor, till, texts, choice, ways, details, words(request))
    told = await booth.take(ways, purchase, at)
    if not any(told):
        async with till.pool.connection() as conn:
            return Redirect(f"{await page_of(conn, order_of(promise_id))}?thanks=1", status_code=303)
    async with till.pool.transaction() as conn:
        bought = await _bought(conn, visitor, order_of(promise_id))  # by the twin of this very request
    return bought or await refused(request, shell, booth, till, ways, told, at)


def _signed_out(request: Asked, visitor: Visitor) -> Response[Any] | None:
    """Where a member goes whose session has ended meanwhile: the basket waits behind the sign-in. None for others."""
    if visitor.member is not None or MEMBER_COOKIE not in request.cookies:
        return None
    return Redirect("/shop/sign-in?to=/shop/checkout/pay", status_code=303)


async def _bought(conn: Conn, visitor: Visitor, order_id: UUID) -> Response[Any] | None:
    """The way to an order that stands already; None when there is none of this visitor's."""
    try:
        await own_order(conn, visitor, order_id)
    except NoSuchOrder:
        return None
    return Redirect(await page_of(conn, order_id), status_code=303)


async def _renewed(
    request: Asked,
    conn: Conn,
    shell: Shell,
    booth: Booth,
    till: Till,
    texts: LegalTexts,
    choice: Choice,
    details: Details,
    at: datetime,
) -> Response[Any]:
    """The same as it holds now, with all that was filled in; nothing is placed before it was looked at again."""
    try:
        fresh = await booth.same_again(conn, choice, at)
    except (Conflict, PromiseAltered):
        fresh = None
    if fresh is None:
        return Redirect(back_to(booth, choice, "changed"), status_code=303)
    await baskets.choose(conn, fresh)
    return await pay_page(
        request, conn, shell, booth, till, texts, fresh, booth.opened(fresh, at), at, details=details,
        told=words(request)(FRESH), status=409,
    )  # fmt: skip


async def _purchase(
    conn: Conn,
    visitor: Visitor,
    till: Till,
    texts: LegalTexts,
    choice: Choice,
    ways: Sequence[Opened],
    details: Details,
    say: Words,
) -> Purchase:
    """What the form says, as it is written with the order."""
    assert visitor.basket_id is not None, "whoever pays has a basket"
    same = await like_recipient(conn, visitor, till, choice, ways) if details.recipient == SAME else None
    recipients: dict[UUID, Recipient] = {}
    for each in ways:
        node_id = each.way.node_id
        store = None if node_id is None else say.of((await network_of(conn)).nodes[node_id])
        given = same or recipient_of(details, store)
        recipients[order_of(each.promise_id)] = given if store is None else replace(given, lines=(store,))
    # Whoever is told of it lives where something is brought, if anything is.
    known_by = next((each for each in ways if each.way.node_id is None), ways[0])
    recipient, member = recipients[order_of(known_by.promise_id)], visitor.member
    postcode = None if known_by.way.node_id is not None else known_by.facts.postcode
    return Purchase(
        basket_id=visitor.basket_id,
        shop_id=visitor.shop_id,
        shopper_id=guest_of(order_of(choice.promise_id)) if member is None else member.shopper_id,
        recipients=recipients,
        person=guest(details, recipient, postcode, say.language) if member is None else None,
        keep=None if member is None else to_keep(details, postcode, till.ids.new(till.clock.now())),
        agreed={each.text: texts.version_of(each) for each in texts.consents if each.text in details.agreed},
        ads=True if ADS in details.agreed else None,
        skus=skus_of([each.way for each in ways]),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
