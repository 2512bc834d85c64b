"""What the carrier asks: fitted to the freight that the orders paid, by pair of states."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

STRENGTH: Final = 20.0  # items that the line over all pairs counts for, beside a pair's own


class Tariffs(msgspec.Struct, frozen=True):
    """In centavos: for a kilogram anywhere, and for a parcel by pair."""

    per_kg_minor: int
    base_minor: tuple[int, ...]


def tariffs(
    pairs: Sequence[tuple[str, str]], distances_m: Sequence[int], paid: Sequence[tuple[str, str, int, int]]
) -> Tariffs:
    """Fit the tariff.

    pairs  of states, from and to, each once; `distances_m` between them
    paid   for each item: from, to, its weight in grams, its freight in centavos; one at least
    gives  least squares within the pairs for the kilogram; for the parcel a pair's own mean, drawn towards a straight
           line over distance where few were paid. Freight is a price, known at purchase: nothing of it is look-ahead
    """
    place = {pair: at for at, pair in enumerate(pairs)}
    of = np.array([place[(source, target)] for source, target, _, _ in paid])
    kg = np.array([weight_g for _, _, weight_g, _ in paid]) / 1000
    freight = np.array([float(minor) for *_, minor in paid])
    count = np.bincount(of, minlength=len(pairs)).astype(float)
    many = np.maximum(count, 1)
    mean_kg = np.bincount(of, kg, len(pairs)) / many
    mean_freight = np.bincount(of, freight, len(pairs)) / many
    heavier, dearer = kg - mean_kg[of], freight - mean_freight[of]
    per_kg = max(float(heavier @ dearer) / max(float(heavier @ heavier), 1e-9), 0.0)
    own = mean_freight - per_kg * mean_kg
    far = np.array(distances_m, float) / 1000
    line = np.stack([np.ones(len(pairs)), far], axis=1)
    weighed = line * count[:, None]
    usual = line @ np.linalg.lstsq(weighed.T @ line, weighed.T @ own, rcond=None)[0]
    base = (count * own + STRENGTH * usual) / (count + STRENGTH)
    return Tariffs(round(per_kg), tuple(max(round(float(each)), 0) for each in base))
