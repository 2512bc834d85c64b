"""A real browser for the pages: the machine's Chromium, driven by Playwright."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, Literal, TypeAlias

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from .. import chromium

PHONE: Final = ViewportSize(width=360, height=780)
DESKTOP: Final = ViewportSize(width=1440, height=900)
ALONE: Final = (
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip

Language: TypeAlias = Literal["ko", "en"]
Theme: TypeAlias = Literal["light", "dark"]


@contextmanager
def opened(*words: str) -> Generator[Browser]:
    """The browser, until the end of the block.

    words  more of the program's own
    """
    path = chromium.program()
    with sync_playwright() as playwright:
        # As root Chromium runs only without its own sandbox.
        more = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=[*ALONE, *more, *words])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: Browser,
    address: str,
    *,
    language: Language = "ko",
    theme: Theme = "light",
    size: ViewportSize = DESKTOP,
    scripts: bool = True,
    downloads: bool = False,
) -> Generator[BrowserContext]:
    """A person with a browser of their own: nothing is remembered of anybody else.

    address    of the server
    scripts    whether scripts may run
    downloads  whether files may be saved
    """
    context = browser.new_context(
        base_url=address,
        locale="ko-KR" if language == "ko" else "en-US",
        color_scheme=theme,
        viewport=size,
        java_script_enabled=scripts,
        accept_downloads=downloads,
        timezone_id="Asia/Seoul",
    )
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        context.close()


def behind(page: Page) -> Any:
    """The browser's own protocol, for what no person can do; https://chromedevtools.github.io/devtools-protocol/"""
    return page.context.new_cdp_session(page)


def complaints(page: Page) -> list[str]:
    """What the page's console says goes wrong from now on, and the errors that nobody caught: a list that grows."""
    found: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
