"""Measure everything that the README claims, or what is named, one after the other, and print one table.

    make bench                  all of it, some minutes
    make bench ONLY=place       one bench, or several
    python -m bench --json      for programs

Each figure stands beside a yardstick measured in the same run: compare ratios, not machines. The figures are kept in
bench/results/latest.json with the machine that they were measured on; a bench that is run alone replaces its own.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from . import (
    closing,
    goods,
    import_stock,
    ledger,
    live,
    outage,
    pickup,
    picture,
    place_http,
    placing,
    promise,
    re_promise,
    relevance,
    search,
    sourcing,
    tower,
)
from .figures import Measured, objects, spoken
from .machine import machine

BENCHES: Final[Mapping[str, Callable[[], Measured]]] = {
    "promise": promise.measure,
    "re_promise": re_promise.measure,
    "sourcing": sourcing.measure,
    "place": placing.measure,
    "place_http": place_http.measure,
    "picture": picture.measure,
    "ledger": ledger.measure,
    "import_stock": import_stock.measure,
    "live": live.measure,
    "outage": outage.measure,
    "closing": closing.measure,
    "pickup": pickup.measure,
    "tower": tower.measure,
    "goods": goods.measure,
    "search": search.measure,
    "relevance": relevance.measure,
}
RESULTS: Final = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; all without one")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHES]:
        parser.error(f"there is no bench {unknown[0]!r}: choose from {', '.join(BENCHES)}")
    measured: list[Measured] = []
    kept = _kept()
    for name in asked.names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr)
        told = {"machine": machine(), "measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
        measured.append(BENCHES[name]())
        kept[measured[-1].name] = [{**each, **told} for each in objects(measured[-1])]
        _keep(kept)
    print(json.dumps([kept[each.name] for each in measured]) if asked.json else spoken(measured))


def _kept() -> dict[str, list[dict[str, Any]]]:
    """What was measured before, by bench."""
    kept: dict[str, list[dict[str, Any]]] = {}
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    for each in rows:
        kept.setdefault(each["bench"], []).append(each)
    return kept


def _keep(kept: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    rows = [each for bench in kept.values() for each in bench]
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
