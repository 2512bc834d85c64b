"""How long a promise takes to compute: five lines over a network of 405 nodes, any of which may send them, in process.

Measured in processor time from the facts in memory (the network, and what lies on its shelves as arrays) to the quote
with its reasons: every node is weighed, what cannot win is left out, the rest is chosen from exactly. Tables of lanes
by zone and service are laid out before, once for as long as the network stays as it is. The yardstick is one trip of a
question's facts through JSON and back with Python's standard library.
"""

import json
import statistics
import time
from random import Random
from typing import Final

from sangdan.offer.promise.model import Inputs, Service, encode, quote

from .figures import Figure, Measured, Target
from .ground import AT
from .nation import CENTRES, DESTINATIONS, SKUS, STORES, Nation

QUESTIONS: Final = 300
LINES: Final = 5
# The share of the nodes that hold a SKU: most, few, hardly any.
DENSITIES: Final = (0.66, 0.2, 0.05)
_YARDSTICK: Final = "the facts of a question to JSON and back"


def measure() -> Measured:
    """Ask many different questions, where goods lie nearly everywhere and where they are rare."""
    random = Random(20)
    every: list[float] = []
    one: list[float] = []
    trips: list[float] = []
    ways = 0
    for nation in (Nation(Random(20), density) for density in DENSITIES):
        asked = [(random.sample(range(SKUS), LINES), random.randrange(DESTINATIONS)) for _ in range(QUESTIONS)]
        for zone in range(DESTINATIONS):
            quote(nation.ask(asked[0][0], f"{zone:05}", AT))
        every += [_quoted_ms(nation, skus, zone) for skus, zone in asked]
        one += [_quoted_ms(nation, skus, zone, "standard") for skus, zone in asked]
        facts = [nation.ask(skus, f"{zone:05}", AT) for skus, zone in asked[:50]]
        trips += map(_trip_ms, facts)
        ways += sum(len(quote(inputs).ways) for inputs in facts)
    trip = statistics.mean(trips)
    most, usual = Target("value", at_most=5), Target("value", at_most=1)
    return Measured(
        "promise",
        f"{LINES} lines, {CENTRES + STORES} nodes, a SKU on {', '.join(f'{d:.0%}' for d in DENSITIES)} of them;"
        f" {ways / len(trips):.1f} ways a question; processor time from the facts in memory to the quote",
        [
            Figure("5 services, median", statistics.median(every), "ms", _YARDSTICK, trip, "ms", usual),
            Figure("5 services, 99 of 100", _of_hundred(every), "ms", _YARDSTICK, trip, "ms", most),
            Figure("1 service, median", statistics.median(one), "ms", _YARDSTICK, trip, "ms", usual),
            Figure("1 service, 99 of 100", _of_hundred(one), "ms", _YARDSTICK, trip, "ms", most),
        ],
    )


def _quoted_ms(nation: Nation, skus: list[int], zone: int, *services: Service) -> float:
    began = time.process_time()
    quote(nation.ask(skus, f"{zone:05}", AT, *services))
    return (time.process_time() - began) * 1000


def _trip_ms(inputs: Inputs) -> float:
    facts = json.loads(encode(inputs))
    began = time.process_time()
    json.loads(json.dumps(facts))
    return (time.process_time() - began) * 1000


def _of_hundred(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]
