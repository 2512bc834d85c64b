"""Backups of an operator's own server: what pg_dump reads in one moment. Instants in between are that server's job."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, LiteralString

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sangdan.kit.clock import Clock

from . import locks
from .account import ourselves
from .archive import closed
from .problems import BackupDamaged, BackupUnderWay, DataInTheWay, NoBackup, ProgramsMissing, diagnose
from .programs import programs_for

LABEL: Final = "sangdan.json"
_FILE: Final = "database.dump"
_NEW: Final = ".new"
# What sslmode says when a connection is encrypted or not made at all.
ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})

NAME: Final[LiteralString] = "SELECT current_database() AS name"
IS_EMPTY: Final[LiteralString] = "SELECT to_regnamespace('kit') IS NULL AS is_empty"


class Dump(msgspec.Struct, frozen=True, kw_only=True):
    """The label of a dump.

    name        its folder's
    database    the name that the database had
    postgres    the server's major version
    started_at  the moment whose state it holds, to within a second
    """

    name: str
    database: str
    postgres: int
    started_at: datetime
    finished_at: datetime
    bytes_: int = msgspec.field(name="bytes")
    sangdan: str


class Dumped(msgspec.Struct, frozen=True):
    """What a backup did: where the dump lies, and names of older ones that were more than should be kept."""

    folder: str
    backup: Dump
    removed: list[str]


def take(url: str, folder: Path, clock: Clock, *, keep: int | None = None) -> Dumped:
    """Dump a database while it works, whole or not at all.

    url     its libpq address
    folder  where backups lie
    keep    so many dumps of this database stay; None keeps all
    raises  BackupUnderWay, BackupDamaged, ProgramsMissing, DiskFull, FolderClosed, DatabaseFailed
    """
    with psycopg.connect(url) as conn:
        [(name,)] = conn.execute(NAME).fetchall()
        major = conn.info.server_version // 10000
    shelf = folder / folder_name(name) / "dump"
    try:
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as reason:
        raise closed(shelf, reason) from reason
    lock = locks.take(shelf / "backup.lock", wait=False)
    if lock is None:
        raise BackupUnderWay(f"Another backup into {shelf} is under way: wait until it ends.", folder=str(shelf))
    try:
        for left in shelf.glob(f"*{_NEW}"):
            shutil.rmtree(left)
        made = _dumped(url, shelf, name, major, clock, lock)
    finally:
        os.close(lock)
    old = [] if keep is None else dumps(shelf)[:-keep]
    for each in old:  # what is cut off while it goes must not look whole
        shutil.rmtree((shelf / each.name).rename(shelf / (each.name + _NEW)))
    return Dumped(str(shelf / made.name), made, [each.name for each in old])


def folder_name(database: str) -> str:
    """A database's folder among the backups; PostgreSQL lets a name hold anything, even a way out of the folder."""
    inside = database.replace("/", "%2F")
    return f"%2E{inside[1:]}" if inside.startswith(".") else inside


def dumps(shelf: Path) -> list[Dump]:
    """The whole dumps in a folder, oldest first."""
    found = [dump for entry in shelf.glob("*") if not entry.name.endswith(_NEW) and (dump := _labelled_in(entry))]
    return sorted(found, key=lambda each: each.started_at)


def _labelled_in(entry: Path) -> Dump | None:
    """The dump in a folder; None when its label is missing, or speaks of another folder, which is not ours to touch."""
    try:
        found = msgspec.json.decode((entry / LABEL).read_bytes(), type=Dump)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.name == entry.name else None


def restore(url: str, folder: Path) -> Dump:
    """Fill an empty database from the newest dump, in one transaction.

    url     the empty database's address, as the role that shall own what is in it
    folder  where backups lie; one database's folder in it when there are several
    raises  NoBackup, DataInTheWay, BackupDamaged, ProgramsMissing
    """
    shelf = _shelf(folder)
    found = dumps(shelf)
    if not found:
        raise NoBackup(f"{shelf} holds no whole backup.", folder=str(shelf))
    with psycopg.connect(url) as conn:
        [(is_empty,)] = conn.execute(IS_EMPTY).fetchall()
        [(name,)] = conn.execute(NAME).fetchall()
    if not is_empty:
        raise DataInTheWay(
            f"The database {name} holds an alliance: make an empty one, name it in SANGDAN_DATABASE_URL, and restore "
            "there. The old one stays as it is.",
            folder=name,
        )
    file = shelf / found[-1].name / _FILE
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(file)]
    filled = _ran("pg_restore", url, words)
    if filled.returncode != 0:
        raise BackupDamaged(f"{file} does not go into {name}: {filled.stderr.strip()}", folder=str(file))
    return found[-1]


def _shelf(folder: Path) -> Path:
    if (folder / "dump").is_dir():
        return folder / "dump"
    found = sorted(entry for entry in folder.glob("*/dump") if entry.is_dir())
    if len(found) == 1:
        return found[0]
    what = f"the dumps of {len(found)} databases: name one folder of it" if found else "no dump"
    raise NoBackup(f"{folder} holds {what}.", folder=str(folder))


def _dumped(url: str, shelf: Path, name: str, major: int, clock: Clock, lock: int) -> Dump:
    started_at = clock.now()
    stamp = f"{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    fresh = shelf / (stamp + _NEW)
    fresh.mkdir(mode=0o700)
    try:
        file = fresh / _FILE
        said = _ran("pg_dump", url, ["--format=custom", f"--file={file}"], lock)
        if said.returncode != 0:
            raise diagnose(said.stderr, shelf)
        read = _ran("pg_restore", None, ["--list", str(file)], lock)
        if read.returncode != 0:
            raise BackupDamaged(f"{file} cannot be read back: {read.stderr.strip()}", folder=str(file))
        made = Dump(
            name=stamp, database=name, postgres=major, started_at=started_at, finished_at=clock.now(),
            bytes_=file.stat().st_size, sangdan=version("sangdan"),
        )  # fmt: skip
        (fresh / LABEL).write_bytes(msgspec.json.format(msgspec.json.encode(made)))
        os.sync()
        fresh.rename(shelf / stamp)
    except OSError as reason:
        raise closed(shelf, reason) from reason
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return made


def _program(name: str, mode: object) -> str:
    """Ours, or the machine's where the server asks for TLS, which ours cannot.

    mode    libpq's sslmode
    raises  ProgramsMissing
    """
    if mode not in ENCRYPTED:
        return str(programs_for(ourselves()).path(name))
    found = shutil.which(name)
    if found is None:
        raise ProgramsMissing(f"sslmode={mode} needs a {name} that speaks TLS: apt install postgresql-client.")
    return found


def _ran(
    name: str, url: str | None, words: Sequence[str], lock: int | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program of PostgreSQL's on a database; it holds the lock for as long as it lives.

    url  None for a program that needs no server; its password is not shown to who lists processes
    """
    reached = {} if url is None else conninfo_to_dict(url)
    password = reached.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    where = [] if url is None else [f"--dbname={make_conninfo('', **reached)}"]
    return subprocess.run(
        [_program(name, reached.get("sslmode")), *where, *words],
        env={**os.environ, "LC_ALL": "C", **secret}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, umask=0o077, pass_fds=() if lock is None else (lock,),
    )  # fmt: skip
