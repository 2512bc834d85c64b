"""A demo day that is served: its engine, the API and the pages share one process, one loop and the day's own clock."""

import asyncio
import gc
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_litestar
from sangdan.doors.api.envelope import App, Envelope, Receive, Scope, Send
from sangdan.doors.web.app import lost, make_web
from sangdan.doors.worker.beside import keep_followers
from sangdan.doors.worker.outside import Outside, senders
from sangdan.doors.worker.senders import send
from sangdan.flows.import_rows import load
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.settings import Settings

from .demo import SHOP, Shopping
from .guests import Welcome, invite
from .report import Told
from .scenes import SCENES

WAIT_S: Final = 5.0
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class _Stirring:
    """The application; the day hears of whatever a request may have written, once that is committed."""

    def __init__(self, app: App, stir: Callable[[], None]) -> None:
        self._app = app
        self._stir = stir

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope.get("method") not in _READS:
                self._stir()


async def serve_day(
    shopping: Shopping,
    url: str,
    settings: Settings,
    listening: socket.socket,
    stop: asyncio.Event,
    speed: float,
    ready: Callable[[Welcome], None],
    over: Callable[[Told], None],
) -> None:
    """Run the day and answer requests beside it, until told to stop.

    url       of the day's database: requests have connections of their own
    settings  from `settings_of_the_day`
    speed     simulated seconds a second, once the shops are open
    ready     told how the guests come in, when requests are taken
    over      told the day's figures, when nothing of it is left to come
    """
    clock = shopping.world.clock
    pool = await Pool.open(url, size=settings.database_pool_size, wait_s=WAIT_S)
    try:
        house = await House.open(pool, clock, Ids(), settings)
        await load(pool, "people", shopping.people, clock.now(), vault=house.vault)
        welcome = await invite(house, server.address(listening))
        pages = make_web(house, stop, controls=shopping.world.pace, scenes=SCENES, with_codes=False)
        app = Envelope(_Stirring(make_litestar(house, pages, lost), shopping.world.stir))
        # What the world is made of stays until the end: the collector need not walk it while requests wait.
        gc.collect()
        gc.freeze()
        going_out = senders(pool, Outside(shopping.gateway), house.vault, clock, settings)
        async with asyncio.TaskGroup() as tasks:
            day = tasks.create_task(shopping.live(speed, over))
            tasks.create_task(send(going_out, clock, stop))
            tasks.create_task(keep_followers(settings, url, stop, clock))
            tasks.create_task(house.streams.close_when(stop))
            await server.serve(app, listening, stop, lambda: ready(welcome))
            stop.set()
            day.cancel()
    finally:
        await pool.close()


def settings_of_the_day(settings: Settings, folder: Path) -> Settings:
    """The operator's settings, but for what is of this day alone: keys, the shop, files that go with the day.

    settings  the operator's
    folder    for what the day keeps in files
    """
    return replace(
        settings,
        secret=None,
        master_key=secrets.token_hex(32),
        storefront=SHOP,
        search=folder / "search",
        objects=str(folder / "objects"),
    )
