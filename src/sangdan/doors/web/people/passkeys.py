"""Passkeys: made by whoever has just signed in, shown in place of a password or after it."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sangdan.doors.web.errors import SignInStale
from sangdan.doors.web.sessions import Opened, Sessions
from sangdan.kit import audit, sessions, tickets
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.sessions import Session
from sangdan.kit.staff import accounts, ceremonies, codes, passkeys
from sangdan.kit.staff.accounts import Account
from sangdan.kit.staff.ceremonies import Place
from sangdan.kit.staff.passkeys import LastProof, PasskeyWrong
from sangdan.kit.tries import Tries

from .entrance import TRIES_ADDRESS, TRIES_WITHIN, Half

# Who opens the sign-in page asks for a challenge; a whole office may do so from one address.
ASKED_ADDRESS: Final = 300
ANSWER_WITHIN: Final = timedelta(minutes=5)
# Ways in are added and taken away by whoever signed in no longer ago.
FRESH_FOR: Final = timedelta(minutes=10)

_ASKED: Final = "passkey challenges"
_SHOWN: Final = "passkey shown"
ANYBODY: Final = ""


class Passkeys:
    """Makes passkeys, and lets in whoever shows one.

    sessions  begins what they come in with
    pool      where accounts are
    clock     the house's time, for the audit
    wall      real time
    tries     counts what was asked and shown
    """

    def __init__(self, sessions: Sessions, pool: Pool, clock: Clock, wall: Clock, tries: Tries) -> None:
        self._sessions = sessions
        self._pool = pool
        self._clock = clock
        self._wall = wall
        self._tries = tries

    async def ask(self, place: Place, address: str, half: Half | None = None) -> dict[str, Any]:
        """What a browser asks its devices for.

        half    who has told the password; None asks for a passkey of anybody's
        raises  TooManyTries
        """
        await self._tries.count(_ASKED, address, most=ASKED_ADDRESS, within=TRIES_WITHIN)
        holder = ANYBODY if half is None else half.account.staff_id
        async with self._pool.transaction() as conn:
            known = [] if half is None else await passkeys.ids_of(conn, holder, place.host)
            challenge = await tickets.issue(conn, "passkey", "staff", holder, self._wall.now() + ANSWER_WITHIN)
        return ceremonies.to_show(place, challenge, known)

    async def enter(self, place: Place, told: str, address: str, browser: str) -> Opened:
        """Let in whoever shows a passkey on a device that made sure who holds it.

        raises  PasskeyWrong, the same whatever is wrong; TooManyTries
        """
        await self._tries.count(_SHOWN, address, most=TRIES_ADDRESS, within=TRIES_WITHIN)
        account = await self._prove(place, told, ANYBODY)
        await self._tries.forgive(_SHOWN, address)
        async with self._pool.transaction() as conn:
            return await self._begin(conn, account, browser)

    async def second(self, place: Place, half: Half, told: str, address: str) -> Opened:
        """Let in whoever has told the password and shows a passkey of the same account.

        gives   a session under another token
        raises  PasskeyWrong, TooManyTries
        """
        await self._tries.count(_SHOWN, address, most=TRIES_ADDRESS, within=TRIES_WITHIN)
        account = await self._prove(place, told, half.account.staff_id)
        await self._tries.forgive(_SHOWN, address)
        async with self._pool.transaction() as conn:
            await sessions.end_one(conn, "staff", account.staff_id, half.session.session_id)
            return await self._begin(conn, account, half.session.browser)

    async def offer(self, place: Place, account: Account, address: str) -> dict[str, Any]:
        """What a browser asks a device for that is to make a passkey.

        raises  TooManyTries
        """
        await self._tries.count(_ASKED, address, most=ASKED_ADDRESS, within=TRIES_WITHIN)
        name = account.staff_id
        async with self._pool.transaction() as conn:
            known = await passkeys.ids_of(conn, name, place.host)
            challenge = await tickets.issue(conn, "new-passkey", "staff", name, self._wall.now() + ANSWER_WITHIN)
        return ceremonies.to_make(place, name, challenge, known)

    async def keep(self, place: Place, seer: Seer, session: Session | None, label: str, told: str) -> None:
        """Add a passkey to one's own account.

        session  the one that asks
        raises   SignInStale, PasskeyWrong, PasskeyUnfit, TooManyPasskeys
        """
        self.check_fresh(session)
        assert seer.staff_id is not None, "programs have no passkeys"
        challenge = await self._challenged(seer.staff_id, told)
        async with self._pool.transaction() as conn:
            account = await accounts.get(conn, seer.staff_id, hold=True)
            await self._keep(conn, place, account, label, told, challenge)

    async def enrol(self, place: Place, half: Half, label: str, told: str) -> tuple[Opened, list[str]]:
        """The first proof beside the password of whoever has just told it: a passkey, in place of codes.

        gives   a session under another token, and codes on paper for the day without the device
        raises  PasskeyWrong, PasskeyUnfit, CodesSetUp when there is a proof already
        """
        check_first(half)
        challenge = await self._challenged(half.account.staff_id, told)
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
        self.check_fresh(session)
        assert seer.staff_id is not None, "programs have no passkeys"
        async with self._pool.transaction() as conn:
            account = await accounts.get(conn, seer.staff_id, hold=True)
            await passkeys.remove(conn, account.staff_id, passkey_id)
            if account.must_prove and not account.has_code and not await passkeys.of(conn, account.staff_id):
                raise LastProof("Your password alone does not let you in: add another passkey before this one goes.")
            subject = f"staff/{account.staff_id}"
            gone = {"passkey_id": passkey_id}
            await audit.note(conn, seer, self._clock.now(), "staff.passkey-removed", subject, before=gone)

    def check_fresh(self, session: Session | None) -> None:
        """Refuse a session that somebody may have left open.

        raises  SignInStale
        """
        if not self.is_fresh(session):
            raise SignInStale("Sign in again before you change how you come in.")

    def is_fresh(self, session: Session | None) -> bool:
        """Whether somebody signed in just now."""
        return session is not None and self._wall.now() - session.made_at <= FRESH_FOR

    async def _prove(self, place: Place, told: str, holder: str) -> Account:
        """Whose passkey it is.

        holder  the account that must show one of its own; '' for anybody, whose device then makes sure who holds it
        raises  PasskeyWrong
        """
        answer = ceremonies.answer_to_show(told)
        async with self._pool.transaction() as conn:
            ticket = await tickets.spend(conn, "passkey", answer.challenge, self._wall.now())
            known = await passkeys.find(conn, answer.credential_id)
            account = None if known is None else await accounts.find(conn, known.staff_id)
        if ticket is None or ticket.holder != holder or known is None or account is None:
            raise _unknown()
        name = account.staff_id
        theirs = answer.owner is None or answer.owner == ceremonies.owner_of(name)
        if holder not in (ANYBODY, name) or not theirs or known.host != place.host or account.disabled_at is not None:
            raise _unknown()
        shown = ceremonies.prove_shown(place, told, answer.challenge, known, verified=holder == ANYBODY)
        async with self._pool.transaction() as conn:
            at = self._wall.now()
            await passkeys.used(conn, known.credential_id, shown.sign_count, at, backed_up=shown.backed_up)
        return account

    async def _challenged(self, name: str, told: str) -> str:
        """Use up the challenge that a new passkey signed.

        raises  PasskeyWrong
        """
        answer = ceremonies.answer_to_make(told)
        async with self._pool.transaction() as conn:
            ticket = await tickets.spend(conn, "new-passkey", answer.challenge, self._wall.now())
        if ticket is None or ticket.holder != name:
            raise _unknown()
        return answer.challenge

    async def _keep(self, conn: Conn, place: Place, account: Account, label: str, told: str, challenge: str) -> None:
        made = ceremonies.prove_made(place, told, challenge)
        label = " ".join(label.split())
        await passkeys.add(conn, account.staff_id, label, place.host, made, self._wall.now())
        after = {"label": label, "host": place.host, "synced": made.synced}
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


def _unknown() -> PasskeyWrong:
    return PasskeyWrong("This passkey is not known here, or took too long: try again, or sign in another way.")
