"""From structs to sealed rows and back, each bound to its row; and all rows sealed anew after a rotation."""

from typing import Final, TypeVar
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.vault import Vault

from ..model import Person, same_email
from ..queries import book, leaving

PHONE: Final = "shoppers.phone"
EMAIL: Final = "shoppers.email"

T = TypeVar("T", bound=msgspec.Struct)


def person_context(shop_id: str, shopper_id: str) -> str:
    """Where a person's sealed value belongs. Codes hold no slash, so no two contexts are spelled alike."""
    return f"shoppers.person/{shop_id}/{shopper_id}"


def recipient_context(order_id: UUID) -> str:
    """Where a recipient's sealed value belongs."""
    return f"shoppers.recipient/{order_id}"


def book_context(shop_id: str, shopper_id: str) -> str:
    """Where a member's address book belongs."""
    return f"shoppers.book/{shop_id}/{shopper_id}"


def kept_context(shop_id: str, shopper_id: str, what: str) -> str:
    """Where something kept for the law belongs."""
    return f"shoppers.kept/{shop_id}/{shopper_id}/{what}"


def seal(vault: Vault, struct: msgspec.Struct, context: str) -> bytes:
    """A struct as its row holds it."""
    return vault.seal(msgspec.json.encode(struct), context)


async def opened(conn: Conn, vault: Vault, kind: type[T], sealed: bytes, context: str) -> T:
    """A row's struct; data keys that another process made since are read first."""
    return msgspec.json.decode(await vault.unseal(conn, sealed, context), type=kind)


def phone_index(vault: Vault, person: Person) -> bytes | None:
    """The keyed hash of a person's phone."""
    return None if person.phone is None else vault.index(person.phone, PHONE)


def email_index(vault: Vault, person: Person) -> bytes | None:
    """The keyed hash of a person's e-mail address."""
    return None if person.email is None else vault.index(same_email(person.email), EMAIL)


async def seal_again(conn: Conn, vault: Vault, limit: int) -> int:
    """Seal rows with the newest data key that were sealed with one before it.

    limit  rows of each table at most
    gives  how many were sealed; 0 when none is left but those that somebody holds at this moment
    """
    newest = await vault.ready(conn)
    done = 0
    if old := await leaving.old_persons(conn, newest, limit):
        contexts = [person_context(each.shop_id, each.shopper_id) for each in old]
        known = [
            await opened(conn, vault, Person, each.sealed, context) for each, context in zip(old, contexts, strict=True)
        ]
        await leaving.seal_persons(
            conn,
            newest,
            old,
            [seal(vault, each, context) for each, context in zip(known, contexts, strict=True)],
            [phone_index(vault, each) for each in known],
            [email_index(vault, each) for each in known],
        )
        done += len(old)
    if receiving := await leaving.old_recipients(conn, newest, limit):
        sealeds = [await _anew(conn, vault, each.sealed, recipient_context(each.order_id)) for each in receiving]
        await leaving.seal_recipients(conn, newest, [each.order_id for each in receiving], sealeds)
        done += len(receiving)
    if kept := await leaving.old_kept(conn, newest, limit):
        sealeds = [
            await _anew(conn, vault, each.sealed, kept_context(each.shop_id, each.shopper_id, each.what))
            for each in kept
        ]
        await leaving.seal_kept(conn, newest, kept, sealeds)
        done += len(kept)
    if books := await book.old(conn, newest, limit):
        sealeds = [await _anew(conn, vault, each.sealed, book_context(each.shop_id, each.shopper_id)) for each in books]
        await book.seal(conn, newest, books, sealeds)
        done += len(books)
    return done


async def _anew(conn: Conn, vault: Vault, sealed: bytes, context: str) -> bytes:
    return vault.seal(await vault.unseal(conn, sealed, context), context)
