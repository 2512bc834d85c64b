"""Members of a shop: shoppers who sign up, come in and go out."""

import asyncio
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie

from sangdan.doors.web.errors import LinkSpent, SignInWrong
from sangdan.flows import forgotten_password
from sangdan.kit import sessions, tickets
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.passwords import Hasher, check_password, is_dated
from sangdan.kit.sessions import Session, hash_token
from sangdan.kit.tries import TooManyTries, Tries
from sangdan.kit.vault import Vault
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import PersonUnfit
from sangdan.order.shoppers.model import Person

MEMBER_COOKIE: Final = "sangdan_member"
LASTS: Final = timedelta(days=60)
IDLE: Final = timedelta(days=14)
REMEMBERED_S: Final = 5.0
MOST_REMEMBERED: Final = 50_000

TRIES_ACCOUNT: Final = 10
# From all addresses together: whoever has one cannot shut somebody else out of their account.
TRIES_EVERYWHERE: Final = 50
TRIES_ADDRESS: Final = 50
SIGN_UPS: Final = 20
WITHIN: Final = timedelta(minutes=15)
# Links for one address, whoever asks: nobody fills another's mailbox.
FORGOT_ADDRESS: Final = 3
FORGOT_WITHIN: Final = timedelta(hours=1)
FORGOT_HERE: Final = 20
BY_PAGE: Final = "storefront"

_ACCOUNT: Final = "member account"
_ACCOUNT_HERE: Final = "member account at an address"
_ADDRESS: Final = "member address"
_SIGN_UP: Final = "member sign-up"
_FORGOT: Final = "member forgot"
_FORGOT_HERE: Final = "member forgot at an address"
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH: Final = 20  # 100 bits: nobody guesses another's


class Member(msgspec.Struct, frozen=True):
    """A shopper who is signed in to a shop."""

    shop_id: str
    shopper_id: str
    session_id: UUID


class Entered(msgspec.Struct, frozen=True):
    """A member who came in, and the token for the cookie."""

    member: Member
    token: str


class Members:
    """Signs members in and recognises them.

    pool   where they are
    clock  the house's time, for what is written of a person
    wall   real time, for sessions
    vault  seals what is personal
    tries  counts what was guessed
    """

    def __init__(self, pool: Pool, clock: Clock, wall: Clock, vault: Vault, tries: Tries, ids: Ids) -> None:
        self._pool = pool
        self._clock = clock
        self._wall = wall
        self._vault = vault
        self._tries = tries
        self._ids = ids
        self._hasher = Hasher()
        self._known: dict[bytes, tuple[Member | None, float]] = {}

    async def sign_up(self, shop_id: str, person: Person, password: str, address: str, browser: str) -> Entered:
        """Somebody new.

        person   with an e-mail address
        raises   PersonUnfit, PasswordUnfit, MemberExists, TooManyTries
        """
        if person.email is None:
            raise PersonUnfit("Whoever signs up tells an e-mail address.", field="email")
        check_password(password, person.email)
        await self._tries.count(_SIGN_UP, address, most=SIGN_UPS, within=WITHIN)
        chosen = await self._hasher.hash(password)
        shopper_id = "m-" + "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))
        async with self._pool.transaction() as conn:
            at = self._clock.now()
            await shoppers.join(conn, self._vault, shop_id, shopper_id, person, chosen, BY_PAGE, at, self._ids)
            return await self.begin(conn, shop_id, shopper_id, browser)

    async def sign_in(self, shop_id: str, email: str, password: str, address: str, browser: str) -> Entered:
        """Somebody comes back.

        raises  SignInWrong, the same and as late for whoever is unknown; TooManyTries
        """
        tried = f"{shop_id}/{email.strip().casefold()[:320]}"
        here = f"{address} {tried}"
        await self._tries.count(_ADDRESS, address, most=TRIES_ADDRESS, within=WITHIN)
        await self._tries.count(_ACCOUNT_HERE, here, most=TRIES_ACCOUNT, within=WITHIN)
        await self._tries.count(_ACCOUNT, tried, most=TRIES_EVERYWHERE, within=WITHIN)
        kept = shopper_id = None
        async with self._pool.transaction() as conn:
            shopper_id = await shoppers.member_of(conn, self._vault, shop_id, email)
            if shopper_id is not None:
                kept = await shoppers.password_of(conn, shop_id, shopper_id)
        right = await self._hasher.matches(password, kept)
        if shopper_id is None or kept is None or not right:
            raise SignInWrong("The e-mail address or the password is wrong.")
        await self._tries.forgive(_ACCOUNT, tried)
        await self._tries.forgive(_ACCOUNT_HERE, here)
        await self._tries.forgive(_ADDRESS, address)
        better = await self._hasher.hash(password) if is_dated(kept) else None
        async with self._pool.transaction() as conn:
            if better is not None:
                await shoppers.set_password(conn, shop_id, shopper_id, better)
            return await self.begin(conn, shop_id, shopper_id, browser)

    async def with_cookie(self, shop_id: str, token: str | None) -> Member | None:
        """Who is signed in to this shop; None when nobody is, or no longer."""
        if not token:
            return None
        token_hash = hash_token(token)
        now_s = asyncio.get_running_loop().time()
        known = self._known.get(token_hash)
        if known is None or known[1] <= now_s:
            async with self._pool.connection() as conn:
                session = await sessions.find(conn, token, self._wall.now())
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[token_hash] = _member(session), now_s + REMEMBERED_S
        member = known[0]
        return member if member is not None and member.shop_id == shop_id else None

    async def sign_out(self, token: str | None) -> None:
        """End the session on this browser. Harmless when nobody is signed in."""
        if token:
            async with self._pool.connection() as conn:
                await sessions.end(conn, token)
            self._known.pop(hash_token(token), None)

    async def sign_out_everywhere(self, member: Member) -> None:
        """End all sessions of a member's, this one too."""
        async with self._pool.connection() as conn:
            await sessions.end_all(conn, "member", holder_of(member.shop_id, member.shopper_id))
        self._known.clear()

    async def end(self, member: Member, session_id: UUID) -> None:
        """End one of a member's sessions."""
        async with self._pool.connection() as conn:
            await sessions.end_one(conn, "member", holder_of(member.shop_id, member.shopper_id), session_id)
        self._known.clear()

    async def sessions(self, member: Member) -> list[Session]:
        """Where a member is signed in, the browser used last first."""
        async with self._pool.connection() as conn:
            holder = holder_of(member.shop_id, member.shopper_id)
            return await sessions.of(conn, "member", holder, self._wall.now())

    async def session(self, member: Member) -> Session | None:
        """The session that a member came with; None when it has ended meanwhile."""
        return next((each for each in await self.sessions(member) if each.session_id == member.session_id), None)

    async def change_password(self, member: Member, old: str, new: str) -> None:
        """Another password; the member's other sessions end.

        raises  SignInWrong when the old one is wrong, PasswordUnfit, TooManyTries
        """
        holder = holder_of(member.shop_id, member.shopper_id)
        await self._tries.count(_ACCOUNT, holder, most=TRIES_ACCOUNT, within=WITHIN)
        async with self._pool.connection() as conn:
            kept = await shoppers.password_of(conn, member.shop_id, member.shopper_id)
        if not await self._hasher.matches(old, kept):
            raise SignInWrong("The password is wrong.")
        await self._tries.forgive(_ACCOUNT, holder)
        check_password(new)
        chosen = await self._hasher.hash(new)
        async with self._pool.transaction() as conn:
            at = self._clock.now()
            await forgotten_password.keep(conn, member.shop_id, member.shopper_id, chosen, at, but=member.session_id)
        self._known.clear()

    async def forgot(self, shop_id: str, email: str, link: str, address: str) -> None:
        """Somebody says that they forgot their password; the same happens here whoever's address it is.

        link    where the link leads that they are sent
        raises  TooManyTries of one who asks for many; an address that many asked for is sent no more, and not told so
        """
        await self._tries.count(_FORGOT_HERE, address, most=FORGOT_HERE, within=WITHIN)
        asked = f"{shop_id}/{email.strip().casefold()[:320]}"
        try:
            await self._tries.count(_FORGOT, asked, most=FORGOT_ADDRESS, within=FORGOT_WITHIN)
        except TooManyTries:
            return
        async with self._pool.transaction() as conn:
            await forgotten_password.ask(conn, self._vault, shop_id, email, link, self._wall.now(), self._ids)

    async def is_good(self, shop_id: str, text: str) -> bool:
        """Whether a link lets somebody choose a password; it stays good."""
        async with self._pool.connection() as conn:
            ticket = await tickets.look(conn, "forgotten", text, self._wall.now())
        return ticket is not None and ticket.holder.startswith(f"{shop_id}/")

    async def choose(self, shop_id: str, text: str, password: str, browser: str) -> Entered:
        """Take the password that whoever has a link chose, and let them in; wherever they were signed in, they are out.

        raises  LinkSpent, PasswordUnfit
        """
        check_password(password)
        if not await self.is_good(shop_id, text):
            raise _spent()
        chosen = await self._hasher.hash(password)
        async with self._pool.transaction() as conn:
            at, wall = self._clock.now(), self._wall.now()
            shopper_id = await forgotten_password.choose(conn, shop_id, text, chosen, at, wall)
            if shopper_id is None:
                raise _spent()
            entered = await self.begin(conn, shop_id, shopper_id, browser)
        self._known.clear()
        return entered

    def cookie(self, token: str, secure: bool) -> Cookie:
        """The cookie of a session; a link in a message finds the member signed in.

        secure  whether the page came over https
        """
        return Cookie(
            MEMBER_COOKIE, value=token, max_age=int(LASTS.total_seconds()), httponly=True, secure=secure, samesite="lax"
        )

    async def begin(self, conn: Conn, shop_id: str, shopper_id: str, browser: str) -> Entered:
        """A new session, in the transaction of what proved who it is."""
        holder = holder_of(shop_id, shopper_id)
        token = await sessions.begin(conn, "member", holder, "open", browser, self._wall.now(), IDLE, LASTS)
        session = await sessions.find(conn, token, self._wall.now())
        assert session is not None, "it was just begun"
        return Entered(Member(shop_id, shopper_id, session.session_id), token)


def _spent() -> LinkSpent:
    return LinkSpent("This link was used already, or its time is over: ask for another.")


def holder_of(shop_id: str, shopper_id: str) -> str:
    """How a session names a member. Codes hold no slash."""
    return f"{shop_id}/{shopper_id}"


def _member(session: Session | None) -> Member | None:
    if session is None or session.kind != "member":
        return None
    shop_id, _, shopper_id = session.holder.partition("/")
    return Member(shop_id, shopper_id, session.session_id)
