"""The verbs of a device in hand: an action counts once, whatever is sent twice."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn

from . import queries
from .errors import ActionKeyReused, PhotoIdTaken
from .model import Action, Loaded, Outcome, Photo, Proof
from .queries import (
    drop_load,
    drop_old,
    drop_photos,
    dropped,
    forget_photos,
    loads,
    photo,
    photos,
    proof,
    remember,
    traces,
)

__all__ = [
    "claim", "drop_load", "drop_old", "drop_photos", "dropped", "forget_photos", "keep_photo", "leave", "load", "loads",
    "photo", "photos", "proof", "remember", "same_photo", "traces",
]  # fmt: skip


async def claim(conn: Conn, action: Action, raw: bytes, by: str, at: datetime) -> Outcome | None:
    """Take an action's key for the effect that follows in this transaction.

    raw     the action as it was sent
    by      whose sign-in it came with
    gives   None when it is ours to do; else what became of it at an earlier try
    raises  ActionKeyReused when the key stands for another action
    """
    kind = str(action.__struct_config__.tag)
    body_hash = hashlib.sha256(raw).digest()
    if await queries.claim(conn, action, kind, action.parcel_id, body_hash, by, at):
        return None
    known = await queries.kept(conn, action.key)
    assert known is not None, "a key that was taken has a row"
    if known.body_hash != body_hash:
        raise ActionKeyReused(f"The key {action.key} was used for another action.", key=str(action.key))
    outcome = msgspec.convert(known.outcome, Outcome)
    return msgspec.structs.replace(outcome, result="already") if outcome.result == "done" else outcome


async def load(conn: Conn, courier: str, parcel_id: UUID, order_id: UUID, at: datetime) -> None:
    """A courier takes a parcel on board; whoever scanned it last has it."""
    await queries.put_load(conn, courier, Loaded(parcel_id, order_id, at))


async def leave(conn: Conn, left: Proof) -> None:
    """A courier left a parcel where it belongs."""
    await queries.put_proof(conn, left)
    await queries.drop_load(conn, left.parcel_id)


async def keep_photo(conn: Conn, taken: Photo) -> bool:
    """Note a photo whose picture is kept already; the same once more is harmless.

    gives   False when it was noted before
    raises  PhotoIdTaken when the id stands for another picture
    """
    if await queries.add_photo(conn, taken):
        return True
    known = await queries.photo(conn, taken.photo_id)
    assert known is not None, "a photo that was noted has a row"
    same_photo(known, taken.sha256, taken.by)
    return False


def same_photo(known: Photo, sha256: bytes, by: str) -> None:
    """Whether a photo that comes again is the one that is kept.

    raises  PhotoIdTaken
    """
    if known.sha256 != sha256 or known.by != by:
        raise PhotoIdTaken(f"Another photo has the id {known.photo_id}.", photo_id=str(known.photo_id))
