"""Calls of `client.promises`. Made from the OpenAPI document by `make client`."""

from collections.abc import Sequence

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Quoted, WishedFor


class Promises:
    """What `client.promises` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def ask(
        self,
        *,
        lines: Sequence[WishedFor],
        postcode: str,
        currency: str | None = None,
        shopper_id: str | None = None,
        birth_year: int | None = None,
    ) -> Quoted:
        """The ways to receive a basket: date, probability, sources, price, CO2e and why. Take one with its token."""
        return self._transport.send(
            call(
                Quoted,
                "POST",
                "/v1/promises",
                body=body_of(
                    lines=lines, postcode=postcode, currency=currency, shopper_id=shopper_id, birth_year=birth_year
                ),
            )
        )


class AsyncPromises:
    """What `client.promises` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def ask(
        self,
        *,
        lines: Sequence[WishedFor],
        postcode: str,
        currency: str | None = None,
        shopper_id: str | None = None,
        birth_year: int | None = None,
    ) -> Quoted:
        """The ways to receive a basket: date, probability, sources, price, CO2e and why. Take one with its token."""
        return await self._transport.send(
            call(
                Quoted,
                "POST",
                "/v1/promises",
                body=body_of(
                    lines=lines, postcode=postcode, currency=currency, shopper_id=shopper_id, birth_year=birth_year
                ),
            )
        )
