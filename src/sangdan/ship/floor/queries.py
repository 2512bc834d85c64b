"""All SQL of what is done with a device in hand: one statement, one function, no decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.db import Conn, Json, many, maybe, run

from .model import Done, Kept, Loaded, Outcome, Photo, Proof, Trace

CLAIM: Final[LiteralString] = """
    -- Waits for a twin that has not ended; does nothing when it committed.
    INSERT INTO floor.action (key, by, done_by, kind, parcel_id, body_hash, device_at, happened_at, at, outcome)
    VALUES (%(key)s, %(by)s, %(done_by)s, %(kind)s, %(parcel_id)s, %(body_hash)s, %(device_at)s, %(at)s, %(at)s, '{}')
    ON CONFLICT (key) DO NOTHING
"""
KEPT: Final[LiteralString] = "SELECT body_hash, outcome FROM floor.action WHERE key = %(key)s"
REMEMBER: Final[LiteralString] = """
    UPDATE floor.action SET outcome = %(outcome)s, parcel_id = %(parcel_id)s, happened_at = %(happened_at)s
     WHERE key = %(key)s
"""
TRACES: Final[LiteralString] = """
    SELECT key, by, done_by, kind, device_at, happened_at, at, outcome->>'result' AS result
      FROM floor.action WHERE parcel_id = %(parcel_id)s ORDER BY at, key
"""
PUT_LOAD: Final[LiteralString] = """
    -- Whoever scanned it last has it.
    INSERT INTO floor.load (parcel_id, order_id, courier, loaded_at)
    VALUES (%(parcel_id)s, %(order_id)s, %(courier)s, %(loaded_at)s)
    ON CONFLICT (parcel_id) DO UPDATE SET courier = excluded.courier, loaded_at = excluded.loaded_at
"""
DROP_LOAD: Final[LiteralString] = "DELETE FROM floor.load WHERE parcel_id = %(parcel_id)s"
LOADS: Final[LiteralString] = """
    SELECT parcel_id, order_id, loaded_at FROM floor.load
     WHERE courier = %(courier)s ORDER BY loaded_at, parcel_id LIMIT %(limit)s
"""
PUT_PROOF: Final[LiteralString] = """
    INSERT INTO floor.proof (parcel_id, order_id, how, photo_id, by, happened_at)
    VALUES (%(parcel_id)s, %(order_id)s, %(how)s, %(photo_id)s, %(by)s, %(happened_at)s)
    ON CONFLICT (parcel_id) DO NOTHING
"""
PROOF: Final[LiteralString] = """
    SELECT parcel_id, order_id, how, photo_id, by, happened_at FROM floor.proof WHERE parcel_id = %(parcel_id)s
"""
ADD_PHOTO: Final[LiteralString] = """
    INSERT INTO floor.photo (photo_id, by, sha256, path, bytes, key_id, at, dropped)
    VALUES (%(photo_id)s, %(by)s, %(sha256)s, %(path)s, %(bytes)s, %(key_id)s, %(at)s, %(dropped)s)
    ON CONFLICT (photo_id) DO NOTHING
"""
PHOTO: Final[LiteralString] = """
    SELECT photo_id, by, sha256, path, bytes, key_id, at, dropped FROM floor.photo WHERE photo_id = %(photo_id)s
"""
PHOTOS: Final[LiteralString] = """
    SELECT photo_id, by, sha256, path, bytes, key_id, at, dropped FROM floor.photo
     WHERE photo_id = ANY(%(photo_ids)s)
"""
DROP_PHOTOS: Final[LiteralString] = """
    UPDATE floor.photo SET dropped = true
     WHERE photo_id IN (SELECT photo_id FROM floor.proof WHERE order_id = ANY(%(order_ids)s) AND photo_id IS NOT NULL)
       AND NOT dropped
"""
DROP_OLD: Final[LiteralString] = """
    UPDATE floor.photo SET dropped = true
     WHERE photo_id IN (SELECT photo_id FROM floor.photo WHERE at <= %(before)s AND NOT dropped
                         ORDER BY at LIMIT %(limit)s)
"""
DROPPED: Final[LiteralString] = """
    SELECT photo_id, by, sha256, path, bytes, key_id, at, dropped FROM floor.photo
     WHERE dropped ORDER BY photo_id LIMIT %(limit)s
"""
FORGET_PHOTOS: Final[LiteralString] = """
    DELETE FROM floor.photo WHERE photo_id = ANY(%(photo_ids)s) AND dropped
"""


async def claim(
    conn: Conn, action: Done, kind: str, parcel_id: UUID | None, body_hash: bytes, by: str, at: datetime
) -> bool:
    """Take an action's key for the effect that follows in this transaction; False when it was taken before."""
    return bool(
        await run(
            conn,
            CLAIM,
            key=action.key,
            by=by,
            done_by=action.done_by or by,
            kind=kind,
            parcel_id=parcel_id,
            body_hash=body_hash,
            device_at=action.device_at,
            at=at,
        )
    )


async def kept(conn: Conn, key: UUID) -> Kept | None:
    """The action of this key."""
    return await maybe(conn, Kept, KEPT, key=key)


async def remember(conn: Conn, key: UUID, parcel_id: UUID | None, happened_at: datetime, outcome: Outcome) -> None:
    """Write what became of an action, in the transaction of its effect."""
    await run(conn, REMEMBER, key=key, parcel_id=parcel_id, happened_at=happened_at, outcome=Json(outcome))


async def traces(conn: Conn, parcel_id: UUID) -> list[Trace]:
    """All that was done to a parcel with a device in hand, oldest first."""
    return await many(conn, Trace, TRACES, parcel_id=parcel_id)


async def put_load(conn: Conn, courier: str, load: Loaded) -> None:
    """A courier has a parcel on board."""
    await run(conn, PUT_LOAD, courier=courier, **asdict(load))


async def drop_load(conn: Conn, parcel_id: UUID) -> None:
    """A parcel is on board no longer."""
    await run(conn, DROP_LOAD, parcel_id=parcel_id)


async def loads(conn: Conn, courier: str, limit: int) -> list[Loaded]:
    """What a courier has on board, first loaded first."""
    return await many(conn, Loaded, LOADS, courier=courier, limit=limit)


async def put_proof(conn: Conn, proof: Proof) -> None:
    """Keep how a parcel was left; the first word stands."""
    await run(conn, PUT_PROOF, **asdict(proof))


async def proof(conn: Conn, parcel_id: UUID) -> Proof | None:
    """How a parcel was left."""
    return await maybe(conn, Proof, PROOF, parcel_id=parcel_id)


async def add_photo(conn: Conn, photo: Photo) -> bool:
    """Note a photo; False when there is one of this id."""
    return bool(await run(conn, ADD_PHOTO, **asdict(photo)))


async def photo(conn: Conn, photo_id: UUID) -> Photo | None:
    """Where a photo is kept."""
    return await maybe(conn, Photo, PHOTO, photo_id=photo_id)


async def photos(conn: Conn, photo_ids: Sequence[UUID]) -> list[Photo]:
    """Those of these photos that there are."""
    return await many(conn, Photo, PHOTOS, photo_ids=list(photo_ids))


async def drop_photos(conn: Conn, order_ids: Sequence[UUID]) -> int:
    """Nobody sees the photos of these orders' parcels any more; gives how many there were."""
    return await run(conn, DROP_PHOTOS, order_ids=list(order_ids))


async def drop_old(conn: Conn, before: datetime, limit: int) -> int:
    """Nobody sees photos that came before this instant any more; gives how many there were, the limit at most."""
    return await run(conn, DROP_OLD, before=before, limit=limit)


async def dropped(conn: Conn, limit: int) -> list[Photo]:
    """Photos whose pictures are still to be deleted."""
    return await many(conn, Photo, DROPPED, limit=limit)


async def forget_photos(conn: Conn, photo_ids: Sequence[UUID]) -> int:
    """Dropped photos are gone, pictures and all; gives how many."""
    return await run(conn, FORGET_PHOTOS, photo_ids=list(photo_ids))
