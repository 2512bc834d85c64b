"""What happens in the alliance, for other systems: page by page, or as a stream."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream as StreamResponse

from sangdan.doors.problems import FieldError, InvalidRequest, problems
from sangdan.flows import public_events
from sangdan.flows.public_events import Event, EventTypeUnknown, PositionAhead, Viewer
from sangdan.kit import feed
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool

from .fields import check_instant
from .streams import MEDIA_TYPE, Stream, Streams, TooManyStreams

FARTHEST: Final = 2**62

After = Annotated[
    int | None,
    QueryParameter(ge=0, le=FARTHEST, description="Position of the last event that is known; 0: the beginning."),
]
Types = Annotated[list[str] | None, QueryParameter(max_items=50, description="Only events of these types.")]
Since = Annotated[datetime | None, QueryParameter(description="Begin with what was recorded then, instead of `after`.")]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="Events on a page.")]


class EventPage(msgspec.Struct, frozen=True):
    """Some events, oldest first.

    next  the position to go on from; it moves even when nothing on the way concerned the asker
    more  whether to ask again at once
    """

    items: list[Event]
    next: int
    more: bool


def viewer_of(seer: Seer) -> Viewer:
    """Whose events an asker may see."""
    return Viewer(seer.role, seer.seen_by, seer.node_ids)


# A stream must not hold a transaction while nothing happens.
@get(
    "/v1/events",
    tags=["events"],
    opt={"own_transactions": True, "gives": (MEDIA_TYPE,)},
    response_headers=[ResponseHeader("cache-control", description="Never kept.", documentation_only=True)],
    responses={
        200: ResponseSpec(EventPage, description="A page, or with `Accept: text/event-stream` a stream.")
    } | problems(EventTypeUnknown, PositionAhead, TooManyStreams),
)  # fmt: skip
async def events(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    seer: NamedDependency[Seer],
    streams: NamedDependency[Streams],
    after: After = None,
    since: Since = None,
    types: Types = None,
    limit: Limit = 100,
) -> Response[Any]:
    """The events that concern the asker, after a position: docs/events.md tells which.

    Asked with `Accept: text/event-stream` it stays open and tells them as they happen, after the position in
    `Last-Event-ID` or `after`, else from now on.
    """
    public_events.facts_of(types)
    streaming = MEDIA_TYPE in request.headers.get("accept", "")
    told = request.headers.get("last-event-id") if streaming else None
    position = _position(told) if told else after
    async with pool.connection() as conn:
        if position is None and since is not None:
            position = await feed.since(conn, _with_offset(since))
        if position is None:
            position = await feed.head(conn) if streaming else 0
        found = await public_events.read(conn, viewer_of(seer), position, types, 1 if streaming else limit)
    headers = {"cache-control": "no-store"}
    if not streaming:
        return Response(EventPage(found.events, found.position, found.more), headers=headers)
    body = streams.open(pool, Stream(seer.client_id, viewer_of(seer), position, types))
    # Proxies that gather an answer before they pass it on are asked not to.
    return StreamResponse(body, media_type=MEDIA_TYPE, headers=headers | {"x-accel-buffering": "no"})


def _position(told: str) -> int:
    if told.isascii() and told.isdigit() and len(told) <= len(str(FARTHEST)):
        return min(int(told), FARTHEST)
    raise _unfit("Last-Event-ID", "Expected the `id` of an event of this stream")


def _with_offset(since: datetime) -> datetime:
    if since.tzinfo is None:
        raise _unfit("since", "Expected an instant with its offset from UTC")
    return check_instant("since", since)


def _unfit(field: str, message: str) -> InvalidRequest:
    named = f"{field}: {message}"
    return InvalidRequest(f"The request does not fit: {named}", errors=[FieldError(field, message)], named=named)
