"""Passwords: hashed with argon2id, beside the loop; what is too easy to guess is refused.

source  RFC 9106, section 4 (the second recommended choice: 64 MiB, 3 passes); NIST SP 800-63B, section 5.1.1.2
"""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .problems import Invalid

SHORTEST: Final = 10
LONGEST: Final = 128
# A password of few different characters is a pattern.
FEWEST_KINDS: Final = 5
# Each computation takes 64 MiB: more at once than this would let strangers fill the memory.
AT_ONCE: Final = 2

_HASHER: Final = PasswordHasher()
# The hash of nobody's password: whoever is unknown is answered as late as whoever is known.
_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$c2FuZ2Rhbi5ub2JvZHkuLg$pA7noI6UOV8w6Izr5gC/dkqft/iun/6Qf3M6ZQuXoDM"


class PasswordUnfit(Invalid):
    """The password is too short, too long or too easy to guess."""

    code = "password-unfit"


class Hasher:
    """Hashes and compares passwords in threads, few at once."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is kept of a password; with a salt of its own, so that two of the same differ."""
        async with self._turns:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the password that was kept.

        kept  None of somebody unknown: then it takes as long, and is wrong
        """
        if len(password) > LONGEST:
            return False
        async with self._turns:
            return await asyncio.to_thread(_matches, password, kept or _NOBODYS) and kept is not None


def is_dated(kept: str) -> bool:
    """Whether a kept hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def check_password(password: str, *names: str) -> None:
    """Refuse what is easy to guess.

    names   what everybody may know of the person: sign-in name, e-mail address
    raises  PasswordUnfit
    """
    plain = password.casefold()
    known = [name.casefold() for each in names for name in (each, each.partition("@")[0]) if len(name) >= 4]
    if not SHORTEST <= len(password) <= LONGEST:
        why = f"A password has {SHORTEST} to {LONGEST} characters; a sentence is easy to keep in mind."
    elif len(set(plain)) < FEWEST_KINDS or plain in _runs():
        why = "This password is a pattern that is guessed first; a sentence of your own is not."
    elif any(name in plain for name in known):
        why = "This password holds your own name or address, which is guessed first."
    else:
        return
    raise PasswordUnfit(why, least=SHORTEST, most=LONGEST)


def _matches(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _runs() -> frozenset[str]:
    """Walks over the keyboard, and the words that everybody takes first."""
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijkl", "0123456789", "1q2w3e4r5t6y")
    words = ("password123", "passw0rd123", "password1234", "sangdan1234", "administrator", "qwerty123456")
    walks = (row[:length] for row in rows for length in range(SHORTEST, len(row) + 1))
    return frozenset((*walks, *words, "qwertyuiopasdf", "1234567890a", "12345678910", "1q2w3e4r5t"))
