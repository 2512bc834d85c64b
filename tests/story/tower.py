"""A tower as people run it: `python -m sangdan serve` on a port of this machine, with an embedded database."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, LiteralString, TypeVar

import msgspec
import psycopg

from sangdan.kit import postgres
from sangdan.kit.postgres import process
from sangdan.kit.postgres.cluster import Cluster

WAIT_S: Final = 120
LOOK_S: Final = 0.02

T = TypeVar("T")

TABLES: Final[LiteralString] = """
    SELECT schemaname || '.' || tablename, format('%I.%I', schemaname, tablename) FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
QUIET: Final[LiteralString] = """
    SELECT NOT EXISTS (SELECT FROM kit.outbox) AND NOT EXISTS (SELECT FROM kit.timer WHERE due_at <= %(now)s)
"""


def until(holds: Callable[[], T | None], what: str) -> T:
    """Look until something holds, and give it; fail when it takes too long.

    what  it is, for the failure
    """
    deadline = time.monotonic() + WAIT_S
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(LOOK_S)
    return found


class Tower:
    """One SANGDAN_HOME and what runs in it.

    home      its folder
    words     behind `sangdan serve`
    settings  SANGDAN_... by name without the prefix, in lower case
    """

    def __init__(self, home: Path, *words: str, **settings: str) -> None:
        self.home = home
        self.words = words
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._serving: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the shell of its operator holds."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SANGDAN_")}
        chosen = {"home": str(self.home), "port": str(self.port), "search": "off", **self._settings}
        return kept | {f"SANGDAN_{name.upper()}": value for name, value in chosen.items()}

    @property
    def log(self) -> Path:
        """What its servers wrote."""
        return self.home / "serve.log"

    def sangdan(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in it."""
        return subprocess.run(
            [sys.executable, "-m", "sangdan", *words],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self) -> None:
        """Serve, and wait until requests are taken."""
        assert self._serving is None
        with self.log.open("a") as log:
            self._serving = subprocess.Popen(
                [sys.executable, "-m", "sangdan", "serve", *self.words],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self._serving.stdout is not None
        told = self._serving.stdout.readline().strip()
        assert told == self.address, self.log.read_text()[-3000:]

    @property
    def pid(self) -> int:
        """The serving process."""
        assert self._serving is not None
        return self._serving.pid

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the serving process, gracefully or (SIGKILL) not."""
        assert self._serving is not None
        self._serving.send_signal(how)
        self._serving.communicate(timeout=WAIT_S)
        self._serving = None

    def kill_database(self) -> None:
        """kill -9 of PostgreSQL's main process."""
        pid = process.postmaster(Cluster(self.home / "postgres"))
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def clear(self) -> None:
        """Leave nothing running, whatever happened."""
        if self._serving is not None:
            self.end(signal.SIGKILL)
        process.stop(Cluster(self.home / "postgres"), signal.SIGQUIT)

    def database(self) -> psycopg.Connection[Any]:
        """A look behind the doors."""
        return psycopg.connect(postgres.address(self.home / "postgres"), autocommit=True)

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.database() as conn:
            counts = " UNION ALL ".join(
                f"SELECT '{name}', count(*) FROM {spelled}" for name, spelled in conn.execute(TABLES)
            )
            return dict(conn.execute(counts.encode()).fetchall())

    def drift(self) -> dict[str, Any]:
        """What `sangdan drift` answers."""
        told = self.sangdan("drift", "--json")
        assert told.stdout, told.stderr
        return msgspec.json.decode(told.stdout)

    def is_quiet(self) -> bool:
        """Whether no fact waits for its reactions and no timer is due."""
        with self.database() as conn:
            return conn.execute(QUIET, {"now": datetime.now(UTC)}).fetchone() == (True,)


@contextmanager
def tower(*words: str, **settings: str) -> Generator[Tower]:
    """A tower with nothing in it, serving; gone afterwards."""
    # As root, PostgreSQL runs under a humbler account, which may not enter pytest's own folders.
    home = Path(tempfile.mkdtemp(prefix="sangdan-story-"))
    home.chmod(0o755)
    made = Tower(home, *words, **settings)
    try:
        made.start()
        yield made
    finally:
        made.clear()
        shutil.rmtree(home)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as asked:
        return asked.getsockname()[1]
