"""Webhooks: each ally says where it wants to be told of what."""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET

from sangdan.doors.problems import FieldError, InvalidRequest, problems
from sangdan.flows import send_webhooks
from sangdan.flows.public_events import EventTypeUnknown, PositionAhead, facts_of
from sangdan.flows.send_webhooks import owner_of
from sangdan.kit import feed
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.settings import Settings
from sangdan.kit.vault import Vault
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.commands import Wish
from sangdan.talk.webhooks.errors import (
    EndpointExists,
    EndpointOff,
    NoSuchDelivery,
    NoSuchEndpoint,
    TooManyEndpoints,
    TooManyReplays,
    UrlUnfit,
)
from sangdan.talk.webhooks.model import Delivery, Owner, Progress, check_url

from .endpoint_view import Change, EndpointView, MadeEndpoint, NewEndpoint, NewSecret, Pinged, Replay, Rotation, view
from .fields import check_instant
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor
from .trail import Trail

NIL: Final = UUID(int=0)
NEWEST: Final = (datetime(9999, 12, 31, tzinfo=UTC), NIL)


def _owner(seer: Seer) -> Owner:
    owner = owner_of(seer)
    assert owner is not None, "the table of roles keeps others out"
    return owner


# No Idempotency-Key here and at the rotation: an answer that is kept would keep the secret in the clear. A second try
# is refused by the address.
@post(
    "/v1/webhooks",
    tags=["webhooks"],
    opt={"harmless": True},
    responses=problems(UrlUnfit, EventTypeUnknown, EndpointExists, TooManyEndpoints),
)
async def make(
    data: JSONBody[NewEndpoint],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    settings: NamedDependency[Settings],
    ids: NamedDependency[Ids],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> MadeEndpoint:
    """Be told of events at an address, from now on. Keep the secret: every webhook is signed with it."""
    check_url(data.url, private=settings.webhooks_private)
    facts_of(data.types)
    wish = Wish(data.url, data.types, await feed.head(conn))
    made, secret = await webhooks.add(conn, vault, _owner(seer), seer.client_id, ids.new(at), wish, at)
    trail.tell("webhook.made", f"webhook/{made.endpoint_id}", after=_told(view(made)))
    return MadeEndpoint(view(made), secret)


@get("/v1/webhooks", tags=["webhooks"], responses=problems(CursorUnreadable))
async def endpoints(
    conn: NamedDependency[Conn], seer: NamedDependency[Seer], cursor: Cursor = None, limit: Limit = 50
) -> Page[EndpointView]:
    """The asker's endpoints; the tower sees every ally's."""
    after = read_cursor(cursor, NIL, UUID)
    found = await webhooks.page(conn, _owner(seer), after, limit + 1)
    return page([view(each) for each in found], limit, lambda each: each.endpoint_id)


@get("/v1/webhooks/{endpoint_id:uuid}", tags=["webhooks"], responses=problems(NoSuchEndpoint))
async def endpoint(
    endpoint_id: FromPath[UUID], conn: NamedDependency[Conn], seer: NamedDependency[Seer]
) -> EndpointView:
    """An endpoint, and how it fares."""
    return view(await webhooks.get(conn, _owner(seer), endpoint_id))


@patch(
    "/v1/webhooks/{endpoint_id:uuid}",
    tags=["webhooks"],
    responses=problems(NoSuchEndpoint, UrlUnfit, EventTypeUnknown, EndpointExists),
)
async def change(
    endpoint_id: FromPath[UUID],
    data: JSONBody[Change],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> EndpointView:
    """Another address, other types, switched off or on again.

    What happened while it was off is not told by itself: ask for a replay.
    """
    owner = _owner(seer)
    known = await webhooks.get(conn, owner, endpoint_id)
    was = view(known)
    url = known.url if data.url is UNSET else data.url
    types = known.types if data.types is UNSET else data.types
    check_url(url, private=settings.webhooks_private)
    facts_of(types)
    await webhooks.change(conn, known, url, types)
    if data.state == "on":
        await webhooks.switch_on(conn, known, await feed.head(conn), at)
    elif data.state == "off":
        await webhooks.switch_off(conn, known, at)
    now = view(await webhooks.get(conn, owner, endpoint_id))
    trail.tell("webhook.changed", f"webhook/{endpoint_id}", before=_told(was), after=_told(now))
    return now


@delete("/v1/webhooks/{endpoint_id:uuid}", tags=["webhooks"], responses=problems(NoSuchEndpoint))
async def remove(
    endpoint_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    trail: NamedDependency[Trail],
) -> None:
    """Send nothing more, and forget what was sent."""
    known = await webhooks.get(conn, _owner(seer), endpoint_id)
    await webhooks.delete(conn, known)
    trail.tell("webhook.removed", f"webhook/{endpoint_id}", before=_told(view(known)))


@post(
    "/v1/webhooks/{endpoint_id:uuid}/rotation",
    tags=["webhooks"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(NoSuchEndpoint),
)
async def rotate(
    endpoint_id: FromPath[UUID],
    data: JSONBody[Rotation],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> NewSecret:
    """A new secret. For a day every webhook carries two signatures, of the new one and of the one before.

    Asked again meanwhile, the newest is replaced and the oldest stays valid, so an answer that was lost harms nobody.
    """
    owner = _owner(seer)
    known = await webhooks.get(conn, owner, endpoint_id)
    secret = await webhooks.rotate(conn, vault, known, at, at_once=data.at_once)
    trail.tell("webhook.secret-rotated", f"webhook/{endpoint_id}", after={"at_once": data.at_once})
    return NewSecret(secret, (await webhooks.get(conn, owner, endpoint_id)).rotating_until)


@post(
    "/v1/webhooks/{endpoint_id:uuid}/replays",
    tags=["webhooks"],
    status_code=202,
    responses=problems(NoSuchEndpoint, EndpointOff, NoSuchDelivery, PositionAhead, TooManyReplays),
)
async def replay(
    endpoint_id: FromPath[UUID],
    data: JSONBody[Replay],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    ids: NamedDependency[Ids],
    at: NamedDependency[datetime],
) -> None:
    """Have events told again, under the ids that they had: single ones, all after a position, or all from a time on."""
    known = await webhooks.get(conn, _owner(seer), endpoint_id)
    if sum(each is not None for each in (data.events, data.after, data.since)) != 1:
        message = "Expected one of events, after and since"
        raise InvalidRequest(
            f"The request does not fit: {message}", errors=[FieldError("body", message)], named=message
        )
    if data.events is not None:
        await webhooks.replay_events(conn, known, data.events, lambda: ids.new(at))
    else:
        since = None if data.since is None else check_instant("since", data.since)
        await send_webhooks.start(conn, known, data.after, since, ids.new(at))


@post(
    "/v1/webhooks/{endpoint_id:uuid}/ping",
    tags=["webhooks"],
    status_code=202,
    responses=problems(NoSuchEndpoint, EndpointOff),
)
async def ping(
    endpoint_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    ids: NamedDependency[Ids],
    at: NamedDependency[datetime],
) -> Pinged:
    """Send a test event of type webhook.ping; its delivery tells how it went."""
    known = await webhooks.get(conn, _owner(seer), endpoint_id)
    event = send_webhooks.ping(known, ids, at)
    await webhooks.ping(conn, known, event, at)
    return Pinged(event.event_id)


@get(
    "/v1/webhooks/{endpoint_id:uuid}/deliveries",
    tags=["webhooks"],
    responses=problems(NoSuchEndpoint, CursorUnreadable),
)
async def deliveries(
    endpoint_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    became: Annotated[Progress | None, QueryParameter(name="state", description="Only those in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Delivery]:
    """What was sent within the last month or is still to be, newest first, with the last answer to each."""
    known = await webhooks.get(conn, _owner(seer), endpoint_id)
    before = read_cursor(cursor, NEWEST, tuple[datetime, UUID])
    found = await webhooks.deliveries(conn, known, became, before, limit + 1)
    return page(found, limit, lambda each: (each.queued_at, each.event_id))


def _told(seen: EndpointView) -> dict[str, object]:
    return {"url": seen.url, "types": seen.types, "state": seen.state}
