"""Korean particles that depend on the sound before them: a text writes [을/를], the reader sees the right one."""

import re
from collections.abc import Mapping
from typing import Final

_SLOT: Final = re.compile(r"\[([가-힣]+)/([가-힣]+)\]")
_FIRST: Final = 0xAC00
_LAST: Final = 0xD7A3
_FINALS: Final = 28
_RIEUL: Final = 8
# How a digit or a Latin letter ends when a Korean reads it: True with a consonant.
_DIGITS: Final = "1036780"
_LETTERS: Final = "lmnr"
_RIEUL_SOUNDS: Final = "178lr"
# Signs that are written and not read.
_UNREAD: Final = "\"')]}>”’」』*·. "
# Read as words: % 퍼센트, 원 and 개 are Hangul already.
_READ: Final[Mapping[str, str]] = {"%": "트", "₩": "원", "℃": "도", "+": "스", "㎏": "램", "g": "램", "㎖": "터"}


def with_josa(text: str) -> str:
    """Choose every particle of a text by the sound before it.

    text    [을/를] with the form after a consonant first
    source  the rules of 받침; 로 follows ㄹ as it follows a vowel
    """
    return _SLOT.sub(lambda slot: _choose(text[: slot.start()], slot[1], slot[2]), text) if "[" in text else text


def _choose(before: str, closed: str, opened: str) -> str:
    sound = before.rstrip(_UNREAD)[-1:].lower()
    sound = _READ.get(sound, sound)
    rieul = closed.startswith("으로")
    if sound and _FIRST <= ord(sound) <= _LAST:
        final = (ord(sound) - _FIRST) % _FINALS
        return opened if final == 0 or (rieul and final == _RIEUL) else closed
    if sound in _RIEUL_SOUNDS and rieul and sound:
        return opened
    return closed if sound and sound in _DIGITS + _LETTERS else opened
