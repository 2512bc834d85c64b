"""`python -m bench.buyers`: connections that place orders over HTTP, one after the other, in a process of their own.

It reads what to do as JSON from standard input, and writes one line of JSON: how many were placed in what time, every
latency in milliseconds, and what else was answered. Each order is another promise, sealed on the way.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import msgspec
import uvloop
from msgspec.structs import replace

from sangdan.kit.ids import Ids
from sangdan.offer.promise.commands import Seal, spell

_LENGTH: Final = b"content-length: "


class Task(msgspec.Struct, frozen=True):
    """What to do.

    host, port   of the server
    key          the shop's API key
    secret       the alliance's, under which promises are sealed
    seals        what is bought, over and over
    connections  open at once, each with one request
    seconds      to measure, after `warm_s` that do not count
    """

    host: str
    port: int
    key: str
    secret: bytes
    seals: list[Seal]
    connections: int
    seconds: float
    warm_s: float


class Told(msgspec.Struct):
    """What came of it."""

    placed: int
    took_s: float
    latencies_ms: list[float]
    refused: dict[str, int]


class _Buyer(asyncio.Protocol):
    """A connection that sends its next order as soon as the last one is answered."""

    def __init__(self, wishes: Iterator[bytes], tally: "_Tally") -> None:
        self._wishes = wishes
        self._tally = tally
        self._held = b""
        self._sent_at = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head = self._held.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._held.find(_LENGTH) + len(_LENGTH)
        length = int(self._held[at : self._held.find(b"\r\n", at)])
        if len(self._held) < head + 4 + length:
            return
        answer, self._held = self._held, b""
        self._tally.note(answer, self._sent_at)
        if self._tally.open:
            self._next()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tally.closed(exc)

    def _next(self) -> None:
        request = next(self._wishes)
        self._sent_at = time.perf_counter()
        self._transport.write(request)


class _Tally:
    """Counts answers while the clock runs."""

    def __init__(self, task: Task) -> None:
        self._from = time.perf_counter() + task.warm_s
        self._until = self._from + task.seconds
        self._left = task.connections
        self.done = asyncio.get_running_loop().create_future()
        self.told = Told(0, task.seconds, [], {})
        self._refused: Counter[str] = Counter()

    @property
    def open(self) -> bool:
        return time.perf_counter() < self._until

    def note(self, answer: bytes, sent_at: float) -> None:
        now = time.perf_counter()
        if not self._from <= now < self._until:
            return
        if answer.startswith(b"HTTP/1.1 201"):
            self.told.placed += 1
            self.told.latencies_ms.append((now - sent_at) * 1000)
        else:
            self._refused[answer.rpartition(b"\r\n\r\n")[2][:200].decode(errors="replace")] += 1

    def closed(self, exc: Exception | None) -> None:
        if exc is not None or self.open:
            self._refused[f"connection lost: {exc}"] += 1
        self._left -= 1
        if self._left == 0 and not self.done.done():
            self.told.refused = dict(self._refused.most_common(5))
            self.done.set_result(None)


def _wishes(task: Task) -> Iterator[bytes]:
    """Requests without end."""
    ids = Ids()
    while True:
        for seal in task.seals:
            token = spell(replace(seal, promise_id=ids.new(datetime.now(UTC))), task.secret)
            body = b'{"token":"' + token.encode() + b'","shopper_id":"kim"}'
            yield (
                f"POST /v1/orders HTTP/1.1\r\nhost: {task.host}\r\nauthorization: Bearer {task.key}\r\n"
                f"idempotency-key: {uuid4().hex}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n"
            ).encode() + body


async def _buy(task: Task) -> Told:
    tally, wishes = _Tally(task), _wishes(task)
    loop = asyncio.get_running_loop()
    for _ in range(task.connections):
        await loop.create_connection(lambda: _Buyer(wishes, tally), task.host, task.port)
    await tally.done
    return tally.told


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.write(json.dumps(msgspec.to_builtins(uvloop.run(_buy(asked)))) + "\n")
