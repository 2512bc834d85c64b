"""Calls of `client.reservations`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Hold, Wanted


class Reservations:
    """What `client.reservations` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def reserve(self, *, lines: Sequence[Wanted], hold_s: int | None = None, key: str | None = None) -> Hold:
        """Hold every line of a basket, or none of them; a shop with a share of a shelf takes from its share."""
        return self._transport.send(
            call(Hold, "POST", "/v1/reservations", body=body_of(lines=lines, hold_s=hold_s), key=key, keyed=True)
        )

    def release(self, reservation_id: UUID, *, node_id: str, key: str | None = None) -> None:
        """Let go of a basket's hold before it expires."""
        return self._transport.send(
            call(
                type(None),
                "DELETE",
                "/v1/reservations/{reservation_id}",
                at={"reservation_id": reservation_id},
                query={"node_id": node_id},
                key=key,
                keyed=True,
            )
        )


class AsyncReservations:
    """What `client.reservations` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def reserve(self, *, lines: Sequence[Wanted], hold_s: int | None = None, key: str | None = None) -> Hold:
        """Hold every line of a basket, or none of them; a shop with a share of a shelf takes from its share."""
        return await self._transport.send(
            call(Hold, "POST", "/v1/reservations", body=body_of(lines=lines, hold_s=hold_s), key=key, keyed=True)
        )

    async def release(self, reservation_id: UUID, *, node_id: str, key: str | None = None) -> None:
        """Let go of a basket's hold before it expires."""
        return await self._transport.send(
            call(
                type(None),
                "DELETE",
                "/v1/reservations/{reservation_id}",
                at={"reservation_id": reservation_id},
                query={"node_id": node_id},
                key=key,
                keyed=True,
            )
        )
