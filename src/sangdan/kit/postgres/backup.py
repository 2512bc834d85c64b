"""Whole copies of the embedded cluster, taken while it works, checked, and called a backup only when they are whole.

A copy is made under another name and renamed when its manifest holds and its label is written: what was cut off never
looks like a backup. Its lock is inherited by the program that copies, and so outlives us when we are killed.
"""

import os
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from sangdan.kit.clock import Clock
from sangdan.kit.disk import write_through

from . import archive as archiving
from . import locks
from .account import Account, account_for
from .archive import Shelf
from .cluster import PORT, SUPERUSER, Archive, Cluster, environment
from .problems import BackupDamaged, BackupUnderWay, diagnose
from .programs import Programs, programs_for

LABEL: Final = "sangdan.json"
_NEW: Final = ".new"
_GONE: Final = ".gone"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """The label of a whole copy.

    name         its folder's
    database     the cluster's own number
    postgres     the major version
    timeline     the branch of history it lies on: 1, and one more for each restore
    wal_from     the first piece of the log that it needs
    wal_end      where in the log it ends, bytes
    wal_bytes    how large pieces are
    finished_at  the earliest instant to which it leads
    bytes_       its size
    sangdan      the version that made it
    """

    name: str
    database: str
    postgres: int
    timeline: int
    wal_from: str
    wal_end: int
    wal_bytes: int
    started_at: datetime
    finished_at: datetime
    bytes_: int = msgspec.field(name="bytes")
    sangdan: str


class Taken(msgspec.Struct, frozen=True):
    """What a backup did.

    folder    where the copy lies
    removed   names of older copies that were more than should be kept
    archiving the server archives into the same folder: any instant from now on can be restored
    """

    folder: str
    backup: Backup
    removed: list[str]
    archiving: bool


def take(cluster: Cluster, folder: Path, clock: Clock, *, keep: int | None = None) -> Taken:
    """Copy the running cluster; nobody who uses it has to wait.

    folder  where backups lie, SANGDAN_BACKUPS
    keep    so many copies stay, and the log that the oldest of them needs; None keeps all
    raises  BackupUnderWay, BackupDamaged, DiskFull, FolderClosed, DatabaseFailed
    """
    account = account_for(cluster.data)
    programs = programs_for(account)
    shelf = archiving.shelf_of(Archive(folder, 1), cluster.data)
    archiving.make_shelf(shelf, account)
    with _alone(shelf) as lock:
        _clear(shelf)
        backup = _copied(cluster, shelf, programs, account, clock, lock)
        removed = [] if keep is None else _retire(shelf, keep, programs)
    return Taken(str(shelf.base / backup.name), backup, removed, archiving.archives_to(cluster.data) == shelf.wal)


def backups(shelf: Shelf) -> list[Backup]:
    """The whole copies on a shelf, oldest first."""
    entries = [entry for entry in shelf.base.glob("*") if not entry.name.endswith((_NEW, _GONE))]
    found = [copy for entry in entries if (copy := _labelled_in(entry)) is not None]
    return sorted(found, key=lambda each: each.finished_at)


def _labelled_in(entry: Path) -> Backup | None:
    """The copy in a folder; None when its label is missing, or speaks of another folder, which is not ours to touch."""
    try:
        found = msgspec.json.decode((entry / LABEL).read_bytes(), type=Backup)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.name == entry.name else None


def verify(shelf: Shelf, backup: Backup, programs: Programs, account: Account) -> None:
    """Read a copy whole and compare it with its manifest, its part of the log too.

    raises  BackupDamaged with PostgreSQL's own words
    """
    _verify(shelf.base / backup.name, programs, account)


@contextmanager
def _alone(shelf: Shelf) -> Generator[int]:
    """Hold the shelf's lock; gives the open file, for programs to inherit.

    raises  BackupUnderWay
    """
    lock = locks.take(shelf.lock, wait=False)
    if lock is None:
        raise BackupUnderWay(
            f"Another backup into {shelf.folder} is under way: wait until it ends.", folder=str(shelf.folder)
        )
    try:
        yield lock
    finally:
        os.close(lock)


def _clear(shelf: Shelf) -> None:
    """Remove what was cut off."""
    for left in shelf.base.glob("*"):
        if left.name.endswith((_NEW, _GONE)):
            shutil.rmtree(left)


def _copied(cluster: Cluster, shelf: Shelf, programs: Programs, account: Account, clock: Clock, lock: int) -> Backup:
    started_at = clock.now()
    name = f"{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    fresh = shelf.base / (name + _NEW)
    sockets = str(cluster.sockets(account))
    words = ["--wal-method=stream", "--checkpoint=fast", "--no-password", f"--label=sangdan {name}"]
    try:
        # It writes everything through to the disk before it ends.
        copying = _ran(
            [str(programs.path("pg_basebackup")), "-D", str(fresh), *words,
             "-h", sockets, "-p", str(PORT), "-U", SUPERUSER],
            account, lock,
        )  # fmt: skip
        if copying.returncode != 0:
            raise diagnose(copying.stderr, shelf.folder)
        _verify(fresh, programs, account, lock)
        backup = _labelled(fresh, name, programs, started_at, clock.now())
    except OSError as reason:
        raise archiving.closed(shelf.folder, reason) from reason
    finally:
        if fresh.exists() and not (fresh / LABEL).exists():
            shutil.rmtree(fresh)
    fresh.rename(shelf.base / name)
    write_through(shelf.base)
    return backup


def _labelled(fresh: Path, name: str, programs: Programs, started_at: datetime, finished_at: datetime) -> Backup:
    """Write the label, from the copy's manifest and its part of the log."""
    manifest: dict[str, Any] = msgspec.json.decode((fresh / "backup_manifest").read_bytes())
    needed = manifest["WAL-Ranges"][-1]
    size = next(file.stat().st_size for file in (fresh / "pg_wal").iterdir() if len(file.name) == 24)
    backup = Backup(
        name=name, database=str(archiving.system_identifier(fresh)), postgres=programs.major,
        timeline=needed["Timeline"],
        wal_from=archiving.segment_name(needed["Timeline"], archiving.position(needed["Start-LSN"]) // size, size),
        wal_end=archiving.position(needed["End-LSN"]), wal_bytes=size, started_at=started_at, finished_at=finished_at,
        bytes_=sum(file.stat().st_size for file in fresh.rglob("*") if file.is_file()), sangdan=version("sangdan"),
    )  # fmt: skip
    label = fresh / LABEL
    with label.with_suffix(".fresh").open("xb") as written:
        written.write(msgspec.json.format(msgspec.json.encode(backup)))
        written.flush()
        os.fsync(written.fileno())
    label.with_suffix(".fresh").rename(label)
    write_through(fresh)
    return backup


def _verify(copy: Path, programs: Programs, account: Account, lock: int | None = None) -> None:
    # From inside, as '.': it hands the path to a shell, between double quotes and as it is.
    checked = _ran(
        [str(programs.path("pg_verifybackup")), "--quiet", "--exit-on-error", f"--ignore={LABEL}", "."],
        account, lock, inside=copy,
    )  # fmt: skip
    if checked.returncode != 0:
        raise BackupDamaged(f"{copy} is not whole: {checked.stderr.strip()}", folder=str(copy))


def _retire(shelf: Shelf, keep: int, programs: Programs) -> list[str]:
    """Remove the oldest copies, and the pieces of the log that no copy needs any more."""
    found = backups(shelf)
    old = found[:-keep]
    for each in old:
        gone = shelf.base / (each.name + _GONE)
        (shelf.base / each.name).rename(gone)
        shutil.rmtree(gone)
    if old:
        oldest = min(found[-keep:], key=lambda each: each.wal_from[8:])
        subprocess.run(
            [str(programs.path("pg_archivecleanup")), "--clean-backup-history", str(shelf.wal), oldest.wal_from],
            env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=True,
        )  # fmt: skip
    return [each.name for each in old]


def _ran(
    words: Sequence[str], account: Account, lock: int | None = None, inside: Path = Path("/")
) -> "subprocess.CompletedProcess[str]":
    """Run a program of PostgreSQL's under the server's account; it holds the lock for as long as it lives."""
    return subprocess.run(
        words, env=environment(), cwd=inside, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        umask=0o077, pass_fds=() if lock is None else (lock,), **account.switch,
    )  # fmt: skip
