"""The floor app in real browsers on bad lines: nothing that somebody did is lost, and nothing is done twice.

FLOOR_PARCELS=720 makes thousands of failures of it, in some ten minutes; as it stands it is a matter of half a minute.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from threading import Barrier
from typing import Any, Final

import playwright.sync_api as pw
import pytest

from .. import chromium
from . import floor_town, town
from .floor_storm import Phone
from .tower import Tower, tower
from .town import ICHEON, Keys

PARCELS: Final = int(os.environ.get("FLOOR_PARCELS", "16"))
PHONES: Final = 2
# As many parcels as lie on a floor at a time.
WAVE: Final = 24


@pytest.fixture(scope="module")
def floor() -> Iterator[tuple[Tower, Keys]]:
    """A tower whose orders go to the floor at once."""
    chromium.program()  # without one there is nothing to serve for
    with tower(release_after_s="0") as running:
        yield running, floor_town.found(running)


class Shift:
    """What pickers with phones do in one shift, wave after wave.

    taken    what a colleague with a scanner gun picked meanwhile
    refused  what the phones show as refused at the end
    """

    def __init__(self, running: Tower, keys: Keys) -> None:
        self.running = running
        self.keys = keys
        self.taken: set[str] = set()
        self.worked: list[tuple[str, str]] = []
        self.refused: list[list[str]] = []
        self.failures: Counter[str] = Counter()
        self._placed: list[str] = []
        self._mine: list[list[str]] = []
        self._together = Barrier(PHONES, self._place)

    def run(self) -> None:
        """All of it, each phone in a thread of its own."""
        with ThreadPoolExecutor(PHONES) as hands:
            for done in [hands.submit(self._pick, number) for number in range(PHONES)]:
                done.result()

    def _pick(self, number: int) -> None:
        chance = Random(20261122 + number)
        with pw.sync_playwright() as driver:
            phone = Phone(driver, self.running, self.keys["icheon-floor"], chance)
            try:
                for _ in range(0, PARCELS, WAVE):
                    self._together.wait()
                    phone.work(self._mine[number], partial(self._take, number))
                self.refused += phone.clear_up()
            except BaseException:
                self._together.abort()
                raise
            finally:
                phone.close()
            self.worked += phone.worked
            self.failures += phone.failures + Counter({f"request {fate}": n for fate, n in phone.line.fates.items()})

    def _place(self) -> None:
        """The next wave comes to the floor."""
        wave = min(WAVE, PARCELS - len(self._placed))
        for _ in range(wave):
            floor_town.order(self.running, self.keys, "next_day", "gim", "oil")
        there = floor_town.on_floor(self.running, ICHEON, len(self._placed) + wave)
        new = sorted({str(each) for each in there} - set(self._placed))
        self._placed += new
        self._mine = [new[number::PHONES] for number in range(PHONES)]

    def _take(self, number: int) -> None:
        """A colleague with a scanner gun picks some of what is another's."""
        mine = self._mine[number]
        for each in mine[: max(1, len(mine) // 3)]:
            _picked_by_another(self.running, self.keys, each)
            self.taken.add(each)


def test_pickers_on_bad_lines_lose_nothing_and_do_nothing_twice(floor: tuple[Tower, Keys]) -> None:
    shift = Shift(*floor)
    shift.run()
    print(
        {
            "failures": shift.failures.total() - shift.failures["request good"],
            "actions": len(shift.worked),
            "refused": len(shift.refused),
            **shift.failures,
        }
    )
    _nothing_lost_or_doubled(shift)
    assert floor[0].drift()["rows"] == []


def _nothing_lost_or_doubled(shift: Shift) -> None:
    told = _rows(
        shift.running, "SELECT key::text, parcel_id::text, kind FROM floor.action WHERE outcome->>'result' = 'done'"
    )
    done = Counter((parcel, kind) for _, parcel, kind in told)
    assert set(done.values()) <= {1}, "nothing was done twice"
    back = Counter((parcel, kind) for _, kind, parcel, _ in shift.refused)
    lost = [each for each in shift.worked if not done[each] + back[each]]
    assert lost == [], "what the page said it kept took effect, or is shown as refused"
    assert not {key for key, *_ in told} & {row[3] for row in shift.refused}, "nothing is both"
    assert {row[2] for row in shift.refused} <= shift.taken, "nothing was refused for nothing"
    # A page that dies right after it kept something has no time to say so.
    died = shift.failures["page crashed"] + shift.failures["browser killed"]
    assert len(told) + len(shift.refused) <= len(shift.worked) + died
    facts = _rows(
        shift.running,
        "SELECT subject, type FROM kit.event WHERE type LIKE 'warehouse.%%' GROUP BY 1, 2 HAVING count(*) > 1",
    )
    assert facts == [], "each fact is told once"


def _rows(running: Tower, text: str, *args: object) -> Sequence[tuple[Any, ...]]:
    with running.database() as conn:
        return conn.execute(text.encode(), args).fetchall()


def _picked_by_another(running: Tower, keys: Keys, parcel: str) -> None:
    lines = _rows(running, "SELECT reservation_id::text, units FROM warehouse.task_line WHERE parcel_id = %s", parcel)
    found = [{"reservation_id": reservation_id, "units": units} for reservation_id, units in lines]
    with town.caller(running, keys["icheon-floor"]) as gun:
        gun.post(f"/v1/tasks/{parcel}/pick", json={"node_id": ICHEON, "found": found}, headers=town.wish())
