"""Calls of `client.recipients`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import RecipientView


class Recipients:
    """What `client.recipients` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, order_id: UUID, *, reason: str | None = None) -> RecipientView:
        """Who receives the order: in the clear for its shop, and for a carrier while it has a parcel of it on the

        road.

        For the tower with a `reason`, too; masked for everybody else. Each reading in the clear is written
        down.
        """
        return self._transport.send(
            call(
                RecipientView,
                "GET",
                "/v1/orders/{order_id}/recipient",
                at={"order_id": order_id},
                query={"reason": reason},
            )
        )

    def name(
        self,
        order_id: UUID,
        *,
        name: str,
        phone: str,
        lines: Sequence[str | Any],
        note: str | None = None,
        key: str | None = None,
    ) -> RecipientView:
        """Name who receives the order, until it is released to the floor. The answer is masked."""
        return self._transport.send(
            call(
                RecipientView,
                "PUT",
                "/v1/orders/{order_id}/recipient",
                at={"order_id": order_id},
                body=body_of(name=name, phone=phone, lines=lines, note=note),
                key=key,
                keyed=True,
            )
        )


class AsyncRecipients:
    """What `client.recipients` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self, order_id: UUID, *, reason: str | None = None) -> RecipientView:
        """Who receives the order: in the clear for its shop, and for a carrier while it has a parcel of it on the

        road.

        For the tower with a `reason`, too; masked for everybody else. Each reading in the clear is written
        down.
        """
        return await self._transport.send(
            call(
                RecipientView,
                "GET",
                "/v1/orders/{order_id}/recipient",
                at={"order_id": order_id},
                query={"reason": reason},
            )
        )

    async def name(
        self,
        order_id: UUID,
        *,
        name: str,
        phone: str,
        lines: Sequence[str | Any],
        note: str | None = None,
        key: str | None = None,
    ) -> RecipientView:
        """Name who receives the order, until it is released to the floor. The answer is masked."""
        return await self._transport.send(
            call(
                RecipientView,
                "PUT",
                "/v1/orders/{order_id}/recipient",
                at={"order_id": order_id},
                body=body_of(name=name, phone=phone, lines=lines, note=note),
                key=key,
                keyed=True,
            )
        )
