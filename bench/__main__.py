"""Measure everything that the README claims, or what is named, one after the other, and print one table.

    make bench                  all of it, some minutes
    make bench ONLY=placing     one bench, or several
    python -m bench --json      for programs

Each figure stands beside a yardstick measured in the same run: compare ratios, not machines.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Final

from . import import_stock, ledger, live, outage, placing, promise
from .figures import Measured, spoken

BENCHES: Final[Mapping[str, Callable[[], Measured]]] = {
    "promise": promise.measure,
    "placing": placing.measure,
    "ledger": ledger.measure,
    "import_stock": import_stock.measure,
    "live": live.measure,
    "outage": outage.measure,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; all without one")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHES]:
        parser.error(f"there is no bench {unknown[0]!r}: choose from {', '.join(BENCHES)}")
    measured: list[Measured] = []
    for name in asked.names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr)
        measured.append(BENCHES[name]())
    print(_json(measured) if asked.json else spoken(measured))


def _json(measured: list[Measured]) -> str:
    told = {
        each.name: {
            "about": each.about,
            "figures": [
                {
                    "what": figure.what,
                    "measured": figure.measured,
                    "unit": figure.unit,
                    "yardstick": figure.yardstick,
                    "of_yardstick": figure.of_yardstick,
                    "yardstick_unit": figure.yardstick_unit,
                    "ratio": figure.ratio,
                }
                for figure in each.figures
            ],
        }
        for each in measured
    }
    return json.dumps(told)


if __name__ == "__main__":
    main()
