"""Whose endpoints there are, where they are and what they are told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many, maybe, run, value

from ..model import Endpoint, Owner, Reason

_ENDPOINT: Final[LiteralString] = """
    SELECT endpoint_id, client_id, role, partner_id, node_id, url, types, old_until AS rotating_until, state, reason,
           state_at, since, failures, failing_since, made_at
      FROM webhooks.endpoint
"""
_OWNED: Final[LiteralString] = """
     WHERE (%(role)s = 'tower' OR (role, partner_id, node_id) IS NOT DISTINCT FROM
                                  (%(role)s::text, %(partner_id)s::text, %(node_id)s::text))
"""
ENDPOINTS: Final[LiteralString] = (
    _ENDPOINT + _OWNED + " AND endpoint_id > %(after)s::uuid ORDER BY endpoint_id LIMIT %(limit)s"
)
ENDPOINT: Final[LiteralString] = _ENDPOINT + _OWNED + " AND endpoint_id = %(endpoint_id)s FOR UPDATE"
LISTENING: Final[LiteralString] = _ENDPOINT + " WHERE state = 'on' ORDER BY endpoint_id"
MAKE: Final[LiteralString] = """
    INSERT INTO webhooks.endpoint (endpoint_id, client_id, role, partner_id, node_id, url, types, secret, key_id,
                                   state, state_at, since, made_at)
    VALUES (%(endpoint_id)s, %(client_id)s, %(role)s, %(partner_id)s, %(node_id)s, %(url)s, %(types)s, %(secret)s,
            %(key_id)s, 'on', %(at)s, %(since)s, %(at)s)
    ON CONFLICT ON CONSTRAINT endpoint_once DO NOTHING
"""
HOW_MANY: Final[LiteralString] = """
    SELECT count(*) FROM webhooks.endpoint
     WHERE (role, partner_id, node_id) IS NOT DISTINCT FROM (%(role)s::text, %(partner_id)s::text, %(node_id)s::text)
"""
SAME_URL: Final[LiteralString] = """
    SELECT endpoint_id FROM webhooks.endpoint
     WHERE (role, partner_id, node_id) IS NOT DISTINCT FROM (%(role)s::text, %(partner_id)s::text, %(node_id)s::text)
       AND url = %(url)s
"""
CHANGE: Final[LiteralString] = """
    UPDATE webhooks.endpoint SET url = %(url)s, types = %(types)s WHERE endpoint_id = %(endpoint_id)s
"""
SWITCH_ON: Final[LiteralString] = """
    UPDATE webhooks.endpoint
       SET state = 'on', reason = NULL, state_at = %(at)s, since = %(since)s, failures = 0, failing_since = NULL,
           rest_until = NULL
     WHERE endpoint_id = %(endpoint_id)s AND state <> 'on'
"""
SWITCH_OFF: Final[LiteralString] = """
    UPDATE webhooks.endpoint SET state = %(state)s, reason = %(reason)s, state_at = %(at)s
     WHERE endpoint_id = %(endpoint_id)s AND state = 'on'
"""
DELETE: Final[LiteralString] = "DELETE FROM webhooks.endpoint WHERE endpoint_id = %(endpoint_id)s"
SECRETS: Final[LiteralString] = """
    SELECT secret, old_secret, old_until FROM webhooks.endpoint WHERE endpoint_id = %(endpoint_id)s
"""
SET_SECRETS: Final[LiteralString] = """
    UPDATE webhooks.endpoint
       SET secret = %(secret)s, old_secret = %(old_secret)s, old_until = %(old_until)s, key_id = %(key_id)s
     WHERE endpoint_id = %(endpoint_id)s
"""
SEALED_OTHERWISE: Final[LiteralString] = """
    SELECT endpoint_id FROM webhooks.endpoint
     WHERE key_id <> %(key_id)s ORDER BY endpoint_id LIMIT %(limit)s FOR UPDATE
"""


class Sealed(msgspec.Struct, frozen=True):
    """The secrets of an endpoint, sealed."""

    secret: bytes
    old_secret: bytes | None
    old_until: datetime | None


async def endpoints(conn: Conn, owner: Owner, after: UUID, limit: int) -> list[Endpoint]:
    """The owner's endpoints by id, after a known one; the tower's are all."""
    return await many(conn, Endpoint, ENDPOINTS, **msgspec.structs.asdict(owner), after=after, limit=limit)


async def endpoint(conn: Conn, owner: Owner, endpoint_id: UUID) -> Endpoint | None:
    """One of the owner's endpoints, locked."""
    return await maybe(conn, Endpoint, ENDPOINT, **msgspec.structs.asdict(owner), endpoint_id=endpoint_id)


async def listening(conn: Conn) -> list[Endpoint]:
    """Every endpoint that is on."""
    return await many(conn, Endpoint, LISTENING)


async def make(
    conn: Conn,
    endpoint_id: UUID,
    client_id: str,
    owner: Owner,
    url: str,
    types: Sequence[str] | None,
    secret: bytes,
    key_id: int,
    since: int,
    at: datetime,
) -> UUID | None:
    """Write an endpoint; gives the id of the one that has its address already."""
    told = msgspec.structs.asdict(owner) | {"url": url}
    made = await run(
        conn, MAKE, **told, endpoint_id=endpoint_id, client_id=client_id, secret=secret, key_id=key_id, since=since,
        types=None if types is None else list(types), at=at,
    )  # fmt: skip
    return None if made else await value(conn, SAME_URL, **told)


async def how_many(conn: Conn, owner: Owner) -> int:
    """The owner's endpoints."""
    return await value(conn, HOW_MANY, **msgspec.structs.asdict(owner)) or 0


async def same_url(conn: Conn, owner: Owner, url: str) -> UUID | None:
    """The owner's endpoint with this address."""
    return await value(conn, SAME_URL, **msgspec.structs.asdict(owner), url=url)


async def change(conn: Conn, endpoint_id: UUID, url: str, types: Sequence[str] | None) -> None:
    """Write where it is and what it is told."""
    await run(conn, CHANGE, endpoint_id=endpoint_id, url=url, types=None if types is None else list(types))


async def switch_on(conn: Conn, endpoint_id: UUID, since: int, at: datetime) -> int:
    """Tell it what comes after a position, and what waits; gives 0 when it is on."""
    return await run(conn, SWITCH_ON, endpoint_id=endpoint_id, since=since, at=at)


async def switch_off(conn: Conn, endpoint_id: UUID, reason: Reason | None, at: datetime) -> int:
    """Send it nothing more, for a reason of ours or (None) because its owner wishes so; gives 0 when it is off."""
    state = "off" if reason is None else "dead"
    return await run(conn, SWITCH_OFF, endpoint_id=endpoint_id, state=state, reason=reason, at=at)


async def delete(conn: Conn, endpoint_id: UUID) -> None:
    """Forget it and all that was sent to it."""
    await run(conn, DELETE, endpoint_id=endpoint_id)


async def secrets(conn: Conn, endpoint_id: UUID) -> Sealed | None:
    """Its secrets, sealed; None when it is gone."""
    return await maybe(conn, Sealed, SECRETS, endpoint_id=endpoint_id)


async def set_secrets(conn: Conn, endpoint_id: UUID, sealed: Sealed, key_id: int) -> None:
    """Write its secrets, both sealed with one data key."""
    await run(conn, SET_SECRETS, endpoint_id=endpoint_id, key_id=key_id, **msgspec.structs.asdict(sealed))


async def sealed_otherwise(conn: Conn, key_id: int, limit: int) -> list[UUID]:
    """Endpoints whose secrets are sealed with another data key, locked."""
    rows = await conn.execute(SEALED_OTHERWISE, {"key_id": key_id, "limit": limit})
    return [row[0] for row in await rows.fetchall()]
