"""Masks, spellings and terms of persons."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.order.shoppers.errors import PersonUnfit
from sangdan.order.shoppers.model import (
    Consent,
    ConsentKind,
    Person,
    Trade,
    keep_person_until,
    keep_until,
    mask_email,
    mask_lines,
    mask_name,
    mask_phone,
    masked,
    phone_number,
    reach_of,
    spelled,
    standing,
    years_after,
)

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ORDER = UUID(int=7)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("홍길동", "홍*동"),
        ("허준", "허*"),
        ("남궁민수", "남**수"),
        ("황보라온별", "황***별"),
        ("강", "*"),
        ("\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc", "홍*동"),
        ("Jane Doe", "J*** D***"),
        ("Cher", "C***"),
        ("X Æ A-12", "*** *** A***"),
        ("홍 길동", "*** 길***"),
        ("홍길동 Jr", "홍*** J***"),
        ("李小龍", "李***"),
        ("  김철수  ", "김*수"),
        ("👩‍🚀", "👩***"),
        ("   ", "***"),
    ],
)
def test_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("told", "kept", "shown"),
    [
        ("010-1234-5678", "01012345678", "010-****-5678"),
        ("010 1234 5678", "01012345678", "010-****-5678"),
        ("+82 10-1234-5678", "01012345678", "010-****-5678"),
        ("+82 (0)10 1234 5678", "01012345678", "010-****-5678"),
        ("016-123-4567", "0161234567", "016-***-4567"),
        ("02-123-4567", "021234567", "02-***-4567"),
        ("02)1234-5678", "0212345678", "02-****-5678"),
        ("031-123-4567", "0311234567", "031-***-4567"),
        ("0504-1234-5678", "050412345678", "050-*****-5678"),
        ("1588-1234", "15881234", "1588-****"),
        ("+1 (415) 555-0123", "+14155550123", "+*******0123"),
    ],
)
def test_phones(told: str, kept: str, shown: str) -> None:
    assert phone_number(told) == kept
    assert mask_phone(kept) == shown


@pytest.mark.parametrize(
    "told",
    ["", "-", "119", "010-123-456", "010-1234-56789", "012-1234-5678", "+82", "+0 123 456 789", "٠١٠١٢٣٤٥٦٧٨", "전화"],
)
def test_what_is_no_phone(told: str) -> None:
    with pytest.raises(PersonUnfit) as refused:
        phone_number(told)
    assert refused.value.facts == {"field": "phone"}, "what was told is not repeated"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (("서울특별시 강남구 테헤란로 123", "4층 홍길동"), ("서울특별시 강남구 ***",)),
        (("경기도 성남시 분당구 판교역로 1",), ("경기도 성남시 분당구 ***",)),
        (("경기 성남시 분당구 시흥구 1",), ("경기 성남시 분당구 ***",)),
        (("세종특별자치시 한누리대로 2130",), ("세종특별자치시 ***",)),
        (("서울, 중구, 세종대로 110",), ("서울 중구 ***",)),
        (("제주특별자치도 서귀포시",), ("제주특별자치도 서귀포시 ***",)),
        (("김철구 서울 중구 1",), ("***",)),
        (("12 Teheran-ro, Gangnam-gu, Seoul",), ("***",)),
        (("221B Baker Street", "London"), ("***",)),
        ((), ()),
    ],
)
def test_addresses(lines: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert mask_lines(lines) == shown


def test_emails() -> None:
    assert mask_email("kim@example.com") == "k***@example.com"
    assert mask_email("k@example.com") == "***@example.com"
    assert mask_email('"a@b"@example.com') == '"***@example.com'


@given(st.text(min_size=2, max_size=40), st.lists(st.text(min_size=5, max_size=60), max_size=4))
def test_a_mask_hides(name: str, lines: list[str]) -> None:
    """Whatever is told, what follows the first character of a name, and any line, does not show whole."""
    person = Person(name=name, lines=tuple(f"{line} 101-1234" for line in lines))
    shown = masked(person)

    assert "101-1234" not in "".join(shown.lines)
    assert len(shown.lines) <= 1
    if len(name.strip()) > 1:
        assert shown.name != name
        assert "*" in shown.name


def test_a_person_is_spelled_once() -> None:
    told = Person(
        name=" 홍길동 ", phone="+82 10-0000-1234", email=" kim@example.com ", channels=("sms", "sms", "email")
    )
    person = spelled(told)

    assert (person.name, person.phone, person.email) == ("홍길동", "01000001234", "kim@example.com")
    assert person.channels == ("sms", "email")
    assert spelled(person) == person


def words(*told: tuple[ConsentKind, bool]) -> list[Consent]:
    return [Consent(number, kind, given, "call", "shop", AT) for number, (kind, given) in enumerate(told, 1)]


def test_the_last_word_counts() -> None:
    assert standing(words()) == frozenset()
    assert standing(words(("ads", True), ("ads_night", True))) == {"ads", "ads_night"}
    assert standing(words(("ads", True), ("ads_night", True), ("ads", False))) == {"ads_night"}


def test_a_reach_holds_only_what_reaches() -> None:
    person = Person(name="홍길동", phone="01000001234", channels=("email", "sms"))
    assert reach_of(person, frozenset({"ads"})).channels == ("sms",)
    assert reach_of(person, frozenset({"ads_night"})).consents == frozenset(), "nights need the days"
    assert reach_of(Person(name="홍길동"), frozenset()).channels == ()


def test_a_trade_is_kept_for_five_years() -> None:
    ended = Trade(ORDER, "confirmed", AT)
    assert keep_until(ended, AT + timedelta(days=1)) == AT.replace(year=2031)
    assert keep_until(ended, AT.replace(year=2031)) is None
    assert keep_until(Trade(ORDER, "shipped", AT), AT + timedelta(days=1)) == AT.replace(year=2031, day=21)


def test_a_person_is_kept_as_long_as_the_last_trade() -> None:
    old = Trade(ORDER, "confirmed", AT.replace(year=2020))
    assert keep_person_until([], AT) is None
    assert keep_person_until([old], AT) is None
    assert keep_person_until([old, Trade(ORDER, "cancelled", AT), Trade(ORDER, "delivered", AT)], AT) == AT.replace(
        year=2031
    )


def test_leap_days_are_kept_no_day_less() -> None:
    assert years_after(datetime(2028, 2, 29, tzinfo=UTC), 5) == datetime(2033, 3, 1, tzinfo=UTC)
    assert years_after(datetime(2028, 2, 29, tzinfo=UTC), 4) == datetime(2032, 2, 29, tzinfo=UTC)
