"""Whoever may look around in a demo day: people of each kind with one password between them, a shopper, a program."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from sangdan.doors.api.app import House
from sangdan.doors.web import entry
from sangdan.doors.web.people.members import Members
from sangdan.flows import admit_client, admit_staff
from sangdan.kit import access, audit
from sangdan.kit.clock import WallClock
from sangdan.kit.passwords import Hasher
from sangdan.kit.staff import accounts
from sangdan.kit.staff.accounts import Role
from sangdan.kit.tries import Tries
from sangdan.order.shoppers.model import Person
from sangdan.tower.twin.model.allies import LOGISTICS, PARCEL_CARRIER, RETAILER

from .demo import CLIENT, SHOP

LINKS_LAST: Final = timedelta(hours=12)
SHOPPER: Final = Person(name="이하늘", email="shopper@demo.example", phone="01000000000")
# Read aloud without a doubt: no 0 and o, no 1 and l.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Guest(msgspec.Struct, frozen=True):
    """A person of the alliance whom a watcher may be."""

    name: str
    role: Role
    partner_id: str | None


GUESTS: Final = (
    Guest("operator", "tower", None),
    Guest("manager", "ally", LOGISTICS),
    Guest("picker", "floor", LOGISTICS),
    Guest("clerk", "floor", RETAILER),
    Guest("courier", "courier", PARCEL_CARRIER),
)


class Welcome(msgspec.Struct, frozen=True):
    """How one comes in.

    address   of the server
    links     by a guest's name the address that signs it in, once
    password  of all guests, and of the shopper
    key       of the marketplace's own program, for the API
    """

    address: str
    links: dict[str, str]
    password: str
    key: str


async def invite(house: House, address: str) -> Welcome:
    """Let the guests in.

    address  of the server
    """
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    key, at, until = access.new_key(), house.clock.now(), datetime.now(UTC) + LINKS_LAST
    hasher, links = Hasher(), dict[str, str]()
    async with house.pool.transaction() as conn:
        await admit_client.admit(conn, CLIENT, "shop", SHOP, None, key, at)
        kept = await hasher.hash(password)
        for guest in GUESTS:
            await admit_staff.admit(conn, audit.console(), guest.name, guest.role, guest.partner_id, None, at)
            await accounts.set_password(conn, guest.name, kept)
            links[guest.name] = await entry.entry_link(conn, address, "staff", guest.name, until)
    wall = WallClock()
    members = Members(house.pool, house.clock, wall, house.vault, Tries(house.pool, wall), house.ids)
    await members.sign_up(SHOP, SHOPPER, password, "127.0.0.1", "demo")
    return Welcome(address, links, password, key)
