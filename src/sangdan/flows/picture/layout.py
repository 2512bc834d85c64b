"""The shelves as they lie in memory: one file that its writer and all readers of a machine map (decisions/0008).

    words     numbers of 8 bytes, each stored whole: what is in use, how much there is room for, how old it is
    twice     up to where the database was followed, in two places: one is written while the other counts
    nodes     their codes, 64 bytes each; a cell names its node by number
    owners    the same
    skus      16 bytes each: where its cells are (first, how many, room for how many), where its code is, and marks
    slots     4 bytes each: from a SKU's hash to its number + 1, linear probing
    cells     8 bytes each: node, owner, mark, units. All cells of a SKU lie together
    codes     the SKUs' texts

Nothing that is in use is moved or written over but numbers of 8 bytes. A SKU that gets a further cell gets a new place
for all of them, and the old one is left as it was. Whoever dies while writing leaves a file that another goes on with.
"""

import mmap
import os
import stat
import struct
import zlib
from enum import IntEnum
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import psutil
from numpy.typing import NDArray

MAGIC: Final = int.from_bytes(b"sangdan1", "little")
PAGE: Final = 4096
CODE: Final = 64  # bytes of the longest code, kit.code in the database
MOST_NODES: Final = 1 << 16
MOST_OWNERS: Final = 1 << 15
MOST_OF_ONE: Final = (1 << 16) - 1  # cells of one SKU
MOST_UNITS: Final = (1 << 31) - 1

# The parts of a cell.
PLACE: Final = 0x7FFF_FFFF  # node and owner: which cell of its SKU it is
SHARED: Final = 1 << 31  # shops have shares of it
UNITS: Final = 32  # bits up to the units
# The marks of a SKU.
AWAITED: Final = 1 << 40  # supply was announced

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_TWICE: Final = 32_768  # bytes of each place of the instant
_NAMES: Final = 512  # bytes from the beginning: the boot and the database that the file is of
_WHERE: Final = PAGE
_NODES: Final = _WHERE + 2 * _TWICE
_OWNERS: Final = _NODES + MOST_NODES * CODE
_SKUS: Final = _OWNERS + MOST_OWNERS * CODE
_PAIR: Final = struct.Struct("<QQ")
_SLOT: Final = struct.Struct("<I")
_SUM: Final = struct.Struct("<II")


class Word(IntEnum):
    """The numbers at the beginning of the file.

    TURN      odd while cells are written: what was read meanwhile is read again
    REPLACED  1 once another file has taken this one's place
    SIDE      which of the two places of the instant counts
    AS_OF     the machine's monotonic clock in ns, when the database was last asked
    APPLIED   changes since the file was made
    WHOLE     1 when everything is on the disk, also after a power cut
    """

    MAGIC = 0
    TURN = 1
    REPLACED = 2
    SIDE = 3
    AS_OF = 4
    APPLIED = 5
    WHOLE = 6
    NODES = 8
    OWNERS = 9
    SKUS = 10
    CELLS = 11
    CODES = 12
    MOST_SKUS = 16
    MOST_CELLS = 17
    MOST_CODES = 18
    SLOTS = 19


class Room(msgspec.Struct, frozen=True):
    """How much a file can hold: SKUs, cells (places of SKUs that grew stay taken), bytes of SKU codes."""

    skus: int
    cells: int
    codes: int

    @property
    def slots(self) -> int:
        """A power of two, so that at most half of them are taken."""
        return 1 << (2 * self.skus - 1).bit_length()

    @property
    def bytes(self) -> int:
        """The file's length. What is not in use takes no memory."""
        return _SKUS + 16 * self.skus + 4 * self.slots + 8 * self.cells + self.codes


class Mapped:
    """A file of this layout in this process's memory.

    path      the file
    writable  whether it may be changed here
    words     see `Word`
    skus      by number: place of the cells; place and length of the code, marks
    slots     by hash: number + 1, or 0
    cells     see the module
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        # Never through a link, and nothing of others: who can cut a mapped file short ends everybody who reads it.
        way = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        fd = os.open(path, (os.O_RDWR if writable else os.O_RDONLY) | way)
        try:
            found = os.fstat(fd)
            self.inode, size = found.st_ino, found.st_size
            if not stat.S_ISREG(found.st_mode) or not is_ours(found) or size < _SKUS:
                raise NotAPicture(path)
            self.memory = mmap.mmap(fd, size, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
        finally:
            os.close(fd)
        self.words: NDArray[np.uint64] = np.frombuffer(self.memory, np.uint64, 32)
        room = Room(self.word(Word.MOST_SKUS), self.word(Word.MOST_CELLS), self.word(Word.MOST_CODES))
        if self.word(Word.MAGIC) != MAGIC or room.bytes != size:
            raise NotAPicture(path)
        self.mask = room.slots - 1
        self.slots_at = _SKUS + 16 * room.skus
        self.cells_at = self.slots_at + 4 * room.slots
        self.codes_at = self.cells_at + 8 * room.cells
        self.skus: NDArray[np.uint64] = np.frombuffer(self.memory, np.uint64, 2 * room.skus, _SKUS).reshape(-1, 2)
        self.slots: NDArray[np.uint32] = np.frombuffer(self.memory, np.uint32, room.slots, self.slots_at)
        self.cells: NDArray[np.uint64] = np.frombuffer(self.memory, np.uint64, room.cells, self.cells_at)
        self.room = room

    def word(self, which: Word) -> int:
        """One of the numbers at the beginning."""
        return int(self.words[which])

    def number_of(self, sku: bytes) -> int | None:
        """The number of a SKU; None when it was never on a shelf."""
        slot = zlib.crc32(sku) & self.mask
        for _ in range(self.mask + 1):
            found: int = _SLOT.unpack_from(self.memory, self.slots_at + 4 * slot)[0]
            if not found:
                return None
            if self.code_of(found - 1) == sku:
                return found - 1
            slot = (slot + 1) & self.mask
        raise ValueError("every slot is taken: the file is damaged")

    def code_of(self, number: int) -> bytes:
        """The code of a SKU."""
        code = self.sku(number)[1]
        begin = self.codes_at + (code & 0xFFFF_FFFF)
        return self.memory[begin : begin + (code >> 32 & 0xFF)]

    def sku(self, number: int) -> tuple[int, int]:
        """Both words of a SKU."""
        return _PAIR.unpack_from(self.memory, _SKUS + 16 * number)

    def names(self, *, nodes: bool, start: int = 0) -> list[str]:
        """The codes of the nodes or of the owners, by number, from one on."""
        begin, many = (_NODES, Word.NODES) if nodes else (_OWNERS, Word.OWNERS)
        length = self.word(many)
        text = self.memory[begin + start * CODE : begin + length * CODE]
        return [text[at : at + CODE].rstrip(b"\0").decode() for at in range(0, len(text), CODE)]

    def name(self, number: int, code: str, *, nodes: bool) -> None:
        """Give a node or an owner the next number."""
        begin = (_NODES if nodes else _OWNERS) + number * CODE
        self.memory[begin : begin + CODE] = code.encode().ljust(CODE, b"\0")
        self.words[Word.NODES if nodes else Word.OWNERS] = number + 1

    @property
    def about(self) -> str:
        """The boot of the machine and the database that the file is of."""
        return self.memory[_NAMES:PAGE].rstrip(b"\0").decode()

    @about.setter
    def about(self, text: str) -> None:
        self.memory[_NAMES:PAGE] = text.encode().ljust(PAGE - _NAMES, b"\0")

    @property
    def instant(self) -> str:
        """The database's snapshot that the cells are of; empty when it cannot be read."""
        begin = _WHERE + self.word(Word.SIDE) * _TWICE
        length, proof = _SUM.unpack_from(self.memory, begin)
        text = self.memory[begin + _SUM.size : begin + _SUM.size + min(length, _TWICE)]
        return text.decode() if zlib.crc32(text) == proof else ""

    @instant.setter
    def instant(self, text: str) -> None:
        said = text.encode()
        if len(said) > _TWICE - _SUM.size:
            raise Full("transactions that run at once")
        side = 1 - self.word(Word.SIDE)
        begin = _WHERE + side * _TWICE
        self.memory[begin + _SUM.size : begin + _SUM.size + len(said)] = said
        _SUM.pack_into(self.memory, begin, len(said), zlib.crc32(said))
        self.words[Word.SIDE] = side


class NotAPicture(Exception):
    """A file that is none of ours, or of another version's."""


# What reading ends in when a file's numbers make no sense.
DAMAGED: Final = (IndexError, ValueError, struct.error)


def is_ours(found: os.stat_result) -> bool:
    """Whether a file or a folder is of this account, and nobody else may write to it."""
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


class Full(Exception):
    """There is no room for more of something: the picture is made anew, larger."""


def boot() -> str:
    """What is new each time the machine starts, and with it its monotonic clock."""
    return _BOOT.read_text().strip() if _BOOT.exists() else str(int(psutil.boot_time()))


def make(path: Path, room: Room, about: str) -> Mapped:
    """An empty file, in the place of what was there."""
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, room.bytes)
        head = np.zeros(32, np.uint64)
        head[[Word.MAGIC, Word.MOST_SKUS, Word.MOST_CELLS, Word.MOST_CODES, Word.SLOTS]] = (
            MAGIC, room.skus, room.cells, room.codes, room.slots,
        )  # fmt: skip
        os.pwrite(fd, head.tobytes(), 0)
    finally:
        os.close(fd)
    mapped = Mapped(path, writable=True)
    mapped.about = about
    return mapped
