"""Where photos are kept: a folder, and a bucket of a server that speaks S3, with all that goes wrong between us."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from sangdan.adapters import objects as module
from sangdan.adapters.objects import Objects, ObjectsAway, ObjectsRefused, open_objects
from sangdan.kit.settings import BadSettings, load

from .. import seaweed
from ..seaweed import READER, READS, SECRET, Seaweed

PLACE = "s3://photos/prod/seoul"


@pytest.fixture(scope="module")
def server() -> Iterator[Seaweed]:
    with seaweed.seaweed() as running:
        yield running


@pytest.fixture
def bucket(server: Seaweed, monkeypatch: pytest.MonkeyPatch) -> Objects:
    for name, text in server.environment.items():
        monkeypatch.setenv(name, text)
    return Objects(PLACE)


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return request.getfixturevalue("bucket") if request.param == "bucket" else Objects(tmp_path / "objects")


async def listed(kept: Objects, folder: str, at_once: int = 1000) -> list[list[str]]:
    return [part async for part in kept.listed(folder, at_once) if part]


async def test_what_is_kept_is_read_listed_and_deleted(kept: Objects) -> None:
    await kept.ready()
    path, body = "proofs/2026/11/22/one.1", bytes(range(256)) * 1000
    assert (await kept.get(path), await listed(kept, "proofs/2026/11/22")) == (None, [])
    for written in (b"before", body):  # the same path again takes the place of what was there
        await kept.put(path, written)
    await kept.put("proofs/2026/11/23/two.1", b"another day")
    assert await kept.get(path) == body
    assert await listed(kept, "proofs/2026/11/22") == [[path]]
    for _ in range(2):
        await kept.drop(path)
    assert (await kept.get(path), await listed(kept, "proofs/2026/11/22")) == (None, [])


async def test_a_long_list_comes_in_parts_and_may_be_shortened_meanwhile(kept: Objects) -> None:
    paths = {f"proofs/2026/11/24/{number}.1" for number in range(5)}
    for path in paths:
        await kept.put(path, b"a photo")
    parts: list[list[str]] = []
    async for part in kept.listed("proofs/2026/11/24", 2):
        parts.append(part)
        for path in part:
            await kept.drop(path)
    assert [sorted(map(len, parts)), {path for part in parts for path in part}] == [[1, 2, 2], paths]
    assert await listed(kept, "proofs/2026/11/24") == []


async def test_a_bucket_is_shared_by_its_prefix(bucket: Objects, server: Seaweed) -> None:
    await bucket.put("proofs/one", b"mine")
    await Objects("s3://photos/prod/busan/").put("proofs/one", b"theirs")
    assert await bucket.get("proofs/one") == b"mine"
    assert {"prod/seoul/proofs/one", "prod/busan/proofs/one"} <= set(server.paths())
    assert not [path for path in server.paths() if path.endswith("trial")], "nothing is left of a trial"


@pytest.mark.parametrize(
    ("place", "settings", "reason"),
    [
        ("s3://no-such-bucket", {}, "NoSuchBucket"),
        (PLACE, {"AWS_SECRET_ACCESS_KEY": "not-the-secret"}, "SignatureDoesNotMatch"),
        (PLACE, {"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, "InvalidAccessKeyId"),
        (PLACE, {"AWS_ACCESS_KEY_ID": READER, "AWS_SECRET_ACCESS_KEY": READS}, "AccessDenied"),
    ],
)
async def test_a_bucket_that_refuses_us_is_told_at_the_start(
    bucket: Objects,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
    settings: dict[str, str],
    reason: str,
) -> None:
    assert bucket
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    with caplog.at_level(logging.DEBUG), pytest.raises(ObjectsRefused) as refused:
        await Objects(place).ready()
    assert place in refused.value.detail
    assert reason in refused.value.detail
    told = caplog.text + refused.value.detail
    assert not [secret for secret in (SECRET, READS, "not-the-secret", "AKIA") if secret in told]
    assert refused.value.__cause__ is None
    wishes: list[Callable[[Objects], Coroutine[Any, Any, object]]] = [lambda each: each.drop("one")]
    if reason != "AccessDenied":  # this one may read
        wishes.append(lambda each: each.get("one"))
    for wish in wishes:
        with pytest.raises(ObjectsRefused):
            await wish(Objects(place))


async def test_a_bucket_of_another_region_is_told(bucket: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bucket

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _closing(writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 301 Moved Permanently\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    async with await asyncio.start_server(elsewhere, "127.0.0.1", 0) as other:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}")
        with pytest.raises(ObjectsRefused, match="wrong region"):
            await Objects(PLACE).ready()


async def test_a_bucket_that_is_away_hinders_no_start(bucket: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bucket
    with socket.create_server(("127.0.0.1", 0)) as silent:  # somebody who never answers
        port = silent.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setattr(module, "PATIENCE_S", 0.3)
        await Objects(PLACE).ready()
        with pytest.raises(ObjectsAway) as late:
            await Objects(PLACE).put("one", b"1")
    assert late.value.facts["reason"] == "no answer in time"
    monkeypatch.setattr(module, "PATIENCE_S", 30.0)
    with pytest.raises(ObjectsAway) as closed:  # nobody listens there any more
        await Objects(PLACE).get("one")
    assert closed.value.facts["reason"] == "no connection"
    assert not isinstance(closed.value, ObjectsRefused)


async def test_what_a_server_fails_at_once_is_tried_again(
    bucket: Objects, server: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bucket
    failures = iter((b"", b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    under_way: set[asyncio.Task[None] | None] = set()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        async with _closing(writer):
            failed = next(failures, None)
            if failed is not None:
                await reader.read(1)
                writer.write(failed)
                return
            there, back = await asyncio.open_connection("127.0.0.1", server.port)
            async with _closing(back):
                await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

    async with await asyncio.start_server(between, "127.0.0.1", 0) as poor:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{poor.sockets[0].getsockname()[1]}")
        tried = Objects(PLACE)
        await tried.put("again", b"at the third try")
        assert await tried.get("again") == b"at the third try"
    assert next(failures, None) is None
    for task in filter(None, under_way):  # their other ends are kept for the next wish
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65_536):
        writer.write(some)
        await writer.drain()


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_folder_that_may_not_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    await Objects(tmp_path / "file" / "objects").ready()  # may be a disk that is not mounted yet
    with pytest.raises(ObjectsAway):
        await Objects(tmp_path / "file" / "objects").put("one", b"1")


@pytest.mark.parametrize("place", ["gs://photos", "s3://", "s3://a", "s3://key:secret@photos/x", "https://s3/photos"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(BadSettings, match="SANGDAN_OBJECTS"):
        load({"SANGDAN_OBJECTS": place})


def test_a_place_is_a_folder_or_a_bucket(tmp_path: Path) -> None:
    for place in (str(tmp_path), "photos", "~/photos", PLACE, "s3://photos"):
        assert open_objects(load({"SANGDAN_OBJECTS": place, "SANGDAN_HOME": str(tmp_path)}))
