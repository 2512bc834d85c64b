"""Calls of `client.stock`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence

from sangdan.client.call import call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Balance, Count, Imported, Receipt, Received


class Stock:
    """What `client.stock` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def balances(
        self,
        *,
        node_id: str | None = None,
        sku: str | None = None,
        owner_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[Balance]:
        """Shelves by node, SKU and owner: an ally's own goods anywhere, or all goods on a node that it works on."""
        return self._transport.send(
            call(
                Page[Balance],
                "GET",
                "/v1/stock",
                query={"node_id": node_id, "sku": sku, "owner_id": owner_id, "cursor": cursor, "limit": limit},
            )
        )

    def count(self, *, rows: Sequence[Count], key: str | None = None) -> Imported:
        """Set up to 10,000 shelves to what was counted. Rows that cannot be are named, the others taken."""
        return self._transport.send(call(Imported, "POST", "/v1/stock/counts", body=rows, key=key, keyed=True))

    def receive(self, *, rows: Sequence[Receipt], key: str | None = None) -> Received:
        """Put units on shelves of the asker's own nodes: all of the receipts, or none."""
        return self._transport.send(call(Received, "POST", "/v1/stock/receipts", body=rows, key=key, keyed=True))


class AsyncStock:
    """What `client.stock` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def balances(
        self,
        *,
        node_id: str | None = None,
        sku: str | None = None,
        owner_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[Balance]:
        """Shelves by node, SKU and owner: an ally's own goods anywhere, or all goods on a node that it works on."""
        return await self._transport.send(
            call(
                Page[Balance],
                "GET",
                "/v1/stock",
                query={"node_id": node_id, "sku": sku, "owner_id": owner_id, "cursor": cursor, "limit": limit},
            )
        )

    async def count(self, *, rows: Sequence[Count], key: str | None = None) -> Imported:
        """Set up to 10,000 shelves to what was counted. Rows that cannot be are named, the others taken."""
        return await self._transport.send(call(Imported, "POST", "/v1/stock/counts", body=rows, key=key, keyed=True))

    async def receive(self, *, rows: Sequence[Receipt], key: str | None = None) -> Received:
        """Put units on shelves of the asker's own nodes: all of the receipts, or none."""
        return await self._transport.send(call(Received, "POST", "/v1/stock/receipts", body=rows, key=key, keyed=True))
