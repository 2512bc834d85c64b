"""One server for all our processes: the first starts it, the last stops it, a crash in between is mended.

Users hold a shared file lock, which the system frees however they end. Who can turn it into an exclusive one is the
last. `start` leaves a mark that keeps the server without users, until `stop`.
"""

import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, LiteralString

import msgspec
import psycopg

from sangdan.kit.problems import Problem

from . import archive as archiving
from . import cluster as clusters
from . import locks, process
from .account import Account, account_for, open_temporary_folder
from .cluster import Archive, Cluster
from .problems import InUse, SocketTaken
from .programs import Programs, programs_for

log = logging.getLogger("sangdan.postgres")

_WATCH_S: Final = 0.5
_TRIES: Final = 500
# No answer at all, or one that says that the server ends or begins: worth another look.
_GOING_AWAY: Final = (None, "57P01", "57P02", "57P03")

# Role and database have the names of cluster.ROLE and cluster.DATABASE.
HAS_ROLE: Final[LiteralString] = "SELECT FROM pg_roles WHERE rolname = 'sangdan'"
MAKE_ROLE: Final[LiteralString] = "CREATE ROLE sangdan LOGIN"
HAS_DATABASE: Final[LiteralString] = "SELECT FROM pg_database WHERE datname = 'sangdan'"
MAKE_DATABASE: Final[LiteralString] = "CREATE DATABASE sangdan OWNER sangdan"


class Server(msgspec.Struct, frozen=True):
    """A running server.

    url        our database, as the role that owns it and can do nothing else
    admin_url  the maintenance database, as the superuser: to make and drop databases
    programs   the folder of psql and pg_dump
    folder     the cluster's folder
    """

    url: str
    admin_url: str
    programs: Path
    folder: Path

    def url_of(self, database: str) -> str:
        """The address of another database of this server, as our role."""
        return self.url.replace(f"@/{clusters.DATABASE}?", f"@/{database}?")


class Status(msgspec.Struct, frozen=True):
    """What can be seen from outside.

    folder   the cluster's folder
    running  a process of the server lives
    ready    the server answers
    pid      its main process
    version  the major version of the data folder; None before the first start
    kept     it stays when its last user leaves
    """

    folder: str
    running: bool
    ready: bool
    pid: int | None
    version: str | None
    kept: bool


@contextmanager
def attached(folder: Path, *, throwaway: bool = False, archive: Archive | None = None) -> Generator[Server]:
    """Use the server of a folder for a block, starting it when nobody has, and again should it crash meanwhile.

    folder     the cluster's folder; made when absent
    throwaway  quick and not durable; the folder goes with its last user
    archive    where it archives when it is started now
    gives      the server, ready
    raises     the problems of this package
    """
    cluster = Cluster(folder.absolute(), throwaway, archive)
    server, holds = _join(cluster)
    left = threading.Event()
    watcher = threading.Thread(target=_watch, args=(cluster, left), name="postgres-watch", daemon=True)
    watcher.start()
    try:
        yield server
    finally:
        left.set()
        watcher.join()
        _leave(cluster, holds)


@contextmanager
def throwaway() -> Generator[Server]:
    """A server of one's own in a temporary folder; both go when the block or the process ends, however it ends."""
    account = account_for()
    folder = Path(tempfile.mkdtemp(prefix="sangdan-", dir=open_temporary_folder(account)))
    try:
        with attached(folder, throwaway=True) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, archive: Archive | None = None) -> Server:
    """Start the server and let it stay, users or none, until `stop`."""
    with attached(folder, archive=archive) as server:
        (server.folder / "keep").touch()
        return server


def stop(folder: Path, *, force: bool = False) -> bool:
    """Stop the server.

    folder  the cluster's folder
    force   also when other processes use it; they will not bring it back
    gives   False when it was not running
    raises  InUse
    """
    cluster = Cluster(folder.absolute())
    if not process.lives(cluster):
        cluster.keep.unlink(missing_ok=True)
        return False
    with locks.locked(cluster.starting):
        alone = locks.take(cluster.users, wait=False)
        if alone is None and not force:
            raise InUse("Other processes use the database: end them first, or stop it with --force.")
        try:
            cluster.keep.unlink(missing_ok=True)
            cluster.halt.touch()
            process.stop(cluster)
        finally:
            if alone is not None:
                os.close(alone)
    return True


def status(folder: Path) -> Status:
    """What a look from outside shows; starts nothing."""
    cluster = Cluster(folder.absolute())
    version = cluster.data / "PG_VERSION"
    return Status(
        folder=str(cluster.folder),
        running=process.lives(cluster),
        ready=process.lives(cluster) and process.is_ready(cluster),
        pid=process.postmaster(cluster),
        version=version.read_text().strip() if version.exists() else None,
        kept=cluster.keep.exists(),
    )


class _Holds(msgspec.Struct, frozen=True):
    """The open files by which a process is a user: they close with it."""

    lock: int
    leash: int | None

    def release_leash(self) -> None:
        if self.leash is not None:
            os.close(self.leash)


def _join(cluster: Cluster) -> tuple[Server, _Holds]:
    clusters.make_folder(cluster, account_for(cluster.data))
    with locks.locked(cluster.starting):
        account = account_for(cluster.data)
        clusters.make_folder(cluster, account)
        lock = locks.take(cluster.users, shared=True)
        assert lock is not None, "a lock that is waited for is given"
        holds = _Holds(lock, process.hold_leash(cluster, account) if cluster.throwaway else None)
        try:
            cluster.halt.unlink(missing_ok=True)
            return _ensure(cluster, account), holds
        except BaseException:
            os.close(holds.lock)
            holds.release_leash()
            raise


def _leave(cluster: Cluster, holds: _Holds) -> None:
    with locks.locked(cluster.starting):
        os.close(holds.lock)
        alone = locks.take(cluster.users, wait=False)
        try:
            if alone is not None and cluster.throwaway:
                process.stop(cluster, signal.SIGQUIT)
                _remove(cluster)
            elif alone is not None and not cluster.keep.exists():
                process.stop(cluster)
        finally:
            if alone is not None:
                os.close(alone)
            holds.release_leash()


def _watch(cluster: Cluster, left: threading.Event) -> None:
    """Bring the server back when it has gone and nobody stopped it on purpose."""
    told = ""
    while not left.wait(_WATCH_S):
        if process.is_up(cluster) or cluster.halt.exists():
            continue
        try:
            with locks.locked(cluster.starting):
                if left.is_set() or process.is_up(cluster) or cluster.halt.exists():
                    continue  # meanwhile somebody else has seen to it
                log.warning("PostgreSQL in %s is gone: starting it again", cluster.folder)
                _ensure(cluster, account_for(cluster.data))
                told = ""
        except (Problem, OSError, psycopg.Error) as reason:
            if str(reason) != told:
                told = str(reason)
                log.warning("%s Trying on.", told)


def _ensure(cluster: Cluster, account: Account) -> Server:
    """Make, start or wait for the server, whichever it needs; the caller holds the starting lock."""
    programs = programs_for(account)
    clusters.make_sockets(cluster, account)
    if not cluster.data.exists():
        clusters.initialise(cluster, programs, account)
    clusters.check_version(cluster, programs)
    archiving.settle(cluster, account, running=process.lives(cluster))
    for _ in range(_TRIES):
        _bring_up(cluster, programs, account)
        try:
            return _open_up(cluster, programs, account)
        except psycopg.OperationalError as reason:
            if reason.sqlstate not in _GOING_AWAY:
                raise
        process.pause()  # it was killed a moment ago: its papers still say that it is ready
    raise SocketTaken(f"The server in {cluster.folder} is ready, and nobody answers at its socket.")


def _bring_up(cluster: Cluster, programs: Programs, account: Account) -> None:
    while process.lives(cluster):
        if process.postmaster(cluster) is None:
            process.end_orphans(cluster)
        elif process.wait_ready(cluster):
            return
    process.start(cluster, programs, account)


def _open_up(cluster: Cluster, programs: Programs, account: Account) -> Server:
    """See to it that our role and its database exist."""
    sockets = cluster.sockets(account)
    admin_url = clusters.url(sockets, clusters.SUPERUSER, "postgres")
    with psycopg.connect(admin_url, autocommit=True) as conn:
        if not conn.execute(HAS_ROLE).rowcount:
            conn.execute(MAKE_ROLE)
        if not conn.execute(HAS_DATABASE).rowcount:
            conn.execute(MAKE_DATABASE)
    return Server(
        url=clusters.url(sockets, clusters.ROLE, clusters.DATABASE),
        admin_url=admin_url,
        programs=programs.folder,
        folder=cluster.folder,
    )


def _remove(cluster: Cluster) -> None:
    """Take a throw-away cluster off the disk, the socket's folder too when it lies elsewhere."""
    shutil.rmtree(cluster.sockets(account_for(cluster.data)), ignore_errors=True)
    shutil.rmtree(cluster.folder, ignore_errors=True)
