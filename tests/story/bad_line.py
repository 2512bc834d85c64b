"""A line that loses, doubles and delays what goes over it: it stands between a browser and a tower."""

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any, Final, Literal, TypeAlias, TypeVar

Fate: TypeAlias = Literal["good", "never", "lost", "half", "twice", "late"]
FATES: Final[tuple[Fate, ...]] = ("never", "lost", "half", "twice", "late")
# What a device must not lose goes through these.
DEVICE: Final = (b"POST /floor/actions", b"POST /floor/photos")
HEAD_END: Final = b"\r\n\r\n"
WAIT_S: Final = 60

T = TypeVar("T")


class BadLine:
    """Listens on a port of its own, until it is closed.

    port    of the tower
    chance  decides what becomes of each request
    badly   how many of the device's requests meet with something, 0..1
    """

    def __init__(self, port: int, chance: Random, badly: float) -> None:
        self.badly = badly
        self.down = False
        self.fates: Counter[Fate] = Counter()
        self._tower = port
        self._chance = chance
        self._late: list[bytes] = []
        self._serving: set[asyncio.Task[Any] | None] = set()  # the loop itself lets go of a task that only waits
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(self._listen())
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Let go of the port."""

        async def stop() -> None:
            self._server.close()
            while mine := asyncio.all_tasks() - {asyncio.current_task()}:
                for task in mine:
                    task.cancel()
                await asyncio.gather(*mine, return_exceptions=True)
            await asyncio.sleep(0)  # for what the sockets still have to hear

        self._run(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def late_ones(self) -> None:
        """What was held back comes at last, when nobody waits for it any more."""
        late, self._late = self._late, []
        for request in late:
            self._run(self._ask(request))

    def _run(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(WAIT_S)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = asyncio.current_task()
        self._serving.add(mine)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if not self.down:
                    writer.write(await self._fated(await _request(reader)))
                    await writer.drain()
        finally:
            writer.close()
            self._serving.discard(mine)

    async def _fated(self, request: bytes) -> bytes:
        """What comes back of a request; nothing at all, perhaps."""
        fate: Fate = "good"
        if request.startswith(DEVICE):
            fate = self._chance.choice(FATES) if self._chance.random() < self.badly else "good"
            self.fates[fate] += 1
        if fate == "never":
            return b""
        answer = await self._ask(request)
        if fate == "twice":
            answer = await self._ask(request)
        if fate == "late":
            self._late.append(request)
        return {"lost": b"", "half": answer[: len(answer) // 2]}.get(fate, answer)

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._tower)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """A whole request, told to be the only one of its connection."""
    head = await reader.readuntil(HEAD_END)
    lines = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(b"connection:")]
    lengths = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")]
    body = await reader.readexactly(lengths[0]) if lengths else b""
    return b"\r\n".join([*lines, b"connection: close"]) + HEAD_END + body
