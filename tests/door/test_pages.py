"""The tower page in a real browser: clean, live, in both languages, dark, on a phone, and back after a restart."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.doors.web.assets.build import build
from sangdan.kit.clock import SimClock
from sangdan.kit.engine import Engine

from .. import chromium
from . import alliance
from .conftest import AT
from .journey import Callers, placed

HANGUL: Final = re.compile("[가-힣]")
PHONE: Final = 360


class Site:
    """The pages on a port of this machine, which may go away and come back.

    house    what they work with
    address  where they are
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._listening = server.listen("127.0.0.1", 0)
        self.address = server.address(self._listening)
        self._stop = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve."""
        self._stop = asyncio.Event()
        app = make_app(self._house, make_web(self._house, self._stop))
        ready = asyncio.Event()
        self._serving = asyncio.create_task(server.serve(app, self._listening, self._stop, ready.set))
        await ready.wait()

    async def end(self) -> None:
        """Stop serving, as a server does that is told to."""
        self._stop.set()
        assert self._serving is not None
        await self._serving

    async def come_back(self) -> None:
        """Serve again, at the same address."""
        address = urlsplit(self.address)
        self._listening = socket.create_server((address.hostname or "", address.port or 0))
        await self.start()


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    build()
    made = Site(house)
    await made.start()
    yield made
    await made.end()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = chromium.program()
    async with async_playwright() as playwright:
        # As root Chromium runs only without its own sandbox.
        started = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield started
        await started.close()


class Visit:
    """A page that is open, and what it complained of.

    troubles  errors in its console, and requests to anywhere but us
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("console", lambda told: self.troubles.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(address) else self.troubles.append(asked.url))


Enter = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def enter(site: Site, browser: Browser, keys: dict[str, str]) -> Enter:
    """Opens the tower as its operator, once the picture has come."""

    async def opened(locale: str = "ko-KR", width: int = 1440, scheme: str = "light") -> Visit:
        context = await browser.new_context(locale=locale, viewport={"width": width, "height": 800})
        page = await context.new_page()
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        visit = Visit(page, site.address)
        await page.goto(f"{site.address}/sign-in")
        await page.click("details summary")
        await page.fill("#key", keys["tower"])
        await page.press("#key", "Enter")
        await page.wait_for_selector("main[data-ready]")
        return visit

    return opened


@pytest.fixture
async def town(door: httpx.AsyncClient) -> None:
    await alliance.found(door)


@pytest.mark.usefixtures("town")
async def test_the_page_is_clean_and_its_counters_tick(enter: Enter, callers: Callers, engine: Engine) -> None:
    await placed(callers)
    visit = await enter()
    orders = visit.page.locator("[data-figure=orders]")
    await expect(orders).to_have_text("1")

    await placed(callers)
    await engine.drain()

    await expect(orders).to_have_text("2")
    await expect(visit.page.locator("#line")).to_have_attribute("data-state", "live")
    await expect(visit.page.locator("#time")).to_have_text("12:00")
    await expect(visit.page.locator("#speeds")).to_have_count(0)  # real time has no speed
    assert visit.troubles == []


@pytest.mark.usefixtures("town")
async def test_a_risk_opens_its_order_s_story_and_escape_closes_it(
    enter: Enter, callers: Callers, engine: Engine, house: House
) -> None:
    await placed(callers)
    await engine.run_until(AT + timedelta(minutes=10))  # paid for and released, but nobody packs it
    assert isinstance(house.clock, SimClock)
    house.clock.set(AT + timedelta(hours=9, minutes=30))  # past the departure at 21:00
    visit = await enter("en-US")
    risk = visit.page.locator("#risks button")
    await expect(risk).to_have_count(1)
    await expect(risk.locator(".because")).not_to_be_empty()
    await expect(risk.locator(".left")).to_contain_text("left")

    await risk.focus()
    await visit.page.keyboard.press("Enter")
    story = visit.page.locator("#story")
    await expect(story).to_contain_text("Why it was promised so")
    await expect(story).to_contain_text("Released to the floor")
    await expect(visit.page.locator("#risk-list")).to_be_hidden()

    await visit.page.keyboard.press("Escape")
    await expect(story).to_be_hidden()
    await expect(risk).to_be_focused()
    assert visit.troubles == []


@pytest.mark.usefixtures("town")
async def test_a_page_speaks_one_language(enter: Enter, callers: Callers) -> None:
    await placed(callers)
    visit = await enter("ko-KR")
    page = visit.page
    assert await page.get_attribute("html", "lang") == "ko"
    await page.locator("#as-table summary").click()
    await expect(page.locator("#nodes")).to_contain_text("물류센터")
    korean = (await page.inner_text("body")).replace("English", "").replace("house-1", "")
    assert re.findall(r"[A-Za-z]{3,}", korean) == []

    await page.click("text=English")
    await page.wait_for_selector("html[lang=en] main[data-ready]")
    await page.locator("#as-table summary").click()
    await expect(page.locator("#nodes")).to_contain_text("fulfilment centre")
    english = (await page.inner_text("body")).replace("한국어", "")
    assert HANGUL.findall(english) == []
    assert visit.troubles == []


@pytest.mark.usefixtures("town")
async def test_light_and_dark_follow_the_machine_until_one_is_chosen(enter: Enter) -> None:
    visit = await enter(scheme="dark")
    page = visit.page

    async def brightness() -> int:
        found = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", found)[:3]))

    assert await brightness() < 120
    await page.click("#theme")
    assert await brightness() > 600
    await page.reload()
    await page.wait_for_selector("main[data-ready]")
    assert await brightness() > 600
    assert visit.troubles == []


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
async def test_a_phone_has_nothing_to_scroll_sideways(enter: Enter, callers: Callers, locale: str) -> None:
    order = await placed(callers)
    visit = await enter(locale, width=PHONE)
    page = visit.page
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE
    await page.goto(page.url + f"?order={order['order_id']}")
    await expect(page.locator("#story h2")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert visit.troubles == []


@pytest.mark.usefixtures("town")
async def test_the_line_comes_back_after_the_server_did(
    enter: Enter, site: Site, callers: Callers, engine: Engine
) -> None:
    visit = await enter()
    await site.end()
    await expect(visit.page.locator("#line")).to_have_attribute("data-state", "lost")
    await placed(callers)
    await engine.drain()

    await site.come_back()

    await expect(visit.page.locator("#line")).to_have_attribute("data-state", "live", timeout=20_000)
    await expect(visit.page.locator("[data-figure=orders]")).to_have_text("1")
