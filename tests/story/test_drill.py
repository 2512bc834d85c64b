"""The drill: back up under load, lose the disk, restore, to the end of the archive and to an instant."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from sangdan.kit.postgres import process
from sangdan.kit.postgres.cluster import Cluster

from . import town
from .shoppers import shopping
from .tower import Tower, tower, until

ORDERS: Final = 30
LAG_S: Final = 1


@pytest.fixture
def shelf() -> Iterator[Path]:
    """The other disk."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-drill-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def archived(shelf: Path) -> Iterator[Tower]:
    """A tower whose database archives to the other disk."""
    with tower(release_after_s="0", backups=str(shelf), backups_lag_s=str(LAG_S)) as running:
        yield running


def test_the_disk_is_lost_and_the_alliance_goes_on(archived: Tower, shelf: Path) -> None:
    keys = town.found(archived)
    with shopping(archived, keys) as crowd:
        crowd.wait(ORDERS)
        backup = done(archived.sangdan("db", "backup", "--json"))
        assert backup["archiving"]
        crowd.wait(ORDERS)
        instant = datetime.now(UTC)
        crowd.wait(ORDERS)
        safe = datetime.now(UTC)
        wait_archived(archived)
        lose_the_disk(archived)
    assert len(crowd.failures) > 0, "the shoppers have seen the loss"

    latest = done(archived.sangdan("db", "restore", str(shelf), "--json"))
    assert datetime.fromisoformat(latest["restored"]["reached_at"]) >= safe
    assert latest["drift"] == []
    kept = orders(archived)
    assert crowd.told_before(safe) <= kept, "what was acknowledged and archived is there"
    assert len(kept) >= 3 * ORDERS

    archived.start()
    with shopping(archived, keys) as later:
        later.wait(ORDERS)
    assert not later.failures, "the restored server takes orders"
    archived.end()

    words = ("--to", instant.isoformat(), "--force", "--json")
    earlier = done(archived.sangdan("db", "restore", str(shelf), *words))
    assert datetime.fromisoformat(earlier["restored"]["reached_at"]) <= instant
    assert Path(earlier["restored"]["set_aside"]).is_dir()
    assert earlier["drift"] == []
    kept = orders(archived)
    assert crowd.told_before(instant) <= kept <= crowd.asked_before(instant), "that instant's orders, no others"
    checked = archived.sangdan("db", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def done(told: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """The answer of a command that went well."""
    assert told.returncode == 0, told.stdout + told.stderr
    return json.loads(told.stdout)


def wait_archived(running: Tower) -> None:
    """Until the piece of the log that is being written now lies on the other disk."""
    with running.database() as conn:
        [(current,)] = conn.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchall()

        def is_there() -> bool:
            [(last,)] = conn.execute("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver").fetchall()
            return last[:24] >= current

        until(is_there, "the archive to have it")


def lose_the_disk(running: Tower) -> None:
    """kill -9 of everything, and the data is gone."""
    running.end(signal.SIGKILL)
    process.stop(Cluster(running.home / "postgres"), signal.SIGKILL)
    shutil.rmtree(running.home / "postgres" / "data")


def orders(running: Tower) -> set[str]:
    """The ids of all orders there are."""
    running.sangdan("db", "start")
    try:
        with running.database() as conn:
            return {str(order_id) for (order_id,) in conn.execute("SELECT order_id FROM orders.order")}
    finally:
        running.sangdan("db", "stop")
