"""Workbooks and Parquet of strangers, read in a process of their own with bounded memory and time.

A few kilobytes of them can stand for gigabytes: two cells in opposite corners of a sheet, a column of one value. What
goes wrong there ends that process, not the server.

source  OWASP API Security 2023, API4: unrestricted resource consumption
"""

import asyncio
import io
import os
import resource
import sys
from contextlib import suppress
from typing import Final

import msgspec
import polars as pl

from .tables import FileEmpty, FileUnreadable, parse

MEMORY_BYTES: Final = 2 << 30
MOST_BYTES: Final = 256 << 20  # of the table that comes out
CPU_S: Final = 30
WITHIN_S: Final = 60.0
AT_ONCE: Final = 2

_REFUSED: Final = 3
_COMMAND: Final = (sys.executable, "-m", "sangdan.adapters.confined")


class _Refusal(msgspec.Struct, frozen=True):
    """What is wrong with a file, from one process to the other."""

    is_empty: bool
    detail: str


class Readers:
    """Reads such files, a few at a time.

    memory_bytes  what one reader may take, the interpreter's own included
    """

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def parse(self, data: bytes, name: str) -> pl.DataFrame:
        """The rows, as `tables.parse` gives them.

        raises  FileUnreadable, also for a file that wants more memory or time than it may have; FileEmpty
        """
        async with self._turn:
            code, out = await self._run(data, name)
        if code == 0:
            return await asyncio.to_thread(pl.read_ipc, io.BytesIO(out))
        if code == _REFUSED:
            told = msgspec.json.decode(out, type=_Refusal)
            raise (FileEmpty if told.is_empty else FileUnreadable)(told.detail, file=name)
        raise FileUnreadable(
            f"To read {name} takes more memory or time than one request may have: send it as CSV, in parts.", file=name
        )

    async def _run(self, data: bytes, name: str) -> tuple[int | None, bytes]:
        """The exit code, None when it took too long, and what was written."""
        ours = {key: value for key, value in os.environ.items() if not key.startswith("SANGDAN_")}
        reader = await asyncio.create_subprocess_exec(
            *_COMMAND, str(self._memory_bytes), name, env=ours | {"POLARS_MAX_THREADS": "1"},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(WITHIN_S):
                out, _ = await reader.communicate(data)
        except TimeoutError:
            return None, b""
        finally:
            if reader.returncode is None:
                reader.kill()
                await reader.wait()
        return reader.returncode, out


def read(memory_bytes: int, name: str) -> int:
    """What the reader's process does: standard input to Arrow, or to a refusal; gives its exit code."""
    for kind, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # not every system knows each limit
            resource.setrlimit(kind, (most, most))
    try:
        frame = parse(sys.stdin.buffer.read(), name).frame
    except (FileUnreadable, FileEmpty) as wrong:
        refusal = _Refusal(isinstance(wrong, FileEmpty), wrong.detail)
        sys.stdout.buffer.write(msgspec.json.encode(refusal))
        return _REFUSED
    if frame.estimated_size() > MOST_BYTES:
        return 1
    frame.write_ipc(sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(read(int(sys.argv[1]), sys.argv[2]))
