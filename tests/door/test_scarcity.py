"""`sangdan promise scarcity`, and the worker that keeps the prices fresh."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sangdan.doors.cli import build
from sangdan.doors.worker.outside import chores, open_outside
from sangdan.flows import price_scarcity
from sangdan.flows.price_scarcity import KEY, KIND
from sangdan.kit.clock import Clock, MovableClock, SimClock
from sangdan.kit.db import Pool, value
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.errors import SolverMissing

from .conftest import AT


@pytest.fixture
def database(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command's, migrated and empty."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return url


def not_installed(name: str) -> None:
    """As Python says it."""


def spoken(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert not build("promise")(["promise", "scarcity", *words])
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    return msgspec.json.decode(spoken(capsys, *words, "--json"))


def test_before_the_first_round_it_says_how_to_begin_one(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--refresh" in spoken(capsys)
    assert told(capsys)["round"]["ended_at"] is None


def test_a_round_can_be_had_at_once_and_again(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "0 SKUs looked at, 0 scarce" in spoken(capsys, "--refresh")
    first = told(capsys)["round"]["ended_at"]
    again = told(capsys, "--refresh")
    assert again["round"]["ended_at"] > first
    assert again["prices"] == []
    assert "Nothing of that has a price" in spoken(capsys, "--sku", "tea")


def test_without_the_solver_it_says_what_to_install(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(price_scarcity, "find_spec", not_installed)
    with pytest.raises(SolverMissing, match=r"sangdan\[plan\]"):
        spoken(capsys, "--refresh")
    assert "--refresh" in spoken(capsys), "looking needs no solver"


async def timers(db: Pool) -> int:
    async with db.transaction() as conn:
        return await value(conn, "SELECT count(*) FROM kit.timer WHERE (kind, key) = (%(k)s, %(n)s)", k=KIND, n=KEY)


@pytest.mark.parametrize(("clock", "started"), [(SimClock(AT), 1), (MovableClock(), 0)])
async def test_whoever_leads_starts_the_rounds_but_not_in_a_sandbox(db: Pool, clock: Clock, started: int) -> None:
    for _ in range(2):
        for chore in chores(db, open_outside(clock)):
            await chore(clock.now())
    assert await timers(db) == started


async def test_the_rounds_go_on_without_the_solver_and_price_nothing(db: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_scarcity, "find_spec", not_installed)
    async with db.transaction() as conn:
        await price_scarcity.go_on(conn, KEY, {}, AT)
        assert (await promises.round_now(conn)).ended_at is None
        due_at = await value(conn, "SELECT due_at FROM kit.timer WHERE kind = %(kind)s", kind=KIND)
    assert due_at == AT + price_scarcity.EVERY
    assert timedelta() < price_scarcity.PAUSE < price_scarcity.EVERY
