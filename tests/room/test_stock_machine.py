"""Whatever is done to stock, in whatever order: the database says what the plain model says, at every step."""

import os
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final, TypeVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from sangdan.offer.stock import queries
from sangdan.offer.stock.queries import holding, loading, moving

from .stock_machine import StockMachine

T = TypeVar("T")

# More of both by the environment; a failure prints the steps that lead to it, as few as it can.
EXAMPLES: Final = int(os.environ.get("MACHINE_EXAMPLES", "40"))
STEPS: Final = int(os.environ.get("MACHINE_STEPS", "40"))

HERE: Final = ("icheon", "milk")
SHELF: Final = [("icheon", None)]


def test_stock_is_what_the_model_says(shared_url: str) -> None:
    class Here(StockMachine):
        url = shared_url

    slowly = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, suppress_health_check=slowly
        ),
    )  # fmt: skip


class Script:
    """Details of a step, told beforehand."""

    def __init__(self, *values: Any) -> None:
        self._values = iter(values)

    def draw(self, strategy: st.SearchStrategy[T], /) -> T:
        return next(self._values)


def drill(machine: StockMachine) -> Iterator[None]:
    """Every statement of stock once or twice, in parts where it can be in parts; the same must hold after each step."""
    yield machine.receive(HERE, 8, again=True)
    yield machine.receive(HERE, 4, again=False)
    yield machine.count(HERE, 6, 2)
    yield machine.count(HERE, 8, None)
    yield machine.reserve(HERE, 4, 10, None)
    yield machine.reserve(HERE, 4, 10, None)
    yield machine.count(HERE, 3, None)
    [hold] = machine.model.baskets()
    yield machine.release(Script(hold))
    yield machine.hold_for_an_order(Script(None), HERE, 4)
    [loose] = machine.model.loose()
    yield machine.end_some(Script(loose, 1), "let_go")
    yield machine.end_some(Script(loose, 2), "ship")
    yield machine.end_some(Script(loose, 1), "lose")
    yield machine.place(Script(0, 2, "milk", SHELF, 1, "milk", SHELF, 1, "corner"), 1, locked=False)
    [order_id] = machine.model.orders
    yield machine.cancel(Script(order_id, None))
    yield machine.receive(HERE, 6, again=False)
    yield machine.share(HERE, "corner", 3)
    yield machine.place(Script(0, 1, "milk", SHELF, 3, "corner"), 1, locked=True)
    yield machine.reserve(HERE, 1, 10, "corner")
    [order_id] = machine.model.orders
    yield machine.cancel(Script(order_id, {1: 1}))
    yield machine.reserve(HERE, 1, 10, "corner")
    yield machine.send(Script(order_id))
    yield machine.place(Script(0, 1, "milk", SHELF, 7, "market"), 1, locked=False)
    yield machine.announce(HERE, 6, 4)
    yield machine.hold_for_an_order(Script("asn-0"), HERE, 3)
    yield machine.hold_for_an_order(Script("asn-0"), HERE, 2)
    yield machine.place(Script(0, 1, "milk", [("icheon", "asn-0")], 2, "market"), 1, locked=False)
    yield machine.arrive(Script("asn-0"))
    yield machine.count(HERE, 9, None)


def drilled(url: str) -> None:
    class Here(StockMachine):
        pass

    Here.url = url
    machine = Here()
    try:
        for _ in drill(machine):
            machine.the_same()
    finally:
        machine.teardown()


def test_the_drill_itself_is_right(shared_url: str) -> None:
    drilled(shared_url)


@pytest.mark.parametrize(
    ("module", "statement", "rule_of_it", "breach"),
    [
        (holding, "RESERVE", "on_hand - reserved - safety >=", "on_hand - reserved >="),
        (holding, "RESERVE", "reserved + %(units)s", "reserved + 1"),
        (holding, "RESERVE", "s.units < %(units)s", "s.units < 0"),
        (holding, "RESERVE", "a.taken + %(units)s", "a.taken"),
        (holding, "RESERVE_DUE", "least(units, preorder_max)", "units"),
        (holding, "END_HOLD", "AND state = 'held' AND order_id IS NULL", "AND order_id IS NULL"),
        (holding, "END_HOLD", "b.reserved - e.units", "b.reserved"),
        (holding, "LET_GO", "sum(units)::bigint AS units", "max(units) AS units"),
        (holding, "LET_GO", "r.units - w.units END", "r.units END"),
        (holding, "LET_GO", "a.taken - t.units", "a.taken"),
        (moving, "LEAVE", "on_hand = b.on_hand - s.units,", "on_hand = b.on_hand,"),
        (moving, "LEAVE", "-units, %(kind)s", "-1, %(kind)s"),
        (moving, "LEAVE", "greatest(a.units_max - t.units, 0)", "a.units_max"),
        (moving, "RECEIVE", "balance.on_hand + excluded.on_hand", "balance.on_hand + 1"),
        (moving, "ARRIVE", "reserved = balance.reserved + excluded.reserved", "reserved = balance.reserved"),
        (moving, "ARRIVE", "SET inbound_id = NULL", "SET inbound_id = r.inbound_id"),
        (queries, "REFUSE_COUNT", "i.on_hand < i.reserved", "i.on_hand < 0"),
        (loading, "COUNT_AGAIN", "on_hand - was, 'count'", "on_hand, 'count'"),
    ],
)
def test_a_broken_statement_is_found(
    shared_url: str, monkeypatch: pytest.MonkeyPatch, module: ModuleType, statement: str, rule_of_it: str, breach: str
) -> None:
    whole: str = getattr(module, statement)
    assert rule_of_it in whole
    monkeypatch.setattr(module, statement, whole.replace(rule_of_it, breach))
    with pytest.raises((AssertionError, pytest.fail.Exception, psycopg.Error)):
        drilled(shared_url)


@pytest.mark.parametrize(
    ("rule_of_it", "breach"),
    [
        ("v_left[v_wp[j]] < v_wu[j]", "false"),
        ("SET reserved = b.reserved + c.units", "SET reserved = b.reserved + 1"),
        ("SET taken = a.taken + s.units", "SET taken = a.taken"),
        ("SET parcels = b.parcels + excluded.parcels", "SET parcels = b.parcels"),
        ("least(x.units, coalesce(x.preorder_max, x.units))", "x.units"),
    ],
)
def test_a_broken_batch_is_found(url: str, rule_of_it: str, breach: str) -> None:
    with psycopg.connect(url) as conn:
        (whole,) = conn.execute("SELECT pg_get_functiondef('flows.place_orders'::regproc)").fetchone() or ("",)
        assert rule_of_it in whole
        conn.execute(whole.replace(rule_of_it, breach).encode())
    with pytest.raises((AssertionError, psycopg.Error)):
        drilled(url)
