"""kill -9 of the server while shoppers pay on its pages: an order stands whole and paid, or the basket as it was."""

import itertools
import re
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, LiteralString

import httpx

from . import town
from .tower import WAIT_S, Tower, tower, until

SHOPPERS: Final = 4
KILLS: Final = 4
BETWEEN: Final = 4  # orders that shoppers were told of between two kills
HEADERS: Final = {"accept": "text/html", "accept-language": "en", "sec-fetch-site": "same-origin"}
FORM: Final = {
    "name": "Kim Hana", "phone": "010-2345-6789", "line1": "1 Sejong-daero, Jung-gu, Seoul",
    "agreed": ["terms", "privacy", "purchase"],
}  # fmt: skip
WAY: Final = re.compile(r'name="way" value="([^"]+)"')
PROMISE: Final = re.compile(r'name="promise_id" value="([^"]+)"')
PART: Final = re.compile(r'name="(way-\d)" value="([^"]+)"')
PAID: Final = re.compile(r"/shop/(?:orders|purchases)/([0-9a-f-]{36})")
ORDER: Final = re.compile(r"/shop/orders/([0-9a-f-]{36})")
APART: Final = ["1~gim", "2~tea"]
ORDERS: Final[LiteralString] = "SELECT count(*) FROM orders.order"
# Purchases of which not every part is there.
TORN: Final[LiteralString] = """
    SELECT p.order_id FROM orders.purchase p, unnest(p.order_ids) part
     WHERE NOT EXISTS (SELECT FROM orders.order o WHERE o.order_id = part)
"""
GOODS: Final = "/shop/products/gim"

# Orders that are whole: paid, with who receives them and what was agreed to, and nothing left in their basket.
WHOLE: Final[LiteralString] = """
    SELECT o.order_id::text
      FROM orders.order o JOIN payments.payment p USING (order_id) JOIN baskets.bought b USING (order_id)
     WHERE o.state = 'authorised' AND p.state = 'authorised'
       AND EXISTS (SELECT FROM shoppers.recipient r WHERE r.order_id = o.order_id)
       AND (SELECT count(*) FROM baskets.agreement a WHERE a.order_id = o.order_id) = 3
       AND NOT EXISTS (SELECT FROM baskets.wish w WHERE w.basket_id = b.basket_id)
"""


class Shopper:
    """Buys again and again, each time as somebody new, and presses the button again where the line was cut.

    Every other time it is a purchase of two orders, each by its own way.

    address  of the server
    stop     set when it was enough
    pays     set at the very moment when somebody presses the button
    """

    def __init__(self, address: str, stop: threading.Event, pays: threading.Event) -> None:
        self._address = address
        self._stop = stop
        self._pays = pays
        self.told: list[str] = []
        self.cut_while_paying = 0
        self.purchases = 0

    def buy(self) -> None:
        """Until told to stop; never leaves before it knows what became of an order."""
        for in_parts in itertools.cycle((False, True)):
            if self._stop.is_set():
                return
            with httpx.Client(base_url=self._address, headers=HEADERS, timeout=60) as web:
                bought = self._order(web, in_parts=in_parts)
            assert len(bought) == 1 + in_parts
            self.purchases += in_parts
            self.told.extend(bought)

    def _choose(self, web: httpx.Client, *, in_parts: bool) -> None:
        self._go(web, "/shop/basket/lines", sku="gim", units="1")
        if not in_parts:
            [way, *_] = WAY.findall(self._go(web, f"/shop/checkout?postcode={town.POSTCODE}").text)
            self._go(web, "/shop/checkout/way", way=way, postcode=town.POSTCODE)
            return
        self._go(web, "/shop/basket/lines", sku="tea", units="1")
        page = self._go(web, f"/shop/checkout/parts?postcode={town.POSTCODE}&put={'&put='.join(APART)}")
        ways = dict(reversed(PART.findall(page.text)))
        self._go(web, "/shop/checkout/parts", put=APART, postcode=town.POSTCODE, **ways)

    def _order(self, web: httpx.Client, *, in_parts: bool) -> list[str]:
        self._choose(web, in_parts=in_parts)
        page = self._go(web, "/shop/checkout/pay")
        found = PROMISE.search(page.text)
        assert found is not None, page.text
        self._pays.set()
        paid = self._asked(web, "/shop/checkout/pay", FORM | {"promise_id": found[1]})
        if paid is None:
            self.cut_while_paying += 1
            self._look(web)
            paid = self._go(web, "/shop/checkout/pay", **FORM, promise_id=found[1])
        order = PAID.match(paid.headers.get("location", ""))
        assert (paid.status_code, order is not None) == (303, True), paid.text
        assert order is not None
        bought = self._ordered(web)
        assert (self._in_basket(web), order[1] in bought) == (False, True)
        for each in bought:
            assert self._go(web, f"/shop/orders/{each}").status_code == 200
        return bought

    def _look(self, web: httpx.Client) -> None:
        """What a shopper sees who looks before they try again: their basket, or their order, and never both."""
        assert self._in_basket(web) == (self._ordered(web) == [])

    def _in_basket(self, web: httpx.Client) -> bool:
        return GOODS in self._go(web, "/shop/basket").text

    def _ordered(self, web: httpx.Client) -> list[str]:
        return list(dict.fromkeys(ORDER.findall(self._go(web, "/shop/orders").text)))

    def _go(self, web: httpx.Client, path: str, **form: Any) -> httpx.Response:
        """The page, as soon as somebody answers."""
        return until(lambda: self._asked(web, path, form), f"an answer of {path}")

    def _asked(self, web: httpx.Client, path: str, form: dict[str, Any]) -> httpx.Response | None:
        """None when the line was cut, or nobody was there."""
        try:
            answer = web.post(path, data=form) if form else web.get(path)
        except httpx.TransportError:
            return None
        assert answer.status_code in (200, 303, 503), (path, answer.status_code, answer.text)
        return None if answer.status_code == 503 else answer


def test_what_a_shopper_was_told_outlives_any_kill() -> None:
    with tower(storefront="onmaru", release_after_s="3600") as running:
        town.found(running)
        stop, pays = threading.Event(), threading.Event()
        with ThreadPoolExecutor(SHOPPERS) as crowd:
            shoppers = [Shopper(running.address, stop, pays) for _ in range(SHOPPERS)]
            buying = [crowd.submit(each.buy) for each in shoppers]
            try:
                for number in range(KILLS):
                    wait_for_orders(shoppers, buying)
                    if number % 2:
                        wait_for_placing(running, buying)
                    else:
                        pays.clear()
                        assert pays.wait(WAIT_S)
                    running.end(signal.SIGKILL)
                    running.start()
                wait_for_orders(shoppers, buying)
            finally:
                stop.set()
            for each in buying:
                each.result()
        until(running.is_quiet, "every reaction to be through")
        told = sorted(order_id for each in shoppers for order_id in each.told)
        assert len(set(told)) == len(told) >= BETWEEN * (KILLS + 1)
        assert sorted(whole(running)) == told
        assert running.rows()["orders.order"] == len(told)
        assert running.rows()["orders.purchase"] == 2 * sum(each.purchases for each in shoppers) > 0
        with running.database() as conn:
            assert conn.execute(TORN).fetchall() == []
        assert running.drift()["rows"] == []
        assert sum(each.cut_while_paying for each in shoppers) >= 1


def wait_for_orders(shoppers: list[Shopper], buying: list[Future[None]]) -> None:
    """Until the shoppers were told of so many more orders; fails as soon as one of them does."""
    before = sum(len(each.told) for each in shoppers)

    def told() -> bool:
        for ended in (each for each in buying if each.done()):
            ended.result()
        return sum(len(each.told) for each in shoppers) >= before + BETWEEN

    until(told, f"{BETWEEN} more orders")


def wait_for_placing(running: Tower, buying: list[Future[None]]) -> None:
    """Until an order is in the database, of which its shopper perhaps has not heard yet."""
    with running.database() as conn:
        before = conn.execute(ORDERS).fetchone()
        while conn.execute(ORDERS).fetchone() == before:
            assert not any(each.done() for each in buying)


def whole(running: Tower) -> list[str]:
    with running.database() as conn:
        return [order_id for (order_id,) in conn.execute(WHOLE).fetchall()]
