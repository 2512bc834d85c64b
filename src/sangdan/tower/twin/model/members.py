"""Shoppers: how old they are and where they live, and what they are called: nobody who lives."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from .geography import residents

# Ages and how many members have them, by decade: teens to seventies.
_DECADES: Final = {10: 0.03, 20: 0.19, 30: 0.25, 40: 0.24, 50: 0.18, 60: 0.09, 70: 0.02}
_ENGLISH: Final = 0.03
_YEARS: Final = 8

# The commonest family names and roughly how many of a hundred people have them (통계청, 인구주택총조사 2015); the given
# names are put together from two syllables each.
_FAMILIES: Final = {
    "김": 21.5, "이": 14.7, "박": 8.4, "최": 4.7, "정": 4.3, "강": 2.4, "조": 2.1, "윤": 2.1, "장": 2.0, "임": 1.7,
    "한": 1.5, "오": 1.5, "서": 1.5, "신": 1.5, "권": 1.4, "황": 1.4, "안": 1.4, "송": 1.4, "류": 1.3, "홍": 1.1,
    "남궁": 0.1, "황보": 0.1,
}  # fmt: skip
_FIRST: Final = tuple("민서지하도예준시유은현수재승나다가태")
_SECOND: Final = tuple("준연우윤호은아진원희영빈린훈경현율람")
_GIVEN_ENGLISH: Final = ("Alex", "Robin", "Sam", "Quinn", "Jordan", "Casey", "Morgan", "Taylor", "Jamie", "Riley")
_FAMILY_ENGLISH: Final = ("Ashdown", "Birchall", "Caldmoor", "Denholt", "Elmsworth", "Fairlow", "Greyfen", "Hollins")
_STREETS: Final = ("새봄로", "너울길", "들빛로", "가온길", "해든로", "마루길", "소리결로", "늘솔길")
# No line has the exchange 0000 behind 010.
_PHONES: Final = 10_000


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


def people(joined: pl.DataFrame, places: pl.DataFrame, shop_id: str, rng: np.random.Generator) -> pl.DataFrame:
    """The columns of the import of people: made-up names, phones that nobody has, addresses on streets there are not.

    joined   as `members` gives
    places   as sangdan.adapters.korea.places gives; postcode, sido and sigungu are used
    shop_id  the shop that knows them
    """
    count = joined.height
    weights = np.array(list(_FAMILIES.values()))
    family = rng.choice(np.array(list(_FAMILIES)), count, p=weights / weights.sum())
    korean = np.char.add(np.char.add(family, rng.choice(np.array(_FIRST), count)), rng.choice(np.array(_SECOND), count))
    given = np.char.add(rng.choice(np.array(_GIVEN_ENGLISH), count), " ")
    english = np.char.add(given, rng.choice(np.array(_FAMILY_ENGLISH), count))
    street = rng.choice(np.array(_STREETS), count)
    number = rng.integers(1, 300, count)
    districts = places.select("postcode", "sido", "sigungu").unique("postcode", keep="first", maintain_order=True)
    home = joined.select("postcode").join(districts, on="postcode", how="left", maintain_order="left")
    return pl.DataFrame(
        {
            "shop_id": [shop_id] * count,
            "shopper_id": joined["member_id"],
            "name": np.where(joined["locale"].to_numpy() == "en", english, korean),
            "phone": [f"010-0000-{index % _PHONES:04d}" for index in range(count)],
            "email": [f"{member_id}@example.com" for member_id in joined["member_id"]],
            "address": pl.Series(street) + " " + pl.Series(number).cast(pl.String),
            "postcode": joined["postcode"],
            "locale": joined["locale"],
        }
    ).with_columns(address=pl.concat_str(home["sido"], home["sigungu"], "address", separator=" ", ignore_nulls=True))
