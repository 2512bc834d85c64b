"""The doctor's judgements: each finding, by what causes it; and a healthy installation has none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sangdan.flows.doctor import (
    Finding,
    SeenBackups,
    SeenDatabase,
    SeenMachine,
    SeenWork,
    judge_backups,
    judge_database,
    judge_machine,
    judge_settings,
    judge_work,
)
from sangdan.flows.doctor.judge_settings import on_one_disk
from sangdan.kit.migrate import Standing
from sangdan.kit.settings import load

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=30)
KEY = "0" * 64

MACHINE = SeenMachine(
    programs=None, dbmate=True, zones=(), home=Path("/var/lib/sangdan"), writable=True, mode="755", free_bytes=10**12
)
DATABASE = SeenDatabase(
    version="18.0", fsync=True, full_page_writes=True, synchronous_commit=True, checksums=True, connections=100,
    connected=10, at=AT, is_superuser=False, invalid_indexes=0,
)  # fmt: skip
FORM = Standing([], [], [], [], [], may_change=True)
WORK = SeenWork(
    leads=True, facts=0, oldest_at=None, failing=0, timer_at=AT + timedelta(hours=1), dead_webhooks=0, failed_notices=0
)
BACKUPS = SeenBackups(
    folder=Path("/backups"), embedded=True, archives=True, newest_at=AT - timedelta(hours=20), failing=None,
    failing_at=None, cut_off=0, free_bytes=10**12,
)  # fmt: skip
SETTINGS = {"SANGDAN_BACKUPS": "/backups", "SANGDAN_MASTER_KEY": KEY}


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """Severity and code of each; every one says what, why and how to mend it."""
    assert all(each.what and each.why and each.mend for each in findings)
    return [(each.severity, each.code) for each in findings]


def settings(**chosen: str) -> list[tuple[str, str]]:
    variables = SETTINGS | {f"SANGDAN_{name.upper()}": value for name, value in chosen.items()}
    return told(judge_settings(load(variables), same_disk=False, key_file=False))


def test_a_healthy_installation_has_no_findings() -> None:
    assert judge_machine(MACHINE) == []
    assert settings() == []
    assert judge_database(DATABASE, FORM, AT, 8) == []
    assert judge_work(WORK, AT) == []
    assert judge_backups(BACKUPS, AT) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"programs": "The package is missing."}, ("error", "programs-missing")),
        ({"dbmate": False}, ("error", "dbmate-missing")),
        ({"zones": ("Asia/Seoul",)}, ("error", "zones-missing")),
        ({"writable": False}, ("error", "home-closed")),
        ({"mode": "777"}, ("error", "home-open")),
        ({"free_bytes": 10**9}, ("warning", "disk-low")),
        ({"free_bytes": 10**6}, ("error", "disk-low")),
    ],
)
def test_the_machine(change: dict[str, Any], finding: tuple[str, str]) -> None:
    assert told(judge_machine(replace(MACHINE, **change))) == [finding]


def test_a_home_that_is_not_made_yet_is_no_finding() -> None:
    assert judge_machine(replace(MACHINE, writable=None, mode=None)) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "tower.example"])
def test_a_server_open_to_the_network(host: str) -> None:
    assert settings(host=host) == [("warning", "open-to-network")]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_of_this_machine_alone(host: str) -> None:
    assert settings(host=host) == []


def test_webhooks_into_ones_own_network() -> None:
    assert settings(webhooks_private="true") == [("warning", "webhooks-private")]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://db.example/shop", [("warning", "database-unencrypted")]),
        ("postgresql://db.example/shop?sslmode=prefer", [("warning", "database-unencrypted")]),
        ("postgresql://db.example/shop?sslmode=verify-full", []),
        ("postgresql://127.0.0.1/shop", []),
        ("postgresql:///shop?host=/run/postgresql", []),
    ],
)
def test_a_database_across_the_network(url: str, found: list[tuple[str, str]]) -> None:
    assert settings(database_url=url) == found


def test_backups_off_or_on_the_same_disk() -> None:
    assert settings(backups="") == [("warning", "backups-off")]
    assert told(judge_settings(load(SETTINGS), same_disk=True, key_file=False)) == [("warning", "backups-same-disk")]


def test_the_master_key() -> None:
    without = load({"SANGDAN_BACKUPS": "/backups"})
    assert judge_settings(without, same_disk=False, key_file=False) == [], "one is made at the first start"
    assert told(judge_settings(without, same_disk=False, key_file=True)) == [("note", "master-key-file")]
    outside = load({"SANGDAN_DATABASE_URL": "postgresql://localhost/shop"})
    assert told(judge_settings(outside, same_disk=None, key_file=False)) == [("error", "master-key-missing")]


def test_disks_are_told_apart_before_the_folders_exist(tmp_path: Path) -> None:
    assert on_one_disk(tmp_path / "home" / "deep", tmp_path / "backups") is True
    assert on_one_disk(tmp_path, Path("/proc/backups")) is False
    assert on_one_disk(tmp_path, None) is None


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"fsync": False}, ("error", "not-durable")),
        ({"full_page_writes": False}, ("error", "not-durable")),
        ({"synchronous_commit": False}, ("error", "commits-late")),
        ({"checksums": False}, ("warning", "checksums-off")),
        ({"connections": 9}, ("error", "pool-too-large")),
        ({"connected": 90}, ("warning", "connections-scarce")),
        ({"at": AT - timedelta(seconds=10)}, ("warning", "clock-skew")),
        ({"at": AT + timedelta(minutes=10)}, ("error", "clock-skew")),
        ({"is_superuser": True}, ("warning", "superuser")),
        ({"invalid_indexes": 1}, ("warning", "indexes-unfinished")),
    ],
)
def test_the_database(change: dict[str, Any], finding: tuple[str, str]) -> None:
    assert told(judge_database(replace(DATABASE, **change), FORM, AT, 8)) == [finding]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"expansions": ["a.sql"]}, ("warning", "database-older")),
        ({"functions": ["a.sql"]}, ("warning", "database-older")),
        ({"expansions": ["a.sql"], "may_change": False}, ("error", "database-older")),
        ({"newer": ["1"], "functions": ["a.sql"]}, ("note", "database-ahead")),
        ({"newer": ["1"], "taken_away": ["1"]}, ("error", "database-newer")),
        ({"contractions": ["a.sql"]}, ("note", "contractions-wait")),
    ],
)
def test_the_databases_form(change: dict[str, Any], finding: tuple[str, str]) -> None:
    assert told(judge_database(DATABASE, replace(FORM, **change), AT, 8)) == [finding]


def test_many_missing_changes_are_not_all_named() -> None:
    [found] = judge_database(DATABASE, replace(FORM, expansions=[f"{n}.sql" for n in range(9)]), AT, 8)
    assert "0.sql, 1.sql, 2.sql and 6 more" in found.what


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"leads": False}, ("warning", "no-worker")),
        ({"leads": False, "facts": 1, "oldest_at": LONG_AGO}, ("error", "no-worker")),
        ({"leads": False, "timer_at": LONG_AGO}, ("error", "no-worker")),
        ({"facts": 5, "oldest_at": LONG_AGO}, ("warning", "backlog")),
        ({"timer_at": LONG_AGO}, ("warning", "backlog")),
        ({"failing": 2}, ("warning", "facts-failing")),
        ({"dead_webhooks": 1}, ("warning", "webhooks-dead")),
        ({"failed_notices": 1}, ("warning", "notices-failed")),
    ],
)
def test_the_work(change: dict[str, Any], finding: tuple[str, str]) -> None:
    assert told(judge_work(replace(WORK, **change), AT)) == [finding]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"newest_at": None}, ("error", "never-backed-up")),
        ({"newest_at": AT - timedelta(hours=30)}, ("warning", "backup-old")),
        ({"newest_at": LONG_AGO}, ("error", "backup-old")),
        ({"archives": False}, ("error", "archive-off")),
        ({"failing": "000000010000000000000007", "failing_at": AT}, ("error", "archive-failing")),
        ({"cut_off": 1}, ("note", "backup-cut-off")),
        ({"free_bytes": 10**6}, ("warning", "backups-disk-low")),
    ],
)
def test_the_backups(change: dict[str, Any], finding: tuple[str, str]) -> None:
    assert told(judge_backups(replace(BACKUPS, **change), AT)) == [finding]


def test_dumps_have_no_archive() -> None:
    assert judge_backups(replace(BACKUPS, embedded=False, archives=False), AT) == []
