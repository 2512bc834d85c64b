"""The pages' door: who comes in and how, what each may see, where a POST may come from, and what a browser is told."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web import app as web_app
from sangdan.doors.web import templates_in
from sangdan.doors.web.app import lost, make_web
from sangdan.doors.web.built import MANIFEST, Assets, Manifest
from sangdan.doors.web.sessions import COOKIE
from sangdan.doors.web.tower.live import QUEUE, Viewer
from sangdan.kit.clock import SimClock
from sangdan.kit.engine import Engine

from . import alliance
from .journey import Callers, placed, shipped

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FROM_HERE: Final = {"sec-fetch-site": "same-origin"}
PAGE: Final = {"accept": "text/html", "accept-language": "en"}
PART: Final = PAGE | {"hx-request": "true"}
FILES: Final = (
    "tower.js", "tower.css", "scene.js", "page.js", "page.css", "desk.js", "desk.css", "icons.svg", "seal.svg",
    "korea.geojson",
)  # fmt: skip


class Dial:
    """A day's speed."""

    speed = 60.0

    def set(self, speed: float) -> None:
        self.speed = speed


@pytest.fixture
def wall() -> SimClock:
    """Real time, in the test's hand."""
    return SimClock(NOON)


@pytest.fixture
def dial() -> Dial:
    return Dial()


@pytest.fixture(autouse=True)
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Built assets, empty ones: what is in them is another test's matter."""
    folder = tmp_path / "built"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text("")
    (folder / MANIFEST).write_bytes(msgspec.json.encode(Manifest("test", {name: name for name in FILES})))
    for module in (templates_in, web_app):
        monkeypatch.setattr(module, "ASSETS", Assets(folder))
    return folder


@pytest.fixture
async def web(house: House, wall: SimClock, dial: Dial, keys: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the pages, not signed in."""
    assert keys
    app = make_app(house, make_web(house, asyncio.Event(), controls=dial, wall=wall), lost)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=PAGE) as browser:
        yield browser


async def sign_in(web: httpx.AsyncClient, key: str) -> httpx.Response:
    web.cookies.clear()
    return await web.post("/sign-in", data={"key": key}, headers=FROM_HERE)


# --- coming in and going out


async def test_the_front_door_leads_to_the_tower_and_the_tower_to_the_sign_in(web: httpx.AsyncClient) -> None:
    assert (await web.get("/")).headers["location"] == "/tower"
    turned = await web.get("/tower")
    assert (turned.status_code, turned.headers["location"]) == (303, "/sign-in")
    assert 'name="key"' in (await web.get("/sign-in")).text


@pytest.mark.parametrize("path", ["/nowhere", "/shop/nowhere", "/tower/orders/a/b"])
async def test_a_mistyped_address_is_a_page_for_people_and_a_problem_for_programs(
    web: httpx.AsyncClient, path: str
) -> None:
    page = await web.get(path)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Page not found" in page.text

    assert (await web.get(path, headers={"accept": "application/json"})).json()["code"] == "unknown-route"


async def test_a_good_key_opens_a_session_that_scripts_and_other_sites_cannot_use(
    web: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    entered = await sign_in(web, f"  {keys['tower']}\n")

    assert (entered.status_code, entered.headers["location"]) == (303, "/tower")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert keys["tower"] not in cookie
    assert (await web.get("/tower")).status_code == 200

    left = await web.post("/sign-out", headers=FROM_HERE)
    assert left.headers["location"] == "/sign-in"
    assert (await web.get("/tower")).headers["location"] == "/sign-in"


async def test_whoever_s_session_ended_in_the_middle_comes_back_to_where_they_were(web: httpx.AsyncClient) -> None:
    web.cookies.set("sangdan_session", "of a session that is over")
    at_me = {**FROM_HERE, "referer": "http://sangdan/me?done=code"}
    part = {"hx-request": "true", "hx-current-url": "http://sangdan/tower/risks"}
    asked = await web.get("/tower/orders?q=1")
    sent = await web.post("/me/again", headers=at_me)
    drawn = await web.get("/tower/orders", headers=part)
    assert asked.headers["location"] == "/sign-in?to=%2Ftower%2Forders%3Fq%3D1"
    assert sent.headers["location"] == "/sign-in?to=%2Fme%3Fdone%3Dcode"
    assert drawn.headers["hx-redirect"] == "/sign-in?to=%2Ftower%2Frisks"
    assert "Whatever you sent last was not done" in (await web.get(sent.headers["location"])).text
    for odd in ("http://[", "", "http://sangdan/sign-in?to=/me"):
        assert (await web.post("/me/again", headers=at_me | {"referer": odd})).headers["location"] == "/sign-in"


# --- where it comes from, and what the browser is told


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://elsewhere"},
        {"origin": "null"},
        {"origin": "http://sangdan.elsewhere"},
    ],
)
async def test_a_post_of_another_site_does_nothing(
    web: httpx.AsyncClient, keys: dict[str, str], dial: Dial, headers: dict[str, str]
) -> None:
    await sign_in(web, keys["tower"])
    refused = await web.post("/tower/speed", data={"speed": "0"}, headers=headers)
    assert refused.status_code == 403
    assert dial.speed == 60.0


@pytest.mark.parametrize("headers", [FROM_HERE, {"origin": "http://sangdan"}])
async def test_a_post_of_our_own_page_is_taken(
    web: httpx.AsyncClient, keys: dict[str, str], dial: Dial, headers: dict[str, str]
) -> None:
    await sign_in(web, keys["tower"])
    assert (await web.post("/tower/speed", data={"speed": "max"}, headers=headers)).status_code == 204
    assert dial.speed == float("inf")
    assert (await web.post("/tower/speed", data={"speed": "7"}, headers=headers)).status_code == 404


@pytest.mark.parametrize("path", ["/sign-in", "/tower", "/tower/scenes/nothing", "/assets/page.css", "/enter"])
async def test_every_page_forbids_what_it_does_not_need(
    web: httpx.AsyncClient, keys: dict[str, str], path: str
) -> None:
    for signed_in in (False, True):
        if signed_in:
            await sign_in(web, keys["tower"])
        headers = (await web.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_pages_hold_no_script_or_style_of_their_own(web: httpx.AsyncClient, keys: dict[str, str]) -> None:
    await sign_in(web, keys["tower"])
    for path in ("/tower", "/sign-in", "/enter", "/tower/scenes/nothing"):
        text = (await web.get(path)).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://", text), path
        assert re.findall(r"<script(?! type=\"(?:module\" src|application/json\"))", text) == [], path


async def test_languages_never_lead_to_another_site(web: httpx.AsyncClient) -> None:
    for to in ("//evil", "/\\evil", "https://evil", "/tower\r\nx: y"):
        assert (await web.get("/language/ko", params={"to": to})).headers["location"] == "/tower"
    chosen = await web.get("/language/ko", params={"to": "/sign-in"})
    assert chosen.headers["location"] == "/sign-in"
    assert '<html lang="ko"' in (await web.get("/sign-in")).text


async def test_without_built_assets_a_page_says_what_to_do(web: httpx.AsyncClient, assets: Path) -> None:
    (assets / MANIFEST).unlink()
    answer = await web.get("/sign-in")
    assert answer.status_code == 503
    assert "make setup" in answer.text
    assert "<link" not in answer.text


async def test_assets_are_only_what_was_built(web: httpx.AsyncClient) -> None:
    found = await web.get("/assets/page.css")
    assert (found.status_code, found.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in found.headers["cache-control"]
    for name in (MANIFEST, "nothing.js", "..%2fmanifest.json"):
        assert (await web.get(f"/assets/{name}")).status_code == 404


# --- who may see what


@pytest.mark.parametrize("role", ["floor", "courier"])
async def test_the_floor_is_led_to_its_own_pages(web: httpx.AsyncClient, keys: dict[str, str], role: str) -> None:
    entered = await sign_in(web, keys[role])
    assert entered.headers["location"] == "/floor"
    for path in ("/tower", "/tower/live", "/tower/places.json", "/tower/scenes/rush"):
        assert (await web.get(path)).status_code == 403


async def test_only_the_tower_sets_the_speed_and_plays_scenes(
    web: httpx.AsyncClient, keys: dict[str, str], dial: Dial
) -> None:
    for name in ("shop", "ally", "floor"):
        await sign_in(web, keys[name])
        assert (await web.post("/tower/speed", data={"speed": "0"}, headers=FROM_HERE)).status_code == 403
        assert (await web.post("/tower/scenes/rush", headers=FROM_HERE)).status_code == 403
    assert dial.speed == 60.0
    await sign_in(web, keys["tower"])
    assert (await web.post("/tower/scenes/rush", headers=FROM_HERE)).status_code == 404  # none are given here


async def test_an_order_is_shown_to_those_who_have_a_part_in_it(
    web: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, keys: dict[str, str], engine: Engine
) -> None:
    await alliance.found(door)
    order = await shipped(callers, engine)
    path = f"/tower/orders/{order['order_id']}"

    for name in ("tower", "shop", "ally"):
        await sign_in(web, keys[name])
        story = await web.get(path, headers=PART)
        assert story.status_code == 200, name
        assert "Parcel 1 left Name" in story.text, name
        assert ("Why it was promised so" in story.text) == (name != "ally")
        assert ("kim" in story.text) is False, "whoever bought is nobody's business here"
    for name in ("foreign-shop", "foreign-ally"):
        await sign_in(web, keys[name])
        assert (await web.get(path, headers=PART)).status_code == 404, name


async def test_an_order_s_story_is_told_in_words(
    web: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, keys: dict[str, str]
) -> None:
    await alliance.found(door)
    order = await placed(callers)
    await callers["shop"].post(f"/v1/orders/{order['order_id']}/cancellation", {})
    await sign_in(web, keys["tower"])
    path = f"/tower/orders/{order['order_id']}"

    told = (await web.get(path, headers=PART)).text
    assert "The order was cancelled: the shopper asked." in told
    assert not re.search(r"orders\.\w+|payments\.\w+|fact_|reason_", told)

    korean = (await web.get(path, headers=PART | {"accept-language": "ko"})).text
    assert "주문이 취소되었습니다: 고객 요청." in korean
    assert not re.search(r"[a-z]{4,}", re.sub(r"<[^>]+>|house-1", "", korean)), "English in a Korean page"

    opened = await web.get(path)
    assert opened.status_code == 200
    assert "The order was cancelled: the shopper asked." in opened.text


# --- the live line


async def test_a_slow_viewer_is_dropped_to_a_picture_and_keeps_nothing_else() -> None:
    viewer = Viewer("tower", None)
    assert viewer.wants_picture()
    viewer.stale = False
    for number in range(QUEUE):
        viewer.put(b"%d" % number)
    assert not viewer.wants_picture()

    viewer.put(b"one too many")

    assert viewer.wants_picture()
    viewer.put(b"the picture")
    assert await viewer.next() == b"the picture"


def messages(text: str) -> list[tuple[str, Any]]:
    """Server-sent events by name."""
    found = re.findall(r"event: (\w+)\ndata: (.*)\n\n", text)
    return [(name, msgspec.json.decode(data)) for name, data in found if name != "alive"]


async def line(
    house: House, key: str, dial: Dial, until: Callable[[list[tuple[str, Any]]], bool]
) -> list[tuple[str, Any]]:
    """What a page hears until it has heard enough; the server then ends, and so does the line."""
    stop, over = asyncio.Event(), asyncio.Event()
    app = make_app(house, make_web(house, stop, controls=dial, wall=SimClock(NOON)))
    heard = b""

    async def collect(message: Any) -> None:
        nonlocal heard
        heard += message.get("body", b"")
        if until(messages(heard.decode())):
            stop.set()
        if message["type"] == "http.response.body" and not message["more_body"]:
            over.set()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sangdan") as browser:
        await sign_in(browser, key)
        cookie = f"{COOKIE}={browser.cookies[COOKIE]}".encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/tower/live",
        "raw_path": b"/tower/live", "root_path": "", "scheme": "http", "query_string": b"", "client": ("127.0.0.1", 1),
        "server": ("sangdan", 80), "headers": [(b"host", b"sangdan"), (b"cookie", cookie)],
    }  # fmt: skip

    async def receive() -> Any:
        await over.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(20):
        await app(scope, receive, collect)
    return messages(heard.decode())


async def test_the_line_gives_the_picture_and_then_what_changes(
    house: House, door: httpx.AsyncClient, callers: Callers, keys: dict[str, str], dial: Dial, engine: Engine
) -> None:
    await alliance.found(door)
    await placed(callers)
    asked: list[asyncio.Task[Any]] = []

    def enough(heard: list[tuple[str, Any]]) -> bool:
        names = [name for name, _ in heard]
        if "picture" in names and not asked:
            asked.append(asyncio.ensure_future(placed(callers)))
            dial.set(600.0)
        return any(name == "change" and data["counters"]["orders"] == 2 for name, data in heard)

    async def drain() -> None:
        while True:
            await engine.drain()
            await asyncio.sleep(0.05)

    draining = asyncio.create_task(drain())
    heard = await line(house, keys["tower"], dial, enough)
    draining.cancel()

    assert [name for name, _ in heard[:2]] == ["pace", "picture"]
    assert heard[1][1]["counters"]["orders"] == 1
    assert ("pace", {"speed": 600.0}) in heard
    assert any(data["parcels"] for name, data in heard if name == "change")


async def test_an_ally_s_line_shows_only_what_it_has_a_part_in(
    house: House, door: httpx.AsyncClient, callers: Callers, keys: dict[str, str], dial: Dial
) -> None:
    await alliance.found(door)
    await placed(callers)
    for name, orders in (("tower", 1), ("ally", 1), ("foreign-ally", 0)):
        heard = await line(house, keys[name], dial, lambda heard: any(name == "picture" for name, _ in heard))
        picture = next(data for what, data in heard if what == "picture")
        assert (picture["counters"]["orders"], len(picture["parcels"])) == (orders, orders), name
