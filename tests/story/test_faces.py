"""Every main page of a living demo: usable by everybody, right on a phone and a desk, light, in one language."""

import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from sangdan.doors.web.assets.build import build
from sangdan.doors.web.tower.places import PLACES

from . import faces
from .browser import DESKTOP, PHONE, Language, Theme, complaints, opened, visiting
from .terminal import Terminal
from .tower import until

HANGUL: Final = re.compile("[가-힣]")
# Names, codes and units may stand in Latin letters anywhere; words that follow one another are English.
ENGLISH: Final = re.compile(r"\b[A-Za-z]?[a-z]{2,} [a-z]{2,}\b")
CODE_BYTES: Final = 100_000
SHIFT: Final = 0.01
POSTCODE: Final = "06000"
SIZE: Final = ("--orders", "80", "--stores", "8", "--products", "300")
SHOP: Final = (
    "/shop", "/shop/categories/fresh", "/shop/search?q=a", "/shop/products/p000001", "/shop/compare", "/shop/place",
    "/shop/basket", "/shop/checkout", "/shop/sign-in", "/shop/sign-up", "/shop/orders/find", "/shop/contact",
    "/shop/legal/terms", "/shop/legal/privacy", "/shop/legal/withdrawal", "/shop/forgotten", "/shop/forgotten?asked=1",
)  # fmt: skip
TOWER: Final = tuple(place.url for place in PLACES if place.url.startswith("/tower"))


@pytest.fixture(scope="module")
def demo() -> Iterator[Terminal]:
    """A demo day that stands still at nine in the morning."""
    build()
    folder = Path(tempfile.mkdtemp(prefix="sangdan-faces-"))
    folder.chmod(0o777)
    running = Terminal(folder, "--speed", "0", size=SIZE)
    until(lambda: httpx.get(f"{address(running)}/shop/search?q=a").status_code == 200, "the search index")
    yield running
    running.end(signal.SIGTERM)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as started:
        yield started


def address(demo: Terminal) -> str:
    return demo.links[0].split("/enter")[0]


def shopping(context: BrowserContext) -> Page:
    """Somebody who said where goods are to go, and has something in the basket."""
    page = context.new_page()
    page.goto("/shop/place")
    page.fill("input[name=postcode]", POSTCODE)
    page.click("main form button:not([disabled]) >> nth=0")
    page.goto("/shop/products/p000001")
    page.click("form[action='/shop/basket/lines'] button >> nth=0")
    page.wait_for_url("**/shop/basket")
    return page


def signed_in(context: BrowserContext, demo: Terminal, name: str) -> Page:
    """One of the demo's guests, by name and password."""
    password = re.search(r"the password of all\s+(\S+)", demo.written)
    assert password is not None
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/(tower|floor)"))
    return page


def at_rest(page: Page) -> None:
    """Wait until the floor app shows what there is, and its worker is at its post."""
    page.wait_for_selector(".place, .job, .nothing")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def looked_at(page: Page, url: str, settled: Callable[[Page], None] = lambda _: None) -> list[str]:
    """What is wrong with a page as it stands.

    settled  waits for what a page's script makes
    """
    troubles = complaints(page)
    answer = page.goto(url)
    assert answer is not None
    settled(page)
    page.evaluate("document.fonts.ready")
    wrong = [f"{url}: {trouble}" for trouble in (*troubles, *faces.barriers(page))]
    if answer.status != 200:
        wrong.append(f"{url}: status {answer.status}")
    if faces.is_too_wide(page):
        wrong.append(f"{url}: scrolls sideways")
    return wrong


def in_one_language(page: Page, url: str) -> list[str]:
    """What a page says in the other language."""
    language = page.evaluate("document.documentElement.lang")
    if language == "en":
        return [f"{url}: {text}" for text in faces.said(page) if HANGUL.search(text)]
    return [f"{url}: {text}" for text in faces.said(page) if ENGLISH.search(text)]


def unsettled(page: Page, url: str, fetched: faces.Fetched) -> list[str]:
    """What is too heavy of a page, comes from elsewhere, or moved while it loaded."""
    moved = faces.shifted(page)
    assert fetched.code_bytes > 1000, "nothing was counted"
    if fetched.code_bytes > CODE_BYTES or fetched.elsewhere or moved > SHIFT:
        return [f"{url}: {fetched.code_bytes} bytes, moved {moved}, asked {fetched.elsewhere}"]
    return []


@pytest.mark.parametrize(("language", "theme", "size"), [("ko", "light", PHONE), ("en", "dark", DESKTOP)])
def test_everybody_can_shop_on_light_and_steady_pages(
    demo: Terminal, browser: Browser, language: Language, theme: Theme, size: ViewportSize
) -> None:
    with visiting(browser, address(demo), language=language, theme=theme, size=size) as context:
        faces.with_axe(context)
        page = shopping(context)
        fetched = faces.Fetched(page, address(demo))
        wrong: list[str] = []
        for url in SHOP:
            fetched.forget()
            wrong += looked_at(page, url) + in_one_language(page, url) + unsettled(page, url, fetched)
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize(("language", "theme", "size"), [("en", "light", PHONE), ("ko", "dark", DESKTOP)])
def test_everybody_can_run_the_tower(
    demo: Terminal, browser: Browser, language: Language, theme: Theme, size: ViewportSize
) -> None:
    with visiting(browser, address(demo), language=language, theme=theme, size=size) as context:
        faces.with_axe(context)
        page = signed_in(context, demo, "operator")
        wrong: list[str] = []
        for url in (*TOWER, "/me"):
            wrong += looked_at(page, url) + in_one_language(page, url)
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize(("language", "theme"), [("ko", "light"), ("en", "dark")])
def test_everybody_can_use_the_style_page_and_the_floor(
    demo: Terminal, browser: Browser, language: Language, theme: Theme
) -> None:
    with visiting(browser, address(demo), language=language, theme=theme, size=PHONE) as context:
        faces.with_axe(context)
        page = context.new_page()
        wrong = looked_at(page, "/style") + in_one_language(page, "/style") + looked_at(page, "/sign-in")
        page = signed_in(context, demo, "picker")
        at_rest(page)  # or what it asks for the first time is cut by the second visit
        wrong += looked_at(page, "/floor", at_rest) + in_one_language(page, "/floor")
    assert "\n".join(wrong) == ""
