"""Who starts the racers, kills them and their database, and judges in the end."""

import asyncio
import os
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final, LiteralString

import msgspec
import psycopg

from sangdan.kit import postgres
from sangdan.kit.db import Conn, run
from sangdan.kit.postgres import process
from sangdan.offer.stock import commands as stock
from sangdan.ship.warehouse import commands as warehouse

from .acts import Strife, act
from .deeds import AT, CELLS, FIRST_UNITS, INBOUND_UNITS, INBOUNDS, NODES, PREORDER_MAX, SAFETY, SHARES
from .facts import facts
from .journal import Story, read
from .judge import Finding, Outcome, judge, together
from .wishes import OWNER

LOOK_S: Final = 0.05
WAIT_S: Final = 120
PER_HOURS: Final = 600  # steps for each hour among which orders spread: so that hours fill up, and not at once
ASKED_AGAIN: Final = 500
KILLS: Final[Mapping[str, int]] = {"racer": 4, "lines": 4, "database": 2}

# What a rule comes to in its cell.
SET_SHARE: Final[LiteralString] = """
    WITH cell AS (
        UPDATE stock.balance SET allotted = true
         WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s)
    )
    INSERT INTO stock.allotment (node_id, sku, owner_id, shop_id, units_max, set_at)
    VALUES (%(node_id)s, %(sku)s, %(owner_id)s, %(shop_id)s, %(most)s, %(at)s)
"""
CUT_LINES: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5
"""


class Report(msgspec.Struct, frozen=True):
    """How a race went.

    steps     deeds that were tried, retries included
    told      how the answers were
    kills     of racers, of lines (half of all connections at a time), and of the database
    lost      transactions that lost a race and were tried anew
    cut       lines that broke under a racer
    findings  what is not as it must be
    """

    seed: int
    steps: int
    told: dict[str, int]
    kills: dict[str, int]
    lost: int
    cut: int
    findings: list[Finding]


async def found(conn: Conn) -> None:
    """The shelves as the race begins, and the supply that will come."""
    shelves = "".join(
        f"{line},{node_id},{sku},{OWNER},{FIRST_UNITS},{SAFETY}\n" for line, (node_id, sku) in enumerate(CELLS, 2)
    )
    due = "".join(
        f"{line},{node_id},{inbound_id},{sku},{OWNER},{INBOUND_UNITS},{AT.replace(day=28).isoformat()},{PREORDER_MAX}\n"
        for line, (inbound_id, (node_id, sku)) in enumerate(INBOUNDS.items(), 2)
    )
    async with conn.transaction():
        for number, node_id in enumerate(NODES):
            await warehouse.adopt_prefix(conn, node_id, f"880{number:06d}")
        counted = await stock.count(conn, shelves.encode(), AT, "first")
        awaited = await stock.expect(conn, due.encode())
        for ((node_id, sku), shop_id), most in SHARES.items():
            await run(
                conn, SET_SHARE, node_id=node_id, sku=sku, owner_id=OWNER, shop_id=shop_id, most=most, at=AT
            )  # fmt: skip
    assert (counted.changed, awaited.changed) == (len(CELLS), len(INBOUNDS))


async def connected(url: str) -> Conn:
    """A connection, as soon as the server is back from what was done to it."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                return await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC")
            except psycopg.OperationalError:
                await asyncio.sleep(LOOK_S)


class Race:
    """Racers on one database.

    server   theirs alone; it flushes what it commits
    folder   for their journals
    kills    how many, spread over the steps; 0 for a quiet race
    """

    def __init__(self, server: postgres.Server, folder: Path, seed: int, racers: int, steps: int, kills: int) -> None:
        self._server = server
        self._folder = folder
        self._seed = seed
        self._random = Random(seed)
        self._names = [f"racer-{number}" for number in range(racers)]
        self._share = -(-steps // racers)
        self._steps = steps
        self._kills = kills
        self._killed: Counter[str] = Counter()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._strife: Counter[str] = Counter()
        self._read: Counter[str] = Counter()
        self._answered = 0
        self._over = threading.Event()

    async def run(self) -> Report:
        """Race to the end, and judge."""
        async with await connected(self._server.url) as conn:
            await found(conn)
        async with asyncio.TaskGroup() as tasks:
            racing = [tasks.create_task(self._keep(name)) for name in self._names]
            tasks.create_task(self._kill())
            try:
                await asyncio.gather(*racing)
            finally:
                self._over.set()
        stories = [read(self._folder / f"{name}.journal") for name in self._names]
        outcome = together(stories)
        findings = await self._ask_again(outcome)
        async with await connected(self._server.url) as conn:
            findings += judge(await facts(conn), outcome)
        return Report(
            seed=self._seed, steps=sum(story.tries for story in stories), told=_counted(stories),
            kills=dict(self._killed), lost=self._strife["lost"], cut=self._strife["cut"], findings=findings,
        )  # fmt: skip

    async def _keep(self, name: str) -> None:
        """Run a racer, life after life, until it is through."""
        for life in range(1_000_000):
            racer = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.race.racer", self._server.url, str(self._folder), str(self._seed), name,
                str(life), str(self._share), str(max(12, self._steps // PER_HOURS)),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            self._running[name] = racer
            try:
                told, _ = await racer.communicate()
            finally:
                del self._running[name]
                if racer.returncode is None:
                    racer.kill()
            if racer.returncode == 0:
                self._strife.update(msgspec.json.decode(told, type=dict[str, int]))
                return
            assert racer.returncode == -9, f"{name} fell; run it again with --seed {self._seed}"

    async def _kill(self) -> None:
        """Kill this and that, at even distances of the race."""
        for number in range(1, self._kills + 1):
            await asyncio.to_thread(self._reach, self._steps * number // (self._kills + 1))
            [kind] = self._random.choices(list(KILLS), list(KILLS.values()))
            if not self._over.is_set() and await asyncio.to_thread(self._killing, kind):
                self._killed[kind] += 1

    def _killing(self, kind: str) -> bool:
        if kind == "racer" and self._running:
            self._running[self._random.choice(sorted(self._running))].kill()
        elif kind == "database":
            pid = process.postmaster(postgres.Cluster(self._server.folder))
            if pid is None:
                return False
            os.kill(pid, 9)
        else:
            try:
                with psycopg.connect(self._server.admin_url, dbname="sangdan", autocommit=True) as conn:
                    conn.execute(CUT_LINES.encode())
            except psycopg.OperationalError:
                return False  # the database is away as it is
        return True

    def _reach(self, steps: int) -> None:
        """Wait until so many steps were answered, or nobody races any more."""
        while self._progress() < steps and not self._over.wait(LOOK_S):
            pass

    def _progress(self) -> int:
        """Steps that were answered so far."""
        for name in self._names:
            path = self._folder / f"{name}.journal"
            if path.exists():
                with path.open("rb") as journal:
                    journal.seek(self._read[name])
                    new = journal.read()
                self._read[name] += len(new)
                self._answered += new.count(b'"told":')
        return self._answered

    async def _ask_again(self, outcome: Outcome) -> list[Finding]:
        """Some that were done are done once more: nothing happens, and the answer is the one of then."""
        done = [(deed, told) for deed, told in outcome.done()]
        asked = self._random.sample(done, min(ASKED_AGAIN, len(done)))
        found: list[Finding] = []
        async with await connected(self._server.url) as conn:
            for deed, told in asked:
                again = await act(conn, deed, Strife())
                if not again.again or again.parts != told.parts:
                    found.append(Finding("again", f"{deed.key} was answered {told}, and now {again}"))
        return found


def _counted(stories: Sequence[Story]) -> dict[str, int]:
    """Answers by deed and by what was said."""
    counted: Counter[str] = Counter()
    for story in stories:
        for key, answers in story.told.items():
            kind = type(story.deeds[key]).__name__.lower()
            counted.update(f"{kind}: {told.what}{', as before' if told.again else ''}" for told in answers)
    return dict(counted.most_common())
