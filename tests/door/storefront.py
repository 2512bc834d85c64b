"""A browser in the storefront of the tests' market: what a shopper clicks, each a method."""

import asyncio
import re
from typing import Any, Final
from uuid import UUID

import httpx
from msgspec.structs import replace

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.kit.clock import SimClock

from .alliance import POSTCODE, SKU
from .conftest import AT

HEADERS: Final = {"accept": "text/html", "accept-language": "en", "sec-fetch-site": "same-origin"}
KIM: Final = {
    "name": "Kim Hana", "phone": "010-2345-6789", "line1": "1 Sejong-daero, Jung-gu, Seoul", "line2": "101",
    "agreed": ["terms", "privacy", "purchase"],
}  # fmt: skip
_KEY: Final = re.compile(r'name="way" value="([^"]+)"')
_ORDER: Final = re.compile(r"/shop/(?:orders|purchases)/([0-9a-f-]{36})(?:\?|$)")
_PROMISE: Final = re.compile(r'name="promise_id" value="([^"]+)"')


def a_shop(house: House) -> Any:
    """The application with the market's storefront."""
    own = replace(house, settings=replace(house.settings, storefront="market"))
    return make_app(own, make_web(own, asyncio.Event(), wall=SimClock(AT)))


class Browser:
    """One shopper's browser; cookies and all."""

    def __init__(self, app: Any) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.web = httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=HEADERS)

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.web.get(path)

    async def post(self, path: str, **form: Any) -> httpx.Response:
        """Send a form."""
        return await self.web.post(path, data=form)

    async def put_in(self, units: int = 2, sku: str = SKU) -> httpx.Response:
        """Put something into the basket."""
        return await self.post("/shop/basket/lines", sku=sku, units=str(units))

    async def ways(self, postcode: str = POSTCODE) -> list[str]:
        """The ways that the checkout shows."""
        return _KEY.findall((await self.get(f"/shop/checkout?postcode={postcode}")).text)

    async def choose(self, units: int = 2) -> str:
        """Fill the basket and choose the first way; gives the promise that the pay page is about."""
        await self.put_in(units)
        [key, *_] = await self.ways()
        answer = await self.post("/shop/checkout/way", way=key, postcode=POSTCODE)
        assert answer.headers["location"] == "/shop/checkout/pay", answer.text
        return promise_on(await self.get("/shop/checkout/pay"))

    async def pay(self, promise_id: str, **changed: Any) -> httpx.Response:
        """Send the pay page's form."""
        return await self.post("/shop/checkout/pay", **{"promise_id": promise_id, **KIM, **changed})

    async def buy(self, units: int = 2) -> UUID:
        """From an empty basket to an order."""
        return order_in(await self.pay(await self.choose(units)))


def promise_on(page: httpx.Response) -> str:
    """The promise that a pay page is about."""
    found = _PROMISE.search(page.text)
    assert found is not None, page.text
    return found[1]


def order_in(answer: httpx.Response) -> UUID:
    """The order that an answer leads to, the first one of a purchase in parts."""
    assert answer.status_code == 303, answer.text
    found = _ORDER.match(answer.headers["location"])
    assert found is not None, answer.headers["location"]
    return UUID(found[1])
