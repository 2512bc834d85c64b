"""The folder of the index: generations of it, of which one is current, and what a generation has seen.

current            the name of the generation that is read; replaced in one step
gen-.../index/     tantivy's files
gen-.../words      the words of the catalogue
gen-.../standing   up to where the database was followed
lock               held by the one who writes
rebuild            put there to have a new generation made
"""

import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

from sangdan.offer.search.model.lexicon import Words

CURRENT: Final = "current"
REBUILD: Final = "rebuild"
LOCK: Final = "lock"
_PREFIX: Final = "gen-"


class Seen(msgspec.Struct, frozen=True):
    """Up to where a generation follows the database.

    version   of the fields
    database  which one: search.queries.origin
    follower  under which id changes are written down for it
    instant   the snapshot of PostgreSQL that it has caught up with
    priced_s  until when offers that begin or end are taken into account, seconds since 1970
    made_s    when it was made, seconds since 1970
    """

    version: int
    database: str
    follower: str
    instant: str
    priced_s: float
    made_s: float


class Generation:
    """One generation.

    path  its folder
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = path / "index"

    @property
    def name(self) -> str:
        return self.path.name

    def seen(self) -> Seen | None:
        """Up to where it follows; None when it was never finished."""
        try:
            return msgspec.json.decode((self.path / "standing").read_bytes(), type=Seen)
        except (OSError, msgspec.MsgspecError):
            return None

    def note(self, seen: Seen) -> None:
        """Say up to where it follows."""
        put(self.path / "standing", msgspec.json.encode(seen))

    def words(self) -> Words:
        """The words of its catalogue."""
        return msgspec.msgpack.decode((self.path / "words").read_bytes(), type=Words)

    def keep(self, said: Words) -> None:
        """Keep the words of its catalogue."""
        put(self.path / "words", msgspec.msgpack.encode(said))

    def words_mark(self) -> int:
        """Changes whenever the words do."""
        return (self.path / "words").stat().st_mtime_ns

    def index_mark(self) -> int:
        """Changes whenever the index does."""
        return (self.index / "meta.json").stat().st_mtime_ns

    def size(self) -> int:
        """Bytes on the disk."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


def put(path: Path, content: bytes) -> None:
    """Write a file so that readers find the old one or the new one, whole, whatever happens meanwhile."""
    new = path.with_name(path.name + ".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def current(folder: Path) -> Generation | None:
    """The generation that is read, None while there is none."""
    try:
        name = (folder / CURRENT).read_text()
    except OSError:
        return None
    return Generation(folder / name) if name.startswith(_PREFIX) and "/" not in name else None


def begun(folder: Path, name: str) -> Generation:
    """An empty generation."""
    made = Generation(folder / f"{_PREFIX}{name}")
    made.index.mkdir(parents=True)
    return made


def switch(folder: Path, to: Generation) -> None:
    """Have another generation read from now on, in one step."""
    put(folder / CURRENT, to.name.encode())


def sweep(folder: Path, keep: Generation | None) -> None:
    """Take away the generations that are not read: old ones, and those whose making was cut short."""
    for path in folder.glob(f"{_PREFIX}*"):
        if keep is None or path.name != keep.name:
            shutil.rmtree(path, ignore_errors=True)
