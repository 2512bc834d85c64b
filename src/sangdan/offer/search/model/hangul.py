"""Korean letters: syllables taken apart and put together, initial consonants, words typed on the wrong keyboard.

source  Unicode 16, 3.12: a syllable is 0xAC00 + (initial * 21 + vowel) * 28 + final; KS X 5002, the two-set keyboard
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS: Final = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
CONSONANTS: Final = frozenset(INITIALS) | frozenset("".join(FINALS))
_FIRST: Final = 0xAC00
_LAST: Final = 0xD7A3

# What two keys in a row make of one letter.
_PAIRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
        "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ",
        "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
    }
)  # fmt: skip
_ONE_LETTER: Final = {pair: letter for letter, pair in _PAIRED.items()}
_KEYS: Final = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        strict=True,
    )
)
_LATIN: Final = {letter: key for key, letter in reversed(_KEYS.items())}


def is_syllable(char: str) -> bool:
    """Whether it is a whole Korean syllable."""
    return _FIRST <= ord(char) <= _LAST


def is_korean(char: str) -> bool:
    """Whether it is a Korean syllable or a letter by itself."""
    return is_syllable(char) or char in CONSONANTS or char in VOWELS


def letters(text: str) -> str:
    """Every key that was pressed for a text: 값 is ㄱㅏㅂㅅ. What is not Korean stays."""
    pressed: list[str] = []
    for char in text:
        if is_syllable(char):
            at = ord(char) - _FIRST
            parts = (INITIALS[at // 588], VOWELS[at % 588 // 28], FINALS[at % 28])
            pressed.extend(_PAIRED.get(part, part) for part in parts)
        else:
            pressed.append(_PAIRED.get(char, char))
    return "".join(pressed)


def initials(text: str) -> str:
    """The initial consonants of a text: 우유 is ㅇㅇ. What is not a syllable stays."""
    return "".join(INITIALS[(ord(char) - _FIRST) // 588] if is_syllable(char) else char for char in text)


def is_initials(word: str) -> bool:
    """Whether a word is consonants alone, two or more: what people type who spare the vowels."""
    return len(word) > 1 and all(char in CONSONANTS for char in word)


def plain_initials(word: str) -> str:
    """Consonants that a keyboard has joined, parted again: ㄳ is ㄱㅅ."""
    return "".join(_PAIRED.get(char, char) for char in word)


def compose(pressed: str) -> str:
    """What a two-set keyboard shows for keys in a row; letters that make no syllable stay letters.

    pressed  letters of one key each, as `letters` gives them
    """
    shown: list[str] = []
    at = 0
    while at < len(pressed):
        if at + 1 < len(pressed) and pressed[at] in INITIALS and pressed[at + 1] in VOWELS:
            vowel, after = _vowel(pressed, at + 1)
            final, end = _final(pressed, after)
            number = (INITIALS.index(pressed[at]) * 21 + VOWELS.index(vowel)) * 28 + FINALS.index(final)
            shown.append(chr(_FIRST + number))
            at = end
        else:
            shown.append(pressed[at])
            at += 1
    return "".join(shown)


def _vowel(pressed: str, at: int) -> tuple[str, int]:
    """The vowel that begins there, of one key or two, and where it ends."""
    pair = _ONE_LETTER.get(pressed[at : at + 2])
    return (pair, at + 2) if pair is not None and pair in VOWELS else (pressed[at], at + 1)


def _final(pressed: str, at: int) -> tuple[str, int]:
    """The final consonant that begins there, and where it ends; one before a vowel begins the next syllable."""

    def ends(end: int) -> bool:
        return end >= len(pressed) or pressed[end] not in VOWELS

    pair = _ONE_LETTER.get(pressed[at : at + 2], "")
    if pair in FINALS[1:] and ends(at + 2):
        return pair, at + 2
    if pressed[at : at + 1] in FINALS[1:] and ends(at + 1):
        return pressed[at], at + 1
    return "", at


def typed_letters(typed: str) -> str:
    """The Korean letters that lie on the keys of a Latin text."""
    return "".join(_KEYS.get(char) or _KEYS.get(char.lower(), char) for char in typed)


def as_korean(typed: str) -> str | None:
    """What would have been typed had the keyboard been Korean: dndb is 우유. None when it gives no whole syllables."""
    shown = compose(typed_letters(typed))
    return shown if any(map(is_syllable, shown)) and not any(c in CONSONANTS or c in VOWELS for c in shown) else None


def as_latin(typed: str) -> str:
    """What would have been typed had the keyboard been Latin: ㅕㄴㅠ is usb."""
    return "".join(_LATIN.get(char, char) for char in letters(typed)).lower()
