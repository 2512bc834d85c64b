"""The floor app's addresses: batches, lists, doorsteps and photos, by good devices and by odd ones."""

import io
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from PIL import Image

from sangdan.adapters.objects import Objects
from sangdan.adapters.photographs import as_kept
from sangdan.doors.api.app import House
from sangdan.doors.web.floor.actions import CODES_MOST, CODES_WITHIN
from sangdan.flows import erase_shopper, floor_photo
from sangdan.flows.pickup_ticket import pickup_key
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, run, value
from sangdan.kit.engine import Engine
from sangdan.ship.floor.errors import PhotoUnfit
from sangdan.store.pickup.model import ticket

from . import alliance
from .conftest import AT, Caller
from .journey import placed, shipped
from .pages import FROM_HERE, browser, noted, post, without_assets

SEOUL = {"name": "홍길동", "phone": "010-1234-5678", "lines": ["서울특별시 중구 세종대로 110"], "note": "경비실 옆"}


@pytest.fixture
async def web(
    house: House, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    assert keys
    without_assets(monkeypatch)
    kept = msgspec.structs.replace(
        house, settings=msgspec.structs.replace(house.settings, objects=str(tmp_path / "objects"))
    )
    async with browser(kept, house.clock) as opened:
        yield opened


@pytest.fixture
async def parcel(door: httpx.AsyncClient, callers: dict[str, Caller], engine: Engine) -> str:
    """A parcel on its way to somebody with a name."""
    await alliance.found(door)
    order = await shipped(callers, engine, SEOUL)
    return order["parcels"][0]["parcel_id"]


def action(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "key": str(uuid4()), "device_at": AT.isoformat(), "done_by": "me", **more}


async def send(web: httpx.AsyncClient, *actions: Any, now: str = AT.isoformat()) -> list[dict[str, Any]]:
    answer = await web.post("/floor/actions", json={"device_now": now, "actions": actions}, headers=FROM_HERE)
    assert answer.status_code == 200, answer.text
    return answer.json()["answers"]


def photo(form: str = "JPEG", size: tuple[int, int] = (2400, 1800), mode: str = "RGB", **more: Any) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size).save(made, form, **more)
    return made.getvalue()


async def test_each_action_of_a_batch_has_its_own_answer(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str
) -> None:
    await post(web, "/sign-in", key=keys["courier"])
    good = action("load", parcel_id=parcel)
    odd = {"kind": "fly", "key": "?"}
    zero = action("deliver", parcel_id=parcel, how="at_door", done_by="\0")
    answers = await send(web, good, odd, "", action("load", parcel_id=str(uuid4())), zero, good)
    assert [(each["index"], each["result"], each["code"]) for each in answers] == [
        (0, "done", ""),
        (1, "conflict", "action-unfit"),
        (2, "conflict", "action-unfit"),
        (3, "conflict", "no-such-parcel"),
        (4, "conflict", "invalid-request"),
        (5, "conflict", "followed-conflict"),
    ]
    [again] = await send(web, good)
    assert again["result"] == "already"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"device_now":"x","actions":[]}',
        b'{"device_now":"2026-11-20T00:00:00Z","actions":[]}',
    ],
)
async def test_what_is_no_batch_is_refused(web: httpx.AsyncClient, keys: dict[str, str], body: bytes) -> None:
    await post(web, "/sign-in", key=keys["floor"])
    answer = await web.post("/floor/actions", content=body, headers=FROM_HERE | {"accept": "application/json"})
    assert answer.status_code == 422


async def test_a_session_that_ended_is_told_without_a_page_to_follow(web: httpx.AsyncClient) -> None:
    answer = await web.post("/floor/actions", json={}, headers=FROM_HERE | {"accept": "*/*"})
    assert answer.status_code == 401
    assert (await web.get("/floor/road.json", headers={"accept": "*/*"})).status_code == 401


async def test_a_page_that_another_person_opened_is_told_so_and_does_nothing(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str
) -> None:
    await post(web, "/sign-in", key=keys["courier"])
    theirs = FROM_HERE | {"x-sangdan-opened-by": "%EA%B9%80"}
    for refused in (
        await web.post("/floor/actions", json={"device_now": AT.isoformat(), "actions": [""]}, headers=theirs),
        await web.post(f"/floor/photos/{uuid4()}", content=photo(), headers=theirs),
        await web.get("/floor/road.json", headers=theirs),
        await web.get(f"/floor/doorsteps/{parcel}", headers=theirs),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "somebody-else"), refused.text
        assert refused.json()["args"]["opened_by"] == "김"
    mine = FROM_HERE | {"x-sangdan-opened-by": "courier"}
    assert (await web.get("/floor/road.json", headers=mine)).status_code == 200


async def test_nobody_acts_on_another_ally_s_node(
    web: httpx.AsyncClient, keys: dict[str, str], callers: dict[str, Caller], door: httpx.AsyncClient, engine: Engine
) -> None:
    await alliance.found(door)
    await placed(callers)
    await engine.run_until(AT + timedelta(hours=1))
    [work] = (await callers["floor"].get("/v1/tasks", node_id="house-1")).json()["items"]
    task = work["task"]
    found = {line["reservation_id"]: line["units"] for line in work["lines"]}
    pick = action("pick", node_id="house-1", parcel_id=task["parcel_id"], found=found)

    await post(web, "/sign-in", key=keys["foreign-floor"])
    assert (await send(web, pick))[0]["code"] == "node-unknown"
    assert (await web.get("/floor/tasks.json?node=house-1")).status_code == 404
    web.cookies.clear()
    await post(web, "/sign-in", key=keys["floor"])
    listed = (await web.get("/floor/tasks.json?node=house-1")).json()
    assert [each["parcel_id"] for each in listed["tasks"]] == [task["parcel_id"]]
    assert listed["goods"][alliance.SKU]["name_ko"] == "이름"
    [done] = await send(web, pick)
    assert (done["result"], done["now"]["state"]) == ("done", "picked")


async def test_a_clock_that_is_wrong_is_told_and_harms_nothing(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str, db: Pool, house: House
) -> None:
    await post(web, "/sign-in", key=keys["courier"])
    assert isinstance(house.clock, SimClock)
    house.clock.set(AT + timedelta(hours=3))
    body = {
        "device_now": "2031-01-01T00:00:00Z",
        "actions": [action("deliver", parcel_id=parcel, how="locker", device_at="2030-12-31T23:50:00Z")],
    }
    told = (await web.post("/floor/actions", json=body, headers=FROM_HERE)).json()
    assert told["clock_off"]
    assert told["answers"][0]["result"] == "done"
    async with db.transaction() as conn:
        at = await value(conn, "SELECT delivered_at FROM delivery.parcel WHERE parcel_id = %(id)s", id=parcel)
        now = await value(conn, "SELECT at FROM floor.action WHERE parcel_id = %(id)s", id=parcel)
    assert now - at == timedelta(minutes=10)


async def test_a_doorstep_is_clear_for_its_courier_alone_and_the_reading_is_written_down(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str, db: Pool
) -> None:
    async def seen(role: str) -> httpx.Response:
        web.cookies.clear()
        await post(web, "/sign-in", key=keys[role])
        return await web.get(f"/floor/doorsteps/{parcel}")

    mine = (await seen("courier")).json()
    assert (mine["masked"], mine["name"], mine["lines"]) == (False, "홍길동", SEOUL["lines"])
    masked = (await seen("floor")).json()
    assert (masked["masked"], masked["name"]) == (True, "홍*동")
    assert (await seen("foreign-courier")).status_code == 404
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM shoppers.reading WHERE read_by = 'courier'") == 1


async def test_a_photo_is_small_bare_sealed_and_seen_by_who_has_a_part_in_the_order(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str, db: Pool, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0110] = "SpyPhone 3"
    sent, photo_id = photo(exif=exif), str(uuid4())
    await post(web, "/sign-in", key=keys["courier"])
    await send(web, action("deliver", parcel_id=parcel, how="at_door", photo_id=photo_id))
    assert (await web.get(f"/floor/proofs/{parcel}")).status_code == 404, "its picture has not come yet"
    for _ in range(2):
        assert (await web.post(f"/floor/photos/{photo_id}", content=sent, headers=FROM_HERE)).status_code == 200
    other = await web.post(f"/floor/photos/{photo_id}", content=photo(size=(10, 10)), headers=FROM_HERE)
    assert other.status_code == 409
    shown = await web.get(f"/floor/proofs/{parcel}")
    with Image.open(io.BytesIO(shown.content)) as kept:
        assert (kept.size, kept.format, dict(kept.getexif())) == ((1600, 1200), "JPEG", {})
    assert b"SpyPhone" not in shown.content
    [file] = [each for each in (tmp_path / "objects").rglob("*") if each.is_file()]
    assert shown.content[:64] not in file.read_bytes()
    assert await noted(db, f"parcel/{parcel}") == ["parcel.deliver", "proof.seen"]
    for stranger in ("foreign-ally", "foreign-courier", "foreign-floor"):
        web.cookies.clear()
        await post(web, "/sign-in", key=keys[stranger])
        assert (await web.get(f"/floor/proofs/{parcel}")).status_code == 404


async def test_a_photo_goes_with_its_term_and_with_its_shopper(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str, db: Pool, house: House, tmp_path: Path
) -> None:
    objects, taken = Objects(tmp_path / "objects"), str(uuid4())
    await post(web, "/sign-in", key=keys["courier"])
    await send(web, action("deliver", parcel_id=parcel, how="at_door", photo_id=taken))
    for photo_id in (taken, str(uuid4())):  # the other belongs to nothing
        assert (await web.post(f"/floor/photos/{photo_id}", content=photo(), headers=FROM_HERE)).status_code == 200
    assert await floor_photo.purge(db, objects, AT + timedelta(days=4 * 365)) == 0
    async with db.transaction() as conn:
        order_id = await value(conn, "SELECT order_id FROM floor.proof")
        shop_id = await value(conn, "SELECT shop_id FROM orders.order")
        shopper_id = await value(conn, "SELECT shopper_id FROM orders.order")
        await erase_shopper.erase(conn, house.vault, shop_id, shopper_id, "shop", AT, house.ids)
        assert await value(conn, "SELECT count(*) FROM kit.timer WHERE key = %(id)s", id=str(order_id)) == 1
    assert (await web.get(f"/floor/proofs/{parcel}")).status_code == 404
    files = [each for each in (tmp_path / "objects").rglob("*") if each.is_file()]
    assert len(files) == 2, "the worker deletes, nobody else"
    assert await floor_photo.purge(db, objects, AT) == 1
    assert (await web.post(f"/floor/photos/{taken}", content=photo(), headers=FROM_HERE)).status_code == 200
    async with db.transaction() as conn:  # a phone was late: so is the timer
        await floor_photo.drop_late_photos(conn, str(order_id), {}, AT)
    assert await floor_photo.purge(db, objects, AT) == 1
    assert await floor_photo.purge(db, objects, AT + timedelta(days=6 * 366)) == 1
    assert not [each for each in (tmp_path / "objects").rglob("*") if each.is_file()]


async def test_wrong_pickup_codes_are_counted(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str, db: Pool, house: House
) -> None:
    async with db.transaction() as conn:
        right = ticket(await pickup_key(conn, AT), UUID(parcel)).code
        await run(conn, "UPDATE warehouse.task SET carrier_id = NULL")  # it waits behind the counter
    await post(web, "/sign-in", key=keys["floor"])

    async def told(code: str | None) -> str:
        [answer] = await send(web, action("collect", node_id="house-1", parcel_id=parcel, code=code))
        return answer["code"]

    wrong = f"{(int(right) + 1) % 10**6:06d}"
    assert [await told(wrong) for _ in range(CODES_MOST)] == ["pickup-code-wrong"] * CODES_MOST
    assert [await told(right), await told(wrong)] == ["too-many-tries"] * 2
    assert isinstance(house.clock, SimClock)
    house.clock.set(house.clock.now() + CODES_WITHIN)
    assert [await told(wrong), await told(right)] == ["pickup-code-wrong", ""]


async def test_whoever_shows_papers_waits_for_no_code(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str, db: Pool
) -> None:
    async with db.transaction() as conn:
        await run(conn, "UPDATE warehouse.task SET carrier_id = NULL")
    await post(web, "/sign-in", key=keys["floor"])
    guesses = [action("collect", node_id="house-1", parcel_id=parcel, code="x") for _ in range(CODES_MOST + 1)]
    codes = [(await send(web, each))[0]["code"] for each in guesses]
    assert codes[-1] == "too-many-tries"
    [given] = await send(web, action("collect", node_id="house-1", parcel_id=parcel))
    assert given["result"] == "done"


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"not a photo", photo()[:500], b"GIF89a" + bytes(40), b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        photo("PNG", (9000, 9000), "1"), photo("TIFF", (10, 10)),
    ],
)  # fmt: skip
async def test_a_file_of_the_wrong_kind_is_refused_with_a_reason(
    web: httpx.AsyncClient, keys: dict[str, str], sent: bytes
) -> None:
    await post(web, "/sign-in", key=keys["courier"])
    answer = await web.post(f"/floor/photos/{uuid4()}", content=sent, headers=FROM_HERE)
    assert answer.status_code == 422
    assert "photo" in answer.text


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_what_a_camera_writes_beside_a_picture_breaks_nothing(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    whole = photo(form, (64, 48), exif=exif)
    with Image.open(io.BytesIO(as_kept(whole))) as upright:
        assert upright.size == (48, 64)
    begins, dice = whole.lower().index(b"exif"), random.Random(7)
    for _ in range(1_000):
        hurt = bytearray(whole)
        for _ in range(4):
            hurt[begins + dice.randrange(50)] = dice.randrange(16)
        with suppress(PhotoUnfit):
            as_kept(bytes(hurt))


async def test_the_app_may_use_the_camera_and_its_worker_serves_all_of_it(
    web: httpx.AsyncClient, keys: dict[str, str], parcel: str
) -> None:
    assert parcel
    worker = await web.get("/floor/worker.js")
    assert worker.headers["service-worker-allowed"] == "/floor"
    await post(web, "/sign-in", key=keys["floor"])
    page = await web.get("/floor")
    assert "camera=(self)" in page.headers["permissions-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert "manifest-src 'self'" in page.headers["content-security-policy"]
    known = (await web.get("/floor/app.webmanifest")).json()
    assert (known["start_url"], known["display"]) == ("/floor", "standalone")
    assert {each["sizes"] for each in known["icons"]} == {"any", "192x192", "512x512"}
    assert 'rel="apple-touch-icon"' in page.text
