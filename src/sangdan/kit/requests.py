"""Writes that a client may send twice: one effect, the same answer.

The row of a key is written in the transaction of the effect. Of simultaneous twins the second waits on the primary
key until the first commits, and then finds its answer; if the first rolls back, the second takes its place.
"""

import hashlib
from datetime import datetime
from typing import Final, LiteralString

import msgspec

from .db import Conn, maybe, run
from .problems import Invalid

MAX_KEY: Final = 255


class KeyMissing(Invalid):
    """A write came without the key that makes a retry harmless."""

    code = "idempotency-key-missing"


class KeyUnfit(Invalid):
    """The key is too long, or is not plain printable ASCII."""

    code = "idempotency-key-unfit"


class KeyReused(Invalid):
    """The key stands for another request."""

    code = "idempotency-key-reused"


class Answer(msgspec.Struct, frozen=True):
    """What was answered: an HTTP status and the body's bytes."""

    status: int
    answer: bytes


class _Stored(msgspec.Struct, frozen=True):
    body_hash: bytes
    status: int | None
    answer: bytes | None


CLAIM: Final[LiteralString] = """
    -- Waits for a twin that has not ended; does nothing when it committed.
    INSERT INTO kit.request (client_id, key, body_hash, at)
    VALUES (%(client_id)s, %(key)s, %(body_hash)s, %(at)s)
    ON CONFLICT (client_id, key) DO NOTHING
"""
STORED: Final[LiteralString] = """
    SELECT body_hash, status, answer FROM kit.request WHERE (client_id, key) = (%(client_id)s, %(key)s)
"""
REMEMBER: Final[LiteralString] = """
    UPDATE kit.request SET status = %(status)s, answer = %(answer)s WHERE (client_id, key) = (%(client_id)s, %(key)s)
"""
FORGET: Final[LiteralString] = "DELETE FROM kit.request WHERE at < %(before)s"


def check_key(key: str | None) -> str:
    """The key, if it can be one.

    key     as sent, None when absent; 1..255 printable ASCII characters
    raises  KeyMissing, KeyUnfit
    """
    if not key:
        raise KeyMissing("Send an Idempotency-Key header with this write: any string of your own, one per wish.")
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise KeyUnfit(f"An Idempotency-Key is 1 to {MAX_KEY} printable ASCII characters.", most=MAX_KEY)
    return key


def hash_body(method: str, target: str, body: bytes) -> bytes:
    """What tells two requests apart: verb, address and body."""
    return hashlib.sha256(b"\0".join((method.encode(), target.encode(), body))).digest()


async def claim(conn: Conn, client_id: str, key: str, body_hash: bytes, at: datetime) -> Answer | None:
    """Take a key for the effect that follows in this transaction.

    gives   None when it is ours to do; else what the twin before us answered
    raises  KeyReused when the key stands for another body
    """
    if await run(conn, CLAIM, client_id=client_id, key=key, body_hash=body_hash, at=at):
        return None
    known = await answered(conn, client_id, key, body_hash)
    assert known is not None, "a key that was taken has a row"
    return known


async def answered(conn: Conn, client_id: str, key: str, body_hash: bytes) -> Answer | None:
    """What a committed twin was answered, None when there was none.

    raises  KeyReused when the key stands for another body
    """
    stored = await maybe(conn, _Stored, STORED, client_id=client_id, key=key)
    if stored is None:
        return None
    if stored.body_hash != body_hash:
        raise KeyReused("This Idempotency-Key was used for another request; choose a new one for a new wish.", key=key)
    assert stored.status is not None, "a key is committed with its answer"
    assert stored.answer is not None, "a key is committed with its answer"
    return Answer(stored.status, stored.answer)


async def remember(conn: Conn, client_id: str, key: str, answer: Answer) -> None:
    """Keep the answer for later twins, in the transaction of the effect."""
    await run(conn, REMEMBER, client_id=client_id, key=key, status=answer.status, answer=answer.answer)


async def forget(conn: Conn, before: datetime) -> int:
    """Drop keys older than `before`; a retry that late would be a new request. Gives how many."""
    return await run(conn, FORGET, before=before)
