"""The HTTP server: uvicorn on a socket of ours, stopped by an event instead of its own signal handlers."""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sangdan.doors.problems import MEDIA_TYPE, BadRequest, body_of
from sangdan.kit.problems import Unavailable

from .envelope import Envelope

DRAIN_S: Final = 10
# What comes before a body: an address, an address's worth of cookies, and what a proxy adds. More is refused.
HEAD_BYTES: Final = 64 * 1024
# Whoever sends nothing for so long, or takes so long for a request's head, is cut off.
PATIENCE_S: Final = 30.0


class AddressTaken(Unavailable):
    """Another program listens there, or we may not."""

    code = "address-taken"


class _Protocol(HttpToolsProtocol):
    """Says in our words what is no HTTP, e.g. an address of more than 64 KB, of which no application hears.

    Bounds what a stranger may make us keep: the bytes of a request's head, and the time until it is whole. Of a body
    every piece has its time, unless it is we who do not read on.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._head_bytes = 0
        self._late: asyncio.TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response(f"more than {HEAD_BYTES:,} bytes before the body")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._late is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._wait()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._rest()
        super().on_message_complete()

    def _wait(self) -> None:
        self._rest()
        self._late = self.loop.call_later(PATIENCE_S, self._give_up)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        if self.flow.read_paused:
            self._wait()
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        body, headers = body_of(BadRequest(f"The request was not understood: {msg}", reason=msg), "", None)
        sent = msgspec.json.encode(body)
        headers |= {"content-type": MEDIA_TYPE, "content-length": str(len(sent)), "connection": "close"}
        lines = ["HTTP/1.1 400 Bad Request", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.transport.write("\r\n".join(lines).encode() + sent)
        self.transport.close()


class _Server(uvicorn.Server):
    """Leaves signals alone: whoever runs the server decides when it ends."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address.

    port    0 takes any free one
    raises  AddressTaken
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as reason:
        raise AddressTaken(
            f"Cannot listen on {host}:{port} ({reason.strerror or reason}); choose another with --host or --port.",
            host=host,
            port=port,
        ) from reason


def address(listening: socket.socket) -> str:
    """Where a socket is reached, e.g. http://127.0.0.1:8080."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(app: Envelope, listening: socket.socket, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Answer requests until told to stop; those under way are finished, for ten seconds at most.

    ready  called once, when requests are taken
    """
    server = _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
        )
    )

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        ready()  # the socket listens already: what comes now waits for the first turn of the loop
        await server.serve([listening])
    finally:
        ending.cancel()
        listening.close()
