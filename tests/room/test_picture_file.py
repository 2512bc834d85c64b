"""The picture's file: what is written is read, by other processes too, and never half of it."""

import asyncio
import multiprocessing
import tempfile
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.flows.picture import Shelves
from sangdan.flows.picture.following import FolderOfOthers, Follower
from sangdan.flows.picture.layout import MOST_UNITS, Full, Mapped, NotAPicture, Room, Word, boot, make
from sangdan.flows.picture.shelves import NAME
from sangdan.flows.picture.writing import Writer, now_ns
from sangdan.kit.clock import WallClock
from sangdan.offer.stock.model import Cell

OF: Final = "7-1"
ROOM: Final = Room(skus=64, cells=4096, codes=2048)
NODES: Final = ["a", "b-node", "c.node_3"]
SKUS: Final = [f"s{number}" for number in range(9)]
Line = tuple[str, str, str, int, bool]


def lines(cells: Sequence[Line]) -> list[str]:
    return [f"{node} {sku} {owner} {units} {int(shared)}" for node, sku, owner, units, shared in cells]


def a_file(folder: Path, room: Room = ROOM) -> Writer:
    return Writer(make(folder / NAME, room, f"{boot()} {OF} 1-2 nobody"))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(NODES),
                st.sampled_from(SKUS),
                st.sampled_from(["x", "y"]),
                st.integers(-(10**12), 10**12),
                st.booleans(),
            ),
            max_size=20,
        ),
        max_size=6,
    )
)
def test_what_was_written_last_is_read(batches: list[list[Line]]) -> None:
    newest: dict[tuple[str, str, str], tuple[int, bool]] = {}
    with tempfile.TemporaryDirectory() as folder:
        writer = a_file(Path(folder))
        for number, batch in enumerate(batches):
            writer.write(lines(batch), (), f"{number}:{number}:")
            newest |= {(node, sku, owner): (units, shared) for node, sku, owner, units, shared in batch}
            if number % 2:
                writer = Writer(Mapped(Path(folder) / NAME, writable=True))  # another process goes on
        writer.asked(now_ns())
        seen = Shelves(Path(folder), OF, fresh_s=60).look(SKUS)
    assert seen is not None
    shared = {sku for (_, sku, _), (_, is_shared) in newest.items() if is_shared}
    free = {
        Cell(node, sku, owner, min(units, MOST_UNITS))
        for (node, sku, owner), (units, _) in newest.items()
        if units > 0 and sku not in shared
    }
    assert set(seen.cells) == free
    assert len(seen.cells) == len(free)
    assert seen.unclear == [sku for sku in SKUS if sku not in {cell.sku for cell in free}]
    assert seen.awaited == [sku for sku in SKUS if sku not in {sku for _, sku, _ in newest}]


def test_a_full_file_says_so_and_loses_nothing(tmp_path: Path) -> None:
    for room, what in ((Room(2, 64, 64), "SKUs"), (Room(64, 8, 64), "cells"), (Room(64, 64, 4), "SKUs")):
        writer = a_file(tmp_path, room)
        writer.write(lines([("a", "s0", "x", 5, False)]), (), "1:1:")
        writer.asked(now_ns())
        more = [("a", sku, "x", 1, False) for sku in SKUS] + [(f"n{n}", "s1", "x", 1, False) for n in range(9)]
        with pytest.raises(Full, match=what):
            writer.write(lines(more), (), "2:2:")
        seen = Shelves(tmp_path, OF, fresh_s=60).look(["s0"])
        assert seen is not None
        assert [cell.units for cell in seen.cells] == [5]


def test_an_instant_that_was_half_written_is_not_gone_on_from(tmp_path: Path) -> None:
    mapped = a_file(tmp_path).mapped
    mapped.instant = "100:200:150"
    assert mapped.instant == "100:200:150"
    place = mapped.memory.find(b"100:200:150")
    mapped.memory[place : place + 1] = b"9"
    assert mapped.instant == ""


def test_old_foreign_and_broken_files_are_left_alone(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path, OF)
    assert shelves.look(["s0"]) is None
    writer = a_file(tmp_path)
    writer.write(lines([("a", "s0", "x", 5, False)]), (), "1:1:")
    writer.asked(now_ns() - 2_000_000_000)
    assert Shelves(tmp_path, OF).look(["s0"]) is None
    writer.asked(now_ns())
    assert Shelves(tmp_path, OF, fresh_s=60).look(["s0"]) is not None
    assert Shelves(tmp_path, "7-2", fresh_s=60).look(["s0"]) is None
    writer.mapped.about = f"another-boot {OF} 1-2 nobody"
    assert Shelves(tmp_path, OF, fresh_s=60).look(["s0"]) is None
    (tmp_path / NAME).write_bytes(b"something else")
    assert Shelves(tmp_path, OF, fresh_s=60).look(["s0"]) is None
    with pytest.raises(NotAPicture):
        Mapped(tmp_path / NAME)


def test_a_damaged_file_is_not_believed_and_ends_nobody(tmp_path: Path) -> None:
    """Every slot names a SKU, so that a search would never end; then one that lies beyond the file."""
    for number in (1, 2**32 - 1):
        writer = a_file(tmp_path)
        writer.write(lines([("a", "s0", "x", 5, False)]), (), "1:1:")
        writer.asked(now_ns())
        writer.mapped.slots[:] = number
        assert Shelves(tmp_path, OF, fresh_s=60).look(["other"]) is None


def test_links_and_what_others_may_write_are_left_alone(tmp_path: Path) -> None:
    writer = a_file(tmp_path)
    writer.asked(now_ns())
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / NAME).symlink_to(tmp_path / NAME)
    assert Shelves(linked, OF, fresh_s=60).look(["s0"]) is None
    assert Shelves(tmp_path, OF, fresh_s=60).look(["s0"]) is not None
    (tmp_path / NAME).chmod(0o666)
    assert Shelves(tmp_path, OF, fresh_s=60).look(["s0"]) is None


def test_a_folder_that_others_may_write_into_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(FolderOfOthers):
        asyncio.run(Follower("postgresql://nowhere", tmp_path, WallClock()).keep(asyncio.Event()))


def _carry(folder: str, stop: Event) -> None:
    """Carry units from shelf to shelf: a hundred of them are always somewhere."""
    writer = Writer(Mapped(Path(folder) / NAME, writable=True))
    turn = 0
    while not stop.is_set():
        turn += 1
        there = turn % 99 + 1
        cells = [("a", sku, "x", there if place % 2 else 100 - there, False) for place, sku in enumerate(SKUS[:8])]
        writer.write(lines(cells), (), f"{turn}:{turn}:")
        writer.asked(now_ns())


def test_another_process_never_sees_half_of_a_change(tmp_path: Path) -> None:
    writer = a_file(tmp_path)
    writer.write(lines([("a", sku, "x", 50, False) for sku in SKUS[:8]]), (), "1:1:")
    spawning = multiprocessing.get_context("spawn")
    stop = spawning.Event()
    other = spawning.Process(target=_carry, args=(str(tmp_path), stop))
    other.start()
    shelves, looked = Shelves(tmp_path, OF, fresh_s=60), 0
    try:
        while writer.mapped.word(Word.APPLIED) < 8_000:
            seen = shelves.look(SKUS[:8])
            if seen is not None:
                looked += 1
                assert sum(cell.units for cell in seen.cells) == 400
    finally:
        stop.set()
        other.join()
    assert looked > 10
