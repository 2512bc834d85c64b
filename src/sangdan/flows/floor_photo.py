"""A photo of a parcel where it was left: kept sealed, and shown to those who have a part in the order."""

import asyncio
import hashlib
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.vault import Vault, key_of
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.ship.floor import commands as floor
from sangdan.ship.floor.errors import NoProof
from sangdan.ship.floor.model import Photo, Proof


class Store(Protocol):
    """Where objects are."""

    async def get(self, path: str) -> bytes | None:
        """An object, or None."""
        ...


async def seal(
    conn: Conn, vault: Vault, photo_id: UUID, by: str, sent: bytes, picture: bytes, at: datetime
) -> tuple[Photo, bytes] | None:
    """Make a photo ready to be kept: its bytes under its path first, then, in a transaction of its own, its row.

    by       who sent it
    sent     what came
    picture  what is kept of it: small, and without what a camera writes beside it
    gives    the row and the sealed bytes; None when this photo was kept before
    raises   PhotoIdTaken
    """
    sha256 = hashlib.sha256(sent).digest()
    if (known := await floor.photo(conn, photo_id)) is not None:
        floor.same_photo(known, sha256, by)
        return None
    key_id = await vault.ready(conn)
    sealed = await asyncio.to_thread(vault.seal, picture, _context(photo_id))
    assert key_of(sealed) == key_id, "sealed with the newest key"
    path = f"proofs/{at:%Y/%m/%d}/{photo_id.hex}.{key_id}"
    return Photo(photo_id, by, sha256, path, len(sealed), key_id, at), sealed


async def proof_of(conn: Conn, seer: Seer, parcel_id: UUID) -> Proof:
    """How a parcel was left, for whoever has a part in its order.

    raises  NoProof
    """
    found = await floor.proof(conn, parcel_id)
    if found is None:
        raise _none(parcel_id)
    try:
        await orders.see(conn, found.order_id, seer.seen_by)
    except NoSuchOrder as foreign:  # which would say of what order the parcel is
        raise _none(parcel_id) from foreign
    return found


async def picture_of(conn: Conn, vault: Vault, store: Store, seer: Seer, parcel_id: UUID, at: datetime) -> bytes:
    """The photo of a parcel where it was left, as JPEG; that it was looked at is written down.

    raises  NoProof
    """
    found = await proof_of(conn, seer, parcel_id)
    photo = None if found.photo_id is None else await floor.photo(conn, found.photo_id)
    sealed = None if photo is None else await store.get(photo.path)
    if photo is None or sealed is None:
        raise _none(parcel_id)
    await audit.note(conn, seer, at, "proof.seen", f"parcel/{parcel_id}", after={"photo_id": photo.photo_id})
    return await vault.unseal(conn, sealed, _context(photo.photo_id))


def _context(photo_id: UUID) -> str:
    return f"floor.photo/{photo_id}"


def _none(parcel_id: UUID) -> NoProof:
    return NoProof(f"There is no photo of parcel {parcel_id}.", parcel_id=str(parcel_id))
