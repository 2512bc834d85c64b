"""What happens to a device while something waits on it: pages close, releases come, room and clocks are wrong."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import playwright.sync_api as pw
import pytest

from .. import chromium
from . import browser, floor_town
from .floor_hands import NO_SYNC, Hands, again, card, do
from .floor_storm import KEPT, STAYS
from .new_release import NewRelease
from .tower import Tower, tower, until
from .town import ICHEON, Keys

NEWER: Final = "() => globalThis.newer === true"
# What a release to come would do to the device's database.
NEXT_SCHEMA: Final = """
    () => {
      const asked = indexedDB.open("sangdan-floor", 1000);
      asked.onupgradeneeded = () => asked.transaction.objectStore("queue").createIndex("by_state", "state");
      asked.onsuccess = () => asked.result.close();
    }
"""
ROWS: Final = """
    () => new Promise((known) => {
      const asked = indexedDB.open("sangdan-floor");
      asked.onsuccess = () => {
        const found = asked.result.transaction("queue").objectStore("queue").getAll();
        found.onsuccess = () => { asked.result.close(); known(found.result); };
      };
    })
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


@pytest.fixture
def hands(floor: tuple[Tower, Keys], opened: pw.Browser) -> Iterator[Hands]:
    with ExitStack() as ends:
        yield Hands(*floor, opened, ends)


def waiting(page: pw.Page) -> list[str]:
    return [kind for state, kind, *_ in page.evaluate(KEPT) if state == "waiting"]


def pick(page: pw.Page, parcel: str) -> None:
    """Pick all of a parcel; over when the page says that it is kept."""
    page.locator('[data-tab="tasks"]').click()
    card(page, parcel).click()
    do(page, "all").click()
    do(page, "pick").click()
    page.wait_for_selector('[data-do="pack"]')


def stays(page: pw.Page) -> None:
    until(lambda: page.evaluate(STAYS), "the app to stay on the device")


def test_what_was_done_goes_after_the_page_was_closed(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor")
    stays(page)
    card(page, parcel).wait_for()
    page.context.set_offline(True)
    pick(page, parcel)
    tags = "() => navigator.serviceWorker.ready.then((worker) => worker.sync.getTags())"
    until(lambda: "floor" in page.evaluate(tags), "the browser to be asked to send it later")
    beside = page.context.new_page()
    page.close()
    page.context.set_offline(False)
    worker = browser.behind(beside)
    found: list[dict[str, Any]] = []

    def named(told: dict[str, Any]) -> None:
        found.extend(told["registrations"])

    worker.on("ServiceWorker.workerRegistrationUpdated", named)
    worker.send("ServiceWorker.enable")
    until(lambda: beside.wait_for_timeout(20) or found, "the worker's name")
    origin = hands.running.address
    [name] = {each["registrationId"] for each in found if each["scopeURL"] == f"{origin}/floor"}
    worker.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": origin, "registrationId": name, "tag": "floor", "lastChance": False},
    )
    hands.until_told(parcel, "pick")


def test_a_release_that_comes_while_something_waits_loses_nothing(hands: Hands) -> None:
    before, after = hands.order(ICHEON, "next_day", "gim"), hands.order(ICHEON, "next_day", "gim")
    line = NewRelease(hands.running.port)
    hands.ends.callback(line.close)
    page = hands.phone("icheon-floor")
    hands.go(page, "icheon", line.address)
    stays(page)
    for parcel in (before, after):
        card(page, parcel).wait_for()
    line.down = True
    pick(page, before)
    line.came, line.down = True, False
    again(page)  # the old page sends what was done on it
    hands.until_told(before, "pick")

    line.down = True
    pick(page, after)
    line.down, line.cut_at = False, (b"GET /assets/newer-", b"POST /floor/actions")
    page.reload()  # the line breaks between the new page and what it is made of
    line.down = True
    page.reload()
    page.wait_for_selector(".job, [data-do]")
    assert not page.evaluate(NEWER), "what is whole is served"
    assert waiting(page) == ["pick"]

    line.down, line.cut_at = False, ()
    page.reload()
    page.wait_for_function(NEWER)
    hands.until_told(after, "pick")
    stays(page)
    line.down = True
    page.reload()
    page.wait_for_selector(".job, .nothing")
    assert page.evaluate(NEWER), "the newer one is on the device now"


def test_a_database_that_a_newer_page_changed_is_left_to_it(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor", language="en")
    stays(page)
    card(page, parcel).wait_for()
    newer = page.context.new_page()
    newer.goto(f"{hands.running.address}/floor/app.webmanifest")
    page.context.set_offline(True)
    pick(page, parcel)
    with page.expect_navigation():  # it lets go of the database, and asks for the newer page
        newer.evaluate(NEXT_SCHEMA)
    page.get_by_text("A newer app belongs here").wait_for()
    [kept] = page.evaluate(ROWS)
    assert (kept["state"], kept["action"]["parcel_id"]) == ("waiting", parcel), "it waits for the newer page"


def test_a_device_whose_store_was_cleared_goes_on(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor")
    card(page, parcel).wait_for()
    kinds = "indexeddb,cache_storage,service_workers"
    with page.expect_navigation():
        cleared = {"origin": hands.running.address, "storageTypes": kinds}
        browser.behind(page).send("Storage.clearDataForOrigin", cleared)
    hands.here(page, "icheon")
    pick(page, parcel)
    hands.until_told(parcel, "pick")


def test_the_browser_is_asked_to_keep_what_is_there(hands: Hands) -> None:
    page = hands.phone("icheon-floor")
    page.add_init_script("navigator.storage.persist = async () => { globalThis.asked = true; return true; };")
    hands.go(page, "icheon")
    page.wait_for_function("() => globalThis.asked === true")


@pytest.mark.parametrize("hours", [-24, 7])
def test_a_clock_that_is_wrong_harms_nothing(hands: Hands, hours: int) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.phone("icheon-floor")
    wrong = timedelta(hours=hours)
    page.clock.set_fixed_time(datetime.now(UTC) + wrong)
    hands.go(page, "icheon")
    pick(page, parcel)
    page.locator(".alert.amber").first.wait_for()
    hands.until_told(parcel, "pick")
    [[device_at, happened_at, at]] = hands.rows(
        "SELECT device_at, happened_at, at FROM floor.action WHERE parcel_id = %s", parcel
    )
    assert abs(device_at - at - wrong) < timedelta(hours=1)
    assert timedelta() <= at - happened_at < timedelta(minutes=10)


def test_whoever_signs_out_is_told_what_waits(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor", language="en")
    later = {"at": datetime.now(UTC).isoformat(), "clock_off": False, "answers": [{"index": 0, "result": "later"}]}
    page.evaluate(NO_SYNC)  # what a worker sends takes another way
    page.route("**/floor/actions", lambda route: route.fulfill(json=later))
    pick(page, parcel)

    def leave() -> None:
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="Sign out").click()

    leave()
    page.get_by_text("Not everything is sent").wait_for()
    do(page, "stay").click()
    assert page.url.endswith("/floor")
    page.locator("details.menu").evaluate("(menu) => { menu.open = false; }")
    leave()
    do(page, "leave").click()
    page.wait_for_url("**/sign-in*")
    page.unroute("**/floor/actions")
    session = floor_town.signed_in(hands.running, hands.keys["icheon-floor"])
    page.context.add_cookies([{"name": "sangdan_session", "value": session, "url": hands.running.address}])
    hands.go(page, "icheon")
    page.clock.install()
    page.clock.fast_forward("01:10")
    hands.until_told(parcel, "pick")


def test_signing_out_without_a_line_keeps_the_person_and_the_queue(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor", language="en")
    card(page, parcel).wait_for()
    page.context.set_offline(True)
    pick(page, parcel)
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Signing out needs a line").wait_for()
    assert (page.url, waiting(page)) == (f"{hands.running.address}/floor", ["pick"])
    page.context.set_offline(False)
    again(page)
    hands.until_told(parcel, "pick")
    assert urlsplit(page.url).path == "/floor"
