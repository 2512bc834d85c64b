"""Migrations: once each, functions when their text changed, one process at a time, all or nothing a file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sangdan.kit.migrate import MigrationFailed, dbmate_url, migrate

TABLE = """
-- migrate:up
CREATE SCHEMA kit;
CREATE TABLE kit.function_hash (name text PRIMARY KEY, hash bytea NOT NULL);
-- migrate:down
DROP SCHEMA kit CASCADE;
"""


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """A folder of changes that may be altered: one table, one function."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "functions").mkdir()
    (tmp_path / "migrations" / "20260101000000_first.sql").write_text(TABLE)
    function(tmp_path, "1")
    return tmp_path


def function(changes: Path, answer: str) -> None:
    text = f"CREATE OR REPLACE FUNCTION kit.answer() RETURNS integer LANGUAGE sql AS $$ SELECT {answer} $$"
    (changes / "functions" / "answer.sql").write_text(text)


def asked(url: str, text: str) -> object:
    with psycopg.connect(url) as conn:
        row = conn.execute(text.encode()).fetchone()
        assert row is not None
        return row[0]


def test_the_second_run_has_nothing_to_do(empty_url: str, changes: Path) -> None:
    first = migrate(empty_url, changes)
    assert (first.migrations, first.functions) == (["20260101000000_first.sql"], ["answer.sql"])
    second = migrate(empty_url, changes)
    assert (second.migrations, second.functions) == ([], [])


def test_a_function_is_replaced_when_its_text_changed(empty_url: str, changes: Path) -> None:
    migrate(empty_url, changes)
    function(changes, "2")
    assert migrate(empty_url, changes).functions == ["answer.sql"]
    assert asked(empty_url, "SELECT kit.answer()") == 2


def test_a_function_that_does_not_apply_leaves_the_old_one(empty_url: str, changes: Path) -> None:
    migrate(empty_url, changes)
    function(changes, "no_such_column")
    (changes / "functions" / "a_new_one.sql").write_text("CREATE FUNCTION kit.fresh() RETURNS int RETURN 1")
    with pytest.raises(MigrationFailed, match=r"answer\.sql does not apply"):
        migrate(empty_url, changes)
    assert asked(empty_url, "SELECT kit.answer()") == 1
    assert asked(empty_url, "SELECT to_regproc('kit.fresh')") is None


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str, changes: Path) -> None:
    broken = "-- migrate:up\nCREATE TABLE kit.half (a integer);\nSELECT 1 / 0;\n-- migrate:down\n"
    (changes / "migrations" / "20260102000000_broken.sql").write_text(broken)
    with pytest.raises(MigrationFailed, match="division by zero"):
        migrate(empty_url, changes)
    assert asked(empty_url, "SELECT to_regclass('kit.half')") is None
    assert asked(empty_url, "SELECT count(*) FROM kit.function_hash") == 0


def test_processes_that_migrate_at_once_take_turns(empty_url: str, changes: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(migrate, [empty_url] * 4, [changes] * 4))
    assert sorted(len(each.migrations) for each in done) == [0, 0, 0, 1]


def test_a_change_does_not_wait_for_ever(empty_url: str, changes: Path) -> None:
    asks = "-- migrate:up\nCREATE TABLE kit.asked AS SELECT current_setting('lock_timeout') AS s;\n-- migrate:down\n"
    (changes / "migrations" / "20260102000000_asks.sql").write_text(asks)
    migrate(empty_url, changes)
    assert asked(empty_url, "SELECT s FROM kit.asked") == "10s"


def test_an_address_is_spelled_for_dbmate() -> None:
    socket = dbmate_url("postgresql://sangdan@/sangdan?host=%2Ftmp%2Frun&port=5432")
    assert socket.startswith("postgres://sangdan@/sangdan?")
    assert "socket=%2Ftmp%2Frun" in socket
    assert "sslmode=disable" in socket
    remote = dbmate_url("postgresql://me:pw@db.example:5433/shop?sslmode=require")
    assert remote.startswith("postgres://me:pw@db.example:5433/shop?")
    assert "sslmode=require" in remote
