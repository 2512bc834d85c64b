"""Goods are found over HTTP and on the command line, also after the one who writes the index was killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from sangdan.doors.api.app import House, make_app
from sangdan.doors.worker.beside import keep_followers
from sangdan.flows.search_goods import Finder, SearchMissing, finder, folder
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool

from .alliance import POSTCODE, SKU, Caller, bring, lines

WAIT_S = 30.0
NAME = "UPDATE catalogue.product SET name_ko = %(name)s WHERE product_id = 'tee'"


@dataclass
class Searching:
    """The application over an index that a real process keeps, and that process."""

    door: httpx.AsyncClient
    folder: Path
    url: str
    following: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        chosen = {"SANGDAN_DATABASE_URL": self.url, "SANGDAN_SEARCH": str(self.folder)}
        return {name: each for name, each in os.environ.items() if not name.startswith("SANGDAN_")} | chosen

    def follow(self) -> None:
        self.following = subprocess.Popen([sys.executable, "-m", "sangdan", "search", "follow"], env=self.environment)

    def kill(self) -> None:
        """End the one who writes the index, as a machine would that loses its power."""
        if self.following is not None:
            self.following.send_signal(signal.SIGKILL)
            self.following.wait()

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, "-m", "sangdan", "search", *words]
        return subprocess.run(program, env=self.environment, capture_output=True, text=True, check=False)

    async def found(self, text: str, total: int) -> dict[str, Any]:
        """The answer, once it has so many finds."""
        async with asyncio.timeout(WAIT_S):
            while True:
                answer = await self.door.get("/v1/search", params={"q": text})
                if answer.status_code == 200 and answer.json()["total"] == total:
                    return answer.json()
                await asyncio.sleep(0.05)

    async def priced(self, price_minor: int) -> None:
        """Wait until the only product costs so much."""
        async with asyncio.timeout(WAIT_S):
            while True:
                answer = await self.door.get("/v1/search", params={"q": ""})
                if answer.status_code == 200 and [hit["price_minor"] for hit in answer.json()["hits"]] == [price_minor]:
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def searching(house: House, keys: dict[str, str], url: str, tmp_path: Path) -> AsyncIterator[Searching]:
    transport = httpx.ASGITransport(app=make_app(replace(house, finder=Finder(tmp_path))), raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {keys['shop']}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=headers) as client:
        made = Searching(client, tmp_path, url)
        yield made
        made.kill()


@pytest.mark.usefixtures("founded")
async def test_a_shop_finds_goods_whoever_dies_meanwhile(searching: Searching, db: Pool) -> None:
    before = await searching.door.get("/v1/search", params={"q": "티셔츠"})
    assert (before.status_code, before.json()["code"]) == (503, "search-building")

    searching.follow()
    async with db.transaction() as conn:
        await conn.execute(NAME, {"name": "순면 반팔 티셔츠"})
    found = await searching.found("xltucm", 1)
    assert (found["read_as"], found["because"]) == ("티셔츠", "keyboard")
    assert (found["hits"][0]["product_id"], found["hits"][0]["name_ko"]) == ("tee", "순면 반팔 티셔츠")

    first = folder.current(searching.folder)
    searching.kill()
    async with db.transaction() as conn:
        await conn.execute(NAME, {"name": "린넨 긴팔 셔츠"})
    await searching.found("티셔츠", 1)  # the old index is still read
    searching.follow()
    await searching.found("린넨긴팔", 1)
    await searching.found("티셔츠", 0)
    now = folder.current(searching.folder)
    assert first is not None
    assert now is not None
    assert first.name == now.name

    typed = await searching.door.get("/v1/suggestions", params={"q": "린"})
    assert typed.json()["items"][0]["text"].startswith("린넨")
    there = await searching.door.get("/v1/search", params={"q": "셔츠", "postcode": POSTCODE, "available": "true"})
    assert [hit["product_id"] for hit in there.json()["hits"]] == ["tee"]
    await _refuses(searching.door)
    await _by_command(searching)


async def _refuses(door: httpx.AsyncClient) -> None:
    for query, status, code in (
        ({"q": "셔" * 201}, 422, "invalid-request"),
        ({"limit": "0"}, 422, "invalid-request"),
        ({"offset": "100000"}, 422, "invalid-request"),
        ({"sort": "random"}, 422, "invalid-request"),
        ({"rating_from": "6"}, 422, "invalid-request"),
        ({"postcode": "99999"}, 422, "postcode-unknown"),
    ):
        answer = await door.get("/v1/search", params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), query
    for odd in ('"', "AND OR", "*:*", "name:(", "<script>", "\x01", "ㅋㅋㅋㅋ", "🍎", "a" * 200, "ㄱ", "%", "\\"):
        answer = await door.get("/v1/search", params={"q": odd})
        assert answer.status_code == 200, (odd, answer.text)
        assert (await door.get("/v1/suggestions", params={"q": odd})).status_code == 200, odd


async def _by_command(searching: Searching) -> None:
    asked = await asyncio.to_thread(searching.command, "query", "ㄹㄴ", "--json")
    assert '"product_id":"tee"' in asked.stdout, asked.stderr
    status = await asyncio.to_thread(searching.command, "status")
    assert "products     1" in status.stdout, status.stderr
    before = folder.current(searching.folder)
    rebuilt = await asyncio.to_thread(searching.command, "rebuild")
    assert (rebuilt.returncode, rebuilt.stderr.strip()) == (0, "The follower has made a new index.")
    now = folder.current(searching.folder)
    assert before is not None
    assert now is not None
    assert before.name != now.name
    await searching.found("셔츠", 1)


@pytest.mark.usefixtures("founded")
async def test_a_simulated_day_has_the_prices_of_its_own_time(
    searching: Searching, door: httpx.AsyncClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = house.clock.now() + timedelta(days=40_000)  # whatever day it is on the wall
    rows = [
        {"sku": SKU, "seller_id": "maker", "currency": "KRW", "price_minor": price, "valid_from": each.isoformat()}
        for price, each in ((15_900, far), (17_900, far + timedelta(days=1)))
    ]
    assert (await bring(door, "offers", lines(rows))).json()["rejected"] == 0
    monkeypatch.setenv("SANGDAN_DATABASE_URL", searching.url)
    settings = replace(house.settings, search=searching.folder, picture=None)
    clock, stop = SimClock(far + timedelta(minutes=1)), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_followers(settings, searching.url, stop, clock))
        try:
            await searching.priced(15_900)
            clock.set(far + timedelta(days=1, minutes=1))
            await searching.priced(17_900)
        finally:
            stop.set()


async def test_where_there_is_none_it_says_so(callers: dict[str, Caller]) -> None:
    answer = await callers["shop"].get("/v1/search", q="우유")
    assert (answer.status_code, answer.json()["code"]) == (409, "search-off")


def test_without_the_libraries_it_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        return None

    monkeypatch.setattr(finder, "find_spec", none)
    with pytest.raises(SearchMissing, match=r"sangdan\[search\]"):
        Finder(tmp_path).suggest("우유")
