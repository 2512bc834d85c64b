"""Calls of `client.orders`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.page import Page
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import (
    CancelledLine,
    NewPart,
    OrderSummary,
    OrderView,
    Placed,
    Purchased,
    Recipient,
    Told,
    WishedFor,
)


class Orders:
    """What `client.orders` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        state: Literal["placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled"]
        | None = None,
        client_id: str | None = None,
        order_ref: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[OrderSummary]:
        """The orders that the asker has a part in, by time of placing."""
        return self._transport.send(
            call(
                Page[OrderSummary],
                "GET",
                "/v1/orders",
                query={
                    "state": state,
                    "client_id": client_id,
                    "order_ref": order_ref,
                    "cursor": cursor,
                    "limit": limit,
                },
            )
        )

    def place(
        self,
        *,
        shopper_id: str,
        token: str | None = None,
        order_ref: str | None = None,
        recipient: Recipient | None = None,
        hold_id: UUID | None = None,
        key: str | None = None,
    ) -> Placed:
        """Take a promise: stock, capacity, order and payment intent in one step, or nothing.

        When goods or hour went in between (`stock-gone`), or a place went out of service (`source-closed`), the
        problem carries fresh ways in `args.alternatives`, and in `args.similar` other SKUs of the products that
        are gone.
        """
        return self._transport.send(
            call(
                Placed,
                "POST",
                "/v1/orders",
                body=body_of(
                    token=token, shopper_id=shopper_id, order_ref=order_ref, recipient=recipient, hold_id=hold_id
                ),
                key=key,
                keyed=True,
            )
        )

    def purchase(
        self,
        *,
        parts: Sequence[NewPart],
        lines: Sequence[WishedFor],
        shopper_id: str,
        order_ref: str | None = None,
        recipient: Recipient | None = None,
        key: str | None = None,
    ) -> Purchased:
        """Take several promises of one basket: an order for each, all of them placed in one step, or none.

        Whatever stands in the way of one (`stock-gone`, `source-closed`) is told with `args.part`, counted from
        0, and with fresh ways for that part alone. When one of the payments is declined, all orders end and
        nothing is charged.
        """
        return self._transport.send(
            call(
                Purchased,
                "POST",
                "/v1/purchases",
                body=body_of(parts=parts, lines=lines, shopper_id=shopper_id, order_ref=order_ref, recipient=recipient),
                key=key,
                keyed=True,
            )
        )

    def get(self, order_id: UUID) -> OrderView:
        """An order with its lines and parcels. An ally that only has a part in it sees that part."""
        return self._transport.send(call(OrderView, "GET", "/v1/orders/{order_id}", at={"order_id": order_id}))

    def timeline(self, order_id: UUID) -> tuple[Told, ...]:
        """All that happened to the shop's own order, its payment and its parcels, and what its shopper was told."""
        return self._transport.send(
            call(tuple[Told, ...], "GET", "/v1/orders/{order_id}/timeline", at={"order_id": order_id})
        )

    def cancel(
        self,
        order_id: UUID,
        *,
        reason: str | None = None,
        lines: Sequence[CancelledLine] | None = None,
        together: bool | None = None,
        key: str | None = None,
    ) -> OrderView:
        """Cancel the whole order or some units, until it is released to the floor.

        Stock, capacity and money go back.
        """
        return self._transport.send(
            call(
                OrderView,
                "POST",
                "/v1/orders/{order_id}/cancellation",
                at={"order_id": order_id},
                body=body_of(reason=reason, lines=lines, together=together),
                key=key,
                keyed=True,
            )
        )

    def confirm(self, order_id: UUID, *, key: str | None = None) -> OrderView:
        """구매확정: the shopper has received everything; the allies are settled with.

        It happens by itself after a term.
        """
        return self._transport.send(
            call(
                OrderView, "POST", "/v1/orders/{order_id}/confirmation", at={"order_id": order_id}, key=key, keyed=True
            )
        )


class AsyncOrders:
    """What `client.orders` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list(
        self,
        *,
        state: Literal["placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled"]
        | None = None,
        client_id: str | None = None,
        order_ref: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page[OrderSummary]:
        """The orders that the asker has a part in, by time of placing."""
        return await self._transport.send(
            call(
                Page[OrderSummary],
                "GET",
                "/v1/orders",
                query={
                    "state": state,
                    "client_id": client_id,
                    "order_ref": order_ref,
                    "cursor": cursor,
                    "limit": limit,
                },
            )
        )

    async def place(
        self,
        *,
        shopper_id: str,
        token: str | None = None,
        order_ref: str | None = None,
        recipient: Recipient | None = None,
        hold_id: UUID | None = None,
        key: str | None = None,
    ) -> Placed:
        """Take a promise: stock, capacity, order and payment intent in one step, or nothing.

        When goods or hour went in between (`stock-gone`), or a place went out of service (`source-closed`), the
        problem carries fresh ways in `args.alternatives`, and in `args.similar` other SKUs of the products that
        are gone.
        """
        return await self._transport.send(
            call(
                Placed,
                "POST",
                "/v1/orders",
                body=body_of(
                    token=token, shopper_id=shopper_id, order_ref=order_ref, recipient=recipient, hold_id=hold_id
                ),
                key=key,
                keyed=True,
            )
        )

    async def purchase(
        self,
        *,
        parts: Sequence[NewPart],
        lines: Sequence[WishedFor],
        shopper_id: str,
        order_ref: str | None = None,
        recipient: Recipient | None = None,
        key: str | None = None,
    ) -> Purchased:
        """Take several promises of one basket: an order for each, all of them placed in one step, or none.

        Whatever stands in the way of one (`stock-gone`, `source-closed`) is told with `args.part`, counted from
        0, and with fresh ways for that part alone. When one of the payments is declined, all orders end and
        nothing is charged.
        """
        return await self._transport.send(
            call(
                Purchased,
                "POST",
                "/v1/purchases",
                body=body_of(parts=parts, lines=lines, shopper_id=shopper_id, order_ref=order_ref, recipient=recipient),
                key=key,
                keyed=True,
            )
        )

    async def get(self, order_id: UUID) -> OrderView:
        """An order with its lines and parcels. An ally that only has a part in it sees that part."""
        return await self._transport.send(call(OrderView, "GET", "/v1/orders/{order_id}", at={"order_id": order_id}))

    async def timeline(self, order_id: UUID) -> tuple[Told, ...]:
        """All that happened to the shop's own order, its payment and its parcels, and what its shopper was told."""
        return await self._transport.send(
            call(tuple[Told, ...], "GET", "/v1/orders/{order_id}/timeline", at={"order_id": order_id})
        )

    async def cancel(
        self,
        order_id: UUID,
        *,
        reason: str | None = None,
        lines: Sequence[CancelledLine] | None = None,
        together: bool | None = None,
        key: str | None = None,
    ) -> OrderView:
        """Cancel the whole order or some units, until it is released to the floor.

        Stock, capacity and money go back.
        """
        return await self._transport.send(
            call(
                OrderView,
                "POST",
                "/v1/orders/{order_id}/cancellation",
                at={"order_id": order_id},
                body=body_of(reason=reason, lines=lines, together=together),
                key=key,
                keyed=True,
            )
        )

    async def confirm(self, order_id: UUID, *, key: str | None = None) -> OrderView:
        """구매확정: the shopper has received everything; the allies are settled with.

        It happens by itself after a term.
        """
        return await self._transport.send(
            call(
                OrderView, "POST", "/v1/orders/{order_id}/confirmation", at={"order_id": order_id}, key=key, keyed=True
            )
        )
