"""A member forgot their password: asked for at the door, sent by e-mail outside any transaction, good once.

Whether somebody signs in with an address is told to nobody: the door writes the same row either way.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sangdan.kit import audit, forgotten, sessions, tickets
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.forgotten import Forgotten
from sangdan.kit.ids import Ids, derive
from sangdan.kit.vault import Vault
from sangdan.offer.partners import commands as partners
from sangdan.order.shoppers import commands as shoppers
from sangdan.talk.notices.model import Names, password_letter
from sangdan.talk.notices.ports import Messenger, Outgoing, Receipt

from .check_out import CLIENT

log = logging.getLogger("sangdan.notices")

LINK_LASTS: Final = timedelta(minutes=30)
# A mail server that is away so long sends nothing: whoever asked has long asked again.
TRIED_FOR: Final = timedelta(hours=1)
# Longer than a mail server may take to answer.
LEASE: Final = timedelta(seconds=120)
AGAIN_AFTER: Final = timedelta(seconds=30)
BATCH: Final = 20


async def ask(conn: Conn, vault: Vault, shop_id: str, email: str, link: str, at: datetime, ids: Ids) -> None:
    """Somebody says that they forgot their password.

    email  as it was told, whoever's it is
    link   where the link leads, without its secret
    at     real time
    """
    shopper_id = await shoppers.member_of(conn, vault, shop_id, email)
    holder = None if shopper_id is None else f"{shop_id}/{shopper_id}"
    await forgotten.add(conn, ids.new(at), holder, link, at, at + TRIED_FOR)


async def send_due(pool: Pool, vault: Vault, messenger: Messenger, at: datetime) -> bool:
    """Send the links that were asked for; several may do so at once.

    at     real time
    gives  whether there was anything to do
    """
    async with pool.transaction() as conn:
        due = await forgotten.lease(conn, at, at + LEASE, BATCH)
        letters = [(each, await _letter(conn, vault, each, at)) for each in due]
    await asyncio.gather(*(_send(pool, messenger, each, letter, at) for each, letter in letters))
    return bool(due)


async def choose(conn: Conn, shop_id: str, text: str, password_hash: str, at: datetime, wall: datetime) -> str | None:
    """Take the password that was chosen: every session of the member ends, and every other link.

    text   of the ticket, used up
    gives  the member; None when the link is spent, or another shop's
    """
    ticket = await tickets.spend(conn, "forgotten", text, wall)
    if ticket is None:
        return None
    shop, _, shopper_id = ticket.holder.partition("/")
    if shop != shop_id or await shoppers.password_of(conn, shop_id, shopper_id) is None:
        return None
    await keep(conn, shop_id, shopper_id, password_hash, at)
    return shopper_id


async def keep(
    conn: Conn, shop_id: str, shopper_id: str, password_hash: str, at: datetime, but: UUID | None = None
) -> None:
    """Another password of a member's: links of before let nobody in, and all sessions end.

    but  the session that asks, which goes on
    """
    await shoppers.set_password(conn, shop_id, shopper_id, password_hash)
    await tickets.withdraw(conn, "member", f"{shop_id}/{shopper_id}")
    await sessions.end_all(conn, "member", f"{shop_id}/{shopper_id}", but)
    by = Seer(CLIENT, "shop", shop_id)
    await audit.note(conn, by, at, "shopper.password-chosen", f"shopper/{shopper_id}")


async def _letter(conn: Conn, vault: Vault, asked: Forgotten, at: datetime) -> Outgoing | None:
    """The message with a link of its own; None when there is nobody to send it to."""
    if asked.holder is None or asked.ends_at <= at:
        return None
    shop_id, _, shopper_id = asked.holder.partition("/")
    reached = await shoppers.reach(conn, vault, shop_id, shopper_id)
    known = await partners.partners(conn, [shop_id])
    if reached is None or reached.email is None:
        return None
    text = await tickets.issue(conn, "forgotten", "member", asked.holder, at + LINK_LASTS)
    shop = next((Names(each.name_ko, each.name_en) for each in known), Names(shop_id, shop_id))
    minutes = int(LINK_LASTS.total_seconds()) // 60
    letter = password_letter(reached.locale, shop, reached.name, f"{asked.link}?token={text}", minutes)
    key = derive(asked.request_id, "attempt", asked.attempts)
    return Outgoing(
        key=key, to=reached.email, ways=("email",), code="", variables={}, title=letter.title, text=letter.text
    )


async def _send(pool: Pool, messenger: Messenger, asked: Forgotten, letter: Outgoing | None, at: datetime) -> None:
    receipt = Receipt(outcome="refused") if letter is None else await _handed(messenger, letter)
    async with pool.transaction() as conn:
        if receipt.outcome == "again":
            await forgotten.put_off(conn, asked.request_id, at + AGAIN_AFTER * asked.attempts)
        else:
            await forgotten.drop(conn, asked.request_id)
    if letter is not None and receipt.outcome not in ("sent", "accepted"):
        log.warning("a link for a new password was not sent", extra={"because": receipt.because})


async def _handed(messenger: Messenger, letter: Outgoing) -> Receipt:
    try:
        return await messenger.send(letter)
    except Exception:
        # The link must not get into the log with the message.
        log.exception("a messenger failed")
        return Receipt(outcome="again", because="messenger_failed")
