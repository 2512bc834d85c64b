"""Migrations: once each, functions when their text changed, one process at a time, all or nothing a file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sangdan.kit import postgres
from sangdan.kit.migrate import (
    Applied,
    DatabaseNewer,
    DatabaseOlder,
    MigrationFailed,
    WrongEncoding,
    dbmate_url,
    migrate,
    standing,
)

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


CONTRACTION = "-- migrate:up\nALTER TABLE kit.first DROP COLUMN old;\n-- migrate:down\n"


@pytest.fixture
def contracting(changes: Path) -> Path:
    """Changes of which one takes something away."""
    migration(changes, "20260103000000_first", "CREATE TABLE kit.first (old integer, new integer);")
    (changes / "contractions").mkdir()
    (changes / "contractions" / "20260104000000_old.sql").write_text(CONTRACTION)
    return changes


def migration(changes: Path, name: str, text: str) -> None:
    (changes / "migrations" / f"{name}.sql").write_text(f"-- migrate:up\n{text}\n-- migrate:down\n")


def has_old(url: str) -> object:
    return asked(url, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'old'")


def test_what_takes_away_waits_until_somebody_says_so(empty_url: str, contracting: Path) -> None:
    applied = migrate(empty_url, contracting)
    assert (applied.contractions, applied.waiting) == ([], ["20260104000000_old.sql"])
    assert (has_old(empty_url), standing(empty_url, contracting).contractions) == (1, ["20260104000000_old.sql"])
    applied = migrate(empty_url, contracting, contract=True)
    assert (applied.contractions, applied.waiting, has_old(empty_url)) == (["20260104000000_old.sql"], [], 0)
    again = migrate(empty_url, contracting, contract=True)
    assert (again.migrations, again.functions, again.contractions) == ([], [], [])


def test_an_older_version_goes_on_on_a_database_that_only_grew(empty_url: str, changes: Path) -> None:
    migrate(empty_url, changes)
    function(changes, "2")
    migration(changes, "20260105000000_newer", "CREATE TABLE kit.newer (a integer);")
    migrate(empty_url, changes)
    (changes / "migrations" / "20260105000000_newer.sql").unlink()
    function(changes, "1")
    assert migrate(empty_url, changes) == Applied([], [])
    assert asked(empty_url, "SELECT kit.answer()") == 2, "the older version leaves the newer one's function alone"
    assert standing(empty_url, changes).newer == ["20260105000000"]


def test_an_older_version_is_refused_once_something_was_taken_away(empty_url: str, contracting: Path) -> None:
    migrate(empty_url, contracting, contract=True)
    (contracting / "contractions" / "20260104000000_old.sql").unlink()
    with pytest.raises(DatabaseNewer, match="Start the newer one"):
        migrate(empty_url, contracting)


def test_who_may_not_change_the_database_starts_only_on_one_that_is_ready(
    server: postgres.Server, empty_url: str, changes: Path
) -> None:
    name = empty_url.partition("@/")[2].partition("?")[0]
    app = f"app_{name}"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {app} LOGIN".encode())
    as_app = empty_url.replace("sangdan@", f"{app}@")
    try:
        migrate(empty_url, changes)
        with psycopg.connect(empty_url, autocommit=True) as owner:
            owner.execute(f"GRANT USAGE ON SCHEMA kit TO {app}".encode())
            owner.execute(f"GRANT SELECT ON kit.function_hash, public.schema_migrations TO {app}".encode())
        assert migrate(as_app, changes) == Applied([], [])
        migration(changes, "20260105000000_newer", "CREATE TABLE kit.newer (a integer);")
        with pytest.raises(DatabaseOlder, match=r"lacks 20260105000000_newer\.sql, and this role may not change it"):
            migrate(as_app, changes)
        assert asked(empty_url, "SELECT to_regclass('kit.newer')") is None
    finally:
        inside = server.admin_url.replace("/postgres?", f"/{name}?")
        with psycopg.connect(inside, autocommit=True) as admin:
            admin.execute(f"DROP OWNED BY {app}".encode())
            admin.execute(f"DROP ROLE {app}".encode())


def test_a_change_that_cannot_get_its_lock_gives_up_and_is_tried_again(empty_url: str, changes: Path) -> None:
    migration(changes, "20260103000000_first", "CREATE TABLE kit.first (a integer);")
    migrate(empty_url, changes)
    migration(changes, "20260105000000_more", "ALTER TABLE kit.first ADD COLUMN b integer;")
    impatient = f"{empty_url}&options=-c%20lock_timeout%3D100"
    with psycopg.connect(empty_url) as reader:
        reader.execute("SELECT a FROM kit.first")  # holds the table until its transaction ends
        with pytest.raises(MigrationFailed, match="busy for too long"):
            migrate(impatient, changes)
    assert standing(empty_url, changes).expansions == ["20260105000000_more.sql"]
    assert migrate(impatient, changes).migrations == ["20260105000000_more.sql"]


def test_a_database_that_cannot_hold_every_name_is_refused(server: postgres.Server, changes: Path) -> None:
    name = f"ascii_{Path(changes).name[-20:].replace('-', '_')}"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        made = f"CREATE DATABASE {name} OWNER sangdan ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc"
        admin.execute(f"{made} TEMPLATE template0".encode())
        try:
            with pytest.raises(WrongEncoding, match="SQL_ASCII"):
                migrate(server.url_of(name), changes)
        finally:
            admin.execute(f"DROP DATABASE {name}".encode())
