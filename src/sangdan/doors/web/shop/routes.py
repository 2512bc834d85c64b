"""The storefront's routes, and what each of its pages is given."""

from typing import Final

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from . import (
    account,
    addresses,
    basket,
    checkout,
    compare,
    forgotten,
    home,
    legal,
    lists,
    members,
    mine,
    order,
    parts_page,
    passkeys,
    pay,
    place,
    product,
    product_reviews,
    purchase_page,
)  # fmt: skip
from .booth import booth
from .member_page import member_page
from .shell import shell
from .visitor import visitor

FINDING: Final[tuple[ControllerRouterHandler, ...]] = (
    home.page, lists.category_page, lists.search_page, lists.suggestions, product.page, product_reviews.page,
    compare.page, place.page, place.choose,
)  # fmt: skip
BUYING: Final[tuple[ControllerRouterHandler, ...]] = (
    basket.page, basket.add, basket.change, basket.swap,
    checkout.page, checkout.choose, parts_page.page, parts_page.choose, pay.page, pay.pay,
    mine.page, mine.find, mine.found, order.page, order.cancel, order.answer_date, order.confirm,
    order.review, order.again, purchase_page.page, purchase_page.cancel, purchase_page.confirm,
    purchase_page.again,
    members.form, members.sign_in, members.up_form, members.sign_up, members.sign_out,
    *forgotten.PAGES,
    account.page, account.change, account.consent, account.password, account.end, account.leave,
    *addresses.PAGES, *passkeys.PAGES,
    legal.text, legal.contact,
)  # fmt: skip


def shop_router() -> Router:
    """Every page under /shop; who shops, for where and from whom is looked up once for each."""
    return Router(
        "/shop",
        route_handlers=[*FINDING, *BUYING],
        dependencies={
            "visitor": Provide(visitor),
            "shell": Provide(shell),
            "booth": Provide(booth, sync_to_thread=False),
            "member_page": Provide(member_page, sync_to_thread=False),
        },
        opt={"open": True},
    )
