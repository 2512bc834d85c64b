"""What can go wrong between us and the embedded server, each with its own name and remedy."""

from pathlib import Path
from typing import Final, TypeAlias

from sangdan.kit.problems import Conflict, NotFound, Unavailable

LOG_LINES: Final = 12


class DatabaseFailed(Unavailable):
    """The server ended without a reason that we know; the end of its log is in the text."""

    code = "database-failed"


class DiskFull(Unavailable):
    """No room is left where the data folder is."""

    code = "database-disk-full"


class WrongVersion(Conflict):
    """The data folder was made by another major version of PostgreSQL."""

    code = "database-wrong-version"


class SocketTaken(Conflict):
    """Something else holds the server's socket."""

    code = "database-socket-taken"


class FolderClosed(Conflict):
    """The data folder cannot be made, read or written by the server's account."""

    code = "database-folder-closed"


class ProgramsMissing(Unavailable):
    """The programs of PostgreSQL are not installed, or do not run here."""

    code = "database-programs-missing"


class InUse(Conflict):
    """Other processes still use the server."""

    code = "database-in-use"


class BackupUnderWay(Conflict):
    """Another backup of this database runs; one at a time is enough."""

    code = "backup-under-way"


class BackupDamaged(Conflict):
    """A copy is not what its manifest says: files are missing, changed or cut."""

    code = "backup-damaged"


class NoBackup(NotFound):
    """The folder holds no whole backup that would lead to the wished instant."""

    code = "no-backup"


class SegmentsMissing(Conflict):
    """Pieces of the write-ahead log are not in the archive: what follows them cannot be replayed."""

    code = "archive-incomplete"


class InstantNotReached(Conflict):
    """Nothing in the archive is later than the wished instant, so that nothing proves that it was reached."""

    code = "instant-not-reached"


class DataInTheWay(Conflict):
    """There is a living database where one should be restored."""

    code = "data-in-the-way"


class RestoreCutOff(Conflict):
    """A restore was cut off after it had set the old data aside, and before the new took its place."""

    code = "restore-cut-off"


# What PostgreSQL writes (English: the server runs with LC_MESSAGES=C), and what it means.
_SIGNS: Final = (
    ("No space left on device", DiskFull, "the disk of {folder} is full: free some space, then start again"),
    ("Disk quota exceeded", DiskFull, "the disk quota of {folder} is used up: free some space, then start again"),
    (
        "database files are incompatible with server",
        WrongVersion,
        "{folder} was made by another version of PostgreSQL: dump it with that version, or choose another SANGDAN_HOME",
    ),
    (
        "could not bind Unix address",
        SocketTaken,
        "the socket of {folder} is held by another program: end that program, or choose another SANGDAN_HOME",
    ),
    (
        "pre-existing shared memory block",
        SocketTaken,
        "an older server still works on {folder}: end its processes, then start again",
    ),
    (
        "Permission denied",
        FolderClosed,
        "the database's account may not read or write {folder}: give it back its owner, or choose another SANGDAN_HOME",
    ),
    (
        "recovery ended before configured recovery target was reached",
        InstantNotReached,
        "nothing was archived that was committed after that instant: `--to latest` restores all there is before it, "
        "or name an earlier one",
    ),
    ("Read-only file system", FolderClosed, "{folder} lies on a read-only disk: choose another SANGDAN_HOME"),
)


Diagnosis: TypeAlias = DatabaseFailed | DiskFull | WrongVersion | SocketTaken | FolderClosed | InstantNotReached


def diagnose(said: str, folder: Path) -> Diagnosis:
    """Turn what PostgreSQL said when it ended into a problem that names the remedy.

    said    the end of its log, or its standard error
    folder  the cluster's folder
    gives   the problem, to be raised
    """
    for sign, kind, remedy in _SIGNS:
        if sign in said:
            sentence = remedy.format(folder=folder)
            return kind(f"{sentence[0].upper()}{sentence[1:]}.", folder=str(folder))
    tail = "\n".join(said.strip().splitlines()[-LOG_LINES:]) or "(it said nothing)"
    return DatabaseFailed(f"PostgreSQL ended at once in {folder}. It said:\n{tail}", folder=str(folder))
