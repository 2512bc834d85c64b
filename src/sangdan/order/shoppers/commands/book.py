"""A member's address book: read, changed and left. Of its usual address the person's own row knows the place."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids, named
from sangdan.kit.vault import Vault, key_of

from ..errors import NoSuchShopper
from ..model import MOST, Address, Book, Change, Person, living_at_first, spelled_address, with_place_of
from ..queries import book as books
from ..queries import telling
from .persons import known, put
from .persons import living as held
from .sealing import book_context, opened, person_context, seal

FIELDS: Final = ["addresses"]


async def book(conn: Conn, vault: Vault, shop_id: str, shopper_id: str) -> Book:
    """A member's addresses; whoever shows them writes the reading down.

    raises  NoSuchShopper
    """
    [found] = await known(conn, vault, shopper_id, shop_id)
    return Book() if found.person is None else await _whole(conn, vault, shop_id, shopper_id, found.person)


async def keep_address(
    conn: Conn,
    vault: Vault,
    shop_id: str,
    shopper_id: str,
    address: Address,
    by: str,
    at: datetime,
    ids: Ids,
    *,
    usual: bool,
    another: bool,
) -> None:
    """Write an address.

    usual    whether it is the one used unless another is chosen
    another  whether it is a further one; else it stands for the one with its id
    raises   PersonUnfit, BookFull, NoSuchAddress, NoSuchShopper, WasErased
    """
    fit = spelled_address(address)

    def kept(book: Book) -> Book:
        return (book.with_another(fit) if another else book.with_changed(fit)).led_by(fit.address_id, when=usual)

    await _change(conn, vault, shop_id, shopper_id, kept, by, at, ids)


async def make_usual(
    conn: Conn, vault: Vault, shop_id: str, shopper_id: str, address_id: UUID, by: str, at: datetime, ids: Ids
) -> None:
    """Use an address unless another is chosen.

    raises  NoSuchAddress, NoSuchShopper, WasErased
    """
    await _change(conn, vault, shop_id, shopper_id, lambda book: book.led_by(address_id), by, at, ids)


async def drop_address(
    conn: Conn, vault: Vault, shop_id: str, shopper_id: str, address_id: UUID, by: str, at: datetime, ids: Ids
) -> None:
    """Delete an address. Orders that are on their way to it go on.

    raises  NoSuchAddress, NoSuchShopper, WasErased
    """
    await _change(conn, vault, shop_id, shopper_id, lambda book: book.without(address_id), by, at, ids)


async def remember(
    conn: Conn, vault: Vault, shop_id: str, shopper_id: str, address: Address, by: str, at: datetime, ids: Ids
) -> None:
    """Keep where a member has just ordered to, if there is room and it is not in the book yet.

    An order is never refused for its sake. Whoever had told no phone is reached by the one told here.

    raises  PersonUnfit, WasErased
    """
    fit = spelled_address(address)

    def kept(book: Book) -> Book:
        there = any(each.place == fit.place and each.name == fit.name for each in book.addresses)
        return book if there or len(book.addresses) >= MOST else book.with_another(fit)

    person = await _change(conn, vault, shop_id, shopper_id, kept, by, at, ids)
    if person.phone is None:
        await put(conn, vault, shop_id, shopper_id, replace(person, phone=fit.phone), by, at, ids)


async def _change(
    conn: Conn,
    vault: Vault,
    shop_id: str,
    shopper_id: str,
    changed: Callable[[Book], Book],
    by: str,
    at: datetime,
    ids: Ids,
) -> Person:
    """Change a book whose person is held, so that two who change it at once do so one after the other.

    gives  the person as they are now
    """
    row = await held(conn, shop_id, shopper_id, at)
    if row.sealed is None:
        raise NoSuchShopper("Nothing is known of this shopper.", shopper_id=shopper_id)
    person = await opened(conn, vault, Person, row.sealed, person_context(shop_id, shopper_id))
    before = await _whole(conn, vault, shop_id, shopper_id, person)
    after = changed(before)
    if after == before:
        return person
    await vault.ready(conn)
    sealed = seal(vault, after, book_context(shop_id, shopper_id))
    await books.put(conn, shop_id, shopper_id, sealed, key_of(sealed), at)
    told = Change(at, shop_id, shopper_id, "person", by, order_id=None, fields=FIELDS)
    await telling.add_change(conn, ids.new(at), told)
    person = living_at_first(person, after)
    await put(conn, vault, shop_id, shopper_id, person, by, at, ids)
    return person


async def _whole(conn: Conn, vault: Vault, shop_id: str, shopper_id: str, person: Person) -> Book:
    sealed = await books.get(conn, shop_id, shopper_id)
    kept = Book() if sealed is None else await opened(conn, vault, Book, sealed, book_context(shop_id, shopper_id))
    return with_place_of(kept, person, named("address", shop_id, shopper_id))
