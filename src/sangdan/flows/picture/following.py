"""The follower: one process of a machine that keeps the file up to date, whatever happens to it or to the database.

It holds the folder's lock, which ends with it. What it finds it goes on with, if changes can be had from where the file
ends; otherwise the file is made anew. Meanwhile readers ask the database, since the picture they have is old.
"""

import asyncio
import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn
from sangdan.kit.following import connected, locked, others_end, pause
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Conflict
from sangdan.offer.stock.queries import following as stock

from .building import lay, put, read
from .layout import DAMAGED, Full, Mapped, NotAPicture, Word, boot, is_ours
from .shelves import NAME
from .writing import Writer, now_ns

log = logging.getLogger("sangdan.picture")

STEP_S: Final = 0.1
BEAT_NS: Final = 5_000_000_000
AWAY_S: Final = 1.0
# So many cells are written at once; of more, readers may see one part sooner than the other.
AT_ONCE: Final = 200_000
# Who was not seen for so long is forgotten. Longer than a restart takes; changes are kept for as long.
FORGET_AFTER: Final = timedelta(minutes=5)


class ChangesUntold(Conflict):
    """The database does not tell of changes, so no picture can follow it."""

    code = "changes-untold"


class TooMuch(Conflict):
    """The stock is larger than a picture can be."""

    code = "picture-too-large"


class FolderOfOthers(Conflict):
    """Others may write into the picture's folder."""

    code = "picture-folder-open"


class Lost(Exception):
    """We are not listed any more: changes may be missing, so the picture is made anew."""


class Follower:
    """Keeps one folder's picture.

    url     the database
    folder  made when absent
    clock   tells when we were last seen
    """

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self._url = url
        self._path = folder / NAME
        self._clock = clock
        self._mapped: Mapped | None = None
        self._id = UUID(int=0)
        self._beat_ns = 0

    async def keep(self, stop: asyncio.Event) -> None:
        """Follow until told to stop; outlives the database's absence."""
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_ours(folder.stat()):
            raise FolderOfOthers(
                f"{folder} is not this account's own, or others may write into it: choose another for SANGDAN_PICTURE.",
                folder=str(folder),
            )
        lock = await locked(folder / "lock", stop, AWAY_S)
        if lock is None:
            return
        try:
            while not stop.is_set():
                try:
                    async with connected(self._url) as conn:
                        await self._follow(conn, stop)
                except (psycopg.OperationalError, Lost, Full) as reason:
                    log.warning("the picture was interrupted and goes on: %s", str(reason).strip())
                    await pause(stop, AWAY_S)
            if self._mapped is not None:
                Writer(self._mapped).flush()
        finally:
            os.close(lock)

    async def _follow(self, conn: Conn, stop: asyncio.Event) -> None:
        writer = await self._begun(conn, stop)
        while not stop.is_set():
            asked_ns = now_ns()
            await self._step(conn, writer)
            writer.asked(asked_ns)
            await pause(stop, STEP_S)

    async def _begun(self, conn: Conn, stop: asyncio.Event) -> Writer:
        """Go on with the file that is there, or make one."""
        origin = await stock.origin(conn)
        if not origin.told:
            raise ChangesUntold(
                "Triggers of stock.balance or stock.inbound are missing or switched off. Run `sangdan db migrate`, or "
                "unset SANGDAN_PICTURE: quoting then asks the database."
            )
        database = f"{origin.database} {origin.tables}"
        mapped = self._kept(database)
        if mapped is not None:
            self._mapped = mapped
            try:
                writer = Writer(mapped)
                await self._step(conn, writer)
            except (Lost, Full, *DAMAGED) as reason:
                log.info("the picture is made anew: %s", str(reason) or "changes are missing")
            else:
                writer.dirty()
                return writer
        return await self._made(conn, database, stop)

    def _kept(self, database: str) -> Mapped | None:
        """The file that is there, when it is of this database, and surely on the disk or of this boot."""
        try:
            mapped = Mapped(self._path, writable=True)
            booted, _, rest = mapped.about.partition(" ")
            of, _, follower_id = rest.rpartition(" ")
            if of != database or not mapped.instant or not (mapped.word(Word.WHOLE) or booted == boot()):
                return None
            self._id = UUID(follower_id)
        except (OSError, NotAPicture, *DAMAGED):
            return None
        mapped.words[Word.AS_OF] = 0
        mapped.about = f"{boot()} {database} {follower_id}"
        return mapped

    async def _made(self, conn: Conn, database: str, stop: asyncio.Event) -> Writer:
        """Read everything and lay it into a new file."""
        began_ns = now_ns()
        await stock.leave(conn, self._id)
        self._id = Ids().new(self._clock.now())
        await stock.follow(conn, self._id, self._clock.now())
        await others_end(conn, stop, STEP_S)
        async with conn.transaction():
            found = await read(conn)
        try:
            writer = Writer(lay(found, self._path, f"{boot()} {database} {self._id}"))
        except Full as reason:
            raise TooMuch(f"There are more {reason} than a picture can hold: unset SANGDAN_PICTURE.") from None
        await self._step(conn, writer)
        put(writer.mapped, self._mapped, self._path)
        self._mapped = writer.mapped
        log.info(
            "%s cells of %s SKUs were read in %.1f s", f"{len(found.words):,}", f"{len(found.skus):,}",
            (now_ns() - began_ns) / 1e9,
        )  # fmt: skip
        return writer

    async def _step(self, conn: Conn, writer: Writer) -> None:
        """Bring the file to what the database is now."""
        rows = await stock.changes(conn, self._id, writer.mapped.instant)
        if not rows[0].listed:
            raise Lost("it was forgotten meanwhile")
        cells, supply = list[str](), list[str]()
        for row in rows:
            if row.told is not None:
                (cells if row.kind == "cells" else supply).extend(row.told.split("\n"))
            if len(cells) >= AT_ONCE:
                writer.write(cells, supply, None)
                cells, supply = [], []
        writer.write(cells, supply, rows[0].instant)
        if now_ns() - self._beat_ns > BEAT_NS:
            if not await stock.beat(conn, self._id, rows[0].instant, self._clock.now()):
                raise Lost("it was forgotten meanwhile")
            self._beat_ns = now_ns()
