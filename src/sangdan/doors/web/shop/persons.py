"""What the storefront knows of whoever shops: read for themselves alone, and each reading is written down."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sangdan.flows.check_out import CLIENT
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoRecipient, NoSuchShopper
from sangdan.order.shoppers.model import Person, Recipient, masked_recipient

from ..people.members import Member

# Why somebody is read in the clear: it is they who look.
THEMSELVES: Final = "own page"


async def person_of(conn: Conn, vault: Vault, member: Member, at: datetime, ids: Ids) -> Person | None:
    """A member as they know themselves; None of one of whom nothing is kept."""
    try:
        [known] = await shoppers.known(conn, vault, member.shopper_id, member.shop_id)
    except NoSuchShopper:
        return None
    if known.person is not None:
        await shoppers.note(conn, member.shop_id, member.shopper_id, known.person, CLIENT, THEMSELVES, at, ids)
    return known.person


async def receives(conn: Conn, vault: Vault, order_id: UUID) -> Recipient | None:
    """Who receives an order, masked: a page may be looked over a shoulder, and its own lives as long as its cookie."""
    try:
        return masked_recipient(await shoppers.recipient(conn, vault, order_id))
    except NoRecipient:
        return None
