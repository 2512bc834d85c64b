"""Damaged pages are found, wherever they are; whole ones pass."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sangdan.kit import postgres
from sangdan.kit.postgres import process
from sangdan.kit.postgres.cluster import Cluster
from sangdan.kit.postgres.pages import examine

PAGE = 8192


@pytest.fixture
def folder() -> Iterator[Path]:
    """A cluster's folder, with a table and its index in it."""
    made = Path(tempfile.mkdtemp(prefix="sangdan-test-"))
    made.chmod(0o755)
    with postgres.attached(made / "pg") as server, psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute("CREATE TABLE word (text text PRIMARY KEY)")
        conn.execute("INSERT INTO word SELECT n::text FROM generate_series(1, 5000) n")
    yield made / "pg"
    process.stop(Cluster(made / "pg"), signal.SIGQUIT)
    shutil.rmtree(made)


def file_of(folder: Path, name: str) -> Path:
    """Where a table or index lies."""
    with postgres.attached(folder) as server, psycopg.connect(server.url) as conn:
        [(path,)] = conn.execute("SELECT pg_relation_filepath(%s)", [name]).fetchall()
    return folder / "data" / path


def test_a_whole_database_passes_and_the_extension_is_brought_in(folder: Path) -> None:
    with postgres.attached(folder):
        assert examine(postgres.admin_address(folder), may_install=False).refused is not None
        found = examine(postgres.admin_address(folder), may_install=True)
    assert (found.damages, found.refused) == ([], None)


@pytest.mark.parametrize("name", ["word", "word_pkey"])
def test_a_damaged_page_is_found(folder: Path, name: str) -> None:
    file = file_of(folder, name)
    content = bytearray(file.read_bytes())
    content[PAGE + 100 : PAGE + 200] = bytes(100)
    file.write_bytes(content)
    with postgres.attached(folder):
        found = examine(postgres.admin_address(folder), may_install=True)
    assert any(name in damage for damage in found.damages), found
