"""Where orders line up: what waits together is placed together, in one transaction, in the order in which it came.

Nobody waits for company: an idle counter takes whoever is there, and while it is busy others gather. The one place
below the doors that commits: a batch is of several requests (docs/decisions/0010).
"""

import asyncio
from collections import Counter as Tally
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec
import psycopg
from psycopg.errors import UniqueViolation
from psycopg_pool import PoolTimeout

from sangdan.kit.clock import Clock
from sangdan.kit.db import RETRYABLE, Conn, Pool
from sangdan.kit.problems import Problem, Unavailable

from .batch import place_batch
from .taken import Short, Taken

BATCH_MOST: Final = 512
# A second batch is made while the first is with the database, if it is worth a trip of its own.
UNDER_WAY_MOST: Final = 2
WORTH_A_TRIP: Final = 48
TRIES: Final = 3


class CounterFull(Unavailable):
    """So many orders wait already that this one would wait too long."""

    code = "counter-full"


class _Unfit(Exception):
    """Orders of a batch that were placed, but not what else is written with them: the others can go without them.

    why  by position in the batch
    """

    def __init__(self, why: Mapping[int, Problem]) -> None:
        self.why = why


# What else is written with an order, in its transaction, once it is placed.
Also: TypeAlias = Callable[[Conn], Awaitable[None]]


class _Waiting(msgspec.Struct, frozen=True):
    """An order in the line, and where its answer is awaited."""

    taken: Taken
    also: Also | None
    told: "asyncio.Future[list[Short]]"

    @property
    def names(self) -> list[Hashable]:
        """What no two orders that are decided together may share.

        gives  promise, retry key, the shop's number, and stores with a queue: the second must know of the first there
        """
        claim, buyer = self.taken.claim, self.taken.buyer
        names: list[Hashable] = [self.taken.order_id, *self.taken.promise.slip.queues]
        if claim is not None:
            names.append((claim.client_id, claim.key))
        if self.taken.order_ref is not None:
            names.append((buyer.client_id, buyer.shop_id, self.taken.order_ref))
        return names

    @property
    def cells(self) -> list[Hashable]:
        """The goods it wants, by node."""
        lines = {line.line_no: line.sku for line in self.taken.promise.way.lines}
        parcels = self.taken.promise.way.parcels
        return [(parcel.node_id, lines[part.line_no]) for parcel in parcels for part in parcel.contents]

    @property
    def wishes(self) -> set[Hashable]:
        """All that it may have to wait for together with others."""
        return {*self.names, *self.cells}

    @property
    def places(self) -> list[Hashable]:
        """The goods and the hours it wants, by node."""
        return [*self.cells, *((parcel.node_id, parcel.slot_at) for parcel in self.taken.promise.way.parcels)]


class Counter:
    """One process's line of orders.

    pool   where they are placed
    clock  tells when
    most   orders that may wait; a crowd for one SKU of a node, for one store's queue or under one key may fill half of
           it, so that others still get in
    """

    def __init__(self, pool: Pool, clock: Clock, most: int) -> None:
        self._pool = pool
        self._clock = clock
        self._most = most
        self._line: deque[_Waiting] = deque()
        self._wanted: Tally[Hashable] = Tally()
        self._busy: set[Hashable] = set()
        self._batches: set[asyncio.Task[None]] = set()
        self._called = False

    async def place(self, taken: Taken, also: Also | None = None) -> list[Short]:
        """Place an order with those that come at the same time.

        taken   with its claim, so that whoever hears nothing can send it again
        also    what else to write once it is placed; when that raises, the order is not placed
        gives   [] when it is placed and committed, else what stood in its way, as `place_batch` tells it
        raises  CounterFull, what `also` raises, and psycopg's errors when the database is away
        """
        waiting = _Waiting(taken, also, asyncio.get_running_loop().create_future())
        self._admit(waiting)
        self._line.append(waiting)
        self._wanted.update(waiting.wishes)
        self._call()
        return await waiting.told

    def _admit(self, waiting: _Waiting) -> None:
        long, crowd = len(self._line), max(self._wanted[wish] for wish in waiting.wishes)
        if long >= self._most or 2 * crowd >= self._most:
            raise CounterFull("More orders come in than can be placed at this moment: send yours again in a second.")

    def _call(self) -> None:
        """Serve at the end of this turn of the loop: who has come by then comes along."""
        if not self._called:
            self._called = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        self._called = False
        while self._line and len(self._batches) < UNDER_WAY_MOST:
            if self._batches and len(self._line) < WORTH_A_TRIP:
                return
            batch = self._next()
            if not batch:
                return
            task = asyncio.create_task(self._run(batch))
            self._batches.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._batches.discard(task)
        self._call()

    def _next(self) -> list[_Waiting]:
        """Those who can be decided now, in arrival order.

        Who must first know what becomes of another waits on, and so does everybody behind who wants goods or an hour of
        the same node: nobody is overtaken where it matters.
        """
        batch, waits_on = list[_Waiting](), deque[_Waiting]()
        ahead: set[Hashable] = set()
        while self._line and len(batch) < BATCH_MOST:
            waiting = self._line.popleft()
            names, places = waiting.names, waiting.places
            if not self._busy.isdisjoint(names) or not ahead.isdisjoint(names) or not ahead.isdisjoint(places):
                ahead.update(names, places)
                waits_on.append(waiting)
                continue
            self._busy.update(names)
            self._forget(waiting)
            batch.append(waiting)
        self._line.extendleft(reversed(waits_on))
        return batch

    def _forget(self, waiting: _Waiting) -> None:
        """It waits no more; nothing is kept of what nobody waits for."""
        wishes = waiting.wishes
        self._wanted.subtract(wishes)
        for wish in wishes:
            if not self._wanted[wish]:
                del self._wanted[wish]

    async def _run(self, batch: Sequence[_Waiting]) -> None:
        try:
            told = await self._told(batch)
        except asyncio.CancelledError:
            for waiting in batch:
                waiting.told.cancel()
            raise
        finally:
            for waiting in batch:
                self._busy.difference_update(waiting.names)
        for waiting, each in zip(batch, told, strict=True):
            if waiting.told.done():
                continue  # whoever asked has gone; the order stands, and its key tells so
            if isinstance(each, Exception):
                waiting.told.set_exception(each)
            else:
                waiting.told.set_result(each)

    async def _told(self, batch: Sequence[_Waiting]) -> Sequence[list[Short] | Exception]:
        """What becomes of each: one order that breaks a batch breaks only itself, and a dead database all of them.

        It is looked for by halves: whoever sends broken orders on purpose must not make all others go singly.
        """
        try:
            return await self._together(batch)
        except _Unfit as unfit:
            fit = iter(await self._told([each for at, each in enumerate(batch) if at not in unfit.why]))
            return [unfit.why[at] if at in unfit.why else next(fit) for at in range(len(batch))]
        except (psycopg.OperationalError, psycopg.InterfaceError) as away:
            if len(batch) == 1 or not isinstance(away, RETRYABLE):
                return [away] * len(batch)
        except Exception as broken:
            if len(batch) == 1:
                return [broken]
        half = len(batch) // 2
        return [*await self._told(batch[:half]), *await self._told(batch[half:])]

    async def _together(self, batch: Sequence[_Waiting]) -> list[list[Short]]:
        """Place a batch, in one transaction.

        What lost a race goes again and locks first, and so does what lost its connection: if that was committed after
        all, its keys tell so.

        raises  _Unfit, and what the last try raises
        """
        if not batch:
            return []
        for tried in range(TRIES):
            try:
                async with self._pool.transaction() as conn:
                    orders = [waiting.taken for waiting in batch]
                    told = await place_batch(conn, orders, self._clock.now(), locked=tried > 0)
                    await _written(conn, batch, told)
                    return told
            except PoolTimeout:
                raise
            except (psycopg.OperationalError, psycopg.InterfaceError, UniqueViolation):
                if tried == TRIES - 1:
                    raise
        raise AssertionError("the last try answers or raises")


async def _written(conn: Conn, batch: Sequence[_Waiting], told: Sequence[list[Short]]) -> None:
    """Write what else comes with the orders that were placed.

    raises  _Unfit, with all that cannot have it: the caller rolls back
    """
    why: dict[int, Problem] = {}
    for at, (waiting, short) in enumerate(zip(batch, told, strict=True)):
        if waiting.also is not None and not short:
            try:
                await waiting.also(conn)
            except Problem as problem:
                why[at] = problem
    if why:
        raise _Unfit(why)
