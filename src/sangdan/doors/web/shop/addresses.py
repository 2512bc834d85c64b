"""A member's address book: on their own page, where one is written, and where one is chosen to order to."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows.check_out import CLIENT
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import MOST, Address, Book, phone_as_read

from ..answers import Asked, html, spoken, words
from ..people.members import Member
from .details import amiss, plain
from .members import ACCOUNT, target
from .persons import THEMSELVES, person_of
from .shell import Shell

LIST: Final = f"{ACCOUNT}#addresses"
WANTED: Final = ("name", "phone", "postcode", "line1")


class AddressForm(msgspec.Struct, frozen=True):
    """What the form sends; `usual` when it is the one used unless another is chosen, `to` the page to go back to."""

    label: str = ""
    name: str = ""
    phone: str = ""
    postcode: str = ""
    line1: str = ""
    line2: str = ""
    note: str = ""
    usual: str = ""
    to: str = ""


class AddressShown(msgspec.Struct, frozen=True):
    """An address as its owner reads it.

    title  what they call it, else who receives it there
    usual  whether it is the one used unless another is chosen
    """

    address_id: UUID
    title: str
    name: str
    phone: str
    postcode: str | None
    lines: str
    note: str | None
    usual: bool


Sent = Annotated[AddressForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
Onward = Annotated[str, QueryParameter(max_length=500)]


async def book_of(conn: Conn, till: Till, member: Member | None, at: datetime) -> Book:
    """A member's own book; the reading is written down. An empty one of a guest.

    raises  NoSuchShopper
    """
    if member is None:
        return Book()
    book = await shoppers.book(conn, till.vault, member.shop_id, member.shopper_id)
    if book.addresses:
        await shoppers.note(conn, member.shop_id, member.shopper_id, book, CLIENT, THEMSELVES, at, till.ids)
    return book


def shown(book: Book) -> list[AddressShown]:
    """The book as its owner reads it, the usual address first."""
    return [
        AddressShown(
            each.address_id, each.label or each.name, each.name, phone_as_read(each.phone or ""), each.postcode,
            " ".join(each.lines), each.note, usual=place == 0,
        )
        for place, each in enumerate(book.addresses)
    ]  # fmt: skip


@get("/account/addresses/new", opt={"open": True})
async def new(
    request: Asked,
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
    to: Onward = "",
) -> Response[Any]:
    """An empty form, but for who the member is."""
    member = shell.visitor.member
    if member is None:
        return _sign_in("/shop/account/addresses/new")
    async with till.pool.transaction() as conn:
        person = await person_of(conn, till.vault, member, at, till.ids)
        book = await book_of(conn, till, member, at)
    typed = AddressForm(
        name="" if person is None else person.name,
        phone="" if person is None else phone_as_read(person.phone or ""),
        postcode=shell.visitor.postcode or "",
        usual="" if book.addresses else "on",
        to=to,
    )
    return _form(request, shell, None, typed, only=not book.addresses)


@post("/account/addresses", opt={"open": True})
async def add(
    request: Asked,
    data: Sent,
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep another address."""
    return await _keep(request, None, data, shell, till, at)


@get("/account/addresses/{address_id:uuid}", opt={"open": True})
async def one(
    request: Asked,
    address_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
    to: Onward = "",
) -> Response[Any]:
    """An address to be changed."""
    member = shell.visitor.member
    if member is None:
        return _sign_in(f"/shop/account/addresses/{address_id}")
    async with till.pool.transaction() as conn:
        book = await book_of(conn, till, member, at)
    found, usual = book.get(address_id), book.addresses[0].address_id == address_id
    typed = AddressForm(
        label=found.label, name=found.name, phone=phone_as_read(found.phone or ""), postcode=found.postcode or "",
        line1=found.lines[0], line2=" ".join(found.lines[1:]), note=found.note or "", to=to,
        usual="on" if usual else "",
    )  # fmt: skip
    return _form(request, shell, address_id, typed, only=usual)


@post("/account/addresses/{address_id:uuid}", opt={"open": True})
async def change(
    request: Asked,
    address_id: FromPath[UUID],
    data: Sent,
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep an address as it is now."""
    return await _keep(request, address_id, data, shell, till, at)


@post("/account/addresses/{address_id:uuid}/default", opt={"open": True})
async def make_usual(
    address_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Use an address unless another is chosen."""
    member = shell.visitor.member
    if member is None:
        return _sign_in(ACCOUNT)
    async with till.pool.transaction() as conn:
        whose = member.shop_id, member.shopper_id
        await shoppers.make_usual(conn, till.vault, *whose, address_id, CLIENT, at, till.ids)
    return Redirect(LIST, status_code=303)


@post("/account/addresses/{address_id:uuid}/remove", opt={"open": True})
async def remove(
    address_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Delete an address."""
    member = shell.visitor.member
    if member is None:
        return _sign_in(ACCOUNT)
    async with till.pool.transaction() as conn:
        whose = member.shop_id, member.shopper_id
        await shoppers.drop_address(conn, till.vault, *whose, address_id, CLIENT, at, till.ids)
    return Redirect(LIST, status_code=303)


async def _keep(
    request: Asked, address_id: UUID | None, data: AddressForm, shell: Shell, till: Till, at: datetime
) -> Response[Any]:
    """Keep an address, or say what has to be mended.

    address_id  of the one that is changed; None for another one
    """
    member = shell.visitor.member
    if member is None:
        return _sign_in(ACCOUNT)
    typed = {name: plain(getattr(data, name)) for name in AddressForm.__struct_fields__}
    filled = AddressForm(**typed)
    mend = amiss(typed, WANTED, words(request))
    if mend:
        return _form(request, shell, address_id, filled, mend=mend)
    address = Address(
        address_id=address_id or till.ids.new(at), label=filled.label, name=filled.name, phone=filled.phone,
        postcode=filled.postcode, lines=tuple(filter(None, (filled.line1, filled.line2))), note=filled.note or None,
    )  # fmt: skip
    try:
        async with till.pool.transaction() as conn:
            await shoppers.keep_address(
                conn, till.vault, member.shop_id, member.shopper_id, address, CLIENT, at, till.ids,
                usual=bool(filled.usual), another=address_id is None,
            )  # fmt: skip
    except Conflict as refused:
        told = render(refused, spoken(request))[1]
        return _form(request, shell, address_id, filled, wrong=told, status=status_of(type(refused)))
    return Redirect(target(filled.to) if filled.to else LIST, status_code=303)


def _form(
    request: Asked,
    shell: Shell,
    address_id: UUID | None,
    typed: AddressForm,
    *,
    only: bool = False,
    mend: dict[str, str] | None = None,
    wrong: str | None = None,
    status: int = 200,
) -> Response[Any]:
    """The page.

    only   whether it is the usual one whatever its owner says
    mend   what has to be mended, by field
    wrong  why it cannot be kept at all
    """
    return html(
        request, "shop/address.html", 422 if mend else status, shell=shell, address_id=address_id, typed=typed,
        only=only, mend=mend or {}, wrong=wrong, most=MOST,
    )  # fmt: skip


def _sign_in(to: str) -> Response[Any]:
    return Redirect(f"/shop/sign-in?to={to}", status_code=303)


PAGES: Final = (new, add, one, change, make_usual, remove)
