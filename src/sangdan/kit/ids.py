"""Identifiers: UUIDv7, so that rows of one time lie together.

source  RFC 9562, section 5.7
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from os import urandom
from random import Random
from uuid import UUID

_TAIL_BITS = 80
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_FREE = ((1 << _TAIL_BITS) - 1) & ~((0xF << 76) | (0b11 << 62))


def _uuid7(milliseconds: int, tail: int) -> UUID:
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << _TAIL_BITS | _VERSION_AND_VARIANT | (tail & _FREE))


_NO_TIME = _uuid7(0, 0)


class Ids:
    """Makes UUIDv7s; with a seed, the same ones in the same order.

    seed  any integer for a run that can be repeated, None for real randomness
    """

    def __init__(self, seed: int | None = None) -> None:
        self._bits: Callable[[], int]
        if seed is None:
            self._bits = lambda: int.from_bytes(urandom(10))
        else:
            repeatable = Random(seed)
            self._bits = lambda: repeatable.getrandbits(_TAIL_BITS)

    def new(self, at: datetime) -> UUID:
        """A new id that sorts by `at`, to the millisecond."""
        return _uuid7(int(at.timestamp() * 1000), self._bits())


def derive(parent: UUID, *parts: str | int) -> UUID:
    """The id of something that hangs on `parent`: always the same one, so a retry makes no second row.

    parent  a UUIDv7; its time is kept
    parts   what tells the child apart, e.g. ("parcel", 1)
    gives   a UUID of version 7 whose tail is a hash of parent and parts
    """
    return UUID(derived(parent, *parts))


def derived(parent: UUID, *parts: str | int) -> str:
    """The same id as 32 hexadecimal digits: for ids in great number, of which nothing else is asked."""
    spelled = "\x1f".join([parent.hex, *map(str, parts)]).encode()
    tail = int.from_bytes(hashlib.blake2b(spelled, digest_size=10).digest())
    return f"{parent.int >> _TAIL_BITS << _TAIL_BITS | _VERSION_AND_VARIANT | (tail & _FREE):032x}"


def named(space: str, *parts: str | int) -> UUID:
    """The id of something that somebody else has a name for: the same one, whenever it is asked for.

    space  what kind of thing it is, e.g. "order"
    parts  its name, e.g. (the shop, the shop's reference); no control characters
    gives  a UUID of version 7 whose time is the epoch, since a name has none
    """
    return derive(_NO_TIME, space, *parts)
