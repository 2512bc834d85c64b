"""What the tests share: one throw-away PostgreSQL for a run, and fresh databases copied from a migrated template.

`conn`  a connection inside a transaction that is rolled back: for tests that need not commit
`db`    a pool on a database of the test's own: for tests that commit, or use several connections
"""

import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sangdan.kit import postgres
from sangdan.kit.db import Conn, Pool
from sangdan.kit.migrate import migrate

REALDATA = Path(os.environ.get("SANGDAN_REALDATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

# Databases of the tests are "somebody's own": what seals personal data in them must be set.
os.environ.setdefault("SANGDAN_MASTER_KEY", "5a" * 32)
os.environ.setdefault("SANGDAN_SEARCH", "off")  # a test that searches keeps an index of its own

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, and say why, what needs real data where there is none."""
    if REALDATA.is_dir():
        return
    absent = pytest.mark.skip(reason=f"no real data in {REALDATA}: name its folder in SANGDAN_REALDATA")
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of the real data sets; use it together with the mark `realdata`."""
    return REALDATA


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """One throw-away server, shared by all workers of the run; its last user removes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        with postgres.throwaway() as alone:
            yield alone
        return
    folder = Path(tempfile.gettempdir()) / f"sangdan-{run[:12]}"
    with postgres.attached(folder, throwaway=True) as shared:
        yield shared


@pytest.fixture(scope="session")
def template(server: postgres.Server) -> str:
    """The name of this worker's migrated database, which nobody connects to."""
    name = f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    _copy(server, "template0", name)
    migrate(server.url_of(name))
    return name


@pytest.fixture(scope="session")
def shared_url(server: postgres.Server, template: str) -> str:
    """The address of a migrated database whose users all roll back."""
    name = template.replace("template", "shared")
    _copy(server, template, name)
    return server.url_of(name)


@pytest.fixture
def url(server: postgres.Server, template: str) -> Iterator[str]:
    """The address of a migrated database of the test's own."""
    with _database(server, template, template.replace("template", f"case_{next(_numbers)}")) as address:
        yield address


@pytest.fixture
def empty_url(server: postgres.Server) -> Iterator[str]:
    """The address of an empty database of the test's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with _database(server, "template0", f"empty_{next(_numbers)}_{worker}") as address:
        yield address


@pytest.fixture
async def db(url: str) -> AsyncIterator[Pool]:
    """A pool on a migrated database of the test's own."""
    pool = await Pool.open(url, size=24)
    yield pool
    await pool.close()


@pytest.fixture
async def conn(shared_url: str) -> AsyncIterator[Conn]:
    """A connection inside a transaction that is rolled back."""
    opened: Conn = await psycopg.AsyncConnection.connect(shared_url, options="-c timezone=UTC")
    async with opened, opened.transaction(force_rollback=True):  # so that the code's own transactions only nest
        yield opened


@contextmanager
def _database(server: postgres.Server, source: str, name: str) -> Generator[str]:
    _copy(server, source, name)
    yield server.url_of(name)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(server: postgres.Server, source: str, name: str) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER sangdan STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )
