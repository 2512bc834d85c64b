"""What is good once: links to choose a password or to come in, challenges that passkeys sign. Only hashes are kept."""

import secrets
from datetime import datetime
from typing import Final, Literal, LiteralString, TypeAlias

import msgspec

from .db import Conn, maybe, run
from .sessions import TOKEN_BYTES, hash_token

# An invitation, a link that lets in, a challenge for a passkey or for a new one, a link for a password forgotten.
Use: TypeAlias = Literal["join", "entry", "passkey", "new-passkey", "forgotten"]
Holder: TypeAlias = Literal["staff", "client", "member"]

ISSUE: Final[LiteralString] = """
    INSERT INTO kit.ticket (ticket_hash, use, kind, holder, ends_at)
    VALUES (%(ticket_hash)s, %(use)s, %(kind)s, %(holder)s, %(ends_at)s)
"""
LOOK: Final[LiteralString] = """
    SELECT kind, holder, ends_at FROM kit.ticket
     WHERE ticket_hash = %(ticket_hash)s AND use = %(use)s AND ends_at > %(at)s
"""
SPEND: Final[LiteralString] = """
    DELETE FROM kit.ticket WHERE ticket_hash = %(ticket_hash)s AND use = %(use)s AND ends_at > %(at)s
    RETURNING kind, holder, ends_at
"""
WITHDRAW: Final[LiteralString] = "DELETE FROM kit.ticket WHERE kind = %(kind)s AND holder = %(holder)s"
FORGET: Final[LiteralString] = "DELETE FROM kit.ticket WHERE ends_at <= %(at)s"


class Ticket(msgspec.Struct, frozen=True):
    """Whom it is for, and until when.

    holder  a staff_id, a client_id, or SHOP/SHOPPER; of a challenge that anybody may answer ''
    """

    kind: Holder
    holder: str
    ends_at: datetime


async def issue(conn: Conn, use: Use, kind: Holder, holder: str, ends_at: datetime) -> str:
    """A new ticket.

    ends_at  an instant of the wall clock
    gives    its text, for the link; it is not kept
    """
    text = secrets.token_urlsafe(TOKEN_BYTES)
    await run(conn, ISSUE, ticket_hash=hash_token(text), use=use, kind=kind, holder=holder, ends_at=ends_at)
    return text


async def look(conn: Conn, use: Use, text: str, at: datetime) -> Ticket | None:
    """Whom a ticket would let in; it stays good."""
    return await maybe(conn, Ticket, LOOK, ticket_hash=hash_token(text), use=use, at=at)


async def spend(conn: Conn, use: Use, text: str, at: datetime) -> Ticket | None:
    """Use a ticket up. Of two at once, one gets it."""
    return await maybe(conn, Ticket, SPEND, ticket_hash=hash_token(text), use=use, at=at)


async def withdraw(conn: Conn, kind: Holder, holder: str) -> None:
    """Whatever was made for somebody is good for nothing any more."""
    await run(conn, WITHDRAW, kind=kind, holder=holder)


async def forget(conn: Conn, at: datetime) -> int:
    """Drop tickets that have ended; gives how many."""
    return await run(conn, FORGET, at=at)
