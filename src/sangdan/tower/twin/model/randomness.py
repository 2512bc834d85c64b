"""Chance that can be repeated: every draw follows from a seed and the names of what it is for."""

import hashlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Choice = TypeVar("Choice")

_NORMAL = NormalDist()


def _digest(seed: int, *names: str | int) -> bytes:
    return hashlib.blake2b(repr((seed, *names)).encode(), digest_size=16).digest()


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator of its own for each purpose, so that a change in one leaves the others as they were."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(_digest(seed, *names))))


def chance(seed: int, *names: str | int) -> float:
    """One uniform draw, 0 <= it < 1, the same whenever and however often it is asked for."""
    return int.from_bytes(_digest(seed, *names)[:7]) / 2**56


def normal(seed: int, *names: str | int) -> float:
    """One standard normal draw."""
    return _NORMAL.inv_cdf(min(max(chance(seed, *names), 1e-12), 1 - 1e-12))


def some(of: Sequence[Choice], count: int, rng: np.random.Generator) -> list[Choice]:
    """`count` different ones, in the order in which they stand; 0 <= count <= len(of)."""
    places: npt.NDArray[np.int64] = rng.choice(len(of), count, replace=False)
    return [of[int(place)] for place in np.sort(places)]
