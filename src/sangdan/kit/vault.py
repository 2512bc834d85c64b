"""What must not lie in the database in the clear: sealed with AES-256-GCM under data keys that a master key wraps.

A sealed value is bound to its context, by which the caller names the row: moved to another row it does not open. Every
table that holds sealed values has a column key_id that refers to kit.data_key, written from `key_of`: the database then
refuses to delete a key that is still needed. Rotating makes a new data key; the rooms seal their rows again.

source  NIST SP 800-38D (GCM); RFC 5869 (HKDF)
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from os import urandom
from typing import Final, LiteralString

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg.errors import ForeignKeyViolation

from .clock import Clock
from .db import Conn, Pool, many, maybe, run
from .master_key import KEY_BYTES, MasterKeyWrong, master_keys
from .settings import Settings

FORM: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(FORM) + _KEY_ID_BYTES

KEYS: Final[LiteralString] = "SELECT key_id, wrapped FROM kit.data_key ORDER BY key_id"
# The lock keeps the key from being retired until what is sealed with it is committed.
NEWEST: Final[LiteralString] = """
    SELECT key_id, wrapped FROM kit.data_key ORDER BY key_id DESC LIMIT 1 FOR KEY SHARE
"""
MAKE: Final[LiteralString] = """
    INSERT INTO kit.data_key (key_id, wrapped, made_at) VALUES (%(key_id)s, %(wrapped)s, %(at)s)
    ON CONFLICT (key_id) DO NOTHING
"""
WRAP: Final[LiteralString] = "UPDATE kit.data_key SET wrapped = %(wrapped)s WHERE key_id = %(key_id)s"
RETIRE: Final[LiteralString] = "DELETE FROM kit.data_key WHERE key_id = %(key_id)s"


class SealBrokenError(Exception):
    """A sealed value does not open: it was altered, or stands in another row than it was sealed for."""


class KeyUnknownError(Exception):
    """A value was sealed with a data key that this process has not read; `Vault.learn` reads them."""


class _Wrapped(msgspec.Struct, frozen=True):
    """A data key as the database has it."""

    key_id: int
    wrapped: bytes


class _DataKey:
    """A data key as memory has it: one key for sealing and one for the blind index, both derived from it."""

    def __init__(self, key: bytes) -> None:
        self.raw = key
        self.seal = AESGCM(_derive(key, b"sangdan seal"))
        self.index = _derive(key, b"sangdan index")


def key_of(sealed: bytes) -> int:
    """The data key that a value was sealed with, for the column key_id beside it."""
    return int.from_bytes(sealed[len(FORM) : _HEAD_BYTES])


class Vault:
    """Seals and opens; holds the data keys in memory and shows them to nobody.

    settings  tell where the master key is
    masters   what may have wrapped them: the master key, and during a change of it the next one, the newest last
    """

    def __init__(self, settings: Settings, masters: Sequence[bytes]) -> None:
        self._settings = settings
        self._masters = masters
        self._keys: dict[int, _DataKey] = {}

    @classmethod
    async def open(cls, pool: Pool, settings: Settings, clock: Clock) -> "Vault":
        """The vault of this database; its first data key is made when there is none.

        raises  MasterKeyMissing, MasterKeyWrong, MasterKeyUnfit, each saying what to do
        """
        async with pool.transaction() as conn:
            known = await many(conn, _Wrapped, KEYS)
            vault = cls(settings, master_keys(settings, fresh=not known))
            if not known:
                await run(conn, MAKE, key_id=1, wrapped=vault._wrap(1, urandom(KEY_BYTES)), at=clock.now())
            await vault.learn(conn)
        return vault

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt with the newest data key.

        context  names the row and the column, e.g. 'shoppers.person/m-1/market'; needed again to open
        gives    form, key and nonce, then the ciphertext with its tag: 33 bytes more than `plain`
        """
        key_id = max(self._keys)
        nonce = urandom(_NONCE_BYTES)
        head = FORM + key_id.to_bytes(_KEY_ID_BYTES)
        return head + nonce + self._keys[key_id].seal.encrypt(nonce, plain, head + context.encode())

    def open_(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what was sealed for this context.

        raises  KeyUnknownError, SealBrokenError
        """
        if sealed[: len(FORM)] != FORM or len(sealed) < _HEAD_BYTES + _NONCE_BYTES:
            raise SealBrokenError(f"What stands at {context} is not a sealed value.")
        key = self._keys.get(key_of(sealed))
        if key is None:
            raise KeyUnknownError(f"Data key {key_of(sealed)} is not known here.")
        nonce = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        try:
            return key.seal.decrypt(
                nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], sealed[:_HEAD_BYTES] + context.encode()
            )
        except InvalidTag as broken:
            raise SealBrokenError(f"The sealed value of {context} was altered, or belongs to another row.") from broken

    async def unseal(self, conn: Conn, sealed: bytes, context: str) -> bytes:
        """Decrypt, reading first the data keys that another process made since, if need be.

        raises  SealBrokenError; KeyUnknownError when the key is gone from the database too
        """
        try:
            return self.open_(sealed, context)
        except KeyUnknownError:
            await self.learn(conn)
            return self.open_(sealed, context)

    def index(self, text: str, context: str) -> bytes:
        """A keyed hash by which a value can be looked up without being kept; of the newest data key.

        context  names the column, e.g. 'shoppers.phone'
        gives    16 bytes
        """
        return _blind(self._keys[max(self._keys)], text, context)

    def indexes(self, text: str, context: str) -> list[bytes]:
        """The keyed hashes of a value under every data key, for looking it up while rows are being sealed again."""
        return [_blind(key, text, context) for key in self._keys.values()]

    async def ready(self, conn: Conn) -> int:
        """Know the newest data key, and keep it from being retired until the transaction ends.

        Call it before sealing what the transaction writes.

        gives  the key's id
        """
        newest = await maybe(conn, _Wrapped, NEWEST)
        assert newest is not None, "a vault that was opened has a key"
        self._learn(newest)
        return newest.key_id

    async def learn(self, conn: Conn) -> None:
        """Read the data keys anew: another process may have made one, or retired one.

        raises  MasterKeyWrong
        """
        wrapped = await many(conn, _Wrapped, KEYS)
        for each in wrapped:
            self._learn(each)
        for key_id in self._keys.keys() - {each.key_id for each in wrapped}:
            del self._keys[key_id]

    async def rotate(self, conn: Conn, at: datetime) -> int:
        """Make a new data key; everything sealed from now on uses it.

        gives  its id; what was sealed before is for the rooms to seal again
        """
        newest = await self.ready(conn)
        await run(conn, MAKE, key_id=newest + 1, wrapped=self._wrap(newest + 1, urandom(KEY_BYTES)), at=at)
        return await self.ready(conn)

    async def retire(self, conn: Conn) -> list[int]:
        """Delete the data keys that nothing is sealed with any more, the newest excepted; gives their ids."""
        newest = await self.ready(conn)
        gone: list[int] = []
        for each in await many(conn, _Wrapped, KEYS):
            if each.key_id == newest:
                continue
            try:
                async with conn.transaction():
                    await run(conn, RETIRE, key_id=each.key_id)
            except ForeignKeyViolation:
                continue
            self._keys.pop(each.key_id, None)
            gone.append(each.key_id)
        return gone

    async def wrap_again(self, conn: Conn) -> int:
        """Wrap every data key with the newest master key; gives how many there are. Nothing sealed changes."""
        await self.learn(conn)
        for key_id, key in self._keys.items():
            await run(conn, WRAP, key_id=key_id, wrapped=self._wrap(key_id, key.raw))
        return len(self._keys)

    def _wrap(self, key_id: int, key: bytes) -> bytes:
        nonce = urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._masters[-1]).encrypt(nonce, key, _named(key_id))

    def _learn(self, each: _Wrapped) -> None:
        if each.key_id in self._keys:
            return
        key = self._unwrap(each)
        if key is None:
            self._masters = master_keys(self._settings, fresh=False)  # another process may have changed the file
            key = self._unwrap(each)
        if key is None:
            raise MasterKeyWrong(
                f"The master key does not open data key {each.key_id} of this database: it is mistyped, or belongs to "
                "another installation. Set SANGDAN_MASTER_KEY to the key that this database was used with; without it "
                "nobody can read the personal data in it.",
                key_id=each.key_id,
            )
        self._keys[each.key_id] = _DataKey(key)

    def _unwrap(self, each: _Wrapped) -> bytes | None:
        nonce, wrapped = each.wrapped[:_NONCE_BYTES], each.wrapped[_NONCE_BYTES:]
        for master in self._masters:
            try:
                return AESGCM(master).decrypt(nonce, wrapped, _named(each.key_id))
            except InvalidTag:
                continue
        return None


def _named(key_id: int) -> bytes:
    return b"sangdan data key %d" % key_id


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, purpose).derive(key)


def _blind(key: _DataKey, text: str, context: str) -> bytes:
    return hmac.digest(key.index, context.encode() + b"\0" + text.encode(), hashlib.sha256)[:16]
