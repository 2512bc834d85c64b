"""How much of requests is in memory at once: a body is read whole, and many large ones would take all there is.

source  OWASP API Security 2023, API4: unrestricted resource consumption
"""

from typing import Any, Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from sangdan.doors.access import is_open
from sangdan.kit.problems import Unavailable

# Whoever sends less is always let in: a crowd with large bodies keeps nobody from ordering.
SMALL_BYTES: Final = 64 * 1024
MOST_BYTES: Final = 128 * 1024 * 1024


class BodiesFull(Unavailable):
    """As many large requests are being read as the server has room for."""

    code = "bodies-full"


class Bodies(ASGIMiddleware):
    """Lets large bodies in while there is room for them; stands behind the gate, which sends strangers away.

    Open addresses have a room of their own, so that strangers there are in nobody's way.

    limit_bytes  the largest body; one that does not tell its length may be as large
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._most = max(limit_bytes, MOST_BYTES)
        self._under_way = {True: 0, False: 0}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        size = self._size(Request[Any, Any, Any](scope))
        if size <= SMALL_BYTES:
            await next_app(scope, receive, send)
            return
        room = is_open(scope)
        if self._under_way[room] + size > self._most:
            raise BodiesFull("Many large requests are being read; send yours again in a moment, or in smaller parts.")
        self._under_way[room] += size
        try:
            await next_app(scope, receive, send)
        finally:
            self._under_way[room] -= size

    def _size(self, request: Request[Any, Any, Any]) -> int:
        """What it says; a body beyond the limit is refused unread."""
        told = request.headers.get("content-length")
        if told is not None and told.isascii() and told.isdigit():
            return 0 if int(told) > self._limit else int(told)
        return self._limit if "transfer-encoding" in request.headers else 0
