"""Korean particles that fit the word before them, and the length of a text on an old phone."""

import re
from typing import Final

# With and without a final consonant, as they stand in a template: {items:이/가}.
PAIRS: Final = frozenset({"이/가", "은/는", "을/를", "과/와", "으로/로", "이나/나", "이라/라"})

_FIRST, _LAST, _FINALS, _RIEUL = ord("가"), ord("힣"), 28, 8
# Numerals by how their Korean reading ends: 영 일 삼 육 칠 팔 have a final consonant, that of 일 칠 팔 is ㄹ.
_DIGIT_FINALS: Final = {"0": 1, "1": _RIEUL, "3": 1, "6": 1, "7": _RIEUL, "8": _RIEUL, "2": 0, "4": 0, "5": 0, "9": 0}
_ASIDE: Final = re.compile(r"(\s*[(\[（][^()\[\]（）]*[)\]）]|[\"'”’」』.%!?\s])+$")


def particle(word: str, pair: str) -> str:
    """The form of a particle that follows a word; what stands in brackets behind the word is not read.

    word   any text
    pair   of PAIRS: the form after a final consonant, then the other
    gives  one of both; both, as '이(가)', when nobody can know how the word is read
    """
    assert pair in PAIRS, f"{pair} is not a particle that we know"
    closed, open_ = pair.split("/")
    final = _final(_ASIDE.sub("", word))
    if final is None:
        return f"{closed}({open_})" if pair != "으로/로" else "(으)로"
    if pair == "으로/로" and final == _RIEUL:
        return open_
    return closed if final else open_


def _final(word: str) -> int | None:
    """The final consonant of the last syllable, 0 for none; None for letters whose reading is anybody's guess."""
    last = word[-1:]
    if last and _FIRST <= ord(last) <= _LAST:
        return (ord(last) - _FIRST) % _FINALS
    return _DIGIT_FINALS.get(last)


class Word(str):
    """A word that takes its particle along: f"{Word('우유'):이/가}" is 우유가."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return str(self) + (particle(self, form) if form else "")


SMS_BYTES: Final = 90
LMS_BYTES: Final = 2000
_CHARSET: Final = "cp949"  # what Korean carriers take: EUC-KR with the syllables it lacks


def sms_bytes(text: str) -> int:
    """How many bytes a text has on the way to a Korean phone: two for a syllable, one for a Latin letter."""
    return len(text.encode(_CHARSET, "replace"))


def speakable(text: str) -> str:
    """A text with '?' for what no Korean carrier can send, such as emoji."""
    return text.encode(_CHARSET, "replace").decode(_CHARSET)


def cut_to(text: str, most: int) -> str:
    """A text of at most so many bytes, ended by '...' when something was cut."""
    if sms_bytes(text) <= most:
        return text
    kept = text.encode(_CHARSET, "replace")[: most - 3].decode(_CHARSET, "ignore")
    return kept.rstrip() + "..."
