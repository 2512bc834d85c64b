"""Who is signed in: sessions in the database, known by a random token of which only the hash is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, Literal, LiteralString, TypeAlias
from uuid import UUID

import msgspec

from .db import Conn, many, maybe, run
from .ids import Ids

TOKEN_BYTES: Final = 32
# A session in use is written down as seen no more often than this.
SEEN_EVERY: Final = timedelta(minutes=1)

# Of whom a session is: a person of the alliance, a program's key, a member of a shop.
Kind: TypeAlias = Literal["staff", "client", "member"]
# What is still asked before a session is open: nothing, a code, or setting codes up.
Step: TypeAlias = Literal["open", "code", "enrol"]

OPEN: Final[LiteralString] = """
    INSERT INTO kit.session (token_hash, session_id, kind, holder, step, browser, made_at, seen_at, idle_until, ends_at)
    VALUES (%(token_hash)s, %(session_id)s, %(kind)s, %(holder)s, %(step)s, %(browser)s, %(at)s, %(at)s,
            %(idle_until)s, %(ends_at)s)
"""
FIND: Final[LiteralString] = """
    SELECT session_id, kind, holder, step, browser, made_at, seen_at, ends_at FROM kit.session
     WHERE token_hash = %(token_hash)s AND idle_until > %(at)s AND ends_at > %(at)s
"""
SEEN: Final[LiteralString] = """
    UPDATE kit.session SET seen_at = %(at)s, idle_until = idle_until + (%(at)s - seen_at)
     WHERE token_hash = %(token_hash)s AND seen_at < %(at)s
"""
OF: Final[LiteralString] = """
    SELECT session_id, kind, holder, step, browser, made_at, seen_at, ends_at FROM kit.session
     WHERE kind = %(kind)s AND holder = %(holder)s AND step = 'open' AND idle_until > %(at)s AND ends_at > %(at)s
     ORDER BY seen_at DESC, session_id
"""
END: Final[LiteralString] = "DELETE FROM kit.session WHERE token_hash = %(token_hash)s"
END_ONE: Final[LiteralString] = """
    DELETE FROM kit.session WHERE kind = %(kind)s AND holder = %(holder)s AND session_id = %(session_id)s
"""
END_ALL: Final[LiteralString] = """
    DELETE FROM kit.session
     WHERE kind = %(kind)s AND holder = %(holder)s AND session_id IS DISTINCT FROM %(but)s::uuid
"""
FORGET: Final[LiteralString] = "DELETE FROM kit.session WHERE idle_until <= %(at)s OR ends_at <= %(at)s"

_ids: Final = Ids()


class Session(msgspec.Struct, frozen=True):
    """A session that has not ended.

    holder   a staff_id, a client_id, or SHOP/SHOPPER
    browser  as its owner would call it: 'Chrome, Android'
    """

    session_id: UUID
    kind: Kind
    holder: str
    step: Step
    browser: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime


def hash_token(token: str) -> bytes:
    """What is kept of a token. Plain SHA-256 suffices: 256 random bits cannot be searched."""
    return hashlib.sha256(token.encode()).digest()


async def begin(
    conn: Conn, kind: Kind, holder: str, step: Step, browser: str, at: datetime, idle: timedelta, lasts: timedelta
) -> str:
    """A new session.

    at     real time
    idle   unused for so long, it ends
    lasts  and after so long in any case
    gives  its token, for the cookie; it is not kept
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await run(
        conn,
        OPEN,
        token_hash=hash_token(token),
        session_id=_ids.new(at),
        kind=kind,
        holder=holder,
        step=step,
        browser=browser[:80],
        at=at,
        idle_until=at + idle,
        ends_at=at + lasts,
    )
    return token


async def find(conn: Conn, token: str, at: datetime) -> Session | None:
    """The session of a token, if it still runs; that it was seen is written down now and then."""
    token_hash = hash_token(token)
    found = await maybe(conn, Session, FIND, token_hash=token_hash, at=at)
    if found is not None and at - found.seen_at >= SEEN_EVERY:
        await run(conn, SEEN, token_hash=token_hash, at=at)
    return found


async def of(conn: Conn, kind: Kind, holder: str, at: datetime) -> list[Session]:
    """Somebody's open sessions, the one used last first."""
    return await many(conn, Session, OF, kind=kind, holder=holder, at=at)


async def end(conn: Conn, token: str) -> None:
    """End the session of a token. Harmless when it has ended."""
    await run(conn, END, token_hash=hash_token(token))


async def end_one(conn: Conn, kind: Kind, holder: str, session_id: UUID) -> bool:
    """End one session of somebody's; False when it is none of theirs."""
    return bool(await run(conn, END_ONE, kind=kind, holder=holder, session_id=session_id))


async def end_all(conn: Conn, kind: Kind, holder: str, but: UUID | None = None) -> int:
    """End all sessions of somebody's.

    but    the one that goes on
    gives  how many ended
    """
    return await run(conn, END_ALL, kind=kind, holder=holder, but=but)


async def forget(conn: Conn, at: datetime) -> int:
    """Drop the sessions that are over; gives how many."""
    return await run(conn, FORGET, at=at)
