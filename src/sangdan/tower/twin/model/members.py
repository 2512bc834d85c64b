"""Shoppers: how old they are and where they live."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from .geography import residents

# Ages and how many members have them, by decade: teens to seventies.
_DECADES: Final = {10: 0.03, 20: 0.19, 30: 0.25, 40: 0.24, 50: 0.18, 60: 0.09, 70: 0.02}
_ENGLISH: Final = 0.03
_YEARS: Final = 8


def members(count: int, places: pl.DataFrame, start_on: date, rng: np.random.Generator) -> pl.DataFrame:
    """The columns of orders.member.

    places    as sangdan.adapters.korea.places gives; a province has as many members as residents
    start_on  all joined within the eight years before
    """
    decade = rng.choice(np.array(list(_DECADES)), count, p=np.array(list(_DECADES.values())))
    age = np.where(decade == 10, rng.integers(14, 20, count), decade + rng.integers(0, 10, count))
    lives = rng.choice(places.height, count, p=residents(places))
    joined = rng.integers(1, _YEARS * 365, count)
    return pl.DataFrame(
        {
            "member_id": [f"m-{number:06d}" for number in range(1, count + 1)],
            "locale": np.where(rng.random(count) < _ENGLISH, "en", "ko"),
            "birth_year": start_on.year - age,
            "postcode": places["postcode"].gather(lives),
            "joined_on": [start_on - timedelta(days=int(days)) for days in joined],
        }
    )
