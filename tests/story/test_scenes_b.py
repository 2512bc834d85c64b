"""Scenes under strain: each tells its story in both languages and finds it true, and finds it false when it is."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
import pytest

from sangdan.doors.sim.scenes import Stage, cold_night, lights_out, rush
from sangdan.doors.sim.scenes.served import Client, Served
from sangdan.flows.source_again.search import Search
from sangdan.kit import postgres
from sangdan.offer.promise import model
from sangdan.offer.promise.model.gates import Gate
from sangdan.order.orders import commands as orders
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import Short

from .scene_cases import check_telling, failed, played, true_story

NAMES: Final = ("rush", "cold-night", "lights-out")
# What a shelf can give, as flows.place_orders reckons before it takes and while it does.
FREE: Final = "b.on_hand - b.reserved - b.safety"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same stories with fewer people in them."""
    for scene, name, size in (
        (rush, "BUYERS", 160), (rush, "UNITS", 20), (rush, "VISITS", 60), (rush, "BEFORE", 3),
        (cold_night, "ORDERS", 48),
        (lights_out, "BETWEEN", 10), (lights_out, "UNITS", 15),
    ):  # fmt: skip
        monkeypatch.setattr(scene, name, size)


@pytest.mark.parametrize("name", NAMES)
def test_the_story_is_true_and_told_in_both_languages(name: str) -> None:
    check_telling(name)


def test_the_stories_are_not_empty() -> None:
    """Somebody was too late and told so, orders of each fate there were, and lines were cut."""
    rushed = {line.kind: line for line in true_story("rush")[1]}
    assert "message" in rushed
    [night] = [line.facts for line in true_story("cold-night")[1] if "kept" in line.facts and line.kind == "step"]
    assert min(night["kept"], night["late"], night["refunded"]) > 0
    cuts = [line.facts["interrupted"] for line in true_story("lights-out")[1] if "interrupted" in line.facts]
    assert cuts[0] > 0


# Each story is found false when it is.


def test_rush_finds_a_unit_that_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check and the constraint behind it are gone from the database: Saleor #543, in our own house."""
    furnish = Served.furnish

    async def careless(alliance: Served, dress: Any) -> None:
        await furnish(alliance, dress)
        with postgres.attached(alliance.home / "postgres") as server, psycopg.connect(server.url) as conn:
            [(text,)] = conn.execute("SELECT pg_get_functiondef('flows.place_orders'::regproc)").fetchall()
            assert FREE in text
            conn.execute(text.replace(FREE, "1000000").encode())
            conn.execute("ALTER TABLE stock.balance DROP CONSTRAINT never_oversold")

    monkeypatch.setattr(Served, "furnish", careless)
    holds, lines = played("rush")
    assert not holds
    assert any("not one more" in check for check in failed(lines))


def test_lights_out_finds_an_acknowledged_order_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer comes from somebody who stored nothing."""
    take, lied = Client.take, False

    async def lies_once(client: Client, *asked: Any) -> httpx.Response:
        nonlocal lied
        if lied:
            return await take(client, *asked)
        lied = True
        return httpx.Response(HTTPStatus.CREATED, json={"order_id": str(uuid4())})

    async def a_few_orders(stage: Stage, alliance: Served, crowd: Any) -> None:
        await crowd.acknowledged(5)

    monkeypatch.setattr(Client, "take", lies_once)
    monkeypatch.setattr(lights_out, "_kills", a_few_orders)
    holds, lines = played("lights-out")
    assert not holds
    assert any("acknowledged orders are there" in check for check in failed(lines))


def test_cold_night_finds_orders_that_nobody_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    async def leave(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(warehouse, "withdraw", leave)
    holds, lines = played("cold-night")
    assert not holds
    assert any("none is lost" in check for check in failed(lines))
    assert any("Nothing chilled was sent" in check for check in failed(lines)), "they left the dark warm"


def test_cold_night_finds_dates_that_could_have_been_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def give_up(search: Search, shorts: Sequence[Short]) -> list[Short]:
        return list(shorts)

    monkeypatch.setattr(Search, "elsewhere", give_up)
    holds, lines = played("cold-night")
    assert not holds
    assert any("asked anew" in check for check in failed(lines))


def test_cold_night_finds_a_shopper_who_is_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    say = orders.re_promise

    async def twice(*told: Any, **more: Any) -> None:
        await say(*told, **more)
        await say(*told, **more)

    monkeypatch.setattr(orders, "re_promise", twice)
    holds, lines = played("cold-night")
    assert not holds
    assert any("told exactly once" in check for check in failed(lines))


def test_cold_night_finds_chilled_goods_that_leave_a_warm_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise room forgets about temperatures, and chilled goods lie in the ambient centre next door."""

    def carries(gate: Gate, line: model.Line) -> bool:
        return line.weight_g <= gate.max_weight_g

    monkeypatch.setattr(Gate, "carries", carries)
    holds, lines = played("cold-night")
    assert not holds
    assert any("Nothing chilled was sent" in check for check in failed(lines))
