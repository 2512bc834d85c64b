"""How often somebody has tried to guess something; counted in the database, so that all processes count together."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, LiteralString

import msgspec

from .clock import Clock
from .db import Conn, Pool, one, run
from .problems import TooOften
from .secrets import shared_key

KEY_NAME: Final = "tries"

# Counted and read in one statement, so that simultaneous tries all count.
COUNT: Final[LiteralString] = """
    INSERT INTO kit.tries AS t (what_hash, tries, until_at) VALUES (%(what_hash)s, 1, %(until_at)s)
    ON CONFLICT (what_hash) DO UPDATE
       SET tries = CASE WHEN t.until_at <= %(at)s THEN 1 ELSE least(t.tries + 1, 1000000) END,
           until_at = CASE WHEN t.until_at <= %(at)s THEN excluded.until_at ELSE t.until_at END
    RETURNING tries, until_at
"""
FORGIVE: Final[LiteralString] = """
    UPDATE kit.tries SET tries = greatest(tries - 1, 0) WHERE what_hash = %(what_hash)s
"""
FORGET: Final[LiteralString] = "DELETE FROM kit.tries WHERE until_at <= %(at)s"


class TooManyTries(TooOften):
    """Too many tries to guess something, of one account or from one address."""

    code = "too-many-tries"


class _Counted(msgspec.Struct, frozen=True):
    tries: int
    until_at: datetime


class Tries:
    """Counts tries. Each is committed at once: a request that is refused has still been one.

    pool  where they are counted
    wall  real time
    """

    def __init__(self, pool: Pool, wall: Clock) -> None:
        self._pool = pool
        self._wall = wall
        self._secret: bytes | None = None

    async def count(self, what: str, who: str, *, most: int, within: timedelta) -> None:
        """Count a try before it is looked at.

        what    is being guessed: 'sign-in', 'guest-order'
        who     the account, the address, the order number: kept as a keyed hash alone
        most    tries within the time, >= 1
        raises  TooManyTries, with the seconds to wait as `wait_s`
        """
        at = self._wall.now()
        counted_as = await self._hash(what, who)
        async with self._pool.connection() as conn:
            counted = await one(conn, _Counted, COUNT, what_hash=counted_as, until_at=at + within, at=at)
        if counted.tries > most:
            wait_s = max(1, round((counted.until_at - at).total_seconds()))
            raise TooManyTries(f"Too many tries; try again in {wait_s} seconds.", wait_s=wait_s)

    async def forgive(self, what: str, who: str) -> None:
        """Take one try back: it was right."""
        counted_as = await self._hash(what, who)
        async with self._pool.connection() as conn:
            await run(conn, FORGIVE, what_hash=counted_as)

    async def _hash(self, what: str, who: str) -> bytes:
        """Keyed, so that nobody reads addresses out of the table."""
        if self._secret is None:
            async with self._pool.transaction() as conn:
                self._secret = await shared_key(conn, KEY_NAME, self._wall.now())
        return hmac.digest(self._secret, f"{what}\0{who}".encode(), hashlib.sha256)


async def forget(conn: Conn, at: datetime) -> int:
    """Drop counts whose time is over; gives how many."""
    return await run(conn, FORGET, at=at)
