"""Pickup in fifteen minutes on simulated days of a store: how many promises are kept, how many are later than that.

The promises are the product's own: asked, thought over, placed while others place, refused and asked again. The days
have two peaks, four shoppers of five fetch, one of five has it sent in the evening; the pickers are busy two thirds of
their time, or half of it. The yardstick is the same shoppers in a shop that tells everybody a quarter of an hour and
picks first what came first. DAYS in the environment sets how many days.
"""

import os
import time
from collections.abc import Sequence
from typing import Final, Literal

from .figures import Figure, Measured, Target
from .store_day import Day, Runner, Store, people, promised_day, quarter_day

DAYS: Final = int(os.environ.get("DAYS", "12"))
ORDERS: Final = 347
MEAN_S: Final = 261
# What is entered for a parcel is a little more than the mean; an hour takes what the pickers can do at that pace.
HANDLING_S: Final = 270
YARDSTICK: Final = "fifteen minutes for all, first come first picked"
# The policy's usual time to decide, and the minute that a kiosk or an app in the store may need.
MARGINS_S: Final = (180, 60)


def measure() -> Measured:
    """The same days with three pickers and with four, and with either time to decide."""
    began = time.process_time()
    figures: list[Figure] = []
    told: list[str] = []
    for pickers in (4, 3):
        for margin_s in MARGINS_S:
            per_hour = 3600 * pickers // HANDLING_S + 1
            store = Store(pickers, MEAN_S, HANDLING_S, per_hour, margin_s)
            days, plain = _days(store, promised_day), _days(store, quarter_day)
            busy = sum(day.busy_ppm for day in days) / len(days) / 10_000
            name = f"pickers busy {busy:.0f} %, {margin_s} s to decide"
            figures.append(_figure(f"promises kept, {name}", _met(days), plain, Target("value", at_least=98)))
            figures.append(_figure(f"told later, {name}", _later(days), plain, Target("value", at_most=5)))
            told.append(f"{name}: worst day {min(_met([day]) for day in days):.1f} % kept, {_missed(days)}")
    asked = DAYS * ORDERS * 2 * len(MARGINS_S)
    about = f"{DAYS} days of {ORDERS} orders, {asked / (time.process_time() - began):,.0f} orders/s; " + "; ".join(told)
    return Measured("pickup", about, figures)


def _days(store: Store, run: Runner) -> list[Day]:
    return [run(store, people(store, ORDERS, seed)) for seed in range(DAYS)]


def _figure(what: str, share: float, plain: Sequence[Day], target: Target) -> Figure:
    unit: Literal["%"] = "%"
    return Figure(what, share, unit, YARDSTICK, _met(plain), unit, target)


def _met(days: Sequence[Day]) -> float:
    return 100 * sum(day.met for day in days) / sum(day.shown for day in days)


def _later(days: Sequence[Day]) -> float:
    return 100 * sum(day.requoted for day in days) / sum(day.shown for day in days)


def _missed(days: Sequence[Day]) -> str:
    return f"{sum(day.missed for day in days)} of {sum(day.others for day in days)} missed the van"
