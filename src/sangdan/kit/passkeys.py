"""Passkeys of whoever signs in: a public key each, under the name that its owner gave it."""

from datetime import datetime
from typing import Final, Literal, LiteralString
from uuid import UUID

import msgspec

from .db import Conn, many, maybe, run, value
from .ids import Ids
from .problems import Conflict, Forbidden, Invalid, NotFound

# So many has one account: a phone, a laptop, a key on the ring, and some of each to come.
MOST: Final = 10
LONGEST_LABEL: Final = 60

# One of the two is NULL, which equals nothing.
_THEIRS: Final[LiteralString] = " WHERE (staff_id = %(staff_id)s OR member = %(member)s)"
OF: Final[LiteralString] = (
    "SELECT passkey_id, label, host, synced, backed_up, made_at, used_at FROM kit.passkey"
    + _THEIRS
    + " ORDER BY passkey_id"
)
FIND: Final[LiteralString] = """
    SELECT credential_id, staff_id, member, host, public_key, sign_count FROM kit.passkey
     WHERE credential_id = %(credential_id)s
"""
IDS: Final[LiteralString] = "SELECT credential_id FROM kit.passkey" + _THEIRS + " AND host = %(host)s"
ADD: Final[LiteralString] = """
    INSERT INTO kit.passkey (credential_id, passkey_id, staff_id, member, label, host, public_key, sign_count,
                             synced, backed_up, made_at)
    VALUES (%(credential_id)s, %(passkey_id)s, %(staff_id)s, %(member)s, %(label)s, %(host)s, %(public_key)s,
            %(sign_count)s, %(synced)s, %(backed_up)s, %(at)s)
    ON CONFLICT (credential_id) DO NOTHING
"""
# Check and write are one statement: of two that show the same count, one gets in. A device that does not count shows 0.
USED: Final[LiteralString] = """
    UPDATE kit.passkey SET sign_count = %(sign_count)s, backed_up = %(backed_up)s, used_at = %(at)s
     WHERE credential_id = %(credential_id)s AND (sign_count < %(sign_count)s OR sign_count = 0 AND %(sign_count)s = 0)
"""
REMOVE: Final[LiteralString] = "DELETE FROM kit.passkey" + _THEIRS + " AND passkey_id = %(passkey_id)s"
REMOVE_ALL: Final[LiteralString] = "DELETE FROM kit.passkey" + _THEIRS
COUNT: Final[LiteralString] = "SELECT count(*) FROM kit.passkey" + _THEIRS

_ids: Final = Ids()


class Owner(msgspec.Struct, frozen=True):
    """Whose a passkey is.

    holder  a staff_id, or SHOP/SHOPPER of a member
    """

    kind: Literal["staff", "member"]
    holder: str

    def columns(self) -> dict[str, str | None]:
        """The owner as the table names it."""
        is_staff = self.kind == "staff"
        return {"staff_id": self.holder if is_staff else None, "member": None if is_staff else self.holder}


class Passkey(msgspec.Struct, frozen=True):
    """A passkey as its owner sees it.

    label      what its owner calls it
    host       the name under which the pages are reached that it is good for
    synced     it may be copied to its owner's other devices; backed_up: it has been
    """

    passkey_id: UUID
    label: str
    host: str
    synced: bool
    backed_up: bool
    made_at: datetime
    used_at: datetime | None


class Known(msgspec.Struct, frozen=True):
    """What a passkey is proved by.

    public_key  as COSE writes it
    sign_count  how often it was used, as the device counts; 0 where it does not
    """

    credential_id: bytes
    staff_id: str | None
    member: str | None
    host: str
    public_key: bytes
    sign_count: int

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return Owner("staff", self.staff_id) if self.staff_id is not None else Owner("member", self.member or "")


class Made(msgspec.Struct, frozen=True):
    """A passkey that a device has just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool
    backed_up: bool


class _Id(msgspec.Struct, frozen=True):
    credential_id: bytes


class PasskeyWrong(Forbidden):
    """A passkey is unknown, of somebody else, of another site, or was shown before; which of them, is not told."""

    code = "passkey-wrong"


class NoSuchPasskey(NotFound):
    """The account has no such passkey, or no longer."""

    code = "no-such-passkey"


class PasskeyUnfit(Invalid):
    """A passkey has no name, or too long a one."""

    code = "passkey-unfit"


class TooManyPasskeys(Conflict):
    """The account has as many passkeys as one may have."""

    code = "too-many-passkeys"


class LastProof(Conflict):
    """Whoever must prove more than a password keeps one way to do it."""

    code = "last-proof"


async def of(conn: Conn, owner: Owner) -> list[Passkey]:
    """Somebody's passkeys, the oldest first."""
    return await many(conn, Passkey, OF, **owner.columns())


async def find(conn: Conn, credential_id: bytes) -> Known | None:
    """The passkey that a device calls so."""
    return await maybe(conn, Known, FIND, credential_id=credential_id)


async def ids_of(conn: Conn, owner: Owner, host: str) -> list[bytes]:
    """What devices call somebody's passkeys for this host."""
    return [each.credential_id for each in await many(conn, _Id, IDS, **owner.columns(), host=host)]


async def add(conn: Conn, owner: Owner, label: str, host: str, made: Made, at: datetime) -> UUID:
    """Keep a passkey; the caller holds its owner's row.

    raises  PasskeyUnfit, TooManyPasskeys, PasskeyWrong when a device shows one that is somebody's already
    """
    if not 1 <= len(label) <= LONGEST_LABEL or not label.isprintable():
        raise PasskeyUnfit(f"A passkey's name is 1 to {LONGEST_LABEL} letters on one line.", most=LONGEST_LABEL)
    if await value(conn, COUNT, **owner.columns()) >= MOST:
        raise TooManyPasskeys(f"An account has {MOST} passkeys at most: remove one first.", most=MOST)
    passkey_id = _ids.new(at)
    added = await run(
        conn, ADD, credential_id=made.credential_id, passkey_id=passkey_id, **owner.columns(), label=label, host=host,
        public_key=made.public_key, sign_count=made.sign_count, synced=made.synced, backed_up=made.backed_up, at=at,
    )  # fmt: skip
    if not added:
        raise PasskeyWrong("This passkey is in use already.")
    return passkey_id


async def used(conn: Conn, credential_id: bytes, sign_count: int, at: datetime, *, backed_up: bool) -> None:
    """A passkey was shown.

    raises  PasskeyWrong when its count has not grown: somebody has a copy, or it was shown twice
    """
    if not await run(conn, USED, credential_id=credential_id, sign_count=sign_count, backed_up=backed_up, at=at):
        raise PasskeyWrong("This passkey was shown before.")


async def remove(conn: Conn, owner: Owner, passkey_id: UUID) -> None:
    """Let nobody in by this passkey any more.

    raises  NoSuchPasskey
    """
    if not await run(conn, REMOVE, **owner.columns(), passkey_id=passkey_id):
        raise NoSuchPasskey("There is no such passkey.")


async def remove_all(conn: Conn, owner: Owner) -> int:
    """Let nobody in by any of somebody's passkeys any more; gives how many there were."""
    return await run(conn, REMOVE_ALL, **owner.columns())
