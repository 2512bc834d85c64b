"""What one client may have at once: open pages, files under way, endpoints, replays. Others are not hindered."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from sangdan.doors.api import exports
from sangdan.doors.api.app import House
from sangdan.doors.api.exports import OF_ONE, ExportsBusy, Workshop
from sangdan.doors.api.streams import TooManyStreams
from sangdan.doors.web.built import Assets, NoSuchAsset
from sangdan.doors.web.tower import live
from sangdan.doors.web.tower.live import Live, Viewer
from sangdan.doors.web.tower.theatre import Theatre
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.errors import TooManyReplays
from sangdan.talk.webhooks.model import Owner

from .alliance import Caller
from .test_theatre import scene


async def stays() -> bool:
    return True


async def test_one_client_opens_so_many_pages_and_no_more(house: House) -> None:
    stop, before = asyncio.Event(), asyncio.all_tasks()
    pages = Live(house.pool, house.clock, stop, None)
    lines = [pages.stream(Viewer("maker", "maker"), stays) for _ in range(live.MOST)]
    with pytest.raises(TooManyStreams):
        pages.stream(Viewer("maker", "maker"), stays)
    other = pages.stream(Viewer("market", "market"), stays)
    assert await anext(other) == b"retry: 1000\n\n"

    await anext(lines[0])
    await lines.pop(0).aclose()
    again = pages.stream(Viewer("maker", "maker"), stays)
    with pytest.raises(TooManyStreams):
        pages.stream(Viewer("maker", "maker"), stays)

    lines.clear()  # pages that went before their first line
    del again
    assert [pages.stream(Viewer("maker", "maker"), stays) for _ in range(live.MOST)]
    stop.set()
    await other.aclose()
    _, left = await asyncio.wait(asyncio.all_tasks() - before, timeout=30)
    assert not left


async def test_one_client_has_so_many_files_under_way_and_no_more() -> None:
    workshop = Workshop()
    held = [workshop.take("maker") for _ in range(OF_ONE)]
    with pytest.raises(ExportsBusy):
        workshop.take("maker")
    assert workshop.take("market")
    held.pop()
    assert workshop.take("maker")


async def test_an_export_that_arrived_or_failed_is_not_under_way(callers: dict[str, Caller]) -> None:
    for _ in range(OF_ONE + 1):
        arrived = await callers["ally"].get("/v1/exports/stock")
        assert arrived.status_code == 200
        refused = await callers["ally"].get("/v1/exports/payments")
        assert refused.json()["code"] == "export-forbidden"


async def test_a_file_that_is_fetched_slowly_counts_until_its_end(
    callers: dict[str, Caller], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, may_go = asyncio.Semaphore(0), asyncio.Event()

    async def slowly(file: Any, order: exports.Order) -> Any:
        going.release()
        await may_go.wait()
        file.close()
        yield b"whole"
        assert order

    monkeypatch.setattr(exports, "_pieces", slowly)
    fetching = [asyncio.create_task(callers["ally"].get("/v1/exports/stock")) for _ in range(OF_ONE)]
    for _ in range(OF_ONE):
        await going.acquire()
    busy = await callers["ally"].get("/v1/exports/stock")
    assert (busy.status_code, busy.json()["code"]) == (503, "exports-busy")
    may_go.set()
    assert [(await each).status_code for each in fetching] == [200] * OF_ONE


async def test_endpoints_and_replays_have_an_end(
    house: House, callers: dict[str, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_ENDPOINTS", 2)
    monkeypatch.setattr(webhooks, "MOST_REPLAYS", 2)
    made = [await callers["ally"].post("/v1/webhooks", {"url": f"https://maker.example/{n}"}) for n in range(3)]
    assert [each.status_code for each in made] == [201, 201, 409]
    assert made[2].json()["code"] == "too-many-endpoints"
    assert (await callers["foreign-ally"].post("/v1/webhooks", {"url": "https://maker.example/2"})).status_code == 201
    kept = (await callers["ally"].get("/v1/webhooks")).json()["items"]
    assert len(kept) == 2, "what was refused is not kept"

    async with house.pool.transaction() as conn:
        known = await webhooks.get(conn, Owner("ally", "maker", None), UUID(kept[0]["endpoint_id"]))
        for _ in range(2):
            await webhooks.replay(conn, known, uuid4(), 0, 5)
        with pytest.raises(TooManyReplays):
            await webhooks.replay(conn, known, uuid4(), 0, 5)


def test_an_asset_s_name_may_be_anything(tmp_path: Path) -> None:
    for name in ("a" * 5000 + ".js", "\0.js", "../x.js", "/etc/hosts.js"):
        with pytest.raises(NoSuchAsset):
            Assets(tmp_path).read(name)


async def test_a_scene_that_cannot_be_started_takes_nobodys_place(tmp_path: Path) -> None:
    theatre = Theatre({"gone": scene("gone")}, asyncio.Event(), (str(tmp_path / "no-program"),))
    theatre.start("gone")
    pieces = [piece async for piece in theatre.stream("gone", 0)]
    assert pieces[-1] == b"event: over\ndata: 1\n\n"
    assert theatre.state("gone") == "ended"
