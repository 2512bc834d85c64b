"""The verbs of promise: seal a way so that it can be taken, open it again, close it, and compute it once more."""

import base64
import binascii
import hashlib
import hmac
import zlib
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn

from . import queries
from .errors import NoSuchPromise, PromiseAltered, PromiseExpired, PromiseForeign
from .model import Inputs, Service, Way, decode, encode, ways_of
from .queries import close

__all__ = ["Opened", "Seal", "close", "open_", "pack", "recompute", "recompute_all", "seal"]

PAGE: Final = 500


class Seal(msgspec.Struct, frozen=True):
    """What a token holds; the way is named by its service and place among that service's ways."""

    client_id: str
    promise_id: UUID
    expires_at: datetime
    inputs: bytes
    service: Service
    place: int
    digest: bytes


class Opened(msgspec.Struct, frozen=True):
    """A token that holds: the way, computed again, with the bytes to store.

    inputs  compressed canonical bytes of the facts
    answer  canonical bytes of the way
    """

    promise_id: UUID
    facts: Inputs
    way: Way
    inputs: bytes
    answer: bytes


def seal(way: Way, inputs: Inputs, packed: bytes, promise_id: UUID, client_id: str, secret: bytes) -> str:
    """Make the token with which a way can be taken.

    packed  `zlib.compress(encode(inputs))`, made once for all ways of a quote
    secret  the alliance's key
    gives   text that is safe in a URL
    """
    place = next(n for n, each in enumerate(ways_of(inputs, way.service)) if each.node_id == way.node_id)
    body = msgspec.msgpack.encode(
        Seal(client_id, promise_id, way.expires_at, packed, way.service, place, _digest(msgspec.json.encode(way)))
    )
    return base64.urlsafe_b64encode(_mac(body, secret) + body).decode().rstrip("=")


def open_(token: str, client_id: str, at: datetime, secret: bytes) -> Opened:
    """Open a token, and compute its way again.

    raises  PromiseAltered, PromiseForeign, PromiseExpired
    """
    sealed = _unseal(token, secret)
    if sealed.client_id != client_id:
        raise PromiseForeign("This promise was given to another shop; ask for one of your own.")
    if sealed.expires_at <= at:
        raise PromiseExpired(
            f"This promise stood until {sealed.expires_at.isoformat()}; ask again for a fresh one.",
            expired_at=sealed.expires_at.isoformat(),
        )
    facts = decode(zlib.decompress(sealed.inputs))
    ways = ways_of(facts, sealed.service)
    answer = msgspec.json.encode(ways[sealed.place]) if sealed.place < len(ways) else b""
    if _digest(answer) != sealed.digest:
        raise PromiseExpired("The rules for promises have changed since; ask again for a fresh one.", expired_at="")
    return Opened(sealed.promise_id, facts, ways[sealed.place], sealed.inputs, answer)


async def recompute(conn: Conn, order_id: UUID) -> bool:
    """Whether computing a stored promise again gives what was promised, to the byte.

    raises  NoSuchPromise
    """
    stored = await queries.stored(conn, order_id)
    if stored is None:
        raise NoSuchPromise(f"No promise was taken for order {order_id}.", order_id=str(order_id))
    return _same(stored)


async def recompute_all(conn: Conn) -> tuple[int, int]:
    """Compute every stored promise again; gives how many there are, and how many came out to the same bytes."""
    count = same = 0
    after = UUID(int=0)
    while page := await queries.page(conn, after, PAGE):
        count += len(page)
        same += sum(map(_same, page))
        after = page[-1].order_id
    return count, same


def _same(stored: queries.Stored) -> bool:
    promised = msgspec.json.decode(stored.answer, type=Way)
    again = ways_of(decode(zlib.decompress(stored.inputs)), promised.service)
    return any(msgspec.json.encode(way) == stored.answer for way in again)


def pack(inputs: Inputs) -> bytes:
    """Inputs as a token and the database keep them."""
    return zlib.compress(encode(inputs), 1)


def _unseal(token: str, secret: bytes) -> Seal:
    try:
        raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    if not hmac.compare_digest(raw[:32], _mac(raw[32:], secret)):
        raise PromiseAltered("This is not a promise as we gave it out; send the token unchanged, or ask again.")
    return msgspec.msgpack.decode(raw[32:], type=Seal)


def _mac(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()


def _digest(answer: bytes) -> bytes:
    return hashlib.blake2b(answer, digest_size=16).digest()
