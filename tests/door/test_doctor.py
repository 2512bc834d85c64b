"""`sangdan doctor`: it finds what is really wrong, by its own door, and changes nothing."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sangdan.doors.cli import main
from sangdan.kit.engine import LEAD

KEY = "0" * 64


class Patient:
    """An installation on a database of the test's own."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = url, capsys

    def codes(self) -> tuple[int, dict[str, dict[str, Any]]]:
        """The exit code, and the findings by code."""
        code = main(["doctor", "--json"])
        out, err = self._capsys.readouterr()
        assert out, err
        return code, {each["code"]: each for each in json.loads(out.splitlines()[-1])["findings"]}

    def run(self, text: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(text.encode())


@pytest.fixture
def patient(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Patient:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    monkeypatch.setenv("SANGDAN_HOME", str(tmp_path))
    monkeypatch.setenv("SANGDAN_MASTER_KEY", KEY)
    return Patient(url, capsys)


def test_the_tests_own_server_is_told_that_it_would_not_survive_a_power_cut(patient: Patient) -> None:
    code, found = patient.codes()
    assert code == 1
    assert {"not-durable", "commits-late"} <= found.keys()
    assert found["not-durable"]["severity"] == "error"


def test_a_database_that_is_away_is_an_error_with_a_way_out(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, found = patient.codes()
    assert (code, found["database-away"]["severity"]) == (1, "error")


def test_a_setting_that_is_none_is_named_and_the_rest_is_still_looked_at(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGDAN_BAKUPS", "/backups")
    code, found = patient.codes()
    assert (code, found["bad-setting"]["what"]) == (1, "SANGDAN_BAKUPS is not a setting.")


def test_who_leads_is_seen(patient: Patient) -> None:
    assert "no-worker" in patient.codes()[1]
    with psycopg.connect(patient.url, autocommit=True) as leader:
        leader.execute(LEAD)
        assert "no-worker" not in patient.codes()[1]
    with psycopg.connect(patient.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('something else'))")
        assert "no-worker" in patient.codes()[1]


def test_work_that_waits_and_fails_is_seen(patient: Patient) -> None:
    patient.run("INSERT INTO kit.outbox VALUES ('a', 1, '2026-11-01', 3, NULL)")
    found = patient.codes()[1]
    assert found["no-worker"]["severity"] == "error"
    assert found["facts-failing"]["what"].startswith("The reactions to 1 facts")


def test_a_missing_migration_is_seen_and_nothing_is_changed(patient: Patient) -> None:
    patient.run("DELETE FROM kit.function_hash")
    found = patient.codes()[1]
    assert found["database-older"]["severity"] == "warning"
    assert "database-older" in patient.codes()[1]


def test_a_change_of_a_newer_version_is_seen(patient: Patient) -> None:
    patient.run("INSERT INTO schema_migrations VALUES ('29990101000000')")
    assert patient.codes()[1]["database-ahead"]["severity"] == "note"


def test_a_folder_without_a_backup_is_seen(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAN_BACKUPS", str(tmp_path / "backups"))
    assert "never-backed-up" in patient.codes()[1]
    assert main(["db", "backup"]) == 0
    found = patient.codes()[1]
    assert not found.keys() & {"never-backed-up", "backup-old", "archive-off"}


def test_people_read_what_why_and_how(patient: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "ERROR  fsync is off.  [not-durable]\n  why   " in told
    assert "\n  mend  ALTER SYSTEM SET fsync = on" in told
