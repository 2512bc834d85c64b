"""The floor app as people use it, in a real browser: at the shelf, at the counter, at a door."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import playwright.sync_api as pw
import pytest
import segno
from PIL import Image

from .. import chromium
from . import browser, floor_town, town
from .floor_hands import NO_SYNC, Hands, again, card, do, wedge
from .floor_town import STORE
from .tower import Tower, tower, until
from .town import ICHEON, Keys

COLLEAGUE: Final = "icheon-night"
QUEUE: Final = """
    async () => {
      const open = indexedDB.open("sangdan-floor");
      const db = await new Promise((known) => { open.onsuccess = () => known(open.result); });
      const asked = db.transaction("queue").objectStore("queue").getAll();
      const rows = await new Promise((known) => { asked.onsuccess = () => known(asked.result); });
      db.close();
      return rows.filter((row) => row.state === "waiting").map((row) => row.action.kind);
    }
"""

FULL: Final = """
    () => {
      const { add, put } = IDBObjectStore.prototype;
      const full = () => { throw new DOMException("no room", "QuotaExceededError"); };
      Object.assign(IDBObjectStore.prototype, { add: full, put: full });
      globalThis.giveRoom = () => Object.assign(IDBObjectStore.prototype, { add, put });
    }
"""


@pytest.fixture(scope="module")
def floor() -> Iterator[tuple[Tower, Keys]]:
    """A tower whose orders go to the floor at once, and two people in Icheon."""
    chromium.program()  # without one there is nothing to serve for
    with tower(release_after_s="0") as running:
        keys = floor_town.found(running)
        with town.caller(running, keys["tower"]) as door:
            wanted = {"client_id": COLLEAGUE, "role": "floor", "partner_id": "hanbit"}
            yield running, {**keys, COLLEAGUE: door.post("/v1/clients", json=wanted).json()["key"]}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees."""
    return tmp_path_factory.mktemp("camera") / "seen.mjpeg"


@pytest.fixture(scope="module")
def opened(film: Path) -> Iterator[pw.Browser]:
    eye = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with browser.opened(*eye, f"--use-file-for-fake-video-capture={film}") as started:
        yield started


@pytest.fixture
def hands(floor: tuple[Tower, Keys], opened: pw.Browser) -> Iterator[Hands]:
    with ExitStack() as ends:
        yield Hands(*floor, opened, ends)


def in_sight(film: Path, code: str) -> None:
    """Let the camera see a code."""
    drawn = io.BytesIO()
    segno.make(code, error="m", micro=False).save(drawn, kind="png", scale=8, border=4)
    view = Image.new("RGB", (1280, 960), "white")
    with Image.open(drawn) as picture:
        view.paste(picture.convert("RGB"), ((1280 - picture.width) // 2, (960 - picture.height) // 2))
    frame = io.BytesIO()
    view.save(frame, "JPEG", quality=90)
    film.write_bytes(frame.getvalue() * 2)


def test_a_picker_works_without_a_line_and_sees_who_was_faster(hands: Hands) -> None:
    mine, taken = hands.order(ICHEON, "next_day", "gim", "oil"), hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor")
    for parcel in (mine, taken):
        card(page, parcel).wait_for()
    page.context.set_offline(True)
    card(page, mine).click()
    do(page, "all").first.click()
    do(page, "not-there").click()
    do(page, "missing").click()
    do(page, "pick").dblclick()  # a glove presses twice: that packs nothing
    page.wait_for_selector('[data-do="pack"]')
    page.reload()  # the app opens without a line, and knows what was done
    card(page, taken).click()
    do(page, "all").click()
    do(page, "pick").click()
    page.wait_for_selector('[data-do="pack"]')
    assert page.evaluate(QUEUE) == ["pick", "pick"]
    hands.pick(taken, ICHEON)

    page.context.set_offline(False)
    again(page)
    refused = page.locator(".alert.red")
    refused.wait_for()
    assert "그사이 처리됨" in refused.inner_text()
    do(page, "understood").click()
    assert hands.told(mine)[0][0::2] == ("pick", "done")
    assert hands.told(taken) == [("pick", "icheon-floor", "conflict")]
    [[found]] = hands.rows("SELECT sum(found)::int FROM warehouse.task_line WHERE parcel_id = %s", mine)
    assert found == 1, "one of the two was not on the shelf"


def test_a_page_whose_first_word_was_cut_hears_of_the_line_again(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.phone("icheon-floor")
    page.route("**/floor/tasks.json*", lambda route: route.abort())
    hands.go(page, "icheon")
    page.locator('#line[data-line="off"]').wait_for()
    page.unroute("**/floor/tasks.json*")
    again(page)
    card(page, parcel).wait_for()


def test_a_press_counts_although_the_page_changes_under_the_finger(hands: Hands) -> None:
    page = hands.at_work("icheon-floor")
    outbox = page.locator('[data-tab="outbox"]')
    outbox.hover()
    page.mouse.down()
    page.evaluate("() => dispatchEvent(new Event('offline'))")  # which is shown at once
    page.mouse.up()
    pw.expect(outbox).to_have_attribute("aria-current", "page")
    page.locator('#line[data-line="off"]').wait_for()
    again(page)


def test_two_pages_of_one_phone_do_one_step_once(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    first = hands.at_work("icheon-floor", language="en")
    second = first.context.new_page()
    hands.go(second, "icheon")
    for page in (first, second):
        card(page, parcel).click()
        do(page, "all").click()
    first.evaluate("() => { globalThis.BroadcastChannel.prototype.postMessage = () => {}; }")  # the word comes late
    second.context.set_offline(True)
    do(first, "pick").click()
    first.wait_for_selector('[data-do="pack"]')
    do(second, "pick").click()
    second.get_by_text("This was done already.").wait_for()
    first.context.set_offline(False)
    again(first)
    hands.until_told(parcel, "pick")
    second.wait_for_selector('[data-do="pack"]')


def test_nobody_acts_in_the_name_of_who_held_the_phone_before(hands: Hands) -> None:
    hers, his = hands.order(ICHEON, "next_day", "gim"), hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor", language="en")
    card(page, hers).click()
    do(page, "all").click()
    page.context.clear_cookies(name="sangdan_session")  # the session ends in the middle
    do(page, "pick").click()
    page.get_by_text("You are signed out").wait_for()
    assert page.evaluate(QUEUE) == ["pick"]

    def comes(who: str) -> None:
        session = floor_town.signed_in(hands.running, hands.keys[who])
        page.context.add_cookies([{"name": "sangdan_session", "value": session, "url": hands.running.address}])

    comes(COLLEAGUE)
    again(page)
    page.get_by_text("Somebody else is signed in").wait_for()
    page.get_by_role("button", name="Open the app again").click()
    hands.go(page, "icheon")
    card(page, his).click()
    do(page, "all").click()
    do(page, "pick").click()
    hands.until_told(his, "pick")
    assert hands.told(his)[0][1] == COLLEAGUE
    assert hands.told(hers) == [], "it waits for who did it"
    page.locator('[data-tab="outbox"]').click()
    page.get_by_text("waits until icheon-floor signs in").wait_for()

    comes("icheon-floor")
    hands.go(page, "icheon")
    hands.until_told(hers, "pick")
    [[by]] = hands.rows("SELECT by FROM floor.action WHERE parcel_id = %s", hers)
    assert by == "icheon-floor"


def test_a_device_without_room_says_so_and_goes_on_when_there_is_some(hands: Hands) -> None:
    parcel = hands.order(ICHEON, "next_day", "gim")
    page = hands.at_work("icheon-floor", language="en")
    card(page, parcel).click()
    do(page, "all").click()
    page.evaluate(FULL)
    again(page)
    page.get_by_text("This device is full").wait_for()
    do(page, "pick").click()
    page.get_by_text("The device has no room to keep this").wait_for()
    assert hands.told(parcel) == []
    page.evaluate("() => giveRoom()")
    do(page, "pick").click()
    hands.until_told(parcel, "pick")
    page.get_by_text("This device is full").wait_for(state="detached")


def test_a_courier_delivers_and_fails_to(hands: Hands, tmp_path: Path) -> None:
    left, missed = hands.made(ICHEON, "next_day", "gim"), hands.made(ICHEON, "next_day", "oil")
    page = hands.at_work("baram-app", language="en")
    [[label]] = hands.rows("SELECT sscc FROM warehouse.task WHERE parcel_id = %s", left)
    page.locator('[data-tab="toLoad"]').click()
    wedge(page, f"]C100{label}")
    card(page, missed).locator('[data-do="load"]').click()
    page.locator('[data-tab="board"]').click()
    card(page, left).locator('[data-do="deliver"]').click()
    page.get_by_text("Left at the door").click()
    do(page, "delivered").click()
    page.get_by_text("Take a photo of where you left it.").wait_for()
    letter = tmp_path / "letter.jpg"
    letter.write_text("no photo")
    page.set_input_files("#photo", letter)
    page.get_by_text("This file is not a photo").wait_for()
    taken = io.BytesIO()
    Image.new("RGB", (2400, 1800), "teal").save(taken, "JPEG")
    page.set_input_files("#photo", {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()})
    page.locator(".preview").wait_for()
    do(page, "delivered").click()
    card(page, missed).locator('[data-do="fail"]').click()
    do(page, "nobody_in").click()
    card(page, missed).get_by_text("tried once").wait_for()
    hands.until_told(left, "load", "deliver")
    hands.until_told(missed, "load", "fail")
    until(lambda: hands.rows("SELECT FROM floor.photo"), "the photo to come")


def test_a_photo_that_the_tower_refuses_is_told_in_words(hands: Hands) -> None:
    parcel = hands.made(ICHEON, "next_day", "gim")
    page = hands.at_work("baram-app")
    page.evaluate(NO_SYNC)  # what a worker sends takes another way
    page.route("**/floor/photos/*", lambda route: route.continue_(post_data=b"no photo"))
    page.locator('[data-tab="toLoad"]').click()
    card(page, parcel).locator('[data-do="load"]').click()
    page.locator('[data-tab="board"]').click()
    card(page, parcel).locator('[data-do="deliver"]').click()
    page.locator('[name="how"]').first.check(force=True)
    taken = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(taken, "JPEG")
    page.set_input_files("#photo", {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()})
    page.locator(".preview").wait_for()
    do(page, "delivered").click()
    refused = page.locator(".alert.red")  # it shows itself: whoever took the photo is at the next door already
    refused.wait_for()
    pw.expect(page.locator('[data-tab="outbox"]')).to_contain_text("1")
    assert "JPEG, PNG, WebP" in refused.inner_text()
    assert "{" not in refused.inner_text()
    assert "<" not in refused.inner_text()


def test_the_counter_takes_codes_that_are_told_typed_and_seen(hands: Hands, film: Path) -> None:
    told, typed, seen = (hands.made(STORE, "pickup", "gim") for _ in range(3))
    page = hands.at_work("icheon-floor", "명동점")
    page.locator('[data-tab="counter"]').click()
    card(page, told).click()
    in_sight(film, hands.ticket(seen).qr)
    page.fill("#code", f"{(int(hands.ticket(told).code) + 1) % 10**6:06d}")
    do(page, "collect").click()
    page.get_by_text("이 상자의 코드가 아닙니다").wait_for()
    page.fill("#code", hands.ticket(told).code)
    do(page, "collect").dblclick()
    card(page, told).wait_for(state="detached")

    card(page, typed).click()
    pw.expect(page.locator("#code")).to_be_focused()
    wedge(page, hands.ticket(typed).qr)  # into the field for the code, where the focus is
    pw.expect(page.locator("#code")).to_have_value(hands.ticket(typed).code)
    do(page, "collect").click()
    card(page, typed).wait_for(state="detached")

    page.context.set_offline(True)  # the reader is on the device by now
    page.click("#scan")
    pw.expect(page.locator("#code")).to_have_value(hands.ticket(seen).code)
    do(page, "collect").click()
    card(page, seen).wait_for(state="detached")
    page.context.set_offline(False)
    again(page)
    for parcel in (told, typed, seen):
        hands.until_told(parcel, "collect")
        assert hands.told(parcel)[0][2] == "done"
