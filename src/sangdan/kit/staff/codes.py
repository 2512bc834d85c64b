"""The second proof: codes that a phone makes from a shared secret, each taken once, and codes on paper besides.

source  RFC 6238 (TOTP: SHA-1, six digits, 30 s, which every authenticator app knows)
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final, LiteralString

import msgspec
import pyotp
from pyotp.totp import TOTP

from ..db import Conn, many, maybe, run, value
from ..problems import Conflict, Forbidden
from ..vault import Vault, key_of

ISSUER: Final = "Sangdan"
STEP_S: Final = 30
# A phone's clock may be off by as many steps, either way.
DRIFT: Final = 1
PAPER_CODES: Final = 10
_PAPER_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
_PAPER_LENGTH: Final = 12  # 60 bits: cannot be searched, tries being counted

KEPT: Final[LiteralString] = """
    SELECT sealed, code_step, confirmed_at FROM kit.staff WHERE staff_id = %(staff_id)s AND sealed IS NOT NULL
"""
KEEP: Final[LiteralString] = """
    UPDATE kit.staff SET sealed = %(sealed)s, key_id = %(key_id)s, code_step = 0
     WHERE staff_id = %(staff_id)s AND confirmed_at IS NULL
"""
# Check and write are one statement: of two who send the same code, one gets in.
TAKE: Final[LiteralString] = """
    UPDATE kit.staff SET code_step = %(step)s, confirmed_at = coalesce(confirmed_at, %(at)s)
     WHERE staff_id = %(staff_id)s AND code_step < %(step)s
"""
DROP: Final[LiteralString] = """
    UPDATE kit.staff SET sealed = NULL, key_id = NULL, code_step = 0, confirmed_at = NULL
     WHERE staff_id = %(staff_id)s
"""
ADD_PAPER: Final[LiteralString] = """
    INSERT INTO kit.recovery_code (staff_id, code_hash)
    SELECT %(staff_id)s, h FROM unnest(%(hashes)s::bytea[]) AS h
"""
TAKE_PAPER: Final[LiteralString] = """
    DELETE FROM kit.recovery_code WHERE (staff_id, code_hash) = (%(staff_id)s, %(code_hash)s)
"""
DROP_PAPER: Final[LiteralString] = "DELETE FROM kit.recovery_code WHERE staff_id = %(staff_id)s"
PAPER_LEFT: Final[LiteralString] = "SELECT count(*) AS n FROM kit.recovery_code WHERE staff_id = %(staff_id)s"
OLD: Final[LiteralString] = """
    SELECT staff_id, sealed FROM kit.staff WHERE key_id < %(newest)s
     ORDER BY key_id, staff_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
SEAL: Final[LiteralString] = """
    UPDATE kit.staff s SET sealed = n.sealed, key_id = %(key_id)s
      FROM unnest(%(staff_ids)s::text[], %(sealeds)s::bytea[]) AS n (staff_id, sealed) WHERE s.staff_id = n.staff_id
"""


class CodeWrong(Forbidden):
    """The code is not the one of this moment, or was used already."""

    code = "code-wrong"


class CodesSetUp(Conflict):
    """Codes are set up already; they are taken away before others are."""

    code = "codes-set-up"


class _Sealed(msgspec.Struct, frozen=True):
    sealed: bytes
    code_step: int
    confirmed_at: datetime | None


class _Old(msgspec.Struct, frozen=True):
    staff_id: str
    sealed: bytes


async def offer(conn: Conn, vault: Vault, staff_id: str) -> str:
    """A secret to put into a phone; it counts once a code of it has been sent.

    gives   the same one until then, so that a page that is loaded again shows the same picture
    raises  CodesSetUp
    """
    kept = await maybe(conn, _Sealed, KEPT, staff_id=staff_id)
    if kept is not None and kept.confirmed_at is not None:
        raise CodesSetUp("Codes are set up for this account already; take them away first.", staff_id=staff_id)
    if kept is not None:
        return (await vault.unseal(conn, kept.sealed, _context(staff_id))).decode()
    secret = pyotp.random_base32()
    await vault.ready(conn)
    sealed = vault.seal(secret.encode(), _context(staff_id))
    await run(conn, KEEP, staff_id=staff_id, sealed=sealed, key_id=key_of(sealed))
    return secret


def address_of(secret: str, staff_id: str) -> str:
    """The secret as apps read it from a picture: otpauth://totp/..."""
    return TOTP(secret).provisioning_uri(name=staff_id, issuer_name=ISSUER)


async def check(conn: Conn, vault: Vault, staff_id: str, code: str, at: datetime) -> None:
    """Take a code of the phone, or one on paper; each is taken once.

    at      real time
    raises  CodeWrong
    """
    typed = "".join(code.split()).replace("-", "").upper()
    if typed.isascii() and typed.isdigit() and len(typed) == 6:
        taken = await _take(conn, vault, staff_id, typed, at)
    else:
        taken = bool(await run(conn, TAKE_PAPER, staff_id=staff_id, code_hash=_hash(staff_id, typed)))
    if not taken:
        raise CodeWrong("This code is wrong, too old or used already: wait for the next one.")


async def write_paper(conn: Conn, staff_id: str) -> list[str]:
    """New codes on paper, in place of those before; shown this once."""
    codes = ["".join(secrets.choice(_PAPER_LETTERS) for _ in range(_PAPER_LENGTH)) for _ in range(PAPER_CODES)]
    await run(conn, DROP_PAPER, staff_id=staff_id)
    await run(conn, ADD_PAPER, staff_id=staff_id, hashes=[_hash(staff_id, code) for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, _PAPER_LENGTH, 4)) for code in codes]


async def paper_left(conn: Conn, staff_id: str) -> int:
    """How many codes on paper are unused."""
    return await value(conn, PAPER_LEFT, staff_id=staff_id)


async def drop(conn: Conn, staff_id: str) -> None:
    """Forget the secret and the paper: a phone was lost, and another is set up at the next sign-in."""
    await run(conn, DROP_PAPER, staff_id=staff_id)
    await run(conn, DROP, staff_id=staff_id)


async def seal_again(conn: Conn, vault: Vault, limit: int) -> int:
    """Seal secrets with the newest data key that were sealed with one before it; gives how many."""
    newest = await vault.ready(conn)
    old = await many(conn, _Old, OLD, newest=newest, limit=limit)
    contexts = [_context(each.staff_id) for each in old]
    sealeds = [
        vault.seal(await vault.unseal(conn, each.sealed, context), context)
        for each, context in zip(old, contexts, strict=True)
    ]
    if old:
        await run(conn, SEAL, key_id=newest, staff_ids=[each.staff_id for each in old], sealeds=sealeds)
    return len(old)


async def _take(conn: Conn, vault: Vault, staff_id: str, typed: str, at: datetime) -> bool:
    kept = await maybe(conn, _Sealed, KEPT, staff_id=staff_id)
    if kept is None:
        return False
    totp = TOTP((await vault.unseal(conn, kept.sealed, _context(staff_id))).decode())
    now = int(at.timestamp()) // STEP_S
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), typed) and step > kept.code_step:
            return bool(await run(conn, TAKE, staff_id=staff_id, step=step, at=at))
    return False


def _context(staff_id: str) -> str:
    return f"kit.staff/{staff_id}"


def _hash(staff_id: str, code: str) -> bytes:
    return hashlib.sha256(f"{staff_id}/{code}".encode()).digest()
