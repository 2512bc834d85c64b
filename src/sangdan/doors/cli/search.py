"""`sangdan search`: ask the search index, make it anew, and look how it is."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cyclopts import App

from sangdan.adapters.kiwi import Kiwi
from sangdan.flows.search_goods import (
    Asked,
    Finder,
    Finds,
    SearchBuilding,
    SearchMissing,
    SearchOff,
    folder_of,
    installed,
    search,
)
from sangdan.flows.search_goods import folder as folders
from sangdan.kit import logs, postgres
from sangdan.kit.clock import SimClock, WallClock
from sangdan.kit.settings import Settings, load

from .output import Json, answer, table
from .signals import end_with_input, stopped_by_signals

app = App(name="search", help="Ask the search index, make it anew, and look how it is (docs/search.md).")
WAIT_S = 3600.0
LOOK_S = 0.2


class Standing(msgspec.Struct, frozen=True):
    """How the index is.

    products   it holds
    words      it knows
    bytes      on the disk
    as_of      up to when offers that begin or end are taken into account; it follows within seconds
    """

    products: int
    words: int
    bytes: int
    generation: str
    made_at: datetime
    as_of: datetime


@app.command
def query(text: str, /, *, category: str | None = None, limit: int = 10, json: Json = False) -> None:
    """Search as a shop would.

    Parameters
    ----------
    text
        What a shopper types, e.g. dndb or ㄸㅂㅇ.
    category
        Only there and below.
    limit
        At most so many, 1..100.
    """
    _, at = _chosen()
    began = time.perf_counter()
    found = asyncio.run(search(Finder(at), Asked(text=text, category=category, limit=max(1, min(limit, 100)))))
    answer(found, _told(found, time.perf_counter() - began), json=json)


@app.command
def rebuild() -> None:
    """Make the index anew while the old one is read. It follows by itself: needed only when something is wrong."""
    settings, at = _chosen()
    logs.configure(settings.log_level.upper())
    with postgres.database(settings) as url:
        asyncio.run(_rebuild(url, at))


@app.command
def status(*, json: Json = False) -> None:
    """Tell how large the index is and how far it is in step with the database."""
    _, at = _chosen()
    standing = _standing(at)
    lines = [(name.replace("_", " "), _text(getattr(standing, name))) for name in Standing.__struct_fields__]
    answer(standing, "\n".join(f"{name:<12} {text}" for name, text in lines), json=json)


@app.command
def follow(*, until_closed: bool = False, at: datetime | None = None) -> None:
    """Keep this machine's index in step until told to stop. Workers do it by themselves.

    Of several followers of one folder one works and the others wait to take over.

    Parameters
    ----------
    until_closed
        End when standard input is closed, so with whoever started us.
    at
        What time it is for whoever started us, in a simulated day; how it goes on is read from standard input.
    """
    settings, folder = _chosen()
    logs.configure(settings.log_level.upper())
    with postgres.database(settings) as url:
        asyncio.run(_follow(url, folder, None if at is None else SimClock(at), until_closed=until_closed))


def _chosen() -> tuple[Settings, Path]:
    settings = load()
    at = folder_of(settings)
    if at is None:
        raise SearchOff("Searching is switched off here: SANGDAN_SEARCH is 'off'.")
    if not installed():
        raise SearchMissing("Searching needs libraries that are not installed: pip install 'sangdan[search]'.")
    return settings, at


async def _follow(url: str, at: Path, clock: SimClock | None, *, until_closed: bool) -> None:
    from sangdan.flows.search_goods.following import Follower  # an extra: only whoever writes an index needs it

    with stopped_by_signals() as stop:
        if until_closed:
            end_with_input(stop, clock)
        await Follower(url, at, clock or WallClock(), Kiwi()).keep(stop)


async def _rebuild(url: str, at: Path) -> None:
    """By whoever follows, when somebody does; else here."""
    from sangdan.flows.search_goods.following import Follower  # an extra: only whoever writes an index needs it

    before = folders.current(at)
    try:
        done = await Follower(url, at, WallClock(), Kiwi()).once()
        print(f"{done:,} products were written.", file=sys.stderr)
        return
    except BlockingIOError:
        (at / folders.REBUILD).touch()
    deadline = time.monotonic() + WAIT_S
    while (now := folders.current(at)) is None or (before is not None and now.name == before.name):
        if time.monotonic() > deadline:
            raise SearchBuilding("The follower has not made a new index within an hour; see its log.")
        await asyncio.sleep(LOOK_S)
    print("The follower has made a new index.", file=sys.stderr)


def _standing(at: Path) -> Standing:
    from sangdan.flows.search_goods.engine import Engine  # an extra: only whoever reads an index needs it

    found = folders.current(at)
    seen = None if found is None else found.seen()
    if found is None or seen is None:
        raise SearchBuilding(f"There is no index in {at}: does a worker run? `sangdan search rebuild` makes one.")
    engine = Engine(found)
    return Standing(
        engine.searcher.num_docs, len(engine.lexicon.of.words), found.size(), found.name,
        datetime.fromtimestamp(seen.made_s, UTC), datetime.fromtimestamp(seen.priced_s, UTC),
    )  # fmt: skip


def _text(figure: object) -> str:
    return f"{figure:,}" if isinstance(figure, int) else str(figure)


def _told(found: Finds, seconds: float) -> str:
    lines = [
        (hit.product_id, hit.name_ko, "" if hit.price_minor is None else f"{hit.price_minor:,}", f"{hit.relevance:.2f}")
        for hit in found.hits
    ]
    head = f"{found.total:,} in {seconds * 1000:.1f} ms" + (f", read as {found.read_as!r}" if found.read_as else "")
    return f"{head}\n{table(('product', 'name', 'won', 'fits'), lines)}" if lines else head
