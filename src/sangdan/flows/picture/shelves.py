"""The shelves as readers see them: mapped from the follower's file, never written, and left alone when they are old."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sangdan.kit import metrics
from sangdan.kit.db import Conn
from sangdan.offer.stock.model import Cell
from sangdan.offer.stock.queries import following

from .layout import AWAITED, DAMAGED, MOST_UNITS, SHARED, UNITS, Mapped, NotAPicture, Word, boot

log = logging.getLogger("sangdan.picture")

T = TypeVar("T")

NAME: Final = "stock.picture"
# Older than this, and the database is asked instead.
FRESH_S: Final = 1.0
# How often is tried to read while cells are being written: they are for microseconds.
TRIES: Final = 100
# A folder without a picture is looked into so often.
LOOK_NS: Final = 1_000_000_000


class Seen(msgspec.Struct, frozen=True):
    """What the picture says of some SKUs, as of one instant of the database.

    cells    what can still be promised now
    unclear  SKUs that the database must be asked about: nothing of them is free here, or shops have shares of them
    awaited  SKUs of which supply was announced: the database knows when it is due
    """

    cells: Sequence[Cell]
    unclear: Sequence[str]
    awaited: Sequence[str]


class Swept(msgspec.Struct, frozen=True, eq=False):
    """What the picture says of many SKUs, a row for each cell that has units to promise.

    sku     by row: the SKU's place among those asked for
    node    by row: the node's place in `nodes`
    owner   by row: the owner's place in `owners`
    units   by row
    shared  places of SKUs that shops have shares of: the database must be asked about them, they have no rows
    due     places of SKUs of which supply was announced
    """

    sku: NDArray[np.int64]
    node: NDArray[np.int64]
    owner: NDArray[np.int64]
    units: NDArray[np.int64]
    nodes: Sequence[str]
    owners: Sequence[str]
    shared: Sequence[int]
    due: Sequence[int]


class Standing(msgspec.Struct, frozen=True):
    """How the picture is.

    as_of_s  seconds since the database was last asked
    bytes    of memory that it takes, once for all processes
    grown    places of cells that are left from SKUs that grew, with those in use: of `room` in all
    """

    as_of_s: float
    nodes: int
    owners: int
    skus: int
    cells: int
    bytes: int
    room: int
    grown: int
    applied: int


class Shelves:
    """The picture of the stock, for one process.

    folder    where the follower keeps it; None: there is none, and the database is asked
    database  whose picture it must be: Origin.database
    fresh_s   the oldest that is believed
    """

    def __init__(self, folder: Path | None = None, database: str = "", fresh_s: float = FRESH_S) -> None:
        self._of = f"{boot()} {database} "
        self._path = None if folder is None else folder / NAME
        self._fresh_ns = int(fresh_s * 1e9)
        self._mapped: Mapped | None = None
        self._looked_ns = 0
        self._nodes: list[str] = []
        self._owners: list[str] = []

    @classmethod
    async def open(cls, conn: Conn, folder: Path | None) -> "Shelves":
        """The picture of this connection's database.

        folder  SANGDAN_PICTURE
        """
        return cls(folder, "" if folder is None else (await following.origin(conn)).database)

    def look(self, skus: Sequence[str]) -> Seen | None:
        """What is on the shelves, or None when the database has to be asked.

        skus   each once
        gives  all of one instant, at most `fresh_s` old
        """
        return self._believed(lambda mapped: self._copied(mapped, skus))

    def sweep(self, skus: Sequence[str]) -> Swept | None:
        """The same of many SKUs, as columns: for lists, which are looked at more often than taken.

        skus   each once
        gives  all of one instant, at most `fresh_s` old; None when the database has to be asked
        """
        return self._believed(lambda mapped: self._swept(mapped, skus))

    def _believed(self, read: Callable[[Mapped], T]) -> T | None:
        """What a look at the picture gives, if there is a fresh and whole one."""
        mapped = self._fresh()
        try:
            seen = None if mapped is None else self._read(mapped, read)
        except DAMAGED as reason:
            log.warning("the picture is damaged and not believed: %s", reason)
            self._mapped, seen = None, None
        if self._path is not None:
            metrics.picture_looks.labels("picture" if seen is not None else "database").inc()
        return seen

    def age_s(self) -> float | None:
        """How old the picture is; None without one."""
        mapped = self._current()
        return None if mapped is None else (time.monotonic_ns() - mapped.word(Word.AS_OF)) / 1e9

    def standing(self) -> Standing | None:
        """How the picture is; None without one."""
        mapped, age_s = self._current(), self.age_s()
        if mapped is None or age_s is None or self._path is None:
            return None
        many = mapped.word(Word.SKUS)
        places = mapped.skus[:many, 0]
        return Standing(
            as_of_s=age_s, nodes=mapped.word(Word.NODES), owners=mapped.word(Word.OWNERS), skus=many,
            cells=int((places >> 32 & 0xFFFF).sum()), bytes=self._path.stat().st_blocks * 512,
            room=mapped.room.cells, grown=mapped.word(Word.CELLS), applied=mapped.word(Word.APPLIED),
        )  # fmt: skip

    def _fresh(self) -> Mapped | None:
        mapped = self._current()
        if mapped is None:
            return None
        if time.monotonic_ns() - mapped.word(Word.AS_OF) <= self._fresh_ns:
            return mapped
        mapped = self._again()
        fresh = mapped is not None and time.monotonic_ns() - mapped.word(Word.AS_OF) <= self._fresh_ns
        return mapped if fresh else None

    def _current(self) -> Mapped | None:
        if self._mapped is None or self._mapped.word(Word.REPLACED):
            return self._again()
        return self._mapped

    def _again(self) -> Mapped | None:
        """Map the file that is in place now, if it is another one; not more often than once a second."""
        now = time.monotonic_ns()
        replaced = self._mapped is not None and self._mapped.word(Word.REPLACED)
        if self._path is None or (now - self._looked_ns < LOOK_NS and not replaced):
            return self._mapped
        self._looked_ns = now
        try:
            if self._mapped is None or replaced or self._path.stat().st_ino != self._mapped.inode:
                mapped = Mapped(self._path)
                self._mapped = mapped if mapped.about.startswith(self._of) else None
                self._nodes, self._owners = [], []
        except (OSError, NotAPicture, *DAMAGED):
            self._mapped = None
        return self._mapped

    def _read(self, mapped: Mapped, read: Callable[[Mapped], T]) -> T | None:
        for _ in range(TRIES):
            turn = mapped.word(Word.TURN)
            if turn % 2 == 0:
                seen = read(mapped)
                if mapped.word(Word.TURN) == turn:
                    return seen
            time.sleep(0)
        return None

    def _swept(self, mapped: Mapped, skus: Sequence[str]) -> Swept:
        places, found, shared, due = list[int](), list[NDArray[np.uint64]](), list[int](), list[int]()
        for position, sku in enumerate(skus):
            number = mapped.number_of(sku.encode())
            if number is None:
                continue
            place, code = mapped.sku(number)
            if code & AWAITED:
                due.append(position)
            first, many = place & 0xFFFF_FFFF, place >> 32 & 0xFFFF
            places.append(position)
            found.append(mapped.cells[first : first + many])
        lengths = [len(each) for each in found]
        cells = np.concatenate(found) if found else np.zeros(0, np.uint64)
        sku_at = np.repeat(np.array(places, np.int64), lengths)
        units = (cells >> np.uint64(UNITS)).astype(np.int64)
        if (marked := (cells & np.uint64(SHARED)) > 0).any():
            shared = sorted(set(sku_at[marked].tolist()))
        free = (units > 0) & (units <= MOST_UNITS)
        if shared:
            free &= ~np.isin(sku_at, shared)
        cells = cells[free].astype(np.int64)
        node, owner = cells & 0xFFFF, cells >> 16 & 0x7FFF
        if len(cells) and (int(node.max()) >= len(self._nodes) or int(owner.max()) >= len(self._owners)):
            self._name(mapped)
        return Swept(sku_at[free], node, owner, units[free], self._nodes, self._owners, shared, due)

    def _name(self, mapped: Mapped) -> None:
        self._nodes = mapped.names(nodes=True)
        self._owners = mapped.names(nodes=False)

    def _copied(self, mapped: Mapped, skus: Sequence[str]) -> Seen:
        cells, unclear, awaited = list[Cell](), list[str](), list[str]()
        for sku in skus:
            number = mapped.number_of(sku.encode())
            if number is None:
                unclear.append(sku)
                awaited.append(sku)
                continue
            place, code = mapped.sku(number)
            if code & AWAITED:
                awaited.append(sku)
            first, many = place & 0xFFFF_FFFF, place >> 32 & 0xFFFF
            found: list[int] = mapped.cells[first : first + many].tolist()
            free = [self._cell(mapped, sku, cell) for cell in found if 0 < cell >> UNITS < 1 << 31]
            if not free or any(cell & SHARED for cell in found):
                unclear.append(sku)
            else:
                cells += free
        return Seen(cells, unclear, awaited)

    def _cell(self, mapped: Mapped, sku: str, cell: int) -> Cell:
        node, owner = cell & 0xFFFF, cell >> 16 & 0x7FFF
        if node >= len(self._nodes) or owner >= len(self._owners):
            self._name(mapped)
        return Cell(self._nodes[node], sku, self._owners[owner], cell >> UNITS)
