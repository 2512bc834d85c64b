"""The demo world's people: each has a name and is nobody."""

from datetime import date

import polars as pl

from sangdan.order.shoppers.model import Details, Person, told_by_file
from sangdan.tower.twin.model.members import members, people
from sangdan.tower.twin.model.randomness import stream

PLACES = pl.DataFrame(
    {
        "postcode": ["04524", "17300", "63000"],
        "sido": ["서울특별시", "경기도", "제주특별자치도"],
        "sigungu": ["중구", "이천시", "제주시"],
    }
)


def some_people(seed: int, count: int = 500) -> tuple[pl.DataFrame, pl.DataFrame]:
    joined = members(count, PLACES, date(2026, 11, 23), stream(seed, "members"))
    return joined, people(joined, PLACES, "market", stream(seed, "people"))


def test_every_member_is_called_something_and_reached_nowhere() -> None:
    joined, named = some_people(3)

    assert named["shopper_id"].to_list() == joined["member_id"].to_list()
    assert named.null_count().sum_horizontal().item() == 0
    assert named["phone"].str.contains(r"^010-0000-\d{4}$").all()
    assert named["phone"].n_unique() == named.height
    assert named["email"].str.ends_with("@example.com").all()
    korean = named.filter(pl.col("locale") == "ko")["name"]
    english = named.filter(pl.col("locale") == "en")["name"]
    assert korean.str.contains(r"^[가-힣]{3,4}$").all()
    assert english.str.contains(r"^[A-Z][a-z]+ [A-Z][a-z]+$").all()
    assert korean.n_unique() > 300
    assert len(english) > 0


def test_they_live_where_their_parcels_go() -> None:
    _, named = some_people(3)
    districts = {row["postcode"]: f"{row['sido']} {row['sigungu']} " for row in PLACES.iter_rows(named=True)}
    assert all(row["address"].startswith(districts[row["postcode"]]) for row in named.iter_rows(named=True))


def test_a_seed_repeats_them() -> None:
    assert some_people(3)[1].equals(some_people(3)[1])
    assert not some_people(3)[1].equals(some_people(4)[1])


def test_they_fit_their_room() -> None:
    for row in some_people(3, 50)[1].drop("shop_id", "shopper_id").iter_rows():
        assert isinstance(told_by_file(None, Details(*row)), Person)
