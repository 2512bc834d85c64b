"""People with the floor app in their hands, and what they press."""

from contextlib import ExitStack
from typing import Any, Final, cast
from uuid import UUID

import playwright.sync_api as pw

from sangdan.store.pickup import model as pickup

from . import floor_town, town
from .tower import Tower, until
from .town import Keys

TYPED: Final = """
    (code) => {
      const at = document.activeElement;
      const began = performance.now();
      for (const [place, key] of [...code, "Enter"].entries()) {
        const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
        Object.defineProperty(event, "timeStamp", { value: began + place }); // however busy this machine is
        if (at.dispatchEvent(event) && "value" in at && key.length === 1) at.value += key;
      }
    }
"""


# Of a browser that sends nothing by itself, as there are.
NO_SYNC: Final = "Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', { value: undefined })"


class Hands:
    """People with phones."""

    def __init__(self, running: Tower, keys: Keys, browser: pw.Browser, ends: ExitStack) -> None:
        self.running = running
        self.keys = keys
        self.browser = browser
        self.ends = ends

    def phone(self, who: str, language: str = "ko") -> pw.Page:
        """The app on somebody's phone, not opened yet."""
        context = floor_town.phone(self.browser, self.running, self.keys[who], language)
        self.ends.callback(context.close)
        context.set_default_timeout(30_000)
        return context.new_page()

    def at_work(self, who: str, place: str = "icheon", language: str = "ko") -> pw.Page:
        """Somebody who has opened the app where they work, with its worker at its post."""
        page = self.phone(who, language)
        self.go(page, place)
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        return page

    def go(self, page: pw.Page, place: str, address: str | None = None) -> None:
        """Open the app at a place, if it asks for one.

        address  where the line goes that is not straight to the tower
        """
        page.goto(f"{address or self.running.address}/floor")
        self.here(page, place)

    def here(self, page: pw.Page, place: str) -> None:
        """Say where one works, if the app asks."""
        page.wait_for_selector(".place, .job, .nothing")
        if page.locator(".place").count():
            page.locator(".place", has_text=place).click()

    def order(self, node: str, service: str, *skus: str, units: int = 1) -> str:
        """An order's parcel on the floor of a node."""
        before = {row[0] for row in self.rows("SELECT parcel_id FROM warehouse.task WHERE node_id = %s", node)}
        floor_town.order(self.running, self.keys, service, *skus, units=units)
        after = floor_town.on_floor(self.running, node, len(before) + 1)
        return str(next(each for each in after if each not in before))

    def made(self, node: str, service: str, *skus: str) -> str:
        """A parcel that was picked, packed and handed over with a scanner gun."""
        parcel = self.order(node, service, *skus)
        with town.caller(self.running, self.keys["icheon-floor"]) as gun:
            self.pick(parcel, node)
            for step in ("pack", "hand-over"):
                said = gun.post(f"/v1/tasks/{parcel}/{step}", json={"node_id": node}, headers=town.wish())
                assert said.status_code == 200, said.text
        return parcel

    def pick(self, parcel: str, node: str) -> None:
        """All of a parcel is picked with a scanner gun."""
        lines = self.rows("SELECT reservation_id::text, units FROM warehouse.task_line WHERE parcel_id = %s", parcel)
        found = [{"reservation_id": reservation_id, "units": units} for reservation_id, units in lines]
        with town.caller(self.running, self.keys["icheon-floor"]) as gun:
            body = {"node_id": node, "found": found}
            said = gun.post(f"/v1/tasks/{parcel}/pick", json=body, headers=town.wish())
            assert said.status_code == 200, said.text

    def rows(self, text: str, *args: object) -> list[tuple[Any, ...]]:
        with self.running.database() as conn:
            return conn.execute(text.encode(), args).fetchall()

    def told(self, parcel: str) -> list[tuple[str, str, str]]:
        """What the tower heard of a parcel: (kind, who did it, what became of it)."""
        text = "SELECT kind, done_by, outcome->>'result' FROM floor.action WHERE parcel_id = %s ORDER BY at"
        return cast("list[tuple[str, str, str]]", self.rows(text, parcel))

    def until_told(self, parcel: str, *kinds: str) -> None:
        """Wait until the tower has heard exactly this of a parcel."""
        until(lambda: [kind for kind, *_ in self.told(parcel)] == list(kinds), f"{kinds} of {parcel}")

    def ticket(self, parcel: str) -> pickup.Ticket:
        [[secret]] = self.rows("SELECT value FROM kit.secret WHERE name = 'pickup'")
        return pickup.ticket(bytes(secret), UUID(parcel))


def card(page: pw.Page, parcel: str) -> pw.Locator:
    return page.locator(f'[data-parcel="{parcel}"]')


def do(page: pw.Page, what: str) -> pw.Locator:
    return page.locator(f'[data-do="{what}"]')


def again(page: pw.Page) -> None:
    """The page looks whether the line is back."""
    page.evaluate("() => dispatchEvent(new Event('online'))")


def wedge(page: pw.Page, code: str) -> None:
    """A scanner types a code wherever the focus is, faster than people."""
    page.evaluate(TYPED, code)
