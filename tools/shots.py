"""`python -m tools.shots`: pictures of every main page, taken of a demo day that runs: docs/pictures/*.png."""

import argparse
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from .png import Pixels, beside, coarse, squeezed

ROOT: Final = Path(__file__).resolve().parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
DESKTOP: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=360, height=740)
LINK: Final = re.compile(r"(http://\S+)/enter\?token=")
PASSWORD: Final = re.compile(r"\b([a-z2-9]{4}(?:-[a-z2-9]{4}){2})\b")
MOST_BYTES: Final = 500_000
GAP: Final = 28
PAPER: Final = (221, 214, 200)
# The dawn's vans have half an hour left: what the night's lorries carried is all over the country, and some is unsure.
NEXT_DAY: Final = "document.getElementById('day').textContent.includes('25')"
DAWN: Final = f"{NEXT_DAY} && document.getElementById('time').textContent >= '06:20'"
# Flat out, a busy machine would miss the dawn: the last hours of the night are slower.
NIGHT: Final = f"{NEXT_DAY} || document.getElementById('time').textContent >= '22:00'"
MANY: Final = "+document.getElementById('moving-count').textContent.replace(/\\D/g, '') >= {}"
PATIENCE_MS: Final = 900_000
POSTCODE: Final = "06236"
CONFIRMED: Final = 6
NODE: Final = "fc-deokpyeong"
# The tower's pages beside the map: a picture's name, and where it is taken.
DESK: Final = {
    "risks": "risks",
    "orders": "orders",
    "stock": "stock",
    "network": "network",
    "promises": f"promises?basket=p000016-01+x+2%0Ap000601-01&postcode={POSTCODE}",
    "settlement": "settlement",
    "node": f"network/nodes/{NODE}",
}
DECODE: Final = """async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""

Language: TypeAlias = Literal["ko", "en"]
Scheme: TypeAlias = Literal["light", "dark"]

LANGUAGES: Final[Sequence[Language]] = ("ko", "en")
SCHEMES: Final[Sequence[Scheme]] = ("light", "dark")


class Way(NamedTuple):
    """How one comes into the demo: its address, and the password of its guests."""

    address: str
    password: str


def main() -> int:
    """Run a day until its parcels are on the road, and take every picture of that moment."""
    wanted = argparse.ArgumentParser(prog="python -m tools.shots", description=main.__doc__)
    wanted.add_argument("--orders", type=int, default=4000, help="of the day; with few, none may be at risk")
    orders = wanted.parse_args().orders
    program = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if program is None:
        print("No Chromium on PATH: apt install chromium, or install Google Chrome.", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo(orders) as way, sync_playwright() as playwright:
        # As root Chromium runs only without its own sandbox.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        with visiting(browser, way, "ko", "light", DESKTOP) as context:
            page = tower(context, way)
            page.wait_for_function(NIGHT, timeout=PATIENCE_MS, polling=200)
            page.click("#speeds button[value='600']")
            page.wait_for_function(DAWN, timeout=PATIENCE_MS, polling=200)
            page.click("#speeds button[value='1']")
        for take in (live_map, desk, phones, shop_desk, style):
            take(browser, way)
        browser.close()
    return 0


# --- the pictures


def live_map(browser: Browser, way: Way) -> None:
    """The tower's map."""
    for language in LANGUAGES:
        for scheme in SCHEMES:
            with visiting(browser, way, language, scheme, DESKTOP) as context:
                page = tower(context, way)
                page.wait_for_function(MANY.format(1))
                page.wait_for_timeout(2500)
                keep(page, f"tower-{language}-{scheme}")


def desk(browser: Browser, way: Way) -> None:
    """The tower's other pages."""
    for language in LANGUAGES:
        with visiting(browser, way, language, "light", DESKTOP) as context:
            page = tower(context, way)
            confirm(page, CONFIRMED)
            for name, path in DESK.items():
                page.goto(f"/tower/{path}")
                keep(page, f"tower-{name}-{language}")


def confirm(page: Page, orders: int) -> None:
    """Let some orders that arrived be confirmed, so that there is money to settle."""
    page.goto("/tower/orders?state=delivered")
    for order in page.locator("tbody a.opens").evaluate_all("(links) => links.map((link) => link.href)")[:orders]:
        page.goto(order)
        page.click("button[commandfor='confirm']")
        page.fill("#confirm input[name=reason]", "the shopper wrote that all is well")
        with page.expect_navigation():
            page.click("#confirm button.primary")


def phones(browser: Browser, way: Way) -> None:
    """The shop and the floor app in the hand, side by side."""
    for language in LANGUAGES:
        with visiting(browser, way, language, "light", PHONE, sharp=True) as context:
            shown = [*bought(context, language), on_the_floor(context, way)]
        write(f"phones-{language}", beside(shown, GAP * 2, PAPER))


def shop_desk(browser: Browser, way: Way) -> None:
    """The shop at a desk."""
    for language in LANGUAGES:
        with visiting(browser, way, language, "light", DESKTOP) as context:
            page = settled(context)
            keep(page, f"shop-home-{language}")
            page.goto("/shop/search?q=" + ("우유" if language == "ko" else "milk"))
            keep(page, f"shop-search-{language}")
            page.click("main a[href*='/shop/products/'] >> nth=0")
            page.wait_for_url("**/shop/products/**")
            keep(page, f"shop-product-{language}")


def style(browser: Browser, way: Way) -> None:
    """The style page, whole."""
    with visiting(browser, way, "ko", "light", ViewportSize(width=960, height=900)) as context:
        page = context.new_page()
        page.goto("/style")
        keep(page, "style", whole=True)


def settled(context: BrowserContext) -> Page:
    """The shop's home for somebody who said where goods are to go."""
    page = context.new_page()
    page.goto("/shop/place")
    page.fill("main input[name=postcode]", POSTCODE)
    page.press("main input[name=postcode]", "Enter")
    page.wait_for_url(re.compile("/shop/?$"))
    return page


def bought(context: BrowserContext, language: Language) -> Sequence[Pixels]:
    """What a shopper sees from the shelf to the order."""
    page = settled(context)
    shown = [seen(page)]
    page.goto("/shop/search?q=" + ("우유" if language == "ko" else "milk"))
    page.click("main a[href*='/shop/products/'] >> nth=0")
    page.wait_for_url("**/shop/products/**")
    page.evaluate("scrollTo(0, document.querySelector('.product-about').offsetTop - 190)")
    shown.append(seen(page))
    page.click("form[action='/shop/basket/lines'] button >> nth=0")
    page.wait_for_url("**/shop/basket")
    page.goto("/shop/checkout")
    shown.append(seen(page))
    page.click("form[action='/shop/checkout/way'] button.primary")
    page.wait_for_url("**/shop/checkout/pay")
    for field, text in (
        ("name", "이하늘"),
        ("phone", "01000000000"),
        ("line1", "강남대로 1"),
        ("line2", "101동 1001호"),
    ):
        if page.locator(f"#pay input[name={field}]").count():
            page.fill(f"#pay input[name={field}]", text)
    for box in page.locator("#pay input[type=checkbox]").all():
        box.check()
    page.click("#pay button.primary >> nth=-1")
    page.wait_for_url(re.compile("/shop/orders/[0-9a-f-]{36}"))
    page.wait_for_timeout(2000)
    return [*shown, seen(page)]


def on_the_floor(context: BrowserContext, way: Way) -> Pixels:
    """The list of a picker who says where they work."""
    page = entered(context, way, "picker")
    page.click("dialog button.place:has-text('덕평'), dialog button.place:has-text('Deokpyeong')")
    page.wait_for_timeout(2500)
    return seen(page)


def tower(context: BrowserContext, way: Way) -> Page:
    """The operator's map, once its picture has come."""
    page = entered(context, way, "operator")
    page.wait_for_selector("main[data-ready]")
    return page


# --- the browser


@contextmanager
def visiting(
    browser: Browser, way: Way, language: Language, scheme: Scheme, size: ViewportSize, *, sharp: bool = False
) -> Generator[BrowserContext]:
    """Somebody with a browser of their own.

    sharp  two pixels each way for one, as phones have them
    """
    # Waiting for a condition evaluates text, which our pages forbid.
    context = browser.new_context(
        base_url=way.address,
        viewport=size,
        locale="ko-KR" if language == "ko" else "en-US",
        color_scheme=scheme,
        bypass_csp=True,
        device_scale_factor=2 if sharp else 1,
    )
    try:
        yield context
    finally:
        context.close()


def entered(context: BrowserContext, way: Way, name: str) -> Page:
    """The page that one of the guests comes to."""
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", way.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/(tower|floor)"))
    return page


def seen(page: Page, *, whole: bool = False) -> Pixels:
    """What is to be seen of a page.

    whole  with what is below the fold
    """
    page.evaluate("document.fonts.ready")
    if whole:
        page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.wait_for_timeout(300)
    taken = page.screenshot(full_page=whole)
    width, height, raw = page.evaluate(DECODE, base64.b64encode(taken).decode())
    return coarse(base64.b64decode(raw), width, height)


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """Take a picture and put it beside the others."""
    write(name, seen(page, whole=whole))


def write(name: str, picture: Pixels) -> None:
    """Put a picture where the README finds it, and say how large it is."""
    file = PICTURES / f"{name}.png"
    size = file.write_bytes(squeezed(picture))
    print(f"{file.relative_to(ROOT)}  {size // 1000} kB" + ("  too large" if size > MOST_BYTES else ""))


@contextmanager
def demo(orders: int) -> Generator[Way]:
    """A demo day that serves, flat out; gives the way in."""
    words = ["demo", "--serve", "--no-browser", "--port", "0", "--speed", "max", "--lang", "en"]
    running = subprocess.Popen(
        [sys.executable, "-m", "sangdan", *words, "--orders", str(orders)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _way_in(running)
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate()


def _way_in(running: "subprocess.Popen[str]") -> Way:
    assert running.stdout is not None
    address = ""
    for line in running.stdout:
        if found := LINK.search(line):
            address = found[1]
        elif address and (found := PASSWORD.search(line)):
            return Way(address, found[1])
    raise SystemExit("the demo ended before it served")


if __name__ == "__main__":
    sys.exit(main())
