"""Open event streams: one look at the feed's head serves all those of a process, and nobody holds a connection idle.

The feed itself is the queue: a reader that is slow, or was away, reads on from its position later.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from typing import Final
from weakref import WeakSet

import msgspec
import psycopg
from psycopg_pool import PoolTimeout

from sangdan.doors.problems import DoorProblem
from sangdan.doors.worker.pause import pause
from sangdan.flows.public_events import Event, PositionAhead, Viewer, read
from sangdan.kit import access, feed
from sangdan.kit.db import Pool

log = logging.getLogger("sangdan.door")

MEDIA_TYPE: Final = "text/event-stream"
MOST: Final = 5
PAGE: Final = 200
LOOK_S: Final = 0.25
CHECK_S: Final = 2.0
HEARTBEAT_S: Final = 15.0
AWAY_S: Final = 1.0
RETRY_MS: Final = 2000


class TooManyStreams(DoorProblem):
    """This client has as many streams open as it may."""

    code = "too-many-streams"
    status = 429


class Stream:
    """One reader.

    client_id  whose key opened it
    viewer     what it may see
    position   after which to begin
    types      public names; None for all
    """

    def __init__(self, client_id: str, viewer: Viewer, position: int, types: Sequence[str] | None) -> None:
        self.client_id, self.viewer, self.position, self.types = client_id, viewer, position, types
        self.ended = False


class Streams:
    """The open streams of one process."""

    def __init__(self) -> None:
        self._open: WeakSet[Stream] = WeakSet()
        self._news = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._closed = False

    def open(self, pool: Pool, stream: Stream) -> AsyncGenerator[bytes]:
        """Begin to tell events to a reader.

        gives   the body, piece by piece; it ends when the key is revoked or the server stops
        raises  TooManyStreams
        """
        if Counter(each.client_id for each in self._open)[stream.client_id] >= MOST:
            raise TooManyStreams(
                f"{stream.client_id} has {MOST} streams open, and may not have more: close one, or read with fewer.",
                client_id=stream.client_id, most=MOST,
            )  # fmt: skip
        self._open.add(stream)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look(pool))
        return self._tell(pool, stream)

    def close(self) -> None:
        """End every stream, and take no further one for long: the server stops."""
        self._closed = True
        self._wake()

    async def close_when(self, stop: asyncio.Event) -> None:
        """Close at the event: streams have no end of their own, and a server waits for what is under way."""
        await stop.wait()
        self.close()

    def _wake(self) -> None:
        """Have every stream look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _tell(self, pool: Pool, stream: Stream) -> AsyncGenerator[bytes]:
        try:
            # The position at once: who is cut off before the first event goes on from here, too.
            yield b"retry: %d\nid: %d\n\n" % (RETRY_MS, stream.position)
            while not (stream.ended or self._closed):
                news = self._news
                try:
                    async with pool.connection() as conn:
                        found = await read(conn, stream.viewer, stream.position, stream.types, PAGE)
                except (psycopg.OperationalError, PoolTimeout) as reason:
                    log.warning("a stream waits for the database", extra={"error": str(reason)})
                    await asyncio.sleep(AWAY_S)
                    continue
                except PositionAhead:
                    return  # the database was restored; the reader is told when it asks again
                stream.position = found.position
                if found.events:
                    yield b"".join(map(spelled, found.events))
                if not found.more and not await pause(news, HEARTBEAT_S):
                    yield b"id: %d\n: still here\n\n" % stream.position
        finally:
            self._open.discard(stream)

    async def _look(self, pool: Pool) -> None:
        """Look at the feed's head for all streams, and now and then whether their keys still stand."""
        clock = asyncio.get_running_loop()
        seen, check_at = -1, clock.time() + CHECK_S
        while self._open and not self._closed:
            try:
                async with pool.connection() as conn:
                    head = await feed.head(conn)
                    if clock.time() >= check_at:
                        standing = await access.standing(conn, {stream.client_id for stream in self._open})
                        revoked = [stream for stream in self._open if stream.client_id not in standing]
                        for stream in revoked:
                            stream.ended = True
                        check_at, seen = clock.time() + CHECK_S, -1 if revoked else seen
            except (psycopg.OperationalError, PoolTimeout) as reason:
                log.warning("streams wait for the database", extra={"error": str(reason)})
                await asyncio.sleep(AWAY_S)
                continue
            if head != seen:
                seen = head
                self._wake()
            await asyncio.sleep(LOOK_S)


def spelled(event: Event) -> bytes:
    """An event as server-sent events spell it.

    source  https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    name = event.type.encode()
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event.position.encode(), name, msgspec.json.encode(event))
