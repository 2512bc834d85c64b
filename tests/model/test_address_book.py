"""A member's address book: it leads with the place that the shop knows them by, and loses none but what is deleted."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.order.shoppers.errors import BookFull, NoSuchAddress
from sangdan.order.shoppers.model import (
    MOST,
    Address,
    Book,
    Person,
    living_at_first,
    masked_address,
    phone_as_read,
    phone_number,
    spelled_address,
    with_place_of,
)

BROUGHT = UUID(int=999)
PERSON = Person(name="김하나", phone="01023456789")


def address(number: int, place: int) -> Address:
    return Address(address_id=UUID(int=number), name="김하나", postcode="04524", lines=(f"세종대로 {place}",))


def bound(chosen: list[int]) -> Book:
    """A book of these places, numbered from 0."""
    return Book(tuple(address(number, place) for number, place in enumerate(chosen)))


places = st.integers(0, 4)
books = st.lists(places, max_size=MOST).map(bound)


@given(books, places)
def test_the_place_that_the_shop_knows_leads_and_nothing_is_lost(book: Book, place: int) -> None:
    person = replace(PERSON, lines=(f"세종대로 {place}",), postcode="04524")
    whole = with_place_of(book, person, BROUGHT)
    assert whole.addresses[0].place == (person.lines, person.postcode)
    assert {each.address_id for each in book.addresses} <= {each.address_id for each in whole.addresses}
    assert len(whole.addresses) - len(book.addresses) == (person.lines not in [a.lines for a in book.addresses])
    assert with_place_of(whole, person, BROUGHT) == whole
    assert with_place_of(book, PERSON, BROUGHT) == book, "who has no address brings none"
    assert living_at_first(person, whole) == person


@given(books, st.integers(0, MOST))
def test_one_is_led_with_changed_or_deleted_and_the_others_stay_in_order(book: Book, number: int) -> None:
    chosen = UUID(int=number)
    others = [each for each in book.addresses if each.address_id != chosen]
    if len(others) == len(book.addresses):
        with pytest.raises(NoSuchAddress):
            book.led_by(chosen)
        with pytest.raises(NoSuchAddress):
            book.without(chosen)
        with pytest.raises(NoSuchAddress):
            book.with_changed(address(number, 0))
        return
    assert [each.address_id for each in book.led_by(chosen).addresses] == [chosen, *(o.address_id for o in others)]
    assert list(book.without(chosen).addresses) == others
    changed = book.with_changed(address(number, 77))
    assert changed.get(chosen).lines == ("세종대로 77",)
    assert [each.address_id for each in changed.addresses] == [each.address_id for each in book.addresses]


@given(books)
def test_one_more_is_the_last_and_the_eleventh_is_refused(book: Book) -> None:
    another = address(500, 0)
    if len(book.addresses) >= MOST:
        with pytest.raises(BookFull):
            book.with_another(another)
    else:
        assert book.with_another(another).addresses == (*book.addresses, another)


def test_without_addresses_a_person_lives_nowhere() -> None:
    assert living_at_first(replace(PERSON, lines=("세종대로 1",), postcode="04524"), Book()) == PERSON


def test_what_is_masked_tells_nothing_of_the_door() -> None:
    home = replace(
        address(1, 1), label="부모님 댁", phone="010 2345 6789", note="비밀번호 1234", lines=("서울 중구 1",)
    )
    masked = masked_address(spelled_address(home))
    assert (masked.name, masked.phone, masked.note, masked.label) == ("김*나", "010-****-6789", "***", "***")
    assert masked.lines == ("서울 중구 ***",)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("01023456789", "010-2345-6789"), ("0212345678", "02-1234-5678"), ("021234567", "02-123-4567"),
        ("05021234567", "0502-123-4567"), ("15881234", "1588-1234"), ("+14155550123", "+14155550123"), ("", ""),
    ],
)  # fmt: skip
def test_a_phone_is_read_in_its_parts_and_kept_without(told: str, read: str) -> None:
    assert phone_as_read(told) == read
    assert not told or phone_number(read) == told
