"""Passkeys, whoever's they are: what devices are asked, what their answers prove, and what is kept of it.

Accounts of the alliance and members of a shop go the same way; who is let in by it is decided behind their own doors.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sangdan.doors.web.errors import SignInStale
from sangdan.kit import ceremonies, passkeys, tickets
from sangdan.kit.ceremonies import Called, Place
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.passkeys import Owner, PasskeyWrong
from sangdan.kit.sessions import Session
from sangdan.kit.tries import Tries

from .entrance import TRIES_ADDRESS, TRIES_WITHIN

# Who opens the sign-in page asks for a challenge; a whole office may do so from one address.
ASKED_ADDRESS: Final = 300
ANSWER_WITHIN: Final = timedelta(minutes=5)
# Ways in are added and taken away by whoever signed in no longer ago.
FRESH_FOR: Final = timedelta(minutes=10)
# The holder of whom anybody may be: they have told nothing yet.
ANYBODY: Final = ""

_ASKED: Final = "passkey challenges"
_SHOWN: Final = "passkey shown"


class Devices:
    """Asks devices for passkeys, and judges what they answer.

    pool   where passkeys and challenges are
    wall   real time
    tries  counts what was asked and shown, of accounts and of members apart
    """

    def __init__(self, pool: Pool, wall: Clock, tries: Tries) -> None:
        self._pool = pool
        self._wall = wall
        self._tries = tries

    async def ask(self, place: Place, who: Owner, address: str) -> dict[str, Any]:
        """What a browser asks its devices for.

        who     who has told a password; ANYBODY asks for a passkey of whoever it is
        raises  TooManyTries
        """
        await self._tries.count(_counted(_ASKED, who), address, most=ASKED_ADDRESS, within=TRIES_WITHIN)
        async with self._pool.transaction() as conn:
            known = [] if who.holder == ANYBODY else await passkeys.ids_of(conn, who, place.host)
            ends_at = self._wall.now() + ANSWER_WITHIN
            challenge = await tickets.issue(conn, "passkey", who.kind, who.holder, ends_at)
        return ceremonies.to_show(place, challenge, known)

    async def shown(self, place: Place, who: Owner, told: str, address: str) -> Owner:
        """Whose passkey a device shows.

        who     as it was asked; of ANYBODY the device makes sure who holds it
        raises  PasskeyWrong, the same whatever is wrong; TooManyTries
        """
        await self._tries.count(_counted(_SHOWN, who), address, most=TRIES_ADDRESS, within=TRIES_WITHIN)
        owner = await self._proved(place, who, told)
        await self._tries.forgive(_counted(_SHOWN, who), address)
        return owner

    async def offer(self, place: Place, owner: Owner, called: Called, address: str) -> dict[str, Any]:
        """What a browser asks a device for that is to make a passkey.

        raises  TooManyTries
        """
        await self._tries.count(_counted(_ASKED, owner), address, most=ASKED_ADDRESS, within=TRIES_WITHIN)
        async with self._pool.transaction() as conn:
            known = await passkeys.ids_of(conn, owner, place.host)
            ends_at = self._wall.now() + ANSWER_WITHIN
            challenge = await tickets.issue(conn, "new-passkey", owner.kind, owner.holder, ends_at)
        return ceremonies.to_make(place, owner, called, challenge, known)

    async def challenged(self, owner: Owner, told: str) -> str:
        """Use up the challenge that a new passkey signed.

        raises  PasskeyWrong
        """
        answer = ceremonies.answer_to_make(told)
        async with self._pool.transaction() as conn:
            ticket = await tickets.spend(conn, "new-passkey", answer.challenge, self._wall.now())
        if ticket is None or (ticket.kind, ticket.holder) != (owner.kind, owner.holder):
            raise unknown()
        return answer.challenge

    async def keep(
        self, conn: Conn, place: Place, owner: Owner, label: str, told: str, challenge: str
    ) -> Mapping[str, object]:
        """Keep a passkey whose challenge was used up; the caller holds its owner's row.

        gives   what the audit notes of it
        raises  PasskeyWrong, PasskeyUnfit, TooManyPasskeys
        """
        made = ceremonies.prove_made(place, told, challenge)
        label = " ".join(label.split())
        passkey_id = await passkeys.add(conn, owner, label, place.host, made, self._wall.now())
        return {"passkey_id": passkey_id, "label": label, "host": place.host, "synced": made.synced}

    def check_fresh(self, session: Session | None) -> None:
        """Refuse a session that somebody may have left open.

        raises  SignInStale
        """
        if not self.is_fresh(session):
            raise SignInStale("Sign in again before you change how you come in.")

    def is_fresh(self, session: Session | None) -> bool:
        """Whether somebody signed in just now."""
        return session is not None and self._wall.now() - session.made_at <= FRESH_FOR

    async def _proved(self, place: Place, who: Owner, told: str) -> Owner:
        answer = ceremonies.answer_to_show(told)
        async with self._pool.transaction() as conn:
            ticket = await tickets.spend(conn, "passkey", answer.challenge, self._wall.now())
            known = await passkeys.find(conn, answer.credential_id)
        if ticket is None or known is None or (ticket.kind, ticket.holder) != (who.kind, who.holder):
            raise unknown()
        owner = known.owner
        anybody = who.holder == ANYBODY
        expected = owner.kind == who.kind and (anybody or owner == who)
        theirs = answer.owner is None or answer.owner == ceremonies.owner_of(owner)
        if not expected or not theirs or known.host != place.host:
            raise unknown()
        shown = ceremonies.prove_shown(place, told, answer.challenge, known, verified=anybody)
        async with self._pool.transaction() as conn:
            at = self._wall.now()
            await passkeys.used(conn, known.credential_id, shown.sign_count, at, backed_up=shown.backed_up)
        return owner


def unknown() -> PasskeyWrong:
    """The one answer to whatever is wrong with a passkey."""
    return PasskeyWrong("This passkey is not known here, or took too long: try again, or sign in another way.")


def _counted(what: str, who: Owner) -> str:
    """What is counted: many members behind one address shut no account out."""
    return what if who.kind == "staff" else f"{what} of members"
