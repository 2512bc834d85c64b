"""A door to knock at: the whole application in process, one API key of each role, and a desk to import files at."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.api.app import House, make_app
from sangdan.doors.api.desk import Desk
from sangdan.doors.worker.outside import Outside
from sangdan.flows.place_order.counter import Counter
from sangdan.kit import access
from sangdan.kit.access import Role
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.kit.settings import load
from sangdan.kit.vault import Vault

from . import alliance
from .alliance import Caller
from .import_desk import Desk as ImportDesk

SECRET = b"a key of the tests, 32 bytes long"
MASTER_KEY = os.environ["SANGDAN_MASTER_KEY"]
AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def holds_max() -> int:
    """Promises that a client may hold; a test with another number in mind says so."""
    return 100


@pytest.fixture
async def house(db: Pool, holds_max: int) -> House:
    """What the application works with, on a clock that stands still."""
    settings = load({"SANGDAN_MASTER_KEY": MASTER_KEY, "SANGDAN_HOLDS_MAX": str(holds_max)})
    clock = SimClock(AT)
    desk = Desk(SECRET, settings.promise_ttl_s)
    vault = await Vault.open(db, settings, clock)
    return House(
        pool=db,
        clock=clock,
        ids=Ids(seed=1),
        settings=settings,
        desk=desk,
        vault=vault,
        counter=Counter(db, clock, 1024),
    )


@pytest.fixture
async def keys(db: Pool) -> dict[str, str]:
    """One API key of each role for an ally that has a part in the tests' orders, and of each for a stranger."""
    made: dict[str, str] = {}
    callers: list[tuple[str, Role, str | None]] = [
        ("tower", "tower", None),
        ("shop", "shop", "market"),
        ("ally", "ally", "maker"),
        ("floor", "floor", "house"),
        ("courier", "courier", "swift"),
        ("foreign-shop", "shop", "stranger"),
        ("foreign-ally", "ally", "stranger"),
        ("foreign-floor", "floor", "stranger"),
        ("foreign-courier", "courier", "stranger"),
    ]
    async with db.transaction() as conn:
        for name, role, partner_id in callers:
            made[name] = access.new_key()
            await access.make(conn, name, role, partner_id, None, made[name], AT)
    return made


@pytest.fixture
async def door(house: House, keys: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The application in process, asked with the tower's key."""
    transport = httpx.ASGITransport(app=make_app(house), raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {keys['tower']}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=headers) as client:
        yield client


@pytest.fixture
async def founded(door: httpx.AsyncClient) -> None:
    """The alliance is there."""
    await alliance.found(door)


@pytest.fixture
def callers(door: httpx.AsyncClient, keys: dict[str, str]) -> dict[str, Caller]:
    """The same application, asked with each of the keys."""
    return {name: Caller(door, key) for name, key in keys.items()}


@pytest.fixture
def engine(db: Pool, house: House) -> Engine:
    """Runs reactions, calls and timers when a test lets it."""
    assert isinstance(house.clock, SimClock)
    return Engine(db, house.clock, Outside(SandboxGateway(house.clock)))


@pytest.fixture
def desk(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> ImportDesk:
    """A folder to put files in, and the command line over a database of the test's own."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    return ImportDesk(tmp_path, url, capsys)
