"""Calls of `client.webhooks`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from sangdan.client.call import body_of, call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Delivery, EndpointView, MadeEndpoint, NewSecret, Pinged


class Webhooks:
    """What `client.webhooks` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def endpoints(self, *, cursor: str | None = None, limit: int | None = None) -> Page[EndpointView]:
        """The asker's endpoints; the tower sees every ally's."""
        return self._transport.send(
            call(Page[EndpointView], "GET", "/v1/webhooks", query={"cursor": cursor, "limit": limit})
        )

    def make(self, *, url: str, types: Sequence[str] | None = None) -> MadeEndpoint:
        """Be told of events at an address, from now on. Keep the secret: every webhook is signed with it."""
        return self._transport.send(call(MadeEndpoint, "POST", "/v1/webhooks", body=body_of(url=url, types=types)))

    def endpoint(self, endpoint_id: UUID) -> EndpointView:
        """An endpoint, and how it fares."""
        return self._transport.send(
            call(EndpointView, "GET", "/v1/webhooks/{endpoint_id}", at={"endpoint_id": endpoint_id})
        )

    def remove(self, endpoint_id: UUID, *, key: str | None = None) -> None:
        """Send nothing more, and forget what was sent."""
        return self._transport.send(
            call(
                type(None), "DELETE", "/v1/webhooks/{endpoint_id}", at={"endpoint_id": endpoint_id}, key=key, keyed=True
            )
        )

    def change(
        self,
        endpoint_id: UUID,
        *,
        url: str | msgspec.UnsetType = msgspec.UNSET,
        types: Sequence[str] | msgspec.UnsetType = msgspec.UNSET,
        state: Literal["on", "off"] | msgspec.UnsetType = msgspec.UNSET,
        key: str | None = None,
    ) -> EndpointView:
        """Another address, other types, switched off or on again.

        What happened while it was off is not told by itself: ask for a replay.
        """
        return self._transport.send(
            call(
                EndpointView,
                "PATCH",
                "/v1/webhooks/{endpoint_id}",
                at={"endpoint_id": endpoint_id},
                body=body_of(url=url, types=types, state=state),
                key=key,
                keyed=True,
            )
        )

    def rotate(self, endpoint_id: UUID, *, at_once: bool | None = None) -> NewSecret:
        """A new secret. For a day every webhook carries two signatures, of the new one and of the one before.

        Asked again meanwhile, the newest is replaced and the oldest stays valid, so an answer that was lost
        harms nobody.
        """
        return self._transport.send(
            call(
                NewSecret,
                "POST",
                "/v1/webhooks/{endpoint_id}/rotation",
                at={"endpoint_id": endpoint_id},
                body=body_of(at_once=at_once),
            )
        )

    def replay(
        self,
        endpoint_id: UUID,
        *,
        events: Sequence[UUID] | None = None,
        after: int | None = None,
        since: datetime | None = None,
        key: str | None = None,
    ) -> None:
        """Have events told again, under the ids that they had: single ones, all after a position, or all from a

        time on.
        """
        return self._transport.send(
            call(
                type(None),
                "POST",
                "/v1/webhooks/{endpoint_id}/replays",
                at={"endpoint_id": endpoint_id},
                body=body_of(events=events, after=after, since=since),
                key=key,
                keyed=True,
            )
        )

    def ping(self, endpoint_id: UUID, *, key: str | None = None) -> Pinged:
        """Send a test event of type webhook.ping; its delivery tells how it went."""
        return self._transport.send(
            call(
                Pinged, "POST", "/v1/webhooks/{endpoint_id}/ping", at={"endpoint_id": endpoint_id}, key=key, keyed=True
            )
        )

    def deliveries(
        self,
        endpoint_id: UUID,
        *,
        state: Literal["waiting", "done", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[Delivery]:
        """What was sent within the last month or is still to be, newest first, with the last answer to each."""
        return self._transport.send(
            call(
                Page[Delivery],
                "GET",
                "/v1/webhooks/{endpoint_id}/deliveries",
                at={"endpoint_id": endpoint_id},
                query={"state": state, "cursor": cursor, "limit": limit},
            )
        )


class AsyncWebhooks:
    """What `client.webhooks` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def endpoints(self, *, cursor: str | None = None, limit: int | None = None) -> Page[EndpointView]:
        """The asker's endpoints; the tower sees every ally's."""
        return await self._transport.send(
            call(Page[EndpointView], "GET", "/v1/webhooks", query={"cursor": cursor, "limit": limit})
        )

    async def make(self, *, url: str, types: Sequence[str] | None = None) -> MadeEndpoint:
        """Be told of events at an address, from now on. Keep the secret: every webhook is signed with it."""
        return await self._transport.send(
            call(MadeEndpoint, "POST", "/v1/webhooks", body=body_of(url=url, types=types))
        )

    async def endpoint(self, endpoint_id: UUID) -> EndpointView:
        """An endpoint, and how it fares."""
        return await self._transport.send(
            call(EndpointView, "GET", "/v1/webhooks/{endpoint_id}", at={"endpoint_id": endpoint_id})
        )

    async def remove(self, endpoint_id: UUID, *, key: str | None = None) -> None:
        """Send nothing more, and forget what was sent."""
        return await self._transport.send(
            call(
                type(None), "DELETE", "/v1/webhooks/{endpoint_id}", at={"endpoint_id": endpoint_id}, key=key, keyed=True
            )
        )

    async def change(
        self,
        endpoint_id: UUID,
        *,
        url: str | msgspec.UnsetType = msgspec.UNSET,
        types: Sequence[str] | msgspec.UnsetType = msgspec.UNSET,
        state: Literal["on", "off"] | msgspec.UnsetType = msgspec.UNSET,
        key: str | None = None,
    ) -> EndpointView:
        """Another address, other types, switched off or on again.

        What happened while it was off is not told by itself: ask for a replay.
        """
        return await self._transport.send(
            call(
                EndpointView,
                "PATCH",
                "/v1/webhooks/{endpoint_id}",
                at={"endpoint_id": endpoint_id},
                body=body_of(url=url, types=types, state=state),
                key=key,
                keyed=True,
            )
        )

    async def rotate(self, endpoint_id: UUID, *, at_once: bool | None = None) -> NewSecret:
        """A new secret. For a day every webhook carries two signatures, of the new one and of the one before.

        Asked again meanwhile, the newest is replaced and the oldest stays valid, so an answer that was lost
        harms nobody.
        """
        return await self._transport.send(
            call(
                NewSecret,
                "POST",
                "/v1/webhooks/{endpoint_id}/rotation",
                at={"endpoint_id": endpoint_id},
                body=body_of(at_once=at_once),
            )
        )

    async def replay(
        self,
        endpoint_id: UUID,
        *,
        events: Sequence[UUID] | None = None,
        after: int | None = None,
        since: datetime | None = None,
        key: str | None = None,
    ) -> None:
        """Have events told again, under the ids that they had: single ones, all after a position, or all from a

        time on.
        """
        return await self._transport.send(
            call(
                type(None),
                "POST",
                "/v1/webhooks/{endpoint_id}/replays",
                at={"endpoint_id": endpoint_id},
                body=body_of(events=events, after=after, since=since),
                key=key,
                keyed=True,
            )
        )

    async def ping(self, endpoint_id: UUID, *, key: str | None = None) -> Pinged:
        """Send a test event of type webhook.ping; its delivery tells how it went."""
        return await self._transport.send(
            call(
                Pinged, "POST", "/v1/webhooks/{endpoint_id}/ping", at={"endpoint_id": endpoint_id}, key=key, keyed=True
            )
        )

    async def deliveries(
        self,
        endpoint_id: UUID,
        *,
        state: Literal["waiting", "done", "failed"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[Delivery]:
        """What was sent within the last month or is still to be, newest first, with the last answer to each."""
        return await self._transport.send(
            call(
                Page[Delivery],
                "GET",
                "/v1/webhooks/{endpoint_id}/deliveries",
                at={"endpoint_id": endpoint_id},
                query={"state": state, "cursor": cursor, "limit": limit},
            )
        )
