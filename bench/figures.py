"""What a bench measures: a figure beside a yardstick of the same run, since machines differ more than programs do."""

from collections.abc import Sequence
from math import inf
from typing import Any, Literal

import msgspec

from sangdan.doors.cli.output import table

Unit = Literal[
    "orders/s", "promises/s", "transfers/s", "rows/s", "changes/s", "requests/s", "ms", "us", "s", "bytes", "%", "days",
    "transactions/s", "",
]  # fmt: skip


class Target(msgspec.Struct, frozen=True):
    """What a figure should reach.

    of        whether the ratio is held against the bound, or the value itself
    at_least  at_most  one of them is given
    """

    of: Literal["ratio", "value"]
    at_least: float | None = None
    at_most: float | None = None

    def met(self, figure: "Figure") -> bool:
        """Whether the figure reaches it."""
        number = figure.ratio if self.of == "ratio" else figure.measured
        return number >= self.at_least if self.at_least is not None else number <= (self.at_most or 0)

    def __str__(self) -> str:
        sign, bound = (">=", self.at_least) if self.at_least is not None else ("<=", self.at_most)
        return f"{sign} {bound:,g}{'x' if self.of == 'ratio' else ''}"


class Figure(msgspec.Struct, frozen=True):
    """One number, and what it is held against.

    what          what was done
    measured      in `unit`
    yardstick     what it is held against
    of_yardstick  the same machine's number for the yardstick, in `yardstick_unit`
    target        what it should reach, None for what is only told
    """

    what: str
    measured: float
    unit: Unit
    yardstick: str
    of_yardstick: float
    yardstick_unit: str
    target: Target | None = None

    @property
    def ratio(self) -> float:
        """The figure in yardsticks: more is better for rates, less for times; endless where the yardstick has none."""
        return self.measured / self.of_yardstick if self.of_yardstick else inf


class Measured(msgspec.Struct, frozen=True):
    """What one bench found.

    about    one line on the conditions
    figures  at least one
    """

    name: str
    about: str
    figures: list[Figure]


def spoken(all_measured: Sequence[Measured]) -> str:
    """The table that people read, and below it the conditions."""
    rows = [
        (each.name, figure.what, short(figure.measured), figure.unit, f"{figure.ratio:.3g}x", *_goal(figure),
         _yardstick(figure))
        for each in all_measured
        for figure in each.figures
    ]  # fmt: skip
    conditions = [f"{each.name}: {each.about}" for each in all_measured]
    heads = ("bench", "what", "measured", "", "ratio", "target", "met", "yardstick")
    return "\n".join([table(heads, rows), "", *conditions])


def objects(measured: Measured) -> list[dict[str, Any]]:
    """The same for programs, an object a figure."""
    return [
        {
            "name": f"{measured.name}: {figure.what}",
            "value": figure.measured,
            "unit": figure.unit,
            "yardstick": figure.of_yardstick,
            "yardstick_unit": figure.yardstick_unit,
            "yardstick_what": figure.yardstick,
            "ratio": figure.ratio if figure.of_yardstick else None,
            "target": None if figure.target is None else str(figure.target),
            "met": None if figure.target is None else figure.target.met(figure),
            "bench": measured.name,
            "about": measured.about,
        }
        for figure in measured.figures
    ]


def short(number: float) -> str:
    """A number as people read it."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:,.3g}"


def _goal(figure: Figure) -> tuple[str, str]:
    if figure.target is None:
        return "", ""
    return str(figure.target), "yes" if figure.target.met(figure) else "no"


def _yardstick(figure: Figure) -> str:
    return f"{figure.yardstick}: {short(figure.of_yardstick)} {figure.yardstick_unit}"
