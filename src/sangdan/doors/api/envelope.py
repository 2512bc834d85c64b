"""What surrounds every request: its id, its line in the log, its figures, and an answer whatever happens inside."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias
from uuid import uuid4

import msgspec

from sangdan.doors.problems import MEDIA_TYPE, BadRequest, as_problem, body_of
from sangdan.kit import logs, metrics

# ASGI in its widest spelling, so that any server, framework or test may stand on either side.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

log = logging.getLogger("sangdan.door")

# Whatever an answer holds is for whoever asked, and is what it says it is.
UNLESS_TOLD: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
# A name or an address, and a port: what else stands there is no address to build a page's own from.
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_PORT_MOST: Final = 65535
# Taken over from the caller when it is spelled so; anything else could forge lines in the log.
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key.lower() == name), None)


class Envelope:
    """Wraps the whole application, unknown routes included.

    app  what answers the requests
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = _header(scope, b"x-request-id")
        request_id = asked.decode() if asked and _REQUEST_ID.fullmatch(asked) else uuid4().hex
        token = logs.request_id.set(request_id)
        clock = asyncio.get_running_loop()
        began_s, status = clock.time(), 0

        async def sign(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                told = {name for name, _ in message["headers"]}
                more = [(name, value) for name, value in UNLESS_TOLD if name not in told]
                message["headers"] = [*message["headers"], *more, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            _check_host(_header(scope, b"host") or b"")
            await self.app(scope, receive, sign)
        except Exception as raised:
            if status:  # half an answer is out: only the server can cut the line now
                raise
            await _tell(scope, raised, sign)
        finally:
            self._count(scope, status, clock.time() - began_s)
            logs.request_id.reset(token)

    @staticmethod
    def _count(scope: Scope, status: int, seconds: float) -> None:
        route, method = scope.get("path_template") or "unknown", scope.get("method", "")
        metrics.requests_total.labels(method, route, str(status)).inc()
        metrics.request_seconds.labels(method, route).observe(seconds)
        seer = scope.get("user")
        log.info(
            "request",
            extra={
                "method": method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "client_id": getattr(seer, "client_id", None),
            },
        )


def _check_host(host: bytes) -> None:
    """Refuse a name that no server has.

    raises  BadRequest
    """
    found = _HOST.fullmatch(host)
    if found is None or int(found[1] or 0) > _PORT_MOST:
        reason = "Host is no address"
        raise BadRequest(f"The request was not understood: {reason}", reason=reason)


async def _tell(scope: Scope, raised: Exception, send: Send) -> None:
    """The answer of last resort, e.g. when COMMIT fails after the route has answered."""
    spoken = _header(scope, b"accept-language")
    body, headers = body_of(as_problem(raised), scope["path"], spoken.decode("latin-1") if spoken else None)
    sent = msgspec.json.encode(body)
    raw = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(sent)).encode())]
    raw += [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": body.status, "headers": raw})
    await send({"type": "http.response.body", "body": sent, "more_body": False})
