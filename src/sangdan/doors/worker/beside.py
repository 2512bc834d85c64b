"""What follows the database beside the worker, each in a process of its own, since it may take a core for a while.

They end with us, also when we are killed: they read from a pipe whose other end is ours.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Final

from sangdan.flows.search_goods import folder_of, installed
from sangdan.kit.clock import Clock
from sangdan.kit.settings import PREFIX, Settings

from .pause import pause

log = logging.getLogger("sangdan.beside")

AWAY_S: Final = 2.0
END_S: Final = 10.0
TOLD_S: Final = 0.25


async def keep_followers(settings: Settings, url: str, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Have the followers of the picture and of the search index run until told to stop, new ones when they died.

    url    the database, which is up
    clock  of a simulated day, by which offers begin and end; None: the machine's own time
    """
    environment = {**os.environ, f"{PREFIX}HOME": str(settings.home), f"{PREFIX}DATABASE_URL": url}
    async with asyncio.TaskGroup() as tasks:
        if settings.picture is not None:
            own = {f"{PREFIX}PICTURE": str(settings.picture)}
            tasks.create_task(_keep("picture", environment | own, stop))
        index = folder_of(settings)
        if index is not None and installed() and find_spec("kiwipiepy") is not None:
            tasks.create_task(_keep("search", environment | {f"{PREFIX}SEARCH": str(index)}, stop, clock))


async def _keep(command: str, environment: Mapping[str, str], stop: asyncio.Event, clock: Clock | None = None) -> None:
    """`sangdan COMMAND follow` for as long as we are."""
    while not stop.is_set():
        try:
            code = await _run(command, environment, stop, clock)
        except OSError as reason:  # the machine has no room for one more process
            code = str(reason)
        if not stop.is_set():
            log.warning("the follower `sangdan %s follow` ended with %s and is started again", command, code)
            await pause(stop, AWAY_S)


async def _run(command: str, environment: Mapping[str, str], stop: asyncio.Event, clock: Clock | None) -> int | None:
    """A follower's life: until it ends, or we are told to stop; gives what it ended with."""
    words = [sys.executable, "-m", "sangdan", command, "follow", "--until-closed"]
    if clock is not None:
        words += ["--at", clock.now().isoformat(timespec="seconds")]
    follower = await asyncio.create_subprocess_exec(*words, env=environment, stdin=asyncio.subprocess.PIPE)
    telling = None if clock is None else asyncio.create_task(_tell(follower, clock))
    ended, told = asyncio.create_task(follower.wait()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((ended, told), return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        if telling is not None:
            telling.cancel()
        await _end(follower)
    return follower.returncode


async def _tell(follower: asyncio.subprocess.Process, clock: Clock) -> None:
    """Say what time it is, again and again, for as long as somebody listens."""
    assert follower.stdin is not None
    with suppress(ConnectionError):
        while True:
            follower.stdin.write(f"{clock.now().isoformat()}\n".encode())
            await follower.stdin.drain()
            await asyncio.sleep(TOLD_S)


async def _end(follower: asyncio.subprocess.Process) -> None:
    """Close its standard input and wait; kill it when it does not hear."""
    assert follower.stdin is not None
    follower.stdin.close()
    try:
        async with asyncio.timeout(END_S):
            await follower.wait()
    except TimeoutError:
        follower.kill()
        await follower.wait()
