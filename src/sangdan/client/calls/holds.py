"""Calls of `client.holds`. Made from the OpenAPI document by `make client`."""

from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import HoldView


class Holds:
    """What `client.holds` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def hold(self, *, token: str, hold_s: int | None = None, key: str | None = None) -> HoldView:
        """Keep everything that a promise needs, or nothing of it: the units, and the hours of the floors that pack

        them.

        When goods or hour went in between (`stock-gone`), the problem carries fresh ways in
        `args.alternatives`.
        """
        return self._transport.send(
            call(HoldView, "POST", "/v1/holds", body=body_of(token=token, hold_s=hold_s), key=key, keyed=True)
        )

    def release(self, hold_id: UUID, *, key: str | None = None) -> None:
        """Let go of a hold before it expires; its units and places are free at once."""
        return self._transport.send(
            call(type(None), "DELETE", "/v1/holds/{hold_id}", at={"hold_id": hold_id}, key=key, keyed=True)
        )


class AsyncHolds:
    """What `client.holds` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def hold(self, *, token: str, hold_s: int | None = None, key: str | None = None) -> HoldView:
        """Keep everything that a promise needs, or nothing of it: the units, and the hours of the floors that pack

        them.

        When goods or hour went in between (`stock-gone`), the problem carries fresh ways in
        `args.alternatives`.
        """
        return await self._transport.send(
            call(HoldView, "POST", "/v1/holds", body=body_of(token=token, hold_s=hold_s), key=key, keyed=True)
        )

    async def release(self, hold_id: UUID, *, key: str | None = None) -> None:
        """Let go of a hold before it expires; its units and places are free at once."""
        return await self._transport.send(
            call(type(None), "DELETE", "/v1/holds/{hold_id}", at={"hold_id": hold_id}, key=key, keyed=True)
        )
