"""Events go out: what is new in the feed is queued for every endpoint it concerns, and what is due is sent."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit import access, feed, metrics
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.feed import Entry
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.commands import Due, Queued
from sangdan.talk.webhooks.model import Endpoint, Owner, Reply, sign
from sangdan.talk.webhooks.ports import Post

from .public_events import Event, Viewer, check_position, facts_of, gather, view

PING: Final = "webhook.ping"
BATCH: Final = 200
REPLAYS: Final = 5
TIDIED: Final = 5_000
# A process that dies while it sends holds its endpoints for so long; a turn takes less.
LEASE: Final = timedelta(seconds=60)
TURN: Final = 48
TURN_WITHIN: Final = timedelta(seconds=10)
ABREAST: Final = 8


class Sending(msgspec.Struct, frozen=True):
    """What sending works with.

    post    calls the endpoints
    chance  0..1, spreads retries
    """

    pool: Pool
    vault: Vault
    clock: Clock
    post: Post
    chance: Callable[[], float]


async def spread(conn: Conn, at: datetime) -> bool:
    """Queue what is new, and a part of every replay; gives whether there was any.

    One process at a time does it: the others find the follower locked and go on.
    """
    position = await webhooks.follower(conn)
    if position is None:
        return False
    head = await feed.head(conn)
    if position > head:
        await webhooks.followed(conn, head)  # the database was restored; what is told again has the same ids
        return False
    endpoints = await webhooks.listening(conn)
    if not endpoints:
        if position < head:
            await webhooks.followed(conn, head)
        return False
    again = await _replay(conn, endpoints, head, at)
    if position == head:
        return again
    entries = await feed.after(conn, position, BATCH, facts_of(None))
    await webhooks.queue(conn, await _wanted(conn, entries, endpoints), at)
    await webhooks.followed(conn, entries[-1].position if len(entries) == BATCH else max(position, head))
    return True


async def _replay(conn: Conn, endpoints: Sequence[Endpoint], head: int, at: datetime) -> bool:
    known = {endpoint.endpoint_id: endpoint for endpoint in endpoints}
    replays = await webhooks.replays(conn, REPLAYS)
    for replay in replays:
        endpoint = known.get(replay.endpoint_id)
        if endpoint is None:  # switched off meanwhile
            await webhooks.replayed(conn, replay, replay.until)
            continue
        entries = await feed.after(conn, replay.position, BATCH, facts_of(None))
        inside = [entry for entry in entries if entry.position <= replay.until]
        whole = msgspec.structs.replace(endpoint, since=0)
        await webhooks.queue(conn, await _wanted(conn, inside, [whole]), at)
        done = inside[-1].position if inside and len(inside) == BATCH else min(replay.until, head)
        await webhooks.replayed(conn, replay, replay.until if done >= head else done)
    return bool(replays)


async def _wanted(conn: Conn, entries: Sequence[Entry], endpoints: Sequence[Endpoint]) -> list[Queued]:
    """The events that endpoints are told, each as its owner may see it and only while somebody stands for the owner."""
    standing = await _standing(conn)
    orders = await gather(conn, entries)
    queued: list[Queued] = []
    for entry in entries:
        seen: dict[Owner, tuple[Event, bytes] | None] = {}
        for endpoint in endpoints:
            owner = endpoint.owner
            if entry.position <= endpoint.since or owner not in standing:
                continue
            if owner not in seen:
                confined = None if owner.node_id is None else frozenset({owner.node_id})
                event = view(entry, orders, Viewer(owner.role, owner.partner_id, confined))
                seen[owner] = None if event is None else (event, msgspec.json.encode(event))
            told = seen[owner]
            if told is not None and (endpoint.types is None or told[0].type in endpoint.types):
                queued.append(Queued(endpoint.endpoint_id, entry.event_id, entry.position, told[0].type, told[1]))
    return queued


async def _standing(conn: Conn) -> set[Owner]:
    """For whom somebody may still call."""
    return {owner for seer in await access.seers(conn) if (owner := owner_of(seer)) is not None}


def owner_of(seer: Seer) -> Owner | None:
    """Whose endpoints a caller manages; None for a role that may have none, or when confined to several nodes."""
    nodes = sorted(seer.node_ids or ())
    if seer.role == "floor" or len(nodes) > 1:
        return None
    return Owner(seer.role, seer.seen_by, nodes[0] if nodes else None)


def ping(endpoint: Endpoint, ids: Ids, at: datetime) -> Queued:
    """A test event, which nothing happened for."""
    event = Event(
        specversion="1.0", id=ids.new(at), source="/v1/webhooks", type=PING, subject=str(endpoint.endpoint_id),
        time=at, datacontenttype="application/json", position="0", data={"endpoint_id": str(endpoint.endpoint_id)},
    )  # fmt: skip
    return Queued(endpoint.endpoint_id, event.id, 0, PING, msgspec.json.encode(event))


async def send_due(sending: Sending, endpoint: Endpoint) -> None:
    """One turn of an endpoint that was claimed: what is due for it, some at a time, until something is not taken.

    Whoever took nothing last time is asked with a single event. What was sent and not recorded, because this process
    died in between, is sent again under the same id.
    """
    most = TURN if endpoint.failing_since is None else 1
    at = sending.clock.now()
    async with sending.pool.transaction() as conn:
        if endpoint.owner not in await _standing(conn):
            await webhooks.switch_off(conn, endpoint, at)  # every key that could see its events was revoked
            return
        due = await webhooks.due(conn, endpoint.endpoint_id, at, most)
        secrets = await webhooks.secrets(conn, sending.vault, endpoint.endpoint_id, at)
    for first in range(0, len(due), ABREAST):
        part = due[first : first + ABREAST]
        replies = await asyncio.gather(*(_send(sending, endpoint, each, secrets) for each in part))
        async with sending.pool.transaction() as conn:
            taken = await webhooks.record(
                conn, endpoint, list(zip(part, replies, strict=True)), sending.clock.now(), sending.chance
            )
        if not taken or sending.clock.now() - at > TURN_WITHIN:
            break
    async with sending.pool.transaction() as conn:
        await webhooks.free(conn, endpoint.endpoint_id, sending.clock.now())


async def _send(sending: Sending, endpoint: Endpoint, due: Due, secrets: Sequence[bytes]) -> Reply:
    signed = sign(str(due.event_id), sending.clock.now(), due.body, secrets)
    headers = {**signed, "content-type": "application/cloudevents+json; charset=utf-8"}
    reply = await sending.post.post(endpoint.url, headers, due.body)
    metrics.webhooks_total.labels("taken" if reply.taken else "failed").inc()
    return reply


async def claim(pool: Pool, at: datetime, limit: int) -> list[Endpoint]:
    """Endpoints for which something is due, ours until the lease ends.

    limit  >= 1
    """
    async with pool.transaction() as conn:
        return await webhooks.claim(conn, at, at + LEASE, limit)


async def start(conn: Conn, endpoint: Endpoint, after: int | None, since: datetime | None, replay_id: UUID) -> None:
    """Have a stretch of the feed told again: after a position, or from a time on, until now.

    raises  EndpointOff, PositionAhead
    """
    if since is not None:
        after = await feed.since(conn, since)
    head = await feed.head(conn)
    check_position(after or 0, head)
    await webhooks.replay(conn, endpoint, replay_id, after or 0, head)
