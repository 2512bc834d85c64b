"""Pack sizes as shops write them: 500g, 330mL×20, 30m×30롤, 10구."""

import re
from typing import Final

_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?(?:/\d+)?)(kg|g|mL|L)?")
_LENGTH: Final = re.compile(r"\dcm|^\d+(?:\.\d+)?m$|[A-Z]\d")  # 24cm, 3m, A4: a size, not a quantity
_UNIT: Final = {"kg": 1000.0, "L": 1000.0}
_ENGLISH: Final = {
    "인분": " servings", "캡슐": " capsules", "티백": " tea bags", "종 세트": "-piece set",
    "색 세트": "-colour set", "개입": " pcs", "회분": " uses", "포기": " heads", "마리": " pcs",
    "송이": " heads", "켤레": " pairs", "1세트": "1 set", "입": " pcs", "구": " ct", "롤": " rolls",
    "매": " sheets", "개": " pc", "정": " tablets", "포": " sachets", "팩": " packs", "손": " pairs",
    "통": " pc", "미": " pcs", "병": " bottles", "캔": " cans", "대": " unit", "벌": " set", "권": " pads",
    "종": "-piece", "싱글": "single", "슈퍼싱글": "super single", "퀸": "queen", "킹": "king",
}  # fmt: skip
_LONGEST_FIRST: Final = sorted(_ENGLISH, key=len, reverse=True)


def amount(pack: str) -> tuple[float, bool]:
    """How much a pack holds.

    pack   for example 330mL×20, 2인분 700g or 10구
    gives  grams or millilitres and True when the pack says so (6600, 700), else a count and False (10); a count of 1
           when it says nothing of quantity, as S or 24cm
    """
    measured = re.search(r"\d(?:kg|g|mL|L)(?![A-Za-z])", pack) is not None
    text = pack.rsplit(" ", 1)[-1] if measured else pack
    total = 1.0
    for part in text.split("×"):
        found = _AMOUNT.search(part)
        if found and not _LENGTH.search(part):
            number, _, divisor = found.group(1).partition("/")
            total *= float(number) / float(divisor or 1) * _UNIT.get(found.group(2) or "", 1.0)
    return total, measured


def ratio(pack: str, first: str, first_weight_g: int) -> float:
    """How much more a pack holds than the item's first pack, which weighs `first_weight_g`.

    gives  1 when one says how much and the other only how many, unless the weight tells
    """
    (here, measured), (there, first_measured) = amount(pack), amount(first)
    if measured == first_measured:
        return here / there
    return here / first_weight_g if measured else 1.0


def in_english(pack: str) -> str:
    """A pack as an English shop would write it: 330mL×20, 10 pcs, 500g×2."""
    for korean in _LONGEST_FIRST:
        pack = pack.replace(korean, _ENGLISH[korean])
    return re.sub(r"^1 (\w+)s$", r"1 \1", pack)
