"""Where the next page begins, as an address says it: sealed, for it may be a row that whoever leafs must not know of.

Of a table that grows without end a page stops looking at some row, which may be of another ally's.
"""

import base64
import binascii
from os import urandom
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_NAME: Final = "bookmark"
LONGEST: Final = 2_000
_NONCE_BYTES: Final = 12


def sealed(key: bytes, table: str, told: str) -> str:
    """What an address says of a row's key.

    key    the servers' shared one
    table  good for this one alone
    told   the row's key, as text
    """
    nonce = urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, told.encode(), table.encode())).decode()


def opened(key: bytes, table: str, text: str) -> str:
    """What was sealed; '' when it was not, or was cut: then the list begins at its beginning."""
    if not text or len(text) > LONGEST:
        return ""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], table.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError):
        return ""
