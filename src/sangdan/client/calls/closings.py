"""Calls of `client.closings`. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from typing import Literal

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import NetworkClosing


class Closings:
    """What `client.closings` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def close_one(
        self,
        lane_id: str,
        *,
        reason: Literal["weather", "strike", "road", "other"],
        until: datetime | None = None,
        key: str | None = None,
    ) -> NetworkClosing:
        """Close a lane at once: nothing is promised by it, and what was to leave by it takes another way.

        What nobody else can bring waits for the lane. Again for one that is closed says its cause and its end
        anew.
        """
        return self._transport.send(
            call(
                NetworkClosing,
                "POST",
                "/v1/lanes/{lane_id}/closing",
                at={"lane_id": lane_id},
                body=body_of(reason=reason, until=until),
                key=key,
                keyed=True,
            )
        )

    def open_one(self, lane_id: str, *, key: str | None = None) -> NetworkClosing:
        """Open a lane again; what took another way stays on it. Gives the closing that ended."""
        return self._transport.send(
            call(NetworkClosing, "DELETE", "/v1/lanes/{lane_id}/closing", at={"lane_id": lane_id}, key=key, keyed=True)
        )

    def close_all(
        self,
        carrier_id: str,
        *,
        reason: Literal["weather", "strike", "road", "other"],
        until: datetime | None = None,
        key: str | None = None,
    ) -> NetworkClosing:
        """Close every lane of a carrier at once, as if each was closed."""
        return self._transport.send(
            call(
                NetworkClosing,
                "POST",
                "/v1/carriers/{carrier_id}/closing",
                at={"carrier_id": carrier_id},
                body=body_of(reason=reason, until=until),
                key=key,
                keyed=True,
            )
        )

    def open_all(self, carrier_id: str, *, key: str | None = None) -> NetworkClosing:
        """Open a carrier again; a lane of its that was closed by itself stays closed."""
        return self._transport.send(
            call(
                NetworkClosing,
                "DELETE",
                "/v1/carriers/{carrier_id}/closing",
                at={"carrier_id": carrier_id},
                key=key,
                keyed=True,
            )
        )

    def list(self) -> tuple[NetworkClosing, ...]:
        """The lanes and carriers of the asker's that are closed, carriers first, by id."""
        return self._transport.send(call(tuple[NetworkClosing, ...], "GET", "/v1/closings"))


class AsyncClosings:
    """What `client.closings` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def close_one(
        self,
        lane_id: str,
        *,
        reason: Literal["weather", "strike", "road", "other"],
        until: datetime | None = None,
        key: str | None = None,
    ) -> NetworkClosing:
        """Close a lane at once: nothing is promised by it, and what was to leave by it takes another way.

        What nobody else can bring waits for the lane. Again for one that is closed says its cause and its end
        anew.
        """
        return await self._transport.send(
            call(
                NetworkClosing,
                "POST",
                "/v1/lanes/{lane_id}/closing",
                at={"lane_id": lane_id},
                body=body_of(reason=reason, until=until),
                key=key,
                keyed=True,
            )
        )

    async def open_one(self, lane_id: str, *, key: str | None = None) -> NetworkClosing:
        """Open a lane again; what took another way stays on it. Gives the closing that ended."""
        return await self._transport.send(
            call(NetworkClosing, "DELETE", "/v1/lanes/{lane_id}/closing", at={"lane_id": lane_id}, key=key, keyed=True)
        )

    async def close_all(
        self,
        carrier_id: str,
        *,
        reason: Literal["weather", "strike", "road", "other"],
        until: datetime | None = None,
        key: str | None = None,
    ) -> NetworkClosing:
        """Close every lane of a carrier at once, as if each was closed."""
        return await self._transport.send(
            call(
                NetworkClosing,
                "POST",
                "/v1/carriers/{carrier_id}/closing",
                at={"carrier_id": carrier_id},
                body=body_of(reason=reason, until=until),
                key=key,
                keyed=True,
            )
        )

    async def open_all(self, carrier_id: str, *, key: str | None = None) -> NetworkClosing:
        """Open a carrier again; a lane of its that was closed by itself stays closed."""
        return await self._transport.send(
            call(
                NetworkClosing,
                "DELETE",
                "/v1/carriers/{carrier_id}/closing",
                at={"carrier_id": carrier_id},
                key=key,
                keyed=True,
            )
        )

    async def list(self) -> tuple[NetworkClosing, ...]:
        """The lanes and carriers of the asker's that are closed, carriers first, by id."""
        return await self._transport.send(call(tuple[NetworkClosing, ...], "GET", "/v1/closings"))
