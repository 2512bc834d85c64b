"""Whom a message goes to, and by which ways."""

from itertools import groupby
from operator import itemgetter
from typing import Final, Literal, TypeAlias

import msgspec

from .timing import Kind

Language: TypeAlias = Literal["ko", "en"]
Wish: TypeAlias = Literal["alimtalk", "sms", "email"]
Channel: TypeAlias = Literal["alimtalk", "sms", "lms", "email"]

_PHONE: Final = frozenset({"alimtalk", "sms"})


class Address(msgspec.Struct, frozen=True):
    """A phone number or an e-mail address, and how it is shown to others: 010-****-5678."""

    to: str
    shown: str


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a message needs them; lives only as long as the sending.

    channels  ways they want, the dearest first
    consents  'ads', 'ads_night'
    """

    language: Language
    name: str
    phone: Address | None
    email: Address | None
    channels: tuple[Wish, ...]
    consents: frozenset[str]


class Leg(msgspec.Struct, frozen=True):
    """One try at a person: an address, and the ways to it, the dearest first; a relay falls back among them itself."""

    address: Address
    ways: tuple[Wish, ...]


def legs(receiver: Receiver, kind: Kind) -> tuple[Leg, ...]:
    """The tries at a person in the order of their wishes; empty when none of their wishes can be met.

    kind  알림톡 carries no advertisements
    """
    wanted: list[Wish] = [way for way in dict.fromkeys(receiver.channels) if kind == "order" or way != "alimtalk"]
    usable: list[tuple[Address, Wish]] = []
    for way in wanted:
        address = receiver.phone if way in _PHONE else receiver.email
        if address is not None:
            usable.append((address, way))
    return tuple(Leg(address, tuple(way for _, way in ways)) for address, ways in groupby(usable, key=itemgetter(0)))
