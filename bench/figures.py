"""What a bench measures: a figure beside a yardstick of the same run, since machines differ more than programs do."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from sangdan.doors.cli.output import table

Unit = Literal["orders/s", "transfers/s", "rows/s", "ms"]


class Figure(msgspec.Struct, frozen=True):
    """One number, and what it is held against.

    what          what was done
    measured      in `unit`
    yardstick     what it is held against
    of_yardstick  the same machine's number for the yardstick, in `yardstick_unit`
    """

    what: str
    measured: float
    unit: Unit
    yardstick: str
    of_yardstick: float
    yardstick_unit: str

    @property
    def ratio(self) -> float:
        """The figure in yardsticks: more is better for rates, less for times."""
        return self.measured / self.of_yardstick


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
        (each.name, figure.what, _short(figure.measured), figure.unit, f"{figure.ratio:.3g}", _yardstick(figure))
        for each in all_measured
        for figure in each.figures
    ]
    conditions = [f"{each.name}: {each.about}" for each in all_measured]
    return "\n".join([table(("bench", "what", "measured", "", "ratio", "yardstick"), rows), "", *conditions])


def _yardstick(figure: Figure) -> str:
    return f"{figure.yardstick}: {_short(figure.of_yardstick)} {figure.yardstick_unit}"


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:,.3g}"
