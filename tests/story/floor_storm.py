"""A picker at work while everything goes wrong: the line, the page, the whole browser, and two tabs of one phone."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import playwright.sync_api as pw

from .. import chromium
from . import browser, floor_town
from .bad_line import BadLine
from .tower import Tower, until

TABS: Final = 2
# How likely each is at every turn.
LINE_DOWN, LINE_UP, LATE = 0.3, 0.5, 0.3
CUT_AFTER, CRASH, POWER = 0.3, 0.05, 0.02
BADLY: Final = 0.9
# As often a page is told that the line may be back before the next press.
TRIES: Final = 3

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
# What the device keeps of all that was done: [state, kind, parcel, key].
KEPT: Final = """
    async () => {
      const open = indexedDB.open("sangdan-floor");
      const db = await new Promise((known) => { open.onsuccess = () => known(open.result); });
      const asked = db.transaction("queue").objectStore("queue").getAll();
      const rows = await new Promise((known) => { asked.onsuccess = () => known(asked.result); });
      db.close();
      return rows.map((row) => [row.state, row.action.kind, row.action.parcel_id, row.action.key]);
    }
"""
# Whether the app could be opened here without a line.
STAYS: Final = """
    async () => {
      const used = performance.getEntriesByType("resource").map((each) => each.name);
      const made = used.filter((url) => new URL(url).pathname.startsWith("/assets/"));
      const there = await Promise.all(["/floor", ...made].map((url) => caches.match(url)));
      return made.some((url) => url.endsWith(".js")) && there.every(Boolean);
    }
"""
# The page looks whether the line is back; over when it has tried.
AGAIN: Final = """
    () => new Promise((known) => {
      const pages = new BroadcastChannel("sangdan-floor");
      const over = () => { pages.close(); known(true); };
      pages.onmessage = ({ data }) => data === "sent" && over();
      setTimeout(over, 5000);
      dispatchEvent(new Event("online"));
    })
"""


class Phone:
    """One phone with its own browser, profile and line.

    worked    what the page said it kept: (parcel, kind)
    failures  what went wrong, by kind; the line counts its own
    """

    def __init__(self, driver: pw.Playwright, running: Tower, key: str, chance: Random) -> None:
        self.line = BadLine(running.port, chance, badly=0.0)
        self.worked: list[tuple[str, str]] = []
        self.failures: Counter[str] = Counter()
        self._chance = chance
        self._driver = driver
        self._profile = Path(tempfile.mkdtemp(prefix="sangdan-phone-"))
        self._session = floor_town.signed_in(running, key)
        self._off = False
        self._context = self._start()
        self._tabs = [self._open() for _ in range(TABS)]
        until(lambda: self._tabs[0].evaluate(STAYS), "the app to stay on the device")
        self.line.badly = BADLY

    def work(self, parcels: Sequence[str], colleague: Callable[[], None]) -> None:
        """Do each step of these parcels, with something that happens meanwhile.

        colleague  works on the same parcels, once
        """
        todo = [parcel for parcel in parcels for _ in range(4)]
        self._chance.shuffle(todo)
        for number, parcel in enumerate(todo):
            if number == len(todo) // 4:
                colleague()
            self._weather()
            with suppress(pw.Error):
                kind = self._chance.choice(self._tabs).evaluate(PRESS, [parcel])
                if kind is not None:
                    self.worked.append((parcel, kind))
            self._accident()

    def clear_up(self) -> list[list[str]]:
        """The line is good at last; gives what stays on the device: what was refused."""
        self.line.badly, self.line.down = 0.0, False
        self._cut(False)
        self.line.late_ones()
        until(self._sent, "the device to have sent all of it")
        return [row for row in self._tabs[0].evaluate(KEPT) if row[0] == "refused"]

    def close(self) -> None:
        """Put the phone away."""
        with suppress(pw.Error):
            self._context.close()
        self.line.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _weather(self) -> None:
        down = self._chance.random() < (1 - LINE_UP if self.line.down else LINE_DOWN)
        self.failures["line down"] += down and not self.line.down
        self.line.down = down
        self._cut(self._off and self._chance.random() < LINE_UP)
        if self._chance.random() < LATE:
            self.line.late_ones()

    def _accident(self) -> None:
        """What happens right after a press, while it is being sent."""
        chance = self._chance.random()
        if chance < POWER:
            self._power_cut()
        elif chance < POWER + CRASH:
            self._crash()
        elif chance < POWER + CRASH + CUT_AFTER:
            self._cut(True)
        elif not (self._off or self.line.down):
            for _ in range(TRIES):
                with suppress(pw.Error):
                    self._chance.choice(self._tabs).evaluate(AGAIN)

    def _cut(self, off: bool) -> None:
        self.failures["network cut"] += off and not self._off
        self._off = off
        self._context.set_offline(off)

    def _crash(self) -> None:
        """A page dies in the middle of whatever it does, and is opened again, with or without a line."""
        self.failures["page crashed"] += 1
        number = self._chance.randrange(TABS)
        with suppress(pw.Error):
            self._tabs[number].goto("chrome://crash")
        self._tabs[number].close()
        self._tabs[number] = self._open()

    def _power_cut(self) -> None:
        """The whole browser dies at once; what is on its disk is what there is."""
        self.failures["browser killed"] += 1
        with suppress(pw.Error):
            browser.behind(self._tabs[0]).send("Browser.crash")
        with suppress(pw.Error):
            self._context.close()
        self._context = self._start()
        self._context.set_offline(self._off)
        self._tabs = [self._open() for _ in range(TABS)]

    def _sent(self) -> bool:
        self._tabs[0].evaluate(AGAIN)
        return all(state != "waiting" for state, *_ in self._tabs[0].evaluate(KEPT))

    def _start(self) -> pw.BrowserContext:
        more = ["--no-sandbox"] if os.geteuid() == 0 else []
        context = self._driver.chromium.launch_persistent_context(
            self._profile, executable_path=chromium.program(), args=[*browser.ALONE, *more],
            viewport={"width": 390, "height": 780}, locale="ko", has_touch=True,
        )  # fmt: skip
        context.add_cookies([{"name": "sangdan_session", "value": self._session, "url": self.line.address}])
        return context

    def _open(self) -> pw.Page:
        page = self._context.new_page()
        page.goto(f"{self.line.address}/floor")
        page.wait_for_selector(".place, .job, .nothing")
        if page.locator(".place").count():
            page.locator(".place", has_text="icheon").click()
        page.wait_for_selector(".job, .nothing")
        return page
