"""The picture made from nothing: all cells read in one instant of the database, sorted by SKU, laid into a new file."""

import zlib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from sangdan.kit.db import Conn
from sangdan.kit.following import one_instant
from sangdan.offer.stock.queries import following

from .layout import AWAITED, MOST_OF_ONE, MOST_UNITS, SHARED, UNITS, Full, Mapped, Room, Word, make

# Text is read into columns in pieces of this many bytes.
_PIECE: Final = 32 << 20
_LEAST: Final = Room(skus=1 << 16, cells=1 << 18, codes=1 << 21)
_COLUMNS: Final = {
    "node": pl.String, "sku": pl.String, "owner": pl.String, "units": pl.Int64, "shared": pl.UInt8,
}  # fmt: skip


class Codes:
    """Texts and their numbers, in the order in which they were first met."""

    def __init__(self) -> None:
        self._known = pl.DataFrame(schema={"code": pl.String, "number": pl.UInt32})

    def numbers(self, codes: pl.Series) -> NDArray[np.uint32]:
        """The number of each text; new ones get the next."""
        asked = pl.DataFrame({"code": codes})
        new = asked.unique().join(self._known, on="code", how="anti")
        if new.height:
            start = self._known.height
            numbered = new.with_columns(number=pl.int_range(start, start + new.height, dtype=pl.UInt32))
            self._known = pl.concat([self._known, numbered])
        return asked.join(self._known, on="code", how="left", maintain_order="left")["number"].to_numpy()

    @property
    def all(self) -> list[str]:
        """By number."""
        return self._known["code"].to_list()


class Read(msgspec.Struct):
    """All cells: by cell the number of its SKU and its word; by number the codes."""

    numbers: NDArray[np.uint32]
    words: NDArray[np.uint64]
    skus: list[str]
    nodes: list[str]
    owners: list[str]
    awaited: list[str]
    instant: str


async def read(conn: Conn) -> Read:
    """Read every cell there is.

    conn  at the beginning of a transaction
    """
    instant = await one_instant(conn)
    skus, nodes, owners = Codes(), Codes(), Codes()
    numbers, words = list[NDArray[np.uint32]](), list[NDArray[np.uint64]]()

    def take(piece: list[str]) -> None:
        table = pl.read_csv(
            "\n".join(piece).encode(), separator=" ", has_header=False, schema=_COLUMNS, quote_char=None
        )
        place = nodes.numbers(table["node"]).astype(np.uint64)
        place |= owners.numbers(table["owner"]).astype(np.uint64) << np.uint64(16)
        units = table["units"].clip(-MOST_UNITS, MOST_UNITS).to_numpy().astype(np.uint64) << np.uint64(UNITS)
        shared = table["shared"].to_numpy().astype(np.uint64) * np.uint64(SHARED)
        numbers.append(skus.numbers(table["sku"]))
        words.append(units | shared | place)

    piece, length = list[str](), 0
    async for lines in following.cells(conn):
        piece.append(lines)
        length += len(lines)
        if length >= _PIECE:
            take(piece)
            piece, length = [], 0
    if piece:
        take(piece)
    awaited = list(await following.awaited(conn))
    numbers.append(skus.numbers(pl.Series(awaited, dtype=pl.String))[:0])
    words.append(np.zeros(0, np.uint64))
    return Read(np.concatenate(numbers), np.concatenate(words), skus.all, nodes.all, owners.all, awaited, instant)


def lay(found: Read, path: Path, about: str) -> Mapped:
    """Write what was read into a new file, with room for twice as much: what is not in use takes no memory.

    raises  Full when a SKU lies in more places than a picture can tell apart
    """
    codes = [sku.encode() for sku in found.skus]
    lengths = np.array([len(code) for code in codes], np.uint64)
    counts = np.bincount(found.numbers, minlength=len(codes)).astype(np.uint64)
    if len(counts) and int(counts.max()) > MOST_OF_ONE:
        raise Full("cells of one SKU")
    room = Room(
        max(_LEAST.skus, 2 * len(codes)), max(_LEAST.cells, 2 * len(found.words)),
        max(_LEAST.codes, 2 * int(lengths.sum())),
    )  # fmt: skip
    new = path.with_suffix(".new")
    mapped = make(new, room, about)
    mapped.cells[: len(found.words)] = found.words[np.argsort(found.numbers, kind="stable")]
    begins = np.cumsum(lengths) - lengths
    mapped.skus[: len(codes), 0] = (np.cumsum(counts) - counts) | counts << 32 | counts << 48
    mapped.skus[: len(codes), 1] = begins | lengths << 32
    text = b"".join(codes)
    mapped.memory[mapped.codes_at : mapped.codes_at + len(text)] = text
    _fill_slots(mapped, codes)
    for number, name in enumerate(found.nodes):
        mapped.name(number, name, nodes=True)
    for number, name in enumerate(found.owners):
        mapped.name(number, name, nodes=False)
    mapped.words[Word.SKUS] = len(codes)
    mapped.words[Word.CELLS] = len(found.words)
    mapped.words[Word.CODES] = len(text)
    for sku in found.awaited:
        number = mapped.number_of(sku.encode())
        assert number is not None, sku
        mapped.skus[number, 1] |= np.uint64(AWAITED)
    mapped.instant = found.instant
    return mapped


def put(mapped: Mapped, old: Mapped | None, path: Path) -> None:
    """Put a new file in the old one's place; who reads the old one is told."""
    path.with_suffix(".new").replace(path)
    if old is not None:
        old.words[Word.REPLACED] = 1


def _fill_slots(mapped: Mapped, codes: list[bytes]) -> None:
    """Every SKU into the first free slot from its hash on, all of them a step further at a time."""
    waiting = np.arange(len(codes), dtype=np.uint32)
    slots = np.fromiter(map(zlib.crc32, codes), np.uint32, len(codes)).astype(np.int64) & mapped.mask
    while len(waiting):
        free = mapped.slots[slots] == 0
        mapped.slots[slots[free]] = waiting[free] + 1  # of several that want one slot, the last stays there
        left = mapped.slots[slots] != waiting + 1
        waiting, slots = waiting[left], (slots[left] + 1) & mapped.mask
