"""`sangdan demo`: an alliance's day to watch, or to be told of; and scenes out of one."""

import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import polars as pl
import uvloop
from cyclopts import Parameter
from msgspec import structs
from rich.cells import cell_len

from sangdan.adapters import korea
from sangdan.doors.api import server
from sangdan.doors.sim import pace, scenes, served
from sangdan.doors.sim.demo import Day, move_in, play
from sangdan.doors.sim.guests import SHOPPER, Welcome
from sangdan.doors.sim.report import Told, sound, spoken
from sangdan.doors.sim.scenes.stage import as_text
from sangdan.doors.sim.world import ground
from sangdan.flows.import_rows import KINDS, SEALED
from sangdan.kit import logs
from sangdan.kit.db import Pool
from sangdan.kit.settings import Settings, load
from sangdan.tower.twin.model import Size

from .output import Json, answer, progress
from .signals import stopped_by_signals

DAY_ON: Final = date(2026, 11, 24)  # an ordinary Tuesday
USAGE: Final = 2
SPEED: Final = "600"  # from nine to midnight in a minute and a half

# Persons move in last, once there is a vault.
EVE: Final = 400  # orders of the day before, for whoever comes to see parcels arrive and reviews: seconds
TABLES: Final = len(KINDS) - len(SEALED)
_MOVES_IN: Final = "the alliance moves in"

Language = Literal["ko", "en"]
_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "ko": {
        "open": "브라우저에서 열어 보세요. 아래 링크는 한 번 열면 로그인되고, 그 뒤에는 이름과 비밀번호로 들어옵니다.",
        "operator": "관제탑 운영자", "manager": "물류 동맹사 담당자", "picker": "물류센터 피킹 담당",
        "clerk": "매장 직원", "courier": "배송 기사", "password": "모두의 비밀번호",
        "shop": "쇼핑몰", "shopper": "쇼핑몰 회원 (같은 비밀번호)",
        "api": "API 명세(OpenAPI)", "key": "API 키", "style": "디자인",
        "until": "끝내려면 Ctrl-C를 누르세요. 하루의 속도는 관제탑 화면에서 바꿀 수 있습니다.",
        "over": "하루가 끝났습니다. 화면은 Ctrl-C를 누를 때까지 열려 있습니다.",
        "no_scene": "그런 장면은 없습니다: {}. 볼 수 있는 장면:",
    },
    "en": {
        "open": "Open it in a browser. A link signs in once; after that the name and the password do.",
        "operator": "the tower's operator", "manager": "a logistics ally's manager", "picker": "a centre's picker",
        "clerk": "a store's clerk", "courier": "a courier", "password": "the password of all",
        "shop": "the storefront", "shopper": "its member (same password)",
        "api": "the API (OpenAPI)", "key": "an API key", "style": "how it looks",
        "until": "Ctrl-C ends it. The tower's page changes the speed of the day.",
        "over": "The day is over. The page stays until Ctrl-C.",
        "no_scene": "There is no scene {}. There are:",
    },
}  # fmt: skip


def demo(
    *,
    orders: int = 2000,
    seed: int = 7,
    headless: Annotated[bool | None, Parameter(negative="--serve")] = None,
    speed: str = SPEED,
    port: int | None = None,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
    scene: str | None = None,
    lang: Language | None = None,
    day: date = DAY_ON,
    stores: int = 400,
    products: int = 20_000,
    postcodes: Path | None = None,
    database: str | None = None,
    json: Json = False,
) -> int:
    """Run a national alliance's day through the production code, and watch it or be told what happened.

    Five fulfilment centres, an overseas hub and hundreds of stores, every postcode of Korea, a day's shoppers, a
    gateway that declines and answers late, pickers who do not find things.

    On a terminal it serves the tower, the storefront and the floor app: it prints their addresses with ready-made
    sign-ins, opens a browser on the tower, and goes on until Ctrl-C. Elsewhere it runs the day, prints the report and
    ends: exit code 0 when nothing drifted, nothing was oversold and the ledger sums to zero. With --scene it plays one
    moment, and exit code 0 says that its story is true.

    Parameters
    ----------
    orders
        How many shoppers want something that day.
    seed
        The same seed gives the same day.
    headless
        Only the report, also on a terminal; --serve serves without one.
    speed
        Simulated seconds a second from nine in the morning on: 0 pauses, 1 is real time, max is as fast as it goes.
    port
        The port to serve on, instead of SANGDAN_PORT; when that is taken, any free one.
    browser
        Whether to open a browser, where there is one.
    scene
        Play this scene instead; an unknown name lists them. With --json, one JSON object a line.
    lang
        The language of what is told, ko or en; by default the terminal's.
    day
        The local date.
    stores, products
        How large the alliance is.
    postcodes
        Your own file of postcodes instead of the package's: CSV with postcode, sido, sigungu, lat and lon.
    database
        An empty database of your own, kept afterwards; without it a throw-away one.
    """
    language = lang or _spoken(os.environ)
    if scene is not None:
        return _scene(scene, language, json=json)
    size = Size(stores=stores, products=products, orders_per_day=max(orders, 1000))
    planned = Day(seed=seed, orders=orders, day_on=day, size=size)
    if json or headless or (headless is None and not sys.stdout.isatty()):
        told = uvloop.run(_run(planned, postcodes, database))
        answer(told, spoken(told), json=json)
        return 0 if sound(told) else 1
    settings, at_speed = load(), pace.read(speed)
    planned = structs.replace(planned, eve=min(orders // 5, EVE))
    logs.configure("WARNING")
    with _listen(settings, port) as listening:
        guide = _Guide(language, server.address(listening), browser=browser)
        uvloop.run(_serve(planned, postcodes, database, at_speed, settings, listening, guide))
    return 0


def _spoken(environment: Mapping[str, str]) -> Language:
    """The terminal's language: Korean where it says so."""
    chosen = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "ko" if chosen.startswith("ko") else "en"


def _scene(name: str, language: Language, *, json: bool) -> int:
    if name not in scenes.SCENES:
        print(_WORDS[language]["no_scene"].format(name), file=sys.stderr)
        for each in scenes.SCENES.values():
            title, about = (each.title_ko, each.about_ko) if language == "ko" else (each.title_en, each.about_en)
            print(f"  {each.name:<18} {title}: {about}", file=sys.stderr)
        return USAGE

    def tell(line: scenes.Line) -> None:
        print(msgspec.json.encode(line).decode() if json else as_text(line, language), flush=True)

    return 0 if scenes.play(name, tell) else 1


async def _run(day: Day, postcodes: Path | None, url: str | None) -> Told:
    """The day without a watcher, as fast as it goes."""
    began = time.monotonic()
    async with ground(url) as (address, memory, _):
        pool = await Pool.open(address, size=4, alone=True)
        try:
            with _bars(day.orders) as bars:
                told = await play(pool, day, _places(postcodes), *bars)
        finally:
            await pool.close()
    told.seconds = round(time.monotonic() - began, 1)
    told.peak_pss_mb = round(memory.peak_bytes / 1e6, 1)
    return told


async def _serve(
    day: Day,
    postcodes: Path | None,
    url: str | None,
    speed: float,
    settings: Settings,
    listening: socket.socket,
    guide: "_Guide",
) -> None:
    """The day for those who watch, until a signal ends it."""
    began = time.monotonic()
    async with ground(url) as (address, memory, folder):

        def over(told: Told) -> None:
            told.seconds = round(time.monotonic() - began, 1)
            told.peak_pss_mb = round(memory.peak_bytes / 1e6, 1)
            guide.say_it_is_over(told)

        pool = await Pool.open(address, size=4, alone=True)
        try:
            with _bars(None) as bars:
                shopping = await move_in(pool, day, _places(postcodes), *bars, strict=False)
            with stopped_by_signals() as stop:
                own = served.settings_of_the_day(settings, folder)
                await served.serve_day(shopping, address, own, listening, stop, speed, guide.welcome, over)
        finally:
            await pool.close()


def _listen(settings: Settings, port: int | None) -> socket.socket:
    """A socket on the port that was asked for; on the usual one, or any when that is taken."""
    if port is not None:
        return server.listen(settings.host, port)
    try:
        return server.listen(settings.host, settings.port)
    except server.AddressTaken:
        return server.listen(settings.host, 0)


def _places(postcodes: Path | None) -> pl.DataFrame:
    return korea.places(load().home) if postcodes is None else korea.read_places(postcodes)


@contextmanager
def _bars(orders: int | None) -> Generator[tuple[Callable[[str, int], None], Callable[[int], None]]]:
    """What the day is told by while it cannot be watched: tables that are in, and orders that are done.

    orders  of the day; None shows no bar for them
    """
    with progress() as bar:
        furnishing = bar.add_task(_MOVES_IN, total=TABLES)
        ordering = bar.add_task("orders", total=orders, visible=orders is not None)
        yield (
            lambda kind, rows: bar.update(furnishing, advance=1, description=f"{_MOVES_IN}: {rows:,} {kind}"),
            lambda done: bar.update(ordering, completed=done),
        )


class _Guide:
    """Tells whoever started the demo where to look.

    address  of the server
    browser  whether to open one
    """

    def __init__(self, language: Language, address: str, *, browser: bool) -> None:
        self._say = _WORDS[language]
        self._address = address
        self._browser = browser

    def welcome(self, way_in: Welcome) -> None:
        """The day begins and requests are taken."""
        say, address = self._say, way_in.address
        print(f"{address}\n\n{say['open']}\n")
        for name, link in way_in.links.items():
            self._line(say[name], f"{name:<9} {link}")
        self._line(say["password"], way_in.password)
        print()
        self._line(say["shop"], f"{address}/shop")
        self._line(say["shopper"], str(SHOPPER.email))
        self._line(say["style"], f"{address}/style")
        self._line(say["api"], f"{address}/openapi.json")
        self._line(say["key"], way_in.key)
        print(f"\n{say['until']}", flush=True)
        if self._browser and _has_browser(os.environ, sys.platform):
            # A browser that stays in the foreground must not hold up the day.
            threading.Thread(target=webbrowser.open, args=[next(iter(way_in.links.values()))], daemon=True).start()

    def _line(self, what: str, how: str) -> None:
        """One line of the list; Hangul takes two columns."""
        print(f"  {what}{' ' * (30 - cell_len(what))}{how}")

    def say_it_is_over(self, told: Told) -> None:
        """Nothing of the day is left to come."""
        print(f"\n{spoken(told)}\n\n{self._say['over']}", flush=True)


def _has_browser(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a window can be opened here: there is a display, and nobody is testing."""
    if environment.get("CI"):
        return False
    return platform in ("darwin", "win32") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
