"""Whoever knocks without a key gets little of the server: a bounded head, bounded patience, and plain refusals."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from litestar.routes import HTTPRoute
from msgspec.structs import replace
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_app, make_litestar
from sangdan.doors.api.envelope import Envelope, Message, Receive, Scope, Send
from sangdan.doors.web.app import make_web
from sangdan.doors.web.costs import COSTS
from sangdan.kit.clock import SimClock

from .conftest import AT
from .pages import browser, post, without_assets

HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"
# Longer than any of it takes; nothing is measured by it.
LONG_S = 30


async def echo(_scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the whole body, and tells how long it was."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message["body"]), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"read {size}".encode()})


@asynccontextmanager
async def serving() -> AsyncGenerator[int]:
    listening, stop, ready = server.listen("127.0.0.1", 0), asyncio.Event(), asyncio.Event()
    port = listening.getsockname()[1]
    running = asyncio.create_task(server.serve(Envelope(echo), listening, stop, ready.set))
    try:
        await ready.wait()
        yield port
    finally:
        stop.set()
        await running


async def told(port: int, *pieces: bytes) -> bytes:
    """Everything that is answered to these pieces until the line is cut, which is the server's to do."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(LONG_S):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_head_without_end_is_refused_before_it_fills_the_memory() -> None:
    endless = [b"a" * server.HEAD_BYTES] * 64
    async with serving() as port:
        in_one_field = await told(port, HEAD, b"cookie: ", *endless)
        in_many = await told(port, HEAD, *(b"x-%d: " % number + b"a" * 60_000 + b"\r\n" for number in range(64)))
        as_long_as_may_be = await told(port, HEAD, b"connection: close\r\ncookie: ", b"a" * 60_000, b"\r\n\r\n")

    assert in_one_field[:12] in (b"HTTP/1.1 400", b"")  # the line may be cut before we have read why
    assert in_many[:12] in (b"HTTP/1.1 400", b"")
    assert b"read 0" in as_long_as_may_be


@pytest.mark.parametrize(
    "pieces",
    [(), (b"POST / HT",), (HEAD,), (HEAD + b"content-length: 9\r\n\r\n",), (HEAD + b"content-length: 9\r\n\r\n", b"x")],
)
async def test_whoever_stops_in_the_middle_is_cut_off(
    pieces: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PATIENCE_S", 0.05)
    async with serving() as port:
        assert await told(port, *pieces) == b""


async def test_whoever_goes_on_sending_is_heard_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece has its own time: all together take longer than one may."""
    loop, ahead, heard = asyncio.get_running_loop(), [0.0], asyncio.Event()
    time, on_body = loop.time, HttpToolsProtocol.on_body

    def hear(protocol: HttpToolsProtocol, body: bytes) -> None:
        on_body(protocol, body)
        heard.set()

    monkeypatch.setattr(HttpToolsProtocol, "on_body", hear)
    monkeypatch.setattr(loop, "time", lambda: time() + ahead[0])
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"connection: close\r\ncontent-length: 5\r\n\r\n")
        for letter in b"abcde":
            heard.clear()
            writer.write(bytes([letter]))
            async with asyncio.timeout(LONG_S):
                await heard.wait()
            ahead[0] += server.PATIENCE_S * 0.6
        assert b"read 5" in await reader.read()
        writer.close()


async def test_who_hangs_up_in_the_middle_is_no_mistake_of_ours(house: House, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def hang_up() -> Message:
        return {"type": "http.disconnect"}

    async def hear(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"9"), (b"sec-fetch-site", b"same-origin")]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/sign-in"}
    more = {"raw_path": b"/sign-in", "query_string": b"", "root_path": "", "headers": headers, "client": ("a", 1)}
    await make_app(house, make_web(house, asyncio.Event()))(scope | more, hang_up, hear)
    assert sent[0]["status"] == 400
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []


@pytest.mark.parametrize("body", [b"[" * 100_000 + b"]" * 100_000, b'{"client_id": "\xed\xa0\x80"}', b'"\\ud800"'])
async def test_a_body_that_only_looks_like_json_is_the_sender_s_mistake(door: httpx.AsyncClient, body: bytes) -> None:
    answer = await door.post("/v1/clients", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-body")


@pytest.mark.parametrize("host", ["a:99999999", "a:x", "[::1", "a:b@evil.example", "evil/.example", "a b"])
async def test_a_host_that_is_none_is_refused(door: httpx.AsyncClient, host: str) -> None:
    answer = await door.get("/v1/clients", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("host", ["", "sangdan", "tower.example:8443", "127.0.0.1:80", "[::1]:8080"])
async def test_a_host_that_is_one_is_served(door: httpx.AsyncClient, host: str) -> None:
    assert (await door.get("/v1/clients", headers={"host": host})).status_code == 200


async def test_answers_are_kept_by_nobody_and_are_what_they_say_they_are(door: httpx.AsyncClient) -> None:
    for path in ("/v1/clients", "/v1/nothing", "/nothing", "/health/live", "/openapi.json"):
        answer = await door.get(path)
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_no_page_takes_what_another_site_makes_a_browser_send(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_assets(monkeypatch)
    app = make_litestar(house, make_web(house, asyncio.Event()))
    addresses = [
        re.sub(r"\{[^}]+\}", str(uuid4()), route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute) and "POST" in route.methods and not route.path_format.startswith("/v1/")
    ]
    assert len(addresses) > 80
    transport = httpx.ASGITransport(app=Envelope(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan") as web:
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}, {}):
            taken = [path for path in addresses if (await web.post(path, headers=headers)).status_code != 403]
            assert taken == [], headers


async def test_one_address_is_held_back_in_its_language_and_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page a second in the long run, twenty at once; a password costs more than all of that."""
    without_assets(monkeypatch)
    house = replace(house, settings=replace(house.settings, visits_per_s=1))
    app = make_litestar(house, make_web(house, asyncio.Event()))
    pages = {
        f"{method} {route.path_format}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
    }
    assert COSTS.keys() <= pages

    async def asks(address: str, times: int, method: str = "GET", language: str = "en") -> list[httpx.Response]:
        headers = {"accept": "text/html", "accept-language": language, "sec-fetch-site": "same-origin"}
        transport = httpx.ASGITransport(app=Envelope(app), raise_app_exceptions=False, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=headers) as web:
            return [await web.request(method, "/sign-in", data={"name": "kim"}) for _ in range(times)]

    assert {answer.status_code for answer in await asks("127.0.0.1", 40)} == {200}
    *served, refused = await asks("203.0.113.9", 21)
    assert {answer.status_code for answer in served} == {200}
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "Nothing is lost" in refused.text
    [korean] = await asks("203.0.113.9", 1, language="ko")
    assert "너무 잦은 요청" in korean.text
    assert [answer.status_code for answer in await asks("2001:db8::1", 2, "POST")] == [401, 429]
    assert [answer.status_code for answer in await asks("2001:db8::2", 1)] == [429], "one network is one address"
    assert [answer.status_code for answer in await asks("203.0.113.10", 1)] == [200]


async def test_a_file_s_name_and_cells_do_no_harm_to_who_looks_at_what_was_rejected(
    house: House, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_assets(monkeypatch)
    file = ("\u202egnp.csv", b"partner_id,kind,name_ko,name_en\n=x,king,@SUM(1),-y\n", "text/csv")
    async with browser(house, SimClock(AT)) as web:
        await post(web, "/sign-in", key=keys["tower"])
        run_id = str(uuid4())
        headers = {"sec-fetch-site": "same-origin"}
        sent = await web.post(
            "/tower/imports", data={"kind": "partners", "run": run_id}, files={"file": file}, headers=headers
        )
        page = await web.get(sent.headers["location"])
        rejects = await web.get(f"{sent.headers['location']}/rejects.csv")

    assert ("gnp.csv" in page.text, "\u202e" in page.text) == (True, False)
    assert "@SUM(1)" in page.text
    assert rejects.text.splitlines()[1].endswith(",'=x,king,'@SUM(1),'-y")
