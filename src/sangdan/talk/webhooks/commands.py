"""The verbs of webhooks: endpoints come, change and go; events are queued, sent and recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from os import urandom
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.events import emit
from sangdan.kit.vault import Vault

from . import model
from .errors import (
    EndpointExists,
    EndpointOff,
    NoSuchDelivery,
    NoSuchEndpoint,
    TooManyEndpoints,
    TooManyReplays,
)
from .events import EndpointSwitchedOff
from .model import Delivery, Endpoint, Owner, Progress, Reply
from .queries import endpoints as rows
from .queries import sending
from .queries.endpoints import Sealed
from .queries.endpoints import listening as listening
from .queries.sending import Due as Due
from .queries.sending import Queued as Queued
from .queries.sending import Replay, Result
from .queries.sending import claim as claim
from .queries.sending import counts as counts
from .queries.sending import due as due
from .queries.sending import followed as followed
from .queries.sending import follower as follower
from .queries.sending import free as free
from .queries.sending import queue as queue
from .queries.sending import replayed as replayed
from .queries.sending import replays as replays
from .queries.sending import tidy as tidy

RESEALED_AT_ONCE: Final = 200
# Every event is written once for each endpoint that hears of it, and every replay reads its part of the feed again.
MOST_ENDPOINTS: Final = 50
MOST_REPLAYS: Final = 200


class Wish(msgspec.Struct, frozen=True):
    """What an endpoint is to be.

    types   public names; None: all that its owner may hear of
    since   told of what comes after this position
    """

    url: str
    types: list[str] | None
    since: int


async def add(
    conn: Conn,
    vault: Vault,
    owner: Owner,
    client_id: str,
    endpoint_id: UUID,
    wish: Wish,
    at: datetime,
    random: Callable[[int], bytes] = urandom,
) -> tuple[Endpoint, str]:
    """A new endpoint, and its secret, which is shown this once.

    wish    its address was checked
    raises  EndpointExists, TooManyEndpoints
    """
    secret = random(model.SECRET_BYTES)
    key_id = await vault.ready(conn)
    known = await rows.make(
        conn, endpoint_id, client_id, owner, wish.url, wish.types, _seal(vault, endpoint_id, secret), key_id,
        wish.since, at,
    )  # fmt: skip
    if known is not None:
        raise EndpointExists(
            f"You have the endpoint {known} at {wish.url}: change that one, or ask for a new secret by its rotation.",
            endpoint_id=str(known), url=wish.url,
        )  # fmt: skip
    if await rows.how_many(conn, owner) > MOST_ENDPOINTS:
        raise TooManyEndpoints(f"You have {MOST_ENDPOINTS} endpoints: remove one, or change it.", most=MOST_ENDPOINTS)
    return await get(conn, owner, endpoint_id), model.spell_secret(secret)


async def get(conn: Conn, owner: Owner, endpoint_id: UUID) -> Endpoint:
    """One of the owner's endpoints, nobody else's to change until the transaction ends; any for the tower.

    raises  NoSuchEndpoint, also for another's
    """
    found = await rows.endpoint(conn, owner, endpoint_id)
    if found is None:
        raise NoSuchEndpoint(f"There is no endpoint {endpoint_id}.", endpoint_id=str(endpoint_id))
    return found


async def page(conn: Conn, owner: Owner, after: UUID, limit: int) -> list[Endpoint]:
    """The owner's endpoints by id, after a known one; all for the tower."""
    return await rows.endpoints(conn, owner, after, limit)


async def change(conn: Conn, known: Endpoint, url: str, types: Sequence[str] | None) -> None:
    """Another address, or other types. What waits goes to the new address.

    known   from `get`
    raises  EndpointExists
    """
    other = await rows.same_url(conn, known.owner, url)
    if other not in (None, known.endpoint_id):
        raise EndpointExists(f"You have the endpoint {other} at {url}.", endpoint_id=str(other), url=url)
    await rows.change(conn, known.endpoint_id, url, types)


async def switch_on(conn: Conn, known: Endpoint, since: int, at: datetime) -> None:
    """Send again: what waits, and what comes after a position. What it missed while it was off is for a replay."""
    await rows.switch_on(conn, known.endpoint_id, since, at)


async def switch_off(conn: Conn, known: Endpoint, at: datetime) -> None:
    """Send nothing until it is switched on."""
    await rows.switch_off(conn, known.endpoint_id, None, at)


async def delete(conn: Conn, known: Endpoint) -> None:
    """Forget it, and all that waits for it."""
    await rows.delete(conn, known.endpoint_id)


async def rotate(
    conn: Conn,
    vault: Vault,
    known: Endpoint,
    at: datetime,
    *,
    at_once: bool,
    random: Callable[[int], bytes] = urandom,
) -> str:
    """A new secret, shown this once; the one before signs too for a day.

    Asked again while two are valid, the newest is replaced and the oldest stays: an answer that was lost harms nobody.

    at_once  the secret was stolen: nothing that was signed with it is valid any more
    """
    key_id = await vault.ready(conn)
    old = await secrets(conn, vault, known.endpoint_id, at)
    assert old, "an endpoint that is locked has a secret"
    fresh = random(model.SECRET_BYTES)
    before = None if at_once else _seal(vault, known.endpoint_id, old[-1])
    until = None if at_once else known.rotating_until if len(old) > 1 else at + model.OVERLAP
    sealed = Sealed(_seal(vault, known.endpoint_id, fresh), before, until)
    await rows.set_secrets(conn, known.endpoint_id, sealed, key_id)
    return model.spell_secret(fresh)


async def secrets(conn: Conn, vault: Vault, endpoint_id: UUID, at: datetime) -> list[bytes]:
    """What signs at an instant, the newest first; nothing when the endpoint is gone."""
    found = await rows.secrets(conn, endpoint_id)
    if found is None:
        return []
    opened = [await vault.unseal(conn, found.secret, _context(endpoint_id))]
    if found.old_secret is not None and found.old_until is not None and at < found.old_until:
        opened.append(await vault.unseal(conn, found.old_secret, _context(endpoint_id)))
    return opened


async def reseal(conn: Conn, vault: Vault, at: datetime) -> int:
    """Seal some secrets with the newest data key that are sealed with another; gives how many were."""
    key_id = await vault.ready(conn)
    found = await rows.sealed_otherwise(conn, key_id, RESEALED_AT_ONCE)
    for endpoint_id in found:
        sealed = await rows.secrets(conn, endpoint_id)
        assert sealed is not None
        new, *old = await secrets(conn, vault, endpoint_id, at)
        before = _seal(vault, endpoint_id, old[0]) if old else None
        again = Sealed(_seal(vault, endpoint_id, new), before, sealed.old_until if old else None)
        await rows.set_secrets(conn, endpoint_id, again, key_id)
    return len(found)


async def replay(conn: Conn, known: Endpoint, replay_id: UUID, after: int, until: int) -> None:
    """Have a stretch of the feed told again: after a position, up to another.

    raises  EndpointOff, TooManyReplays
    """
    _must_be_on(known)
    if await sending.waiting_replays(conn, known.endpoint_id) >= MOST_REPLAYS:
        raise TooManyReplays(
            f"{MOST_REPLAYS} replays of endpoint {known.endpoint_id} wait: ask again when some are through.",
            endpoint_id=str(known.endpoint_id), most=MOST_REPLAYS,
        )  # fmt: skip
    if until > after:
        await sending.add_replay(conn, Replay(known.endpoint_id, replay_id, after, until))


async def replay_events(conn: Conn, known: Endpoint, event_ids: Sequence[UUID], new_id: Callable[[], UUID]) -> None:
    """Have single events told again that were told within the last month.

    raises  EndpointOff, NoSuchDelivery, TooManyReplays
    """
    _must_be_on(known)
    found = await sending.positions(conn, known.endpoint_id, event_ids)
    if len(found) < len(set(event_ids)):
        raise NoSuchDelivery(
            "Not all of these events were sent to this endpoint within the last month; replay by position or time.",
            endpoint_id=str(known.endpoint_id),
        )
    for position in found:
        await replay(conn, known, new_id(), position - 1, position)


async def ping(conn: Conn, known: Endpoint, event: Queued, at: datetime) -> None:
    """Send a test event.

    raises  EndpointOff
    """
    _must_be_on(known)
    await queue(conn, [event], at)


async def deliveries(
    conn: Conn, known: Endpoint, state: Progress | None, before: tuple[datetime, UUID], limit: int
) -> list[Delivery]:
    """What was sent or is to be, newest first, before a known one."""
    return await sending.deliveries(conn, known.endpoint_id, state, before, limit)


async def record(
    conn: Conn, known: Endpoint, tries: Sequence[tuple[Due, Reply]], at: datetime, chance: Callable[[], float]
) -> bool:
    """Write what became of some tries that were made side by side.

    chance  0..1, spreads the retries
    gives   whether anything was taken
    """
    failures = await sending.hold(conn, known.endpoint_id)
    if failures is None:
        return False
    results = [_result(each, reply, at, chance()) for each, reply in tries]
    await sending.record(conn, known.endpoint_id, results, at)
    gone = next((reply for _, reply in tries if reply.status == model.GONE), None)
    if gone is None and any(reply.taken for _, reply in tries):
        await sending.well(conn, known.endpoint_id)
        return True
    worst = gone or tries[-1][1]
    rest = model.rest(failures + 1, worst)
    failing_since = await sending.ill(conn, known.endpoint_id, at + rest, at)
    if failing_since is not None:
        await _give_up(conn, known, worst, failing_since, at)
    return False


async def _give_up(conn: Conn, known: Endpoint, reply: Reply, failing_since: datetime, at: datetime) -> None:
    """Switch it off and say so, once, when there is no hope."""
    reason = model.dead_because(reply, failing_since, at)
    if reason is not None and await rows.switch_off(conn, known.endpoint_id, reason, at):
        await emit(
            conn,
            at,
            EndpointSwitchedOff(endpoint_id=known.endpoint_id, partner_id=known.partner_id, reason=reason),
        )


def _result(due: Due, reply: Reply, at: datetime, chance: float) -> Result:
    if reply.taken:
        return Result(due.event_id, "done", reply.status, None, None)
    again = model.next_try(due.attempts + 1, reply, at, chance)
    return Result(due.event_id, "failed" if again is None else "waiting", reply.status, reply.error, again)


def _must_be_on(known: Endpoint) -> None:
    if known.state != "on":
        raise EndpointOff(
            f"Endpoint {known.endpoint_id} is switched off: switch it on first.", endpoint_id=str(known.endpoint_id)
        )


def _context(endpoint_id: UUID) -> str:
    return f"webhooks.endpoint/{endpoint_id}"


def _seal(vault: Vault, endpoint_id: UUID, secret: bytes) -> bytes:
    return vault.seal(secret, _context(endpoint_id))


def kept_since(at: datetime) -> datetime:
    """Deliveries that ended and are older than this are forgotten."""
    return at - timedelta(days=30)
