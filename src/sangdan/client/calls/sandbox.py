"""Calls of `client.sandbox`. Made from the OpenAPI document by `make client`."""

from datetime import datetime

from sangdan.client.call import body_of, call
from sangdan.client.transport import AsyncTransport, Transport
from sangdan.client.types import Moved


class Sandbox:
    """What `client.sandbox` offers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def clock_now(self) -> Moved:
        """The instant that this sandbox is at."""
        return self._transport.send(call(Moved, "GET", "/v1/sandbox/clock"))

    def clock_move(self, *, to: datetime) -> Moved:
        """Move the sandbox's clock ahead.

        Timers on the way ring at their own instants, and are done when this answers.
        """
        return self._transport.send(call(Moved, "POST", "/v1/sandbox/clock", body=body_of(to=to)))


class AsyncSandbox:
    """What `client.sandbox` of the asynchronous client offers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def clock_now(self) -> Moved:
        """The instant that this sandbox is at."""
        return await self._transport.send(call(Moved, "GET", "/v1/sandbox/clock"))

    async def clock_move(self, *, to: datetime) -> Moved:
        """Move the sandbox's clock ahead.

        Timers on the way ring at their own instants, and are done when this answers.
        """
        return await self._transport.send(call(Moved, "POST", "/v1/sandbox/clock", body=body_of(to=to)))
