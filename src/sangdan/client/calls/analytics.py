"""Calls of `client.analytics`. Made from the OpenAPI document by `make client`."""

from datetime import datetime

from sangdan.client.call import call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Report


class Analytics:
    """What `client.analytics` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def report(self, *, from_: datetime, to: datetime) -> Report:
        """What became of the orders placed in a period: a shop's own, or for the tower all.

        At most 92 days at once.
        """
        return self._transport.send(call(Report, "GET", "/v1/analytics", query={"from": from_, "to": to}))


class AsyncAnalytics:
    """What `client.analytics` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def report(self, *, from_: datetime, to: datetime) -> Report:
        """What became of the orders placed in a period: a shop's own, or for the tower all.

        At most 92 days at once.
        """
        return await self._transport.send(call(Report, "GET", "/v1/analytics", query={"from": from_, "to": to}))
