"""What the pages that anybody may open take of their asker's allowance: 1 is some 3 ms of a processor."""

from collections.abc import Mapping
from typing import Final

# Each that takes much more than a plain page, or leaves something behind: a basket stays for 90 days, argon2 is slow by
# intent, an order holds goods until it is paid.
COSTS: Final[Mapping[str, int]] = {
    "GET /shop": 2,
    "GET /shop/search": 2,
    "GET /shop/categories/{path}": 2,
    "GET /shop/products/{product_id}": 3,
    "GET /shop/basket": 3,
    "POST /shop/basket/lines": 5,
    "GET /shop/checkout": 4,
    "POST /shop/checkout/way": 4,
    "GET /shop/checkout/parts": 7,
    "POST /shop/checkout/parts": 7,
    "GET /shop/checkout/pay": 7,
    "POST /shop/checkout/pay": 20,
    "POST /shop/orders/find": 5,
    "POST /shop/orders/{order_id}/again": 7,
    "POST /shop/sign-in": 40,
    "POST /shop/sign-up": 40,
    "POST /shop/password": 40,
    "POST /shop/account/password": 40,
    "POST /sign-in": 40,
    "POST /join": 40,
}


def cost_of(method: str, route: str) -> int:
    """What a request takes.

    route  as the framework names it: /shop/products/{product_id}
    gives  >= 1
    """
    return COSTS.get(f"{method} {route}", 1)
