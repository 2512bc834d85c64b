"""Passkeys of accounts: made by whoever has just signed in, shown in place of a password or after it."""

from typing import Any
from uuid import UUID

from sangdan.doors.web.sessions import Opened, Sessions
from sangdan.kit import audit, passkeys, sessions
from sangdan.kit.access import Seer
from sangdan.kit.ceremonies import Called, Place
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.passkeys import LastProof, Owner
from sangdan.kit.sessions import Session
from sangdan.kit.staff import accounts, codes
from sangdan.kit.staff.accounts import Account

from .devices import ANYBODY, Devices, unknown
from .entrance import Half


class Passkeys:
    """Makes passkeys of accounts, and lets in whoever shows one.

    devices   asks for them
    sessions  begins what they come in with
    pool      where accounts are
    clock     the house's time, for the audit
    """

    def __init__(self, devices: Devices, sessions: Sessions, pool: Pool, clock: Clock) -> None:
        self._devices = devices
        self._sessions = sessions
        self._pool = pool
        self._clock = clock

    async def ask(self, place: Place, address: str, half: Half | None = None) -> dict[str, Any]:
        """What a browser asks its devices for.

        half    who has told the password; None asks for a passkey of anybody's
        raises  TooManyTries
        """
        return await self._devices.ask(place, _owner(ANYBODY if half is None else half.account.staff_id), address)

    async def enter(self, place: Place, told: str, address: str, browser: str) -> Opened:
        """Let in whoever shows a passkey on a device that made sure who holds it.

        raises  PasskeyWrong, the same whatever is wrong; TooManyTries
        """
        account = await self._shown(place, ANYBODY, told, address)
        async with self._pool.transaction() as conn:
            return await self._begin(conn, account, browser)

    async def second(self, place: Place, half: Half, told: str, address: str) -> Opened:
        """Let in whoever has told the password and shows a passkey of the same account.

        gives   a session under another token
        raises  PasskeyWrong, TooManyTries
        """
        account = await self._shown(place, half.account.staff_id, told, address)
        async with self._pool.transaction() as conn:
            await sessions.end_one(conn, "staff", account.staff_id, half.session.session_id)
            return await self._begin(conn, account, half.session.browser)

    async def offer(self, place: Place, account: Account, address: str) -> dict[str, Any]:
        """What a browser asks a device for that is to make a passkey.

        raises  TooManyTries
        """
        called = Called(codes.ISSUER, account.staff_id)
        return await self._devices.offer(place, _owner(account.staff_id), called, address)

    async def keep(self, place: Place, seer: Seer, session: Session | None, label: str, told: str) -> None:
        """Add a passkey to one's own account.

        session  the one that asks
        raises   SignInStale, PasskeyWrong, PasskeyUnfit, TooManyPasskeys
        """
        self._devices.check_fresh(session)
        assert seer.staff_id is not None, "programs have no passkeys"
        challenge = await self._devices.challenged(_owner(seer.staff_id), told)
        async with self._pool.transaction() as conn:
            account = await accounts.get(conn, seer.staff_id, hold=True)
            await self._keep(conn, place, account, label, told, challenge)

    async def enrol(self, place: Place, half: Half, label: str, told: str) -> tuple[Opened, list[str]]:
        """The first proof beside the password of whoever has just told it: a passkey, in place of codes.

        gives   a session under another token, and codes on paper for the day without the device
        raises  PasskeyWrong, PasskeyUnfit, CodesSetUp when there is a proof already
        """
        check_first(half)
        challenge = await self._devices.challenged(_owner(half.account.staff_id), told)
        async with self._pool.transaction() as conn:
            account = await accounts.get(conn, half.account.staff_id, hold=True)
            if account.has_code or account.has_passkey:
                raise codes.CodesSetUp("This account has a proof already.", staff_id=account.staff_id)
            await self._keep(conn, place, account, label, told, challenge)
            # A secret that was shown before, and whoever still holds a half-open session, are good for nothing now.
            await codes.drop(conn, account.staff_id)
            await sessions.end_all(conn, "staff", account.staff_id)
            paper = await codes.write_paper(conn, account.staff_id)
            return await self._begin(conn, account, half.session.browser), paper

    async def remove(self, seer: Seer, session: Session | None, passkey_id: UUID) -> None:
        """Take one's own passkey away.

        raises  SignInStale, NoSuchPasskey, LastProof
        """
        self._devices.check_fresh(session)
        assert seer.staff_id is not None, "programs have no passkeys"
        async with self._pool.transaction() as conn:
            account = await accounts.get(conn, seer.staff_id, hold=True)
            owner = _owner(account.staff_id)
            await passkeys.remove(conn, owner, passkey_id)
            if account.must_prove and not account.has_code and not await passkeys.of(conn, owner):
                raise LastProof("Your password alone does not let you in: add another passkey before this one goes.")
            subject = f"staff/{account.staff_id}"
            gone = {"passkey_id": passkey_id}
            await audit.note(conn, seer, self._clock.now(), "staff.passkey-removed", subject, before=gone)

    def check_fresh(self, session: Session | None) -> None:
        """Refuse a session that somebody may have left open.

        raises  SignInStale
        """
        self._devices.check_fresh(session)

    def is_fresh(self, session: Session | None) -> bool:
        """Whether somebody signed in just now."""
        return self._devices.is_fresh(session)

    async def _shown(self, place: Place, holder: str, told: str, address: str) -> Account:
        owner = await self._devices.shown(place, _owner(holder), told, address)
        async with self._pool.connection() as conn:
            account = await accounts.find(conn, owner.holder)
        if account is None or account.disabled_at is not None:
            raise unknown()
        return account

    async def _keep(self, conn: Conn, place: Place, account: Account, label: str, told: str, challenge: str) -> None:
        after = await self._devices.keep(conn, place, _owner(account.staff_id), label, told, challenge)
        subject = f"staff/{account.staff_id}"
        await audit.note(conn, account.seer(), self._clock.now(), "staff.passkey-added", subject, after=after)

    async def _begin(self, conn: Conn, account: Account, browser: str) -> Opened:
        return await self._sessions.begin(conn, account.seer(), "staff", account.staff_id, "open", browser)


def check_first(half: Half) -> None:
    """Refuse whoever has a proof beside the password already: the password alone adds no other.

    raises  CodesSetUp
    """
    if half.session.step != "enrol" or half.account.has_passkey:
        raise codes.CodesSetUp("This account has a proof already.", staff_id=half.account.staff_id)


def _owner(staff_id: str) -> Owner:
    return Owner("staff", staff_id)
