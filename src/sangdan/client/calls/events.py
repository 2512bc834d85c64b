"""Calls of `client.events`. Made from the OpenAPI document by `make client`."""

from datetime import datetime

from sangdan.client.call import call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import EventPage


class Events:
    """What `client.events` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        after: int | None = None,
        since: datetime | None = None,
        types: tuple[str, ...] | None = None,
        limit: int | None = None,
    ) -> EventPage:
        """The events that concern the asker, after a position: docs/events.md tells which.

        Asked with `Accept: text/event-stream` it stays open and tells them as they happen, after the position
        in `Last-Event-ID` or `after`, else from now on.
        """
        return self._transport.send(
            call(EventPage, "GET", "/v1/events", query={"after": after, "since": since, "types": types, "limit": limit})
        )


class AsyncEvents:
    """What `client.events` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(
        self,
        *,
        after: int | None = None,
        since: datetime | None = None,
        types: tuple[str, ...] | None = None,
        limit: int | None = None,
    ) -> EventPage:
        """The events that concern the asker, after a position: docs/events.md tells which.

        Asked with `Accept: text/event-stream` it stays open and tells them as they happen, after the position
        in `Last-Event-ID` or `after`, else from now on.
        """
        return await self._transport.send(
            call(EventPage, "GET", "/v1/events", query={"after": after, "since": since, "types": types, "limit": limit})
        )
