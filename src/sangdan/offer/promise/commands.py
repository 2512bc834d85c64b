"""The verbs of promise: seal a way so that it can be taken, open it again, close it, and compute it once more."""

import base64
import hashlib
import hmac
import zlib
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn

from . import queries
from .errors import NoSuchPromise, PromiseAltered, PromiseExpired, PromiseForeign, PromiseOutdated
from .model import Inputs, Service, Way, decode, encode, ways_of
from .model.rules import fingerprint
from .model.slip import Slip, slip_of
from .queries import close

__all__ = [
    "Opened",
    "Seal",
    "close",
    "given",
    "open_",
    "pack",
    "recompute",
    "recompute_all",
    "seal",
    "spell",
    "taken_on",
    "unsealed",
    "unspell",
]

_MAC_BYTES: Final = 32
_way: Final = msgspec.json.Decoder(Way)
_PAGE: Final = 20  # promises that are computed again without a pause: whoever else is on the loop waits meanwhile


class Seal(msgspec.Struct, frozen=True):
    """What a token holds: the facts, and which of their ways it stands for.

    inputs   compressed canonical bytes of the facts
    node_id  the store to pick it up at, None for a delivery: with the service it names the way
    digest   of the way's canonical bytes
    answer   those bytes, compressed, as the rules gave them; empty in tokens of older versions
    rules    the fingerprint of those rules
    """

    client_id: str
    promise_id: UUID
    expires_at: datetime
    inputs: bytes
    service: Service
    node_id: str | None
    digest: bytes
    answer: bytes = b""
    rules: str = ""
    slip: Slip | None = None


class Opened(msgspec.Struct, frozen=True):
    """A token that holds: the way, with the bytes to store.

    known   the facts, where somebody has read them already
    inputs  their compressed canonical bytes
    answer  canonical bytes of the way
    slip    those of the facts that placing needs
    """

    promise_id: UUID
    known: Inputs | None
    way: Way
    inputs: bytes
    answer: bytes
    slip: Slip

    @property
    def facts(self) -> Inputs:
        """All that the way was computed from; read at every call where it is not known."""
        return decode(zlib.decompress(self.inputs)) if self.known is None else self.known


def pack(inputs: Inputs) -> bytes:
    """Inputs as tokens and the database keep them; made once for all ways of a quote."""
    return zlib.compress(encode(inputs), 1)


def seal(way: Way, packed: bytes, promise_id: UUID, client_id: str, secret: bytes, slip: Slip | None = None) -> str:
    """Make the token with which a way can be taken.

    way     of the quote that was computed from the inputs
    packed  those inputs, from `pack`
    secret  the alliance's key, 32 bytes or more
    slip    of that way, so that whoever opens the token need not read the inputs
    gives   text that is safe in a URL
    """
    answer = msgspec.json.encode(way)
    sealed = Seal(
        client_id, promise_id, way.expires_at, packed, way.service, way.node_id, _digest(answer),
        zlib.compress(answer, 1), fingerprint(), slip,
    )  # fmt: skip
    return spell(sealed, secret)


def spell(sealed: Seal, secret: bytes) -> str:
    """A seal as text that is safe in a URL."""
    body = msgspec.msgpack.encode(sealed)
    return _spelled(_mac(body, secret) + body)


def open_(token: str, client_id: str, at: datetime, secret: bytes) -> Opened:
    """Open a token. A way that other rules gave, of another version of ours, is computed again.

    raises  PromiseAltered, PromiseForeign, PromiseExpired, PromiseOutdated
    """
    sealed = unspell(token, secret)
    if sealed.client_id != client_id:
        raise PromiseForeign("This promise was given to another shop; ask for one of your own.")
    if sealed.expires_at <= at:
        raise PromiseExpired(
            f"This promise stood until {sealed.expires_at.isoformat()}; ask again for a fresh one.",
            expired_at=sealed.expires_at.isoformat(),
        )
    if sealed.rules == fingerprint():
        answer = zlib.decompress(sealed.answer)
        way = _way.decode(answer)
        known = None if sealed.slip is not None else decode(zlib.decompress(sealed.inputs))
        slip = sealed.slip if known is None else slip_of(known, way)
        assert slip is not None, "known, or on the slip"
        return Opened(sealed.promise_id, known, way, sealed.inputs, answer, slip)
    facts = decode(zlib.decompress(sealed.inputs))
    for way in ways_of(facts, sealed.service):
        answer = msgspec.json.encode(way)
        if way.node_id == sealed.node_id and hmac.compare_digest(_digest(answer), sealed.digest):
            return Opened(sealed.promise_id, facts, way, sealed.inputs, answer, slip_of(facts, way))
    raise PromiseOutdated("The rules for promises have changed since this one was given; ask again for a fresh one.")


def unsealed(way: Way, inputs: Inputs, promise_id: UUID) -> Opened:
    """A way that is taken where it was quoted, so that no token goes out and comes back.

    way  of the quote that was computed from the inputs
    """
    return Opened(promise_id, inputs, way, pack(inputs), msgspec.json.encode(way), slip_of(inputs, way))


async def taken_on(conn: Conn, order_id: UUID) -> Inputs:
    """The facts that an order's promise was computed from: its rules, and who asked.

    raises  NoSuchPromise
    """
    return decode(zlib.decompress((await _stored(conn, order_id)).inputs))


async def given(conn: Conn, order_id: UUID) -> Way | None:
    """The way that an order's shopper was promised, as it was told; None for an order that came without a promise."""
    stored = await queries.stored(conn, order_id)
    return None if stored is None else msgspec.json.decode(stored.answer, type=Way)


async def recompute(conn: Conn, order_id: UUID) -> bool:
    """Whether computing a stored promise again gives what was promised, to the byte.

    raises  NoSuchPromise
    """
    return _same(await _stored(conn, order_id))


async def recompute_all(conn: Conn) -> tuple[int, int]:
    """Compute every stored promise again; gives how many there are, and how many came out to the same bytes."""
    count = same = 0
    after = UUID(int=0)
    while page := await queries.page(conn, after, _PAGE):
        count += len(page)
        same += sum(map(_same, page))
        after = page[-1].order_id
    return count, same


async def _stored(conn: Conn, order_id: UUID) -> queries.Stored:
    stored = await queries.stored(conn, order_id)
    if stored is None:
        raise NoSuchPromise(f"No promise was taken for order {order_id}.", order_id=str(order_id))
    return stored


def _same(stored: queries.Stored) -> bool:
    promised = msgspec.json.decode(stored.answer, type=Way)
    again = ways_of(decode(zlib.decompress(stored.inputs)), promised.service)
    return any(msgspec.json.encode(way) == stored.answer for way in again)


def unspell(token: str, secret: bytes) -> Seal:
    """The seal behind a token. Only the very text that was given out is one: no other spelling of the same bytes.

    raises  PromiseAltered
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    ours = hmac.compare_digest(raw[:_MAC_BYTES], _mac(raw[_MAC_BYTES:], secret))
    if not ours or _spelled(raw) != token:
        raise PromiseAltered("This is not a promise as we gave it out; send the token unchanged, or ask again.")
    return msgspec.msgpack.decode(raw[_MAC_BYTES:], type=Seal)


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, body, hashlib.sha256)


def _digest(answer: bytes) -> bytes:
    return hashlib.blake2b(answer, digest_size=16).digest()
