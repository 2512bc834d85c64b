"""Photos of parcels where they were left: they come when the line is good; who has a part in the order sees them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.adapters.objects import Objects
from sangdan.adapters.photographs import as_kept
from sangdan.doors.access import ALL
from sangdan.doors.problems import RoleMayNot
from sangdan.flows import floor_photo
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.vault import Vault
from sangdan.ship.floor import commands as floor

from .people import ON_THE_ROAD, as_told, still_theirs

# A photo of 50 million pixels takes 200 MB while it is made small: few at once.
_DARKROOM: Final = ThreadPoolExecutor(2, "photos")


class Kept(msgspec.Struct, frozen=True):
    """A photo that has come."""

    photo_id: UUID


@post("/floor/photos/{photo_id:uuid}", status_code=200, guards=[still_theirs], exception_handlers={Exception: as_told})
async def keep(
    request: Request[Seer, Any, Any],
    photo_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    vault: NamedDependency[Vault],
    objects: NamedDependency[Objects],
    at: NamedDependency[datetime],
) -> Kept:
    """Take a photo: the body is the file itself. The same again is harmless."""
    if request.user.role not in ON_THE_ROAD:
        raise RoleMayNot("Photos of deliveries come from couriers.", role=request.user.role)
    sent = await request.body()
    picture = await asyncio.get_running_loop().run_in_executor(_DARKROOM, as_kept, sent)
    async with pool.transaction() as conn:
        made = await floor_photo.seal(conn, vault, photo_id, request.user.client_id, sent, picture, at)
    if made is not None:
        photo, sealed = made
        await objects.put(photo.path, sealed)
        async with pool.transaction() as conn:
            await floor.keep_photo(conn, photo)
    return Kept(photo_id)


@get("/floor/proofs/{parcel_id:uuid}", opt={"roles": ALL})
async def proof(
    request: Request[Seer, Any, Any],
    parcel_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    vault: NamedDependency[Vault],
    objects: NamedDependency[Objects],
    at: NamedDependency[datetime],
) -> Response[bytes]:
    """The photo of a parcel where it was left. That it was looked at is written down."""
    async with pool.transaction() as conn:
        picture = await floor_photo.picture_of(conn, vault, objects, request.user, parcel_id, at)
    return Response(picture, media_type="image/jpeg", headers={"cache-control": "private, no-store"})
