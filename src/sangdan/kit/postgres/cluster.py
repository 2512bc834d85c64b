"""The folder of one cluster: what is where, and its first making."""

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from .account import Account
from .problems import FolderClosed, RestoreCutOff, SocketTaken, WrongVersion, diagnose
from .programs import Programs

SUPERUSER: Final = "postgres"
ROLE: Final = "sangdan"
DATABASE: Final = "sangdan"
BEFORE: Final = "data.before-"  # and the instant: what a restore set aside
PORT: Final = 5432  # only a part of the socket's name: nothing listens on the network

# The system allows 107 bytes (103 on macOS) for the socket; this is for its folder.
SOCKET_FOLDER_BYTES: Final = 80

# Written into postgresql.conf once, so that an operator may change them there.
_SETTINGS: Final = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    # A refused statement is the caller's to know; here it would fill the disk, with people's data in its text.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
_ENVIRONMENT: Final = {"LC_ALL": "C", "LC_MESSAGES": "C", "TZ": "UTC"}


class Archive(msgspec.Struct, frozen=True):
    """Where a server copies what it writes, so that a lost disk is not a lost alliance.

    folder  SANGDAN_BACKUPS
    lag_s   the longest that anything written stays uncopied, seconds, >= 1
    """

    folder: Path
    lag_s: int


class Cluster(msgspec.Struct, frozen=True):
    """The places of one cluster.

    folder     holds everything below
    throwaway  nothing in it is worth keeping: quick, not durable, removed after its last user
    archive    where it archives from its next start on; None leaves that as it is
    """

    folder: Path
    throwaway: bool = False
    archive: Archive | None = None

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder, readable by its account alone."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.folder / "server.log"

    @property
    def starting(self) -> Path:
        """Locked by the one process that starts or stops the server."""
        return self.folder / "starting.lock"

    @property
    def users(self) -> Path:
        """Locked, shared, by every process that uses the server."""
        return self.folder / "users.lock"

    @property
    def pulse(self) -> Path:
        """Locked by the server itself, for as long as any process of it lives."""
        return self.folder / "pulse.lock"

    @property
    def keep(self) -> Path:
        """Exists when the server stays after its last user (`sangdan db start`)."""
        return self.folder / "keep"

    @property
    def halt(self) -> Path:
        """Exists when the server was stopped on purpose and its users must not bring it back."""
        return self.folder / "halt"

    def sockets(self, account: Account) -> Path:
        """The folder of the socket: inside the cluster, or under /tmp when that path is too long for the system."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= SOCKET_FOLDER_BYTES:
            return inside
        mark = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path("/tmp") / f"sangdan-{account.uid}-{mark}"


def url(sockets: Path, role: str, database: str) -> str:
    """The libpq address of a database behind a socket."""
    return f"postgresql://{role}@/{database}?host={quote(str(sockets), safe='')}&port={PORT}"


def environment() -> dict[str, str]:
    """Our environment without our secrets and what would bend PostgreSQL's programs (PGDATA...), in plain English.

    The server's account may read its own environment: the master key has no business there.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "SANGDAN_"))}
    return ours | _ENVIRONMENT


def check_version(cluster: Cluster, programs: Programs) -> None:
    """Refuse a data folder of another major version before the server touches it.

    raises  WrongVersion
    """
    found = (cluster.data / "PG_VERSION").read_text().strip()
    if found != str(programs.major):
        raise WrongVersion(
            f"{cluster.data} was made by PostgreSQL {found}, ours is {programs.major}: dump it with version {found} "
            "and load it into a new SANGDAN_HOME, or set SANGDAN_DATABASE_URL to a server of that version.",
            folder=str(cluster.data),
            found=found,
            ours=programs.major,
        )


def make_folder(cluster: Cluster, account: Account) -> None:
    """Make the cluster's folder; harmless twice, and at once.

    raises  FolderClosed when we may not write it, or the server's account may not enter it
    """
    try:
        cluster.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as reason:
        raise FolderClosed(
            f"{cluster.folder} cannot be made ({reason.strerror}): choose another SANGDAN_HOME.",
            folder=str(cluster.folder),
        ) from reason
    if cluster.throwaway:
        account.own(cluster.folder)  # its shell removes it under this account when all users were killed
    if not os.access(cluster.folder, os.W_OK | os.X_OK):
        raise FolderClosed(
            f"{cluster.folder} is not writable: give it to this account, or choose another SANGDAN_HOME.",
            folder=str(cluster.folder),
        )
    closed = account.stopped_by(cluster.data)
    if closed is not None:
        raise FolderClosed(
            f"PostgreSQL runs as '{account.name}', who may not pass {closed}: "
            f"choose a SANGDAN_HOME that is open to it, such as /var/lib/sangdan.",
            folder=str(cluster.folder),
            closed=str(closed),
        )


def make_sockets(cluster: Cluster, account: Account) -> None:
    """Make the socket's folder, which only the server's account may enter; the caller holds the starting lock.

    raises  SocketTaken when it belongs to somebody else
    """
    sockets = cluster.sockets(account)
    try:
        sockets.mkdir(mode=0o700)
    except FileExistsError:
        found = sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
            raise SocketTaken(
                f"{sockets} is not a folder of '{account.name}': remove it, or choose another SANGDAN_HOME.",
                folder=str(sockets),
            ) from None
        sockets.chmod(0o700)
    account.own(sockets)


def initialise(cluster: Cluster, programs: Programs, account: Account) -> None:
    """Make the data folder, whole or not at all: under another name first, renamed when complete.

    raises  RestoreCutOff rather than begin anew where data was set aside; DiskFull, FolderClosed, DatabaseFailed
    """
    aside = sorted(cluster.folder.glob(f"{BEFORE}*"))
    if aside:
        raise RestoreCutOff(
            f"{cluster.data} is gone, and {aside[-1]} was set aside by a restore that was cut off: run `sangdan db "
            f"restore` again, or rename that folder to {cluster.data} to have the old data back.",
            folder=str(aside[-1]),
        )
    fresh = cluster.folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    account.own(fresh)
    quick = ["--no-sync", "--no-data-checksums"] if cluster.throwaway else []
    made = subprocess.run(
        [
            *(str(programs.path("initdb")), "-D", str(fresh), f"--username={SUPERUSER}", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-instructions", *quick),
            *(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")),
        ],
        env=environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        **account.switch,
    )
    if made.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise diagnose(made.stdout + made.stderr, cluster.folder)
    fresh.rename(cluster.data)
