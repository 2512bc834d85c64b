"""The live picture for every viewer: one follower a process, which runs only while somebody watches."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol, runtime_checkable
from weakref import WeakSet

import msgspec
import psycopg

from sangdan.doors.api.streams import TooManyStreams
from sangdan.doors.web.errors import PictureNotReady
from sangdan.doors.worker.pause import pause
from sangdan.flows.watch import Watch
from sangdan.kit.clock import Clock
from sangdan.kit.db import Pool

log = logging.getLogger("sangdan.door")

TICK_S: Final = 0.5
BEAT_S: Final = 4.0
# After a failure the database is asked again this much later.
PATIENCE_S: Final = 2.0
# When so many facts were read at once there are more: the next look comes sooner.
BEHIND: Final = 1000
HURRY_S: Final = 0.05
# A watch that nobody has followed for so long begins anew: that is quicker than catching up.
KEPT_S: Final = 900.0
# It is followed for so long after somebody asked for a list of it.
WANTED_S: Final = 300.0
# Whoever asks for a list of it is told to come again when it takes longer to read.
READING_S: Final = 15.0
# Messages that wait for a slow viewer; with one more they are dropped for a fresh picture.
QUEUE: Final = 8
# Pages that one client has open at once: those of all who have its key.
MOST: Final = 50


@runtime_checkable  # the framework checks what it hands out
class Controls(Protocol):
    """What a simulated day lets its viewers do."""

    @property
    def speed(self) -> float:
        """Simulated seconds a second: 0 while paused, infinite when as fast as it goes."""
        ...

    def set(self, speed: float) -> None:
        """Go on at another speed."""
        ...


class Viewer:
    """One open page.

    client_id  whose session it is
    seen_by    the ally that looks; None for the tower
    """

    def __init__(self, client_id: str, seen_by: str | None) -> None:
        self.client_id, self.seen_by = client_id, seen_by
        self.stale = True
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)

    def wants_picture(self) -> bool:
        """Whether the whole has to be sent: nothing was yet, or too much was missed; not before the rest is taken."""
        return self.stale and self._queue.empty()

    def put(self, message: bytes) -> None:
        """Give it a message; a viewer that takes too few of them loses all and gets a picture instead."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self.stale = True
            while not self._queue.empty():
                self._queue.get_nowait()

    async def next(self) -> bytes:
        """The next message, as soon as there is one; a beat of the heart when there is none for long."""
        try:
            return await asyncio.wait_for(self._queue.get(), BEAT_S)
        except TimeoutError:
            return b"event: alive\ndata: -\n\n"


class Live:
    """Feeds the open pages.

    pool      where the facts are
    clock     the day's
    stop      set when the server ends: every stream ends with it
    controls  of a simulated day; None on real time
    """

    def __init__(self, pool: Pool, clock: Clock, stop: asyncio.Event, controls: Controls | None) -> None:
        self._pool = pool
        self._clock = clock
        self._stop = stop
        self._controls = controls
        self._watch: Watch | None = None
        self._reading: asyncio.Task[None] | None = None
        self._viewers: WeakSet[Viewer] = WeakSet()  # one that goes before its first line is forgotten by itself
        self._follower: asyncio.Task[None] | None = None
        self._speed: float | None = None
        self._followed_s = 0.0
        self._wanted_until_s = 0.0
        self._begun = asyncio.Event()

    async def watch(self) -> Watch:
        """The picture as the last look left it, half a second old at most; the first time it is read first.

        raises  PictureNotReady when that takes long, or the database is away
        """
        deadline_s = asyncio.get_running_loop().time() + READING_S
        self._wanted_until_s = deadline_s + WANTED_S
        self._begin()
        while self._watch is None:
            self._begun.clear()
            try:
                async with asyncio.timeout_at(deadline_s):
                    await self._begun.wait()
            except TimeoutError:
                raise PictureNotReady("The live picture is still being read; load the page again soon.") from None
        return self._watch

    def stream(self, viewer: Viewer, may_stay: Callable[[], Awaitable[bool]]) -> AsyncGenerator[bytes]:
        """Server-sent events for one page: the picture, then what changes, until the page goes or the server ends.

        may_stay  asked now and then: whether whoever looks is still signed in
        raises    TooManyStreams
        """
        client_id = viewer.client_id
        if sum(each.client_id == client_id for each in self._viewers) >= MOST:
            raise TooManyStreams(
                f"{client_id} has {MOST} pages open, and may not have more: close one.", client_id=client_id, most=MOST
            )
        self._viewers.add(viewer)
        return self._lines(viewer, may_stay)

    async def _lines(self, viewer: Viewer, may_stay: Callable[[], Awaitable[bool]]) -> AsyncGenerator[bytes]:
        self._begin()
        try:
            yield b"retry: 1000\n\n"
            while not self._stop.is_set() and await may_stay():
                yield await viewer.next()
        finally:
            self._viewers.discard(viewer)

    def _begin(self) -> None:
        if self._follower is None or self._follower.done():
            if asyncio.get_running_loop().time() - self._followed_s > KEPT_S:
                self._watch = None
            self._follower = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while (self._viewers or loop.time() < self._wanted_until_s) and not self._stop.is_set():
            try:
                wait_s = HURRY_S if await self._tick() else TICK_S
            except Exception as reason:
                # The watch may have lost its place; the next one begins anew.
                expected = isinstance(reason, psycopg.OperationalError | psycopg.InterfaceError)
                log.warning("the live picture begins anew", exc_info=None if expected else reason)
                await self._read_no_more()
                self._watch, wait_s = None, PATIENCE_S
            if self._watch is not None:
                self._begun.set()
            self._followed_s = loop.time()
            await pause(self._stop, wait_s)
        await self._read_no_more()
        for viewer in self._viewers:
            viewer.put(b": the server ends\n\n")

    async def _tick(self) -> bool:
        """Catch up and tell; gives whether there is more to catch up with."""
        now, watch = self._clock.now(), self._watch
        if watch is None:
            self._tell(await self._read(now))
            return False
        position = watch.position
        async with self._pool.transaction() as conn:
            await watch.follow(conn, now)
        self._tell(watch)
        return watch.position - position >= BEHIND

    async def _read(self, now: datetime) -> Watch:
        """Begin anew: what is under way is read at once, what is over is counted while the picture is followed."""
        opened: asyncio.Future[Watch] = asyncio.get_running_loop().create_future()

        async def read() -> None:
            try:
                async with self._pool.transaction() as conn:
                    watch = await Watch.open(conn, now)
                    opened.set_result(watch)
                    await watch.count_past(conn)
            except Exception as reason:
                if not opened.done():
                    opened.set_exception(reason)
                else:
                    log.warning("the past is counted anew", exc_info=reason)
                    self._watch = None

        self._reading = asyncio.create_task(read())
        self._watch = await opened
        for viewer in self._viewers:
            viewer.stale = True
        return self._watch

    async def _read_no_more(self) -> None:
        """A picture that nobody follows is not counted further."""
        if self._reading is not None and not self._reading.done():
            self._reading.cancel()
            await asyncio.wait([self._reading])
            self._watch = None

    def _tell(self, watch: Watch) -> None:
        """Give every viewer what it lacks; each message is written once for all who see the same."""
        messages: dict[tuple[str | None, bool], bytes] = {}
        speed = 1.0 if self._controls is None else self._controls.speed
        paced = speed != self._speed
        self._speed = speed
        pace = _event("pace", {"speed": "max" if speed == float("inf") else speed})
        for viewer in self._viewers:
            whole = viewer.wants_picture()
            if viewer.stale and not whole:
                continue
            key = viewer.seen_by, whole
            if key not in messages:
                seen = watch.picture(viewer.seen_by) if whole else watch.change(viewer.seen_by)
                messages[key] = _event("picture" if whole else "change", seen)
            viewer.stale = False
            if paced or whole:
                viewer.put(pace)
            viewer.put(messages[key])


def _event(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))
