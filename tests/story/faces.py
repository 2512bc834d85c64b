"""What a page weighs, whether everybody can use it, and which languages it speaks: measured in the browser."""

from collections.abc import Sequence
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page, Response

from sangdan.doors.web.assets.build import CHECKS

# WCAG 2.2, levels A and AA; https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
CODE: Final = ("script", "stylesheet")
AXE: Final = """(rules) => axe.run(document, { runOnly: { type: "tag", values: rules } }).then((found) =>
  found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ") + " | " +
    (node.any[0]?.message ?? node.failureSummary)).slice(0, 4).join(" ; ")}`))"""
# How far the layout moved by itself since the page began; https://web.dev/articles/cls
SHIFTS: Final = """() => new Promise((told) => {
  let moved = 0;
  const add = (list) => { for (const each of list.getEntries()) if (!each.hadRecentInput) moved += each.value; };
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => told(moved), 50));
})"""
# Text that people see, but for what names its own language.
SEEN: Final = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  const page = document.documentElement.lang;
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), around = walker.currentNode.parentElement;
    if (!text || around.closest("script, style, noscript, template")) continue;
    if (around.closest("[lang]").lang === page) found.push(text);
  }
  return found;
}"""


class Fetched:
    """What a page fetches, as if it had never been anywhere: nothing is kept from the page before.

    address  of the server
    """

    def __init__(self, page: Page, address: str) -> None:
        self._address = address
        self._answers: list[Response] = []
        page.on("response", lambda answer: self._answers.append(answer))
        page.route("**/*", lambda route: route.continue_())  # a routed page keeps nothing

    def forget(self) -> None:
        """Begin anew with the next page."""
        self._answers.clear()

    @property
    def code_bytes(self) -> int:
        """Of scripts and styles, as they were sent."""
        code = [each for each in self._answers if each.request.resource_type in CODE]
        return sum(int(each.headers["content-length"]) for each in code)

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of other hosts."""
        return [each.url for each in self._answers if not each.url.startswith((self._address, "data:", "blob:"))]


def with_axe(context: BrowserContext) -> None:
    """Every page of the context can be looked at by `barriers`."""
    context.add_init_script(path=CHECKS / "axe.js")


def barriers(page: Page) -> Sequence[str]:
    """What keeps somebody from using the page: each rule that is broken, and where."""
    found: list[str] = page.evaluate(AXE, list(RULES))
    return found


def shifted(page: Page) -> float:
    """How far the page moved while it loaded, as browsers count it; 0 is still."""
    moved: float = page.evaluate(SHIFTS)
    return moved


def is_too_wide(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    size: list[Any] = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    return size[0] > size[1]


def said(page: Page) -> list[str]:
    """The texts of the page that are in its own language."""
    found: list[str] = page.evaluate(SEEN)
    return found


def sound(page: Page) -> None:
    """Everybody can use the page, and nobody scrolls sideways."""
    page.wait_for_load_state()
    assert barriers(page) == [], page.url
    assert not is_too_wide(page), page.url
