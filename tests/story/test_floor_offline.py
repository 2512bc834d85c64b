"""The floor app in a real browser on a bad line: nothing that somebody did is lost, and nothing is done twice.

FLOOR_PARCELS=1000 makes thousands of disconnections of it; as it stands it is a matter of half a minute.
"""

import io
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any, Final

import playwright.sync_api as pw
import pytest
from PIL import Image

from .. import chromium
from . import browser, floor_town, town
from .bad_line import BadLine
from .tower import Tower, tower, until
from .town import ICHEON, Keys

PARCELS: Final = int(os.environ.get("FLOOR_PARCELS", "10"))
STEPS: Final = ("pick", "pack", "hand_over")

# Everything on the page that a person would press for the next step of a parcel, and then the word that it is kept.
PRESS: Final = """
    async ([parcel]) => {
      const kept = () => new Promise((known) => {
        const watch = new MutationObserver(() => document.querySelector(".toast") && (watch.disconnect(), known(true)));
        watch.observe(document.body, { childList: true, subtree: true });
        setTimeout(() => (watch.disconnect(), known(false)), 10000);
      });
      const turn = () => new Promise((next) => setTimeout(next, 0));
      document.querySelectorAll(".toast").forEach((each) => each.remove());
      document.querySelector('[data-tab="tasks"]').click();
      const card = document.querySelector(`button.job[data-parcel="${parcel}"]`);
      if (!card) return null;
      card.click();
      for (let left = document.querySelectorAll('[data-do="all"]').length; left--; await turn()) {
        document.querySelectorAll('[data-do="all"]')[left].click();
      }
      const go = document.querySelector("footer.do [data-do]");
      const kind = go.dataset.do;
      const known = kept();
      go.click();
      return (await known) ? kind : null;
    }
"""
WAITING: Final = """
    async () => {
      const open = indexedDB.open("sangdan-floor");
      const db = await new Promise((known) => { open.onsuccess = () => known(open.result); });
      const asked = db.transaction("queue").objectStore("queue").getAll();
      const rows = await new Promise((known) => { asked.onsuccess = () => known(asked.result); });
      db.close();
      return rows.map((row) => [row.state, row.action.kind, row.action.parcel_id, row.action.key]);
    }
"""


@pytest.fixture(scope="module")
def floor() -> Iterator[tuple[Tower, Keys]]:
    """A tower whose orders go to the floor at once."""
    chromium.program()  # without one there is nothing to serve for
    with tower(release_after_s="0") as running:
        yield running, floor_town.found(running)


@pytest.fixture(scope="module")
def opened() -> Iterator[pw.Browser]:
    with browser.opened() as started:
        yield started


def cards(page: pw.Page, node: str) -> None:
    """Go where the work is, if nobody asked before."""
    page.wait_for_selector(".place, .job, .nothing")
    if page.locator(".place").count():
        page.locator(".place", has_text=node).click()


def rows(running: Tower, text: str, *args: object) -> list[tuple[Any, ...]]:
    with running.database() as conn:
        return conn.execute(text.encode(), args).fetchall()


class Storm:
    """Somebody at work with a phone, while the line comes and goes and the phone's browser dies.

    worked  what the page said it kept: (parcel, kind)
    """

    def __init__(self, context: pw.BrowserContext, line: BadLine, chance: Random) -> None:
        self.context = context
        self.line = line
        self.chance = chance
        self.worked: list[tuple[str, str]] = []
        self.cuts = self.crashes = 0
        self.page = self._open()

    def turn(self, parcel: str) -> None:
        """One step of a parcel, and something that happens meanwhile."""
        self._weather()
        with suppress(pw.Error):
            kind = self.page.evaluate(PRESS, [parcel])
            if kind is not None:
                self.worked.append((parcel, kind))
        if self.chance.random() < 0.06:
            self._crash()

    def clear_up(self) -> list[list[str]]:
        """The line is good at last; gives what stays on the device: what was refused."""
        self.line.badly, self.line.down = 0.0, False
        self.context.set_offline(False)
        self.line.late_ones()
        until(self._sent, "the device to have sent all of it")
        return [row for row in self.page.evaluate(WAITING) if row[0] == "refused"]

    def _weather(self) -> None:
        self.line.down = self.chance.random() < (0.5 if self.line.down else 0.2)
        off = self.chance.random() < 0.15
        self.context.set_offline(off)
        self.cuts += self.line.down or off
        if self.chance.random() < 0.2:
            self.line.late_ones()
        if not (self.line.down or off) and self.chance.random() < 0.7:
            until(self._sent, "the device to have sent what waits, at the tenth try perhaps")

    def _sent(self) -> bool:
        self.page.evaluate("() => dispatchEvent(new Event('online'))")
        return all(state != "waiting" for state, *_ in self.page.evaluate(WAITING))

    def _crash(self) -> None:
        """The page dies in the middle of whatever it does; the app is opened again, with or without a line."""
        self.crashes += 1
        with suppress(pw.Error):
            self.page.goto("chrome://crash")
        self.page.close()
        self.page = self._open()

    def _open(self) -> pw.Page:
        page = self.context.new_page()
        page.goto(f"{self.line.address}/floor")
        cards(page, "icheon")
        page.wait_for_selector(".job, .nothing")
        return page


def photograph() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(kept, "JPEG")
    return kept.getvalue()


def test_a_picker_on_a_bad_line_loses_nothing_and_does_nothing_twice(
    floor: tuple[Tower, Keys], opened: pw.Browser
) -> None:
    running, keys = floor
    for _ in range(PARCELS):
        floor_town.order(running, keys, "next_day", "gim", "oil")
    parcels = [str(each) for each in floor_town.on_floor(running, ICHEON, PARCELS)]
    chance = Random(20261122)
    line = BadLine(running.port, chance, badly=0.5)
    context = floor_town.phone(opened, running, keys["icheon-floor"])
    try:
        storm = Storm(context, line, chance)
        storm.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        taken = parcels[: max(1, PARCELS // 8)]  # a colleague with a scanner gun takes these meanwhile
        todo = [parcel for parcel in parcels for _ in range(4)]
        chance.shuffle(todo)
        for number, parcel in enumerate(todo):
            if number == len(todo) // 4:
                for each in taken:
                    _picked_by_another(running, keys, each)
            storm.turn(parcel)
        refused = storm.clear_up()
        _nothing_lost_or_doubled(running, storm, refused, set(taken))
        print({"actions": len(storm.worked), "cuts": storm.cuts, "crashes": storm.crashes, **line.fates})
    finally:
        context.close()
        line.close()
    assert running.drift()["rows"] == []


def _nothing_lost_or_doubled(running: Tower, storm: Storm, refused: list[list[str]], taken: set[str]) -> None:
    told = rows(running, "SELECT key::text, parcel_id::text, kind FROM floor.action WHERE outcome->>'result' = 'done'")
    done = Counter((parcel, kind) for _, parcel, kind in told)
    assert set(done.values()) <= {1}, "nothing was done twice"
    back = Counter((parcel, kind) for _, kind, parcel, _ in refused)
    lost = [each for each in storm.worked if not done[each] + back[each]]
    assert lost == [], "what the page said it kept took effect, or is shown as refused"
    assert not {key for key, *_ in told} & {row[3] for row in refused}, "nothing is both"
    assert {row[2] for row in refused} <= taken, "nothing was refused for nothing"
    # A page that dies right after it kept something has no time to say so.
    assert len(told) + len(refused) <= len(storm.worked) + storm.crashes
    facts = rows(
        running,
        "SELECT subject, type FROM kit.event WHERE type LIKE 'warehouse.%%' GROUP BY 1, 2 HAVING count(*) > 1",
    )
    assert facts == [], "each fact is told once"


def _picked_by_another(running: Tower, keys: Keys, parcel: str) -> None:
    lines = rows(running, "SELECT reservation_id::text, units FROM warehouse.task_line WHERE parcel_id = %s", parcel)
    found = [{"reservation_id": reservation_id, "units": units} for reservation_id, units in lines]
    with town.caller(running, keys["icheon-floor"]) as gun:
        gun.post(f"/v1/tasks/{parcel}/pick", json={"node_id": ICHEON, "found": found}, headers=town.wish())
