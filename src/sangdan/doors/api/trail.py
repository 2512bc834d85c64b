"""What a request changed, for the audit: a route that knows how it was before says so; else the request is noted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

import msgspec
from litestar import Request

from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn

API: Final = "/v1/"


class _Change(msgspec.Struct, frozen=True):
    what: str
    subject: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    reason: str


class Trail:
    """The changes of one request, in the order in which they were told."""

    def __init__(self) -> None:
        self._told: list[_Change] = []

    def tell(
        self,
        what: str,
        subject: str,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        reason: str = "",
    ) -> None:
        """Say what the route changes, as `audit.note` takes it; it is noted once the route has answered."""
        self._told.append(_Change(what, subject, before, after, reason))

    async def write(self, conn: Conn, request: Request[Seer, Any, Any], body: bytes | None, at: datetime) -> None:
        """Note what was told; of a route that told nothing, what was asked of it.

        body  of a write with an Idempotency-Key; None of a route that changes nothing but what it tells
        """
        for each in self._told:
            await audit.note(
                conn, request.user, at, each.what, each.subject,
                before=each.before, after=each.after, reason=each.reason,
            )  # fmt: skip
        if body is not None and not self._told:
            await audit.note(conn, request.user, at, named(request), subject(request), after=asked(body))


def named(request: Request[Seer, Any, Any]) -> str:
    """What a route does, as it is called in our own source: 'tasks.pick'."""
    handler: Any = request.route_handler
    return f"{handler.fn.__module__.rpartition('.')[2]}.{handler.fn.__name__}"


def subject(request: Request[Seer, Any, Any]) -> str:
    """What it was done to: the address, without the API's own part."""
    return request.url.path.removeprefix(API)


def asked(body: bytes) -> dict[str, object] | None:
    """A body as the audit keeps it: JSON as it was sent, of anything else the size."""
    if not body:
        return None
    if len(body) > audit.MOST_BYTES:
        return {"bytes": len(body)}
    try:
        told: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {"bytes": len(body)}
    return cast("dict[str, object]", told) if isinstance(told, dict) else {"sent": told}
