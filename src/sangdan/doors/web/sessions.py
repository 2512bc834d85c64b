"""Who is signed in: a cookie carries a random token, what it stands for is a row.

So signing out ends a session wherever its cookie was copied to, and somebody who is shut out is out everywhere.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie

from sangdan.kit import access, audit, sessions
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.sessions import Kind, Session, Step, hash_token
from sangdan.kit.staff import accounts

COOKIE: Final = "sangdan_session"
LASTS: Final = timedelta(hours=12)
# Unused for so long, a session ends. A phone on the floor lies in a pocket between two waves.
IDLE: Final[Mapping[str, timedelta]] = {"tower": timedelta(hours=2), "ally": timedelta(hours=2)}
IDLE_ELSE: Final = timedelta(hours=8)
# Whoever has told the password has so long for the code.
HALF_LASTS: Final = timedelta(minutes=10)
# A session that was ended elsewhere works on here for at most this long.
REMEMBERED_S: Final = 5.0
MOST_REMEMBERED: Final = 10_000


class Opened(msgspec.Struct, frozen=True):
    """A session that was begun: its token for the cookie, and what is still asked."""

    token: str
    step: Step
    seer: Seer


class Sessions:
    """Begins sessions, recognises and ends them.

    pool   where they are
    clock  the house's time, for the audit
    wall   real time: a session lasts half a real day, however fast a simulated clock runs
    """

    def __init__(self, pool: Pool, clock: Clock, wall: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._wall = wall
        self._known: dict[bytes, tuple[Seer | None, float]] = {}

    async def begin(self, conn: Conn, seer: Seer, kind: Kind, holder: str, step: Step, browser: str) -> Opened:
        """A new session, in the transaction of what proved who it is.

        holder  a staff_id or a client_id
        """
        is_open = step == "open"
        idle = IDLE.get(seer.role, IDLE_ELSE) if is_open else HALF_LASTS
        lasts = LASTS if is_open else HALF_LASTS
        token = await sessions.begin(conn, kind, holder, step, browser, self._wall.now(), idle, lasts)
        if is_open:
            await audit.note(
                conn, seer, self._clock.now(), "session.opened", f"{kind}/{holder}", after={"browser": browser}
            )
        return Opened(token, step, seer)

    async def with_cookie(self, token: str | None) -> Seer | None:
        """Who is signed in; None when there is no session, or no longer, or a code is still asked."""
        if not token:
            return None
        token_hash = hash_token(token)
        now_s = asyncio.get_running_loop().time()
        known = self._known.get(token_hash)
        if known is not None and known[1] > now_s:
            return known[0]
        async with self._pool.connection() as conn:
            session = await sessions.find(conn, token, self._wall.now())
            seer = (
                None
                if session is None or session.step != "open"
                else await holder_of(conn, session.kind, session.holder)
            )
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[token_hash] = seer, now_s + REMEMBERED_S
        return seer

    async def find(self, token: str | None) -> Session | None:
        """The session of a cookie, whatever is still asked of it."""
        if not token:
            return None
        async with self._pool.connection() as conn:
            return await sessions.find(conn, token, self._wall.now())

    async def of(self, staff_id: str) -> list[Session]:
        """A person's open sessions, the one used last first."""
        async with self._pool.connection() as conn:
            return await sessions.of(conn, "staff", staff_id, self._wall.now())

    async def end(self, token: str | None) -> None:
        """Sign out. Harmless when nobody is signed in."""
        if token:
            async with self._pool.connection() as conn:
                await sessions.end(conn, token)
            self._known.pop(hash_token(token), None)

    async def end_one(self, staff_id: str, session_id: UUID) -> None:
        """End one session of a person's."""
        async with self._pool.connection() as conn:
            await sessions.end_one(conn, "staff", staff_id, session_id)
        self.look_again()

    async def end_all(self, staff_id: str, but: UUID | None = None) -> None:
        """End all sessions of a person's.

        but  the one that goes on
        """
        async with self._pool.connection() as conn:
            await sessions.end_all(conn, "staff", staff_id, but)
        self.look_again()

    def look_again(self) -> None:
        """Ask the database anew about everybody: somebody's sessions were ended, or what they may do was changed."""
        self._known.clear()

    def cookie(self, token: str, secure: bool) -> Cookie:
        """The cookie of a session.

        secure  whether the page came over https
        """
        return Cookie(
            COOKIE, value=token, max_age=int(LASTS.total_seconds()), httponly=True, secure=secure, samesite="strict"
        )


async def holder_of(conn: Conn, kind: Kind, holder: str) -> Seer | None:
    """Who it is; None of who was shut out meanwhile, and of a shop's member, who is nobody here."""
    match kind:
        case "client":
            return await access.named(conn, holder)
        case "staff":
            account = await accounts.find(conn, holder)
            return None if account is None or account.disabled_at is not None else account.seer()
        case "member":
            return None
