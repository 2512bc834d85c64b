"""A photo of a parcel where it was left: kept sealed, and shown to those who have a part in the order."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.events import due, set_timer
from sangdan.kit.vault import Vault, key_of
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.ship.floor import commands as floor
from sangdan.ship.floor.errors import NoProof
from sangdan.ship.floor.model import OLDEST, Photo, Proof

# As long as the record of a delivery (order/shoppers/model/terms.py): five years, a leap day or two on the safe side.
KEPT: Final = timedelta(days=5 * 366)
AT_ONCE: Final = 1_000
# Longer ago than any upload lasts, and as many days as a worker may have been away.
SWEPT_DAYS: Final = tuple(timedelta(days=days) for days in range(2, 9))
_OURS: Final = re.compile(r"/([0-9a-f]{32})\.\d+\Z")
LATE_PHOTOS: Final = "floor.late-photos"


class Store(Protocol):
    """Where objects are."""

    async def get(self, path: str) -> bytes | None:
        """An object, or None."""
        ...

    async def drop(self, path: str) -> None:
        """Delete an object, if there is one."""
        ...

    def listed(self, folder: str) -> AsyncIterator[Sequence[str]]:
        """The paths of a folder's objects, a part at a time."""
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
    path = f"{_folder(at)}/{photo_id.hex}.{key_id}"
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
    sealed = None if photo is None or photo.dropped else await store.get(photo.path)
    if photo is None or sealed is None:
        raise _none(parcel_id)
    await audit.note(conn, seer, at, "proof.seen", f"parcel/{parcel_id}", after={"photo_id": photo.photo_id})
    return await vault.unseal(conn, sealed, _context(photo.photo_id))


@due(LATE_PHOTOS)
async def drop_late_photos(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """A phone without a line may have sent the photo of an erased shopper's parcel after the erasure."""
    await floor.drop_photos(conn, [UUID(key)])


async def let_go(conn: Conn, order_ids: Sequence[UUID], at: datetime) -> None:
    """The photos of an erased shopper's orders go; nobody sees them from now on."""
    await floor.drop_photos(conn, order_ids)
    for order_id in order_ids:
        await set_timer(conn, LATE_PHOTOS, str(order_id), at + OLDEST)


async def purge(pool: Pool, store: Store, at: datetime) -> int:
    """Delete the pictures of photos that were dropped, and of those whose term is over; a turn's worth.

    gives  how many
    """
    async with pool.transaction() as conn:
        await floor.drop_old(conn, at - KEPT, AT_ONCE)
        gone = await floor.dropped(conn, AT_ONCE)
    for each in gone:  # the pictures first: a row that is left says that there may be one
        await store.drop(each.path)
    async with pool.transaction() as conn:
        return await floor.forget_photos(conn, [each.photo_id for each in gone])


async def sweep(pool: Pool, store: Store, at: datetime) -> int:
    """Delete pictures of some days ago whose rows were never written: a server died between the two.

    gives  how many
    """
    swept = 0
    for days in SWEPT_DAYS:
        async for part in store.listed(_folder(at - days)):
            found = {path: UUID(ours[1]) for path in part if (ours := _OURS.search(path))}
            async with pool.transaction() as conn:
                named = {photo.path for photo in await floor.photos(conn, list(found.values()))}
            for path in found.keys() - named:
                await store.drop(path)
                swept += 1
    return swept


def _folder(at: datetime) -> str:
    """Where the photos of a day are."""
    return f"proofs/{at:%Y/%m/%d}"


def _context(photo_id: UUID) -> str:
    return f"floor.photo/{photo_id}"


def _none(parcel_id: UUID) -> NoProof:
    return NoProof(f"There is no photo of parcel {parcel_id}.", parcel_id=str(parcel_id))
