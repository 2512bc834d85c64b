"""The follower: one process of a machine that keeps the index in step with the database, whatever happens to either.

It holds the folder's lock, which ends with it. What it finds it goes on with, if changes can be had from where the
index ends; otherwise a new generation is made, while the old one is read, and put in its place in one step.
"""

import asyncio
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
from msgspec.structs import replace

from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn
from sangdan.kit.following import connected, locked, one_instant, others_end, pause
from sangdan.kit.ids import Ids
from sangdan.kit.postgres import locks
from sangdan.offer.search import queries as search
from sangdan.offer.search.ports import Morphemes

from . import folder
from .fields import VERSION
from .folder import Seen
from .writing import Writer

log = logging.getLogger("sangdan.search")

STEP_S: Final = 0.5
BEAT: Final = timedelta(seconds=5)
TIDY: Final = timedelta(hours=1)
AWAY_S: Final = 1.0
# Who was not seen for so long is forgotten, and so are the changes that only it would need.
FORGET_AFTER: Final = timedelta(days=1)


class Lost(Exception):
    """Changes may be missing, or somebody wants it so: the index is made anew."""


class Follower:
    """Keeps one folder's index.

    url        the database
    at         the folder, made when absent
    clock      tells which offers are valid
    morphemes  takes Korean words apart
    """

    def __init__(self, url: str, at: Path, clock: Clock, morphemes: Morphemes) -> None:
        self._url = url
        self._folder = at
        self._clock = clock
        self._morphemes = morphemes
        self._writer: Writer | None = None
        self._seen: Seen | None = None
        self._beat = self._tidied = datetime.min.replace(tzinfo=UTC)

    async def keep(self, stop: asyncio.Event) -> None:
        """Follow until told to stop; outlives the database's absence."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = await locked(self._folder / folder.LOCK, stop, AWAY_S)
        if lock is None:
            return
        try:
            while not stop.is_set():
                try:
                    async with connected(self._url) as conn:
                        await self._follow(conn, stop)
                except (psycopg.OperationalError, Lost) as reason:
                    log.warning("the index was interrupted and goes on: %s", str(reason).strip())
                    await pause(stop, AWAY_S)
        finally:
            self._let_go()
            os.close(lock)

    async def once(self) -> int:
        """Make a new generation and follow no further; gives how many products it has.

        raises  BlockingIOError when somebody follows already
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = locks.take(self._folder / folder.LOCK, wait=False)
        if lock is None:
            raise BlockingIOError(self._folder)
        try:
            async with connected(self._url) as conn:
                return await self._make(conn, await search.origin(conn), asyncio.Event())
        finally:
            self._let_go()
            os.close(lock)

    async def _follow(self, conn: Conn, stop: asyncio.Event) -> None:
        await self._begin(conn, stop)
        while not stop.is_set():
            if (self._folder / folder.REBUILD).exists():
                raise Lost("somebody asked for a new one")
            await self._step(conn)
            await pause(stop, STEP_S)

    async def _begin(self, conn: Conn, stop: asyncio.Event) -> None:
        """Go on with the generation that is there, or make one."""
        origin = await search.origin(conn)
        kept = folder.current(self._folder)
        seen = None if kept is None else kept.seen()
        wanted = (self._folder / folder.REBUILD).exists()
        if kept is not None and seen is not None and not wanted and (seen.version, seen.database) == (VERSION, origin):
            try:
                if self._writer is None:
                    self._writer = await Writer.open(kept, self._morphemes, conn)
                self._seen = seen
                folder.sweep(self._folder, kept)
                await self._step(conn)
            except (Lost, OSError, ValueError) as reason:
                log.info("the index is made anew: %s", reason)
                self._let_go()
            else:
                return
        self._let_go()
        await self._make(conn, origin, stop)

    async def _make(self, conn: Conn, origin: str, stop: asyncio.Event) -> int:
        """Write the whole catalogue into a new generation, and have it read from then on."""
        follower_id = Ids().new(self._clock.now())
        made = folder.begun(self._folder, follower_id.hex)
        await search.follow(conn, follower_id, self._clock.now())
        await others_end(conn, stop, STEP_S)
        at = self._clock.now()
        async with conn.transaction():
            instant = await one_instant(conn)
            self._writer = await Writer.open(made, self._morphemes, conn)
            done = await self._writer.make(conn, at, stop)
        if stop.is_set():
            return 0
        await asyncio.to_thread(self._writer.commit)
        self._seen = Seen(VERSION, origin, str(follower_id), instant, at.timestamp(), at.timestamp())
        made.note(self._seen)
        before = folder.current(self._folder)
        folder.switch(self._folder, made)
        (self._folder / folder.REBUILD).unlink(missing_ok=True)
        if before is not None and (old := before.seen()) is not None:
            await search.leave(conn, UUID(old.follower))
        folder.sweep(self._folder, made)
        log.info("%s products were written", f"{done:,}")
        return done

    async def _step(self, conn: Conn) -> None:
        """Bring the index to what the database is now."""
        assert self._writer is not None
        assert self._seen is not None
        now = self._clock.now()
        rows = await search.changes(conn, UUID(self._seen.follower), self._seen.instant)
        if not rows[0].listed:
            raise Lost("it was forgotten meanwhile")
        goods = {one for row in rows if row.kind == "goods" and row.told for one in row.told.split("\n")}
        goods.update(await search.priced(conn, datetime.fromtimestamp(self._seen.priced_s, UTC), now))
        if any(row.kind == "category" for row in rows):  # every product in it is written otherwise
            raise Lost("categories have other names")
        renamed = any(row.kind == "synonym" for row in rows)
        if renamed:
            await self._writer.learn_names(conn, self._morphemes)
        if goods:
            await self._writer.renew(conn, sorted(goods), now)
        if goods or renamed:
            await asyncio.to_thread(self._writer.commit)
        self._seen = replace(self._seen, instant=rows[0].instant, priced_s=now.timestamp())
        if goods or renamed or now - self._beat > BEAT:
            self._writer.of.note(self._seen)
            if not await search.beat(conn, UUID(self._seen.follower), self._seen.instant, now):
                raise Lost("it was forgotten meanwhile")
            self._beat = now
        if now - self._tidied > TIDY:
            await search.tidy(conn, now - FORGET_AFTER)
            self._tidied = now

    def _let_go(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = self._seen = None
