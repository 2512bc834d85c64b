"""Calls of `client.explanations`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import ExplanationView, WishedFor


class Explanations:
    """What `client.explanations` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def explain(
        self,
        *,
        order_id: UUID | None = None,
        lines: Sequence[WishedFor] | None = None,
        postcode: str | None = None,
        currency: str | None = None,
        birth_year: int | None = None,
        shop_id: str | None = None,
        service: Literal["pickup", "quick", "dawn", "next_day", "standard"] | None = None,
    ) -> ExplanationView:
        """Why a promise is as it is: each node's verdict, each part of the price and the cost, each stretch of the

        date.

        A shop is told the reasons, without what other allies hold, have to do or are paid; the tower is told
        all.
        """
        return self._transport.send(
            call(
                ExplanationView,
                "POST",
                "/v1/promises/explanation",
                body=body_of(
                    order_id=order_id,
                    lines=lines,
                    postcode=postcode,
                    currency=currency,
                    birth_year=birth_year,
                    shop_id=shop_id,
                    service=service,
                ),
            )
        )


class AsyncExplanations:
    """What `client.explanations` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def explain(
        self,
        *,
        order_id: UUID | None = None,
        lines: Sequence[WishedFor] | None = None,
        postcode: str | None = None,
        currency: str | None = None,
        birth_year: int | None = None,
        shop_id: str | None = None,
        service: Literal["pickup", "quick", "dawn", "next_day", "standard"] | None = None,
    ) -> ExplanationView:
        """Why a promise is as it is: each node's verdict, each part of the price and the cost, each stretch of the

        date.

        A shop is told the reasons, without what other allies hold, have to do or are paid; the tower is told
        all.
        """
        return await self._transport.send(
            call(
                ExplanationView,
                "POST",
                "/v1/promises/explanation",
                body=body_of(
                    order_id=order_id,
                    lines=lines,
                    postcode=postcode,
                    currency=currency,
                    birth_year=birth_year,
                    shop_id=shop_id,
                    service=service,
                ),
            )
        )
