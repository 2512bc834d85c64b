"""Continuous archiving: the server copies each finished piece of its write-ahead log to the backups' folder.

PostgreSQL's own module basic_archive does the copying: under another name first, written through to the disk, renamed
when whole. A piece ends when it is full, or after `lag_s` when anything was written: that is the most that a lost disk
can cost.

Our settings stand in a file of their own, which postgresql.conf includes in its first line; whatever an operator
writes there wins.
"""

import errno
import os
import re
import struct
from pathlib import Path
from typing import Final

import msgspec

from .account import Account
from .cluster import Archive, Cluster
from .problems import DiskFull, FolderClosed

CONF: Final = "sangdan.conf"
_INCLUDE: Final = f"include_if_exists = '{CONF}'  # Sangdan's; what stands below it wins\n"
_OWN_ARCHIVER: Final = re.compile(r"^\s*archive_(command|library)\s*=?\s*'.+'", re.MULTILINE)
_DIRECTORY: Final = re.compile(r"^basic_archive\.archive_directory = '(.*)'$", re.MULTILINE)
_SPELLED: Final = {"'": "''", "\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_MEANT: Final = {spelled: character for character, spelled in _SPELLED.items()}
_ESCAPED: Final = re.compile("|".join(map(re.escape, _MEANT)))
_SEGMENT: Final = re.compile(r"[0-9A-F]{24}")
_FOUR_GIB: Final = 1 << 32


class Shelf(msgspec.Struct, frozen=True):
    """The backups of one cluster: a folder below SANGDAN_BACKUPS, named by the cluster's own number.

    folder  holds base/ (whole copies) and wal/ (the log between and after them)
    """

    folder: Path

    @property
    def base(self) -> Path:
        """A folder for each whole copy."""
        return self.folder / "base"

    @property
    def wal(self) -> Path:
        """The log's pieces, as the server archives them."""
        return self.folder / "wal"

    @property
    def lock(self) -> Path:
        """Locked by the one backup that is under way, and by its programs."""
        return self.folder / "backup.lock"


def shelf_of(archive: Archive, data: Path) -> Shelf:
    """Where a cluster's backups lie."""
    return Shelf(archive.folder / str(system_identifier(data)))


def system_identifier(data: Path) -> int:
    """The number that initdb gave a cluster, which its copies keep: the first eight bytes of pg_control."""
    (number,) = struct.unpack("=Q", (data / "global" / "pg_control").read_bytes()[:8])
    return int(number)


def make_shelf(shelf: Shelf, account: Account) -> None:
    """Make the folders, the server's own and closed to others; harmless twice.

    raises  FolderClosed when we may not make them or the server's account may not reach them; DiskFull
    """
    try:
        shelf.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (shelf.base, shelf.wal):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                account.own(folder)
    except OSError as reason:
        raise closed(shelf.folder, reason) from reason
    barred = account.stopped_by(shelf.wal / "any")
    if barred is not None:
        raise FolderClosed(
            f"PostgreSQL runs as '{account.name}', who may not pass {barred}: open it, or choose another "
            "SANGDAN_BACKUPS.",
            folder=str(shelf.folder),
        )


def closed(folder: Path, reason: OSError) -> DiskFull | FolderClosed:
    """The problem behind an error of the file system."""
    if reason.errno in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in str(reason):
        return DiskFull(f"The disk of {folder} is full: free some space, then try again.", folder=str(folder))
    why = reason.strerror or str(reason)  # of copying many files, what is wrong with each
    return FolderClosed(f"{folder} cannot be read or written: {why}.", folder=str(folder))


def settle(cluster: Cluster, account: Account, *, running: bool) -> None:
    """Write our settings for the server's next start; without an archive those of an earlier start stay.

    running  the server runs: its half-written copies are not ours to clear
    raises   as make_shelf
    """
    if cluster.archive is None or cluster.throwaway:
        return
    shelf = shelf_of(cluster.archive, cluster.data)
    make_shelf(shelf, account)
    if not running:
        for left in shelf.wal.glob("archtemp*"):
            left.unlink(missing_ok=True)
    text = "".join(f"{name} = {_quoted(value)}\n" for name, value in settings(cluster.archive, shelf).items())
    told = f"# Written by Sangdan from SANGDAN_BACKUPS at each start. Change postgresql.conf instead: it wins.\n{text}"
    if has_own_archiver(cluster.data):
        told = "# postgresql.conf archives in its own way.\n"
    _write(cluster.data / CONF, told, account)
    conf = cluster.data / "postgresql.conf"
    said = conf.read_text()
    if CONF not in said:
        _write(conf, _INCLUDE + said, account)


def settings(archive: Archive, shelf: Shelf) -> dict[str, str]:
    """What makes a server archive."""
    return {
        "archive_mode": "on",
        "archive_library": "basic_archive",
        "basic_archive.archive_directory": str(shelf.wal),
        "archive_timeout": f"{archive.lag_s}s",
    }


def has_own_archiver(data: Path) -> bool:
    """Whether the operator's postgresql.conf names an archiver of its own."""
    files = [data / "postgresql.conf", data / "postgresql.auto.conf"]
    return any(_OWN_ARCHIVER.search(file.read_text()) for file in files if file.exists())


def archives_to(data: Path) -> Path | None:
    """Where a cluster's settings tell its server to archive; None when they do not, or in a way of the operator's."""
    conf = data / CONF
    found = _DIRECTORY.search(conf.read_text()) if conf.exists() else None
    return None if found is None else Path(_unquoted(found[1]))


def segments(shelf: Shelf) -> dict[int, list[int]]:
    """The archived pieces: their numbers, ascending, by timeline."""
    found: dict[int, list[int]] = {}
    for name in sorted(file.name for file in shelf.wal.glob("*") if _SEGMENT.fullmatch(file.name)):
        size = (shelf.wal / name).stat().st_size
        number = int(name[8:16], 16) * (_FOUR_GIB // size) + int(name[16:], 16)
        found.setdefault(int(name[:8], 16), []).append(number)
    return found


def branches(shelf: Shelf, timeline: int | None = None) -> dict[int, int | None]:
    """The timelines that lead to one: where each ends, in bytes of the log; the last has no end yet.

    timeline  None: the newest; a restore begins a new one
    """
    found = [file for file in shelf.wal.glob("*.history") if timeline in (None, int(file.stem, 16))]
    if not found:
        return {timeline or 1: None}
    newest = max(found)
    lines = [line.split() for line in newest.read_text().splitlines() if line[:1].isdigit()]
    return {int(words[0]): position(words[1]) for words in lines} | {int(newest.stem, 16): None}


def position(spelled: str) -> int:
    """A place in the log, in bytes: 2/A0 is 8,589,934,752."""
    high, _, low = spelled.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_name(timeline: int, number: int, size: int) -> str:
    """What a piece is called; size in bytes."""
    per_id = _FOUR_GIB // size
    return f"{timeline:08X}{number // per_id:08X}{number % per_id:08X}"


def _quoted(value: str) -> str:
    """A text as postgresql.conf spells it; a line's end in it would begin another setting."""
    return "'" + "".join(_SPELLED.get(character, character) for character in value) + "'"


def _unquoted(spelled: str) -> str:
    return _ESCAPED.sub(lambda found: _MEANT[found[0]], spelled)


def _write(file: Path, text: str, account: Account) -> None:
    """Replace a file as a whole, when its text differs."""
    if file.exists() and file.read_text() == text:
        return
    fresh = file.with_name(f"{file.name}.fresh")
    fresh.unlink(missing_ok=True)
    # The folder is the server's: root must not follow a link that somebody laid there.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(text)
    account.own(fresh)
    fresh.replace(file)
