"""Calls of `client.outages`. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from typing import Literal

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import OutOfService


class Outages:
    """What `client.outages` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def close(
        self,
        node_id: str,
        *,
        reason: Literal["power", "fire", "flood", "other"],
        until: datetime | None = None,
        key: str | None = None,
    ) -> OutOfService:
        """Take a node out of service at once: nothing is promised from it, and its open orders come from

        elsewhere.

        Again for a node that is out of service says its cause and its end anew.
        """
        return self._transport.send(
            call(
                OutOfService,
                "POST",
                "/v1/nodes/{node_id}/outage",
                at={"node_id": node_id},
                body=body_of(reason=reason, until=until),
                key=key,
                keyed=True,
            )
        )

    def reopen(self, node_id: str, *, checked: bool | None = None, key: str | None = None) -> OutOfService:
        """Take a node back into service. Goods that may be spoilt stay in quarantine until they were checked."""
        return self._transport.send(
            call(
                OutOfService,
                "DELETE",
                "/v1/nodes/{node_id}/outage",
                at={"node_id": node_id},
                query={"checked": checked},
                key=key,
                keyed=True,
            )
        )

    def list(self) -> tuple[OutOfService, ...]:
        """The nodes of the asker's that are out of service, or have goods in quarantine, by id."""
        return self._transport.send(call(tuple[OutOfService, ...], "GET", "/v1/outages"))


class AsyncOutages:
    """What `client.outages` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def close(
        self,
        node_id: str,
        *,
        reason: Literal["power", "fire", "flood", "other"],
        until: datetime | None = None,
        key: str | None = None,
    ) -> OutOfService:
        """Take a node out of service at once: nothing is promised from it, and its open orders come from

        elsewhere.

        Again for a node that is out of service says its cause and its end anew.
        """
        return await self._transport.send(
            call(
                OutOfService,
                "POST",
                "/v1/nodes/{node_id}/outage",
                at={"node_id": node_id},
                body=body_of(reason=reason, until=until),
                key=key,
                keyed=True,
            )
        )

    async def reopen(self, node_id: str, *, checked: bool | None = None, key: str | None = None) -> OutOfService:
        """Take a node back into service. Goods that may be spoilt stay in quarantine until they were checked."""
        return await self._transport.send(
            call(
                OutOfService,
                "DELETE",
                "/v1/nodes/{node_id}/outage",
                at={"node_id": node_id},
                query={"checked": checked},
                key=key,
                keyed=True,
            )
        )

    async def list(self) -> tuple[OutOfService, ...]:
        """The nodes of the asker's that are out of service, or have goods in quarantine, by id."""
        return await self._transport.send(call(tuple[OutOfService, ...], "GET", "/v1/outages"))
