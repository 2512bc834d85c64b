"""The nouns: a person, the recipient of an order, a consent; what is sealed of them, and what shows masked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from .masking import HIDDEN, mask_code, mask_email, mask_lines, mask_name, mask_phone, mask_postcode
from .spelling import clearance_code, email_address, phone_number

Locale: TypeAlias = Literal["ko", "en"]
Channel: TypeAlias = Literal["alimtalk", "sms", "email"]
ConsentKind: TypeAlias = Literal["ads", "ads_night"]

# One line as people write it: something besides spaces, and no control characters.
LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z"
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE)]
AddressLine: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
Spelled: TypeAlias = Annotated[str, Meta(min_length=1, max_length=320)]
Zip: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{5}\Z")]


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A shopper as a shop knows them; sealed whole.

    lines           the address, from the province down
    clearance_code  개인통관고유부호, for what crosses the border
    channels        how they want to be told, the best first
    """

    name: Name
    phone: Spelled | None = None
    email: Spelled | None = None
    lines: Annotated[tuple[AddressLine, ...], Meta(max_length=4)] = ()
    postcode: Zip | None = None
    locale: Locale = "ko"
    clearance_code: Spelled | None = None
    channels: Annotated[tuple[Channel, ...], Meta(max_length=3)] = ("alimtalk", "sms", "email")


class Details(msgspec.Struct, frozen=True):
    """What a file tells of a person; what it does not speak of stays as it was."""

    name: str
    phone: str | None
    email: str | None
    address: str | None
    postcode: str | None
    locale: Locale


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who receives an order, and where; sealed whole.

    note  for the door: where to leave it, how to get in
    """

    name: Name
    phone: Spelled
    lines: Annotated[tuple[AddressLine, ...], Meta(min_length=1, max_length=4)]
    note: Annotated[str, Meta(max_length=200, pattern=LINE)] | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the law lets a trader keep of an erased person: who they are and where, and no way to reach them.

    source  전자상거래법 제6조 ②: 성명, 주소 등 거래의 주체를 식별할 수 있는 정보로 한정
    """

    name: str
    lines: tuple[str, ...] = ()
    postcode: str | None = None


class Reach(msgspec.Struct, frozen=True):
    """How a shopper may be told something.

    channels  only those for which there is an address, in the shopper's own order
    consents  what they agreed to and did not withdraw; 'ads_night' only together with 'ads'
    """

    locale: Locale
    name: str
    phone: str | None
    email: str | None
    channels: tuple[Channel, ...]
    consents: frozenset[ConsentKind]


class Consent(msgspec.Struct, frozen=True):
    """A consent given or withdrawn; `how` is a short code, `told_by` the client that told us."""

    consent_no: int
    kind: ConsentKind
    given: bool
    how: str
    told_by: str
    at: datetime


class Reading(msgspec.Struct, frozen=True):
    """Somebody read something in the clear."""

    at: datetime
    shop_id: str
    shopper_id: str
    read_by: str
    order_id: UUID | None
    fields: list[str]
    reason: str | None


class Change(msgspec.Struct, frozen=True):
    """Somebody changed something: which fields, never their content."""

    at: datetime
    shop_id: str
    shopper_id: str
    what: Literal["person", "recipient", "erased", "purged"]
    changed_by: str
    order_id: UUID | None
    fields: list[str]


def spelled(person: Person) -> Person:
    """The person with phone, e-mail and code in one spelling, and each channel once.

    raises  PersonUnfit
    """
    return replace(
        person,
        name=person.name.strip(),
        phone=None if person.phone is None else phone_number(person.phone),
        email=None if person.email is None else email_address(person.email),
        clearance_code=None if person.clearance_code is None else clearance_code(person.clearance_code),
        channels=tuple(dict.fromkeys(person.channels)),
    )


def told_by_file(before: Person | None, told: Details) -> Person:
    """The person as a file tells them, spelled.

    raises  PersonUnfit
    """
    return spelled(
        replace(
            before or Person(name=told.name),
            name=told.name,
            phone=told.phone,
            email=told.email,
            lines=() if told.address is None else (told.address,),
            postcode=told.postcode,
            locale=told.locale,
        )
    )


def spelled_recipient(recipient: Recipient) -> Recipient:
    """The recipient with the phone in one spelling.

    raises  PersonUnfit
    """
    return replace(recipient, name=recipient.name.strip(), phone=phone_number(recipient.phone))


def masked(person: Person) -> Person:
    """The person as whoever has no reason to see more sees them."""
    return replace(
        person,
        name=mask_name(person.name),
        phone=None if person.phone is None else mask_phone(person.phone),
        email=None if person.email is None else mask_email(person.email),
        lines=mask_lines(person.lines),
        postcode=None if person.postcode is None else mask_postcode(person.postcode),
        clearance_code=None if person.clearance_code is None else mask_code(person.clearance_code),
    )


def masked_recipient(recipient: Recipient) -> Recipient:
    """The recipient as whoever has no reason to see more sees them."""
    return replace(
        recipient,
        name=mask_name(recipient.name),
        phone=mask_phone(recipient.phone),
        lines=mask_lines(recipient.lines),
        note=None if recipient.note is None else HIDDEN,
    )


def kept_of(named: Person | Recipient) -> Kept:
    """What stays of a person or a recipient for the law."""
    return Kept(name=named.name, lines=named.lines, postcode=named.postcode if isinstance(named, Person) else None)


def masked_kept(kept: Kept) -> Kept:
    """What is kept for the law, for whoever does not ask for the law's sake."""
    postcode = None if kept.postcode is None else mask_postcode(kept.postcode)
    return Kept(name=mask_name(kept.name), lines=mask_lines(kept.lines), postcode=postcode)


def filled(struct: msgspec.Struct) -> list[str]:
    """The names of the fields that hold something, for the log of readings."""
    return [name for name in struct.__struct_fields__ if getattr(struct, name) not in (None, ())]


def differing(before: msgspec.Struct | None, after: msgspec.Struct) -> list[str]:
    """The names of the fields that a change touches; of somebody new, those that hold something."""
    if before is None:
        return filled(after)
    return [name for name in after.__struct_fields__ if getattr(before, name) != getattr(after, name)]


def standing(told: Iterable[Consent]) -> frozenset[ConsentKind]:
    """The consents that stand after all that was told, oldest first."""
    last: dict[ConsentKind, bool] = {each.kind: each.given for each in told}
    return frozenset(kind for kind, given in last.items() if given)


def reach_of(person: Person, consents: frozenset[ConsentKind]) -> Reach:
    """How a person may be told something.

    consents  those that stand
    """
    has = {"alimtalk": person.phone, "sms": person.phone, "email": person.email}
    channels: list[Channel] = [channel for channel in person.channels if has[channel]]
    agreed = consents if "ads" in consents else frozenset[ConsentKind]()
    return Reach(person.locale, person.name, person.phone, person.email, tuple(channels), agreed)
