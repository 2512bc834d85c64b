"""The report of a simulated run: what counts as sound, and how people read it."""

from typing import Any

import pytest
from msgspec.structs import replace

from sangdan.doors.sim.report import Told, sound, spoken


def a_run(**changed: Any) -> Told:
    told = Told(
        orders_in=1200, orders_placed=1150, orders_refused={"no-way: short": 48, "stock-gone": 2},
        orders_delivered=1130, orders_cancelled=20, orders_cancelled_by={"payment_declined": 13, "shopper": 7},
        orders_open=0, oversold_cells=0, drift_rows=0, ledger_sum_minor={"KRW": 0}, alliance_sum_minor={"KRW": 0},
        promise_on_time_share=0.9312, promise_stated_share=0.95, promise_mean_days=1.3856, promises_recomputed=1150,
        promises_differing=0, split_rate=0.04, fill_rate=0.992, perfect_order_rate=0.91, cost_minor=4_450_000,
        currency="KRW", co2e_g=81_234, seconds=12.3, peak_pss_mb=431.6,
    )  # fmt: skip
    return replace(told, **changed)


def table_of(text: str) -> dict[str, str]:
    """The rows of the table, by their names."""
    lines = text.splitlines()[1:]
    width = max(line.index("  ") for line in lines)
    return {line[:width].strip(): line[width:].strip() for line in lines}


def test_a_run_where_everything_adds_up_is_sound() -> None:
    assert sound(a_run())
    assert sound(a_run(ledger_sum_minor={}, alliance_sum_minor={}))
    assert sound(a_run(orders_refused={"no-way": 1200}, orders_placed=0)), "a counted refusal is no mistake"


@pytest.mark.parametrize(
    "flaw",
    [
        {"drift_rows": 1},
        {"oversold_cells": 1},
        {"promises_differing": 1},
        {"ledger_sum_minor": {"KRW": 0, "USD": 1}},
        {"alliance_sum_minor": {"KRW": -1}},
    ],
)
def test_one_flaw_makes_it_unsound(flaw: dict[str, Any]) -> None:
    assert not sound(a_run(**flaw))


def test_people_read_counts_with_their_reasons() -> None:
    rows = table_of(spoken(a_run()))
    assert rows["orders asked for"] == "1,200"
    assert rows["refused"] == "50 (48 no-way: short, 2 stock-gone)"
    assert rows["cancelled"] == "20 (13 payment_declined, 7 shopper)"
    assert rows["promises kept"] == "93.12%, stated 95.00%"
    assert rows["promised after"] == "1.39 days on the mean"
    assert rows["fulfilment cost"] == "4,450,000 KRW"
    assert rows["CO2e"] == "81.2 kg"
    assert rows["ledger sum"] == "0 KRW"
    assert rows["took"] == "12.3 s, 432 MB at most"


def test_what_there_was_nothing_of_is_a_dash() -> None:
    nothing = dict.fromkeys(
        ("promise_on_time_share", "promise_stated_share", "promise_mean_days", "split_rate", "fill_rate", "currency")
    )
    rows = table_of(spoken(a_run(orders_refused={}, ledger_sum_minor={}, cost_minor=0, **nothing)))
    assert rows["promises kept"] == "-, stated -"
    assert (rows["promised after"], rows["split orders"], rows["fulfilment cost"]) == ("-", "-", "-")
    assert (rows["refused"], rows["ledger sum"]) == ("0", "-")


def test_a_driver_adds_its_own_rows() -> None:
    assert table_of(spoken(a_run(), {"matched days earlier": "2.1"}))["matched days earlier"] == "2.1"
