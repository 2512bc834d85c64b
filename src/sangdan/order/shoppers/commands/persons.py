"""Persons and recipients: put, read, found. Every reading in the clear is written down by whoever asks for it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault, key_of

from ..errors import NoRecipient, NoSuchShopper, ReasonNeeded, ShopUnclear, WasErased
from ..model import (
    Change,
    Consent,
    ConsentKind,
    Person,
    Reach,
    Reading,
    Recipient,
    differing,
    email_address,
    filled,
    phone_number,
    reach_of,
    same_email,
    spelled,
    spelled_recipient,
)
from ..queries import persons, telling
from ..queries.persons import SealedPerson
from .sealing import EMAIL, PHONE, email_index, opened, person_context, phone_index, recipient_context, seal

# Whoever reads more persons than this in an hour says why.
READ_FREELY: Final = 50
READ_WITHIN: Final = timedelta(hours=1)
FOUND_MOST: Final = 20


class Known(msgspec.Struct, frozen=True):
    """A shopper as found: a shop, an id, and who it is; None of somebody erased or known by orders alone."""

    shop_id: str
    shopper_id: str
    person: Person | None
    erased_at: datetime | None


async def reach(conn: Conn, vault: Vault, shop_id: str, shopper_id: str) -> Reach | None:
    """How a shopper may be told something; None of one who is unknown or erased.

    The message that follows is on record with its sender, so this reading is not written down once more.
    """
    found = await persons.reach(conn, shop_id, shopper_id)
    if found is None:
        return None
    person = await opened(conn, vault, Person, found.sealed, person_context(shop_id, shopper_id))
    return reach_of(person, frozenset(kind for kind in found.consents if kind is not None))


async def put(
    conn: Conn, vault: Vault, shop_id: str, shopper_id: str, person: Person, by: str, at: datetime, ids: Ids
) -> list[str]:
    """Write what a shop knows of its shopper, in place of what it knew.

    by      the client
    gives   the names of the fields that changed; none when it was known so
    raises  PersonUnfit, WasErased
    """
    wanted = spelled(person)
    held = await living(conn, shop_id, shopper_id, at)
    context = person_context(shop_id, shopper_id)
    before = None if held.sealed is None else await opened(conn, vault, Person, held.sealed, context)
    fields = differing(before, wanted)
    if fields:
        await vault.ready(conn)
        sealed = seal(vault, wanted, context)
        phone, email = phone_index(vault, wanted), email_index(vault, wanted)
        await persons.put(conn, shop_id, shopper_id, sealed, key_of(sealed), phone, email, at)
        await telling.add_change(
            conn, ids.new(at), Change(at, shop_id, shopper_id, "person", by, order_id=None, fields=fields)
        )
    return fields


async def put_recipient(
    conn: Conn,
    vault: Vault,
    order_id: UUID,
    shop_id: str,
    shopper_id: str,
    recipient: Recipient,
    by: str,
    at: datetime,
    ids: Ids,
) -> list[str]:
    """Write who receives an order.

    gives   the names of the fields that changed
    raises  PersonUnfit, WasErased
    """
    wanted = spelled_recipient(recipient)
    await living(conn, shop_id, shopper_id, at)
    context = recipient_context(order_id)
    held = await persons.recipient(conn, order_id)
    before = None if held is None else await opened(conn, vault, Recipient, held.sealed, context)
    fields = differing(before, wanted)
    if fields:
        await vault.ready(conn)
        sealed = seal(vault, wanted, context)
        await persons.put_recipient(conn, order_id, shop_id, shopper_id, sealed, key_of(sealed), at)
        await telling.add_change(
            conn, ids.new(at), Change(at, shop_id, shopper_id, "recipient", by, order_id=order_id, fields=fields)
        )
    return fields


async def recipient(conn: Conn, vault: Vault, order_id: UUID) -> Recipient:
    """Who receives an order.

    raises  NoRecipient
    """
    found = await persons.recipient(conn, order_id)
    if found is None:
        raise NoRecipient(f"Nobody was named to receive order {order_id}.", order_id=str(order_id))
    return await opened(conn, vault, Recipient, found.sealed, recipient_context(order_id))


async def known(conn: Conn, vault: Vault, shopper_id: str, seen_by: str | None) -> list[Known]:
    """A shopper, once for each shop that knows them.

    seen_by  the shop that asks; None for the tower
    raises   NoSuchShopper
    """
    found = await persons.shops_of(conn, shopper_id, seen_by)
    if not found:
        raise NoSuchShopper(f"Nothing is known of a shopper {shopper_id}.", shopper_id=shopper_id)
    return [await _opened(conn, vault, each) for each in found]


async def only_shop(conn: Conn, shopper_id: str) -> str:
    """The one shop that knows the shopper.

    raises  NoSuchShopper, ShopUnclear
    """
    shops = [each.shop_id for each in await persons.shops_of(conn, shopper_id, None)]
    if not shops:
        raise NoSuchShopper(f"Nothing is known of a shopper {shopper_id}.", shopper_id=shopper_id)
    if len(shops) > 1:
        told = ", ".join(shops)
        raise ShopUnclear(f"Several shops know a shopper {shopper_id}: name one of {told}.", shops=told)
    return shops[0]


async def find(conn: Conn, vault: Vault, phone: str | None, email: str | None, seen_by: str | None) -> list[Known]:
    """Persons with this phone or this e-mail address, twenty at most.

    raises  PersonUnfit
    """
    await vault.learn(conn)
    phones = [] if phone is None else vault.indexes(phone_number(phone), PHONE)
    emails = [] if email is None else vault.indexes(same_email(email_address(email)), EMAIL)
    found = await persons.find(conn, phones, emails, seen_by, FOUND_MOST)
    return [await _opened(conn, vault, each) for each in found]


async def note(
    conn: Conn,
    shop_id: str,
    shopper_id: str,
    read: msgspec.Struct,
    by: str,
    reason: str | None,
    at: datetime,
    ids: Ids,
    order_id: UUID | None = None,
) -> None:
    """Write down that somebody reads this in the clear; the reading itself may follow in the same transaction.

    read    what is read: its filled fields are named
    by      the client
    reason  why, in the reader's words or code
    raises  ReasonNeeded when the reader has read many others within the hour and does not say why
    """
    if reason is None and await telling.persons_read(conn, by, at - READ_WITHIN) >= READ_FREELY:
        raise ReasonNeeded(
            f"{READ_FREELY} persons were read within the hour: say why more are needed, with `reason`.",
            most=READ_FREELY,
        )
    reading = Reading(at, shop_id, shopper_id, by, order_id, filled(read), reason)
    await telling.add_reading(conn, ids.new(at), reading)


async def consent(
    conn: Conn, shop_id: str, shopper_id: str, kind: ConsentKind, given: bool, how: str, by: str, at: datetime
) -> list[Consent]:
    """Write that a consent was given or withdrawn.

    how     a short code: 'signup', 'call', 'my-page'
    gives   all that was said, oldest first; what says the same as before is not written twice
    raises  WasErased
    """
    await living(conn, shop_id, shopper_id, at)
    told = await telling.consents(conn, shop_id, shopper_id)
    last = {each.kind: each.given for each in told}
    if last.get(kind, False) == given:
        return told
    added = Consent(len(told) + 1, kind, given, how, by, at)
    await telling.add_consent(conn, shop_id, shopper_id, added)
    return [*told, added]


async def consents(conn: Conn, shop_id: str, shopper_id: str) -> list[Consent]:
    """All that was said about consent, oldest first; `standing` tells what holds."""
    return await telling.consents(conn, shop_id, shopper_id)


async def readings(conn: Conn, shopper_id: str, seen_by: str | None, limit: int) -> list[Reading]:
    """Who read what of a shopper, the latest first."""
    return await telling.readings(conn, shopper_id, seen_by, limit)


async def changes(conn: Conn, shopper_id: str, seen_by: str | None, limit: int) -> list[Change]:
    """Who changed what of a shopper, the latest first."""
    return await telling.changes(conn, shopper_id, seen_by, limit)


async def living(conn: Conn, shop_id: str, shopper_id: str, at: datetime) -> SealedPerson:
    """The person with the row held; made when there is none.

    raises  WasErased
    """
    held = await persons.hold(conn, shop_id, shopper_id, at)
    if held.erased_at is not None:
        raise WasErased(
            f"Shopper {shopper_id} was erased on {held.erased_at:%Y-%m-%d}: whoever comes back gets a new id.",
            shopper_id=shopper_id,
            erased_on=f"{held.erased_at:%Y-%m-%d}",
        )
    return held


async def _opened(conn: Conn, vault: Vault, each: SealedPerson) -> Known:
    context = person_context(each.shop_id, each.shopper_id)
    person = None if each.sealed is None else await opened(conn, vault, Person, each.sealed, context)
    return Known(each.shop_id, each.shopper_id, person, each.erased_at)
