"""The one hand that changes the file: absolute numbers, so that what was written twice is right as well."""

import time
import zlib
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from .layout import (
    AWAITED,
    CODE,
    MOST_NODES,
    MOST_OF_ONE,
    MOST_OWNERS,
    MOST_UNITS,
    PLACE,
    SHARED,
    UNITS,
    Full,
    Mapped,
    Word,
)

_WHOLE: Final = (1 << 64) - 1
# A SKU that gets a further cell gets room for so many more, as it has.
_SPARE: Final = 4


def packed(place: int, units: int, *, shared: bool) -> int:
    """A cell as it is stored: units beyond what fits are as good as endless."""
    bounded = max(-MOST_UNITS, min(units, MOST_UNITS))
    return (bounded << UNITS & _WHOLE) | (SHARED if shared else 0) | place


class Writer:
    """Changes a file; nobody else does.

    mapped  writable
    """

    def __init__(self, mapped: Mapped) -> None:
        self.mapped = mapped
        self._nodes = {code: number for number, code in enumerate(mapped.names(nodes=True))}
        self._owners = {code: number for number, code in enumerate(mapped.names(nodes=False))}

    def write(self, cells: Iterable[str], supply: Iterable[str], instant: str | None) -> int:
        """Bring cells to what they are now.

        cells    lines as stock.Change tells them, of one cell the newest last
        supply   SKUs of which an inbound was announced
        instant  the snapshot that the whole is of from now on; None while there is more to come
        gives    how many cells were told of
        raises   Full
        """
        newest: dict[tuple[str, str, str], tuple[str, str]] = {}
        many = 0
        for line in cells:
            node, sku, owner, units, shared = line.split(" ")
            newest[sku, node, owner] = units, shared
            many += 1
        found: list[tuple[int, int]] = []
        words: list[int] = []
        further: dict[int, dict[int, int]] = {}
        for (sku, node, owner), (units, shared) in newest.items():
            number = self._number(sku)
            place = self._place(node, owner)
            found.append((number, self._position(number, place, further)))
            words.append(packed(place, int(units), shared=shared == "1"))
        for number, places in further.items():
            self._grow(number, list(places))
        for sku in supply:
            self.mapped.skus[self._number(sku), 1] |= np.uint64(AWAITED)
        self._store(found, words, many, instant)
        return many

    def _store(self, found: Sequence[tuple[int, int]], words: Sequence[int], many: int, instant: str | None) -> None:
        """What readers must not see half of: all cells at once, between two turns."""
        mapped = self.mapped
        numbers = np.array([number for number, _ in found], np.int64)
        positions = np.array([position for _, position in found], np.uint64)
        where = (mapped.skus[numbers, 0] & np.uint64(0xFFFF_FFFF)) + positions
        written = np.array(words, np.uint64)
        turn = mapped.word(Word.TURN)
        mapped.words[Word.TURN] = turn | 1
        mapped.cells[where] = written
        mapped.words[Word.APPLIED] += np.uint64(many)
        if instant is not None:
            mapped.instant = instant
        mapped.words[Word.TURN] = (turn | 1) + 1

    def asked(self, at_ns: int) -> None:
        """Say when the database was last asked: what it answered is written.

        at_ns  the monotonic clock before it was asked
        """
        self.mapped.words[Word.AS_OF] = at_ns

    def _number(self, sku: str) -> int:
        """The number of a SKU, a new one when it has none. It is found only when all of it is written."""
        mapped, text = self.mapped, sku.encode()
        slot = zlib.crc32(text) & mapped.mask
        while found := int(mapped.slots[slot]):
            if mapped.code_of(found - 1) == text:
                return found - 1
            slot = (slot + 1) & mapped.mask
        number, begin = mapped.word(Word.SKUS), mapped.word(Word.CODES)
        if number >= mapped.room.skus or begin + len(text) > mapped.room.codes:
            raise Full("SKUs")
        at = mapped.codes_at + begin
        mapped.memory[at : at + len(text)] = text
        mapped.skus[number] = 0, begin | len(text) << 32
        mapped.words[Word.CODES] = begin + len(text)
        mapped.words[Word.SKUS] = number + 1
        mapped.slots[slot] = number + 1
        return number

    def _place(self, node: str, owner: str) -> int:
        return self._named(self._nodes, node, MOST_NODES, nodes=True) | (
            self._named(self._owners, owner, MOST_OWNERS, nodes=False) << 16
        )

    def _named(self, known: dict[str, int], code: str, most: int, *, nodes: bool) -> int:
        number = known.get(code)
        if number is None:
            number = len(known)
            assert len(code) <= CODE
            if number >= most:
                raise Full("nodes" if nodes else "owners")
            self.mapped.name(number, code, nodes=nodes)
            known[code] = number
        return number

    def _position(self, number: int, place: int, further: dict[int, dict[int, int]]) -> int:
        """Where among its SKU's cells a cell is, or will be once the SKU has grown."""
        mapped = self.mapped
        where = int(mapped.skus[number, 0])
        first, many = where & 0xFFFF_FFFF, where >> 32 & 0xFFFF
        known: list[int] = (mapped.cells[first : first + many] & np.uint64(PLACE)).tolist()
        if place in known:
            return known.index(place)
        added = further.setdefault(number, {})
        return added.setdefault(place, many + len(added))

    def _grow(self, number: int, places: Sequence[int]) -> None:
        """Give a SKU further cells, which hold nothing yet."""
        mapped = self.mapped
        where = int(mapped.skus[number, 0])
        first, many, room = where & 0xFFFF_FFFF, where >> 32 & 0xFFFF, where >> 48
        total = many + len(places)
        if total > MOST_OF_ONE:
            raise Full("cells of one SKU")
        if total > room:
            old, first, room = first, mapped.word(Word.CELLS), min(total + max(_SPARE, total // 4), MOST_OF_ONE)
            if first + room > mapped.room.cells:
                raise Full("cells")
            mapped.cells[first : first + many] = mapped.cells[old : old + many]
            mapped.words[Word.CELLS] = first + room
        mapped.cells[first + many : first + total] = places
        mapped.skus[number, 0] = first | total << 32 | room << 48

    def flush(self) -> None:
        """Bring everything to the disk, and say so: the file may be gone on with after a power cut."""
        self.mapped.memory.flush()
        self.mapped.words[Word.WHOLE] = 1
        self.mapped.memory.flush()

    def dirty(self) -> None:
        """Say that the disk may lag behind from now on."""
        self.mapped.words[Word.WHOLE] = 0
        self.mapped.memory.flush(0, 4096)


def now_ns() -> int:
    """The clock by which the picture's age is told: one for all processes of the machine, and nobody sets it."""
    return time.monotonic_ns()
