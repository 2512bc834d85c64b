"""Korean names in Latin letters.

source  Revised Romanisation of Korean, Ministry of Culture and Tourism notice 2000-8, as for names of places
"""

from typing import Final

_FIRST_SYLLABLE: Final = 0xAC00
_SYLLABLES: Final = 19 * 21 * 28
_INITIALS: Final = (
    "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "-", "j", "jj", "ch", "k", "t", "p", "h",
)  # fmt: skip
_VOWELS: Final = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu",
    "eu", "ui", "i",
)  # fmt: skip
# Each final as the sound that stays and the letter that moves over to a following vowel.
_FINALS: Final = (
    "--", "k-g", "k-kk", "k-ks", "n-n", "n-nj", "n-n", "t-d", "l-r", "k-lg", "m-lm", "l-lb", "l-ls", "l-lt",
    "p-lp", "l-r", "m-m", "p-b", "p-ps", "t-s", "t-ss", "ng-ng", "t-j", "t-ch", "k-k", "t-t", "p-p", "t--",
)  # fmt: skip
_HELD_H: Final = {6: "n", 15: "l", 27: ""}  # ㄶ, ㅀ and ㅎ: what is left once their h has joined the next consonant
_NASAL: Final = {"k": "ng", "t": "n", "p": "m"}
_PALATAL: Final = {"d": "j", "t": "ch"}
_SUFFIXES: Final = frozenset("도시군구읍면리동")
_ASPIRATED: Final = {"g": "k", "d": "t", "j": "ch"}


def romanise(word: str) -> str:
    """Korean syllables as they are pronounced, in lower case; anything else stays as it is.

    word   for example 청량리
    gives  for example cheongnyangni
    """
    spelt: list[str] = []
    final = 0
    for letter in word:
        place = ord(letter) - _FIRST_SYLLABLE
        if not 0 <= place < _SYLLABLES:
            spelt.append(_closing(final) + letter)
            final = 0
            continue
        initial, vowel = _INITIALS[place // 588], _VOWELS[place % 588 // 28]
        spelt.append((_joint(final, initial, vowel) if spelt else initial.strip("-")) + vowel)
        final = place % 28
    return "".join(spelt) + _closing(final)


def romanise_place(name: str) -> str:
    """A name of a place: capital first, its kind after a hyphen, each word by itself.

    name   for example 수원시 영통구
    gives  for example Suwon-si Yeongtong-gu
    """
    return " ".join(_place_word(word) for word in name.split())


def _place_word(word: str) -> str:
    if len(word) > 1 and word[-1] in _SUFFIXES and ord(word[0]) >= _FIRST_SYLLABLE:
        return f"{romanise(word[:-1]).capitalize()}-{romanise(word[-1])}"
    return romanise(word).capitalize()


def _closing(final: int) -> str:
    return _FINALS[final].partition("-")[0]


def _joint(final: int, initial: str, vowel: str) -> str:
    """How a final and the next initial sound together."""
    stays, _, moves = _FINALS[final].partition("-")
    if initial == "-":
        if vowel == "i" and moves in _PALATAL and stays == "t":
            return _PALATAL[moves]
        return moves.strip("-")
    if final in _HELD_H and initial in _ASPIRATED:
        return _HELD_H[final] + _ASPIRATED[initial]
    if initial == "r":
        if stays in ("l", "n"):
            return "ll"
        return _NASAL.get(stays, stays) + "n" if stays else "r"
    if initial == "n" and stays == "l":
        return "ll"
    if initial in ("n", "m"):
        return _NASAL.get(stays, stays) + initial
    return stays + initial
