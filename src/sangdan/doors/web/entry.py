"""Signed tokens of the pages: the cookie of a session, and the link that opens one."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import msgspec

from sangdan.kit.db import Conn
from sangdan.kit.secrets import shared_key

KEY_NAME: Final = "pages"
MAC_BYTES: Final = 32
# Longer ones are none of ours: nothing is computed for them.
LONGEST: Final = 400

Use: TypeAlias = Literal["session", "entry"]


class Token(msgspec.Struct, frozen=True, array_like=True):
    """Who may come in, by which kind of token, until when (seconds since 1970)."""

    use: Use
    client_id: str
    until_s: int


async def signing_key(conn: Conn, at: datetime) -> bytes:
    """The alliance's key that signs sessions and entry links; every server has the same."""
    return await shared_key(conn, KEY_NAME, at)


def sign(use: Use, client_id: str, secret: bytes, until: datetime) -> str:
    """A token of one use.

    secret  from `signing_key`
    until   an instant of the wall clock, whatever a simulation shows
    """
    body = msgspec.json.encode(Token(use, client_id, int(until.timestamp())))
    return base64.urlsafe_b64encode(_mac(body, secret) + body).decode().rstrip("=")


def read(use: Use, token: str, secret: bytes, now: datetime) -> str | None:
    """The client that a token names; None when it is altered, of another use or past its end."""
    if len(token) > LONGEST:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body = raw[MAC_BYTES:]
    if not hmac.compare_digest(raw[:MAC_BYTES], _mac(body, secret)):
        return None
    found = msgspec.json.decode(body, type=Token)
    return found.client_id if found.use == use and datetime.fromtimestamp(found.until_s, UTC) > now else None


def entry_link(base_url: str, client_id: str, secret: bytes, until: datetime) -> str:
    """An address that signs a client in without its key; whoever has the link is that client.

    base_url  of the server, e.g. http://127.0.0.1:8080
    until     an instant of the wall clock
    """
    return f"{base_url.rstrip('/')}/enter?token={sign('entry', client_id, secret, until)}"


def _mac(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"sangdan.pages\0" + body, hashlib.sha256)
