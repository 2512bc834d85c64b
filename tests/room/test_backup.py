"""Backups of the embedded cluster: whole or not at all, checked, kept, restored, and refused with the remedy."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from sangdan.kit import postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.postgres import archive, backup, locks, process, restore
from sangdan.kit.postgres.account import account_for
from sangdan.kit.postgres.archive import Shelf
from sangdan.kit.postgres.cluster import Archive, Cluster
from sangdan.kit.postgres.problems import (
    BackupDamaged,
    BackupUnderWay,
    DataInTheWay,
    DiskFull,
    FolderClosed,
    InstantNotReached,
    InUse,
    NoBackup,
    SegmentsMissing,
    WrongVersion,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-test-"))
    folder.chmod(0o1777)
    yield folder
    for found in folder.rglob("pulse.lock"):
        process.stop(Cluster(found.parent), signal.SIGQUIT)
    shutil.rmtree(folder)


@pytest.fixture
def cluster(place: Path) -> Cluster:
    """A cluster that archives beside itself."""
    return Cluster(place / "pg", archive=Archive(place / "shelf", 1))


def shelf(cluster: Cluster) -> Shelf:
    assert cluster.archive is not None
    return restore.find_shelf(cluster.archive.folder)


def write(cluster: Cluster, *words: str) -> None:
    with postgres.attached(cluster.folder, archive=cluster.archive) as server:
        put(server, *words)


def put(server: postgres.Server, *words: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS word (text text)")
        for word in words:
            conn.execute("INSERT INTO word VALUES (%s)", [word])


def words(cluster: Cluster) -> list[str]:
    with postgres.attached(cluster.folder, archive=cluster.archive) as server, psycopg.connect(server.url) as conn:
        return [text for (text,) in conn.execute("SELECT text FROM word ORDER BY text")]


def take(cluster: Cluster, keep: int | None = None) -> backup.Taken:
    assert cluster.archive is not None
    with postgres.attached(cluster.folder, archive=cluster.archive):
        return backup.take(cluster, cluster.archive.folder, WallClock(), keep=keep)


def bring_back(cluster: Cluster, to: datetime | None = None, *, force: bool = True) -> restore.Restored:
    assert cluster.archive is not None
    return restore.restore(cluster, cluster.archive.folder, WallClock().now(), to=to, force=force)


def lose(cluster: Cluster) -> None:
    shutil.rmtree(cluster.data)


def test_what_was_archived_comes_back(cluster: Cluster) -> None:
    write(cluster, "before")
    assert take(cluster).archiving
    write(cluster, "after")
    lose(cluster)
    assert bring_back(cluster).set_aside is None
    assert words(cluster) == ["after", "before"]


def test_an_instant_comes_back_and_what_lay_there_is_set_aside(cluster: Cluster) -> None:
    write(cluster, "before")
    take(cluster)
    write(cluster, "kept")
    instant = WallClock().now()
    write(cluster, "regretted")
    restored = bring_back(cluster, instant)
    assert restored.set_aside is not None
    assert words(cluster) == ["before", "kept"]
    assert restored.reached_at <= instant
    assert restored.set_aside.startswith(str(cluster.folder / "data.before-"))
    assert (Path(restored.set_aside) / "PG_VERSION").exists()


def test_each_restore_begins_a_branch_and_any_branch_can_be_followed(cluster: Cluster) -> None:
    write(cluster, "before")
    take(cluster)
    instant = WallClock().now()
    write(cluster, "first try")
    assert bring_back(cluster, instant).timeline == 2
    write(cluster, "second try")
    take(cluster)
    assert bring_back(cluster).timeline == 3
    assert words(cluster) == ["before", "second try"]
    assert cluster.archive is not None
    back = restore.restore(cluster, cluster.archive.folder, AT + timedelta(days=1), timeline=1, force=True)
    assert back.backup.timeline == 1
    assert words(cluster) == ["before", "first try"]


def test_a_rehearsal_elsewhere_does_not_touch_the_archive(cluster: Cluster, place: Path) -> None:
    write(cluster, "one")
    take(cluster)
    before = sorted(file.name for file in shelf(cluster).wal.iterdir())
    elsewhere = Cluster(place / "rehearsal")
    restore.restore(elsewhere, place / "shelf", AT)
    write(elsewhere, "two")
    assert sorted(file.name for file in shelf(cluster).wal.iterdir()) == before
    assert archive.archives_to(elsewhere.data) is None


def test_living_data_stays_when_anything_is_wrong(cluster: Cluster) -> None:
    write(cluster, "living")
    with pytest.raises(NoBackup, match="holds no whole backup"):
        bring_back(cluster)
    taken = take(cluster)
    with pytest.raises(DataInTheWay, match="--force"):
        bring_back(cluster, force=False)
    with pytest.raises(NoBackup, match="no way to an earlier instant"):
        bring_back(cluster, taken.backup.started_at - timedelta(hours=1))
    with pytest.raises(InstantNotReached, match="latest"):
        bring_back(cluster, WallClock().now() + timedelta(days=1))
    with postgres.attached(cluster.folder), pytest.raises(InUse):
        bring_back(cluster)
    assert words(cluster) == ["living"]
    assert not (cluster.folder / "restoring").exists()


def test_a_changed_copy_is_refused(cluster: Cluster) -> None:
    write(cluster, "one")
    taken = take(cluster)
    victim = Path(taken.folder) / "global" / "pg_filenode.map"
    victim.write_bytes(bytes(len(victim.read_bytes())))
    with pytest.raises(BackupDamaged, match=r"pg_filenode\.map"):
        bring_back(cluster)
    assert words(cluster) == ["one"]


def test_a_copy_of_another_version_is_refused(cluster: Cluster) -> None:
    write(cluster, "one")
    label = Path(take(cluster).folder) / backup.LABEL
    label.write_text(label.read_text().replace('"postgres": 18', '"postgres": 15'))
    with pytest.raises(WrongVersion, match=r"made by PostgreSQL 15, ours is 18"):
        bring_back(cluster)


def test_a_missing_piece_is_named(cluster: Cluster) -> None:
    take(cluster)
    for word in ("one", "two", "three"):  # each stop ends a piece of the log
        write(cluster, word)
        switch(cluster)
    numbers = archive.segments(shelf(cluster))[1]
    gone = archive.segment_name(1, numbers[-2], 16 << 20)
    (shelf(cluster).wal / gone).unlink()
    with pytest.raises(SegmentsMissing, match=gone):
        bring_back(cluster)
    assert words(cluster) == ["one", "three", "two"]


def switch(cluster: Cluster) -> None:
    """End the piece of the log that is being written; the server's end archives it."""
    with (
        postgres.attached(cluster.folder, archive=cluster.archive) as server,
        psycopg.connect(server.admin_url, autocommit=True) as conn,
    ):
        conn.execute("SELECT pg_switch_wal()")


def test_old_copies_go_with_the_log_that_only_they_need(cluster: Cluster) -> None:
    first = take(cluster)
    write(cluster, "one")
    second = take(cluster)
    write(cluster, "two")
    third = take(cluster, keep=2)
    assert third.removed == [first.backup.name]
    assert [each.name for each in backup.backups(shelf(cluster))] == [second.backup.name, third.backup.name]
    assert min(file.name for file in shelf(cluster).wal.glob("0" * 7 + "1*")) >= second.backup.wal_from
    lose(cluster)
    bring_back(cluster)
    assert words(cluster) == ["one", "two"]


def test_of_two_backups_at_once_one_is_refused(cluster: Cluster) -> None:
    take(cluster)
    with locks.locked(shelf(cluster).lock), pytest.raises(BackupUnderWay, match="wait until it ends"):
        take(cluster)


KILLED = """
import os, signal, subprocess, sys
from pathlib import Path
from sangdan.kit import postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.postgres import backup
from sangdan.kit.postgres.cluster import Archive, Cluster
folder = Path(sys.argv[1])
cluster = Cluster(folder / "pg", archive=Archive(folder / "shelf", 1))
ran = subprocess.run
def run(words, **more):
    if "pg_verifybackup" in words[0]:
        os.kill(os.getpid(), signal.SIGKILL)  # everything is copied, nothing is checked
    return ran(words, **more)
subprocess.run = run
with postgres.attached(cluster.folder, archive=cluster.archive):
    backup.take(cluster, folder / "shelf", WallClock())
"""


def test_a_backup_that_was_killed_never_looks_whole(cluster: Cluster, place: Path) -> None:
    write(cluster, "one")
    ended = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [entry.suffix for entry in shelf(cluster).base.iterdir()] == [".new"]
    assert backup.backups(shelf(cluster)) == []
    with pytest.raises(NoBackup, match="no whole backup"):
        bring_back(cluster)
    taken = take(cluster)
    assert [entry.name for entry in shelf(cluster).base.iterdir()] == [taken.backup.name], "what was cut off is gone"


def test_nobody_waits_for_a_backup(cluster: Cluster) -> None:
    """Whoever writes goes on while the copy is taken, and what was written meanwhile is in it or in the log."""
    stop, written = threading.Event(), list[str]()
    with postgres.attached(cluster.folder, archive=cluster.archive) as server:
        put(server)

        def scribble() -> None:
            with psycopg.connect(server.url, autocommit=True) as conn:
                while not stop.is_set():
                    word = f"{len(written):06}"
                    conn.execute("INSERT INTO word VALUES (%s)", [word])
                    written.append(word)

        scribbler = threading.Thread(target=scribble)
        scribbler.start()
        assert cluster.archive is not None
        backup.take(cluster, cluster.archive.folder, WallClock())
        during = len(written)
        stop.set()
        scribbler.join()
    assert during > 10
    lose(cluster)
    bring_back(cluster)
    assert words(cluster) == written


def test_a_cluster_of_before_archives_from_its_next_start(place: Path) -> None:
    old = Cluster(place / "pg")
    write(old, "one")
    conf = old.data / "postgresql.conf"
    conf.write_text(conf.read_text() + "\nwork_mem = 5MB\n")
    now = Cluster(place / "pg", archive=Archive(place / "shelf", 7))
    with postgres.attached(now.folder, archive=now.archive) as server, psycopg.connect(server.url) as conn:
        assert [conn.execute(f"SHOW {name}".encode()).fetchone() for name in ("archive_mode", "archive_timeout")] == [
            ("on",),
            ("7s",),
        ]
        assert conn.execute("SHOW work_mem").fetchone() == ("5MB",)
    write(old, "two")
    assert archive.archives_to(old.data) == shelf(now).wal, "who starts it without the setting changes nothing"


def test_what_the_operator_writes_wins(place: Path) -> None:
    write(Cluster(place / "pg"), "one")
    now = Cluster(place / "pg", archive=Archive(place / "shelf", 7))
    conf = now.data / "postgresql.conf"
    conf.write_text(conf.read_text() + "\narchive_mode = on\narchive_command = 'true'\n")
    with postgres.attached(now.folder, archive=now.archive) as server, psycopg.connect(server.url) as conn:
        assert conn.execute("SHOW archive_command").fetchone() == ("true",)
        assert conn.execute("SHOW archive_library").fetchone() == ("",)


def test_two_databases_in_one_folder_are_told_apart(cluster: Cluster, place: Path) -> None:
    other = Cluster(place / "other", archive=cluster.archive)
    for each in (cluster, other):
        write(each, each.folder.name)
        take(each)
    with pytest.raises(NoBackup, match="backups of 2 databases"):
        bring_back(cluster)
    assert cluster.archive is not None
    own = archive.shelf_of(cluster.archive, other.data)
    lose(other)
    restore.restore(other, own.folder, AT)
    assert words(other) == ["other"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
def test_a_folder_that_the_server_may_not_enter_is_named(cluster: Cluster, place: Path) -> None:
    (place / "shelf").mkdir(mode=0o700)
    with pytest.raises(FolderClosed, match="may not pass"):
        write(cluster, "one")
    shutil.rmtree(place / "shelf")
    (place / "shelf").write_text("a file")
    with pytest.raises(FolderClosed):
        write(cluster, "one")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")
def test_a_full_disk_leaves_no_half_backup(cluster: Cluster, place: Path) -> None:
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        with postgres.attached(cluster.folder), pytest.raises(DiskFull):
            backup.take(cluster, disk / "shelf", WallClock())
        assert list(restore.find_shelf(disk / "shelf").base.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_the_shelf_belongs_to_the_servers_account(cluster: Cluster) -> None:
    write(cluster, "one")
    wal = shelf(cluster).wal.stat()
    assert (wal.st_uid, wal.st_mode & 0o777) == (account_for(cluster.data).uid, 0o700)
