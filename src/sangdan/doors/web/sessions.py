"""Who is signed in: a cookie names the client, the database says whether it may still come in."""

import asyncio
from datetime import timedelta
from typing import Final

from litestar.datastructures import Cookie

from sangdan.kit import access
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Pool

from . import entry
from .errors import TooManyTries

COOKIE: Final = "sangdan_session"
LASTS: Final = timedelta(hours=12)
# A revoked client's session works on for at most this long.
REMEMBERED_S: Final = 5.0
MOST_REMEMBERED: Final = 10_000

TRIES: Final = 10
TRIES_WITHIN_S: Final = 60.0


class Sessions:
    """Signs people in and recognises them.

    pool  where the clients are
    wall  real time: a session lasts half a real day, however fast a simulated clock runs
    """

    def __init__(self, pool: Pool, wall: Clock) -> None:
        self._pool = pool
        self._wall = wall
        self._secret: bytes | None = None
        self._known: dict[str, tuple[Seer | None, float]] = {}
        self._tries: dict[str, tuple[int, float]] = {}

    async def with_key(self, key: str) -> Seer | None:
        """The client that has this API key; None when nobody has."""
        if not access.looks_like_key(key):
            return None
        async with self._pool.connection() as conn:
            return await access.find(conn, access.hash_key(key))

    async def with_link(self, token: str) -> Seer | None:
        """The client that an entry link is for; None when the link is spent or the client revoked."""
        client_id = entry.read("entry", token, await self._key(), self._wall.now())
        return None if client_id is None else await self._client(client_id)

    async def with_cookie(self, token: str | None) -> Seer | None:
        """The client that a session belongs to; None when there is no session, or no longer."""
        if not token:
            return None
        client_id = entry.read("session", token, await self._key(), self._wall.now())
        return None if client_id is None else await self._client(client_id)

    async def cookie(self, seer: Seer, secure: bool) -> Cookie:
        """The cookie of a new session.

        secure  whether the page came over https
        """
        token = entry.sign("session", seer.client_id, await self._key(), self._wall.now() + LASTS)
        return Cookie(
            COOKIE, value=token, max_age=int(LASTS.total_seconds()), httponly=True, secure=secure, samesite="strict"
        )

    def count_try(self, address: str) -> None:
        """Count a try to sign in.

        address  of whoever tries
        raises   TooManyTries after ten within a minute
        """
        now_s = asyncio.get_running_loop().time()
        tries, began_s = self._tries.get(address, (0, now_s))
        if now_s - began_s >= TRIES_WITHIN_S:
            tries, began_s = 0, now_s
        if len(self._tries) >= MOST_REMEMBERED:
            self._tries.clear()
        self._tries[address] = tries + 1, began_s
        if tries >= TRIES:
            wait_s = round(TRIES_WITHIN_S - (now_s - began_s)) or 1
            raise TooManyTries(f"Too many tries; try again in {wait_s} seconds.", wait_s=wait_s)

    async def _client(self, client_id: str) -> Seer | None:
        now_s = asyncio.get_running_loop().time()
        known = self._known.get(client_id)
        if known is not None and known[1] > now_s:
            return known[0]
        async with self._pool.connection() as conn:
            seer = await access.named(conn, client_id)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[client_id] = seer, now_s + REMEMBERED_S
        return seer

    async def _key(self) -> bytes:
        if self._secret is None:
            async with self._pool.transaction() as conn:
                self._secret = await entry.signing_key(conn, self._wall.now())
        return self._secret
