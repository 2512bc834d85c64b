"""`python -m bench.lookers`: connections that ask addresses over HTTP, one after the other, in a process of their own.

It reads what to do as JSON from standard input, and writes JSON: how many answers came in what time, every
latency in milliseconds, and what was answered else.
"""

import asyncio
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec
import uvloop

_LENGTH: Final = b"content-length: "


class Task(msgspec.Struct, frozen=True):
    """What to do.

    host, port   of the server
    key          an API key
    paths        what is asked, over and over
    connections  open at once, each with one request
    seconds      to measure, after `warm_s` that do not count
    cookie       sent with each
    """

    host: str
    port: int
    key: str
    paths: list[str]
    connections: int
    seconds: float
    warm_s: float
    cookie: str = ""


class Told(msgspec.Struct):
    """What came of it.

    warming  requests before the first that counts
    cpu_s    what asking took of the processor, warming included
    """

    answered: int
    took_s: float
    latencies_ms: list[float]
    refused: dict[str, int]
    warming: int = 0
    cpu_s: float = 0.0


async def _look(task: Task, requests: Iterator[bytes], told: Told, refused: Counter[str], begins: float) -> None:
    """One connection, until time is up."""
    reader, writer = await asyncio.open_connection(task.host, task.port)
    try:
        while (sent_at := time.perf_counter()) < begins + task.seconds:
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().find(_LENGTH) + len(_LENGTH)
            await reader.readexactly(int(head[at : head.find(b"\r\n", at)]))
            if sent_at < begins:
                told.warming += 1
                continue
            if head.startswith(b"HTTP/1.1 200"):
                told.answered += 1
                told.latencies_ms.append((time.perf_counter() - sent_at) * 1000)
            else:
                refused[head.partition(b"\r\n")[0].decode()] += 1
    finally:
        writer.close()


async def _ask(task: Task) -> Told:
    told, refused = Told(0, task.seconds, [], {}), Counter[str]()
    head = f"host: {task.host}\r\nauthorization: Bearer {task.key}\r\ncookie: {task.cookie}\r\n\r\n"
    requests = itertools.cycle(f"GET {path} HTTP/1.1\r\n{head}".encode() for path in task.paths)
    begins, before_s = time.perf_counter() + task.warm_s, time.process_time()
    await asyncio.gather(*(_look(task, requests, told, refused, begins) for _ in range(task.connections)))
    told.refused, told.cpu_s = dict(refused.most_common(5)), time.process_time() - before_s
    return told


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    # Buffered even where Python's own output is not: a pipe may take less than all at once.
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(msgspec.json.encode(uvloop.run(_ask(asked))))
