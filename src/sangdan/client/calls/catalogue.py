"""Calls of `client.catalogue`. Made from the OpenAPI document by `make client`."""

from sangdan.client.call import call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Node, Partner, Product, SkuView


class Catalogue:
    """What `client.catalogue` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def products(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Product]:
        """Products by id."""
        return self._transport.send(
            call(Page[Product], "GET", "/v1/products", query={"cursor": cursor, "limit": limit})
        )

    def sku(self, sku: str) -> SkuView:
        """One SKU with the offers that are valid now."""
        return self._transport.send(call(SkuView, "GET", "/v1/skus/{sku}", at={"sku": sku}))

    def nodes(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Node]:
        """Places that hold goods, by id."""
        return self._transport.send(call(Page[Node], "GET", "/v1/nodes", query={"cursor": cursor, "limit": limit}))

    def partners(self) -> tuple[Partner, ...]:
        """The allies, by id."""
        return self._transport.send(call(tuple[Partner, ...], "GET", "/v1/partners"))


class AsyncCatalogue:
    """What `client.catalogue` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def products(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Product]:
        """Products by id."""
        return await self._transport.send(
            call(Page[Product], "GET", "/v1/products", query={"cursor": cursor, "limit": limit})
        )

    async def sku(self, sku: str) -> SkuView:
        """One SKU with the offers that are valid now."""
        return await self._transport.send(call(SkuView, "GET", "/v1/skus/{sku}", at={"sku": sku}))

    async def nodes(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Node]:
        """Places that hold goods, by id."""
        return await self._transport.send(
            call(Page[Node], "GET", "/v1/nodes", query={"cursor": cursor, "limit": limit})
        )

    async def partners(self) -> tuple[Partner, ...]:
        """The allies, by id."""
        return await self._transport.send(call(tuple[Partner, ...], "GET", "/v1/partners"))
