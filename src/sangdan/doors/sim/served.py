"""A demo day that is served: its engine, the API and the pages share one process, one loop and the day's own clock."""

import asyncio
import gc
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_litestar
from sangdan.doors.api.envelope import App, Envelope, Receive, Scope, Send
from sangdan.doors.web import entry
from sangdan.doors.web.app import make_web
from sangdan.doors.worker.outside import Outside, senders
from sangdan.doors.worker.senders import send
from sangdan.flows.admit_client import admit
from sangdan.flows.import_rows import load
from sangdan.kit import access
from sangdan.kit.access import Role
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.settings import Settings
from sangdan.tower.twin.model.allies import LOGISTICS

from .demo import CLIENT, SHOP, Shopping
from .report import Told
from .scenes import SCENES

# Whoever the three links sign in: client, role, ally.
GUESTS: Final[tuple[tuple[str, Role, str | None], ...]] = (
    ("tower", "tower", None),
    (CLIENT, "shop", SHOP),
    (LOGISTICS, "ally", LOGISTICS),
)
LINKS_LAST: Final = timedelta(hours=12)
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
    ready: Callable[[dict[str, str]], None],
    over: Callable[[Told], None],
) -> None:
    """Run the day and answer requests beside it, until told to stop.

    url       of the day's database: requests have connections of their own
    settings  the operator's; keys are made for this day alone
    speed     simulated seconds a second, once the shops are open
    ready     told the sign-in link of each guest, when requests are taken
    over      told the day's figures, when nothing of it is left to come
    """
    clock = shopping.world.clock
    pool = await Pool.open(url, size=settings.database_pool_size, wait_s=WAIT_S)
    try:
        own = replace(settings, secret=None, master_key=secrets.token_hex(32))
        house = await House.open(pool, clock, Ids(), own)
        await load(pool, "people", shopping.people, clock.now(), vault=house.vault)
        links = await _invite(pool, clock.now(), server.address(listening))
        pages = make_web(house, stop, controls=shopping.world.pace, scenes=SCENES)
        app = Envelope(_Stirring(make_litestar(house, pages), shopping.world.stir))
        # What the world is made of stays until the end: the collector need not walk it while requests wait.
        gc.collect()
        gc.freeze()
        going_out = senders(pool, Outside(shopping.gateway), house.vault, clock, own)
        async with asyncio.TaskGroup() as tasks:
            day = tasks.create_task(shopping.live(speed, over))
            tasks.create_task(send(going_out, clock, stop))
            tasks.create_task(house.streams.close_when(stop))
            await server.serve(app, listening, stop, lambda: ready(links))
            stop.set()
            day.cancel()
    finally:
        await pool.close()


async def _invite(pool: Pool, at: datetime, address: str) -> dict[str, str]:
    """Let the guests in; gives the address that signs each in, by client."""
    until = datetime.now(UTC) + LINKS_LAST
    async with pool.transaction() as conn:
        for client_id, role, partner_id in GUESTS:
            await admit(conn, client_id, role, partner_id, None, access.new_key(), at)
        secret = await entry.signing_key(conn, at)
    return {client_id: entry.entry_link(address, client_id, secret, until) for client_id, _, _ in GUESTS}
