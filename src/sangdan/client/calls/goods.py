"""Calls of `client.goods`. Made from the OpenAPI document by `make client`."""

from typing import Literal

from sangdan.client.call import call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Card, ProductView, Tree


class Goods:
    """What `client.goods` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def categories(self) -> Tree:
        """The tree of categories: a path like fresh/fruit lies below fresh."""
        return self._transport.send(call(Tree, "GET", "/v1/categories"))

    def list(
        self,
        *,
        category: str | None = None,
        postcode: str | None = None,
        sort: Literal["rated", "new"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[Card]:
        """Products of a category with price, stock and the soonest date of each service, as a list shows them."""
        return self._transport.send(
            call(
                Page[Card],
                "GET",
                "/v1/goods",
                query={"category": category, "postcode": postcode, "sort": sort, "cursor": cursor, "limit": limit},
            )
        )

    def product(self, product_id: str) -> ProductView:
        """One product: its texts, SKUs, offers with unit prices, sellers with what must be told of them, and its

        rating.
        """
        return self._transport.send(
            call(ProductView, "GET", "/v1/products/{product_id}", at={"product_id": product_id})
        )


class AsyncGoods:
    """What `client.goods` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def categories(self) -> Tree:
        """The tree of categories: a path like fresh/fruit lies below fresh."""
        return await self._transport.send(call(Tree, "GET", "/v1/categories"))

    async def list(
        self,
        *,
        category: str | None = None,
        postcode: str | None = None,
        sort: Literal["rated", "new"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[Card]:
        """Products of a category with price, stock and the soonest date of each service, as a list shows them."""
        return await self._transport.send(
            call(
                Page[Card],
                "GET",
                "/v1/goods",
                query={"category": category, "postcode": postcode, "sort": sort, "cursor": cursor, "limit": limit},
            )
        )

    async def product(self, product_id: str) -> ProductView:
        """One product: its texts, SKUs, offers with unit prices, sellers with what must be told of them, and its

        rating.
        """
        return await self._transport.send(
            call(ProductView, "GET", "/v1/products/{product_id}", at={"product_id": product_id})
        )
