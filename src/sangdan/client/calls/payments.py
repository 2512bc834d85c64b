"""Calls of `client.payments`. Made from the OpenAPI document by `make client`."""

from typing import Literal
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Heard


class Payments:
    """What `client.payments` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def notify(
        self,
        *,
        order_id: UUID,
        key: str,
        kind: Literal["authorise", "capture", "refund", "void"],
        outcome: Literal["approved", "declined"],
        amount_minor: int,
        gateway_ref: str | None = None,
    ) -> Heard:
        """Take an answer that comes late, or twice.

        Only the first counts. The gateway has a key of the collecting shop.
        """
        return self._transport.send(
            call(
                Heard,
                "POST",
                "/v1/payments/notifications",
                body=body_of(
                    order_id=order_id,
                    key=key,
                    kind=kind,
                    outcome=outcome,
                    amount_minor=amount_minor,
                    gateway_ref=gateway_ref,
                ),
            )
        )


class AsyncPayments:
    """What `client.payments` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def notify(
        self,
        *,
        order_id: UUID,
        key: str,
        kind: Literal["authorise", "capture", "refund", "void"],
        outcome: Literal["approved", "declined"],
        amount_minor: int,
        gateway_ref: str | None = None,
    ) -> Heard:
        """Take an answer that comes late, or twice.

        Only the first counts. The gateway has a key of the collecting shop.
        """
        return await self._transport.send(
            call(
                Heard,
                "POST",
                "/v1/payments/notifications",
                body=body_of(
                    order_id=order_id,
                    key=key,
                    kind=kind,
                    outcome=outcome,
                    amount_minor=amount_minor,
                    gateway_ref=gateway_ref,
                ),
            )
        )
