"""Passkeys of a shop's members: one more way in beside the password, which always stays."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

from sangdan.flows.check_out import CLIENT
from sangdan.kit import audit, passkeys
from sangdan.kit.access import Seer
from sangdan.kit.ceremonies import Called, Place
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.passkeys import Owner, Passkey
from sangdan.order.shoppers import commands as shoppers

from .devices import ANYBODY, Devices, unknown
from .members import Entered, Member, Members, holder_of

Fields: TypeAlias = Mapping[str, object]

_ANYBODY: Final = Owner("member", ANYBODY)


class MemberPasskeys:
    """Makes passkeys of members, and lets in whoever shows one.

    devices  asks for them
    members  begins what they come in with
    pool     where members are
    clock    the house's time, for the audit
    """

    def __init__(self, devices: Devices, members: Members, pool: Pool, clock: Clock) -> None:
        self._devices = devices
        self._members = members
        self._pool = pool
        self._clock = clock

    async def ask(self, place: Place, address: str) -> dict[str, Any]:
        """What a browser asks its devices for.

        raises  TooManyTries
        """
        return await self._devices.ask(place, _ANYBODY, address)

    async def enter(self, place: Place, shop_id: str, told: str, address: str, browser: str) -> Entered:
        """Let in the shop's member who shows a passkey on a device that made sure who holds it.

        raises  PasskeyWrong, the same whatever is wrong; TooManyTries
        """
        owner = await self._devices.shown(place, _ANYBODY, told, address)
        shop, _, shopper_id = owner.holder.partition("/")
        async with self._pool.transaction() as conn:
            if shop != shop_id:
                raise unknown()
            await shoppers.hold(conn, shop_id, shopper_id, self._clock.now())  # nobody is erased in between
            if await shoppers.password_of(conn, shop_id, shopper_id) is None:
                raise unknown()
            return await self._members.begin(conn, shop_id, shopper_id, browser)

    async def offer(self, place: Place, member: Member, called: Called, address: str) -> dict[str, Any]:
        """What a browser asks a device for that is to make a passkey.

        called  as the device shows it
        raises  SignInStale, TooManyTries
        """
        self._devices.check_fresh(await self._members.session(member))
        return await self._devices.offer(place, _owner(member), called, address)

    async def keep(self, place: Place, member: Member, label: str, told: str) -> None:
        """Add a passkey of the member's own.

        raises  SignInStale, PasskeyWrong, PasskeyUnfit, TooManyPasskeys, WasErased
        """
        self._devices.check_fresh(await self._members.session(member))
        owner = _owner(member)
        challenge = await self._devices.challenged(owner, told)
        async with self._pool.transaction() as conn:
            await shoppers.hold(conn, member.shop_id, member.shopper_id, self._clock.now())
            if await shoppers.password_of(conn, member.shop_id, member.shopper_id) is None:
                raise unknown()
            kept = await self._devices.keep(conn, place, owner, label, told, challenge)
            # What a member calls it may speak of them, and the audit is never altered.
            after = {name: told for name, told in kept.items() if name != "label"}
            await self._note(conn, member, "shopper.passkey-added", after=after)

    async def remove(self, member: Member, passkey_id: UUID) -> None:
        """Take a passkey of the member's own away; the password lets in as before.

        raises  SignInStale, NoSuchPasskey
        """
        self._devices.check_fresh(await self._members.session(member))
        async with self._pool.transaction() as conn:
            await passkeys.remove(conn, _owner(member), passkey_id)
            await self._note(conn, member, "shopper.passkey-removed", before={"passkey_id": passkey_id})

    async def of(self, member: Member) -> list[Passkey]:
        """A member's passkeys, the oldest first."""
        async with self._pool.connection() as conn:
            return await passkeys.of(conn, _owner(member))

    async def is_fresh(self, member: Member) -> bool:
        """Whether the member signed in just now."""
        return self._devices.is_fresh(await self._members.session(member))

    async def _note(
        self, conn: Conn, member: Member, what: str, *, before: Fields | None = None, after: Fields | None = None
    ) -> None:
        by, subject = Seer(CLIENT, "shop", member.shop_id), f"shopper/{member.shopper_id}"
        await audit.note(conn, by, self._clock.now(), what, subject, before=before, after=after)


def _owner(member: Member) -> Owner:
    return Owner("member", holder_of(member.shop_id, member.shopper_id))
