"""Calls of `client.tasks`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Found, Numbering, Task, Work


class Tasks:
    """What `client.tasks` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def number(self, node_id: str, *, gs1_prefix: str, key: str | None = None) -> Numbering:
        """Give a node the GS1 prefix under which it numbers its parcels; without one it cannot pack."""
        return self._transport.send(
            call(
                Numbering,
                "POST",
                "/v1/nodes/{node_id}/gs1-prefix",
                at={"node_id": node_id},
                body=body_of(gs1_prefix=gs1_prefix),
                key=key,
                keyed=True,
            )
        )

    def list(self, *, node_id: str, cursor: str | None = None, limit: int | None = None) -> Page[Work]:
        """What a node of the asker's has to do; left_s is negative for what is late."""
        return self._transport.send(
            call(Page[Work], "GET", "/v1/tasks", query={"node_id": node_id, "cursor": cursor, "limit": limit})
        )

    def pick(self, parcel_id: UUID, *, node_id: str, found: Sequence[Found], key: str | None = None) -> Task:
        """Tell what was found.

        What is missing corrects the stock, and the order is sourced anew where that is possible.
        """
        return self._transport.send(
            call(
                Task,
                "POST",
                "/v1/tasks/{parcel_id}/pick",
                at={"parcel_id": parcel_id},
                body=body_of(node_id=node_id, found=found),
                key=key,
                keyed=True,
            )
        )

    def pack(self, parcel_id: UUID, *, node_id: str, key: str | None = None) -> Task:
        """Close the parcel; it gets its SSCC, which goes on the label."""
        return self._transport.send(
            call(
                Task,
                "POST",
                "/v1/tasks/{parcel_id}/pack",
                at={"parcel_id": parcel_id},
                body=body_of(node_id=node_id),
                key=key,
                keyed=True,
            )
        )

    def hand_over(self, parcel_id: UUID, *, node_id: str, key: str | None = None) -> Task:
        """Give the parcel to its carrier, or to the shopper at the counter: it leaves the stock."""
        return self._transport.send(
            call(
                Task,
                "POST",
                "/v1/tasks/{parcel_id}/hand-over",
                at={"parcel_id": parcel_id},
                body=body_of(node_id=node_id),
                key=key,
                keyed=True,
            )
        )


class AsyncTasks:
    """What `client.tasks` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def number(self, node_id: str, *, gs1_prefix: str, key: str | None = None) -> Numbering:
        """Give a node the GS1 prefix under which it numbers its parcels; without one it cannot pack."""
        return await self._transport.send(
            call(
                Numbering,
                "POST",
                "/v1/nodes/{node_id}/gs1-prefix",
                at={"node_id": node_id},
                body=body_of(gs1_prefix=gs1_prefix),
                key=key,
                keyed=True,
            )
        )

    async def list(self, *, node_id: str, cursor: str | None = None, limit: int | None = None) -> Page[Work]:
        """What a node of the asker's has to do; left_s is negative for what is late."""
        return await self._transport.send(
            call(Page[Work], "GET", "/v1/tasks", query={"node_id": node_id, "cursor": cursor, "limit": limit})
        )

    async def pick(self, parcel_id: UUID, *, node_id: str, found: Sequence[Found], key: str | None = None) -> Task:
        """Tell what was found.

        What is missing corrects the stock, and the order is sourced anew where that is possible.
        """
        return await self._transport.send(
            call(
                Task,
                "POST",
                "/v1/tasks/{parcel_id}/pick",
                at={"parcel_id": parcel_id},
                body=body_of(node_id=node_id, found=found),
                key=key,
                keyed=True,
            )
        )

    async def pack(self, parcel_id: UUID, *, node_id: str, key: str | None = None) -> Task:
        """Close the parcel; it gets its SSCC, which goes on the label."""
        return await self._transport.send(
            call(
                Task,
                "POST",
                "/v1/tasks/{parcel_id}/pack",
                at={"parcel_id": parcel_id},
                body=body_of(node_id=node_id),
                key=key,
                keyed=True,
            )
        )

    async def hand_over(self, parcel_id: UUID, *, node_id: str, key: str | None = None) -> Task:
        """Give the parcel to its carrier, or to the shopper at the counter: it leaves the stock."""
        return await self._transport.send(
            call(
                Task,
                "POST",
                "/v1/tasks/{parcel_id}/hand-over",
                at={"parcel_id": parcel_id},
                body=body_of(node_id=node_id),
                key=key,
                keyed=True,
            )
        )
