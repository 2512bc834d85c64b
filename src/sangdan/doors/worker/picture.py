"""The follower of the picture beside the worker: in a process of its own, since reading millions of cells takes a core.

It ends with us, also when we are killed: it reads from a pipe whose other end is ours.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from typing import Final

from sangdan.kit.settings import PREFIX, Settings

from .pause import pause

log = logging.getLogger("sangdan.picture")

AWAY_S: Final = 2.0
END_S: Final = 10.0
_COMMAND: Final = (sys.executable, "-m", "sangdan", "picture", "follow", "--until-closed")


async def keep_picture(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Have a follower run until told to stop, a new one when it died; nothing where no folder is set.

    url  the database, which is up
    """
    if settings.picture is None:
        return
    environment = {
        **os.environ, f"{PREFIX}PICTURE": str(settings.picture), f"{PREFIX}HOME": str(settings.home),
        f"{PREFIX}DATABASE_URL": url,
    }  # fmt: skip
    while not stop.is_set():
        try:
            code = await _run(environment, stop)
        except OSError as reason:  # the machine has no room for one more process
            code = str(reason)
        if not stop.is_set():
            log.warning("the picture's follower ended with %s and is started again", code)
            await pause(stop, AWAY_S)


async def _run(environment: Mapping[str, str], stop: asyncio.Event) -> int | None:
    """A follower's life: until it ends, or we are told to stop; gives what it ended with."""
    follower = await asyncio.create_subprocess_exec(*_COMMAND, env=environment, stdin=asyncio.subprocess.PIPE)
    ended, told = asyncio.create_task(follower.wait()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((ended, told), return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        await _end(follower)
    return follower.returncode


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
