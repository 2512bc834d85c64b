"""`sangdan db check`, `grant`, and the backups of one's own server, by their own door."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sangdan.doors.cli import main
from sangdan.kit import postgres
from sangdan.kit.postgres import locks


class Upkeep:
    """The command line over a database of the test's own, seen as somebody else's server."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = url, capsys

    def do(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run `sangdan db`; gives the exit code and its answer, or the problem."""
        code = main(["db", *words, "--json"])
        out, err = self._capsys.readouterr()
        return code, json.loads(out or err)

    def wrong(self) -> dict[str, str]:
        """What `check` finds, by check."""
        code, told = self.do("check")
        assert code == (1 if told["wrong"] else 0)
        return {each["check"]: each["what"] for each in told["wrong"]}

    def url_as(self, role: str) -> str:
        return self.url.replace("sangdan@", f"{role}@")

    def run(self, text: str, url: str | None = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(url or self.url, autocommit=True) as conn:
            found = conn.execute(text.encode())
            return found.fetchall() if found.description else []


@pytest.fixture
def upkeep(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Upkeep:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return Upkeep(url, capsys)


def test_a_sound_database_passes(upkeep: Upkeep) -> None:
    code, told = upkeep.do("check")
    assert (code, told["wrong"]) == (0, [])
    assert {"form", "structure", "indexes", "feed", "stock", "ledger", "checksums"} <= set(told["checks"])
    assert any("amcheck" in note for note in told["notes"]), "what could not be looked at is said"


@pytest.mark.parametrize(
    ("harm", "check", "what"),
    [
        (
            "ALTER TABLE kit.timer ADD COLUMN extra integer",
            "structure",
            "kit.timer.extra belongs to no migration",
        ),
        ("DROP INDEX kit.timer_due", "structure", "index kit.timer_due is missing"),
        ("ALTER TABLE kit.event DISABLE TRIGGER append_only", "structure", "trigger kit.event.append_only differs"),
        ("DELETE FROM kit.function_hash", "form", "place_orders.sql has not been applied"),
        ("UPDATE kit.feed_head SET position = 7", "feed", "its head is 7, its last entry 0"),
        ("INSERT INTO kit.account VALUES ('b', 'a', 'KRW', 'none', 5, 0, 0, 0)", "ledger", "b"),
    ],
)
def test_each_harm_is_found_by_its_check(upkeep: Upkeep, harm: str, check: str, what: str) -> None:
    upkeep.run(harm)
    assert what in upkeep.wrong()[check]


def test_a_database_of_a_newer_version_is_not_compared(upkeep: Upkeep) -> None:
    upkeep.run("INSERT INTO schema_migrations VALUES ('29990101000000')")
    code, told = upkeep.do("check")
    assert (code, told["wrong"]) == (0, [])
    assert "structure" not in told["checks"]


@pytest.fixture
def app(server: postgres.Server, upkeep: Upkeep) -> Iterator[str]:
    """A role of this test's own that may nothing yet."""
    name = upkeep.url.partition("@/")[2].partition("?")[0]
    role = f"app_{name}"
    upkeep.run(f"CREATE ROLE {role} LOGIN", server.admin_url)
    yield role
    upkeep.run(f"DROP OWNED BY {role}", server.admin_url.replace("/postgres?", f"/{name}?"))
    upkeep.run(f"DROP ROLE {role}", server.admin_url)


def test_a_granted_role_works_and_changes_no_table(
    upkeep: Upkeep, app: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upkeep.do("grant", app)[0] == 0
    assert upkeep.do("grant", app)[0] == 0, "twice is once"
    monkeypatch.setenv("SANGDAN_DATABASE_URL", upkeep.url_as(app))
    assert main(["keys", "make", "me", "--role", "tower"]) == 0
    assert main(["drift"]) == 0
    capsys.readouterr()
    for harm in (
        "CREATE TABLE kit.mine (a integer)",
        "CREATE TABLE public.mine (a integer)",
        "ALTER TABLE kit.event DISABLE TRIGGER append_only",
        "TRUNCATE kit.event",
        "DROP TABLE kit.timer",
        "DELETE FROM kit.function_hash",
        "DELETE FROM schema_migrations",
        "CREATE OR REPLACE FUNCTION flows.place_order(jsonb, bytea, bytea, timestamptz) RETURNS jsonb RETURN NULL",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            upkeep.run(harm, upkeep.url_as(app))


def test_what_later_migrations_make_is_granted_too(upkeep: Upkeep, app: str) -> None:
    upkeep.do("grant", app)
    upkeep.run("CREATE SCHEMA later; CREATE TABLE later.thing (a integer)")
    assert upkeep.run("INSERT INTO later.thing VALUES (1) RETURNING a", upkeep.url_as(app)) == [(1,)]


def test_a_role_that_is_not_there_is_told(upkeep: Upkeep) -> None:
    code, told = upkeep.do("grant", "nobody-of-that-name")
    assert (code, told["code"]) == (1, "no-such-role")


def test_a_dump_comes_back_into_an_empty_database(
    upkeep: Upkeep, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["keys", "make", "me", "--role", "tower"])
    capsys.readouterr()
    folder = str(tmp_path / "backups")
    assert upkeep.do("backup", folder)[0] == 0
    code, told = upkeep.do("backup", folder, "--keep", "1")
    assert (code, len(told["removed"])) == (0, 1)
    code, told = upkeep.do("restore", folder)
    assert (code, told["code"]) == (1, "data-in-the-way")
    monkeypatch.setenv("SANGDAN_DATABASE_URL", empty_url)
    code, told = upkeep.do("restore", folder)
    assert (code, told["drift"]) == (0, [])
    assert upkeep.run("SELECT client_id FROM kit.client", empty_url) == [("me",)]
    assert upkeep.wrong() == {}, "the copy has the same form"


def test_an_instant_is_not_a_dumps_business(upkeep: Upkeep, tmp_path: Path) -> None:
    upkeep.do("backup", str(tmp_path))
    code, told = upkeep.do("restore", str(tmp_path), "--to", "2026-11-21T02:10:00+09:00")
    assert (code, told["code"]) == (1, "not-embedded")


def test_of_two_dumps_at_once_one_is_refused(upkeep: Upkeep, tmp_path: Path) -> None:
    _, taken = upkeep.do("backup", str(tmp_path))
    shelf = Path(taken["folder"]).parent
    with locks.locked(shelf / "backup.lock"):
        assert upkeep.do("backup", str(tmp_path))[1]["code"] == "backup-under-way"


def test_a_backup_needs_a_folder(upkeep: Upkeep, tmp_path: Path) -> None:
    assert upkeep.do("backup")[1]["code"] == "no-backup-folder"
    assert upkeep.do("restore", str(tmp_path))[1]["code"] == "no-backup"


@pytest.mark.parametrize("instant", ["yesterday", "2026-11-21T02:10:00", ""])
def test_an_instant_needs_its_time_zone(
    tmp_path: Path, instant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANGDAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SANGDAN_DATABASE_URL", raising=False)
    assert main(["db", "restore", str(tmp_path), "--to", instant, "--json"]) == 1
    assert json.loads(capsys.readouterr().err)["code"] == "instant-unclear"
