"""How long a promise takes to compute: every service's ways for three lines over a dozen candidates, in process.

The yardstick is one trip of the same facts through JSON and back with Python's standard library, so that the ratio
says about the same on every machine.
"""

import json
import statistics
import time
from random import Random
from typing import Final

from sangdan.offer.promise.model import Inputs, encode, quote

from .figures import Figure, Measured
from .ground import AT
from .questions import CANDIDATES, LINES, question

QUESTIONS: Final = 300
NODES: Final = [f"node-{number:03}" for number in range(60)]
SKUS: Final = [f"sku-{number:05}" for number in range(2000)]


def measure() -> Measured:
    """Ask many different questions."""
    random = Random(20)
    asked = [
        question(random, AT, random.sample(NODES, CANDIDATES), random.sample(SKUS, LINES)) for _ in range(QUESTIONS)
    ]
    for inputs in asked[:20]:
        quote(inputs)
    times = sorted(_quoted_ms(inputs) for inputs in asked)
    trip = statistics.mean(_trip_ms(inputs) for inputs in asked)
    ways = statistics.mean(len(quote(inputs).ways) for inputs in asked[:50])
    yardstick = "the same facts to JSON and back"
    return Measured(
        "promise",
        f"{LINES} lines, {CANDIDATES} candidates, 5 services; {ways:.1f} ways and {_kilobytes(asked):.1f} KB of facts a"
        " question",
        [
            Figure("a question, on the mean", statistics.mean(times), "ms", yardstick, trip, "ms"),
            Figure("a question, 99 of 100", times[QUESTIONS * 99 // 100], "ms", yardstick, trip, "ms"),
        ],
    )


def _quoted_ms(inputs: Inputs) -> float:
    began = time.perf_counter()
    quote(inputs)
    return (time.perf_counter() - began) * 1000


def _trip_ms(inputs: Inputs) -> float:
    facts = json.loads(encode(inputs))
    began = time.perf_counter()
    json.loads(json.dumps(facts))
    return (time.perf_counter() - began) * 1000


def _kilobytes(asked: list[Inputs]) -> float:
    return statistics.mean(len(encode(inputs)) for inputs in asked) / 1000
