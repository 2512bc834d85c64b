"""The picture of the stock in a running tower: quoted from, and there again after whatever was killed."""

import asyncio
import re
import signal
import tempfile
from pathlib import Path

import psutil
import psycopg

from sangdan.flows.picture import Shelves
from sangdan.flows.picture.shelves import NAME
from sangdan.kit import postgres
from sangdan.offer.stock import commands as stock

from .tower import Tower, tower, until
from .town import ICHEON, SHELVES, caller, found, promised, taking, wish


def shelves_of(tower: Tower, folder: Path) -> Shelves:
    """This process is one more that maps the picture."""

    async def opened() -> Shelves:
        async with await psycopg.AsyncConnection.connect(postgres.address(tower.home / "postgres")) as conn:
            return await Shelves.open(conn, folder)

    return asyncio.run(opened())


def held(tower: Tower, shelves: Shelves) -> bool:
    """Whether the picture says what the database says."""

    async def asked() -> list[tuple[str, str, int]]:
        async with await psycopg.AsyncConnection.connect(postgres.address(tower.home / "postgres")) as conn:
            return sorted((c.node_id, c.sku, c.units) for c in await stock.available(conn, list(SHELVES)))

    seen = shelves.look(list(SHELVES))
    try:
        return seen is not None and sorted((c.node_id, c.sku, c.units) for c in seen.cells) == asyncio.run(asked())
    except psycopg.OperationalError:
        return False  # the database is coming back


def follower(tower: Tower) -> psutil.Process | None:
    """The process that keeps the picture."""
    for process in psutil.process_iter(["cmdline"]):
        words: list[str] = process.info["cmdline"] or []
        try:
            if "follow" in words and process.environ().get("SANGDAN_HOME") == str(tower.home):
                return process
        except psutil.Error:
            continue
    return None


def looks(metrics: str, by: str) -> float:
    found = re.search(rf'^sangdan_picture_looks_total{{by="{by}"}} (\S+)', metrics, re.MULTILINE)
    return float(found[1]) if found else 0


def test_promises_are_quoted_from_it_whatever_is_killed() -> None:
    with tempfile.TemporaryDirectory(prefix="sangdan-picture-") as folder, tower(picture=folder) as pictured:
        _lives(pictured, Path(folder))


def _lives(tower: Tower, folder: Path) -> None:
    keys = found(tower)
    shelves = shelves_of(tower, folder)
    until(lambda: held(tower, shelves), "the picture to be as the database is")
    with caller(tower, keys["onmaru-web"]) as door:
        before = door.get("/metrics").text
        way = promised(door, "oil", units=3)
        after = door.get("/metrics").text
        assert looks(after, "picture") == looks(before, "picture") + 1
        placed = door.post("/v1/orders", json=taking(way), headers=wish())
        assert placed.status_code == 201, placed.text
        until(lambda: held(tower, shelves), "the order to be seen")
        seen = shelves.look(["oil"])
        assert seen is not None
        assert [(cell.node_id, cell.units) for cell in seen.cells] == [(ICHEON, SHELVES["oil"][0] - 3)]

        first = follower(tower)
        assert first is not None
        inode = (folder / NAME).stat().st_ino
        first.kill()
        until(lambda: shelves.look(["oil"]) is None, "the picture to be old")
        promised(door, "oil")  # the database is asked
        assert looks(door.get("/metrics").text, "database") >= 1
        until(lambda: held(tower, shelves), "another follower to go on")
        assert (folder / NAME).stat().st_ino == inode

        tower.kill_database()
        until(lambda: shelves.look(["oil"]) is None, "the picture to be old")
        until(lambda: held(tower, shelves), "the picture to be made anew")
        assert (folder / NAME).stat().st_ino != inode
        until(lambda: door.get("/health/ready").status_code == 200, "the server to be ready")
        promised(door, "oil")

    told = tower.sangdan("picture", "show")
    assert (told.returncode, "lag" in told.stdout) == (0, True), told.stderr
    second = follower(tower)
    assert second is not None
    tower.end(signal.SIGKILL)
    until(lambda: not second.is_running() or second.status() == psutil.STATUS_ZOMBIE, "the follower to end as well")
