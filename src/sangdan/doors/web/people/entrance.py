"""How people come in: by name, password and code; with a key; by a link that lets in once."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from sangdan.doors.web.errors import LinkSpent, NotSignedIn, SignInWrong
from sangdan.doors.web.sessions import Opened, Sessions, holder_of
from sangdan.kit import access, audit, sessions, tickets
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.passwords import Hasher, check_password, is_dated
from sangdan.kit.sessions import Session, Step
from sangdan.kit.staff import accounts, codes
from sangdan.kit.staff.accounts import Account
from sangdan.kit.tickets import Ticket, Use
from sangdan.kit.tries import Tries
from sangdan.kit.vault import Vault

log = logging.getLogger("sangdan.door")

TRIES_ACCOUNT: Final = 10
# From all addresses together: whoever has one cannot shut somebody else out of their account.
TRIES_EVERYWHERE: Final = 50
TRIES_ADDRESS: Final = 30
TRIES_WITHIN: Final = timedelta(minutes=15)

_ACCOUNT: Final = "sign-in account"
_ACCOUNT_HERE: Final = "sign-in account at an address"
_ADDRESS: Final = "sign-in address"
_CODE: Final = "sign-in code"


class Half(msgspec.Struct, frozen=True):
    """Somebody who has told the password and still has to send a code, or to set codes up."""

    session: Session
    account: Account


class Entrance:
    """Lets people in.

    sessions    begins what they come in with
    pool        where accounts are
    clock       the house's time, for the audit
    wall        real time
    vault       opens the secrets of codes
    tries       counts what was guessed
    with_codes  whether those whose role asks for it need a code beside the password; a simulated day does without
    """

    def __init__(
        self,
        sessions: Sessions,
        pool: Pool,
        clock: Clock,
        wall: Clock,
        vault: Vault,
        tries: Tries,
        *,
        with_codes: bool = True,
    ) -> None:
        self._sessions = sessions
        self._pool = pool
        self._clock = clock
        self._wall = wall
        self._vault = vault
        self._tries = tries
        self._with_codes = with_codes
        self._hasher = Hasher()

    async def with_key(self, key: str, address: str, browser: str) -> Opened:
        """Let in whoever has this API key.

        raises  SignInWrong, TooManyTries
        """
        await self._tries.count(_ADDRESS, address, most=TRIES_ADDRESS, within=TRIES_WITHIN)
        seer = None
        if access.looks_like_key(key):
            async with self._pool.connection() as conn:
                seer = await access.find(conn, access.hash_key(key))
        if seer is None:
            raise SignInWrong("This key is unknown or was revoked.")
        await self._tries.forgive(_ADDRESS, address)
        async with self._pool.transaction() as conn:
            return await self._sessions.begin(conn, seer, "client", seer.client_id, "open", browser)

    async def with_password(self, name: str, password: str, address: str, browser: str) -> Opened:
        """Take somebody's password; most still have to send a code.

        raises  SignInWrong, the same and as late for whoever is unknown; TooManyTries
        """
        here = f"{address} {name}"
        await self._tries.count(_ADDRESS, address, most=TRIES_ADDRESS, within=TRIES_WITHIN)
        await self._tries.count(_ACCOUNT_HERE, here, most=TRIES_ACCOUNT, within=TRIES_WITHIN)
        await self._tries.count(_ACCOUNT, name, most=TRIES_EVERYWHERE, within=TRIES_WITHIN)
        async with self._pool.connection() as conn:
            account = await accounts.find(conn, name)
            kept = await accounts.password_of(conn, name)
        right = await self._hasher.matches(password, kept)
        if account is None or account.disabled_at is not None or kept is None or not right:
            log.warning("a sign-in was refused", extra={"account": None if account is None else account.staff_id})
            raise SignInWrong("The name or the password is wrong.")
        await self._tries.forgive(_ACCOUNT, name)
        await self._tries.forgive(_ACCOUNT_HERE, here)
        await self._tries.forgive(_ADDRESS, address)
        better = await self._hasher.hash(password) if is_dated(kept) else None
        async with self._pool.transaction() as conn:
            if better is not None:
                await accounts.set_password(conn, name, better)
            return await self._sessions.begin(conn, account.seer(), "staff", name, self._step(account), browser)

    async def half(self, token: str | None) -> Half:
        """Who has told the password, and is not in yet.

        raises  NotSignedIn
        """
        session = await self._sessions.find(token)
        account = None
        if session is not None and session.kind == "staff" and session.step != "open":
            async with self._pool.connection() as conn:
                account = await accounts.find(conn, session.holder)
        if session is None or account is None or account.disabled_at is not None:
            raise NotSignedIn("Sign in with your name and password first.")
        return Half(session, account)

    async def secret_for(self, half: Half) -> str:
        """The secret for the phone of somebody who sets codes up; the same one until a code has been sent.

        raises  CodesSetUp, also of whoever has a passkey: a password alone adds no way in
        """
        name = half.account.staff_id
        async with self._pool.transaction() as conn:
            account = await accounts.get(conn, name, hold=True)
            if half.session.step != "enrol" or account.has_passkey:
                raise codes.CodesSetUp("This account has a proof already.", staff_id=name)
            return await codes.offer(conn, self._vault, name)

    async def with_code(self, half: Half, code: str) -> tuple[Opened, list[str]]:
        """Take the code of whoever has told the password; the first one also proves that codes are set up.

        gives   a session under another token, and for who has just set codes up those on paper, else none
        raises  CodeWrong, TooManyTries
        """
        account = half.account
        name = account.staff_id
        await self._tries.count(_CODE, name, most=TRIES_ACCOUNT, within=TRIES_WITHIN)
        async with self._pool.transaction() as conn:
            await codes.check(conn, self._vault, name, code, self._wall.now())
            paper: list[str] = []
            if half.session.step == "enrol":
                paper = await codes.write_paper(conn, name)
                await audit.note(conn, account.seer(), self._clock.now(), "staff.codes-set-up", f"staff/{name}")
            await sessions.end_one(conn, "staff", name, half.session.session_id)
            opened = await self._sessions.begin(conn, account.seer(), "staff", name, "open", half.session.browser)
        await self._tries.forgive(_CODE, name)
        return opened, paper

    async def look(self, use: Use, text: str) -> Ticket:
        """Whom a link would let in; it stays good.

        raises  LinkSpent
        """
        async with self._pool.connection() as conn:
            ticket = await tickets.look(conn, use, text, self._wall.now())
        if ticket is None:
            raise _spent()
        return ticket

    async def with_link(self, text: str, browser: str) -> Opened:
        """Let in whoever has an entry link, once.

        raises  LinkSpent
        """
        async with self._pool.transaction() as conn:
            ticket = await tickets.spend(conn, "entry", text, self._wall.now())
            if ticket is None:
                raise _spent()
            seer = await self._seer(conn, ticket)
            return await self._sessions.begin(conn, seer, ticket.kind, ticket.holder, "open", browser)

    async def join(self, text: str, password: str, browser: str) -> Opened:
        """Somebody takes an invitation and chooses a password.

        raises  LinkSpent, PasswordUnfit
        """
        check_password(password, (await self.look("join", text)).holder)
        chosen = await self._hasher.hash(password)
        async with self._pool.transaction() as conn:
            ticket = await tickets.spend(conn, "join", text, self._wall.now())
            if ticket is None:
                raise _spent()
            name = ticket.holder
            seer = await self._seer(conn, ticket)
            await self._choose(conn, seer, name, chosen, None)
            account = await accounts.get(conn, name)
            opened = await self._sessions.begin(conn, seer, "staff", name, self._step(account), browser)
        self._sessions.look_again()
        return opened

    async def change_password(self, seer: Seer, old: str, new: str, but: UUID | None) -> None:
        """Another password; all other sessions end.

        but     the session that asks, which goes on
        raises  SignInWrong when the old one is wrong, PasswordUnfit, TooManyTries
        """
        assert seer.staff_id is not None, "programs have no password"
        await self._tries.count(_ACCOUNT, seer.staff_id, most=TRIES_ACCOUNT, within=TRIES_WITHIN)
        async with self._pool.connection() as conn:
            kept = await accounts.password_of(conn, seer.staff_id)
        if not await self._hasher.matches(old, kept):
            raise SignInWrong("The password is wrong.")
        await self._tries.forgive(_ACCOUNT, seer.staff_id)
        check_password(new, seer.staff_id)
        chosen = await self._hasher.hash(new)
        async with self._pool.transaction() as conn:
            await self._choose(conn, seer, seer.staff_id, chosen, but)
        self._sessions.look_again()

    async def new_paper(self, seer: Seer, code: str) -> list[str]:
        """New codes on paper in place of those before, for who sends a code.

        raises  CodeWrong, TooManyTries
        """
        assert seer.staff_id is not None, "programs have no codes"
        await self._tries.count(_CODE, seer.staff_id, most=TRIES_ACCOUNT, within=TRIES_WITHIN)
        async with self._pool.transaction() as conn:
            await codes.check(conn, self._vault, seer.staff_id, code, self._wall.now())
            paper = await codes.write_paper(conn, seer.staff_id)
            await audit.note(conn, seer, self._clock.now(), "staff.codes-written", f"staff/{seer.staff_id}")
        await self._tries.forgive(_CODE, seer.staff_id)
        return paper

    def _step(self, account: Account) -> Step:
        if account.has_code:
            return "code"
        if not account.must_prove or not self._with_codes:
            return "open"
        return "code" if account.has_passkey else "enrol"

    async def _seer(self, conn: Conn, ticket: Ticket) -> Seer:
        """Whom a ticket lets in.

        raises  LinkSpent when they were shut out meanwhile
        """
        seer = await holder_of(conn, ticket.kind, ticket.holder)
        if seer is None:
            raise _spent()
        return seer

    async def _choose(self, conn: Conn, seer: Seer, name: str, chosen: str, but: UUID | None) -> None:
        await accounts.set_password(conn, name, chosen)
        await sessions.end_all(conn, "staff", name, but)
        await audit.note(conn, seer, self._clock.now(), "staff.password-chosen", f"staff/{name}")


def _spent() -> LinkSpent:
    return LinkSpent("This link was used already, or its time is over: ask for another.")
