"""A basket becomes an order: who receives it, what was agreed to, and whose it is are written with the order itself."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids, derive
from sangdan.kit.vault import Vault
from sangdan.offer.promise.model import Way
from sangdan.order.baskets import commands as baskets
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import Address, Person, Recipient

from .shopper_picture import TIMEZONE

# In whose name the storefront asks for promises and takes them.
CLIENT: Final = "storefront"
AT_CHECKOUT: Final = "checkout"
ADS: Final = "ads"
# Without letters that are mistaken for digits or for one another when a number is read out.
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
_LETTERS_OF_A_NUMBER: Final = 8


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper said when they ordered.

    shopper_id  a member's, or the one that a guest has for this purchase alone
    recipients  who receives it, by order: several orders where it is received in several ways
    person      a guest, who is to be told what becomes of the order; None of a member, who is known
    keep        where it goes, for a member's address book; None when it is not to be kept
    agreed      versions of the texts that were agreed to, by text
    ads         whether they want to hear of offers; None where they were not asked
    skus        of the basket that are ordered now
    """

    basket_id: UUID
    shop_id: str
    shopper_id: str
    recipients: Mapping[UUID, Recipient]
    person: Person | None
    keep: Address | None = None
    agreed: Mapping[str, str]
    ads: bool | None
    skus: tuple[str, ...]


def guest_of(order_id: UUID) -> str:
    """The shopper that a guest is for one purchase, of which this is the first order."""
    return f"g-{derive(order_id, 'guest').hex}"


def order_number(order_id: UUID, at: datetime) -> str:
    """What the shop and its shopper call an order: its day, and eight letters that can be read out.

    gives  the same number for the same order; 31^8 of them a day
    """
    drawn = int.from_bytes(hashlib.blake2b(order_id.bytes, digest_size=8).digest())
    letters = ""
    for _ in range(_LETTERS_OF_A_NUMBER):
        drawn, place = divmod(drawn, len(_LETTERS))
        letters += _LETTERS[place]
    return f"{at.astimezone(ZoneInfo(TIMEZONE)):%y%m%d}-{letters[:4]}-{letters[4:]}"


def number_as_kept(told: str) -> str:
    """An order number as somebody types it, in the spelling in which it is kept."""
    letters = "".join(each for each in told.upper() if each.isascii() and each.isalnum())
    whole = 6 + _LETTERS_OF_A_NUMBER
    if len(letters) not in (whole, whole + 1):
        return told.strip()
    first = f"{letters[:6]}-{letters[6:10]}-{letters[10:whole]}"
    return f"{first}-{letters[whole:]}" if len(letters) > whole else first


def part_number(number: str, part: int) -> str:
    """What an order of a purchase is called: the first bears the purchase's own number, the others count on.

    part  from 1
    """
    return number if part == 1 else f"{number}-{part}"


async def write(conn: Conn, vault: Vault, purchase: Purchase, at: datetime, ids: Ids) -> None:
    """Write what belongs to the order or orders that are being placed, in their transaction.

    raises  PersonUnfit, WasErased: then nothing is placed either
    """
    shop_id, shopper_id = purchase.shop_id, purchase.shopper_id
    if purchase.person is not None:
        await shoppers.put(conn, vault, shop_id, shopper_id, purchase.person, CLIENT, at, ids)
    if purchase.keep is not None:
        await shoppers.remember(conn, vault, shop_id, shopper_id, purchase.keep, CLIENT, at, ids)
    if purchase.ads is not None:
        await shoppers.consent(conn, shop_id, shopper_id, ADS, purchase.ads, AT_CHECKOUT, CLIENT, at)
    for order_id, recipient in purchase.recipients.items():
        await shoppers.put_recipient(conn, vault, order_id, shop_id, shopper_id, recipient, CLIENT, at, ids)
        await baskets.agree(conn, order_id, purchase.agreed, at)
        await baskets.buy(conn, order_id, purchase.basket_id, at)
    await baskets.drop(conn, purchase.basket_id, purchase.skus)


def skus_of(ways: Sequence[Way]) -> tuple[str, ...]:
    """The SKUs that ways take out of a basket: a kit under its own name."""
    return tuple(dict.fromkeys(line.kit_sku or line.sku for way in ways for line in way.lines))
