"""Links that let somebody in once: an invitation to choose a password, or an entry. Only their hash is kept."""

import secrets
from datetime import datetime
from typing import Final, Literal, LiteralString, TypeAlias

import msgspec

from .db import Conn, maybe, run
from .sessions import TOKEN_BYTES, hash_token

Use: TypeAlias = Literal["join", "entry"]
Holder: TypeAlias = Literal["staff", "client"]

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
    """Whom a link lets in, and until when."""

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
    """Whatever links were made for somebody let nobody in any more."""
    await run(conn, WITHDRAW, kind=kind, holder=holder)


async def forget(conn: Conn, at: datetime) -> int:
    """Drop tickets that have ended; gives how many."""
    return await run(conn, FORGET, at=at)
