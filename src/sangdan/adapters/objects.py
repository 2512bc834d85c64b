"""Objects, such as photos: under the paths that we name them by, as files of a folder or in a bucket that speaks S3."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol, cast

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from sangdan.kit.problems import Unavailable
from sangdan.kit.settings import Settings

log = logging.getLogger("sangdan.objects")

SCHEME: Final = "s3://"
# A device waits 20 s for what becomes of its photo; an answer comes before that, tries and all.
PATIENCE_S: Final = 16.0
TRY: Final = "6s"
CONNECT: Final = "3s"
TRIES_MORE: Final = 2
# Each overrides the one after it, as in the tools of AWS.
ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
TRIAL: Final = "trial"
# Of a folder that is listed: as many as a bucket tells in one answer.
AT_ONCE: Final = 1_000
TO_MEND: Final = (
    "see that the folder may be written; of s3:// that the bucket is there, AWS_REGION is its region, and the keys may"
    " put, get, delete and list its objects."
)
# Answers that come as long as nobody changes a bucket, its policy or our settings.
NO_BUCKET: Final = "NoSuchBucket"
WRONG_REGION: Final = "wrong region"
LASTING: Final = frozenset(
    {NO_BUCKET, WRONG_REGION, "InvalidBucketName", "AuthorizationHeaderMalformed", "AccessDenied"}
)
NOT_OURS: Final = (PermissionDeniedError, UnauthenticatedError, PermissionError)
_CODE: Final = re.compile(r"<Code>(\w+)</Code>|\(code: (\w+)\)")
_STATUS: Final = re.compile(r"status code: (\d{3})")
_NO_WAY: Final = re.compile(r"[Cc]onnect|error sending request")


class ObjectsAway(Unavailable):
    """Objects can neither be kept nor read at the moment."""

    code = "objects-away"


class ObjectsRefused(ObjectsAway):
    """The store of objects answers, and will not have us: no such bucket, or the keys are wrong."""

    code = "objects-refused"


class _Listing(Protocol):
    """What we use of a store's overloaded function."""

    def list(self, prefix: str, *, chunk_size: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]: ...


class Objects:
    """A store of objects. What goes wrong with it is raised as ObjectsAway, and told without what the store was sent.

    place  a folder, made when the first object comes, or s3://bucket/prefix
    """

    def __init__(self, place: Path | str) -> None:
        self._place = place
        self._opened: LocalStore | S3Store | None = None

    async def ready(self) -> None:
        """Keep, read and delete a trial object, and list; a store that is merely away may come back, and is logged.

        raises  ObjectsRefused, which an operator has to mend
        """
        try:
            await self.put(TRIAL, b"Sangdan may keep objects here.")
            await self.get(TRIAL)
            await self.drop(TRIAL)
            async for _ in self.listed(TRIAL):
                pass
        except ObjectsRefused as refused:
            reason = refused.facts["reason"]
            raise ObjectsRefused(
                f"SANGDAN_OBJECTS: {self._place} refuses us ({reason}): {TO_MEND}", reason=reason
            ) from None
        except ObjectsAway:
            return  # logged; until it is back photos wait on their devices

    async def put(self, path: str, body: bytes) -> None:
        """Keep an object; whoever reads it sees all of it or nothing."""
        async with self._told():
            await self._store().put_async(path, body)

    async def get(self, path: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        async with self._told():
            try:
                found = await self._store().get_async(path)
                return bytes(await found.bytes_async())
            except FileNotFoundError as missing:
                if _reason(missing) == NO_BUCKET:
                    raise
                return None

    async def drop(self, path: str) -> None:
        """Delete an object. Harmless when there is none."""
        async with self._told():
            try:
                await self._store().delete_async(path)
            except FileNotFoundError as missing:
                if _reason(missing) == NO_BUCKET:  # which says nothing of the object
                    raise

    async def listed(self, folder: str, at_once: int = AT_ONCE) -> AsyncGenerator[list[str]]:
        """The paths of the objects of a folder, a part at a time: each part has its own time to come.

        at_once  the most that a part has, >= 1
        """
        found = cast("_Listing", self._store()).list(folder, chunk_size=at_once)
        while True:
            async with self._told():
                part = await anext(found, None)
            if part is None:
                return
            # Some stores name the folder, too.
            yield [path for each in part if (path := str(each["path"])).startswith(f"{folder}/")]

    @asynccontextmanager
    async def _told(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield
        except (BaseError, OSError) as raised:
            reason = _reason(raised)
            refused = isinstance(raised, NOT_OURS) or reason in LASTING
            kind = ObjectsRefused if refused else ObjectsAway
            log.warning("objects at %s can neither be kept nor read: %s", self._place, reason)
        else:
            return
        # The store's own words hold what it was sent, which is nobody's to read.
        raise kind("Photos can neither be kept nor shown at the moment; try again later.", reason=reason)

    def _store(self) -> LocalStore | S3Store:
        if self._opened is None:
            self._opened = _folder(self._place) if isinstance(self._place, Path) else _bucket(self._place)
        return self._opened


def open_objects(settings: Settings) -> Objects:
    """The objects of an installation; every process that keeps or deletes any sees the same place."""
    place = settings.objects
    if place is not None and place.startswith(SCHEME):
        return Objects(place)
    return Objects(settings.home / "objects" if place is None else Path(place).expanduser().absolute())


def _folder(place: Path) -> LocalStore:
    place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    place.mkdir(mode=0o700, exist_ok=True)
    return LocalStore(place)


def _bucket(place: str) -> S3Store:
    """Keys, region and endpoint come from the variables of AWS, which the library reads."""
    bucket, _, prefix = place.removeprefix(SCHEME).partition("/")
    endpoint = next((found for name in ENDPOINTS if (found := os.environ.get(name))), "")
    return S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        disable_bulk_delete=True,  # not every store has it, and we delete one by one
        client_options={"timeout": TRY, "connect_timeout": CONNECT, "allow_http": endpoint.startswith("http://")},
        retry_config={"max_retries": TRIES_MORE, "retry_timeout": timedelta(seconds=PATIENCE_S)},
    )


def _reason(raised: BaseException) -> str:
    """What the store calls it, or how the way to it failed: words with nothing in them of what was sent."""
    if isinstance(raised, TimeoutError):
        return "no answer in time"
    told = str(raised)
    if "incorrectly configured region" in told:  # the library's own words for a redirection without an address
        return WRONG_REGION
    found = _CODE.search(told) or _STATUS.search(told)
    if found is not None:
        return next(each for each in found.groups() if each)
    return "no connection" if _NO_WAY.search(told) else type(raised).__name__
