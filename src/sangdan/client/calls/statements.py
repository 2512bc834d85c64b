"""Calls of `client.statements`. Made from the OpenAPI document by `make client`."""

from datetime import datetime

from sangdan.client.call import call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import StatementView


class Statements:
    """What `client.statements` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, *, from_: datetime, to: datetime, partner_id: str | None = None) -> StatementView:
        """The statement of the asker; the tower may ask for any ally's, or for all. At most 92 days at once."""
        return self._transport.send(
            call(StatementView, "GET", "/v1/statements", query={"from": from_, "to": to, "partner_id": partner_id})
        )


class AsyncStatements:
    """What `client.statements` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self, *, from_: datetime, to: datetime, partner_id: str | None = None) -> StatementView:
        """The statement of the asker; the tower may ask for any ally's, or for all. At most 92 days at once."""
        return await self._transport.send(
            call(StatementView, "GET", "/v1/statements", query={"from": from_, "to": to, "partner_id": partner_id})
        )
