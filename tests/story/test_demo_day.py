"""A small demo day: the same from the same seed, another from another, and every unit and won accounted for."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
import pytest
from psycopg import sql

from sangdan.adapters import korea
from sangdan.doors.cli import build
from sangdan.doors.sim.demo import Day, play
from sangdan.doors.sim.report import Told, sound
from sangdan.kit import postgres
from sangdan.kit.db import Pool
from sangdan.tower.twin.model import Size

from .places import write_places

SIZE: Final = Size(stores=20, products=300, orders_per_day=1000, members=300)
TUESDAY: Final = date(2026, 11, 24)

Databases = Callable[[], Awaitable[Pool]]


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A file of postcodes."""
    return write_places(tmp_path / "places.csv")


@pytest.fixture
async def databases(server: postgres.Server, template: str) -> AsyncIterator[Databases]:
    """Makes migrated databases, as many as are asked for."""
    numbers = count(1)
    async with AsyncExitStack() as stack:

        async def fresh() -> Pool:
            name = f"{template}_day_{next(numbers)}"
            return await stack.enter_async_context(_database(server, template, name))

        yield fresh


@asynccontextmanager
async def _database(server: postgres.Server, template: str, name: str) -> AsyncGenerator[Pool]:
    made, source = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER sangdan").format(made, source))
        pool = await Pool.open(server.url_of(name), size=4)
        yield pool
        await pool.close()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


async def a_day(pool: Pool, places: Path, seed: int, orders: int = 40) -> Told:
    day = Day(seed=seed, orders=orders, day_on=TUESDAY, size=SIZE)
    return await play(pool, day, korea.read_places(places), lambda kind, rows: None, lambda done: None)


async def test_a_day_is_repeated_by_its_seed_and_adds_up(databases: Databases, places: Path) -> None:
    first, again, other = [await a_day(await databases(), places, seed) for seed in (1, 1, 2)]

    assert again == first
    assert other != first
    for told in (first, other):
        assert sound(told)
        assert (told.ledger_sum_minor, told.alliance_sum_minor) == ({"KRW": 0}, {"KRW": 0})
        assert told.orders_in == told.orders_placed + sum(told.orders_refused.values()) == 40
        assert told.orders_placed == told.orders_delivered + told.orders_cancelled
        assert told.orders_open == 0
        assert told.orders_cancelled == sum(told.orders_cancelled_by.values())
        assert told.promises_recomputed == told.orders_placed >= 35
        assert told.promise_on_time_share is not None
        assert 0.7 <= told.promise_on_time_share <= 1


@pytest.mark.parametrize("json", [True, False])
def test_the_command_answers_programs_and_people(
    empty_url: str, places: Path, capsys: pytest.CaptureFixture[str], json: bool
) -> None:
    words = ["demo", "--headless", "--orders", "5", "--stores", "5", "--products", "100", "--seed", "3",
             "--postcodes", str(places), "--database", empty_url]  # fmt: skip
    code = int(build("demo")([*words, *(["--json"] if json else [])]))
    answer = capsys.readouterr()
    assert code == 0
    if json:
        told: dict[str, Any] = msgspec.json.decode(answer.out)
        assert told["orders_in"] == 5
        assert (told["drift_rows"], told["oversold_cells"], told["orders_open"]) == (0, 0, 0)
        assert told["seconds"] > 0
        assert told["peak_pss_mb"] > 0
    else:
        assert "orders asked for" in answer.out
        assert "drift                    0 rows" in answer.out
