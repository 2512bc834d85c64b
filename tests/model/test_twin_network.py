"""Calendars, areas and lanes of the demo world."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from sangdan.tower.twin.model import calendars
from sangdan.tower.twin.model.geography import great_circle_m, postcodes, residents, zone_id, zones
from sangdan.tower.twin.model.lanes import SERVICES

START = date(2026, 11, 23)


def places(*codes: str, sido: str = "전라남도", sigungu: str = "신안군") -> pl.DataFrame:
    """Postcodes of one district, all on one spot."""
    rows = [(code, sido, sigungu, "한마을", 34.8, 126.3) for code in codes]
    return pl.DataFrame(rows, schema=["postcode", "sido", "sigungu", "dong", "lat", "lon"], orient="row")


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("62999", "mainland"), ("63000", "jeju"), ("63644", "jeju"), ("63645", "mainland"),
        ("40199", "mainland"), ("40200", "island"), ("40240", "island"), ("23116", "island"), ("23117", "mainland"),
        ("23124", "island"), ("58866", "island"), ("01000", "mainland"),
    ],
)  # fmt: skip
def test_a_postcode_tells_who_pays_a_surcharge(code: str, area: str) -> None:
    assert postcodes(places(code))["area"].to_list() == [area]


def test_zones_have_readable_codes_and_names_in_both_languages() -> None:
    suwon = places("16500", sido="경기도", sigungu="수원시 영통구")
    table = zones(pl.concat([suwon, places("30100", sido="세종특별자치시", sigungu="")]))

    assert table.select("zone_id", "name_ko", "name_en").rows() == [
        ("gyeonggi-suwon-si-yeongtong-gu", "경기도 수원시 영통구", "Suwon-si Yeongtong-gu, Gyeonggi"),
        ("sejong", "세종특별자치시", "Sejong"),
    ]
    assert zone_id("강원도", "춘천시") == zone_id("강원특별자치도", "춘천시") == "gangwon-chuncheon-si"


def test_people_live_where_the_provinces_residents_are() -> None:
    gangnam = places("06000", sido="서울특별시", sigungu="강남구")
    two_in_jeju = places("63000", "63001", sido="제주특별자치도", sigungu="제주시")
    seoul, *jeju = residents(pl.concat([gangnam, two_in_jeju])).tolist()

    assert sum(jeju) + seoul == pytest.approx(1)
    assert seoul / sum(jeju) == pytest.approx(9330 / 670)


def test_a_quarter_of_the_earth_is_ten_thousand_kilometres() -> None:
    nothing = np.array(0.0)

    assert great_circle_m(nothing, nothing, np.array(90.0), nothing) == pytest.approx(10_007_543, abs=1)


def test_large_stores_close_twice_a_month_and_never_sell_at_night() -> None:
    days = calendars.calendar_days(START, days=60).filter(pl.col("calendar_id") == calendars.LARGE_STORE)
    closed = days.filter(pl.col("hours") == "")

    assert closed["day_on"].to_list() == [date(2026, 12, 13), date(2026, 12, 27), date(2027, 1, 10)]
    assert set(closed["reason"]) == {"law"}
    assert set(days.filter(pl.col("hours") != "")["hours"]) == {"10:00-23:00"}
    assert days.height == 60


@pytest.mark.parametrize(("first", "closing"), [(date(2026, 11, 1), [8, 22]), (date(2026, 12, 1), [13, 27])])
def test_the_second_and_fourth_sunday(first: date, closing: list[int]) -> None:
    month = (first + timedelta(n) for n in range(30))

    assert [day.day for day in month if calendars.is_closing_day(day, 6)] == closing


def test_seollal_and_chuseok_close_every_store() -> None:
    days = calendars.calendar_days(START, days=400).filter(pl.col("reason") == "holiday")

    assert set(days["day_on"]) == {date(2027, 2, 7), date(2027, 9, 15)}
    assert set(days["calendar_id"]) == {calendars.LARGE_STORE, calendars.LARGE_STORE_MONDAY, calendars.SMALL_STORE}


def test_services_state_what_the_lane_table_asks_for() -> None:
    for name, service in SERVICES.items():
        assert list(service.hours) == sorted(service.hours), name
        assert len(service.hours) == 10
        assert all(cut <= leaves for cut, leaves in zip(service.cut_offs, service.departures, strict=True))
    assert SERVICES["next_day"].cut_offs[-1].hour == 22
    assert SERVICES["dawn"].cut_offs[-1].hour == 23
