"""What the storefront says of dates, chances, hours and distances, in both languages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sangdan.doors.web import templates_in
from sangdan.doors.web.built import MANIFEST, Assets, Manifest
from sangdan.doors.web.shop.telling import ICONS, SERVICES, Teller
from sangdan.doors.web.words import words_in
from sangdan.offer.catalogue.model import UnitPrice
from sangdan.offer.promise.model.policy import usual

NOW = datetime(2026, 11, 24, 4, 10, tzinfo=UTC)  # Tuesday, 13:10 in Seoul
KO, EN = Teller(words_in("ko"), NOW), Teller(words_in("en"), NOW)


def test_every_service_of_the_usual_rules_has_a_name_and_an_icon() -> None:
    services = {rule.service for rule in usual(900).services}
    assert SERVICES.keys() == ICONS.keys() == services
    assert all(KO.service(each) != EN.service(each) for each in services)


@pytest.mark.parametrize(
    ("service", "hours", "ko", "en"),
    [
        ("pickup", 0.5, "오늘 13:40부터 매장 픽업", "Ready today at 13:40"),
        ("quick", 2, "오늘 15:10까지 도착", "Arrives today by 15:10"),
        ("dawn", 17, "내일 06:10까지 도착", "Arrives tomorrow by 06:10"),
        ("next_day", 34, "내일 도착", "Arrives tomorrow"),
        ("standard", 58, "11월 26일(목) 도착", "Arrives Thu 26 Nov"),
    ],
)
def test_a_date_is_said_as_exactly_as_it_was_promised(service: str, hours: float, ko: str, en: str) -> None:
    at = NOW + timedelta(hours=hours)
    assert (KO.arrival(service, at), EN.arrival(service, at)) == (ko, en)


def test_the_day_is_the_one_in_korea() -> None:
    """Ten to midnight in Seoul is still today; ten past is tomorrow, though both are the 24th in UTC."""
    assert KO.arrival("quick", datetime(2026, 11, 24, 14, 50, tzinfo=UTC)).startswith("오늘 23:50")
    assert KO.arrival("quick", datetime(2026, 11, 24, 15, 10, tzinfo=UTC)).startswith("내일 00:10")


@pytest.mark.parametrize(("ppm", "n"), [(989_999, 98), (990_000, 99), (1_000_000, 99), (905_000, 90), (0, 0)])
def test_odds_are_rounded_down_and_nothing_is_certain(ppm: int, n: int) -> None:
    assert KO.odds("dawn", ppm) == f"100건 중 {n}건은 이때까지 도착해요"
    assert EN.odds("pickup", ppm) == f"{n} of 100 orders are ready by then"


def test_hours_tell_until_when_or_from_when() -> None:
    closes = NOW + timedelta(hours=9)
    assert KO.hours((NOW - timedelta(hours=3), closes)) == "22:10까지 영업"
    assert KO.is_open((NOW - timedelta(hours=3), closes))
    later = NOW + timedelta(hours=20), NOW + timedelta(hours=30)
    assert EN.hours(later) == "Opens tomorrow at 09:10"
    assert not EN.is_open(later)
    assert KO.hours((NOW, NOW + timedelta(days=7))) == "24시간 영업"


@pytest.mark.parametrize(
    ("metres", "ko"), [(3, "100m 거리"), (349, "300m 거리"), (1_249, "1.2km 거리"), (23_700, "24km 거리")]
)
def test_far_is_as_exact_as_it_needs_to_be(metres: int, ko: str) -> None:
    assert KO.far(metres) == ko


@pytest.mark.parametrize(
    ("unit", "per", "ko", "en"),
    [
        ("g", 100, "100g당 1,980원", "₩1,980 per 100 g"),
        ("ml", 100, "100mL당 1,980원", "₩1,980 per 100 mL"),
        ("m", 10, "10m당 1,980원", "₩1,980 per 10 m"),
        ("sheet", 100, "100매당 1,980원", "₩1,980 per 100 sheets"),
        ("each", 1, "1개당 1,980원", "₩1,980 per piece"),
    ],
)
def test_a_unit_price_says_of_how_much(unit: str, per: int, ko: str, en: str) -> None:
    price = UnitPrice(1_980, per, unit)
    assert (KO.unit_price(price, "KRW"), EN.unit_price(price, "KRW")) == (ko, en)


def test_delivery_that_costs_nothing_is_not_called_zero_won() -> None:
    assert (KO.fee(0, "KRW"), KO.fee(3_000, "KRW")) == ("무료배송", "배송비 3,000원 포함")


def test_goods_whose_picture_nobody_drew_show_a_plain_parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"goods-package.svg": "goods-package-1.svg", "goods-tea.svg": "goods-tea-2.svg"}
    (tmp_path / MANIFEST).write_bytes(msgspec.json.encode(Manifest("test", files)))
    monkeypatch.setattr(templates_in, "ASSETS", Assets(tmp_path))
    addresses = [templates_in.goods_picture(name) for name in ("tea", "unicorn", None)]
    assert addresses == ["/assets/goods-tea-2.svg", "/assets/goods-package-1.svg", "/assets/goods-package-1.svg"]
