"""`python -m tools.shots`: the pictures of the README, taken of a demo day that runs: docs/pictures/*.png."""

import argparse
import base64
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT: Final = Path(__file__).resolve().parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
DESKTOP: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=360, height=780)
LINK: Final = re.compile(r"http://\S+/enter\?token=\S+")
MOST_BYTES: Final = 400_000
# The dawn's vans have half an hour left: what the night's lorries carried is all over the country, and some is unsure.
NEXT_DAY: Final = "document.getElementById('day').textContent.includes('25')"
DAWN: Final = f"{NEXT_DAY} && document.getElementById('time').textContent >= '06:20'"
MANY: Final = "+document.getElementById('moving-count').textContent.replace(/\\D/g, '') >= {}"
PATIENCE_MS: Final = 900_000
# The last bits of a colour cost a third of a picture and nobody sees them.
KEPT_BITS: Final = 0xFC
DECODE: Final = """async (png) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""

Pixels: TypeAlias = npt.NDArray[np.uint8]


class Shot(NamedTuple):
    """A picture to take.

    order  one order's story alone, instead of the page
    """

    name: str
    size: ViewportSize
    locale: Literal["ko-KR", "en-US"]
    scheme: Literal["light", "dark"]
    order: bool = False


SHOTS: Final = (
    Shot("tower-ko-dark", DESKTOP, "ko-KR", "dark"),
    Shot("tower-en-dark", DESKTOP, "en-US", "dark"),
    Shot("tower-ko-light", DESKTOP, "ko-KR", "light"),
    Shot("tower-en-light", DESKTOP, "en-US", "light"),
    Shot("order-ko-light", DESKTOP, "ko-KR", "light", order=True),
    Shot("order-en-light", DESKTOP, "en-US", "light", order=True),
    Shot("phone-ko-dark", PHONE, "ko-KR", "dark"),
    Shot("phone-en-light", PHONE, "en-US", "light"),
)


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
    with demo(orders) as link, sync_playwright() as playwright:
        # As root Chromium runs only without its own sandbox.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        # Waiting for a condition evaluates text, which our pages forbid.
        page = browser.new_context(viewport=DESKTOP, locale="ko-KR", bypass_csp=True).new_page()
        enter(page, link)
        page.wait_for_function(f"{NEXT_DAY} && {MANY.format(orders // 5)}", timeout=PATIENCE_MS, polling=500)
        page.click("#speeds button[value='600']")
        page.wait_for_function(DAWN, timeout=PATIENCE_MS, polling=200)
        page.click("#speeds button[value='60']")
        for shot in SHOTS:
            context = browser.new_context(
                viewport=shot.size, locale=shot.locale, color_scheme=shot.scheme, bypass_csp=True
            )
            take(context.new_page(), link, shot)
            context.close()
        browser.close()
    return 0


def enter(page: Page, link: str) -> None:
    """Open the tower, and wait for its picture."""
    page.goto(link)
    page.wait_for_selector("main[data-ready]")
    page.wait_for_function("document.fonts.status === 'loaded'")


def take(page: Page, link: str, shot: Shot) -> None:
    """Take one picture once the map moves and the counters rest."""
    enter(page, link)
    page.wait_for_function(MANY.format(1))
    if shot.order:
        page.click("#risks button >> nth=0")
        page.wait_for_selector("#story h2")
    page.wait_for_timeout(2500)
    file = PICTURES / f"{shot.name}.png"
    taken = page.locator(".side").screenshot() if shot.order else page.screenshot()
    size = file.write_bytes(squeezed(pixels(page, taken)))
    print(f"{file.relative_to(ROOT)}  {size // 1000} kB" + ("  too large" if size > MOST_BYTES else ""))


def pixels(page: Page, png: bytes) -> Pixels:
    """A picture's colours, as the browser reads them: rows, columns, red green blue."""
    width, height, raw = page.evaluate(DECODE, base64.b64encode(png).decode())
    rgba = np.frombuffer(base64.b64decode(raw), np.uint8).reshape(height, width, 4)
    return np.bitwise_and(rgba[:, :, :3], np.uint8(KEPT_BITS))


def squeezed(rgb: Pixels) -> bytes:
    """A PNG as small as it gets without losing what the eye sees: for each row the filter that leaves least.

    source  https://www.w3.org/TR/png-3/#9Filters
    """
    height, width, _ = rgb.shape
    left, up, corner = np.zeros_like(rgb), np.zeros_like(rgb), np.zeros_like(rgb)
    left[:, 1:], up[1:], corner[1:, 1:] = rgb[:, :-1], rgb[:-1], rgb[:-1, :-1]
    a, b, c = (each.astype(np.int16) for each in (left, up, corner))
    to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    paeth = np.where((to_a <= to_b) & (to_a <= to_c), left, np.where(to_b <= to_c, up, corner))
    rows = np.stack([(rgb - guess).reshape(height, -1) for guess in (np.zeros_like(rgb), left, up, paeth)])
    best = np.abs(rows.view(np.int8).astype(np.int16)).sum(axis=2).argmin(axis=0)
    kinds = np.array([0, 1, 2, 4], np.uint8)[best]
    lines = np.concatenate([kinds[:, None], rows[best, np.arange(height)]], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@contextmanager
def demo(orders: int) -> Generator[str]:
    """A demo day that serves, flat out; gives the link that signs its operator in."""
    words = ["demo", "--serve", "--no-browser", "--port", "0", "--speed", "max", "--orders", str(orders)]
    running = subprocess.Popen(
        [sys.executable, "-m", "sangdan", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert running.stdout is not None
        yield next(found.group() for line in running.stdout if (found := LINK.search(line)))
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate()


if __name__ == "__main__":
    sys.exit(main())
