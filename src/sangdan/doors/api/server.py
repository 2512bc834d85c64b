"""The HTTP server: uvicorn on a socket of ours, stopped by an event instead of its own signal handlers."""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sangdan.doors.problems import MEDIA_TYPE, BadRequest, body_of
from sangdan.kit.problems import Unavailable

from .envelope import Envelope

DRAIN_S: Final = 10


class AddressTaken(Unavailable):
    """Another program listens there, or we may not."""

    code = "address-taken"


class _Protocol(HttpToolsProtocol):
    """Says in our words what is no HTTP, e.g. an address of more than 64 KB, of which no application hears."""

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
