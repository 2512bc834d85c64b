"""The second step to an order: who receives it, what is agreed to, and the payment. Here it is placed."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from msgspec.structs import replace

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.flows.check_out import ADS, Purchase, guest_of, skus_of
from sangdan.flows.picture import network_of
from sangdan.flows.place_order import Short
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict
from sangdan.kit.settings import Settings
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseOutdated
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.errors import ChoiceGone
from sangdan.order.baskets.model import Choice
from sangdan.order.orders.errors import NoSuchOrder

from ..answers import Asked, html, words
from ..people.members import MEMBER_COOKIE
from ..words import Words, mark
from .booth import Booth, order_of
from .checkout import CHECKOUT, in_words
from .details import NEW, SAME, Details, cleaned, faults, guest, recipient_of
from .legal_texts import LegalTexts, legal_texts
from .pay_page import like_recipient, pay_page
from .persons import person_of
from .shell import Shell
from .telling import Teller
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
            opened = booth.opened(choice.token, at)
        except _STALE:
            return Redirect(f"{CHECKOUT}?told=expired", status_code=303)
        return await pay_page(request, conn, shell, till, legal_texts(settings), choice, opened, at)


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
        return _signed_out(request, visitor) or Redirect("/shop/basket", status_code=303)
    async with till.pool.transaction() as conn:
        bought = await _bought(conn, visitor, order_of(promise_id))
        if bought is not None:
            return bought
        try:
            choice = await baskets.chosen(conn, visitor.basket_id, promise_id)
        except ChoiceGone:
            return _signed_out(request, visitor) or Redirect(f"{CHECKOUT}?told=other", status_code=303)
        try:
            opened = booth.opened(choice.token, at)
        except _STALE:
            return await _renewed(request, conn, shell, booth, till, texts, choice, details, at)
        if details.recipient == SAME and await like_recipient(conn, visitor, till, choice) is None:
            details = replace(details, recipient=NEW)
        pickup = opened.way.node_id is not None
        wrong = faults(details, texts.consents, words(request), pickup=pickup)
        if wrong:
            return await pay_page(
                request, conn, shell, till, texts, choice, opened, at, details=details, wrong=wrong, status=422
            )
        purchase = await _purchase(conn, visitor, till, texts, choice, opened, details, words(request))
    short = await booth.take(opened, purchase, at)
    if not short:
        return Redirect(f"/shop/orders/{order_of(promise_id)}?thanks=1", status_code=303)
    return await _refused(request, shell, booth, till, opened, short, at)


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
    return Redirect(f"/shop/orders/{order_id}", status_code=303)


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
    """The same way as it holds now, with all that was filled in; nothing is placed before it was looked at again."""
    try:
        fresh = await booth.same_again(conn, choice, at)
    except Conflict:
        fresh = None
    if fresh is None:
        return Redirect(f"{CHECKOUT}?told=changed", status_code=303)
    await baskets.choose(conn, fresh)
    return await pay_page(
        request, conn, shell, till, texts, fresh, booth.opened(fresh.token, at), at, details=details,
        told=words(request)(FRESH), status=409,
    )  # fmt: skip


async def _purchase(
    conn: Conn,
    visitor: Visitor,
    till: Till,
    texts: LegalTexts,
    choice: Choice,
    opened: Opened,
    details: Details,
    say: Words,
) -> Purchase:
    """What the form says, as it is written with the order."""
    assert visitor.basket_id is not None, "whoever pays has a basket"
    node_id = opened.way.node_id
    recipient = await like_recipient(conn, visitor, till, choice) if details.recipient == SAME else None
    if recipient is None:
        store = None if node_id is None else say.of((await network_of(conn)).nodes[node_id])
        recipient = recipient_of(details, store)
    order_id, member = order_of(opened.promise_id), visitor.member
    postcode = None if node_id is not None else opened.facts.postcode
    known = None if member is None else await person_of(conn, till.vault, member, till.clock.now(), till.ids)
    if known is not None and not known.lines and postcode is not None:  # kept for next time
        known = replace(known, lines=recipient.lines, postcode=postcode, phone=known.phone or recipient.phone)
    return Purchase(
        basket_id=visitor.basket_id,
        shop_id=visitor.shop_id,
        shopper_id=guest_of(order_id) if member is None else member.shopper_id,
        recipient=recipient,
        person=guest(details, recipient, postcode, say.language) if member is None else known,
        agreed={each.text: texts.version_of(each) for each in texts.consents if each.text in details.agreed},
        ads=True if ADS in details.agreed else None,
        skus=skus_of(opened.way),
    )


async def _refused(
    request: Asked, shell: Shell, booth: Booth, till: Till, opened: Opened, short: list[Short], at: datetime
) -> Response[Any]:
    """Somebody was faster: nothing was charged, and these are the next best ways."""
    async with till.pool.transaction() as conn:
        bought = await _bought(conn, shell.visitor, order_of(opened.promise_id))  # by the twin of this very request
        if bought is not None:
            return bought
    problem = await booth.refused(opened, short, at)
    if "alternatives" not in problem.facts:
        raise problem
    say = words(request)
    tell = Teller(say, at)
    gone = {each["sku"] for each in short if "sku" in each}
    async with till.pool.transaction() as conn:
        ways = await in_words(conn, problem.facts["alternatives"], say, tell)
        similar = problem.facts["similar"]
        instead = await in_words(conn, [each.way for each in similar], say, tell)
        goods = await catalogue.skus(conn, sorted(gone))
    return html(
        request, "shop/refused.html", status_of(type(problem)), shell=shell, ways=ways, gone=list(goods.values()),
        similar=list(zip(similar, instead, strict=True)), total_minor=opened.way.price.total_minor,
        currency=opened.way.currency, postcode=opened.facts.postcode, born=opened.facts.birth_year or "",
    )  # fmt: skip


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
