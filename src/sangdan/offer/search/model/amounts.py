"""How many somebody wants, which says nothing of what it is: 한 판, 열두개, 12캔."""

import re
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

_ONES: Final = ("한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS: Final = ("열", "스물", "서른", "마흔", "쉰")
_NUMERALS: Final = MappingProxyType(
    {one: at for at, one in enumerate(_ONES, 1)}
    | {ten: 10 * at for at, ten in enumerate(_TENS, 1)}
    | {ten + one: 10 * tens + ones for tens, ten in enumerate(_TENS, 1) for ones, one in enumerate(_ONES, 1)}
    | {"스무": 20}
)
# What is counted in them, and how many pieces one of them is: 한 판 are 30 eggs, 한 톳 100 sheets of seaweed.
_COUNTERS: Final = MappingProxyType(
    dict.fromkeys(
        (
            "개", "병", "봉", "봉지", "박스", "상자", "팩", "캔", "마리", "포기", "묶음", "세트", "켤레", "장", "벌",
            "송이", "통", "줄", "자루", "권", "알", "포대", "갑", "잔", "모", "손", "조각", "토막", "망", "짝",
            "원", "원대",
        ),
        1,
    )
    | {"판": 30, "다스": 12, "톳": 100, "접": 100, "축": 20, "두름": 20}
)  # fmt: skip
# Behind digits these say what a thing is like (2단 선반, 4구 멀티탭), behind a numeral only how many there are.
_LOOSE: Final = frozenset({"단", "대", "구", "입", "포", "매", "정", "롤"})
_CATTY: Final = ("근", 600)  # grams
_SPELT: Final = re.compile(
    f"({'|'.join(sorted(_NUMERALS, key=len, reverse=True))})"
    f"({'|'.join(sorted((*_COUNTERS, *_LOOSE, _CATTY[0]), key=len, reverse=True))})"
)


class Amount(msgspec.Struct, frozen=True):
    """So many of something.

    text  as goods would have it: '30', '600g'
    """

    text: str


def counted(typed: Sequence[str], known: Callable[[str], int]) -> Iterator[str | Amount]:
    """A text's words, with what says how many told apart.

    typed  as `words` gives them
    known  in how many goods a word is; what goods are called is no amount: 한입 떡갈비
    """
    at = 0
    while at < len(typed):
        word, behind = typed[at], typed[at + 1] if at + 1 < len(typed) else ""
        if word.isdigit() and behind in _COUNTERS:
            yield Amount(str(int(word) * _COUNTERS[behind]))
            at += 2
        elif (found := _SPELT.fullmatch(word)) and not known(word):
            yield _amount(found)
            at += 1
        elif word in _NUMERALS and (found := _SPELT.fullmatch(word + behind)) and not known(word + behind):
            yield _amount(found)
            at += 2
        else:
            yield word
            at += 1


def _amount(found: "re.Match[str]") -> Amount:
    number, counter = _NUMERALS[found[1]], found[2]
    if counter == _CATTY[0]:
        return Amount(f"{number * _CATTY[1]}g")
    return Amount(str(number * _COUNTERS.get(counter, 1)))
