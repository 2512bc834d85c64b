"""Large bodies: so many at once as there is room for, and never in the way of small ones."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sangdan.doors.api import bodies
from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import FORM_BYTES, make_web

from .journey import QUESTION, Callers, promised

pytestmark = pytest.mark.usefixtures("founded")

LARGE = b'{"lines": []}' + b" " * (1 << 20)


async def test_large_bodies_wait_their_turn_and_small_ones_do_not(
    house: House, callers: Callers, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is room for one large body: whoever comes with a second while it is read is sent away, and comes again."""
    monkeypatch.setattr(bodies, "MOST_BYTES", house.settings.body_limit_bytes)
    reading, read_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield LARGE[:100]
        reading.set()
        await read_on.wait()
        yield LARGE[100:]

    transport = httpx.ASGITransport(app=make_app(house), raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {keys['shop']}", "content-type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=headers) as door:
        first = asyncio.create_task(
            door.post("/v1/promises", content=slowly(), headers={"transfer-encoding": "chunked"})
        )
        await reading.wait()
        second = await door.post("/v1/promises", content=LARGE)
        small = await door.post("/v1/promises", json=QUESTION)
        read_on.set()
        told = await first
        third = await door.post("/v1/promises", content=LARGE)

    assert (second.status_code, second.json()["code"], "retry-after" in second.headers) == (503, "bodies-full", True)
    assert small.status_code == 200
    assert (told.status_code, told.json()["code"]) == (third.status_code, third.json()["code"])
    assert third.status_code == 422
    assert (await promised(callers))["token"]


async def test_a_form_is_small_whoever_sends_it(house: House) -> None:
    """A stranger's 8 MB of empty fields would take many seconds to read, in which nobody else is answered."""
    app = make_app(house, make_web(house, asyncio.Event()))
    headers = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=headers) as web:
        for path in ("/sign-in", "/join", "/shop/sign-in", "/language/ko"):
            answer = await web.post(path, content=b"a&" * FORM_BYTES)
            assert answer.status_code in (405, 413), path
        sent = await web.post("/sign-in", content=b"name=" + b"x" * (FORM_BYTES - 100))
        assert sent.status_code == 401
