"""One racer: a process of its own that does deed after deed, however often it is killed or loses its line.

python -m bench.race.racer URL FOLDER SEED NAME LIFE STEPS HOURS
"""

import asyncio
import logging
import os
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import psycopg
import uvloop

from sangdan.flows.place_order.counter import Counter
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool

from .acts import GONE, Strife, act, line_up, place
from .deeds import AT, AnyDeed, End, Hold, Place, Told
from .journal import Journal, Story, read
from .whims import Whims

LOOK_S: Final = 0.05
LANES: Final = 2
KEPT: Final = 400  # orders and holds that a racer thinks of when it chooses what to do
WAIT_S: Final = 2.0
LINE_MOST: Final = 5000


class Way(msgspec.Struct, frozen=True):
    """How servers place: by a counter on a pool of connections."""

    counter: Counter
    pool: Pool


class Racer:
    """What all lanes of one process share.

    steps  how many deeds are tried in all lives of this racer
    hours  among how many hours the orders spread
    """

    def __init__(self, url: str, folder: Path, seed: int, name: str, life: int, steps: int, hours: int) -> None:
        story = read(folder / f"{name}.journal")
        self.url = url
        self.journal = Journal(folder / f"{name}.journal")
        self.left = steps - story.tries
        self.strife = Strife()
        self._conductor = os.getppid()
        self.cut = 0
        self.open: deque[AnyDeed] = deque(story.open)
        self.orders: deque[Place] = deque(maxlen=KEPT)
        self.holds: deque[Hold] = deque(maxlen=KEPT)
        _remember(self, story)
        pair, twins = name.rpartition("-")[2], sum(1 for key in story.deeds if key.startswith("twin-"))
        self.lanes = [
            Whims(f"{seed}/{name}/{life}/{lane}", f"{name}-{life}-{lane}", f"{seed}/{int(pair) // 2}", twins, hours)
            for lane in range(LANES)
        ]

    async def race(self) -> None:
        """Until all steps are done, and every deed has its answer."""
        pool = await self._pool()
        counter = Counter(pool, SimClock(AT), LINE_MOST)
        ways = [None, Way(counter, pool)]  # by a connection of the lane's own, and as a server places
        await asyncio.gather(*(self._lane(whims, way) for whims, way in zip(self.lanes, ways, strict=True)))
        await pool.close()
        self.journal.close()

    async def _pool(self) -> Pool:
        while True:
            try:
                return await Pool.open(self.url, size=4, wait_s=WAIT_S)
            except GONE:
                self._check_conductor()

    def _check_conductor(self) -> None:
        assert os.getppid() == self._conductor, "whoever started the race is gone"

    async def _lane(self, whims: Whims, way: Way | None) -> None:
        conn: Conn | None = None
        while self.left > 0 or self.open:
            try:
                if conn is None:
                    conn = await psycopg.AsyncConnection.connect(self.url, autocommit=True, options="-c timezone=UTC")
                await self._step(conn, whims, way)
            except GONE:
                self.cut += 1
                if conn is not None:
                    await conn.close()
                conn = None
                self._check_conductor()
                await asyncio.sleep(LOOK_S)
        if conn is not None:
            await conn.close()

    async def _step(self, conn: Conn, whims: Whims, way: Way | None) -> None:
        if self.open:
            deeds: list[AnyDeed] = [self.open.popleft()]
            self.journal.again(deeds)
        else:
            deeds = whims.next(list(self.orders), list(self.holds), self.left)
            self.journal.begin(deeds)
        self.left -= len(deeds)
        try:
            told = await self._do(conn, deeds, way)
        except BaseException:
            self.open.extend(deeds)
            raise
        known = [(deed, answer) for deed, answer in zip(deeds, told, strict=True) if answer is not None]
        self.journal.told({deed.key: answer for deed, answer in known})
        self.open.extend(deed for deed, answer in zip(deeds, told, strict=True) if answer is None)
        for deed, answer in known:
            if answer.done:
                self._mind(deed)

    async def _do(self, conn: Conn, deeds: list[AnyDeed], way: Way | None) -> Sequence[Told | None]:
        orders = [deed for deed in deeds if isinstance(deed, Place)]
        if len(orders) < len(deeds):
            return [await act(conn, deed, self.strife) for deed in deeds]
        if way is None:
            return await place(conn, orders, self.strife)
        return await line_up(way.counter, way.pool, orders)

    def _mind(self, deed: AnyDeed) -> None:
        if isinstance(deed, Place):
            self.orders.append(deed)
        elif isinstance(deed, Hold):
            self.holds.append(deed)


def _remember(racer: Racer, story: Story) -> None:
    """A new life knows what the one before has done."""
    ended: set[UUID] = {deed.reservation_id for deed in story.deeds.values() if isinstance(deed, End)}
    for key, deed in story.deeds.items():
        if any(told.done for told in story.told.get(key, [])):
            if isinstance(deed, Place):
                racer.orders.append(deed)
            elif isinstance(deed, Hold) and deed.reservation_id not in ended:
                racer.holds.append(deed)


def main() -> None:
    """Race, and print how often a race was lost and a line was cut."""
    logging.disable(logging.WARNING)  # a pool tells of every connection that it cannot make
    url, folder, seed, name, life, steps, hours = sys.argv[1:]
    racer = Racer(url, Path(folder), int(seed), name, int(life), int(steps), int(hours))
    uvloop.run(racer.race())
    told = {"lost": racer.strife.lost, "singly": racer.strife.singly, "cut": racer.cut}
    print(msgspec.json.encode(told).decode(), flush=True)


if __name__ == "__main__":
    main()
