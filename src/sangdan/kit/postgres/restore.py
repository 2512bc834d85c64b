"""A cluster from a backup and the archived log, as it was at an instant or at the archive's end.

Everything happens beside the place where the data will lie: the copy, the replay, the first start. Only a cluster that
has come up takes that place, and what was there steps aside.
"""

import os
import shlex
import shutil
import signal
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, LiteralString

import msgspec
import psycopg

from . import archive as archiving
from . import backup as copies
from . import cluster as clusters
from . import locks, process
from .account import Account, account_for
from .archive import Shelf
from .backup import LABEL, Backup
from .cluster import Cluster
from .problems import DataInTheWay, InUse, NoBackup, SegmentsMissing, WrongVersion
from .programs import Programs, programs_for

REPLAYED: Final[LiteralString] = "SELECT pg_last_xact_replay_timestamp() AS at"
TIMELINE: Final[LiteralString] = "SELECT timeline_id FROM pg_control_checkpoint()"
CHECKPOINT: Final[LiteralString] = "CHECKPOINT"
_SIDE: Final = "restoring"


class Restored(msgspec.Struct, frozen=True):
    """What a restore did.

    backup      the copy it began with
    reached_at  when the last transaction in it was committed; the copy's own end when the log added nothing
    timeline    the branch of history that begins here
    set_aside   where the data that lay there is now; None when there was none
    """

    backup: Backup
    reached_at: datetime
    timeline: int
    set_aside: str | None


def restore(
    cluster: Cluster,
    folder: Path,
    at: datetime,
    *,
    to: datetime | None = None,
    timeline: int | None = None,
    force: bool = False,
) -> Restored:
    """Make the cluster anew.

    folder    where backups lie; one database's folder in it when there are several
    at        now: names what is set aside
    to        what was committed until this instant; None: all that was archived
    timeline  the branch to follow; None: the newest
    force     also when there is data: it is set aside
    raises    InUse, DataInTheWay, NoBackup, BackupDamaged, SegmentsMissing, InstantNotReached, WrongVersion,
              DiskFull, FolderClosed; the data that lay there is then untouched
    """
    account = account_for(cluster.data)
    clusters.make_folder(cluster, account)
    programs = programs_for(account)
    shelf = find_shelf(folder)
    backup = choose(shelf, to, timeline)
    if backup.postgres != programs.major:
        raise WrongVersion(
            f"{shelf.base / backup.name} was made by PostgreSQL {backup.postgres}, ours is {programs.major}: "
            f"restore it with the version of Sangdan that made it ({backup.sangdan}).",
            folder=str(shelf.folder), found=backup.postgres, ours=programs.major,
        )  # fmt: skip
    missing = gaps(shelf, backup, timeline)
    if missing:
        raise SegmentsMissing(
            f"{shelf.wal} lacks {', '.join(missing[:3])}{' and more' if missing[3:] else ''}: what follows cannot be "
            "replayed. Bring the files back, or move those after them away and restore up to there.",
            folder=str(shelf.wal), missing=missing,
        )  # fmt: skip
    with _nobody_else(cluster):
        if cluster.data.exists() and not force:
            raise DataInTheWay(
                f"{cluster.data} holds a database: choose an empty SANGDAN_HOME, or add --force to set it aside.",
                folder=str(cluster.data),
            )
        copies.verify(shelf, backup, programs, account)
        return _made(cluster, shelf, backup, programs, account, at, to, timeline)


def find_shelf(folder: Path) -> Shelf:
    """The one database whose backups a folder holds.

    raises  NoBackup when there is none, or more than one to choose from
    """
    if (folder / "base").is_dir():
        return Shelf(folder)
    found = sorted(entry.parent for entry in folder.glob("*/base") if entry.is_dir())
    if len(found) == 1:
        return Shelf(found[0])
    if not found:
        raise NoBackup(f"{folder} holds no backups: name the folder that SANGDAN_BACKUPS names.", folder=str(folder))
    raise NoBackup(
        f"{folder} holds the backups of {len(found)} databases: name one of {', '.join(map(str, found))}.",
        folder=str(folder),
    )


def choose(shelf: Shelf, to: datetime | None, timeline: int | None = None) -> Backup:
    """The newest whole copy from which the log leads to an instant.

    raises  NoBackup
    """
    ends = archiving.branches(shelf, timeline)
    found = [b for b in copies.backups(shelf) if b.timeline in ends and _before(b.wal_end, ends[b.timeline])]
    fitting = [b for b in found if to is None or b.finished_at <= to]
    if fitting:
        return fitting[-1]
    if found:
        raise NoBackup(
            f"The oldest whole backup in {shelf.folder} ends at {found[0].finished_at.isoformat()}: there is no way "
            "to an earlier instant.",
            folder=str(shelf.folder),
        )
    branch = "" if timeline is None else f" that leads to timeline {timeline}"
    raise NoBackup(f"{shelf.folder} holds no whole backup{branch}.", folder=str(shelf.folder))


def gaps(shelf: Shelf, backup: Backup, timeline: int | None = None) -> list[str]:
    """Pieces of the log that are missing between a copy and the archive's end."""
    missing: list[str] = []
    archived = archiving.segments(shelf)
    first = (backup.wal_end - 1) // backup.wal_bytes
    for each, end in sorted(archiving.branches(shelf, timeline).items()):
        if each < backup.timeline:
            continue
        there = archived.get(each, [])
        # The piece in which a branch ends is the first of the next.
        until = max([first - 1, *there]) + 1 if end is None else end // backup.wal_bytes
        lacking = sorted(set(range(first, until)) - set(there))
        missing += [archiving.segment_name(each, number, backup.wal_bytes) for number in lacking]
        first = until
    return missing


def _before(place: int, end: int | None) -> bool:
    return end is None or place <= end


@contextmanager
def _nobody_else(cluster: Cluster) -> Generator[None]:
    """Nobody uses the cluster, nor starts it, for a block.

    raises  InUse
    """
    with locks.locked(cluster.starting):
        alone = locks.take(cluster.users, wait=False)
        try:
            if alone is None or process.lives(cluster):
                raise InUse(f"The database in {cluster.folder} is in use: end what uses it, then `sangdan db stop`.")
            yield
        finally:
            if alone is not None:
                os.close(alone)


def _made(
    cluster: Cluster, shelf: Shelf, backup: Backup, programs: Programs, account: Account, at: datetime,
    to: datetime | None, timeline: int | None,
) -> Restored:  # fmt: skip
    side = Cluster(cluster.folder / _SIDE)
    process.stop(side, signal.SIGQUIT)  # of a restore that was cut off
    shutil.rmtree(side.folder, ignore_errors=True)
    clusters.make_folder(side, account)
    try:
        _copy(shelf.base / backup.name, side.data, account)
        reached_at, branch = _replay(side, programs, account, _wishes(cluster, shelf, to, timeline))
        aside = _step_aside(cluster, at)
        side.data.rename(cluster.data)
    except OSError as reason:
        raise archiving.closed(cluster.folder, reason) from reason
    finally:
        process.stop(side, signal.SIGQUIT)
        shutil.rmtree(side.sockets(account), ignore_errors=True)
        shutil.rmtree(side.folder, ignore_errors=True)
    return Restored(backup, reached_at or backup.finished_at, branch, None if aside is None else str(aside))


def _copy(source: Path, data: Path, account: Account) -> None:
    """Copy the backup, the server's own and to be recovered at its next start."""
    shutil.copytree(source, data, symlinks=True)
    for left in (LABEL, archiving.CONF, "recovery.signal"):  # a rehearsal must not write into the original's archive
        (data / left).unlink(missing_ok=True)
    (data / "recovery.signal").touch()
    data.chmod(0o700)
    for entry in (data, *data.rglob("*")):
        account.own(entry)
    os.sync()


def _wishes(cluster: Cluster, shelf: Shelf, to: datetime | None, timeline: int | None) -> dict[str, str]:
    """What the server is told about its recovery, and where it archives the new branch's beginning."""
    fetch = f'cp {shlex.quote(str(shelf.wal)).replace("%", "%%")}/%f "%p"'
    wishes = {"restore_command": fetch, "recovery_target_action": "promote", "hot_standby": "off"}
    wishes["recovery_target_timeline"] = "latest" if timeline is None else str(timeline)
    if to is not None:
        wishes["recovery_target_time"] = to.astimezone(UTC).isoformat()
    into = None if cluster.archive is None else Shelf(cluster.archive.folder / shelf.folder.name)
    if cluster.archive is None or into is None:
        return wishes | {"archive_mode": "off"}
    return wishes | archiving.settings(cluster.archive, into)


def _replay(side: Cluster, programs: Programs, account: Account, wishes: dict[str, str]) -> tuple[datetime | None, int]:
    """Start the copy, let it replay the log, and stop it whole; gives its last commit and its timeline."""
    clusters.make_sockets(side, account)
    process.start(side, programs, account, wishes)
    with psycopg.connect(clusters.url(side.sockets(account), clusters.SUPERUSER, "postgres"), autocommit=True) as conn:
        [(reached_at,)] = conn.execute(REPLAYED).fetchall()
        conn.execute(CHECKPOINT)
        [(branch,)] = conn.execute(TIMELINE).fetchall()
    process.stop(side)
    return reached_at, branch


def _step_aside(cluster: Cluster, at: datetime) -> Path | None:
    if not cluster.data.exists():
        return None
    aside = cluster.folder / f"{clusters.BEFORE}{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    cluster.data.rename(aside)
    return aside
