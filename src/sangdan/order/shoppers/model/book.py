"""A member's address book: the places that things are sent to, the one that is usual first. Sealed whole."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from ..errors import BookFull, NoSuchAddress
from .masking import HIDDEN, mask_lines, mask_name, mask_phone, mask_postcode
from .person import LINE, AddressLine, Name, Person, Spelled, Zip
from .spelling import phone_number

MOST: Final = 10
LONGEST_LABEL: Final = 20


class Address(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place that things are sent to.

    label     what the member calls it, '집' or '회사'; '' for nothing
    name      who receives it there
    phone     of theirs; None, like the postcode, of an address that came in without
    note      for the door: where to leave it, how to get in
    """

    address_id: UUID
    label: Annotated[str, Meta(max_length=LONGEST_LABEL)] = ""
    name: Name
    phone: Spelled | None = None
    postcode: Zip | None = None
    lines: Annotated[tuple[AddressLine, ...], Meta(min_length=1, max_length=4)]
    note: Annotated[str, Meta(max_length=200, pattern=LINE)] | None = None

    @property
    def place(self) -> tuple[tuple[str, ...], str | None]:
        """Where it is, whoever receives it."""
        return self.lines, self.postcode


class Book(msgspec.Struct, frozen=True):
    """All of a member's addresses; the first is the one used unless another is chosen."""

    addresses: tuple[Address, ...] = ()

    def find(self, address_id: UUID) -> Address | None:
        """The address of this id."""
        return next((each for each in self.addresses if each.address_id == address_id), None)

    def get(self, address_id: UUID) -> Address:
        """The same.

        raises  NoSuchAddress
        """
        found = self.find(address_id)
        if found is None:
            raise NoSuchAddress("There is no such address in this book, or no longer.")
        return found

    def with_another(self, address: Address) -> "Book":
        """The book with one more address.

        raises  BookFull
        """
        if len(self.addresses) >= MOST:
            raise BookFull(f"An address book holds {MOST} addresses: delete one first.", most=MOST)
        return Book((*self.addresses, address))

    def with_changed(self, address: Address) -> "Book":
        """The book with an address in place of the one with its id.

        raises  NoSuchAddress
        """
        before = self.get(address.address_id)
        return Book(tuple(address if each is before else each for each in self.addresses))

    def led_by(self, address_id: UUID, *, when: bool = True) -> "Book":
        """The book with another usual address.

        when    False leaves it as it is
        raises  NoSuchAddress
        """
        if not when:
            return self
        first = self.get(address_id)
        return Book((first, *(each for each in self.addresses if each is not first)))

    def without(self, address_id: UUID) -> "Book":
        """The book without an address; the next one is the usual one when it was.

        raises  NoSuchAddress
        """
        gone = self.get(address_id)
        return Book(tuple(each for each in self.addresses if each is not gone))


def with_place_of(book: Book, person: Person, address_id: UUID) -> Book:
    """The book with the place that the shop knows a person by as its first: a member kept one before there were books,
    and a shop may bring one in at any time.

    address_id  of that place when it is not in the book yet
    """
    place = person.lines, person.postcode
    if not person.lines or (book.addresses and book.addresses[0].place == place):
        return book
    found = next((each for each in book.addresses if each.place == place), None)
    if found is not None:
        return book.led_by(found.address_id)
    brought = Address(
        address_id=address_id, name=person.name, phone=person.phone, postcode=person.postcode, lines=person.lines
    )
    return Book((brought, *(each for each in book.addresses if each.address_id != address_id)))


def living_at_first(person: Person, book: Book) -> Person:
    """The person with the place of their usual address; without any when the book is empty."""
    lines, postcode = book.addresses[0].place if book.addresses else ((), None)
    return replace(person, lines=lines, postcode=postcode)


def spelled_address(address: Address) -> Address:
    """The address with the phone in one spelling.

    raises  PersonUnfit
    """
    phone = None if address.phone is None else phone_number(address.phone)
    return replace(address, label=address.label.strip(), name=address.name.strip(), phone=phone)


def masked_address(address: Address) -> Address:
    """The address as whoever has no reason to see more sees it."""
    return replace(
        address,
        label=HIDDEN if address.label else "",
        name=mask_name(address.name),
        phone=None if address.phone is None else mask_phone(address.phone),
        postcode=None if address.postcode is None else mask_postcode(address.postcode),
        lines=mask_lines(address.lines),
        note=None if address.note is None else HIDDEN,
    )
