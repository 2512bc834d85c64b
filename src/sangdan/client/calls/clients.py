"""Calls of `client.clients`. Made from the OpenAPI document by `make client`."""

from typing import Literal

from sangdan.client.call import body_of, call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Client, ClientKey


class Clients:
    """What `client.clients` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Client]:
        """Every client by name, revoked ones too; never a key."""
        return self._transport.send(call(Page[Client], "GET", "/v1/clients", query={"cursor": cursor, "limit": limit}))

    def make(
        self,
        *,
        client_id: str,
        role: Literal["tower", "shop", "ally", "floor", "courier"],
        partner_id: str | None = None,
        node_id: str | None = None,
    ) -> ClientKey:
        """Let a client in. The key in the answer is not kept: store it now."""
        return self._transport.send(
            call(
                ClientKey,
                "POST",
                "/v1/clients",
                body=body_of(client_id=client_id, role=role, partner_id=partner_id, node_id=node_id),
            )
        )

    def revoke(self, client_id: str, *, key: str | None = None) -> None:
        """Shut a client out for good; its name is never given again."""
        return self._transport.send(
            call(type(None), "DELETE", "/v1/clients/{client_id}", at={"client_id": client_id}, key=key, keyed=True)
        )


class AsyncClients:
    """What `client.clients` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(self, *, cursor: str | None = None, limit: int | None = None) -> Page[Client]:
        """Every client by name, revoked ones too; never a key."""
        return await self._transport.send(
            call(Page[Client], "GET", "/v1/clients", query={"cursor": cursor, "limit": limit})
        )

    async def make(
        self,
        *,
        client_id: str,
        role: Literal["tower", "shop", "ally", "floor", "courier"],
        partner_id: str | None = None,
        node_id: str | None = None,
    ) -> ClientKey:
        """Let a client in. The key in the answer is not kept: store it now."""
        return await self._transport.send(
            call(
                ClientKey,
                "POST",
                "/v1/clients",
                body=body_of(client_id=client_id, role=role, partner_id=partner_id, node_id=node_id),
            )
        )

    async def revoke(self, client_id: str, *, key: str | None = None) -> None:
        """Shut a client out for good; its name is never given again."""
        return await self._transport.send(
            call(type(None), "DELETE", "/v1/clients/{client_id}", at={"client_id": client_id}, key=key, keyed=True)
        )
