"""Photos of deliveries in a bucket: never a row without its picture, and none is left when it has to go."""

import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from sangdan.adapters.objects import Objects, ObjectsAway, open_objects
from sangdan.doors.api.app import House
from sangdan.doors.web.floor import photos as door_of_photos
from sangdan.doors.worker.outside import SWEEP_EVERY, TIDY_EVERY, letting_photos_go
from sangdan.flows import erase_shopper
from sangdan.kit.db import Pool, value
from sangdan.ship.floor import commands as floor

from .. import seaweed
from ..seaweed import Seaweed
from ..story.tower import Tower
from .conftest import AT
from .pages import FROM_HERE, browser, post, without_assets
from .test_floor import action, photo, send
from .test_floor import parcel as parcel

PLACE = "s3://photos/tower"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Seaweed]:
    with seaweed.seaweed() as running:
        yield running


@pytest.fixture
async def web(
    house: House, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, bucket: Seaweed
) -> AsyncIterator[httpx.AsyncClient]:
    without_assets(monkeypatch)
    for name, text in bucket.environment.items():
        monkeypatch.setenv(name, text)
    kept = msgspec.structs.replace(house, settings=msgspec.structs.replace(house.settings, objects=PLACE))
    async with browser(kept, house.clock) as opened:
        await post(opened, "/sign-in", key=keys["courier"])
        yield opened


async def rows(db: Pool) -> int:
    async with db.transaction() as conn:
        return await value(conn, "SELECT count(*) FROM floor.photo")


async def test_a_picture_is_in_the_bucket_before_its_row_and_goes_with_its_shopper(
    web: httpx.AsyncClient, parcel: str, db: Pool, house: House, bucket: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = str(uuid4())
    await send(web, action("deliver", parcel_id=parcel, how="at_door", photo_id=taken))
    picture = photo()

    async def sent(door: httpx.AsyncClient) -> httpx.Response:
        return await door.post(f"/floor/photos/{taken}", content=picture, headers=FROM_HERE)

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")  # the bucket is opened with the first photo
    refused = await sent(web)
    assert (refused.status_code, refused.json()["code"], await rows(db)) == (503, "objects-refused", 0)
    assert "photos" not in refused.json()["detail"], "where they are kept is nobody's to know"

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweed.SECRET)
    async with browser(
        msgspec.structs.replace(house, settings=msgspec.structs.replace(house.settings, objects=PLACE)), house.clock
    ) as again:
        again.cookies.update(web.cookies)
        for _ in range(2):
            assert (await sent(again)).status_code == 200
        [path] = bucket.paths()
        assert path.startswith(f"tower/proofs/{AT:%Y/%m/%d}/{UUID(taken).hex}.")
        shown = await again.get(f"/floor/proofs/{parcel}")
        assert (shown.status_code, shown.content[:2]) == (200, b"\xff\xd8")
        assert shown.content[:64] not in bucket.body(path), "it is sealed"

    async with db.transaction() as conn:
        shop_id = await value(conn, "SELECT shop_id FROM orders.order")
        shopper_id = await value(conn, "SELECT shopper_id FROM orders.order")
        await erase_shopper.erase(conn, house.vault, shop_id, shopper_id, "shop", AT, house.ids)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    assert await letting_photos_go(db, Objects(PLACE))(AT) is False
    assert (await rows(db), bucket.paths()) == (1, [path]), "the row says what is still to be deleted"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweed.SECRET)
    worker = letting_photos_go(db, Objects(PLACE))
    assert [await worker(AT), await worker(AT)] == [True, False]
    assert (await rows(db), bucket.paths()) == (0, [])


async def test_a_picture_whose_row_was_never_written_is_swept_up(
    web: httpx.AsyncClient, db: Pool, house: House, bucket: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> bool:
        raise ConnectionError

    kept, lost = str(uuid4()), str(uuid4())
    assert (await web.post(f"/floor/photos/{kept}", content=photo(), headers=FROM_HERE)).status_code == 200
    with monkeypatch.context() as dying:
        dying.setattr(door_of_photos.floor, "keep_photo", killed)
        cut = await web.post(f"/floor/photos/{lost}", content=photo(), headers=FROM_HERE)
        assert cut.status_code >= 500
    assert len(bucket.paths()) == 2
    worker = letting_photos_go(db, open_objects(msgspec.structs.replace(house.settings, objects=PLACE)))
    await worker(AT)
    assert len(bucket.paths()) == 2, "an upload may be under way"
    await worker(AT + TIDY_EVERY)
    await worker(AT + 2 * SWEEP_EVERY)
    [path] = bucket.paths()
    assert UUID(kept).hex in path
    async with db.transaction() as conn:
        assert [f"tower/{each.path}" for each in await floor.photos(conn, [UUID(kept), UUID(lost)])] == [path]


async def test_the_worker_outlives_a_store_that_is_away(db: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> AsyncGenerator[list[str]]:
        raise ObjectsAway("It is away.", reason="no connection")
        yield []

    objects = Objects(PLACE)
    monkeypatch.setattr(objects, "listed", away)
    worker = letting_photos_go(db, objects)
    for hours in range(3):
        assert await worker(AT + timedelta(hours=hours)) is False


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_starts_whose_bucket_refuses_it(bucket: Seaweed, command: str, tmp_path: Path) -> None:
    refused = Tower(tmp_path, objects="s3://no-such-bucket")
    environment = {**refused.environment, **bucket.environment}
    ended = subprocess.run(
        [sys.executable, "-m", "sangdan", command], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "SANGDAN_OBJECTS: s3://no-such-bucket refuses us (NoSuchBucket)" in ended.stderr
    assert not [secret for secret in (seaweed.KEY, seaweed.SECRET) if secret in ended.stderr + ended.stdout]
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir()), "no database was made"
