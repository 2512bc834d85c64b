"""The code that a shopper shows at the counter: told to nobody else, and good for one parcel, which is fetched once.

Codes are computed, not kept: whoever has the alliance's key can tell them again, and no row gives one away.
"""

import hashlib
import hmac
import re
from typing import Final
from uuid import UUID

import msgspec

from .errors import CodeWrong

DIGITS: Final = 6
_QR: Final = re.compile(r"sangdan:pickup:([0-9a-f]{32}):([0-9]{6})\Z")


class Ticket(msgspec.Struct, frozen=True):
    """What a shopper shows for one parcel.

    code  to be told
    qr    to be scanned: it names the parcel, too
    """

    parcel_id: UUID
    code: str
    qr: str


def ticket(secret: bytes, parcel_id: UUID) -> Ticket:
    """The ticket of a parcel, always the same one.

    secret  the alliance's, 32 bytes or more
    """
    digest = hmac.digest(secret, b"pickup" + parcel_id.bytes, hashlib.sha256)
    code = f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"
    return Ticket(parcel_id, code, f"sangdan:pickup:{parcel_id.hex}:{code}")


def check(secret: bytes, parcel_id: UUID, told: str) -> None:
    """Whether a code is the parcel's.

    told    as typed, blanks and dashes allowed, or as scanned
    raises  CodeWrong
    """
    scanned = _QR.match(told)
    code = re.sub(r"[\s-]", "", scanned[2] if scanned else told)
    right = ticket(secret, parcel_id)
    mine = scanned is None or scanned[1] == parcel_id.hex
    if not (mine and hmac.compare_digest(code.encode(), right.code.encode())):
        raise CodeWrong(
            "The code is not that of this parcel: ask for the code of this order.", parcel_id=str(parcel_id)
        )


def hint(secret: bytes, parcel_id: UUID) -> str:
    """By which a device without a line tells a mistyped code at once. No secret from whoever works at the counter: they
    have the parcel in hand, too.

    gives  16 hexadecimal digits: the beginning of SHA-256 over the parcel's id, a colon and the code
    """
    return hashlib.sha256(f"{parcel_id}:{ticket(secret, parcel_id).code}".encode()).hexdigest()[:16]
