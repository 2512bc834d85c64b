"""Who shops: a visitor or a member, with their basket and the place where things should go."""

import hashlib
from secrets import token_urlsafe
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import named
from sangdan.kit.problems import Unavailable
from sangdan.kit.settings import Settings
from sangdan.order.baskets import commands as baskets
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Order

from ..people.asker import is_secure
from ..people.members import MEMBER_COOKIE, Member, Members

COOKIE: Final = "sangdan_visitor"
POSTCODE_COOKIE: Final = "sangdan_postcode"
LASTS_S: Final = 90 * 86_400
# Longer ones are none of ours: nothing is looked up for them.
_LONGEST: Final = 64
_POSTCODE_DIGITS: Final = 5


class NoStorefront(Unavailable):
    """No ally's shop is served here."""

    code = "no-storefront"


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who shops.

    shop_id     the ally whose shop it is
    visitor_id  what the browser's cookie stands for; None before anything was put into a basket
    basket_id   a member's is the same in every browser; None before anything was put into one
    postcode    where things should go, None when nobody said
    units       in the basket
    member      None of a guest
    """

    shop_id: str
    visitor_id: UUID | None
    basket_id: UUID | None
    postcode: str | None
    units: int
    member: Member | None


async def visitor(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    members: NamedDependency[Members],
) -> Visitor:
    """Whoever sent this request.

    raises  NoStorefront
    """
    if settings.storefront is None:
        raise NoStorefront("No shop is open here: name an ally in SANGDAN_STOREFRONT.")
    token = request.cookies.get(COOKIE, "")
    visitor_id = visitor_of(token) if 0 < len(token) <= _LONGEST else None
    member = await members.with_cookie(settings.storefront, request.cookies.get(MEMBER_COOKIE))
    basket_id = visitor_id if member is None else basket_of(member)
    units = 0
    if basket_id is not None:
        async with pool.connection() as conn:
            units = await baskets.units(conn, basket_id)
    return Visitor(
        shop_id=settings.storefront, visitor_id=visitor_id, basket_id=basket_id,
        postcode=_postcode(request.cookies.get(POSTCODE_COOKIE)), units=units, member=member,
    )  # fmt: skip


def visitor_of(token: str) -> UUID:
    """What a browser's secret stands for in the database, from which nobody finds the secret again."""
    return named("visitor", hashlib.sha256(token.encode()).hexdigest())


def basket_of(member: Member) -> UUID:
    """A member's basket."""
    return named("basket", member.shop_id, member.shopper_id)


class Begun(msgspec.Struct, frozen=True):
    """A basket to write to, and the cookie that its browser needs, if it has none yet."""

    basket_id: UUID
    cookie: Cookie | None

    def keep(self, answer: Response[Any]) -> None:
        """Give the cookie out with an answer."""
        if self.cookie is not None:
            answer.set_cookie(self.cookie)


def begin(who: Visitor, request: Request[Any, Any, Any]) -> Begun:
    """The visitor's basket, with a cookie for one who has none."""
    if who.basket_id is not None:
        return Begun(who.basket_id, None)
    token = token_urlsafe(32)
    cookie = Cookie(COOKIE, value=token, max_age=LASTS_S, httponly=True, secure=is_secure(request), samesite="lax")
    return Begun(visitor_of(token), cookie)


def keep_postcode(answer: Response[Any], postcode: str, secure: bool) -> None:
    """Remember where things should go."""
    answer.set_cookie(
        Cookie(POSTCODE_COOKIE, value=postcode, max_age=LASTS_S, httponly=True, secure=secure, samesite="lax")
    )


async def own_order(conn: Conn, who: Visitor, order_id: UUID) -> Order:
    """An order that this visitor may look at: bought from this browser, proved to be theirs, or the member's own.

    raises  NoSuchOrder, also for anybody else's
    """
    order = await orders.see(conn, order_id, who.shop_id)
    if order.shop_id == who.shop_id:
        if who.member is not None and order.shopper_id == who.member.shopper_id:
            return order
        if who.visitor_id is not None and await baskets.may_see(conn, order_id, who.visitor_id):
            return order
    raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))


def _postcode(told: str | None) -> str | None:
    return told if told and len(told) == _POSTCODE_DIGITS and told.isascii() and told.isdigit() else None
