"""Members: shoppers who sign in to a shop with their e-mail address and a password."""

import hashlib
from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault

from ..errors import MemberExists, PersonUnfit
from ..model import Person, email_address, same_email
from ..queries import members
from .persons import put
from .sealing import EMAIL


async def join(
    conn: Conn,
    vault: Vault,
    shop_id: str,
    shopper_id: str,
    person: Person,
    password_hash: str,
    by: str,
    at: datetime,
    ids: Ids,
) -> None:
    """Somebody signs up.

    shopper_id     a new one, or a guest's who stays
    person         with an e-mail address
    password_hash  from `Hasher.hash`
    raises         PersonUnfit, MemberExists when the address has a member, WasErased
    """
    if person.email is None:
        raise PersonUnfit("Whoever signs up tells an e-mail address.", field="email")
    address = same_email(email_address(person.email))
    # Held before it is looked up: of two who sign up at once with one address, the second finds the first.
    await members.alone(conn, _number(shop_id, address))
    if await member_of(conn, vault, shop_id, address) is not None or await members.kept(conn, shop_id, shopper_id):
        raise MemberExists("There is an account with this e-mail address: sign in with it.")
    await put(conn, vault, shop_id, shopper_id, person, by, at, ids)
    await members.add(conn, shop_id, shopper_id, password_hash, at)


async def amend(
    conn: Conn, vault: Vault, shop_id: str, shopper_id: str, person: Person, by: str, at: datetime, ids: Ids
) -> list[str]:
    """A member tells anew who they are; the address they sign in with stays nobody else's.

    gives   the names of the fields that changed
    raises  PersonUnfit, MemberExists, WasErased
    """
    if person.email is None:
        raise PersonUnfit("Whoever signs in keeps an e-mail address.", field="email")
    address = same_email(email_address(person.email))
    await members.alone(conn, _number(shop_id, address))
    if await member_of(conn, vault, shop_id, address) not in (None, shopper_id):
        raise MemberExists("There is another account with this e-mail address.")
    return await put(conn, vault, shop_id, shopper_id, person, by, at, ids)


async def member_of(conn: Conn, vault: Vault, shop_id: str, email: str) -> str | None:
    """The shopper who signs in with this address; None when nobody does, and for what is no address."""
    try:
        address = same_email(email_address(email))
    except PersonUnfit:
        return None
    await vault.learn(conn)
    return await members.by_email(conn, shop_id, vault.indexes(address, EMAIL))


async def password_of(conn: Conn, shop_id: str, shopper_id: str) -> str | None:
    """The kept hash of a member's password; None of whoever is no member."""
    return await members.kept(conn, shop_id, shopper_id)


async def set_password(conn: Conn, shop_id: str, shopper_id: str, password_hash: str) -> None:
    """Give a member another password."""
    await members.keep(conn, shop_id, shopper_id, password_hash)


def _number(shop_id: str, address: str) -> int:
    """An address as PostgreSQL's locks want it: a 64-bit number."""
    spelled = f"sangdan member\0{shop_id}\0{address}".encode()
    return int.from_bytes(hashlib.blake2b(spelled, digest_size=8).digest(), signed=True)
